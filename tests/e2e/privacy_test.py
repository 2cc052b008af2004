#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Nobody's address and no password where docs/RECORD.md ("Recipients and secrets") does not let it be: records, standard
output and error, Redis and its file, the spool, the console's answers, cores, the memory of a running sensor.

Canaries are looked for in everything, and in everything undone: JSON and Redis escapes, %XX once and twice, =XX, +XX,
base64 at every alignment. secrets_test.py has the AUTH dialogues, this has all the rest.

usage: privacy_test.py [CASE...]
"""
import base64
import binascii
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "differential")]
from capture_file import write_pcap  # noqa: E402
from redis_server import Server  # noqa: E402
from secrets_test import MXTAP, Talk, Wire, check, every_way, talks  # noqa: E402

# One for each place in which a recipient stands; no piece of one is in another, or anywhere else.
ENVELOPE = "Kanarienvogel.Wilhelmine+brief_7@empfang.example"
REFUSED = "zweiterpiepmatz-nr2@empfang.example"
TO = "dompfaff_singt@verteiler.example"
CC = "rotkehlchen.o'brien@empfang.example"
FOR = "zaunkoenig9@innen.empfang.example"
PEOPLE = [ENVELOPE, REFUSED, TO, CC, FOR]
HARVESTED = "spatzennest"  # local parts that a harvester tries: spatzennest0 and on
NAMES = ["Dickschnabel", "Nachtigallenschlag"]  # of To and Cc
FINDINGS = [b"text.names_recipient", b"link.names_recipient", b"from.is_recipient", b"rcpt.unknown", b"watchlist.wanted"]
PASSWORD = "Geheimwort-0815"
URL_PASSWORDS = ["Sesamoeffnedich", "zweitesKennwort", "dr\u00edttes.Wort!9"]


# --- what is looked for, and in what ---

def unescaped(text, pattern):
    return re.sub(pattern, lambda m: bytes((int(m[1], 16),)), text)


def unjsoned(text):
    text = re.sub(rb"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)).encode("utf-8", "replace"), text)
    return re.sub(rb"\\x([0-9a-fA-F]{2})", lambda m: bytes((int(m[1], 16),)), text).replace(b'\\"', b'"').replace(b"\\\\", b"\\")


def unbased(text):
    """All runs of the alphabets of base64, each once, read from each of four places on."""
    found = []
    for run in set(re.findall(rb"[A-Za-z0-9+/_-]{8,}", text)):
        run = run.replace(b"-", b"+").replace(b"_", b"/")
        for skip in range(4):
            part = run[skip:]
            found.append(binascii.a2b_base64(part + b"A" * (-len(part) % 4)))
    return b"\n".join(found)


def views(text):
    """The text, and what its codings hide, two layers deep."""
    layers, seen = [text], [text]
    for _ in range(2):
        layers = [view for t in layers for view in (
            unjsoned(t), unescaped(t, rb"%([0-9a-fA-F]{2})"), unescaped(t, rb"=([0-9a-fA-F]{2})"),
            unescaped(t, rb"\+([0-9a-fA-F]{2})"), unbased(t)) if view != t]
        seen += layers
    return seen


def hit(name, text, canaries):
    for view in views(text):
        low = view.lower()
        for canary in canaries:
            at = low.find(canary.lower().encode())
            if at >= 0:
                return f"{name}: {canary}: ...{view[max(0, at - 80):at + 60]!r}"
    return None


def local(address):
    return address.rsplit("@", 1)[0]


# --- where recipients stand in a mail ---

def base64_forms(text):
    """At the three alignments, with what may stand around it."""
    raw = text.encode()
    for before in (b"", b"u", b"ab", b"user?=", b"https://a.example/?q=1&e="):
        coded = base64.b64encode(before + raw + b"&x")
        yield coded.decode().rstrip("=")
        yield urllib.parse.quote(coded.decode(), safe="")
        yield base64.urlsafe_b64encode(before + raw).decode()


def percent_forms(address):
    quoted = urllib.parse.quote(address, safe="")
    everything = "".join(f"%{b:02X}" for b in address.encode())
    return [quoted, quoted.lower(), quoted.replace("%40", "@"), everything, everything.lower(),
            "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(everything)),
            urllib.parse.quote(quoted, safe="")]


def forms(address):
    """The address as links carry it."""
    verp = address.replace("@", "=")
    return [address, address.upper(), verp, urllib.parse.quote(verp, safe=""), *percent_forms(address),
            *base64_forms(address), *base64_forms(urllib.parse.quote(address, safe=""))]


def word(text, encoding):
    raw = text.encode()
    if encoding == "b":
        return "=?utf-8?b?" + base64.b64encode(raw).decode() + "?="
    return "=?utf-8?q?" + "".join(f"={b:02X}" if chr(b) in "@+=_?'." else chr(b) for b in raw) + "?="


def links(who):
    urls = [f"https://a.example/{kind}?{i}&e={form}" for i, form in enumerate(forms(who)) for kind in ("q",)]
    urls += [f"https://a.example/{form}/x" for form in forms(who)]
    inner = urllib.parse.quote("https://shop.example/?e=" + urllib.parse.quote(who, safe=""), safe="")
    return urls + [f"https://eur01.safelinks.protection.outlook.com/?url={inner}&data=05%7C01%7C{urllib.parse.quote(who, safe='')}%7Cabc",
                   f"https://{who}/", f"https://www.google.com/url?q={inner}", f"mailto:{who}"]


def header(who, also):
    verp = local(who) + "=" + who.rsplit("@", 1)[1]
    return [
        f"Received: from relay.example (relay.example [203.0.113.9]) by mx.example with ESMTP id 1 for <{also}>;",
        "\tMon, 1 Jan 2024 00:00:00 +0000",
        f"Return-Path: <bounce+{verp}@list.example>", f"From: {word('An ' + who, 'b')} <{who}>",
        f'To: "{who}" <{TO}>, Gimpel Dickschnabel <{who}>', f"Cc: <{CC}>, {word('Nachtigallenschlag', 'b')} <{CC}>", f"Reply-To: <reply+{verp}@list.example>", f"Sender: {who}",
        f"Subject: {who}, a letter for {word(who, 'q')} and {word(verp, 'b')}", f"Message-ID: <1.{verp}@list.example>",
        f"In-Reply-To: <0.{verp}@list.example>", f"X-Mailer: Letters for {who}", f"User-Agent: {who}",
        f"Organization: {who}", f"X-Originating-IP: [198.51.100.9] {who}",
        f"List-Unsubscribe: <https://list.example/u?{urllib.parse.quote(who, safe='')}>, <mailto:off+{verp}@list.example>",
        f"Authentication-Results: mx.example; spf=pass smtp.mailfrom=bounce+{verp}@list.example"]


def body(who):
    text = [f"Dear {who},", "", *links(who), ""]
    html = [f"<p>{who}</p>"] + [f'<a href="{u}">{who}</a>' for u in links(who)]
    parts = [("Content-Type: text/plain", text), ("Content-Type: text/html", html),
             (f'Content-Type: application/pdf; name="for {who}.pdf"\r\nContent-Disposition: attachment; filename="for {who}.pdf"', ["x"])]
    lines = []
    for head, inside in parts:
        lines += ["--b", head, "", *inside]
    return lines + ["--b--"]


def mail(who, also):
    lines = header(who, also) + ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", ""] + body(who)
    return "\r\n".join(lines).encode()


def xtext(address):
    return address.replace("+", "+2B").replace("@", "+40").replace("=", "+3D")


def letter(who, refused):
    """A mail to who; `refused` is told to the client as unknown."""
    verp = local(who) + "=" + who.rsplit("@", 1)[1]
    talk = Talk(who)
    talk.c(f"MAIL FROM:<bounce+{verp}@list.example> ENVID={xtext(who)} AUTH={xtext(who)}".encode()).s(b"250 2.1.0 ok")
    talk.c(f"RCPT TO:<{who}> ORCPT=rfc822;{xtext(who)}".encode()).s(f"250 2.1.5 <{who}> is fine".encode())
    talk.c(f"RCPT TO:<{refused}>".encode()).s(f"550 5.1.1 <{refused}>: no such user {refused}".encode())
    talk.c(b"DATA").s(b"354 go").c(mail(who, FOR) + b"\r\n.").s(f"250 2.0.0 taken for {who}, queued as 4F1".encode())
    return talk.c(b"QUIT").s(b"221 bye")


def harvester():
    """A client that tries forty names, of which the server knows none."""
    talk = Talk("harvester").c(b"MAIL FROM:<a@c.example>").s(b"250 ok")
    for i in range(40):
        talk.c(f"RCPT TO:<{HARVESTED}{i}@empfang.example>".encode()).s(f"550 5.1.1 <{HARVESTED}{i}@empfang.example>: User unknown".encode())
    return talk.c(b"QUIT").s(b"221 bye")


def everybody():
    """What must not be found: the local part of each recipient."""
    return [local(who) for who in PEOPLE] + [HARVESTED]


def capture(folder, talks, name="mails.pcap"):
    wire = Wire(25)
    for wire.server_port in (25, 587):
        for talk in talks:
            wire.connection(talk)
            wire.connection(talk, only=True)
    path = os.path.join(folder, name)
    write_pcap(path, wire.frames)
    return path


def letters(folder):
    """A mail to each, and what options make mxtap say most of it: alerts, and a watchlist of the very recipients."""
    talks = [letter(who, REFUSED if who != REFUSED else ENVELOPE) for who in PEOPLE]
    watchlist = os.path.join(folder, "wanted.txt")
    with open(watchlist, "w") as f:
        f.writelines(who + "\n" for who in PEOPLE)
    return capture(folder, talks + [harvester()]), ["--dns", "--alert-score", "1", "--watchlist", watchlist, "--trusted", "none",
                                                   "--home-domains", "empfang.example"]


def run(*argv, status=(0,), env=None):
    p = subprocess.run([MXTAP, *argv], capture_output=True, timeout=300, env=dict(os.environ, **(env or {})))
    check(p.returncode in status, f"{argv}: status {p.returncode}: {p.stderr[-300:]}")
    return p


def without_raw_headers(lines):
    """Display names stay in a raw header, which only --keep-headers asks for."""
    records = [json.loads(line) for line in lines.splitlines()]
    for r in records:
        r["mxtap"].pop("header_block", None)
    return "\n".join(json.dumps(r, ensure_ascii=False) for r in records).encode()


# --- cases ---

def recipients_in_records(folder, _):
    """--json and --summary under each mode, at each verbosity. full shows them, so that the test can see."""
    (path, options), key = letters(folder), os.path.join(folder, "key")
    with open(key, "w") as f:
        f.write("a key of the operator's\n")
    os.chmod(key, 0o600)
    for mode, loud in (("full", ["-v", "-v"]), ("domain", ["-v", "-v"]), ("hmac", ["-v"]), ("none", []), ("domain", ["-q"])):
        extra = ["--recipients-key", key] if mode == "hmac" else []
        p = run("replay", "--json", "-", "--keep-headers", "--hash", "--auth-user", "--recipients", mode, *extra, *loud, *options, path)
        summary = run("replay", "--summary", "--recipients", mode, *extra, *loud, path).stdout
        found = hit("records", p.stdout, everybody()) or hit("records", without_raw_headers(p.stdout), NAMES)
        check(p.stdout.count(b'"event_type":"smtp"') == 4 * len(PEOPLE) + 4, "the mails were not seen")
        check(all(p.stdout.count(b'"id":"%s"' % f) > 5 for f in FINDINGS), "nothing was found, so that no evidence is shown")
        check(p.stdout.count(b'"url":') > 200 and p.stdout.count(b"a.example") > 1000, "the links were not seen")
        if mode == "full":
            check(all(hit("", p.stdout, [who]) for who in everybody() + NAMES), "full hides somebody")
        else:
            check(not found, f"--recipients {mode}: {found}")
        check(len(summary) > 500, "the summary says nothing")
        found = hit("standard error", p.stderr, everybody()) or (mode != "full" and hit("summary", summary, everybody()))
        check(not found, f"--recipients {mode}, {loud}: {found}")


def everything_in(redis):
    """Each key and value, as a client sees it."""
    ask, text = redis.client(), []
    for key in ask("KEYS", "*"):
        kind = ask("TYPE", key)
        how = {"hash": ("HGETALL", key), "zset": ("ZRANGE", key, 0, -1), "stream": ("XRANGE", key, "-", "+"),
               "set": ("SMEMBERS", key), "string": ("GET", key)}[kind]
        text.append(f"{key} {ask(*how)!r}")
    ask("SAVE")
    with open(os.path.join(redis.dir, "dump.rdb"), "rb") as f:
        return "\n".join(text).encode("utf-8", "surrogateescape"), f.read()


def answers(redis):
    """What the console says, as tables and as JSON."""
    verbs = [["top", kind] for kind in ("from", "subject", "mailer", "url", "host", "attachment", "rcpt_domain", "helo", "ip",
                                        "envelope_domain", "finding")]
    verbs += [["show", "ip", "192.0.2.10"], ["watch", "-n", "1"], ["search", "letter"], ["campaigns"]]
    return b"".join(run(*verb, *as_json, "--redis", redis.url, status=(0, 1)).stdout for verb in verbs for as_json in ([], ["--json"]))


def recipients_in_redis(folder, redis):
    """The same capture counted under each mode: keys, values, the file, and what the console makes of them."""
    (path, options), key = letters(folder), os.path.join(folder, "key2")
    with open(key, "w") as f:
        f.write("another key of the operator's\n")
    os.chmod(key, 0o600)
    for mode in ("full", "domain", "hmac", "none"):
        redis.client()("FLUSHALL")
        extra = ["--recipients-key", key] if mode == "hmac" else []
        run("replay", "--redis", redis.url, "--redis-recipients", mode, "--keep-headers", *extra, *options, path)
        keys, rdb = everything_in(redis)
        said = answers(redis)
        check("mxtap:alerts" in keys.decode("utf-8", "replace"), "no alert was raised")
        check(len(keys) > 20000 and len(said) > 5000, f"Redis has {len(keys)} bytes, the console says {len(said)}")
        for name, text in (("keys", keys), ("dump.rdb", rdb), ("console", said)):
            found = hit(name, text, everybody() + NAMES)
            check(mode == "full" or not found, f"--redis-recipients {mode}: {found}")
            check(mode != "full" or name != "keys" or found, "full hides everybody")


def inject(path, command):
    """In a network namespace of its own: a live sensor on its loopback, the capture's frames on the wire, the sensor's end."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    p = subprocess.Popen(command)
    time.sleep(2)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("lo", 0))
    with open(path, "rb") as f:
        data = f.read()
    at = 24
    while at < len(data):
        n = struct.unpack("<I", data[at + 8:at + 12])[0]
        wire.send(data[at + 16:at + 16 + n])
        at += 16 + n
    time.sleep(2)
    p.send_signal(signal.SIGINT)
    return p.wait(timeout=60)


def recipients_in_spool(folder, _):
    """Live, and no Redis at all: what waits on disk waits without its recipients, and the log names nobody."""
    if os.geteuid() or subprocess.run(["unshare", "-n", "true"], stderr=subprocess.DEVNULL).returncode:
        print("recipients_in_spool: not run: no network namespace for this user")
        return
    (path, options), spool = letters(folder), os.path.join(folder, "spool")
    command = [MXTAP, "capture", "-i", "lo", "--user", "root", "--redis", "unix://" + os.path.join(folder, "nobody.sock"), "--spool", spool, "-v", "-v",
               *options]
    p = subprocess.run(["unshare", "-n", sys.executable, os.path.abspath(__file__), "--inject", path, *command], capture_output=True,
                       timeout=120)
    text = b""
    for base, _, names in os.walk(spool):
        for name in names:
            file = os.path.join(base, name)
            check(os.stat(file).st_mode & 0o77 == 0, f"{name} can be read by others")
            with open(file, "rb") as f:
                text += f.read()
    check(len(text) > 10000 and b"a.example" in text, f"the spool has {len(text)} bytes: {p.stderr[-600:]}")
    for name, where in (("spool", text), ("standard error", p.stderr), ("standard output", p.stdout)):
        found = hit(name, where, everybody())
        check(not found, found)


def url_forms(password):
    """A link with a password, in clear and wrapped by those that write all links anew."""
    quoted = urllib.parse.quote(password, safe="")
    plain = f"https://wilhelm:{quoted}@host.example/path"
    inner = urllib.parse.quote(plain, safe="")
    return [plain, f"ftp://wilhelm:{quoted}@ftp.example/", f"https://eur01.safelinks.protection.outlook.com/?url={inner}&data=1",
            f"https://urldefense.com/v3/__{plain}__;!!abc!x$", f"https://www.google.com/url?q={inner}", f"http://:{quoted}@host.example/",
            f"https://go.example/?to={inner}", f"http:%2f%2fwilhelm:{quoted}@host.example/", f"http:\\\\wilhelm:{quoted}@host.example/",
            f"http:/wilhelm:{quoted}@host.example/", f"HTTPS:wilhelm:{quoted}@host.example/", f"http:///wilhelm:{quoted}@host.example/",
            f"/go?to=http%3a%2f%2fwilhelm%3a{quoted}@host.example/"]


def passwords_in_links(folder, redis):
    """In text, HTML, headers, subjects, visible text and a second copy in the raw header."""
    talks = []
    for password in URL_PASSWORDS:
        urls = url_forms(password)
        lines = [f"List-Unsubscribe: <{urls[0]}>", f"Subject: see {urls[0]} and {word(urls[1], 'b')}", "From: a@c.example",
                 f"X-Mailer: {urls[0]}", *(f"X-Mailer: {u}" for u in urls[7:]), "Content-Type: text/html; charset=utf-8", ""]
        lines += [f'<a href="{u}">{u}</a> {u}<br>' for u in urls]
        talk = Talk(password).c(b"MAIL FROM:<a@c.example>").s(b"250 ok").c(b"RCPT TO:<b@mx.example>").s(b"250 ok").c(b"DATA").s(b"354 go")
        talks.append(talk.c("\r\n".join(lines).encode() + b"\r\n.").s(b"250 ok").c(b"QUIT").s(b"221 bye"))
    path = capture(folder, talks, "links.pcap")
    words = [w for p in URL_PASSWORDS for w in (p, urllib.parse.quote(p, safe=""))]
    redis.client()("FLUSHALL")
    p = run("replay", "--json", "-", "--keep-headers", "--summary", "-v", "-v", "--alert-score", "1", "--redis", redis.url,
            "--redis-recipients", "full", path)
    keys, rdb = everything_in(redis)
    check(p.stdout.count(b"wilhelm:***@host.example") > 10, "the links were not seen")
    for name, text in (("records", p.stdout), ("standard error", p.stderr), ("keys", keys), ("dump.rdb", rdb), ("console", answers(redis))):
        found = hit(name, text, words)
        check(not found, found)


def auth_talk():
    line = b"AUTH PLAIN " + base64.b64encode(b"\0wilhelmina\0" + PASSWORD.encode())
    return Talk("auth").c(line).s(b"235 2.7.0 welcome").c(b"MAIL FROM:<a@c.example>").s(b"250 ok").c(b"RCPT TO:<b@mx.example>").s(b"250 ok") \
        .c(b"DATA").s(b"354 go").c(b"Subject: hello\r\n\r\ntext\r\n.").s(b"250 ok").c(b"QUIT").s(b"221 bye")


def reading(folder, frames, extra=()):
    """A sensor that has read frames from a pipe and waits for more: (process, pipe)."""
    path = os.path.join(folder, "some.pcap")
    write_pcap(path, frames)
    command = [MXTAP, "replay", "--json", os.path.join(folder, "out.jsonl"), *extra, "-"]
    p = subprocess.Popen(["sh", "-c", 'ulimit -c unlimited 2>/dev/null; cd "$0" && exec "$@"', folder, *command], stdin=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    with open(path, "rb") as f:
        p.stdin.write(f.read())
    p.stdin.flush()
    time.sleep(0.5)
    return p


def cores(folder, _):
    """A sensor that is made to abort amid an AUTH, with core dumps allowed, leaves none: it is not dumpable."""
    wire = Wire()
    wire.connection(auth_talk())
    p = reading(folder, wire.frames[:8])
    with open(f"/proc/{p.pid}/limits") as f:
        limits = f.read()
    check(re.search(r"Max core file size\s+0\s+0\s", limits), "its core limit is not 0: " + limits)
    p.send_signal(signal.SIGABRT)
    p.stdin.close()
    p.stderr.read()
    _, status = os.waitpid(p.pid, 0)
    check(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT, f"it did not abort: {status}")
    check(not os.WCOREDUMP(status), "the kernel dumped a core")
    check(not [n for n in os.listdir(folder) if "core" in n], f"a core lies there: {os.listdir(folder)}")


def memory_of(pid):
    """What the process has written to, but its stack (on which a library's first call of a function leaves the vector registers,
    until something is written over them); None where this user may not read it."""
    text = b""
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
            for line in maps:
                if not line.split()[1].startswith("rw") or "[stack]" in line:
                    continue
                low, high = (int(x, 16) for x in line.split()[0].split("-"))
                try:
                    mem.seek(low)
                    text += mem.read(high - low)
                except (OSError, ValueError):
                    pass
    except PermissionError:
        return None
    return text


def swapped(frames):
    """Every two neighbours change places: what comes too early waits in the sensor."""
    out = list(frames)
    for i in range(3, len(out) - 1, 2):
        out[i].ns, out[i + 1].ns = out[i + 1].ns, out[i].ns
        out[i], out[i + 1] = out[i + 1], out[i]
    return out


def passwords_on_a_wire():
    """Every mechanism whole, in single bytes, one-sided, with lost segments, out of order: (frames, what is secret)."""
    wire, secrets = Wire(), {PASSWORD.encode(), base64.b64encode(PASSWORD.encode())}
    for talk in talks(PASSWORD):
        every_way(wire, talk)
        at = len(wire.frames)
        wire.connection(talk, size=5)
        wire.frames[at:] = swapped(wire.frames[at:])
        secrets |= {s.split(b" ")[-1] for s in talk.secrets}
    unfinished = auth_talk()
    unfinished.segments = unfinished.segments[:6]
    wire.connection(unfinished)
    del wire.frames[-2:]
    return wire, secrets


def looked_into(folder, frames):
    p = reading(folder, frames)
    try:
        return memory_of(p.pid)
    finally:
        p.kill()
        p.communicate()


def memory(folder, _):
    """A password that has passed is not in the sensor's memory any more once its reader's buffers have been filled anew (the
    frames themselves lie there, and live in the kernel's ring): not in buffers, not in what nDPI keeps of a flow."""
    wire, secrets = passwords_on_a_wire()
    filler = Talk("filler").c(b"MAIL FROM:<a@c.example>").s(b"250 ok").c(b"RCPT TO:<b@mx.example>").s(b"250 ok").c(b"DATA").s(b"354 go")
    filler.c(b"Subject: hello\r\n\r\n" + b"0123456789abcdef" * 65536 + b"\r\n.").s(b"250 ok")
    text = looked_into(folder, wire.frames)
    if text is None:
        print("memory: not looked at: this user may not read another process's (run as root)")
        return
    check(any(s in text for s in secrets), "the passwords are nowhere even in the file's window: the scan sees nothing")
    for _ in range(2):
        wire.connection(filler, size=60000)
    text = looked_into(folder, wire.frames)
    check(b"0123456789abcdef" * 4 in text, "the scan sees nothing")
    for s in sorted(secrets):
        at = text.find(s)
        check(at < 0, f"still in memory: {text[max(0, at - 300):at + 60]!r}")


def main():
    if sys.argv[1:2] == ["--inject"]:
        return inject(sys.argv[2], sys.argv[3:])
    failed = passed = 0
    for case in (recipients_in_records, recipients_in_redis, recipients_in_spool, passwords_in_links, cores, memory):
        if sys.argv[1:] and case.__name__ not in sys.argv[1:]:
            continue
        redis = Server("--rdbcompression", "no", "--save", "")
        with tempfile.TemporaryDirectory(prefix="mxtap-privacy-") as folder:
            try:
                case(folder, redis)
                passed += 1
                print(f"{case.__name__}: ok")
            except AssertionError as e:
                failed += 1
                print(f"{case.__name__}: FAILED: {e}")
            finally:
                redis.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
