# SPDX-License-Identifier: Apache-2.0
"""Ordinary mails of our own wording: written/*.mails, as text that a person can read, made into mails as programs write them.

A page begins with `=== NAME` and says, a line each:
  why: what tempts a finding here
  client: ADDRESS PTR       the client as the server sees it; `-` for no reverse name; `unconfirmed` behind it: the name has
                            another address
  net: CIDR AS CC NAME      whose network that is
  helo: NAME                where it is not the reverse name; `unknown` behind it: it has no address
  mail: / rcpt:             the envelope, where it is not From and To; `mail: <>` for a bounce
  at: DATE TIME ZONE        when the server gets it; Date is two seconds earlier unless the page has one
  code: CHARSET ENCODING    of texts: 7bit, 8bit, base64 or quoted-printable (utf-8 8bit)
  words: B or Q             how header fields carry what is not ASCII (B); `raw`: as bytes
  dkim: DOMAIN              a signature of that domain stands in the mail
  hop: TEXT; SECONDS [ZONE] a Received field, topmost first, and how long before
  dns: NAME KIND ANSWER...  what the server asks while it looks at the mail's links; no answer: there is no such name
then an empty line, the header fields and the parts: `%% text`, `%% html`, `%% ics METHOD`, `%% file NAME [TYPE]`,
`%% mail` (a message inside), `%% raw`, `%% status` (message/delivery-status).
In texts {t:N} is a token of N characters such as trackers write, {n:N} N digits, {rcpt} the first recipient.
"""
import base64
import datetime
import email.charset
import email.utils
import glob
import hashlib
import io
import os
import quopri
import random
import re
import zipfile

import wire

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "written")
ADDRESSED = ("from", "to", "cc", "reply-to", "sender")
FACTS = ("why", "client", "net", "at", "helo", "mail", "rcpt", "code", "words", "dkim", "hop", "dns")
TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
KINDS = {"A": wire.A, "AAAA": wire.AAAA, "MX": wire.MX, "TXT": wire.TXT}


class Page:
    def __init__(self, name, text):
        self.name, self.facts, self.header, self.parts = name, {}, [], []
        self.random = random.Random(name)
        facts, _, rest = text.partition("\n\n")
        for key, value in re.findall(r"^([a-z]+): *(.*)$", facts, re.M):
            self.facts.setdefault(key, []).append(value.strip())
        if re.sub(r"^(?:[a-z]+:|#).*\n?", "", facts + "\n", flags=re.M).strip():
            raise ValueError(f"{name}: a line that says nothing")
        if not set(FACTS[:4]) <= set(self.facts) or not set(self.facts) <= set(FACTS):
            raise ValueError(f"{name}: facts are {FACTS}, and it needs the first four")
        header, *parts = re.split(r"^%% (.*)\n", rest, flags=re.M)
        self.header = re.findall(r"^(\S[^:\n]*): ?((?:.*\n?)(?:[ \t].*\n?)*)", header, re.M)
        if {key.lower() for key, _ in self.header} & set(FACTS):
            raise ValueError(f"{name}: a fact stands among the header fields")
        self.parts = [(parts[i].split(), self.filled(parts[i + 1])) for i in range(0, len(parts), 2)]

    def one(self, key, default=None):
        return self.facts.get(key, [default])[0]

    def filled(self, text):
        text = re.sub(r"\{t:(\d+)\}", lambda m: "".join(self.random.choices(TOKEN, k=int(m[1]))), text)
        text = re.sub(r"\{n:(\d+)\}", lambda m: "".join(self.random.choices("0123456789", k=int(m[1]))), text)
        return text.replace("{rcpt}", self.recipients()[0]) if "{rcpt}" in text else text

    def field(self, name):
        return next((value.strip() for key, value in self.header if key.lower() == name), "")

    def recipients(self):
        return re.split(r"[, ]+", self.one("rcpt")) if self.one("rcpt") else [email.utils.parseaddr(self.field("to"))[1]]

    def when(self, zone=None):
        at = datetime.datetime.strptime(self.one("at"), "%Y-%m-%d %H:%M:%S %z")
        return at if not zone else at.astimezone(datetime.datetime.strptime(zone.split()[0], "%z").tzinfo)


def date(page, seconds, zone=None):
    at = page.when(zone) - datetime.timedelta(seconds=seconds)
    behind = zone.split(" ", 1)[1:] if zone else []
    return " ".join([email.utils.format_datetime(at), *behind])


def word(page, text, charset):
    """A header's text as encoded words, where it needs them."""
    if text.isascii() and "iso-2022" not in charset:
        return text.encode()
    if text.isascii():
        return text.encode()
    if page.one("words") == "raw":
        return text.encode(charset)
    cs = email.charset.Charset(charset)
    cs.header_encoding = email.charset.QP if page.one("words") == "Q" else email.charset.BASE64
    words, line = [], ""
    for c in text:
        if len(cs.header_encode(line + c)) > 72:
            words.append(line)
            line = ""
        line += c
    return "\r\n ".join(cs.header_encode(w) for w in words + [line]).encode()


def addressed(page, text, charset):
    done = []
    for one in re.findall(r'(?:"[^"]*"|[^",<]|<[^>]*>)+', text):
        named = re.fullmatch(r'\s*(.*?)\s*(<[^>]*>)\s*', one, re.S)
        if named and named[1] and not named[1].isascii():
            done.append(word(page, named[1].strip('"'), charset) + b" " + named[2].encode())
        else:
            done.append(one.strip().encode())
    return b", ".join(done)


def header_field(page, name, text, charset):
    text = page.filled(text.rstrip("\n"))
    if name.lower() in ADDRESSED:
        text = addressed(page, text, charset)
    else:
        text = word(page, text, charset) if not text.isascii() else text.replace("\n", "\r\n").encode()
    return name.encode() + b": " + text + b"\r\n"


def signature(page, domain):
    token = base64.b64encode(hashlib.sha512((page.name + domain).encode()).digest()).decode()
    return (f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s{len(page.name)};\r\n"
            f"\th=from:to:subject:date:message-id; bh={token[:43]}=;\r\n\tb={token[:60]}\r\n\t {token[20:]}\r\n").encode()


def stamps(page):
    for hop in page.facts.get("hop", []):
        text, _, when = hop.rpartition(";")
        seconds, _, zone = when.strip().partition(" ")
        yield f"Received: {page.filled(text)};\r\n\t{date(page, float(seconds), zone or None)}\r\n".encode()


def head(page, charset):
    out = b"".join(stamps(page)) + b"".join(signature(page, d) for d in page.facts.get("dkim", []))
    names = {name.lower() for name, _ in page.header}
    for name, text in page.header:
        if name.lower() not in ("message-id", "date") or text.strip() != "-":
            out += header_field(page, name, text, charset)
    if "date" not in names:
        out += f"Date: {date(page, 2)}\r\n".encode()
    if "message-id" not in names:
        domain = email.utils.parseaddr(page.field("from"))[1].rpartition("@")[2]
        out += f"Message-ID: <{hashlib.sha1(page.name.encode()).hexdigest()[:24]}@{domain}>\r\n".encode()
    return out


def carried(text, charset, encoding):
    raw = text.replace("\n", "\r\n").encode({"iso-2022-jp": "iso-2022-jp-ext"}.get(charset, charset))
    if encoding == "base64":
        return base64.encodebytes(raw).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        return quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return raw


def file_bytes(name, text):
    """A small file of the kind that its name says."""
    if name.endswith((".zip", ".xlsx", ".docx")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as z:
            z.writestr(zipfile.ZipInfo("data.txt" if name.endswith(".zip") else "[Content_Types].xml", (2024, 1, 1, 0, 0, 0)), text)
        return out.getvalue()
    magic = {".pdf": b"%PDF-1.4\n", ".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0"}
    return magic.get(os.path.splitext(name)[1], b"") + text.encode()


def part(page, what, text, charset, encoding):
    """(its header fields, its bytes)."""
    kind, *words = what
    if kind in ("text", "html", "ics"):
        subtype = {"text": "plain", "html": "html", "ics": "calendar"}[kind]
        method = f"; method={words[0]}" if kind == "ics" else ""
        return (f"Content-Type: text/{subtype}; charset={charset}{method}\r\nContent-Transfer-Encoding: {encoding}\r\n".encode(),
                carried(text, charset, encoding))
    if kind == "mail":
        return b"Content-Type: message/rfc822\r\n", text.replace("\n", "\r\n").encode()
    if kind == "status":
        return b"Content-Type: message/delivery-status\r\n", text.replace("\n", "\r\n").encode()
    name, media = words[0], (words[1:] or ["application/octet-stream"])[0]
    shown = name if name.isascii() else word(page, name, charset).decode().replace("\r\n ", " ")
    return (f'Content-Type: {media}; name="{shown}"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: attachment; filename="{shown}"\r\n'.encode(),
            base64.encodebytes(file_bytes(name, text)).replace(b"\n", b"\r\n"))


def multipart(page, subtype, parts):
    line = f"----=_Part_{len(parts)}_{hashlib.md5((page.name + subtype).encode()).hexdigest()[:20]}"
    body = b"".join(b"--" + line.encode() + b"\r\n" + h + b"\r\n" + b + b"\r\n" for h, b in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{line}"\r\n'.encode(), body + b"--" + line.encode() + b"--\r\n"


def body(page, charset, encoding):
    if page.parts[0][0][0] == "raw":
        return b"", page.parts[0][1].replace("\n", "\r\n").encode(charset)
    made = [(what[0], part(page, what, text, charset, encoding)) for what, text in page.parts]
    views = [p for kind, p in made if kind in ("text", "html", "ics")]
    others = [p for kind, p in made if kind in ("file", "mail", "status")]
    if any(kind == "status" for kind, _ in made):
        return multipart(page, "report; report-type=delivery-status", views + others)
    shown = views[0] if len(views) == 1 else multipart(page, "alternative", views)
    return multipart(page, "mixed", [shown] + others) if others else shown


def made(page):
    charset, encoding = (page.one("code") or "utf-8 8bit").split()
    kind, content = body(page, charset, encoding)
    version = b"" if page.field("mime-version") else b"MIME-Version: 1.0\r\n"
    raw = head(page, charset) + (version + kind if kind else b"") + b"\r\n" + content
    client, ptr, *unconfirmed = page.one("client").split()
    helo, *unknown = (page.one("helo") or ptr).split()
    sender = page.one("mail") or email.utils.parseaddr(page.field("from"))[1]
    net = page.one("net").split(" ", 3)
    dns = [(name, KINDS[kind], answers) for name, kind, *answers in map(str.split, page.facts.get("dns", []))]
    return wire.Mail(page.name, raw if raw.endswith(b"\r\n") else raw + b"\r\n", client=client, helo=helo,
                     ptr=None if ptr == "-" else ptr, confirmed=not unconfirmed, helo_known=not unknown, net=net, dns=dns,
                     when=page.when().timestamp(), sender=page.filled(sender.strip("<>")), recipients=page.recipients())


def pages():
    found = []
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.mails"))):
        with open(path, encoding="utf-8") as f:
            _, *rest = re.split(r"^=== (.*)\n", f.read(), flags=re.M)
        found += [(os.path.basename(path)[:-6], Page(rest[i].strip(), rest[i + 1])) for i in range(0, len(rest), 2)]
    return found


def mails():
    """[(file's name, [Mail])]."""
    by_file = {}
    for name, page in pages():
        by_file.setdefault(name, []).append(made(page))
    return list(by_file.items())
