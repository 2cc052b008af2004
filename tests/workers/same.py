#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--workers N: whatever N is, a replay writes the same bytes: records, their order, the sums at the end, the summary.

usage: same.py [--long] [--mxtap PROGRAM] [CORPUS]
One worker is the truth, and 2, 3 and 4 are compared with it, byte by byte: each capture of pcaps/ by itself, all of them in one
call (files that follow each other and files that do not), with the options that change what is read, and a corpus of mails that
many connections carry at once. Who is whose changes with every call, since it is drawn anew. The last line is `N passed, N failed`.
"""
import argparse
import glob
import gzip
import os
import struct
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PCAPS = sorted(glob.glob(os.path.join(TOP, "pcaps", "*.pcap")))


def replay(mxtap, workers, arguments, stdin=None):
    """(records, what was said, status). The summary goes to standard error where the records go to standard output."""
    done = subprocess.run([mxtap, "replay", "--workers", str(workers), *arguments], stdin=stdin or subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    # How far the sinks were when it was asked is nobody's promise.
    said = b"\n".join(x for x in done.stderr.splitlines() if b"records_delivered" not in x and b"records_queued" not in x)
    return done.stdout, said, done.returncode


def first_difference(a, b):
    for i, (x, y) in enumerate(zip(a.splitlines(), b.splitlines())):
        if x != y:
            return f"line {i + 1}:\n    {x[:300]!r}\n    {y[:300]!r}"
    return f"{len(a.splitlines())} and {len(b.splitlines())} lines"


class Tests:
    def __init__(self, mxtap):
        self.mxtap, self.passed, self.failed = mxtap, 0, 0

    def same(self, name, numbers, arguments, opener=lambda: None):
        one = replay(self.mxtap, 1, arguments, opener())
        for n in numbers:
            several = replay(self.mxtap, n, arguments, opener())
            if one == several and one[0]:
                self.passed += 1
                continue
            self.failed += 1
            what = [w for w, a, b in zip(("records", "standard error", "status"), one, several) if a != b] or ["no record"]
            print(f"FAILED {name}, {n} workers: {', '.join(what)}: {first_difference(one[0], several[0])}"
                  f"\n{first_difference(one[1], several[1])}")


def strangers(path):
    """What a corpus of mails lacks: frames of many kinds between them, times that leap and lie, and hundreds of connections that
    one frame ends at once: half of them owe bytes, the others are idle."""
    frames, ts = [], 1700000000_000000

    def tcp(client, seq, ack, flags, payload=b"", back=False, ts=None):
        ends = [(bytes((198, 51, 100 + client // 200, 1 + client % 200)), 20000 + client), (bytes((192, 0, 2, 25)), 25)]
        (src, sport), (dst, dport) = ends[::-1] if back else ends
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), len(frames) & 0xffff, 0, 64, 6, 0, src, dst)
        frames.append((ts, bytes(12) + b"\x08\x00" + ip +
                       struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 65535, 0, 0) + payload))

    mail = b"EHLO x.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n"
    for i in range(700):
        ts += 500
        tcp(i, 1000, 0, 2, ts=ts)
        tcp(i, 5000, 1001, 18, back=True, ts=ts + 1)
        tcp(i, 1001, 5001, 16, b"", ts=ts + 2)
        tcp(i, 5001, 1001, 24, b"220 mx.example ESMTP\r\n", back=True, ts=ts + 3)
        tcp(i, 1001, 5023, 24, mail, ts=ts + 4)
        if i % 97 == 0:
            frames.append((ts + 7, bytes(12) + b"\x08\x06" + bytes(28)))
    for i in range(699, 0, -2): # a hole that both sides closed behind, the last connection's first: they end by the clock, all at once
        ts += 1
        tcp(i, 1001 + len(mail) + 50, 5023, 25, b"Subject: after a hole\r\n\r\nbody\r\n", ts=ts)
        tcp(i, 5023, 1001 + len(mail) + 81, 17, back=True, ts=ts)
    for leap in (3, -5, 90_000, 4, 5, 2000, 2001, 100_000): # seconds: one wrong clock, a night, the end of every connection
        frames.append((ts + leap * 1000000, bytes(12) + b"\x08\x06" + bytes(28)))
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for at, frame in frames:
            f.write(struct.pack("<IIII", at // 1000000, at % 1000000, len(frame), len(frame)) + frame)


def rough(path, out):
    """Nobody but the reader that speaks for the run says what was damaged, and all go on at the same frame."""
    with open(path, "rb") as f:
        wire = bytearray(f.read())
    wire[40000:41000] = bytes(range(250)) * 4
    with open(out, "wb") as f:
        f.write(wire[:-7])


def no_capture(d):
    path = os.path.join(d, "words.pcap")
    with open(path, "w") as f:
        f.write("words\n")
    return path


def empty_ones(d):
    """A capture of nothing and a file of nothing: nobody ever has a frame, and nobody waits for one."""
    paths = [os.path.join(d, name) for name in ("quiet.pcap", "nothing.pcap")]
    with open(paths[0], "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    open(paths[1], "wb").close()
    return paths


def slowly(path):
    """The file through a pipe, the last frames of it a while after the others: several workers have what came before by then."""
    r, w = os.pipe()
    with open(path, "rb") as f:
        wire = f.read()
    if os.fork() == 0:
        os.close(r)
        with os.fdopen(w, "wb", 0) as out:
            out.write(wire[:-3000])
            time.sleep(0.3)
            out.write(wire[-3000:])
        os._exit(0)
    os.close(w)
    return os.fdopen(r, "rb")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--long", action="store_true")
    p.add_argument("--mxtap", default=os.path.join(TOP, "build/mxtap"))
    p.add_argument("corpus", nargs="?")
    args = p.parse_args()
    t, all_of_them = Tests(args.mxtap), (2, 3, 4)
    for i, path in enumerate(PCAPS):
        t.same(os.path.basename(path), all_of_them if args.long else (2 + i % 3,), ["--json", "-", "--summary", path])
    t.same("all captures", all_of_them, ["--json", "-", "--summary", *PCAPS])
    t.same("all captures, with DNS", all_of_them, ["-v", "--dns", "--hash", "--json", "-", *PCAPS])
    t.same("all captures, any port", all_of_them, ["--ports", "any", "--json", "-", *PCAPS])
    t.same("all captures, checksums and a filter", (3,), ["--checksum", "--json", "-", "-F", "/dev/stdin", *PCAPS],
           lambda: subprocess.Popen(["echo", "not port 587"], stdout=subprocess.PIPE).stdout)
    t.same("all captures, to be continued", (3,), ["--to-be-continued", "--json", "-", *PCAPS])
    t.same("the first 2,000 packets", all_of_them, ["-c", "2000", "--json", "-", *PCAPS])
    t.same("through a slow pipe", all_of_them, ["--json", "-", "-"], lambda: slowly(os.path.join(TOP, "pcaps/register.pcap")))
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "strangers.pcap")
        strangers(path)
        t.same("strangers", all_of_them, ["--json", "-", path])
        t.same("strangers, then others", all_of_them, ["--json", "-", PCAPS[0], path, path, *PCAPS[:5]])
        rough(path, os.path.join(d, "damaged.pcap"))
        t.same("damage in the midst, and a cut", all_of_them, ["--json", "-", path, os.path.join(d, "damaged.pcap"), PCAPS[0]])
        with gzip.open(os.path.join(d, "packed.pcap.gz"), "wb") as f, open(path, "rb") as plain:
            f.write(plain.read())
        t.same("a compressed file between plain ones", all_of_them, ["--json", "-", PCAPS[0], os.path.join(d, "packed.pcap.gz"), PCAPS[1]])
        t.same("no frame in any file", all_of_them, ["--json", "-", *empty_ones(d), no_capture(d)])
        t.same("no capture between others", all_of_them, ["--json", "-", path, no_capture(d), PCAPS[1]])
    if args.corpus:
        t.same("corpus", all_of_them, ["--dns", "--json", "-", "--summary", args.corpus])
    print(f"{t.passed} passed, {t.failed} failed")
    return 1 if t.failed or not t.passed else 0


if __name__ == "__main__":
    sys.exit(main())
