#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the bench corpus back without mxtap: has it the mix of mix.c, and is its truth true?

usage: check_corpus.py CORPUS [MAILS]
MAILS: how many are taken apart by Python's email package, default 1500
"""
import collections
import hashlib
import json
import os
import re
import statistics
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "witness"))
import mail_facts  # noqa: E402

FIN, SYN = 1, 2


def frames(path):
    with open(path, "rb") as f:
        f.read(24)
        while head := f.read(16):
            sec, usec, length, _ = struct.unpack("<IIII", head)
            yield sec * 1000000 + usec, f.read(length)


def checksum_ok(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total == 0xFFFF


class Seen:
    """One pass over the frames: streams of the clients, and what the mix says about the wire."""

    def __init__(self, path):
        self.count = collections.Counter()
        self.streams, self.highest = {}, {}
        self.open, self.most_open, self.finished = set(), [], collections.Counter()
        self.runs, last, before = 0, None, 0
        for time, frame in frames(path):
            self.count["frames"] += 1
            self.count["backwards"] += time < before
            before = time
            key = self.frame(frame)
            self.runs += key != last
            last = key

    def frame(self, frame):
        ip = frame[14 : 14 + struct.unpack("!H", frame[16:18])[0]]
        tcp = ip[20:]
        self.count["bad_checksum"] += not checksum_ok(ip[:20])
        if self.count["frames"] % 50 == 0:
            pseudo = ip[12:20] + struct.pack("!HH", 6, len(tcp))
            self.count["bad_checksum"] += not checksum_ok(pseudo + tcp)
        sport, dport, seq = struct.unpack("!HHI", tcp[:8])
        key = (ip[12:16], sport, ip[16:20], dport)
        client = key if dport == 25 else key[2:] + key[:2]
        flags, data = tcp[13], tcp[tcp[12] >> 4 << 2 :]
        if flags & SYN:
            self.open.add(client)
            self.count["connections"] += dport == 25
            self.highest[key] = (seq + 1) & 0xFFFFFFFF
        self.finished[client] += flags & FIN
        if self.finished[client] == 2:
            self.open.discard(client)
        if self.count["frames"] % 1000 == 0:
            self.most_open.append(len(self.open))
        self.data(key, seq, data) if data else self.ack(flags)
        return client

    def ack(self, flags):
        self.count["pure_acks"] += not flags & (SYN | FIN)

    def data(self, key, seq, data):
        self.count["data_segments"] += 1
        self.count["full_segments"] += len(data) == 1460
        ahead = (seq - self.highest[key]) & 0xFFFFFFFF
        self.count["late"] += ahead > 1 << 31
        if ahead < 1 << 31:
            self.highest[key] = (seq + len(data)) & 0xFFFFFFFF
        if key[3] == 25:
            self.streams.setdefault(key, []).append((seq, data))


def stream(segments):
    base = segments[0][0] - 0x40000000
    return b"".join(data for _, data in sorted(segments, key=lambda s: (s[0] - base) & 0xFFFFFFFF))


def mails(data):
    """The messages of one client's stream: every DATA of this corpus is accepted."""
    at = 0
    while (at := data.find(b"\r\nDATA\r\n", at)) >= 0:
        end = data.index(b"\r\n.\r\n", at + 8 - 2)
        yield data[at + 8 : end + 2].replace(b"\r\n..", b"\r\n.").removeprefix(b".")
        at = end + 3


# What the generator's shapes have, as mix.c says: median message, mails a connection, attachments of all bytes, kinds of mails.
SHAPES = {
    "mix": ("12000", "1.3", "50 %", {"qp_html": 40, "base64_html": 15, "plain_text": 45}),
    "html": ("10500", "1.3", "0 %", {"qp_html": 60, "base64_html": 40}),
    "phish": ("16000", "1", "0 %", {"qp_html": 25, "base64_html": 40, "html_alone": 35}),
}


def shape_of(truth):
    if "html_alone" in truth:
        return SHAPES["phish"]
    return SHAPES["mix" if truth["plain_text"]["mails"] else "html"]


def kind_of(raw):
    head = raw[: raw.index(b"\r\n\r\n")]
    if b"multipart/alternative" in raw and b"Content-Transfer-Encoding: quoted-printable" in raw:
        return "qp_html"
    if b"Content-Type: text/html" in raw:
        return "base64_html" if b"Content-Transfer-Encoding: base64" in raw else "html_alone"
    return "plain_text" if head else "?"


def attachment_bytes(raw):
    match = re.search(rb"\r\nContent-Disposition: attachment;.*?\r\n\r\n(.*?)\r\n--", raw, re.S)
    return len(match.group(1)) if match else 0


def line(name, value, wanted=""):
    print(f"{name:38} {value:>16} {'wanted ' + wanted if wanted else ''}")


def show_wire(seen, truth):
    c = seen.count
    for name in ("frames", "connections", "pure_acks", "data_segments"):
        line(name, c[name], str(truth[name]))
    line("reordered segments", f"{100 * c['late'] / c['data_segments']:.2f} %", "2 %")
    line("full segments (1460)", f"{100 * c['full_segments'] / c['data_segments']:.1f} %")
    line("bad checksums, time going back", f"{c['bad_checksum']}, {c['backwards']}", "0, 0")
    line("connections open, median", f"{statistics.median(seen.most_open):.0f}", "400")
    line("frames of one connection in a row", f"{c['frames'] / seen.runs:.1f}")


def show_mix(raws, truth):
    sizes, kinds, kind_bytes = [], collections.Counter(), collections.Counter()
    attached = 0
    for raw in raws:
        part, kind = attachment_bytes(raw), kind_of(raw)
        sizes.append(len(raw))
        attached += part
        kinds[kind] += 1
        kind_bytes[kind] += len(raw) - part
    total = sum(sizes)
    median, each, attachments, shares = shape_of(truth)
    line("mails", len(raws), str(truth["mails"]))
    line("mails a connection", f"{len(raws) / truth['connections']:.3f}", each)
    line("message bytes", total, str(truth["message_bytes"]))
    line("median message", int(statistics.median(sizes)), median)
    line("attachments of all message bytes", f"{100 * attached / total:.1f} %", attachments)
    for kind, share in shares.items():
        line(f"{kind}, of mails", f"{100 * kinds[kind] / len(raws):.1f} %", f"{share} %")
        line(
            f"{kind}, of bytes without attachments",
            f"{100 * kind_bytes[kind] / (total - attached):.1f} %",
        )
    same = all(kinds[kind] == truth[kind]["mails"] for kind in shares)
    return same and len(raws) == truth["mails"] and total == truth["message_bytes"]


def show_truth(raws, path, most):
    """Python's own parsers against the truth, mail by mail."""
    told = {}
    with open(path + ".mails.jsonl") as f:
        for text in f:
            mail = json.loads(text)
            told[mail["message_id"]] = mail
    wrong = collections.Counter()
    step = max(1, len(raws) // most)
    for raw in raws[::step]:
        found = mail_facts.facts(raw)
        mail = told[found["message_id"]]
        for name in ("subject", "url", "attachment"):
            want, got = mail.get(name, []), found[name]
            if (set(want) != set(got)) if name == "url" else want != got:
                wrong[name] += 1
                if wrong[name] <= 3:
                    print(f"{name} of {mail['message_id']}: truth {want!r} Python {got!r}"[:1500])
    line("mails taken apart by Python", len(raws[::step]))
    line(
        "differing subjects, URLs, files",
        f"{wrong['subject']}, {wrong['url']}, {wrong['attachment']}",
        "0, 0, 0",
    )
    urls = sorted(u for mail in told.values() for u in mail["url"])
    with open(path + ".truth.json") as f:
        digest = json.load(f)["urls_sha256"]
    ok = hashlib.sha256("".join(u + "\n" for u in urls).encode()).hexdigest() == digest
    line("digest of the URLs", "same" if ok else "DIFFERS", "same")
    return ok and not wrong


def main():
    path, most = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1500
    with open(path + ".truth.json") as f:
        truth = json.load(f)
    seen = Seen(path)
    show_wire(seen, truth)
    raws = [raw for segments in seen.streams.values() for raw in mails(stream(segments))]
    good = show_mix(raws, truth)
    good = show_truth(raws, path, most) and good
    print("check_corpus:", "ok" if good else "WRONG")
    sys.exit(not good)


if __name__ == "__main__":
    main()
