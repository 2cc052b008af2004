#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No credential reaches any output: records, log, summary, Redis. Every eight bytes of every AUTH line and password are
looked for, over dialogues of every mechanism, whole, in single bytes, one-sided, and with every segment lost in turn.

usage: secrets_test.py [CASE...]
"""
import base64
import glob
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "differential")]
from capture_file import Captured, write_pcap  # noqa: E402
from redis_server import Server  # noqa: E402
from segment import ACK, FIN, SYN, Segment  # noqa: E402

MXTAP = os.environ.get("MXTAP", os.path.join(TOP, "build", "mxtap"))
MACS = bytes(range(12))
WINDOW = 8          # bytes; a shorter piece of a secret is anybody's word
USER = "wilhelmina.q"
PASSWORDS = ["correct-horse-7", "DATA DATA DATA", "MAIL FROM:<zq@pw.invalid>", "Pass\u7121\u7dda\u4fe1\u53f7", "x\\x1b[31m<&>\"'zz"]


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode())


class Talk:
    """One dialogue: segments of (is_client, bytes), and what of them is secret."""

    def __init__(self, name):
        self.name, self.segments, self.secrets = name, [], set()
        self.s(b"220 mx.example ESMTP").c(b"EHLO c.example").s(b"250-mx.example\r\n250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2")

    def c(self, line, secret=False):
        self.segments.append((True, line + b"\r\n"))
        if secret:
            self.secrets.add(line)
        return self

    def runs_into(self, line, secret):
        """A line whose end was left out, and the one behind it: the server knows of one only."""
        self.segments.append((True, line + secret + b"\r\n"))
        self.secrets.add(secret)
        return self

    def s(self, text):
        self.segments.append((False, text + b"\r\n"))
        return self

    def mail(self, echo):
        """A mail behind it, whose replies repeat the secret."""
        self.echo = echo
        self.c(b"MAIL FROM:<a@c.example>").s(b"250 2.1.0 " + echo).c(b"RCPT TO:<b@mx.example>").s(b"550 5.7.1 " + echo)
        self.c(b"RCPT TO:<d@mx.example>").s(b"250 ok").c(b"DATA").s(b"354 go")
        self.c(b"Subject: hello\r\n\r\ntext\r\n.").s(b"250 2.0.0 queued as " + echo).c(b"QUIT").s(b"221 bye " + echo)
        return self


    def is_seen(self, lost):
        """What is secret is not among what was lost: a sensor cannot know the echo of what it never saw."""
        return not any(secret in self.segments[i][1] for i in lost if i < len(self.segments) for secret in self.secrets)

    def silent(self):
        """The same with a server that repeats nothing."""
        other = Talk(self.name)
        other.secrets = self.secrets
        words = [w for s in self.secrets | {self.echo} for w in (s, *s.split()) if len(w) >= WINDOW]
        other.segments = [(client, data if client else self.blank(data, words)) for client, data in self.segments]
        return other

    @staticmethod
    def blank(data, words):
        for w in words:
            data = data.replace(w, b"it")
        return data


def talks(password):
    raw = password.encode()
    plain = b64(b"\0" + USER.encode() + b"\0" + raw)
    user, word = b64(USER), b64(raw)
    token = b64(b"user=" + USER.encode() + b"\1auth=Bearer " + raw + b"\1\1")
    digest = b64(USER + " " + "b913a602c7eda7a495b4e6e7334d3890")
    yield Talk("PLAIN at once").c(b"AUTH PLAIN " + plain, True).s(b"235 2.7.0 welcome " + plain).mail(raw)
    yield Talk("PLAIN asked for").c(b"AUTH PLAIN").s(b"334 ").c(plain, True).s(b"535 5.7.8 no: " + raw).mail(plain)
    yield Talk("LOGIN").c(b"AUTH LOGIN").s(b"334 VXNlcm5hbWU6").c(user, True).s(b"334 UGFzc3dvcmQ6").c(word, True) \
        .s(b"235 2.7.0 ok").mail(word)
    yield Talk("LOGIN with the user").c(b"AUTH LOGIN " + user, True).s(b"334 UGFzc3dvcmQ6").c(word, True) \
        .s(b"535 5.7.8 " + word).mail(raw)
    yield Talk("CRAM-MD5").c(b"AUTH CRAM-MD5").s(b"334 PDEyMzQ1QG14Pg==").c(digest, True).s(b"235 ok").mail(digest)
    yield Talk("XOAUTH2").c(b"AUTH XOAUTH2 " + token, True).s(b"334 eyJzdGF0dXMiOiI0MDEifQ==").c(b"").s(b"535 no").mail(token)
    yield Talk("cancelled").c(b"AUTH LOGIN").s(b"334 VXNlcm5hbWU6").c(user, True).s(b"334 UGFzc3dvcmQ6").c(b"*") \
        .s(b"501 5.7.0 aborted").c(word, True).s(b"500 5.5.2 unknown: " + word).mail(b"ok")
    yield Talk("refused, sent all the same").c(b"AUTH LOGIN").s(b"504 5.5.4 no").c(user, True).s(b"500 what").c(word, True) \
        .s(b"500 5.5.2 unknown: " + word).mail(word)
    yield Talk("all ahead").c(b"AUTH LOGIN\r\n" + user + b"\r\n" + word, True).s(b"334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 ok") \
        .mail(word)
    yield Talk("a mechanism nobody knows").c(b"AUTH " + word + b" " + plain, True).s(b"504 5.5.4 " + word).mail(plain)
    yield Talk("runs into EHLO").runs_into(b"EHLO c.example", b"AUTH PLAIN " + plain).s(b"501 5.5.4 " + plain).mail(raw)
    yield Talk("runs into MAIL").runs_into(b"MAIL FROM:<a@c.example>", b"AUTH PLAIN " + plain).s(b"555 5.5.4 " + plain).mail(plain)
    yield Talk("runs into RCPT").c(b"MAIL FROM:<a@c.example>").s(b"250 ok") \
        .runs_into(b"RCPT TO:<b@mx.example\r", b"AUTH LOGIN\r" + user + b"\r" + word).s(b"501 5.5.4 " + word).mail(word)


def segment(port, client, seq, ack, payload, flags=ACK, server_port=587):
    x = Segment()
    here, there = (b"\xc0\x00\x02\x0a", port), (b"\xc0\x00\x02\x19", server_port)
    (x.src, x.sport), (x.dst, x.dport) = (here, there) if client else (there, here)
    x.ns = x.ip_id = x.urgent = x.port = 0
    x.macs, x.tags, x.ttl, x.marks, x.window, x.options = MACS, (), 64, None, 65535, b""
    x.seq, x.ack, x.payload, x.flags = seq, ack, payload, flags
    return x


class Wire:
    """Connections one behind the other, each on a port of its own."""

    def __init__(self, server_port=587):
        self.server_port = server_port
        self.frames, self.port, self.ns = [], 10000, 1_700_000_000 * 10**9

    def put(self, x):
        self.ns += 300_000_000
        frame = x.frame()
        self.frames.append(Captured(self.ns, frame, len(frame)))

    def connection(self, talk, lost=(), only=None, size=1460):
        """lost: numbers of segments never seen, though they were acknowledged; only: the side that is seen."""
        self.port += 1
        seq = {True: 1000, False: 5000}
        for client, flags in ((True, SYN), (False, SYN | ACK), (True, ACK)):
            if only in (None, client):
                self.put(segment(self.port, client, seq[client] - bool(flags & SYN), seq[not client] - (flags == ACK and 0), b"",
                                 flags, self.server_port))
        for n, (client, data) in enumerate(talk.segments):
            for at in range(0, len(data), size):
                piece = data[at:at + size]
                if n not in lost and only in (None, client):
                    self.put(segment(self.port, client, seq[client], seq[not client], piece, ACK, self.server_port))
                seq[client] += len(piece)
        for client in (True, False):
            if only in (None, client):
                self.put(segment(self.port, client, seq[client], seq[not client], b"", FIN | ACK, self.server_port))


def pieces(secret):
    return {secret[i:i + WINDOW] for i in range(len(secret) - WINDOW + 1)}


def escaped(raw):
    """A password as JSON, and as the log and Redis write it."""
    text = raw.decode()
    return [raw, text.encode("unicode_escape"), text.replace("\\", "\\\\").replace('"', '\\"').encode()]


class Outputs:
    def __init__(self, capture, redis=None, options=()):
        self.dir = tempfile.TemporaryDirectory(prefix="mxtap-secrets-")
        out = os.path.join(self.dir.name, "j")
        command = [MXTAP, "replay", "--json", out, "--summary", "-v", "-v", "--keep-headers", "--hash", *options]
        if redis:
            command += ["--redis", redis.url, "--redis-recipients", "full"]
        p = subprocess.run(command + [capture], capture_output=True, timeout=300)
        self.status, self.texts = p.returncode, {"standard output": p.stdout, "standard error": p.stderr}
        with open(out, "rb") as f:
            self.texts["records"] = f.read()
        if redis:
            redis.client()("SAVE")
            with open(os.path.join(redis.dir, "dump.rdb"), "rb") as f:
                self.texts["Redis"] = f.read()

    def found(self, secrets):
        wanted = set().union(*map(pieces, secrets))
        for name, text in self.texts.items():
            for i in range(len(text) - WINDOW + 1):
                if text[i:i + WINDOW] in wanted:
                    return f"{name}: ...{text[max(0, i - 60):i + 40]!r}"
        return None


def check(ok, what):
    if not ok:
        raise AssertionError(what)


def every_way(wire, talk):
    n = len(talk.segments)
    wire.connection(talk)
    wire.connection(talk, size=1)
    wire.connection(talk, only=True)
    wire.connection(talk.silent(), only=False)
    for i in range(n):
        for lost in ((i,), (i, i + 1)):
            wire.connection(talk if talk.is_seen(lost) else talk.silent(), lost=lost)


def built_dialogues(redis):
    wire, secrets = Wire(), set()
    for password in PASSWORDS:
        for talk in talks(password):
            every_way(wire, talk)
            secrets |= talk.secrets
            secrets.update(escaped(password.encode()))
    with tempfile.TemporaryDirectory() as where:
        path = os.path.join(where, "auth.pcap")
        write_pcap(path, wire.frames)
        for options in ((), ("--auth-user",)):
            redis.client()("FLUSHALL")
            out = Outputs(path, redis, options)
            check(out.status == 0, f"status {out.status}: {out.texts['standard error'][-300:]}")
            check(out.texts["records"].count(b'"mechanism":"LOGIN"') > 100, "no LOGIN was seen")
            check(out.texts["records"].count(b"hello") > 1000, "the mails were not seen")
            check(len(out.texts["Redis"]) > 10000, "Redis has nothing")
            hit = out.found(secrets)
            check(not hit, hit)
            named = USER.encode() in b"".join(out.texts.values())
            check(named == bool(options), f"the user's name came out with {options}" if named else "--auth-user names nobody")


def recorded_captures(redis):
    secret, user = b"not-a-secret", b"alice"
    secrets = [secret, b64(secret).rstrip(b"="), b64(b"\0" + user + b"\0" + secret).rstrip(b"=")]
    seen = 0
    for path in sorted(glob.glob(os.path.join(TOP, "pcaps", "*.pcap"))):
        with open(path, "rb") as f:
            data = f.read()
        seen += any(s in data for s in secrets)
        redis.client()("FLUSHALL")
        hit = Outputs(path, redis, ("--auth-user",)).found(secrets)
        check(not hit, f"{os.path.basename(path)}: {hit}")
    check(seen >= 2, f"only {seen} captures hold the password: the test sees nothing")


def main():
    failed = passed = 0
    for case in (built_dialogues, recorded_captures):
        if sys.argv[1:] and case.__name__ not in sys.argv[1:]:
            continue
        redis = Server("--rdbcompression", "no", "--save", "")
        try:
            case(redis)
            passed += 1
            print(f"{case.__name__}: ok")
        except AssertionError as e:
            failed += 1
            print(f"{case.__name__}: FAILED: {e}")
        finally:
            redis.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
