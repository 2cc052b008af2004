#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Python's email package and hashlib as a witness for --hash: the same parts of the same messages, hashed a second time.

usage: part_hashes.py [--mxtap PROGRAM] [CAPTURE...]
Of each message whose end was seen: size and SHA-256 of every leaf part, in order. Where mxtap missed bytes of a
message, the digests it gives must still be the witness's. Known differences are in KNOWN. Last line: `N passed, N failed`.
"""
import collections
import email
import hashlib
import json
import os
import sys

import captures
import known
import smtp_stream


def leaves(raw):
    """(size, SHA-256) of each leaf part, transfer encodings undone."""
    for part in email.message_from_bytes(raw).walk():
        if not part.is_multipart():
            data = part.get_payload(decode=True) or b""
            yield len(data), hashlib.sha256(data).hexdigest()


def from_python(path):
    """{message id: [parts of each copy]}"""
    found = collections.defaultdict(list)
    for _, messages in smtp_stream.messages(path):
        for raw in messages:
            name = str(email.message_from_bytes(raw).get("Message-ID", "?")).strip()
            found[name].append(tuple(leaves(raw)))
    return found


def from_mxtap(mxtap, path):
    """The same of whole messages, and the digests of those with bytes missing."""
    whole, holed = collections.defaultdict(list), collections.defaultdict(set)
    for line in captures.run([mxtap, "replay", "--hash", "--json", "-", path]).decode().splitlines():
        record = json.loads(line)
        mail = record.get("email", {})
        parts = record.get("mxtap", {}).get("parts", [])
        name = mail.get("message_id", "?")
        if mail.get("status") == "PARSE_DONE" and "missing" not in record["mxtap"]:
            whole[name].append(tuple((p["size"], p.get("sha256")) for p in parts))
        else:
            holed[name] |= {p["sha256"] for p in parts if "sha256" in p}
    return whole, holed


def main():
    args = captures.arguments(__doc__.splitlines()[0])
    checks = known.Checks("hashes", {os.path.basename(p) for p in args.captures})
    parts = 0
    for path in args.captures:
        name = os.path.basename(path)
        witness = from_python(path)
        whole, holed = from_mxtap(args.mxtap, path)
        parts += sum(len(copy) for copies in whole.values() for copy in copies)
        checks.same(name, "parts", sorted((k, c) for k in whole for c in witness[k]),
                    sorted((k, c) for k in whole for c in whole[k]))
        every = {digest for copies in witness.values() for copy in copies for _, digest in copy}
        checks.same(name, "holed", [], [(k, d) for k in holed for d in holed[k]
                                      if k in witness and d not in every])
    if len(args.captures) > 1 and parts < 400:
        print(f"only {parts} parts were compared")
        checks.failed += 1
    sys.exit(checks.end())


if __name__ == "__main__":
    main()
