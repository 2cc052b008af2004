#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an interface lost before the kernel saw it: counted from the start of the capture on, once, however many workers read.

A card that has been up for long has lost packets before: those are not ours. Its counts lie in /sys, which the sensor may not open once its
files are locked. No veth pair loses anything, so files of ours are mounted over the two counts, in a namespace of its own. Needs
root; says why it is skipped where the kernel refuses one.
"""
import ctypes
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import live_test as live  # noqa: E402
from live_test import check, wait_for  # noqa: E402

CLONE_NEWNS = 0x20000
COUNTS = ("rx_missed_errors", "rx_fifo_errors")


class Card:
    """tap0's counts, from now on what is said here."""

    def __init__(self, d):
        self.paths = [os.path.join(d, name) for name in COUNTS]
        self.says(0, 0)

    def says(self, missed, fifo):
        for path, count in zip(self.paths, (missed, fifo)):
            with open(path, "w", encoding="ascii") as f:
                f.write(f"{count}\n")

    def mount(self):
        """True when this process now has mounts of its own."""
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
            return False
        steps = [["--make-rprivate", "/"], ["-t", "sysfs", "sysfs", "/sys"]]
        steps += [["--bind", p, f"/sys/class/net/tap0/statistics/{n}"] for p, n in zip(self.paths, COUNTS)]
        return all(subprocess.run(["mount", *s], stderr=subprocess.DEVNULL).returncode == 0 for s in steps)


def asked(s):
    """What statistics say is lost now."""
    before = s.said().count("mxtap: statistics")
    s.p.send_signal(signal.SIGUSR1)
    wait_for(lambda: s.said().count("mxtap: statistics") > before and s.said().endswith("\n"))
    return [int(x) for x in re.findall(r"dropped_interface +(\d+)", s.said().split("mxtap: statistics")[-1])]


def counted_once(d, card, workers):
    live.WORKERS = str(workers)
    card.says(1000, 5)
    s = live.Sensor(d)
    check(f"{workers} workers: what was lost before is not ours", asked(s) == [], s.said())
    card.says(1007, 8)
    check(f"{workers} workers: what is lost meanwhile is counted once", asked(s) == [10], s.said())
    card.says(2, 0)
    check(f"{workers} workers: a card that begins anew loses nothing by that", asked(s) == [10], s.said())
    card.says(3, 1)
    status, _ = s.stop()
    check(f"{workers} workers: the last word", status == 0 and " 12 dropped by interface" in s.said(), s.said())
    health = [r["mxtap"]["health"]["interface_dropped"] for r in s.records() if r["event_type"] == "stats"]
    check(f"{workers} workers: and the last record's", health[-1:] == [12], str(health))


def main():
    if live.make_namespace():
        with tempfile.TemporaryDirectory(prefix="mxtap-live-") as d:
            card = Card(d)
            if card.mount():
                for workers in (1, 2, 3):
                    counted_once(d, card, workers)
            else:
                print("skipped: no mounts of its own")
    print(f"{live.passed} passed, {live.failed} failed")
    return 1 if live.failed else 0


if __name__ == "__main__":
    sys.exit(main())
