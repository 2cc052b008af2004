#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tshark as a witness: commands, header fields and counts of each capture against mxtap's records.

usage: tshark.py [--mxtap PROGRAM] [CAPTURE...]
Known differences are in KNOWN, each with its reason. Last line: `N passed, N failed`.
"""
import collections
import os
import re
import sys

import captures
import known
import mail_facts

FIELDS = (
    "tcp.stream",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "smtp.command_line",
    "smtp.response.code",
    "imf.from",
    "imf.subject",
    "imf.date",
    "imf.message_id",
)
HEADER = ("from", "subject", "date", "message_id")
COMPARED = ("connections", "helo", "mail_from", "rcpt_to", "messages") + HEADER


def innermost(frame, *names):
    for name in names:
        if name in frame:
            return frame[name][-1]
    return None


def endpoints(frame):
    """(source, destination) of the innermost packet."""
    src, dst = innermost(frame, "ipv6.src", "ip.src"), innermost(frame, "ipv6.dst", "ip.dst")
    return (
        (src, int(innermost(frame, "tcp.srcport"))),
        (dst, int(innermost(frame, "tcp.dstport"))),
    )


def argument(line, verb):
    """The path of MAIL FROM:<x> SIZE=1, with its brackets as sent."""
    rest = line[len(verb) :].strip()
    rest = re.sub(r"(?i)^(from|to)\s*:\s*", "", rest)
    quoted = re.match(r'<("(?:[^"\\]|\\.)*"|[^>"])*>', rest)
    return quoted.group(0) if quoted else rest.split(" ")[0]


def header_value(value):
    return mail_facts.unfold(mail_facts.decode_words(mail_facts.unfold(value)))


class Connection:
    def __init__(self):
        self.helo, self.values = None, collections.defaultdict(list)

    def command(self, line):
        line = line.rstrip("\r\n")
        verb = line[:4].upper()
        if verb in ("EHLO", "HELO", "LHLO"):
            self.helo = line[4:].strip() or self.helo
        elif verb == "MAIL":
            self.values["mail_from"].append(argument(line, "MAIL"))
        elif verb == "RCPT":
            self.values["rcpt_to"].append(argument(line, "RCPT"))

    def message(self, frame):
        for name in HEADER:
            self.values[name] += [header_value(v) for v in frame.get("imf." + name, [])]
        self.values["messages"].append("message")


def from_tshark(path):
    """What tshark says, as one list of (connection, value) for each compared field."""
    found, clients = collections.defaultdict(Connection), {}
    for frame in captures.frames(path, FIELDS, "smtp || imf"):
        source, destination = endpoints(frame)
        pair = frozenset((source, destination))
        lines = frame.get("smtp.command_line", [])
        if pair not in clients or (
            lines and not found[clients[pair]].values and not found[clients[pair]].helo
        ):
            clients[pair] = (
                source + destination
                if lines or "smtp.response.code" not in frame
                else destination + source
            )
        one = found[clients[pair]]
        for line in lines:
            one.command(line)
        if any("imf." + name in frame for name in HEADER):
            one.message(frame)
    lists = collections.defaultdict(list)
    for key, one in found.items():
        lists["connections"].append(key)
        if one.helo:
            lists["helo"].append((key, one.helo))
        for name, values in one.values.items():
            lists[name] += [(key, v) for v in values]
    return lists


def from_mxtap(mxtap, path):
    lists = collections.defaultdict(list)
    for key, one in captures.records(mxtap, path).items():
        lists["connections"] += [key] * len(one["session"])
        lists["helo"] += [
            (key, r["smtp"]["helo"]) for r in one["session"] if "helo" in r.get("smtp", {})
        ]
        for record in one["smtp"]:
            smtp, email = record.get("smtp", {}), record.get("email")
            lists["mail_from"] += [(key, smtp["mail_from"])] if "mail_from" in smtp else []
            lists["rcpt_to"] += [(key, v) for v in smtp.get("rcpt_to", [])]
            if email:
                lists["messages"].append((key, "message"))
                for name in HEADER:
                    lists[name] += [(key, email[name].strip())] if name in email else []
    return lists


def main():
    args = captures.arguments(__doc__.splitlines()[0])
    checks = known.Checks("tshark", {os.path.basename(p) for p in args.captures})
    for path in args.captures:
        name = os.path.basename(path)
        witness, mxtap = from_tshark(path), from_mxtap(args.mxtap, path)
        for field in COMPARED:
            checks.same(name, field, sorted(witness[field]), sorted(mxtap[field]))
    sys.exit(checks.end())


if __name__ == "__main__":
    main()
