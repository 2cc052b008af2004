#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the counters of stats records add up, and agree with the other records.

usage: check_sums.py OUTPUT.json...
Each file: the JSON lines of one replay, its stats record among them. The names and the sums are
those of sensor/counters.h. Prints what does not hold and, last, `N passed, N failed`.
"""
import collections
import json
import os
import re
import sys

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sensor", "counters.h")
TOTALS = ("packets", "flows", "dns_messages", "mails")


def read_header():
    """The names of the X-macro, and {total: [parts]} as its comment says them."""
    with open(HEADER, encoding="utf-8") as f:
        text = f.read()
    names = re.findall(r'\bX\(\w+, "([\w.]+)", "', text)
    block = re.search(r"Sums that always hold.*?\*/", text, re.S).group(0)
    block = re.sub(r"\n \* +", " ", block).replace("\n", " ")
    sums = {}
    for total, terms in re.findall(r"(\w+) = (.*?)(?=\w+ = | \*/)", block):
        if total in TOTALS:
            sums[total] = list(expand(terms, names))
    if set(sums) != set(TOTALS):
        sys.exit(f"check_sums: sensor/counters.h says sums of {sorted(sums)}, not of {TOTALS}")
    return names, sums


def expand(terms, names):
    """The counters of "a + b + the sum of c_<reason>"."""
    terms = [term.strip() for term in terms.split("+")]
    for term in terms:
        prefix = re.fullmatch(r"the sum of (\w+_)<reason>", term)
        if prefix:
            yield from (n for n in names if n.startswith(prefix.group(1)) and n not in terms)
        elif term in names:
            yield term
        else:
            sys.exit(f"check_sums: sensor/counters.h: what is '{term}'?")


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, where, what, left, right):
        if left == right:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{where}: {what}: {left} against {right}")


def from_records(records):
    """What the smtp and session records say, under the counters' names."""
    mails = [r for r in records if r["event_type"] == "smtp"]
    outcome = collections.Counter(r.get("mxtap", {}).get("outcome") for r in mails)
    return {
        "mails": len(mails),
        "sessions": sum(r["event_type"] == "session" for r in records),
        "accepted": outcome["accepted"] + outcome["partial"],
        "refused": outcome["refused"],
        "deferred": outcome["deferred"],
        "urls": sum(len(r.get("email", {}).get("url", [])) for r in mails),
        "attachments": sum(len(r.get("email", {}).get("attachment", [])) for r in mails),
        "mails_whole": sum(
            r.get("email", {}).get("status") == "PARSE_DONE" and not r["mxtap"].get("missing")
            for r in mails
        ),
    }


def check_stats(checks, where, stats, names, sums):
    counters = stats.get("mxtap", {}).get("counters", {})
    checks.equal(
        where,
        "names that counters.h does not have",
        sorted(n for n in set(counters) - set(names) if not n.startswith("ndpi.")),
        [],
    )
    checks.equal(
        where,
        "values that are no counts",
        [n for n, v in counters.items() if type(v) is not int or v < 0],
        [],
    )
    for total, parts in sums.items():
        terms = {n: counters.get(n, 0) for n in parts if counters.get(n)}
        what = f"{total} = " + (" + ".join(f"{n} {v}" for n, v in terms.items()) or "0")
        checks.equal(where, what, counters.get(total, 0), sum(terms.values()))
    return counters


def check_file(checks, path, names, sums):
    with open(path, encoding="utf-8") as f:
        records = [json.loads(line) for line in f]
    stats = [r for r in records if r["event_type"] == "stats"]
    checks.equal(path, "stats records", len(stats), 1)
    if not stats:
        return
    counters = check_stats(checks, path, stats[-1], names, sums)
    for name, value in from_records(records).items():
        checks.equal(path, f"counter {name} and the records", counters.get(name, 0), value)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    checks = Checks()
    names, sums = read_header()
    for path in sys.argv[1:]:
        check_file(checks, path, names, sums)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed != 0)


if __name__ == "__main__":
    main()
