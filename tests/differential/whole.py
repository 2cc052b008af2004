# SPDX-License-Identifier: Apache-2.0
"""Mutations that lose nothing: the same bytes on another wire. Records must stay what they were.

Each function takes the frames of a good capture (Segment where the frame is a TCP segment, else Captured), a random
generator and yields or returns frames of the same two kinds. What a mutation may change in a record stands beside it
in ALL; compare.py knows each of these words."""
import struct

from capture_file import ETHERNET, RAW, Captured
from segment import ACK, FIN, PSH, SYN, WRAP, Segment, build_ip, map_v6, shift_sack


def is_tcp(f):
    return isinstance(f, Segment)


def from_server(f):
    return f.sport in (25, 465, 587, 2525)


def captured(f, port=None):
    if not is_tcp(f):
        return f
    return Captured(f.ns, f.frame(), port=f.port if port is None else port)


class Ids:
    """New IP identifications: a copy of a frame repeats the old one, a new frame must not."""

    def __init__(self, rng):
        self.next = rng.randrange(65536)

    def new(self):
        self.next = self.next % 65535 + 1
        return self.next


def cut(rng, n, most):
    """Sorted borders inside n bytes, at most `most` of them, none at the ends."""
    return sorted(rng.sample(range(1, n), min(n - 1, rng.randrange(1, most + 1)))) if n > 1 else []


def runs(frames):
    """Runs of contiguous data segments of one direction with nothing of their connection between, as lists of
    indices; each index in one run."""
    last = {}
    out = []
    for i, f in enumerate(frames):
        if not is_tcp(f):
            continue
        run = last.get(f.flow)
        prev = frames[run[-1]] if run else None
        joins = (prev is not None and prev.way == f.way and f.payload and prev.payload and prev.ack == f.ack
                 and not (prev.flags | f.flags) & SYN and not prev.flags & FIN
                 and (prev.seq + len(prev.payload)) % WRAP == f.seq)
        if joins:
            run.append(i)
        else:
            run = [i]
            out.append(run)
        last[f.flow] = run
    return out


def resegment(frames, rng, most=8, overlap=0):
    """Other segment borders; a piece keeps the time of the segment that brought its last byte. overlap: bytes that
    each piece repeats of its neighbours."""
    ids, out = Ids(rng), {}
    for run in runs(frames):
        group = [frames[i] for i in run]
        data = b"".join(s.payload for s in group)
        borders = cut(rng, len(data), most * len(group))
        if not borders or group[0].flags & SYN:
            out.update((i, [frames[i]]) for i in run)
            continue
        ends, total = [], 0
        for s in group:
            total += len(s.payload)
            ends.append(total)
        for i in run:
            out[i] = []
        for a, b in zip([0] + borders, borders + [len(data)]):
            owner = next(k for k, e in enumerate(ends) if b <= e)
            s, final = group[owner], b == len(data)
            lo, hi = max(0, a - rng.randrange(overlap + 1)), min(len(data), b + rng.randrange(overlap + 1))
            flags = s.flags & ~(FIN | PSH) | (s.flags & (FIN | PSH) if final else 0)
            if s.flags & FIN and not final:
                hi = min(hi, len(data))
            out[run[owner]].append(s.copy(seq=(group[0].seq + lo) % WRAP, payload=data[lo:hi], flags=flags,
                                          ip_id=ids.new()))
    for i, f in enumerate(frames):
        yield from out.get(i, [f])


def one_byte(frames, rng):
    """Every data segment in pieces of one byte; of segments out of order more would wait than the cap lets
    (LIMIT_TCP_HELD_SEGMENTS), so such a capture stays as it is."""
    ids, frames, after = Ids(rng), list(frames), {}
    for f in frames:
        if is_tcp(f) and f.payload and after.setdefault(f.way, f.seq) != f.seq:
            yield from frames
            return
        if is_tcp(f):
            after[f.way] = (f.seq + f.length) % WRAP
    for f in frames:
        if not is_tcp(f) or not 1 < len(f.payload) <= 2000 or f.flags & SYN:
            yield f
            continue
        for k in range(len(f.payload)):
            final = k + 1 == len(f.payload)
            yield f.copy(seq=(f.seq + k) % WRAP, payload=f.payload[k:k + 1], ip_id=ids.new(),
                         flags=f.flags if final else f.flags & ~(FIN | PSH))


def overlap_same(frames, rng):
    return resegment(frames, rng, 6, 40)


def duplicate(frames, rng):
    """Some frames twice, as a mirror of two ports gives them: the very same bytes."""
    for f in frames:
        yield f
        while rng.random() < 0.4:
            yield f


def bursts(frames):
    """Runs of frames of which none is far from the one before: only inside of one do frames change places."""
    begun = 0
    for i in range(1, len(frames) + 1):
        if i == len(frames) or frames[i].ns - frames[i - 1].ns > 200_000_000:
            yield range(begun, i)
            begun = i


def delayed(frames, rng, chooses, change):
    """Each frame comes, or, where chooses(frame) says so, comes some frames late as change(frame, packet time); never
    as late as a sensor may give up waiting for it (LIMIT_TCP_HOLE_USEC)."""
    waiting = []
    for burst in bursts(frames):
        for i in burst:
            f = frames[i]
            late = chooses(f)
            if late != "only":
                yield f
            if late:
                waiting.append([rng.randrange(1, 6), f])
            for w in waiting:
                w[0] -= 1
            for w in [w for w in waiting if w[0] < 0]:
                waiting.remove(w)
                yield change(w[1], f.ns)
        for w in waiting:
            yield change(w[1], frames[burst[-1]].ns)
        waiting = []


def duplicate_later(frames, rng):
    """The second mirror port lags behind by some frames."""
    def again(f, ns):
        return f.copy(ns=ns) if is_tcp(f) else Captured(ns, f.bytes, f.wire, f.port)
    return delayed(frames, rng, lambda f: "too", again)


def shuffle(frames, rng, window, first):
    """Frames change places within a window; packet times stay in the file's order. first(flags): nothing of its
    connection overtakes such a frame."""
    for burst in bursts(frames):
        keyed = sorted(burst, key=lambda i: i if is_tcp(frames[i]) and first(frames[i].flags)
                       else i + rng.uniform(0, window))
        for here, i in zip(burst, keyed):
            f, ns = frames[i], frames[here].ns
            yield f.copy(ns=ns) if is_tcp(f) else Captured(ns, f.bytes, f.wire, f.port)


def reorder(frames, rng):
    """A connection seen first by anything else than its SYN is one begun before the capture: so SYNs come first."""
    return shuffle(frames, rng, 5, lambda flags: flags & (SYN | ACK) == SYN)


def reorder_behind_handshake(frames, rng):
    """SYN-ACKs too; the others move farther."""
    return shuffle(frames, rng, 8, lambda flags: flags & SYN)


def two_clocks(frames, rng):
    """One direction's port is read later than the other's: its frames keep their times and stand later in the file."""
    for burst in bursts(frames):
        for i in sorted(burst, key=lambda i: i + (4.5 if is_tcp(frames[i]) and from_server(frames[i]) else 0)):
            yield frames[i]


def retransmit(frames, rng):
    """Bytes already sent come again with other borders, acknowledged or not."""
    ids, sent = Ids(rng), {}
    for f in frames:
        yield f
        if not is_tcp(f) or f.flags & SYN:
            continue
        history = sent.setdefault(f.way, [f.seq, b""])
        if f.payload and (history[0] + len(history[1])) % WRAP == f.seq:
            history[1] += f.payload
        elif f.payload:
            sent[f.way] = [f.seq, f.payload]
            history = sent[f.way]
        data = history[1][-6000:]
        if len(data) > 1 and f.payload and rng.random() < 0.5:
            lo, hi = sorted(rng.sample(range(len(data) + 1), 2))
            hi = min(hi, lo + 1460)
            start = history[0] + len(history[1]) - len(data) + lo
            yield f.copy(seq=start % WRAP, payload=data[lo:hi], flags=ACK | PSH, ip_id=ids.new())


def lost_and_sent_again(frames, rng):
    """A data segment comes some frames late, as a retransmission does: new IP id, its own bytes."""
    ids = Ids(rng)

    def lost(f):
        return "only" if is_tcp(f) and f.payload and not f.flags & (SYN | FIN) and rng.random() < 0.15 else ""
    return delayed(frames, rng, lost, lambda f, ns: f.copy(ns=ns, ip_id=ids.new()))


def fewer_acks(frames, rng):
    """Segments that only acknowledge are lost: nothing of the streams is missing. A handshake's third stays, and what
    answers a FIN, which tells a closed connection from an open one."""
    seen, closing = set(), set()
    for f in frames:
        bare = is_tcp(f) and not f.payload and f.flags == ACK
        if bare and f.way in seen and f.flow not in closing and rng.random() < 0.7:
            continue
        if bare:
            seen.add(f.way)
        if is_tcp(f) and f.flags & FIN:
            closing.add(f.flow)
        yield f


def keep_alives(frames, rng):
    """RFC 9293 3.8.4: a segment one byte before the next, with or without one byte of garbage, and its answer."""
    ids, state = Ids(rng), {}
    for f in frames:
        yield f
        if not is_tcp(f) or f.flags & (FIN | 4):
            if is_tcp(f):
                state[f.flow] = None
            continue
        state.setdefault(f.flow, {})
        if state[f.flow] is None:
            continue
        state[f.flow][f.way] = ((f.seq + f.length) % WRAP, f)
        if len(state[f.flow]) == 2 and rng.random() < 0.15:
            mine, theirs = state[f.flow][f.way], next(v for k, v in state[f.flow].items() if k != f.way)
            yield f.copy(seq=(mine[0] - 1) % WRAP, ack=theirs[0], payload=b"" if rng.random() < 0.5 else mine_byte(f),
                         flags=ACK, ip_id=ids.new(), options=b"")
            yield theirs[1].copy(ns=f.ns, seq=theirs[0], ack=mine[0], payload=b"", flags=ACK, ip_id=ids.new(),
                                 options=b"")


def mine_byte(f):
    """The byte that was sent last, where there was one: other bytes would be an overlap that differs."""
    return f.payload[-1:]


def vlan(frames, rng):
    """One 802.1Q tag on everything."""
    for f in frames:
        yield tag(f, ((0x8100, 0x2000 | 4001),))


def qinq(frames, rng):
    """802.1ad outside, 802.1Q inside; the two directions in different outer VLANs."""
    for f in frames:
        yield tag(f, ((0x88A8, 300 + (is_tcp(f) and f.sport < f.dport)), (0x8100, 77)))


def tag(f, tags):
    if is_tcp(f):
        return f.copy(tags=tags + f.tags)
    head = b"".join(struct.pack("!HH", *t) for t in tags)
    return Captured(f.ns, f.bytes[:12] + head + f.bytes[12:], f.wire + len(head), f.port)


def ipv6(frames, rng):
    """IPv4 connections over IPv6."""
    for f in frames:
        yield f.copy(src=map_v6(f.src), dst=map_v6(f.dst), marks=None) if is_tcp(f) and not f.v6 else f


def pieces_of_ip(f, rng, ids, least):
    payload = f.tcp()
    size = max(8, rng.randrange(least, max(least + 1, len(payload))) // 8 * 8)
    if len(payload) <= size:
        return [captured(f)]
    out, number = [], ids.new()
    for at in range(0, len(payload), size):
        more = at + size < len(payload)
        if f.v6:
            head = struct.pack("!BBHI", 6, 0, at | more, number)
            ip = build_ip(f.src, f.dst, 44, head + payload[at:at + size], f.ttl)
        else:
            ip = build_ip(f.src, f.dst, 6, payload[at:at + size], f.ttl, number, (0x2000 if more else 0) | at // 8)
        out.append(Captured(f.ns, f.link(0x86DD if f.v6 else 0x0800) + ip, port=f.port))
    return out


def fragments(frames, rng):
    """IP fragments, in order, reversed or shuffled, some of them twice; the first is at times too short for TCP's
    header."""
    ids = Ids(rng)
    for f in frames:
        # A SYN behind a pause of hours: the clock believes the leap at its second frame, too late for the first piece.
        if not is_tcp(f) or f.flags & SYN or rng.random() < 0.3:
            yield f
            continue
        pieces = pieces_of_ip(f, rng, ids, 8)
        if len(pieces) > 60:
            yield f
            continue
        manner = rng.randrange(4)
        if manner == 1:
            pieces.reverse()
        elif manner == 2:
            rng.shuffle(pieces)
        elif manner == 3:
            pieces = [p for p in pieces[:-1] for _ in range(2)] + pieces[-1:]
        yield from pieces


OUTER = bytes(map(int, "10.9.8.7".split("."))), bytes(map(int, "10.9.8.6".split(".")))


def wrap(f, kind, inside):
    """kind: of the outer IP protocol. Both directions go through the tunnel, each its own way."""
    ends = OUTER if not is_tcp(f) or f.sport > f.dport else OUTER[::-1]
    macs = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
    return Captured(f.ns, macs + b"\x08\0" + build_ip(*ends, kind, inside, ip_id=1), port=f.port)


def vxlan(frames, rng):
    """RFC 7348: the whole frame in UDP to port 4789."""
    for f in frames:
        inside = struct.pack("!II", 0x08000000, 42 << 8) + captured(f).bytes
        yield wrap(f, 17, struct.pack("!HHHH", 49152, 4789, len(inside) + 8, 0) + inside)


def gre(frames, rng):
    """RFC 2784 and 2890: the IP packet, at times with key and sequence number."""
    number = 0
    for f in frames:
        if not is_tcp(f) or f.tags:
            yield f
            continue
        number += 1
        keyed = rng.random() < 0.5
        head = struct.pack("!HH", 0x3000 if keyed else 0, 0x86DD if f.v6 else 0x0800)
        yield wrap(f, 47, head + (struct.pack("!II", 7, number) if keyed else b"") + f.ip())


def gre_bridged(frames, rng):
    """Transparent Ethernet bridging, 0x6558."""
    for f in frames:
        yield wrap(f, 47, struct.pack("!HH", 0, 0x6558) + captured(f).bytes) if is_tcp(f) else f


def wrap_sequence(frames, rng):
    """Both directions' sequence numbers moved so that they pass 2^32 inside the data."""
    by, sent = {}, {}
    for f in frames:
        if is_tcp(f):
            first, total = sent.get(f.way, (f.seq, 0))
            sent[f.way] = first, max(total, (f.seq - first) % WRAP + f.length if (f.seq - first) % WRAP < 1 << 30 else 0)
    for way, (first, total) in sent.items():
        by[way] = (WRAP - first - rng.randrange(1, max(2, total))) % WRAP
    for f in frames:
        if not is_tcp(f):
            yield f
            continue
        back = by.get((f.dst, f.dport, f.src, f.sport), 0)
        yield f.copy(seq=(f.seq + by[f.way]) % WRAP, ack=(f.ack + back) % WRAP if f.flags & ACK else f.ack,
                     options=shift_sack(f.options, back))


def two_interfaces(frames, rng):
    """A tap of two ports: each direction on its own interface."""
    for f in frames:
        yield captured(f, port=1 if is_tcp(f) and from_server(f) else 0)


def two_link_types(frames, rng):
    """The second port gives raw IP."""
    for f in frames:
        if is_tcp(f) and from_server(f) and not f.tags:
            yield Captured(f.ns, f.ip(), port=1)
        else:
            yield captured(f, port=0)


def everything(frames, rng):
    """Several at once, in a row that keeps each frame what the next one takes."""
    out = list(resegment(list(frames), rng, 4, 10 if rng.random() < 0.5 else 0))
    out = list(retransmit(out, rng))
    out = list(reorder_behind_handshake(out, rng))
    out = list(wrap_sequence(out, rng))
    if rng.random() < 0.5:
        out = list(duplicate(out, rng))
    if rng.random() < 0.5:
        out = list(ipv6(out, rng))
    if rng.random() < 0.5:
        out = list(qinq(out, rng))
    return fragments(out, rng)


# What a mutation itself changes in the records: compare.py takes these words.
#   time    timestamp, duration_ms, skew_s: packets come at other places of the file, so later or earlier
#   vlan    the tags it put on
#   address addresses, and what is computed of them
# flow_id is compared by which records share one. The counters are checked by their sums.
ALL = {
    "copy": (lambda frames, rng: frames, ""),
    "resegment": (resegment, "time"),
    "one-byte": (one_byte, ""),
    "overlap-same": (overlap_same, "time"),
    "duplicate": (duplicate, ""),
    "duplicate-later": (duplicate_later, "time"),
    "reorder": (reorder, "time"),
    "reorder-behind-handshake": (reorder_behind_handshake, "time"),
    "two-clocks": (two_clocks, "time"),
    "retransmit": (retransmit, ""),
    "lost-and-sent-again": (lost_and_sent_again, "time"),
    "fewer-acks": (fewer_acks, "time"),
    "keep-alives": (keep_alives, ""),
    "vlan": (vlan, "vlan"),
    "qinq": (qinq, "vlan"),
    "ipv6": (ipv6, "address"),
    "fragments": (fragments, ""),
    "vxlan": (vxlan, "vlan"),
    "gre": (gre, ""),
    "gre-bridged": (gre_bridged, "vlan"),
    "wrap-sequence": (wrap_sequence, ""),
    "two-interfaces": (two_interfaces, ""),
    "two-link-types": (two_link_types, ""),
    "everything": (everything, "time vlan address"),
}
PCAPNG = {"two-interfaces": (ETHERNET, ETHERNET), "two-link-types": (ETHERNET, RAW)}
