#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/CASES.md names a test for every case: each of the thirty groups has rows, each test named in one is there, and each dialogue and
scripted capture is named in one.

A test is named in backticks: `path`, or `path: name`, where the name stands in that file (a string or a function of it).
"""
import glob
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


def without_a_row(text):
    named = set(re.findall(r"`(tests/[^`:]+)", text))
    pages = sorted(glob.glob("tests/dialogues/*.txt", root_dir=TOP) + glob.glob("tests/packets/*.page", root_dir=TOP))
    return [f"{page} has no row" for page in pages if page not in named]


def of_section(rows):
    complaints = [] if rows else ["no row"]
    for what, tests in rows:
        named = re.findall(r"`([^`]+)`", tests)
        complaints += [f"{what}: no test"] if not named else []
        complaints += [f"{what}: {w}" for w in map(wrong, named) if w]
    return complaints


def main():
    with open(os.path.join(TOP, "tests", "CASES.md"), encoding="utf-8") as f:
        text = f.read()
    sections = re.split(r"^## (.*)$", text, flags=re.M)[1:]
    rows = {title: re.findall(r"^\| (?!on the wire)(.+?) \| (.*?) \|$", part, re.M) for title, part in zip(sections[::2], sections[1::2])}
    found = {title: of_section(rows[title]) for title in rows}
    numbers = [int(n) for n in re.findall(r"^## (\d+)\. ", text, re.M)]
    found["the groups"] = [] if numbers == list(range(1, GROUPS + 1)) else [f"they are {numbers}"]
    found["pages"] = without_a_row(text)
    for title, complaints in found.items():
        for c in complaints:
            print(f"FAILED {title}: {c}")
    failed = sum(bool(c) for c in found.values())
    print(f"{len(found) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
