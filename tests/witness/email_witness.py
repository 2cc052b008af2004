#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Python's email and html.parser packages as a witness: the same messages, parsed a second time.

usage: email_witness.py [--mxtap PROGRAM] [CAPTURE...]
tshark puts the streams together, smtp_stream.py finds the messages, mail_facts.py takes them apart.
Known differences are in KNOWN, each with its reason. Last line: `N passed, N failed`.
"""
import collections
import os
import sys

import captures
import known
import mail_facts
import smtp_stream

COMPARED = ("messages", "size", "from", "subject", "date", "message_id", "attachment", "url")


def from_python(path):
    lists = collections.defaultdict(list)
    for key, messages in smtp_stream.messages(path):
        for raw in messages:
            add(lists, key, mail_facts.facts(raw), len(raw))
    return lists


def from_mxtap(mxtap, path):
    lists = collections.defaultdict(list)
    for key, one in captures.records(mxtap, path).items():
        for record in one["smtp"]:
            email = record.get("email", {})
            if email.get("status") == "PARSE_DONE":
                add(lists, key, email, record["mxtap"].get("size"))
    return lists


def add(lists, key, facts, size):
    mail = facts.get("message_id", "?").strip("<>")
    lists["messages"].append((key, mail))
    lists["size"].append((mail, size))
    for name in ("from", "subject", "date", "message_id"):
        if name in facts:
            lists[name].append((mail, " ".join(facts[name].split())))
    for name in ("attachment", "url"):
        lists[name] += [(mail, value) for value in facts.get(name, [])]


def main():
    args = captures.arguments(__doc__.splitlines()[0])
    checks = known.Checks("email", {os.path.basename(p) for p in args.captures})
    for path in args.captures:
        name = os.path.basename(path)
        witness, mxtap = from_python(path), from_mxtap(args.mxtap, path)
        for field in COMPARED:
            checks.same(name, field, sorted(witness[field]), sorted(mxtap[field]))
    sys.exit(checks.end())


if __name__ == "__main__":
    main()
