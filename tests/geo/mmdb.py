# SPDX-License-Identifier: Apache-2.0
"""mmdb: writes small databases in MaxMind's format (MaxMind DB File Format Specification 2.0), for tests and the demo.

write(path, rows, ...): rows are {"network/bits": value}, the longer network inside a shorter one wins. Values are dicts, lists,
str, bool, float and int; an int is written as the type that real databases give it (uint32), or as U16, U64 around it says.
"""
import ipaddress
import struct

MARKER = b"\xab\xcd\xefMaxMind.com"


class U16(int):
    pass


class U64(int):
    pass


def control(kind, size):
    """The control byte(s) of a field: its type, extended above 7, and its size (below 285 here)."""
    first = (kind if kind < 8 else 0) << 5
    extended = b"" if kind < 8 else bytes([kind - 7])
    if size < 29:
        return bytes([first | size]) + extended
    assert size < 285
    return bytes([first | 29]) + extended + bytes([size - 29])


def number(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def encoded(value):
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encoded(k) + encoded(v) for k, v in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(map(encoded, value))
    if isinstance(value, bool):
        return control(14, int(value))
    if isinstance(value, float):
        return control(3, 8) + struct.pack(">d", value)
    if isinstance(value, str):
        return control(2, len(value.encode())) + value.encode()
    kind = 5 if isinstance(value, U16) else 9 if isinstance(value, U64) else 6
    return control(kind, len(number(value))) + number(value)


def path_bits(network, version):
    """The bits from the root to a network: IPv4 lies 96 zero bits below the root of a tree for IPv6."""
    net = ipaddress.ip_network(network)
    bits = f"{int(net.network_address):0{net.max_prefixlen}b}"[:net.prefixlen]
    return "0" * 96 + bits if version == 6 and net.version == 4 else bits


def make_tree(rows, version):
    """Nodes as [left, right]: a child is a node's number, ("data", index) or None."""
    nodes, values = [[None, None]], []
    for network in sorted(rows, key=lambda n: ipaddress.ip_network(n).prefixlen):
        bits = path_bits(network, version)
        values.append(rows[network])
        at, inherited = 0, None
        for bit in map(int, bits[:-1]):
            child = nodes[at][bit]
            if not isinstance(child, int):
                inherited = child
                nodes.append([inherited, inherited])
                child = nodes[at][bit] = len(nodes) - 1
            at = child
        nodes[at][int(bits[-1])] = ("data", len(values) - 1)
    return nodes, values


def write(path, rows, kind, version=6, epoch=1700000000):
    nodes, values = make_tree(rows, version)
    data, offsets = b"", []
    for value in values:
        offsets.append(len(data))
        data += encoded(value)

    def record(child):
        if child is None:
            return len(nodes)
        return child if isinstance(child, int) else len(nodes) + 16 + offsets[child[1]]

    tree = b"".join(record(c).to_bytes(3, "big") for node in nodes for c in node)
    metadata = {"node_count": len(nodes), "record_size": U16(24), "ip_version": U16(version), "database_type": kind,
                "languages": ["en"], "binary_format_major_version": U16(2), "binary_format_minor_version": U16(0),
                "build_epoch": U64(epoch), "description": {"en": "made for mxtap's tests"}}
    with open(path, "wb") as out:
        out.write(tree + bytes(16) + data + MARKER + encoded(metadata))
