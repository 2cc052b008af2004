#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the table of sensor/judge/name_sound.c: for each letter, which letters hardly ever follow it.

usage: letter_pairs.py WORDS... > table      each file: a word a line; FILE*N counts its words N times
A pair is rare when it is under 1 % of the pairs that begin with its first letter. It was made from american-english of
Debian's wamerican (once), every second municipality under .jp in the public suffix list (20 times: 700 names stand for a
language), and every second registrable label of the home pages of Debian 12's packages (5 times). The other halves are
tests/unit/names_real.txt, on which tests/unit/sensor_name_sound.c measures.
"""
import collections
import re
import sys

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def main():
    pairs, first = collections.Counter(), collections.Counter()
    for argument in sys.argv[1:]:
        path, _, times = argument.partition("*")
        for word in open(path, encoding="utf-8").read().lower().split():
            for piece in re.findall("[a-z]+", word):
                for a, b in zip(piece, piece[1:]):
                    pairs[a + b] += int(times or 1)
                    first[a] += int(times or 1)
    for a in LETTERS:
        rare = [b for b in LETTERS if (pairs[a + b] + 0.5) / (first[a] + 13) < 0.01]
        print(f'    0x{sum(1 << ord(b) - ord("a") for b in rare):07x}, /* {a}: {"".join(rare)} */')


main()
