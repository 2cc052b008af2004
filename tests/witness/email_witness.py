#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Python's email, html.parser and hashlib packages as a witness: the same messages, parsed and hashed a second time.

usage: email_witness.py [--mxtap PROGRAM] [CAPTURE...]
tshark puts the streams together (the dearest of it: once a capture), smtp_stream.py finds the messages, mail_facts.py takes
them apart, part_hashes.py has size and SHA-256 of their parts.
Known differences are in KNOWN, each with its reason. Last line: `N passed, N failed`.
"""
import collections
import os
import sys

import captures
import known
import mail_facts
import part_hashes
import smtp_stream

PARTS_LEAST = 400  # hashed in all captures: fewer, and nothing was compared
COMPARED = ("messages", "size", "from", "subject", "date", "message_id", "attachment", "url")


def from_python(streams):
    lists = collections.defaultdict(list)
    for key, messages in streams:
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
    names = {os.path.basename(p) for p in args.captures}
    checks, hashes = known.Checks("email", names), known.Checks("hashes", names)
    parts = 0
    for path in args.captures:
        name = os.path.basename(path)
        streams = list(smtp_stream.messages(path))
        witness, mxtap = from_python(streams), from_mxtap(args.mxtap, path)
        for field in COMPARED:
            checks.same(name, field, sorted(witness[field]), sorted(mxtap[field]))
        parts += part_hashes.compare(hashes, name, streams, part_hashes.from_mxtap(args.mxtap, path))
    if len(args.captures) > 1 and parts < PARTS_LEAST:
        print(f"only {parts} parts were hashed")
        hashes.failed += 1
    sys.exit(known.end(checks, hashes))


if __name__ == "__main__":
    main()
