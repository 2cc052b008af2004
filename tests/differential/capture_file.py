# SPDX-License-Identifier: Apache-2.0
"""Capture files read and written: classic pcap in, pcap or pcapng with several interfaces out."""
import struct

ETHERNET = 1
RAW = 101


class Captured:
    """One frame as a capture holds it. ns: packet time; wire: its length before it was cut; port: which
    interface of a pcapng saw it."""

    __slots__ = ("ns", "bytes", "wire", "port")

    def __init__(self, ns, data, wire=None, port=0):
        self.ns = ns
        self.bytes = data
        self.wire = len(data) if wire is None else wire
        self.port = port


def read(path):
    """(link type, [Captured])."""
    with open(path, "rb") as f:
        data = f.read()
    order = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000),
             b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}
    if data[:4] not in order:
        raise ValueError(f"{path}: not a pcap file")
    end, unit = order[data[:4]]
    link = struct.unpack_from(end + "I", data, 20)[0] & 0xFFFF
    at, frames = 24, []
    while at + 16 <= len(data):
        sec, frac, kept, wire = struct.unpack_from(end + "IIII", data, at)
        if at + 16 + kept > len(data):
            break
        frames.append(Captured(sec * 10**9 + frac * unit, data[at + 16:at + 16 + kept], wire))
        at += 16 + kept
    return link, frames


def write_pcap(path, frames, link=ETHERNET, order="<", nano=False):
    magic, unit = (0xA1B23C4D, 1) if nano else (0xA1B2C3D4, 1000)
    with open(path, "wb") as f:
        f.write(struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link))
        for c in frames:
            sec, rest = divmod(c.ns, 10**9)
            f.write(struct.pack(order + "IIII", sec, rest // unit, len(c.bytes), c.wire) + c.bytes)


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def write_pcapng(path, frames, links):
    """links: the link type of each interface, which Captured.port counts."""
    with open(path, "wb") as f:
        f.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        for link in links:  # if_tsresol 9: nanoseconds
            f.write(block(1, struct.pack("<HHI", link, 0, 262144) + struct.pack("<HHBxxx", 9, 1, 9) +
                          struct.pack("<HH", 0, 0)))
        for c in frames:
            f.write(block(6, struct.pack("<IIIII", c.port, c.ns >> 32, c.ns & 0xFFFFFFFF, len(c.bytes), c.wire) +
                          c.bytes))
