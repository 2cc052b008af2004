# SPDX-License-Identifier: Apache-2.0
"""Ordinary mails as a capture: what passes a mail server's switch port while it takes them in, its look-ups too.

Nothing of this is ever on a network: addresses of real servers stand in the packets of a file, as in pcaps/register.pcap.
"""
import ipaddress
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "witness"))
import mail_capture  # noqa: E402

RESOLVER = bytes((192, 0, 2, 53))
PTR, A, AAAA, MX, TXT, NXDOMAIN = 12, 1, 28, 15, 16, 3
BLOCKLIST = "zen.blocklist.example"


def labels(name):
    return b"".join(bytes((len(x),)) + x for x in name.rstrip(".").encode("ascii", "replace").split(b".") if 0 < len(x) < 64) + b"\0"


def answer(kind, data):
    if kind in (A, AAAA):
        return ipaddress.ip_address(data).packed
    if kind == MX:
        return struct.pack("!H", 10) + labels(data)
    return labels(data) if kind == PTR else bytes((len(data),)) + data.encode()


def message(number, name, kind, answers):
    """A question, or where answers is not None the answer to it; an empty list says that there is no such name."""
    flags = 0x0100 if answers is None else 0x8180 | (0 if answers else NXDOMAIN)
    out = struct.pack("!6H", number, flags, 1, len(answers or ()), 0, 0) + labels(name) + struct.pack("!2H", kind, 1)
    for data in answers or ():
        data = answer(kind, data)
        out += struct.pack("!3HIH", 0xC00C, kind, 1, 3600, len(data)) + data
    return out


class Mail:
    """One mail as the border server got it, and the look-ups that server made."""

    def __init__(self, name, raw, **facts):
        self.name, self.raw = name, raw
        self.client = self.helo = self.when = self.sender = None
        self.recipients = []
        self.ptr = None         # the client's reverse name; None: it has none
        self.confirmed = True   # that name has the client's address
        self.helo_known = None  # the HELO name has the client's address; None: nobody knows today
        self.dns = []           # what else is asked: (name, kind, [answer])
        self.net = None         # of the client: (network, number of the AS, country, its name)
        self.__dict__.update(facts)


class Delivery(mail_capture.Connection):
    """One mail's connection, with the look-ups that a server makes when a client comes, says HELO and names a sender."""

    def __init__(self, out, n, mail, start):
        super().__init__(out, n, ipaddress.ip_address(mail.client).packed)
        self.mail, self.us, self.number = mail, int(start * 1_000_000), n * 16

    def datagram(self, query, payload):
        ports = (40000 + self.number % 20000, 53)
        ends = (mail_capture.SERVER, RESOLVER)
        (src, dst), (sport, dport) = (ends, ports) if query else (ends[::-1], ports[::-1])
        udp = struct.pack("!4H", sport, dport, 8 + len(payload), 0) + payload
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + src + dst
        frame = b"\2" * 12 + b"\x08\0" + ip + udp
        self.us += 200
        self.out.write(struct.pack("<IIII", *divmod(self.us, 1_000_000), len(frame), len(frame)) + frame)

    def asks(self, name, kind, answers):
        self.number += 1
        self.datagram(True, message(self.number & 0xFFFF, name, kind, None))
        self.datagram(False, message(self.number & 0xFFFF, name, kind, answers))

    def look_up_client(self):
        m = self.mail
        address = ipaddress.ip_address(m.client)
        kind = A if address.version == 4 else AAAA
        self.asks(address.reverse_pointer, PTR, [m.ptr] if m.ptr else [])
        if m.ptr:
            self.asks(m.ptr, kind, [m.client] if m.confirmed else [])
        back = address.reverse_pointer.rsplit(".", 2)[0]
        self.asks(f"{back}.{BLOCKLIST}", A, [])

    def look_up_envelope(self):
        m = self.mail
        if m.helo_known is None:
            return
        if "." in m.helo and not m.helo.startswith("[") and m.helo.lower() != (m.ptr or "").lower():
            self.asks(m.helo, A if ":" not in m.client else AAAA, [m.client] if m.helo_known else [])
        if "@" in m.sender:
            domain = m.sender.rsplit("@", 1)[1]
            self.asks(domain, MX, ["mx." + domain])

    def command(self, line, reply):
        self.says(False, line + b"\r\n")
        self.says(True, reply + b"\r\n")

    def deliver(self):
        m, flags = self.mail, mail_capture
        self.frame(False, flags.SYN)
        self.frame(True, flags.SYN | flags.ACK)
        self.frame(False, flags.ACK)
        self.look_up_client()
        self.says(True, b"220 mx.example.jp ESMTP Postfix\r\n")
        self.command(b"EHLO " + m.helo.encode(), b"250-mx.example.jp\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250 8BITMIME")
        self.look_up_envelope()
        self.command(b"MAIL FROM:<" + m.sender.encode() + b">", b"250 2.1.0 Ok")
        for to in m.recipients:
            self.command(b"RCPT TO:<" + to.encode() + b">", b"250 2.1.5 Ok")
        self.command(b"DATA", b"354 End data with <CR><LF>.<CR><LF>")
        self.says(False, mail_capture.dot_stuffed(m.raw))
        for name, kind, answers in m.dns:
            self.asks(name, kind, answers)
        self.says(True, b"250 2.0.0 Ok: queued as 4F%07X\r\n" % (self.number & 0xFFFFFFF))
        self.command(b"QUIT", b"221 2.0.0 Bye")
        for server in (False, True):
            self.frame(server, flags.FIN)


def write(path, mails):
    """In the order of their times. Returns {(client address, client port): mail}: who is who in the records."""
    by_flow, end = {}, 0
    with open(path, "wb") as out:
        mail_capture.begin(out)
        for n, mail in enumerate(sorted(mails, key=lambda m: m.when)):
            x = Delivery(out, n, mail, max(mail.when, end + 1))
            x.deliver()
            end = x.us / 1_000_000
            by_flow[mail.client, x.client[1]] = mail
    return by_flow
