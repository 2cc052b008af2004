# SPDX-License-Identifier: Apache-2.0
"""Ordinary mails that people really sent: found.list names each by package and path, and they are read from there.

A mail lies in a package as it lay in a mailbox; here it is taken back to what the receiving side's border server was
sent. The topmost Received field that names a client of another domain, at a public address, is that server's own: client
address, HELO, reverse name and time are in it. It and all that stands above it was not in the mail yet, nor were Return-Path
(now MAIL FROM) and what filters and mailboxes wrote.
"""
import email.utils
import glob
import ipaddress
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "witness"))
import corpus  # noqa: E402
from mail_fixtures import on_the_wire  # noqa: E402
from wire import Mail  # noqa: E402

LIST = os.path.join(HERE, "found.list")
ADDRESS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.]*\w)")
NAME = re.compile(r"[\w-]+(?:\.[\w-]+)+$")
FETCHED = re.compile(r"\bwith (?:IMAP|POP3)\b|\(fetchmail|\(single-drop\)")
# What mailboxes, filters and the receiving side wrote.
STAMPS = re.compile(rb"^(return-path|delivered-to|x-spam-[\w-]*|x-pyzor|status|x-status|x-keywords|x-uid|x-mozilla-[\w-]*|replied|"
                    rb"forwarded|lines|xref|content-length|x-original-to|x-envelope-[\w-]*|x-rcpt-to|x-apparently-to):", re.I)
TWO_LEVELS = {"co", "com", "org", "net", "ac", "gov", "edu", "or", "ne", "go", "ad"}


def sections():
    """[(set, kind, package, version, licence, folder, [path])] of found.list."""
    found = []
    with open(LIST) as f:
        for line in f:
            line = line.rstrip("\n")
            if line.startswith("["):
                found.append((line.strip("[]"), {}, []))
            elif ": " in line and not line.startswith("#"):
                key, value = line.split(": ", 1)
                found[-1][1][key] = value
            elif line and not line.startswith("#"):
                found[-1][2].append(line)
    return found


def folder_of(facts):
    """Where a section's package lies; None, and why, where it cannot be had."""
    if "debian" in facts:
        if os.path.isdir(facts["folder"]):
            return facts["folder"], None
        # Not installed (it would draw in a whole web application): unpacked beside the witness's packages.
        name = facts["debian"]
        where = corpus.unpacked(name, lambda f: corpus.fetch_debian(name, f))
        return (where and os.path.join(where, "files", facts["folder"].lstrip("/"))), "apt cannot bring the package " + name
    name, version = facts["npm"].rsplit("@", 1)
    if not shutil.which("npm"):
        return None, "there is no npm here"
    where = corpus.unpacked(name.replace("/", "_").lstrip("@"), lambda f: corpus.fetch_npm(name, version, f))
    return (where and os.path.join(where, "files", facts["folder"])), "no npm registry brings " + facts["npm"]


def split(raw):
    """(header fields as bytes with their line ends, body with the empty line before it)."""
    raw = re.sub(rb"\A(?:>?From .*\r\n)", b"", raw)
    head, sep, body = raw.partition(b"\r\n\r\n")
    return re.findall(rb"[^\r\n][^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", head + b"\r\n"), sep[2:] + body


def value(field):
    return re.sub(r"\r\n\s*", " ", field.split(b":", 1)[1].decode("latin-1")).strip()


def domain(host):
    labels = host.lower().rstrip(".").split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in TWO_LEVELS and len(labels[-1]) == 2 else 2
    return ".".join(labels[-keep:])


def hop(text):
    """What a Received field says: (client address or None, HELO, reverse name or None, the server's name or None)."""
    text = re.sub(r"\s+", " ", text)
    if FETCHED.search(text):
        return None, None, None, None
    before = re.split(r" by ", text, maxsplit=1)
    who = re.match(r"from (\S+)", text)
    address = next((a for a in ADDRESS.findall(before[0]) if public(a)), None)
    if not who or not address:
        return None, None, None, None
    by = re.match(r"(\S+)", before[1]) if len(before) > 1 else None
    helo = re.search(r"(?:helo|ehlo)[ =]([^ )]+)", before[0], re.I)
    inside = re.search(r"\(([^()\[\] ]*@)?([\w.-]+\.[a-z]{2,}) ?\[?\(?" + re.escape(address), before[0], re.I)
    rdns = inside.group(2) if inside else who.group(1) if helo and NAME.match(who.group(1)) else None
    if rdns and re.fullmatch(r"[\d.]+", rdns):
        rdns = None
    return address, (helo.group(1) if helo else who.group(1)), rdns, by and by.group(1)


def public(a):
    try:
        return ipaddress.ip_address(a).is_global
    except ValueError:
        return False


def border(fields):
    """(index of the border server's Received field, its hop), or None."""
    hops = [(i, hop(value(f))) for i, f in enumerate(fields) if f.lower().startswith(b"received:")]
    hops = [(i, h) for i, h in hops if h[0]]
    for i, h in hops:
        if h[3] and domain(h[3]) not in (domain(h[1]), domain(h[2] or h[1])):
            return i, h
    return hops[0] if hops else None


def written(fields, name):
    return next((value(f) for f in fields if f.lower().startswith(name + b":")), "")


def time_of(text):
    """Seconds since 1970 of a Received field's date; None where it has none."""
    try:
        return email.utils.mktime_tz(email.utils.parsedate_tz(text.rsplit(";", 1)[1]))
    except (IndexError, TypeError, ValueError, OverflowError):
        return None


def as_received(name, raw):
    """The Mail that the border server got; None where no field of it tells who gave it."""
    fields, body = split(on_the_wire(raw))
    at = border(fields)
    if at is None:
        return None
    index, (client, helo, ptr, _) = at
    stamp = value(fields[index])
    kept = [f for i, f in enumerate(fields) if not STAMPS.match(f) and (i > index or not f.lower().startswith(b"received:"))]
    sender = re.search(r"<([^<>]*)>", written(fields, b"return-path"))
    sender = sender.group(1) if sender else email.utils.parseaddr(written(fields, b"from"))[1]
    if not sender or "multipart/report" in written(fields, b"content-type") or sender.lower().startswith("mailer-daemon"):
        sender = ""
    to = re.search(r" for <?([^<>;\s]+@[^<>;\s]+)", stamp)
    to = to.group(1) if to else email.utils.parseaddr(written(fields, b"to"))[1] or "someone@mx.example"
    when = time_of(stamp) or time_of(";" + written(fields, b"date"))
    return Mail(name, b"".join(kept) + body, client=client, helo=helo, ptr=ptr, when=when, sender=sender, recipients=[to],
                confirmed="may be forged" not in stamp)


def mails(tell=print):
    """[(set's name, licence, [Mail])], one a section; a package that cannot be had is told and left out, a file that is missing
    from one that is there ends the program."""
    found = []
    for name, facts, paths in sections():
        folder, why = folder_of(facts)
        if folder is None:
            tell(f"found/{name}: left out: {why}")
            continue
        here = []
        for path in paths:
            with open(os.path.join(glob.escape(folder), path), "rb") as f:
                mail = as_received(path, f.read())
            if mail is None or mail.when is None:
                sys.exit(f"found/{name}/{path}: nothing tells who sent it, or when")
            here.append(mail)
        found.append((name, facts["licence"], here))
    return found


def rest():
    """The same of all that found.list passes over: [(set's name, [Mail])]. Mails that tell no client or no time are left out."""
    found = []
    for name, facts, paths in sections():
        folder, _ = folder_of(facts)
        others = sorted(glob.glob(os.path.join(glob.escape(folder), "*" + os.path.splitext(paths[0])[1]))) if folder else []
        here = []
        for path in others:
            with open(path, "rb") as f:
                mail = as_received(os.path.basename(path), f.read()) if os.path.basename(path) not in paths else None
            if mail and mail.when and mail.when > 0:
                here.append(mail)
        if here:
            found.append((name, here))
    return found
