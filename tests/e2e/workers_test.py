#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--workers N and what outlives the process: markers in Redis and the spool know of no workers, only of the one order of records.

A corpus of mails that many connections carry at once goes through a pipe; mxtap is killed in its middle; another number of
workers reads the file. The last line is `N passed, N failed`.
"""
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_test import LONG, MXTAP, TOP, Run, check, run_cases, same, same_keys, wait_for  # noqa: E402
from spool_test import frames, segments  # noqa: E402

CORPUS = os.path.join(TOP, "build/bench/8MB.pcap")


def corpus():
    subprocess.run(["make", "--no-print-directory", CORPUS[len(TOP) + 1:]], cwd=TOP, check=True, stdout=subprocess.DEVNULL)
    return CORPUS


def cut_off(part, path, *args):
    """A replay of the first part of the file, killed when some of it is in Redis or in the spool, and the condition says when."""
    r = Run([MXTAP, "replay", *args, "-"], stdin=subprocess.PIPE)
    with open(path, "rb") as f:
        wire = f.read()
    r.p.stdin.write(wire[:int(len(wire) * part)])
    r.p.stdin.flush()
    return r


def killed(t, first, then):
    s, whole, path = t.server(), t.server(), corpus()
    c = s.client()
    for workers in first:
        before = int(c.hash("mxtap:stats").get("mails", 0))
        r = cut_off(0.3 + 0.1 * workers, path, "--workers", str(workers), "--redis", s.url)
        wait_for("a batch", lambda b=before: int(c.hash("mxtap:stats").get("mails", 0)) > b)
        r.p.kill()
        r.end()
    r = Run([MXTAP, "replay", "--workers", str(then), "--redis", s.url, path]).end()
    check(r.status == 0 and r.counts.already > 0 and r.counts.delivered > 0, r.err)
    Run([MXTAP, "replay", "--redis", whole.url, path]).end()
    same_keys(c, whole.client())


def killed_with_two_resumed_with_three(t):
    killed(t, [2], 3)


def killed_again_and_again(t):
    killed(t, [1, 3, 4] if LONG else [1, 3], 2)


def spooled_by_two_sent_by_three(t):
    """Redis stands still in the midst: what two workers make goes into the spool, they are killed; three send it, and the rest of the
    file, once."""
    s, whole, path = t.server(), t.server(), corpus()
    with tempfile.TemporaryDirectory() as d:
        spool = os.path.join(d, "spool")
        r = cut_off(0.4, path, "--workers", "2", "--redis", s.url, "--spool", spool)
        wait_for("a batch", lambda: s.client().hash("mxtap:stats").get("mails"))
        s.signal(signal.SIGSTOP)
        with open(path, "rb") as f:
            wire = f.read()
        r.p.stdin.write(wire[int(len(wire) * 0.4):int(len(wire) * 0.6)])
        r.p.stdin.flush()
        wait_for("something in the spool", lambda: sum(len(frames(p)) for p in segments(spool)) > 0)
        r.p.kill()
        r.end()
        s.signal(signal.SIGCONT)
        r = Run([MXTAP, "replay", "--workers", "3", "--redis", s.url, "--spool", spool, path]).end()
        same((r.status, r.counts.lost), (0, 0), r.err)
    Run([MXTAP, "replay", "--redis", whole.url, path]).end()
    same_keys(s.client(), whole.client())


def the_same_capture_with_another_number_changes_nothing(t):
    s, path = t.server(), corpus()
    Run([MXTAP, "replay", "--workers", "2", "--redis", s.url, path]).end()
    before = s.client().hash("mxtap:stats")
    r = Run([MXTAP, "replay", "--workers", "3", "--redis", s.url, path]).end()
    check("was counted before" in r.err and r.counts.delivered == 0, r.err)
    same(s.client().hash("mxtap:stats"), before, "stats")


def stopped_by_a_signal(t):
    """INT in the midst: what was read arrives, and the sum of records comes out."""
    s, path = t.server(), corpus()
    r = cut_off(0.5, path, "--workers", "3", "--redis", s.url)
    wait_for("a batch", lambda: s.client().hash("mxtap:stats").get("mails"))
    r.p.send_signal(signal.SIGINT)
    r.p.wait(20)
    r.end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    check(r.counts.delivered > 20, r.err)


CASES = [killed_with_two_resumed_with_three, killed_again_and_again, spooled_by_two_sent_by_three,
         the_same_capture_with_another_number_changes_nothing, stopped_by_a_signal]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
