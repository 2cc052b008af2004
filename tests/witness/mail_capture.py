# SPDX-License-Identifier: Apache-2.0
"""Mails as the packets of SMTP connections: one connection a mail, n-th mail from <n@witness.example>."""
import struct

SERVER, SERVER6 = bytes((192, 0, 2, 25)), bytes.fromhex("20010db8" + "00" * 11 + "25")
SERVER_PORT, MSS = 25, 1460
SYN, ACK_PSH, ACK, FIN = 0x02, 0x18, 0x10, 0x11


def dot_stuffed(raw):
    """RFC 5321 4.5.2, and the end of data."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    return (b"." if raw.startswith(b".") else b"") + stuffed + b".\r\n"


class Connection:
    """Writes its frames as they happen. Checksums stay 0, as a capture with offload shows them."""

    def __init__(self, out, n, client=None):
        """client: its address, 4 or 16 bytes; one of 250 where none is given."""
        self.out, self.us = out, (1_688_170_000 + n) * 1_000_000
        self.client = client or bytes((198, 51, 100, 1 + n % 250)), 1024 + n % 60000
        self.server = (SERVER if len(self.client[0]) == 4 else SERVER6), SERVER_PORT
        self.next = [1, 1]

    def frame(self, server, flags, payload=b""):
        ends = [self.client, self.server]
        (src, sport), (dst, dport) = ends[server], ends[not server]
        seq, ack = self.next[server], self.next[not server]
        tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, ack if flags != SYN else 0, 5 << 4, flags, 65535, 0, 0)
        if len(src) == 4:
            ip = b"\x08\0" + struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(payload), 1, 0x4000, 64, 6, 0) + src + dst
        else:
            ip = b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, 20 + len(payload), 6, 64) + src + dst
        data = b"\2" * 12 + ip + tcp + payload
        self.us += 100
        self.out.write(struct.pack("<IIII", *divmod(self.us, 1_000_000), len(data), len(data)) + data)
        self.next[server] += len(payload) + (1 if flags in (SYN, SYN | ACK, FIN) else 0)

    def says(self, server, data):
        for at in range(0, len(data), MSS):
            self.frame(server, ACK_PSH, data[at:at + MSS])

    def mail(self, raw, sender, helo=b"witness.example", reply=b"ok"):
        self.frame(False, SYN)
        self.frame(True, SYN | ACK)
        self.frame(False, ACK)
        self.says(True, b"220 mx.example ESMTP\r\n")
        for command, code in ((b"EHLO " + helo, b"250 "), (b"MAIL FROM:<" + sender + b">", b"250 "),
                              (b"RCPT TO:<someone@mx.example>", b"250 "), (b"DATA", b"354 ")):
            self.says(False, command + b"\r\n")
            self.says(True, code + reply + b"\r\n")
        self.says(False, dot_stuffed(raw))
        self.says(True, b"250 " + reply + b"\r\n")
        self.says(False, b"QUIT\r\n")
        self.says(True, b"221 " + reply + b"\r\n")
        for server in (False, True):
            self.frame(server, FIN)


def begin(out):
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))


def write(path, raws):
    with open(path, "wb") as out:
        begin(out)
        for n, raw in enumerate(raws):
            Connection(out, n).mail(raw, b"%d@witness.example" % n)
