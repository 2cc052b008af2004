#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The thirty mails of pcaps/register.pcap: what their readers noticed, and what mxtap finds.

usage: register.py [--write] MXTAP
register.list has for each mail its id, what its reader wrote down, `saw:` the findings that this comes to, `besides:` what
mxtap finds more, and its score. All must be as it stands there; 27 of the 30 must reach the default of --alert-score, and a
mail that reaches it says so with a *. The replay has --dns and the database made of the register. The last line is
`N passed, N failed`.
"""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
LIST = os.path.join(HERE, "register.list")
FACTS = os.path.join(TOP, "pcaps", "record", "register", "register.jsonl")
ENTRY = re.compile(r"^(\S+)(?: (\*)?(\d+))?\n((?:    .*\n)*?)    saw:(.*)\n    besides:(.*)\n", re.M)


def records(mxtap):
    out = subprocess.run([mxtap, "replay", "-q", "--dns", "--geoip", os.path.join(TOP, "share/geo/register.mmdb"), "--json", "-",
                          os.path.join(TOP, "pcaps/register.pcap")], stdout=subprocess.PIPE, check=True).stdout
    return [r for r in map(json.loads, out.decode("utf-8").splitlines()) if r["event_type"] == "smtp"]


def is_of(record, facts):
    """Whether the record is of the mail that these facts are of."""
    said = {"src_ip": record["src_ip"], "helo": record["smtp"]["helo"], "subject": record["email"]["subject"],
            "date": record["email"]["date"], "urls": record["email"].get("url")}
    return all(said[k] == facts[k] for k in said if k in facts)


def alert_score(mxtap):
    said = subprocess.run([mxtap, "help", "replay"], stdout=subprocess.PIPE, check=True).stdout.decode()
    return int(re.search(r"--alert-score N.*\((\d+)\)", said).group(1))


def main():
    mxtap, write = sys.argv[-1], "--write" in sys.argv
    with open(LIST, encoding="utf-8") as f:
        text = f.read()
    with open(FACTS, encoding="utf-8") as f:
        facts = {x["id"]: x for x in map(json.loads, f)}
    mails, limit, failed, reach = records(mxtap), alert_score(mxtap), 0, 0

    def entry(m):
        nonlocal failed, reach
        record, = [r for r in mails if is_of(r, facts[m.group(1)])]
        found = [f["id"] for f in record["mxtap"].get("findings", [])]
        score, saw = record["mxtap"].get("score", 0), m.group(5).split()
        reach += score >= limit
        besides = [i for i in found if i not in saw]
        new = (f"{m.group(1)} {'*' if score >= limit else ''}{score}\n{m.group(4)}    saw: {' '.join(saw)}".rstrip() +
               f"\n    besides: {' '.join(besides)}".rstrip() + "\n")
        lacking = [i for i in saw if i not in found]
        if lacking or (new != m.group(0) and not write):
            failed += 1
            print(f"FAILED {m.group(1)}: its reader saw {lacking or 'all that'}; found\n{new}")
        return new

    new = ENTRY.sub(entry, text)
    n = len(ENTRY.findall(text))
    if write:
        with open(LIST, "w", encoding="utf-8") as f:
            f.write(new)
    if n != len(facts) or len(mails) != n or reach < 27:
        failed += 1
        print(f"FAILED {n} entries, {len(facts)} mails told of, {len(mails)} in the capture, {reach} of them reach {limit}")
    print(f"{n + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
