# SPDX-License-Identifier: Apache-2.0
"""Mutations that lose something: records may say less, never anything wrong, and must say that they are incomplete."""
from capture_file import Captured
from segment import SYN
from whole import captured, from_server, is_tcp


def drop(frames, rng):
    """Each data segment is lost with a chance of a few percent."""
    chance = rng.choice((0.02, 0.05, 0.1, 0.3))
    return [f for f in frames if not (is_tcp(f) and f.payload and rng.random() < chance)]


def drop_any(frames, rng):
    """Any frame is lost: SYNs, acknowledgements, FINs too."""
    chance = rng.choice((0.05, 0.15, 0.4))
    return [f for f in frames if rng.random() >= chance]


def drop_one(frames, rng):
    """One data segment."""
    data = [i for i, f in enumerate(frames) if is_tcp(f) and f.payload]
    lost = rng.choice(data) if data else -1
    return [f for i, f in enumerate(frames) if i != lost]


def drop_burst(frames, rng):
    """A row of frames, as a capture with a full buffer loses them."""
    at, n = rng.randrange(len(frames)), rng.randrange(2, 12)
    return frames[:at] + frames[at + n:]


def client_only(frames, rng):
    return [f for f in frames if not (is_tcp(f) and from_server(f))]


def server_only(frames, rng):
    return [f for f in frames if not (is_tcp(f) and not from_server(f))]


def snaplen(frames, rng):
    """Every frame cut; a SYN's options too."""
    most = rng.choice((64, 80, 96, 120, 200, 400, 1000))
    return [Captured(c.ns, c.bytes[:most], c.wire, c.port) for c in map(captured, frames)]


def cut_start(frames, rng):
    return frames[rng.randrange(1, max(2, len(frames))):]


def cut_end(frames, rng):
    return frames[:rng.randrange(1, max(2, len(frames)))]


def no_handshake(frames, rng):
    return [f for f in frames if not (is_tcp(f) and f.flags & SYN)]


ALL = {
    "drop": drop,
    "drop-any": drop_any,
    "drop-one": drop_one,
    "drop-burst": drop_burst,
    "client-only": client_only,
    "server-only": server_only,
    "snaplen": snaplen,
    "cut-start": cut_start,
    "cut-end": cut_end,
    "no-handshake": no_handshake,
}
