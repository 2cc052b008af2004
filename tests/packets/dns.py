# SPDX-License-Identifier: Apache-2.0
"""DNS messages out of a line of words, as tests/unit/dns_build.h reads them; README.md lists the words."""
import ipaddress
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "OPT": 41}
FLAGS = {"aa": 0x400, "tc": 0x200, "ra": 0x80}


def name(text):
    """www.example; @12 is a pointer to offset 12."""
    text, at, target = text.partition("@")
    labels = b"".join(bytes([len(x)]) + x.encode() for x in text.split(".") if x)
    return labels + (struct.pack("!H", 0xC000 | int(target)) if at else b"\0")


def value(kind, text):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(text).packed
    if kind in ("NS", "CNAME", "PTR"):
        return name(text)
    if kind == "MX":
        return struct.pack("!H", 10) + name(text)
    if kind == "SOA":
        return name("ns.example") + name("root.example") + struct.pack("!IIIII", 1, 1, 1, 1, int(text))
    if kind == "TXT":
        return bytes([len(text)]) + text.encode()
    return bytes.fromhex(text)


def record(owner, ttl, kind, text):
    data = value(kind, text)
    return name(owner) + struct.pack("!HHIH", TYPES.get(kind) or int(kind), 1, int(ttl), len(data)) + data


def message(text):
    words = text.split()
    ident, flags, counts, section, body = 1, 0x8100, [0, 0, 0, 0], 1, b""
    while words:
        word = words.pop(0)
        if word == "?":
            body += name(words[0]) + struct.pack("!HH", TYPES.get(words[1]) or int(words[1]), 1)
            counts[0] += 1
            del words[:2]
        elif word == "!":
            body += record(*words[:4])
            counts[section] += 1
            del words[:4]
        elif word == "raw":
            body += bytes.fromhex(words.pop(0))
        elif word == "ask":
            flags &= ~0x8000
        elif word in ("auth", "add"):
            section = 2 if word == "auth" else 3
        elif word in FLAGS:
            flags |= FLAGS[word]
        else:
            key, _, number = word.partition("=")
            ident = int(number) if key == "id" else ident
            flags |= {"rcode": 1, "opcode": 0x800}.get(key, 0) * int(number)
            counts[1] = int(number) if key == "an" else counts[1]
    return struct.pack("!HHHHHH", ident, flags, *counts) + body


def framed(text):
    """Messages with | between them, each behind its length, as TCP carries them."""
    return b"".join(struct.pack("!H", len(m)) + m for m in map(message, text.split("|")))
