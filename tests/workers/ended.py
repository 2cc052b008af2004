#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--workers N, ended in the midst of a file: every worker reads it for itself, and all of them end at the same frame.

Nobody takes the records, so mxtap stands still somewhere in a file of which the workers have read different parts; then it is interrupted,
and the records are taken. Each frame is then counted once or not at all: as many as were read, and as many as became
something. What was written is the beginning of what an uninterrupted replay writes. Last, a file that shrinks under the
workers' hands: it is said, and nobody waits for ever. The last line is `N passed, N failed`.
usage: ended.py [--mxtap PROGRAM]
"""
import argparse
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from same import TOP  # noqa: E402

CONNECTIONS, FRAMES = 40000, 5  # in all more frames than may lie between the first worker and the last


def frame(client, seq, ack, flags, payload=b"", back=False):
    ends = [(struct.pack("!I", 0x0a000001 + client), 20000 + client % 30000), (bytes((192, 0, 2, 25)), 25)]
    (src, sport), (dst, dport) = ends[::-1] if back else ends
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0, src, dst)
    tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 65535, 0, 0)
    return bytes(12) + b"\x08\x00" + ip + tcp + payload


def many(d):
    """Connections that end one after the other, each in a record."""
    path, ts = os.path.join(d, "many.pcap"), 1700000000_000000
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(CONNECTIONS):
            for x in (frame(i, 1000, 0, 2), frame(i, 5000, 1001, 18, back=True),
                      frame(i, 5001, 1001, 24, b"220 mx.example ESMTP\r\n", back=True),
                      frame(i, 1001, 5023, 24, b"EHLO x.example\r\n"), frame(i, 1017, 5023, 20)):
                ts += 10000  # a connection that was reset is remembered for a while before its record is made
                f.write(struct.pack("<IIII", ts // 1000000, ts % 1000000, len(x), len(x)) + x)
    return path


def statistics(said):
    return {m[1]: int(m[2]) for m in re.finditer(r"^  (\w+) +(\d+)  ", said, re.M)}


class Tests:
    def __init__(self, mxtap):
        self.mxtap, self.passed, self.failed = mxtap, 0, 0

    def check(self, name, ok, what):
        self.passed += bool(ok)
        self.failed += not ok
        if not ok:
            print(f"FAILED {name}: {what}")

    def run(self, workers, path):
        return subprocess.Popen([self.mxtap, "replay", "-v", "--workers", str(workers), "--json", "-", path],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def interrupted(self, workers, path, whole, after):
        p = self.run(workers, path)
        first = os.read(p.stdout.fileno(), after)
        time.sleep(0.1)
        p.send_signal(signal.SIGINT)
        rest, said = p.communicate(timeout=60)
        said, lines = said.decode(), (first + rest).split(b"\n")[:-1]
        n, name = statistics(said), f"{workers} workers, interrupted behind {after} bytes"
        last = json.loads(lines[-1])
        used = sum(v for k, v in n.items() if k.startswith("packets_"))
        self.check(f"{name}: it was in the midst", 0 < n["packets"] < CONNECTIONS * FRAMES, said)
        self.check(f"{name}: each frame once", n["received"] == n["packets"] == used, said)
        self.check(f"{name}: the record of sums", last["event_type"] == "stats" and last["mxtap"]["counters"]["packets"] == n["packets"], lines[-1])
        done = lines[:-2]  # the last connection may have been cut off
        self.check(f"{name}: the beginning of all", len(done) > 100 and done == whole[:len(done)], f"{len(done)} records")

    def shrinking(self, path):
        p = self.run(3, path)
        os.read(p.stdout.fileno(), 1)
        time.sleep(0.1)
        os.truncate(path, os.path.getsize(path) // 2 // 4096 * 4096 + 5)
        said = p.communicate(timeout=60)[1].decode()
        self.check("a file that shrinks", p.returncode == 3 and "cut in mid-packet" in said, said)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--mxtap", default=os.path.join(TOP, "build/mxtap"))
    t = Tests(p.parse_args().mxtap)
    with tempfile.TemporaryDirectory() as d:
        path = many(d)
        whole = t.run(1, path).communicate()[0].split(b"\n")
        for workers in (1, 2, 3, 4):
            t.check(f"{workers} workers, not interrupted", t.run(workers, path).communicate()[0].split(b"\n") == whole, "other records")
            for after in (1, 500000):
                t.interrupted(workers, path, whole, after)
        t.shrinking(path)
    print(f"{t.passed} passed, {t.failed} failed")
    return 1 if t.failed or not t.passed else 0


if __name__ == "__main__":
    sys.exit(main())
