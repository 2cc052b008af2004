# SPDX-License-Identifier: Apache-2.0
"""A capture as a list of frames: read, shifted in time, readdressed, damaged on purpose."""

import ipaddress
import struct
from dataclasses import dataclass, replace

MAGIC = 0xA1B2C3D4
FILE_HEADER = struct.Struct("<IHHiIII")
FRAME_HEADER = struct.Struct("<IIII")
ETHERNET = 1
IPV4, IPV6, VLAN, PROVIDER_VLAN = 0x0800, 0x86DD, 0x8100, 0x88A8
VXLAN_PORT, VXLAN_HEADER = 4789, 8 + 8      # with its UDP header
TCP, UDP, ICMPV6 = 6, 17, 58
CHECKSUM_AT = {TCP: 16, UDP: 6, ICMPV6: 2}


@dataclass
class Frame:
    when: int       # microseconds since the epoch
    data: bytes
    length: int     # on the wire; data is shorter where a snap length cut it


def read(path):
    raw = open(path, "rb").read()
    magic, *_, link = FILE_HEADER.unpack_from(raw)
    assert magic == MAGIC and link == ETHERNET, path
    frames, at = [], FILE_HEADER.size
    while at < len(raw):
        seconds, micros, held, length = FRAME_HEADER.unpack_from(raw, at)
        at += FRAME_HEADER.size
        frames.append(Frame(seconds * 1_000_000 + micros, raw[at:at + held], length))
        at += held
    return frames


def write(path, frames, snaplen=262144):
    with open(path, "wb") as out:
        out.write(FILE_HEADER.pack(MAGIC, 2, 4, 0, 0, snaplen, ETHERNET))
        for frame in frames:
            out.write(FRAME_HEADER.pack(frame.when // 1_000_000, frame.when % 1_000_000,
                                        len(frame.data), frame.length))
            out.write(frame.data)


def shift(frames, micros):
    return [replace(frame, when=frame.when + micros) for frame in frames]


def cut(frames, snaplen):
    return [replace(frame, data=frame.data[:snaplen]) for frame in frames]


# --- what is in a frame ---------------------------------------------------------------------

@dataclass
class Layers:
    """Offsets in one frame, of the innermost packet; None where there is no such layer."""
    family: int
    ip: int
    protocol: int = None
    transport: int = None
    end: int = None


def layers(data, start=0):
    kind, = struct.unpack_from(">H", data, start + 12)
    at = start + 14
    while kind in (VLAN, PROVIDER_VLAN):
        kind, = struct.unpack_from(">H", data, at + 2)
        at += 4
    if kind == IPV4:
        total, = struct.unpack_from(">H", data, at + 2)
        found = Layers(4, at, data[at + 9], at + (data[at] & 15) * 4, at + total)
    elif kind == IPV6:
        payload, = struct.unpack_from(">H", data, at + 4)
        found = Layers(6, at, data[at + 6], at + 40, at + 40 + payload)
    else:
        return Layers(0, at)
    if found.protocol == UDP and data[found.transport + 2:found.transport + 4] == \
            VXLAN_PORT.to_bytes(2, "big"):
        return layers(data, found.transport + VXLAN_HEADER)
    return found


def ports(data):
    """(source, destination) of a TCP or UDP frame, else (None, None)."""
    found = layers(data)
    if found.protocol not in (TCP, UDP):
        return None, None
    return struct.unpack_from(">HH", data, found.transport)


def payload_length(data):
    found = layers(data)
    if found.protocol != TCP:
        return 0
    return found.end - found.transport - (data[found.transport + 12] >> 4) * 4


def tag(data, vlan):
    return data[:12] + struct.pack(">HH", VLAN, vlan) + data[12:]


# --- other addresses ------------------------------------------------------------------------

def map_addresses(frames, mapping):
    """Replaces addresses in IP headers and makes the checksums right again; nothing in payloads."""
    packed = {ipaddress.ip_address(old).packed: ipaddress.ip_address(new).packed
              for old, new in mapping.items()}
    return [replace(frame, data=_mapped(frame.data, packed)) for frame in frames]


def _mapped(data, packed):
    found = layers(data)
    if not found.family:
        return data
    size, source = (4, found.ip + 12) if found.family == 4 else (16, found.ip + 8)
    new = bytearray(data)
    for at in (source, source + size):
        old = bytes(new[at:at + size])
        new[at:at + size] = packed.get(old, old)
    if bytes(new) == data:
        return data
    if found.family == 4:
        new[found.ip + 10:found.ip + 12] = b"\0\0"
        struct.pack_into(">H", new, found.ip + 10, checksum(new[found.ip:found.transport]))
    _transport_checksum(new, found, bytes(new[source:source + 2 * size]))
    return bytes(new)


def _transport_checksum(new, found, addresses):
    if found.protocol not in CHECKSUM_AT or len(new) < found.end:
        return
    at = found.transport + CHECKSUM_AT[found.protocol]
    new[at:at + 2] = b"\0\0"
    length = found.end - found.transport
    if found.family == 4:
        pseudo = addresses + struct.pack(">BBH", 0, found.protocol, length)
    else:
        pseudo = addresses + struct.pack(">I3xB", length, found.protocol)
    value = checksum(pseudo + bytes(new[found.transport:found.end]))
    struct.pack_into(">H", new, at, value or 0xFFFF)


def checksum(data):
    if len(data) % 2:
        data = bytes(data) + b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


# --- other frames of the same ---------------------------------------------------------------

def routed(data):
    """The frame behind a router: other MAC addresses, TTL less one (where it has IP)."""
    found = layers(data)
    new = bytearray(data)
    new[5] ^= 0x80
    new[11] ^= 0x80
    if found.family == 4:
        new[found.ip + 8] -= 1
        new[found.ip + 10:found.ip + 12] = b"\0\0"
        struct.pack_into(">H", new, found.ip + 10, checksum(new[found.ip:found.transport]))
    elif found.family == 6:
        new[found.ip + 7] -= 1
    return bytes(new)


def halves(data):
    """One TCP/IPv4 segment as two, cut at a third of its payload."""
    found = layers(data)
    length = payload_length(data)
    start, border = found.end - length, found.end - length + length // 3
    return (_segment(data, found, data[start:border], 0),
            _segment(data, found, data[border:found.end], border - start))


def _segment(data, found, payload, later):
    header = found.transport + (data[found.transport + 12] >> 4) * 4
    new = bytearray(data[:header] + payload)
    sequence, = struct.unpack_from(">I", data, found.transport + 4)
    struct.pack_into(">I", new, found.transport + 4, (sequence + later) & 0xFFFFFFFF)
    struct.pack_into(">H", new, found.ip + 2, len(new) - found.ip)
    new[found.ip + 10:found.ip + 12] = b"\0\0"
    struct.pack_into(">H", new, found.ip + 10, checksum(new[found.ip:found.transport]))
    _transport_checksum(new, layers(bytes(new)), bytes(new[found.ip + 12:found.ip + 20]))
    return bytes(new)
