# SPDX-License-Identifier: Apache-2.0
"""Python's email package and hashlib as a witness for --hash: the same parts of the same messages, hashed a second time.

Of each message whose end was seen: size and SHA-256 of every leaf part, in order. Where mxtap missed bytes of a
message, the digests it gives must still be the witness's. email_witness.py calls it.
"""
import collections
import email
import hashlib
import json

import captures


def leaves(raw):
    """(size, SHA-256) of each leaf part, transfer encodings undone."""
    for part in email.message_from_bytes(raw).walk():
        if not part.is_multipart():
            data = part.get_payload(decode=True) or b""
            yield len(data), hashlib.sha256(data).hexdigest()


def from_python(streams):
    """{message id: [parts of each copy]}"""
    found = collections.defaultdict(list)
    for _, messages in streams:
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


def compare(checks, name, streams, mxtap):
    """How many parts were compared. streams: smtp_stream's messages; mxtap: from_mxtap."""
    witness = from_python(streams)
    whole, holed = mxtap
    every = {digest for copies in witness.values() for copy in copies for _, digest in copy}
    checks.same(name, "parts", sorted((k, c) for k in whole for c in witness[k]), sorted((k, c) for k in whole for c in whole[k]))
    checks.same(name, "holed", [], [(k, d) for k in holed for d in holed[k] if k in witness and d not in every])
    return sum(len(copy) for copies in whole.values() for copy in copies)
