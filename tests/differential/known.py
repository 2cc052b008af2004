# SPDX-License-Identifier: Apache-2.0
"""What nobody can tell once certain bytes are lost: each line that a lossy mutant may give, and why.

(capture, what the line says, reason); both are regular expressions. A line that no mutant gives any more is named by
`differential --long`, so that this list does not rot.
"""
import re

LINES = [
    ("smuggling-", r"smuggled|mxtap\.smuggling\.|mail 1 is none|mxtap\.size|mxtap\.mails: 2|mail \d+ is none .*smtp\.(mail_from|rcpt_to)",
     "the text of these mails holds commands in their places: where the bytes around the false end and the replies are "
     "lost, nothing tells text from commands"),
    ("chunking-pieces", r"mail \d+ is none|mxtap\.(mails|accepted|rcpt_refused|outcome)",
     "chunks whose lines look like BDAT and QUIT: with the true BDAT lost they are taken for commands"),
    ("chunking-exim", r"mail \d+ is none of the true ones; nearest: $|mxtap\.mails: 2",
     "RCPT, a chunk's BDAT and replies are cut off together: nothing tells whether the next chunk is of the same mail"),
    ("auth-odd", r"mxtap\.auth\.|reply\.data: 535|mxtap\.mails: 2|mxtap\.size: \d+, true is None",
     "several tries to log in with lines that spell QUIT, DATA and BDAT: the last one seen is not the last one, and a "
     "secret whose AUTH was lost is a command"),
    ("reset", r"nested|mxtap\.reply\.helo|mxtap\.mails: 7|mail \d+ is none .*(smtp\.helo|mail_from|mxtap\.proto)|session: (smtp\.helo|mxtap\.proto)",
     "MAIL in a transaction and a refused EHLO: with their replies lost they stand as sent"),
    ("greeting-refused", r"smtp\.helo: '[\w.]+', true is None",
     "a HELO whose refusal is lost is the last one sent"),
    ("lmtp", r"mail 0 is none .*mxtap\.reply\.(final|text)",
     "without LHLO and the replies to RCPT nothing tells how many replies the mail gets, or whose each is"),
    ("xclient|proxy", r"mxtap\.(client|origin)|smtp\.helo",
     "the lost command or header is what names the client"),
    ("charset-", r"email\.(from|subject|to|cc)",
     "raw 8-bit text in the header is guessed by the charset that the lost Content-Type declares"),
    ("smuggling-opensmtpd", r"session does not say it is incomplete: mxtap\.bytes_in: (644, true is 650|639, true is 645)$",
     "the QUIT behind the server's FIN: no number on the wire counts it, since nobody acknowledges it, the client says no "
     "more, and the RST that answers it has the number of the server's side"),
    ("starttls-clients", r"session does not say it is incomplete: mxtap\.bytes_in: (371, true is 402|388, true is 412|"
     r"783, true is 807|478, true is 502|1346, true is 1370)$", "the same: the client's last TLS record, its alert"),
    ("", r"session does not say it is incomplete: mxtap\.bytes_out: \d+, true is \d+($|; mxtap\.reply: None)",
     "SYN-ACK, banner and every ACK of them lost: the server's first byte seen may as well be its first"),
]


class Known:
    def __init__(self):
        self.seen = [0] * len(LINES)

    def takes(self, capture, line):
        for i, (name, text, _) in enumerate(LINES):
            if re.match(name, capture) and re.search(text, line):
                self.seen[i] += 1
                return True
        return False

    def never_seen(self):
        return [f"{name or 'any capture'}: {text}" for n, (name, text, _) in zip(self.seen, LINES) if not n]
