#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes a mail is made of, each line that mxtap writes is UTF-8 and JSON.

usage: any_bytes.py [--mxtap PROGRAM] [--rounds N] [--seed N]
The mails of mail_fixtures.py are damaged by rule: bytes of no charset, cut characters, shifts of ISO-2022 and UTF-7,
labels of charsets exchanged, values beyond their caps, and the same in HELO, in the sender's address and in replies.
Python reads every line strictly: UTF-8 without U+D800..DFFF, JSON without a repeated key, no control character but
as an escape. Last line: `N passed, N failed` (lines).
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import captures
import mail_capture
import mail_fixtures

LABELS = [b"utf-8", b"us-ascii", b"iso-2022-jp", b"iso-2022-kr", b"iso-2022-cn", b"utf-7", b"utf-16", b"utf-16le",
          b"utf-32", b"hz-gb-2312", b"shift_jis", b"euc-jp", b"gb2312", b"gb18030", b"big5", b"euc-kr", b"euc-tw",
          b"johab", b"windows-1258", b"windows-1252", b"koi8-r", b"tis-620", b"x-unknown", b"martian", b""]
SHIFTS = [b"\x1b$B", b"\x1b(B", b"\x1b(J", b"\x1b(I", b"\x1b$)C", b"\x0e", b"\x0f", b"~{", b"~}", b"+2D0-", b"+AAA",
          b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x8e\xa2", b"\x8f", b"=?", b"?=", b"=?utf-8?q?=ED=A0=80?=",
          b"=?utf-16?b?2AA=?=", b"=?utf-7?q?+2AA-?=", b"=?iso-2022-jp?b?GyRCJA==?=", b"\0", b"\x7f", b"\xc0\xaf",
          b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f\x8e", b"\xe2\x80\xa8", b"\xef\xbf\xbf", b"\\", b"\"", b"\x1b"]
OPTIONS = [[], ["--keep-headers", "--auth-user"], ["--recipients", "domain"], ["--recipients", "none"]]


def noise(r, n):
    return bytes(r.choice(b"\x80\xa4\xc3\xe3\xed\xf0\xff\x1b$(~+=?\"\\\0") if r.random() < 0.5 else r.randrange(256)
                 for _ in range(n))


def relabel(r, raw):
    return re.sub(rb"(?i)(charset=\"?)[\w-]+|(=\?)[\w-]+(?=\?[bq]\?)", lambda m: (m.group(1) or m.group(2)) +
                  r.choice(LABELS), raw)


def insert(r, raw):
    """Bytes at a few places, more often among the header's."""
    for _ in range(r.randrange(1, 9)):
        at = r.randrange(min(len(raw), 3000) if r.random() < 0.7 else len(raw))
        piece = r.choice(SHIFTS) if r.random() < 0.6 else noise(r, r.randrange(1, 20))
        raw = raw[:at] + piece + raw[at + r.choice((0, len(piece))):]
    return raw


def swell(r, raw):
    """A value longer than what is kept of it, in characters of several bytes: the cap falls inside of one."""
    name = r.choice((b"Subject", b"From", b"To", b"Received", b"Date", b"Message-ID", b"X-Mailer",
                     b"Content-Type: text/html; name", b"Content-Disposition: attachment; filename"))
    text = r.choice(("あ", "é", "\U0001f389", "한")).encode("utf-8") * 3000
    at = r.randrange(4)
    return name + (b"=" if b";" in name else b": ") + b"x" * at + text + b"\r\n" + raw


def line_of(r):
    return noise(r, r.randrange(0, 60)).replace(b"\n", b"").replace(b"\r", b"") + r.choice(SHIFTS)


def damaged(r, raw):
    for change in r.sample((relabel, insert, swell, insert), r.randrange(1, 4)):
        raw = change(r, raw)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def no_repeats(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key twice in {keys}")
    return dict(pairs)


def no_constant(word):
    raise ValueError(f"{word} is no JSON")


def complaint(line):
    """What is wrong with a line, or None."""
    try:
        text = line.decode("utf-8")  # strict: neither overlong forms nor surrogates
        json.loads(text, object_pairs_hook=no_repeats, parse_constant=no_constant)
    except ValueError as e:
        return str(e)
    if re.search(r"\\u[dD][89a-fA-F]", text):
        return "half of a surrogate pair"
    return "a raw control character" if re.search("[\0-\x1f\x7f]", text) else None


def one_round(mxtap, raws, r):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "damaged.pcap")
        with open(path, "wb") as out:
            mail_capture.begin(out)
            for n, raw in enumerate(raws):
                mail_capture.Connection(out, n).mail(damaged(r, raw), line_of(r), line_of(r), line_of(r))
        for options in OPTIONS:
            done = subprocess.run([mxtap, "replay", "--json", "-", *options, path], stdout=subprocess.PIPE)
            if done.returncode:
                sys.exit(f"mxtap {options}: status {done.returncode}")
            yield from done.stdout.split(b"\n")[:-1]


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--mxtap", default=os.path.join(captures.TOP, "build", "mxtap"))
    p.add_argument("--rounds", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    raws = [raw for _, raw in mail_fixtures.mails() if len(raw) < 20000]
    passed = failed = mails = 0
    for n in range(args.rounds):
        for line in one_round(args.mxtap, raws, random.Random(args.seed + n)):
            wrong = complaint(line)
            mails += b'"event_type":"smtp"' in line
            passed += wrong is None
            failed += wrong is not None
            if wrong and failed < 20:
                print(f"seed {args.seed + n}: {wrong}: {line[:300]!r}")
    if mails < len(raws) * len(OPTIONS) * args.rounds // 2:
        print(f"{mails} mails only: the damage keeps them from being read")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
