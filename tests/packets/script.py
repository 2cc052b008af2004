# SPDX-License-Identifier: Apache-2.0
"""Plays the frames of a page: what two hosts send, and what of it the tap writes into its file. See README.md."""
import ast
import ipaddress
import re
import struct

import dns
from frames import Builder, datagram, tcp_segment

BEGIN = 1700000000.0
STEP = 0.001
FLAGS = {"fin": 1, "syn": 2, "rst": 4, "urg": 32}
ADDRESSES = {4: ("192.0.2.10", "198.51.100.25"), 6: ("2001:db8:1::10", "2001:db8:2::25")}
ISNS = (1000, 900000)
LINKS = ("https://one.example/first", "https://two.example/second")
USUAL = {  # words for steps that most pages need
    "open": ["C syn", "S syn", "C"],
    "hello": [r'S "220 server.example ESMTP\r\n"', r'C "EHLO client.example\r\n"',
              r'S "250-server.example\r\n250 SIZE 1000000\r\n"'],
    "envelope": [r'C "MAIL FROM:<ann@client.example>\r\n"', r'S "250 2.1.0 Ok\r\n"',
                 r'C "RCPT TO:<bob@server.example>\r\n"', r'S "250 2.1.5 Ok\r\n"',
                 r'C "DATA\r\n"', r'S "354 Go on\r\n"'],
    "message": [r'C "%s.\r\n"'],
    "taken": [r'S "250 2.0.0 Ok: queued\r\n"'],
    "quit": [r'C "QUIT\r\n"', r'S "221 Bye\r\n"'],
    "close": ["S fin", "C fin", "S"],
    "mail": ["envelope", "message %s", "taken"],
    "conversation": ["open", "hello", "mail %s", "quit", "close"],
}


def usual_message(subject):
    return (f"From: Ann <ann@client.example>\\r\\nTo: bob@server.example\\r\\nSubject: {subject}\\r\\n\\r\\n"
            f"See {LINKS[0]} and\\r\\n{LINKS[1]} too.\\r\\n")


def filling(n, at):
    """n letters in lines of 60: the same for the same place, so that a copy can be told from another."""
    line = "".join(chr(97 + i % 26) for i in range(58)) + "\r\n"
    text = (line * ((at % 60 + n) // 60 + 1))[at % 60:]
    return text[:n].encode()


class Segment:
    """One TCP segment, built anew each time it is sent."""

    def __init__(self, **fields):
        self.__dict__.update(fields)


class Side:
    def __init__(self, isn):
        self.isn, self.next, self.ip_id = isn, 0, 0  # next: offset of the next byte; the SYN is at -1


class Script:
    def __init__(self):
        self.now = BEGIN
        self.version, self.over, self.mirror = 4, ["eth"], None
        self.ports = [40000, 25]
        self.sides = [Side(ISNS[0]), Side(ISNS[1])]
        self.kept, self.frames, self.late = {}, [], []
        self.link = None
        self.marks = {}  # offsets of segments in their streams

    # --- words ---

    @staticmethod
    def tokens(line):
        return re.findall(r'\w+="[^"]*"|"(?:[^"\\]|\\.)*"|#.*|\S+', line)

    def play(self, lines):
        for line in lines:
            words = [w for w in self.tokens(line) if not w.startswith("#")]
            if words:
                self.step(words)
        for _, record in self.late:
            self.frames.append(record)
        self.late = []

    def step(self, words):
        word, rest = words[0], words[1:]
        if word in ("C", "S"):
            self.side(0 if word == "C" else 1, rest)
        elif word in USUAL:
            self.usual(word, rest)
        else:
            getattr(self, "do_" + word)(*rest)

    def usual(self, word, rest):
        subject = rest[0] if rest and rest[0][0] != "+" else "One"
        for line in USUAL[word]:
            if word == "message":
                line %= usual_message(subject)
            elif "%s" in line:
                line %= subject
            self.step(self.tokens(line))

    def do_wait(self, seconds):
        self.now += float(seconds) - STEP

    def do_over(self, *words):
        self.over = list(words)

    def do_mirror(self, *words):
        self.mirror = list(words) or None

    def do_ip(self, version):
        self.version = int(version)

    def do_new(self, *words):
        """A new connection: new sequence numbers, on the same ports unless it says others."""
        given = dict(w.split("=") for w in words)
        self.ports = [int(given.get("port", self.ports[0])), int(given.get("server", self.ports[1]))]
        self.sides = [Side(int(given.get("isn", self.sides[0].isn + 50000000))),
                      Side(int(given.get("sisn", self.sides[1].isn + 70000000)))]

    def do_keep(self, name):
        """Puts the connection aside; `back NAME` goes on with it."""
        self.kept["connection " + name] = (self.ports, self.sides)

    def do_back(self, name):
        self.ports, self.sides = self.kept["connection " + name]

    def do_frame(self, *words):
        self.emit(bytes.fromhex("".join(words)), {}, self.link or 1)

    def do_send(self, name, *words):
        """A segment kept by `as=NAME`, or the n-th piece of it (NAME.n), on the wire now or once more."""
        name, _, piece = name.partition(".")
        self.put(self.kept[name], self.modifiers(words), int(piece) if piece else None)

    # --- datagrams ---

    def do_ask(self, message, *words):
        """A DNS question from C's port 1053 to S's port 53; `answer` is the other way."""
        self.dns(0, "ask " + message[1:-1], words)

    def do_answer(self, message, *words):
        self.dns(1, message[1:-1], words)

    def dns(self, i, message, words):
        mods = self.modifiers(words)
        ports = [int(mods.get("port", 1053)), 53]
        self.sides[i].ip_id += 1
        s = Segment(side=i, ports=ports[::-1] if i else ports, datagram=dns.message(message), source=mods.get("from"),
                    ip_id=int(mods.get("id", self.sides[i].ip_id + 0x1000 * i + 1)))
        if "as" in mods:
            self.kept[mods["as"]] = (s, mods)
        elif "lost" not in mods:
            self.put((s, mods), {})

    # --- segments ---

    @staticmethod
    def modifiers(words):
        out = {}
        for w in words:
            key, _, value = w.partition("=")
            out[key] = value.strip('"')
        return out

    def payload(self, word, at):
        if word.startswith('"'):
            return ast.literal_eval("b" + word)
        return filling(int(word[1:]), at)

    def offset(self, text):
        """10, -1, A or A+28: behind the segment marked A."""
        mark, number = re.fullmatch(r"([A-Za-z]\w*)?([+-]?\d+)?", text).groups()
        return (self.marks[mark] if mark else 0) + int(number or 0)

    def side(self, i, words):
        data = [w for w in words if w[0] == '"' or re.fullmatch(r"x\d+", w)]
        mods = self.modifiers(w for w in words if w not in data)
        me = self.sides[i]
        at = self.offset(mods["seq"]) if "seq" in mods else -1 if "syn" in mods else me.next
        payload = b"".join(self.payload(w, at) for w in data) + (dns.framed(mods["dns"]) if "dns" in mods else b"")
        size = int(mods.get("seg", len(payload) or 1))
        for begin in range(0, max(len(payload), 1), size):
            self.segment(i, at + begin, payload[begin:begin + size], mods)

    def segment(self, i, at, payload, mods):
        me, other = self.sides[i], self.sides[not i]
        flags = sum(bit for word, bit in FLAGS.items() if word in mods)
        ack = self.offset(mods["ack"]) if "ack" in mods else other.next
        acks = "noack" not in mods and not ("syn" in mods and i == 0 and "ack" not in mods)
        end = at + len(payload) + ("syn" in mods) + ("fin" in mods)
        me.next = max(me.next, end) if "aside" not in mods else me.next
        me.ip_id += 1
        s = Segment(side=i, ports=self.ports if i == 0 else self.ports[::-1], seq=me.isn + 1 + at,
                    ack=(other.isn + 1 + ack) if acks else 0, flags=flags | 16 * acks | 8 * bool(payload),
                    payload=payload, ip_id=int(mods.get("id", me.ip_id + 0x1000 * i + 1)),
                    window=int(mods.get("win", 65535)), urgent=int(mods.get("urg") or 0),
                    options=bytes.fromhex(mods.get("opt", "")))
        if "mark" in mods:
            self.marks[mods["mark"]] = at
        if "as" in mods:
            self.marks[mods["as"]] = at
            self.kept[mods["as"]] = (s, mods)
        elif "lost" not in mods:
            self.put((s, mods), {})

    # --- frames ---

    def pieces(self, text):
        if not text:
            return None
        if "-" not in text:
            cuts = [0] + [int(x) for x in text.split(",")] + [None]
            return [(a, b, False) for a, b in zip(cuts, cuts[1:])]
        found = re.findall(r"(\d+)-(\d*)(x?)", text)
        return [(int(a), int(b) if b else None, bool(x)) for a, b, x in found]

    def built(self, s, mods, over):
        src, dst = (ipaddress.ip_address(a) for a in ADDRESSES[self.version])
        src, dst = (dst, src) if s.side else (src, dst)
        if hasattr(s, "datagram"):
            return self.built_datagram(s, mods, over, ipaddress.ip_address(s.source) if s.source else src, dst)
        segment = tcp_segment(src, dst, s.ports, s.seq, s.ack, s.flags, s.window, s.urgent, s.options, s.payload,
                              "badsum" in mods)
        b = Builder(over, src, dst, segment, s.ip_id, int(mods.get("ttl", 64)), self.pieces(mods.get("frag")),
                    self.pieces(mods.get("ofrag")), "badipsum" in mods)
        self.link = b.link if self.link is None else self.link
        return b.link, b.build()

    def built_datagram(self, s, mods, over, src, dst):
        b = Builder(over, src, dst, datagram(src, dst, s.ports, s.datagram), s.ip_id, 64, self.pieces(mods.get("frag")),
                    self.pieces(mods.get("ofrag")), carries="datagram")
        self.link = b.link if self.link is None else self.link
        return b.link, b.build()

    def put(self, kept, more, piece=None):
        s, mods = kept
        mods = {**mods, **more}
        chains = [mods["over"].split()] if "over" in mods else [self.over]
        if self.mirror and "over" not in mods:
            chains.append(self.mirror)
        for chain in chains:
            link, frames = self.built(s, mods, chain)
            for frame in frames if piece is None else frames[piece - 1:piece]:
                self.emit(frame, mods, link, s.side)
                self.now -= STEP * 0.9 * (len(chains) > 1)

    def emit(self, frame, mods, link=None, side=0):
        self.now += STEP
        wire = len(frame)
        if "cut" in mods:
            frame = frame[:int(mods["cut"])]
        if "slice" in mods:
            frame = frame[:int(mods["slice"])]
            wire = len(frame)
        record = (self.now, frame, wire, self.link if link is None else link, side)
        if "late" in mods:
            self.late.append([int(mods["late"]), record])
            return
        self.frames.append(record)
        for x in self.late:
            x[0] -= 1
        for x in [x for x in self.late if x[0] <= 0]:
            self.frames.append(x[1])
            self.late.remove(x)


# --- files ---

def pcap(frames, link, order="<", ns=False):
    """[header, record...], each bytes."""
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if ns else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for now, frame, wire, _, _ in frames:
        us = round(now * 1000000)
        out.append(struct.pack(order + "IIII", us // 1000000, us % 1000000 * (1000 if ns else 1), len(frame), wire) + frame)
    return out


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def pcapng(frames, links, order="<"):
    """links: of each interface; the client's frames come from the first, the server's from the last."""
    out = [block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))]
    out += [block(order, 1, struct.pack(order + "HHI", link, 0, 0)) for link in links]
    for now, frame, wire, link, side in frames:
        us = round(now * 1000000)
        interface = links.index(link) if len(set(links)) > 1 else min(side, len(links) - 1)
        out.append(block(order, 6, struct.pack(order + "IIIII", interface, us >> 32, us & 0xFFFFFFFF, len(frame), wire) + frame))
    return out
