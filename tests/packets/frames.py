# SPDX-License-Identifier: Apache-2.0
"""Frames from layer words, outermost first: `eth vlan:10 ip`, `eth ip4 gre ip`, `sll ip hop dst`.

`ip` is the innermost packet, of the script's own addresses, and carries TCP or a datagram; ip4 and ip6 are tunnels
around it.
"""
import ipaddress
import struct

LINKS = {  # the first word says what kind of file it is
    "null": 0, "eth": 1, "snap": 1, "ppp": 9, "raw": 101, "loop": 108, "sll": 113, "mpls": 219, "sll2": 276,
}
ETHERTYPES = {
    "vlan": 0x8100, "qinq": 0x88A8, "old": 0x9100, "mpls": 0x8847, "pppoe": 0x8864, "eth": 0x6558, "ppp": 0x880B,
    "ip4": 0x0800, "ip6": 0x86DD, "erspan1": 0x88BE, "erspan2": 0x88BE, "erspan3": 0x22EB, "erspan3o": 0x22EB,
    "erspan3ip": 0x22EB,
}
PROTOCOLS = {
    "tcp": 6, "datagram": 17, "udp": 17, "ip4": 4, "ip6": 41, "gre": 47, "grekey": 47, "gresum": 47, "greseq": 47, "pptp": 47,
    "hop": 0, "route": 43, "frag": 44, "ah": 51, "dst": 60, "mpls": 137, "esp": 50,
}
MACS = bytes.fromhex("020000000002" "020000000001")


def ones_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def tcp_segment(src, dst, ports, seq, ack, flags, window, urgent, options, payload, bad_sum):
    """TCP from its header on, its checksum right unless bad_sum."""
    options += b"\0" * (-len(options) % 4)
    head = struct.pack("!HHIIBBHHH", *ports, seq % 2**32, ack % 2**32, (5 + len(options) // 4) << 4, flags, window,
                       0, urgent) + options
    pseudo = src.packed + dst.packed + struct.pack("!II", len(head) + len(payload), 6)
    checksum = ~ones_sum(pseudo + head + payload) & 0xFFFF
    checksum ^= 0x5A5A if bad_sum else 0
    return head[:16] + struct.pack("!H", checksum) + head[18:] + payload


def datagram(src, dst, ports, payload):
    """UDP from its header on."""
    head = struct.pack("!HHHH", *ports, 8 + len(payload), 0)
    pseudo = src.packed + dst.packed + struct.pack("!II", len(head) + len(payload), 17)
    return head[:6] + struct.pack("!H", ~ones_sum(pseudo + head + payload) & 0xFFFF or 0xFFFF) + payload


class Builder:
    """Every layer maps a list of bodies to a list of packets: one body, or its fragments."""

    def __init__(self, words, src, dst, segment, ip_id=0, ttl=64, pieces=None, outer_pieces=None, bad_ip_sum=False,
                 carries="tcp"):
        self.words = words + ([] if any(w in ("ip", "ipopt", "iptso") for w in words) else ["ip"]) + [carries]
        self.inner, self.segment = (src, dst), segment
        self.ip_id, self.ttl, self.bad_ip_sum = ip_id, ttl, bad_ip_sum
        self.pieces, self.outer_pieces = pieces, outer_pieces
        self.link = LINKS[self.name(0)]

    def name(self, i):
        """Word i without its number; `ip` by its version."""
        if i >= len(self.words):
            return ""
        word = self.words[i].partition(":")[0]
        return f"ip{self.inner[0].version}" if word in ("ip", "ipopt", "iptso") else word

    def number(self, i, default=0):
        return int(self.words[i].partition(":")[2] or default)

    def build(self):
        return self.layer(0)

    def layer(self, i):
        word = self.words[i]
        if word in ("tcp", "datagram"):
            return [self.segment]
        if self.name(i) in ("ip4", "ip6"):
            return self.ip(i)
        head = getattr(self, "head_" + self.name(i))
        return [head(i, body) + body for body in self.layer(i + 1)]

    # --- IP and its fragments ---

    def ip(self, i):
        innermost = self.words[i] in ("ip", "ipopt", "iptso")
        four = self.name(i) == "ip4"
        pieces = self.pieces if innermost else None
        if not innermost and not any(self.name(j) in ("ip4", "ip6") for j in range(i)):
            pieces = self.outer_pieces
        src, dst = self.inner if innermost else (
            ipaddress.ip_address("10.9.0.1" if four else "fd00::1"), ipaddress.ip_address("10.9.0.2" if four else "fd00::2"))
        out = []
        for body in self.layer(i + 1):
            for at, more, part in cut(body, pieces):
                fragment = (at, more) if pieces else None
                make = self.ip4_header if four else self.ip6_header
                out.append(make(i, src, dst, part, fragment, innermost) + part)
        return out

    def ip4_header(self, i, src, dst, body, fragment, innermost):
        options = b"\x94\x04\0\0" if self.words[i] == "ipopt" else b""
        flags = 0x4000 if not fragment else fragment[0] // 8 | (0x2000 if fragment[1] else 0)
        length = 0 if self.words[i] == "iptso" else 20 + len(options) + len(body)
        head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, length, self.ip_id if innermost else self.ip_id ^ 0x4000,
                           flags, self.ttl if innermost else 60, PROTOCOLS[self.name(i + 1)], 0, src.packed, dst.packed)
        head += options
        checksum = ~ones_sum(head) & 0xFFFF ^ (0x1111 if self.bad_ip_sum and innermost else 0)
        return head[:10] + struct.pack("!H", checksum) + head[12:]

    def ip6_header(self, i, src, dst, body, fragment, innermost):
        following = PROTOCOLS[self.name(i + 1)]
        extra = b""
        if fragment:
            extra = struct.pack("!BBHI", following, 0, fragment[0] | fragment[1], self.ip_id)
            following = 44
        length = 0 if self.words[i] == "iptso" else len(extra) + len(body)
        return struct.pack("!IHBB16s16s", 0x60000000, length, following, self.ttl if innermost else 60, src.packed,
                           dst.packed) + extra

    def extension(self, i, length=8):
        return bytes([PROTOCOLS[self.name(i + 1)], length // 8 - 1]) + b"\1" + bytes([length - 4]) + bytes(length - 4)

    def head_hop(self, i, body):
        return self.extension(i)

    def head_dst(self, i, body):
        return self.extension(i, self.number(i, 8))

    def head_route(self, i, body):
        return bytes([PROTOCOLS[self.name(i + 1)], 2, 0, 0]) + bytes(20)  # no segment left

    def head_frag(self, i, body):
        return bytes([PROTOCOLS[self.name(i + 1)], 0, 0, 0, 0, 0, 0, 9])  # an atomic one

    def head_ah(self, i, body):
        return bytes([PROTOCOLS[self.name(i + 1)], 4]) + bytes(22)

    def head_esp(self, i, body):
        return bytes(16)

    # --- links ---

    def head_eth(self, i, body):
        return MACS + struct.pack("!H", ETHERTYPES[self.name(i + 1)])

    def head_snap(self, i, body):
        return MACS + struct.pack("!H", 8 + len(body)) + b"\xaa\xaa\3\0\0\0" + struct.pack("!H", ETHERTYPES[self.name(i + 1)])

    def head_vlan(self, i, body):
        return struct.pack("!HH", self.number(i), ETHERTYPES[self.name(i + 1)])

    head_qinq = head_old = head_vlan

    def head_sll(self, i, body):
        return struct.pack("!HHH8sH", 0, 1, 6, MACS[6:] + b"\0\0", ETHERTYPES[self.name(i + 1)])

    def head_sll2(self, i, body):
        return struct.pack("!HHIHBB8s", ETHERTYPES[self.name(i + 1)], 0, 3, 1, 0, 6, MACS[6:] + b"\0\0")

    def head_null(self, i, body):
        return struct.pack("<I", 2 if self.name(i + 1) == "ip4" else self.number(i, 30))

    def head_loop(self, i, body):
        return struct.pack("!I", 2 if self.name(i + 1) == "ip4" else 24)

    def head_raw(self, i, body):
        return b""

    def head_mpls(self, i, body):
        return struct.pack("!I", self.number(i, 16) << 12 | (self.name(i + 1) != "mpls") << 8 | 64)

    def head_cw(self, i, body):
        return bytes(4)

    def head_pppoe(self, i, body):
        return struct.pack("!BBHH", 0x11, 0, 7, len(body))

    def head_ppp(self, i, body):
        return b"\xff\3" * (i == 0) + {"ip4": b"\0\x21", "ip6": b"\0\x57", "mpls": b"\2\x81"}[self.name(i + 1)]

    # --- tunnels ---

    def head_gre(self, i, body):
        return struct.pack("!HH", 0, ETHERTYPES[self.name(i + 1)])

    def head_grekey(self, i, body):
        return struct.pack("!HHI", 0x2000, ETHERTYPES[self.name(i + 1)], 77)

    def head_greseq(self, i, body):
        return struct.pack("!HHI", 0x1000, ETHERTYPES[self.name(i + 1)], 5)

    def head_gresum(self, i, body):
        return struct.pack("!HHI", 0x8000, ETHERTYPES[self.name(i + 1)], 0)

    def head_pptp(self, i, body):
        return struct.pack("!HHHHII", 0x3081, 0x880B, len(body), 9, 5, 6)

    def head_erspan1(self, i, body):
        return b""

    def head_erspan2(self, i, body):
        return struct.pack("!HHI", 0x1000 | self.number(i), 0x0101, 0)

    def head_erspan3(self, i, body):
        return struct.pack("!HHIHH", 0x2000, 0x0101, 0, 0, 0)

    def head_erspan3o(self, i, body):
        return struct.pack("!HHIHHQ", 0x2000, 0x0101, 0, 0, 1, 0)

    def head_erspan3ip(self, i, body):
        return struct.pack("!HHIHH", 0x2000, 0x0101, 0, 0, 2 << 10)

    def head_udp(self, i, body):
        return struct.pack("!HHHH", 49152, self.number(i), 8 + len(body), 0)

    def head_vxlan(self, i, body):
        return struct.pack("!II", 0x08000000, self.number(i, 42) << 8)

    def head_geneve(self, i, body):
        return struct.pack("!BBHI", 0, 0, ETHERTYPES[self.name(i + 1)], 42 << 8)

    def head_geneveopt(self, i, body):
        return struct.pack("!BBHI", 2, 0, ETHERTYPES[self.name(i + 1)], 42 << 8) + bytes(8)


def cut(body, pieces):
    """pieces: [(from, to or None, changed)]; (offset, more, bytes) of each. None: the whole."""
    if not pieces:
        return [(0, False, body)]
    out = []
    for begin, end, changed in pieces:
        end = len(body) if end is None else end
        part = body[begin:end]
        out.append((begin, end < len(body), bytes(b ^ 1 for b in part) if changed else part))
    return out
