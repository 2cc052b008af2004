# SPDX-License-Identifier: Apache-2.0
"""A frame taken apart to its TCP segment, changed and built again with right lengths and sums."""
import ipaddress
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
VLAN_TYPES = (0x8100, 0x88A8)
WRAP = 1 << 32


def checksum(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Segment:
    """One TCP segment in one Ethernet frame, its payload whole. Copies share nothing that is changed in place."""

    # marks: what a fingerprint reads of the IP header: IPv4's type of service and flags, IPv6's first four bytes
    __slots__ = ("ns", "macs", "tags", "src", "dst", "ttl", "ip_id", "marks", "sport", "dport", "seq", "ack", "flags",
                 "window", "urgent", "options", "payload", "port")

    def copy(self, **changes):
        other = Segment()
        for name in self.__slots__:
            setattr(other, name, changes.get(name, getattr(self, name)))
        return other

    @property
    def v6(self):
        return len(self.src) == 16

    @property
    def flow(self):
        """The same for both directions."""
        return frozenset(((self.src, self.sport), (self.dst, self.dport)))

    @property
    def way(self):
        """One direction of one connection."""
        return self.src, self.sport, self.dst, self.dport

    @property
    def length(self):
        """In sequence numbers."""
        return len(self.payload) + bool(self.flags & SYN) + bool(self.flags & FIN)

    def tcp(self):
        offset = 20 + len(self.options)
        head = struct.pack("!HHIIBBHHH", self.sport, self.dport, self.seq % WRAP, self.ack % WRAP, offset << 2,
                           self.flags, self.window, 0, self.urgent) + self.options
        size = len(head) + len(self.payload)
        pseudo = self.src + self.dst + (struct.pack("!II", size, 6) if self.v6 else struct.pack("!HH", 6, size))
        total = checksum(pseudo + head + self.payload)
        return head[:16] + struct.pack("!H", total) + head[18:] + self.payload

    def ip(self):
        return build_ip(self.src, self.dst, 6, self.tcp(), self.ttl, self.ip_id, marks=self.marks)

    def link(self, kind):
        tags = self.tags + ((kind, None),)
        return self.macs + b"".join(struct.pack("!H", t) + (b"" if tag is None else struct.pack("!H", tag))
                                    for t, tag in tags)

    def frame(self):
        return self.link(0x86DD if self.v6 else 0x0800) + self.ip()


def build_ip(src, dst, protocol, payload, ttl=64, ip_id=0, fragment=None, marks=None):
    """fragment: the IPv4 flags and offset field; without marks DF alone by default. IPv6 where the addresses are."""
    if len(src) == 16:
        return struct.pack("!IHBB", marks or 6 << 28, len(payload), protocol, ttl) + src + dst + payload
    tos, flags = marks or (0, 0x4000)
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(payload), ip_id, flags if fragment is None else fragment, ttl,
                       protocol, 0) + src + dst
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def parse_ip(data):
    """(src, dst, ttl, id, marks, TCP bytes) of an unfragmented TCP packet, else None."""
    if len(data) >= 20 and data[0] >> 4 == 4:
        head, size, ident, flags = (data[0] & 15) * 4, *struct.unpack_from("!HHH", data, 2)
        if data[9] != 6 or flags & 0x3FFF or size > len(data) or head != 20:
            return None
        return data[12:16], data[16:20], data[8], ident, (data[1], flags), data[head:size]
    if len(data) >= 40 and data[0] >> 4 == 6:
        first, length = struct.unpack_from("!IH", data)
        if data[6] != 6 or 40 + length > len(data):
            return None
        return data[8:24], data[24:40], data[7], 0, first, data[40:40 + length]
    return None


def parse(captured):
    """The Segment of a frame, or None where it is anything else (or cut)."""
    data, tags, at = captured.bytes, [], 12
    if captured.wire != len(data) or len(data) < 14:
        return None
    kind = struct.unpack_from("!H", data, at)[0]
    while kind in VLAN_TYPES and at + 6 <= len(data):
        tags.append((kind, struct.unpack_from("!H", data, at + 2)[0]))
        at += 4
        kind = struct.unpack_from("!H", data, at)[0]
    ip = parse_ip(data[at + 2:]) if kind in (0x0800, 0x86DD) else None
    if not ip or len(ip[-1]) < 20:
        return None
    s = Segment()
    s.ns, s.port, s.macs, s.tags = captured.ns, captured.port, data[:12], tuple(tags)
    s.src, s.dst, s.ttl, s.ip_id, s.marks, tcp = ip
    s.sport, s.dport, s.seq, s.ack, offset, s.flags, s.window, _, s.urgent = struct.unpack_from("!HHIIBBHHH", tcp)
    s.options, s.payload = tcp[20:(offset >> 4) * 4], tcp[(offset >> 4) * 4:]
    return s


def map_v6(v4):
    """The IPv6 address that stands for an IPv4 one: inside 2001:db8::/32, so as public as it was."""
    return ipaddress.ip_address("2001:db8:4::").packed[:12] + v4


def shift_sack(options, by):
    """Options with the edges of a SACK (kind 5) moved."""
    out, at = bytearray(options), 0
    while at < len(out) and out[at]:
        if out[at] == 1:
            at += 1
            continue
        size = out[at + 1] if at + 1 < len(out) else 0
        if size < 2 or at + size > len(out):
            break
        if out[at] == 5:
            for edge in range(at + 2, at + size - 3, 4):
                value = struct.unpack_from("!I", out, edge)[0]
                struct.pack_into("!I", out, edge, (value + by) % WRAP)
        at += size
    return bytes(out)
