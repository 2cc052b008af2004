# SPDX-License-Identifier: Apache-2.0
"""Known differences between a witness and mxtap: the file KNOWN beside this one.

A line is `WITNESS CAPTURE,... FIELD,...: reason`; lines that begin with a blank go on with the
reason; `#` begins a comment.
A difference that is not listed fails, and so does a listed one that no longer happens.
"""
import collections
import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "KNOWN")


def read(witness):
    """{(capture, field): reason} of one witness."""
    entries = []
    with open(PATH, encoding="utf-8") as f:
        for text in f:
            if text.startswith("#") or not text.strip():
                continue
            if text[0].isspace():
                entries[-1] += " " + text.strip()
            else:
                entries.append(text.strip())
    known = {}
    for entry in entries:
        key, _, reason = entry.partition(":")
        who, captures, fields = key.split()
        for capture in captures.split(","):
            for field in fields.split(","):
                if who == witness:
                    known[capture, field] = reason.strip()
    return known


class Checks:
    """Counts what agrees; a known difference agrees with the list."""

    def __init__(self, witness, captures):
        self.witness, self.passed, self.failed = witness, 0, 0
        self.unseen = {key: reason for key, reason in read(witness).items() if key[0] in captures}

    def same(self, capture, field, witness, mxtap):
        """One comparison; witness and mxtap are lists of values, or sets."""
        listed = self.unseen.pop((capture, field), None)
        if (witness == mxtap) == (listed is None):
            self.passed += 1
            return
        self.failed += 1
        if listed is not None:
            print(f"{capture}: {field}: agrees now; take it out of KNOWN ({listed})")
            return
        print(f"{capture}: {field}: {self.witness} and mxtap differ")
        for name, mine, other in ((self.witness, witness, mxtap), ("mxtap", mxtap, witness)):
            only = list((collections.Counter(mine) - collections.Counter(other)).elements())
            print(f"    only {name}: {str(only)[:600]}")

    def end(self):
        return end(self)


def end(*several):
    """The last line of all checks together, and the status."""
    for checks in several:
        for (capture, field), reason in checks.unseen.items():
            print(f"{capture}: {field}: listed in KNOWN, and never compared ({reason})")
            checks.failed += 1
    failed = sum(checks.failed for checks in several)
    print(f"{sum(checks.passed for checks in several)} passed, {failed} failed")
    return 1 if failed else 0
