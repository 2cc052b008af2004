#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""p0f as a witness: what it writes of a SYN, against mxtap.os.signature, for the captures and for SYNs made at random.

usage: p0f.py [--mxtap PROGRAM] [--number N] [CAPTURE...]
After an option of wrong length ("bad") p0f reads on where such an option should end; mxtap, as hosts do, stops: of those
only the quirk is compared. It forgets ack+ where the number's first byte is even, and opt+ where the last byte is the
one behind the end: none of those is made. The made ones have every option in any order, with right and wrong lengths, and every quirk. p0f's raw form has the
distance behind the TTL (63+1), ours the TTL it began with (64). Last line: `N passed, N failed`.
"""
import argparse
import glob
import ipaddress
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

import captures

sys.path.insert(0, os.path.join(captures.TOP, "tests", "packets"))
import frames  # noqa: E402

SYN = re.compile(r"^\[.*?\] mod=syn\|cli=(\S+)/(\d+)\|srv=(\S+)/(\d+)\|subj=cli\|.*\|raw_sig=(\S*)$", re.M)
KEY = ("src_ip", "src_port", "dest_ip", "dest_port")


def normal(signature):
    """p0f's 4:63+1:... with the TTL it began with; one it calls odd (ends in -) is left to the other fields."""
    def ttl(m):
        return f"{m[1]}:{int(m[2]) + int(m[3])}:"
    return re.sub(r"^([46]):(\d+)\+(\d+):", ttl, signature)


def from_p0f(path):
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        subprocess.run(["/usr/sbin/p0f", "-r", path, "-o", log], stdout=subprocess.DEVNULL, check=True)
        with open(log, encoding="utf-8") as f:
            text = f.read()
    found = {}
    for src, sport, dst, dport, raw in SYN.findall(text):
        key = (ipaddress.ip_address(src).compressed, int(sport), ipaddress.ip_address(dst).compressed, int(dport))
        found.setdefault(key, normal(raw))
    return found


def from_mxtap(mxtap, path):
    return {key: one["session"][0]["mxtap"]["os"]["signature"] for key, one in captures.records(mxtap, path).items()
            if one["session"] and "os" in one["session"][0]["mxtap"]}


# --- SYNs made at random ---

def option(r, mss):
    kind = r.choice("nnnmmwwktts?x")
    if kind == "n":
        return b"\1"
    if kind == "?":
        return bytes([r.choice((5, 9, 28, 34, 254)), 4, 1, 2]) if r.random() < 0.8 else bytes([77, 2])
    body = {"m": struct.pack("!BBH", 2, 4, mss), "w": bytes([3, 3, r.choice((0, 7, 8, 14, 15, 255))]), "k": bytes([4, 2]),
            "t": bytes([8, 10]) + r.choice((bytes(4), b"\1\2\3\4")) + r.choice((bytes(4), bytes(4), b"\0\0\0\1")),
            "s": bytes([5, 10]) + bytes(8), "x": b""}[kind]
    return body


def options(r, mss):
    made = [option(r, mss) for _ in range(r.randrange(7))]
    once = [o for i, o in enumerate(made) if o[:1] != b"\10" or not any(x[:1] == b"\10" for x in made[:i])]
    out = b"".join(once)[:40]  # of two time stamps p0f asks the last, mxtap both
    if r.random() < 0.3:
        out += b"\0" + r.choice((b"", b"", b"\0", b"\0\5\0"))
    if r.random() < 0.06 and len(out) > 3:
        out = out[:r.randrange(1, len(out))] + bytes([r.choice((2, 3, 4, 8, 99)), r.choice((0, 1, 3, 5, 12, 41))])
    out = (out[:39] + b"\0") if len(out) > 39 else out  # its last byte may not be the one behind the end
    return out + (b"\0" if b"\0" in out else b"\1") * (-len(out) % 4)


def window(r, mss, v6):
    header = 60 if v6 else 40
    return r.choice((65535, 8192, mss * 4, (mss - 12) * 3, (mss + header) * 5, r.randrange(65536), 0)) & 0xFFFF


def syn(r, number):
    """(frame of an Ethernet capture, frame with a QUIT behind it)"""
    v6 = r.random() < 0.4
    src = ipaddress.ip_address(f"2001:db8::{number + 1:x}" if v6 else f"198.51.{100}.{number % 250 + 1}")
    dst = ipaddress.ip_address("2001:db8:1::25" if v6 else "192.0.2.25")
    ports, mss = (1024 + number, 25), r.choice((1460, 1440, 1380, 536, 1400, 50, 8960))
    flags = 2 | (r.random() < 0.1) * 8 | (r.random() < 0.1) * 32 | (r.random() < 0.1) * 0xC0
    opt = options(r, mss)
    seq, ack = r.choice((0, 7, 9, 11)), r.choice((0, 0, 0, 1 << 24))
    segment = frames.tcp_segment(src, dst, ports, seq, ack, flags, window(r, mss, v6),
                                 r.choice((0, 0, 0, 3)), opt, b"", False)
    after = frames.tcp_segment(src, dst, ports, seq + 1, 1, 24, 500, 0, b"", b"QUIT\r\n", False)
    ttl = r.choice((64, 63, 60, 128, 120, 255, 250, 32, 30))
    return [ethernet(r, src, dst, s, ttl, i) for i, s in enumerate((segment, after))]


def ethernet(r, src, dst, segment, ttl, plain):
    if src.version == 6:
        first = 0x60000000 | (0 if plain else r.choice((0, 0, 0x12345)) | r.choice((0, 0, 1 << 20)))
        return frames.MACS + b"\x86\xdd" + struct.pack("!IHBB", first, len(segment), 6, ttl) + src.packed + dst.packed + segment
    tos, ip_id, flags = (0, 9, 0x4000) if plain else (r.choice((0, 0, 0, 1, 2)), r.choice((0, 9)), r.choice((0, 0x4000, 0xC000)))
    more = b"" if plain else r.choice((b"", b"", b"\1\1\1\0"))
    head = struct.pack("!BBHHHBBH", 0x45 + len(more) // 4, tos, 20 + len(more) + len(segment), ip_id, flags, ttl, 6, 0)
    head += src.packed + dst.packed + more
    return frames.MACS + b"\x08\0" + head[:10] + struct.pack("!H", ~frames.ones_sum(head) & 0xFFFF) + head[12:] + segment


def made(path, number):
    r, now = random.Random(7), 1700000000.0
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i in range(number):
            for frame in syn(r, i):
                now += 0.001
                f.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(frame), len(frame)) + frame)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mxtap", default=os.path.join(captures.TOP, "build", "mxtap"))
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("captures", nargs="*")
    args = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "made.pcap")
        made(path, args.number)
        for one in args.captures or sorted(glob.glob(os.path.join(captures.TOP, "pcaps", "*.pcap"))) + [path]:
            witness, mxtap = from_p0f(one), from_mxtap(args.mxtap, one)
            for key in sorted(set(witness) & set(mxtap), key=str):
                bad = [",bad" in x.replace(":bad", ",bad") for x in (witness[key], mxtap[key])]
                if all(bad) or witness[key] == mxtap[key]:
                    passed += 1
                    continue
                failed += 1
                if failed <= 20:
                    print(f"{os.path.basename(one)}: {key}:\n    p0f   {witness[key]}\n    mxtap {mxtap[key]}")
    if passed < args.number // 2:
        failed += 1
        print("p0f named hardly any SYN")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
