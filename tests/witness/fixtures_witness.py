#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Python's email package as a witness on mails that nobody wrote for mxtap.

usage: fixtures_witness.py [--mxtap PROGRAM] [--parts PROGRAM] [SOURCE...]
The mails of mail_fixtures.py become a capture, mxtap reads it, and field by field both must say the same. The decoded
bytes and text of each leaf part come from mail_parts_cli, which runs the same decoder. Where the package has no answer
(None: no such charset in Python, bytes that are no text of it) nothing is compared; how often, is printed.
Known differences are in KNOWN under `fixtures`. Last line: `N passed, N failed`.
"""
import argparse
import collections
import datetime
import json
import os
import subprocess
import sys
import tempfile

import captures
import email_package
import known
import mail_capture
import mail_fixtures

BUILD = os.path.join(captures.TOP, "build")


def records(mxtap, raws):
    """The smtp record of each mail."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mails.pcap")
        mail_capture.write(path, raws)
        lines = captures.run([mxtap, "replay", "--json", "-", path]).decode("utf-8").splitlines()
    found = {}
    for record in map(json.loads, lines):
        if record["event_type"] == "smtp":
            found[int(record["smtp"]["mail_from"].strip("<>").split("@")[0])] = record
    if len(found) != len(raws):
        sys.exit(f"{len(raws)} mails and {len(found)} records")
    return [found[n] for n in range(len(raws))]


def decoded(cli, raws):
    """[(bytes, text) of each leaf] of each mail."""
    fed = b"".join(b"%d\n" % len(raw) + raw for raw in raws)
    out = subprocess.run([cli], input=fed, stdout=subprocess.PIPE, check=True).stdout
    mails, parts, at = [], [], 0
    while at < len(out):
        end = out.index(b"\n", at)
        line, at = out[at:end].split(), end + 1
        if line[0] == b"E":
            mails.append(parts)
            parts = []
            continue
        size, text = int(line[1]), int(line[2])
        parts.append((out[at:at + size], out[at + size:at + size + text].decode("utf-8")))
        at += size + text
    return mails


def utc(text):
    """Seconds of an ISO date of a record."""
    if not text:
        return None
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def address(element):
    """Of an element of email.to: what stands in its last angle brackets, or all of it."""
    return element.rpartition("<")[2].rstrip(">") if element.endswith(">") else element


def of_record(record, parts):
    """A record's fields in the form of email_package.facts."""
    mail, more = record.get("email", {}), record["mxtap"]
    found = {name: email_package.squeezed(mail.get(name, "")) for name in email_package.TEXTS}
    for name in ("to", "cc"):
        found[name] = [address(a) for a in mail.get(name, [])]
    found["received"] = [{"date": utc(hop.get("date")), "ip": hop.get("ip"), "by": hop.get("by"), "id": hop.get("id"),
                          "for": hop.get("for")} for hop in more.get("received", [])]
    found["utc"] = utc(more.get("date", {}).get("utc"))
    told = more.get("parts", [])
    found["parts"] = [{"type": p["type"], "charset": p.get("charset", ""), "filename": email_package.squeezed(p.get("filename", "")),
                       "size": p.get("size", 0), "bytes": data, "text": text}
                      for p, (data, text) in zip(told, parts)]
    found["leaves"] = len(told)
    return found


class Witness:
    def __init__(self, names):
        self.checks = known.Checks("fixtures", set(names))
        self.unanswered = collections.Counter()
        self.compared = collections.Counter()

    def same(self, name, field, witness, mxtap):
        """Lists of equal length may hold None where the witness has no answer."""
        if len(witness) == len(mxtap):
            blind = [w is None for w in witness]
            self.unanswered[field] += sum(blind)
            self.compared[field] += len(blind) - sum(blind)
            witness = [w for w, b in zip(witness, blind) if not b]
            mxtap = [m for m, b in zip(mxtap, blind) if not b]
        self.checks.same(name, field, witness, mxtap)

    def received(self, name, witness, mxtap):
        self.checks.same(name, "received", [len(witness)], [len(mxtap)])
        for field in ("date", "by", "id", "for"):
            mine = [w[field] or "" for w in witness]
            self.same(name, "received." + field, mine, [m[field] or "" for m in mxtap])
        # The address is one of those before "by"; absent only where there is none.
        mine = [sorted(w["ips"]) for w in witness]
        self.same(name, "received.ip", [m["ip"] if m["ip"] in w or (m["ip"] and ":" in m["ip"]) else w[0] if w else ""
                                        for w, m in zip(mine, mxtap)], [m["ip"] or "" for m in mxtap])

    def parts(self, name, witness, mxtap):
        self.checks.same(name, "parts", [w["type"] for w in witness], [m["type"] for m in mxtap])
        if len(witness) != len(mxtap):
            return
        for field in ("charset", "filename", "bytes", "text"):
            self.same(name, field, [w[field] for w in witness], [m[field] for m in mxtap])
        self.checks.same(name, "size", [m["size"] for m in mxtap], [len(m["bytes"]) for m in mxtap])

    def mail(self, name, witness, mxtap):
        for field in (*email_package.TEXTS, "utc"):
            if witness[field] or mxtap[field] or witness[field] is None:
                self.same(name, field, [witness[field]], [mxtap[field]])
        for field in ("to", "cc"):
            self.same(name, field, witness[field], mxtap[field])
        self.received(name, witness["received"], mxtap["received"])
        self.parts(name, witness["parts"], mxtap["parts"])
        self.checks.same(name, "leaves", [mxtap["leaves"]], [len(mxtap["parts"])])


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--mxtap", default=os.path.join(BUILD, "mxtap"))
    p.add_argument("--parts", default=os.path.join(BUILD, "tests/witness/mail_parts_cli"))
    p.add_argument("source", nargs="*", choices=[[], *mail_fixtures.SOURCES])
    args = p.parse_args()
    names, raws = zip(*mail_fixtures.mails(args.source))
    witness = Witness(names)
    for name, raw, record, parts in zip(names, raws, records(args.mxtap, raws), decoded(args.parts, raws)):
        witness.mail(name, email_package.facts(raw), of_record(record, parts))
    for field, n in sorted(witness.compared.items()):
        print(f"{field:<18} {n:>6} compared {witness.unanswered[field]:>5} without the witness's answer")
    sys.exit(witness.checks.end())


if __name__ == "__main__":
    main()
