#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/CASES.md names a test for every case: each of the thirty groups has rows, and each test named in one is there.

A test is named in backticks: `path`, or `path: name`, where the name stands in that file (a string or a function of it).
"""
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GROUPS = 30


def wrong(reference):
    """What is wrong with a reference, or None."""
    path, _, name = reference.partition(": ")
    full = os.path.join(TOP, path)
    if not os.path.isfile(full):
        return f"{path} is not there"
    with open(full, encoding="utf-8", errors="replace") as f:
        text = f.read()
    if name and name not in text:
        return f"{path} has no {name!r}"
    return None


def main():
    with open(os.path.join(TOP, "tests", "CASES.md"), encoding="utf-8") as f:
        sections = re.split(r"^## (\d+)\. .*$", f.read(), flags=re.M)[1:]
    passed = failed = 0
    rows = {int(n): re.findall(r"^\| (?!on the wire)(.+?) \| (.*?) \|$", text, re.M)
            for n, text in zip(sections[::2], sections[1::2])}
    for group in range(1, GROUPS + 1):
        complaints = [] if rows.get(group) else ["no row"]
        for what, tests in rows.get(group, []):
            named = re.findall(r"`([^`]+)`", tests)
            complaints += [f"{what}: no test"] if not named else []
            complaints += [f"{what}: {w}" for w in map(wrong, named) if w]
        failed += bool(complaints)
        passed += not complaints
        for c in complaints:
            print(f"FAILED group {group}: {c}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
