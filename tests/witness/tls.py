#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tshark and openssl as witnesses of TLS: mxtap.tls of every capture, and of hellos made at random.

usage: tls.py [--mxtap PROGRAM] [--number N] [CAPTURE...]
tshark 4.0 tells JA3 and JA3S itself; JA4 is made here, by FoxIO's words, from the lists that tshark shows. Names and dates
of a certificate are what `openssl x509` prints of it. Last line: `N passed, N failed`.
"""
import argparse
import collections
import datetime
import glob
import hashlib
import ipaddress
import os
import random
import struct
import subprocess
import sys
import tempfile

import captures

sys.path.insert(0, os.path.join(captures.TOP, "tests", "packets"))
import frames  # noqa: E402

FIELDS = ["tls.handshake." + name for name in (
    "type", "ja3", "ja3s", "extensions_server_name", "extensions_alpn_str", "ciphersuite", "extension.type", "version",
    "extensions.supported_version", "sig_hash_alg", "certificate", "random")]
ENDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport")
VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3"}
NAMES = {0x0304: "TLS 1.3", 0x0303: "TLS 1.2", 0x0302: "TLS 1.1", 0x0301: "TLS 1.0", 0x0300: "SSL 3.0"}
RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"


def is_grease(n):
    return n & 0x0F0F == 0x0A0A and n >> 8 == n & 255


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12


def numbers(frame, name):
    return [n for n in (int(x, 0) for x in frame.get("tls.handshake." + name, [])) if not is_grease(n)]


def ja4(frame):
    def listed(values):
        return ",".join(f"{v:04x}" for v in values)
    ciphers, extensions = numbers(frame, "ciphersuite"), numbers(frame, "extension.type")
    versions = numbers(frame, "extensions.supported_version") or numbers(frame, "version")
    alpn = (frame.get("tls.handshake.extensions_alpn_str") or [""])[0]
    rest = sorted(e for e in extensions if e not in (0, 16))
    signatures = numbers(frame, "sig_hash_alg")
    return (f"t{VERSIONS.get(max(versions), '00')}{'d' if 0 in extensions else 'i'}{min(len(ciphers), 99):02}"
            f"{min(len(extensions), 99):02}{alpn[0] + alpn[-1] if alpn else '00'}_{digest(listed(sorted(ciphers)))}_"
            + (digest(listed(rest) + ("_" + listed(signatures) if signatures else "")) if rest else "0" * 12))


def certificate(der):
    """subject, issuer, not_after by openssl."""
    out = subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-subject", "-issuer", "-enddate", "-nameopt",
                          "oneline,-space_eq,-esc_msb,utf8"], input=der, stdout=subprocess.PIPE, check=True).stdout.decode()
    told = dict(line.split("=", 1) for line in out.splitlines())
    end = datetime.datetime.strptime(told["notAfter"], "%b %d %H:%M:%S %Y GMT")
    return {"subject": told["subject"], "issuer": told["issuer"], "not_after": end.strftime("%Y-%m-%dT%H:%M:%SZ")}


def of_client(frame):
    found = {"ja3": frame["tls.handshake.ja3"][0], "ja4": ja4(frame)}
    if frame.get("tls.handshake.extensions_server_name"):
        found["sni"] = frame["tls.handshake.extensions_server_name"][0]
    if frame.get("tls.handshake.extensions_alpn_str"):
        found["alpn"] = ",".join(frame["tls.handshake.extensions_alpn_str"])
    return found


def of_server(frame):
    version = (numbers(frame, "extensions.supported_version") or numbers(frame, "version"))[0]
    found = {"version": NAMES[version], "cipher": f"{numbers(frame, 'ciphersuite')[0]:04x}",
             "ja3s": frame["tls.handshake.ja3s"][0]}
    if frame.get("tls.handshake.certificate"):
        found.update(certificate(bytes.fromhex(frame["tls.handshake.certificate"][0].replace(":", ""))))
    return found


def from_tshark(path):
    """{(client, its port, server, its port): mxtap.tls without `how`}; the first hello, the last answer."""
    found = collections.defaultdict(dict)
    shown = "tls.handshake.type == 1 || tls.handshake.type == 2 || tls.handshake.type == 11"
    for frame in captures.frames(path, list(ENDS) + FIELDS, shown):
        src, dst = (frame.get("ipv6." + e, frame.get("ip." + e, [""]))[-1] for e in ("src", "dst"))
        a, b = (src, int(frame["tcp.srcport"][-1])), (dst, int(frame["tcp.dstport"][-1]))
        types = [int(t) for t in frame["tls.handshake.type"]]
        if 1 in types:
            for key, value in of_client(frame).items() if not found[a + b] else ():
                found[a + b][key] = value
        elif 2 in types and frame["tls.handshake.random"][0].replace(":", "") != RETRY:
            found[b + a].update(of_server(frame))
        elif 11 in types:
            found[b + a].update(certificate(bytes.fromhex(frame["tls.handshake.certificate"][0].replace(":", ""))))
    return {key: value for key, value in found.items() if value}


def from_mxtap(mxtap, path):
    found = {}
    for key, one in captures.records(mxtap, path).items():
        tls = dict(one["session"][0]["mxtap"].get("tls", {})) if one["session"] else {}
        tls.pop("how", None)
        if tls:
            found[key] = tls
    return found


# --- hellos made at random ---

def vector(n, data):
    return struct.pack("!I", len(data))[-n:] + data


def extension(r, number):
    listed = b"".join(struct.pack("!H", r.choice((0x0403, 0x0804, 29, 23, 24, 0x5A5A, 4588))) for _ in range(r.randrange(1, 6)))
    content = {
        0: lambda: vector(2, b"\0" + vector(2, r.choice((b"mx.example.jp", b"a", b"mail.sub.example.net")))),
        10: lambda: vector(2, listed), 13: lambda: vector(2, listed),
        11: lambda: vector(1, bytes(r.sample((0, 1, 2), r.randrange(1, 4)))),
        16: lambda: vector(2, b"".join(vector(1, p) for p in r.sample((b"h2", b"smtp", b"http/1.1", b"x"), r.randrange(1, 4)))),
        43: lambda: vector(1, b"".join(struct.pack("!H", v) for v in r.sample((0x0304, 0x0303, 0x0302, 0x2A2A), r.randrange(1, 5)) + [0x0303])),
    }.get(number, lambda: bytes(r.choice((0, 0, 1, 7))) if number > 60000 or number in (23, 0x1A1A, 0x9A9A) else b"")
    return struct.pack("!H", number) + vector(2, content())


def random_hello(r):
    ciphers = [r.choice((0x1301, 0x1302, 0xC02F, 0xC030, 0x2F, 0x35, 0xFF, 0x3A3A, 0xCCA8)) for _ in range(r.choice((1, 5, 30, 120)))]
    numbers_ = r.sample((0, 10, 11, 13, 16, 43, 23, 22, 0x1A1A, 0x9A9A, 65037, 17513, 49), r.randrange(14))
    body = struct.pack("!H", r.choice((0x0303, 0x0303, 0x0302, 0x0301))) + bytes(r.randrange(256) for _ in range(32))
    body += vector(1, bytes(r.choice((0, 32)))) + vector(2, b"".join(struct.pack("!H", c) for c in ciphers)) + b"\1\0"
    if numbers_ or r.random() < 0.5:
        body += vector(2, b"".join(extension(r, n) for n in numbers_))
    return record(r, b"\1" + vector(3, body))


def random_answer(r):
    body = struct.pack("!H", r.choice((0x0303, 0x0301))) + bytes(r.randrange(256) for _ in range(32)) + vector(1, b"")
    extensions = [0xFF01, 23, 35, 11, 65281][:r.randrange(5)]
    body += struct.pack("!H", r.choice((0x2F, 0xC02F))) + b"\0" + vector(2, b"".join(
        struct.pack("!H", n) + vector(2, {0xFF01: b"\0", 65281: b"\0", 11: b"\1\0"}.get(n, b"")) for n in extensions))
    return record(r, b"\2" + vector(3, body))


def record(r, message):
    """In one record, or cut into several."""
    cut = r.randrange(1, len(message)) if r.random() < 0.3 else len(message)
    return b"".join(b"\x16\3\1" + vector(2, part) for part in (message[:cut], message[cut:]) if part)


def made(path, number):
    r, now = random.Random(11), 1700000000.0
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        for i in range(number):
            ends = [ipaddress.ip_address("192.0.2.10"), ipaddress.ip_address("198.51.100.25")]
            ports, hello, answer = (1024 + i, 465), random_hello(r), random_answer(r)
            for side, seq, ack, flags, data in ((0, 0, 0, 2, b""), (1, 0, 1, 18, b""), (0, 1, 1, 24, hello),
                                                (1, 1, 1 + len(hello), 24, answer)):
                src, dst = ends[side], ends[1 - side]
                segment = frames.tcp_segment(src, dst, ports[::-1] if side else ports, seq, ack, flags, 65535, 0, b"", data, False)
                packet = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), i, 0x4000, 64, 6, 0) + src.packed + dst.packed
                packet = packet[:10] + struct.pack("!H", ~frames.ones_sum(packet) & 0xFFFF) + packet[12:] + segment
                now += 0.001
                f.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(packet), len(packet)) + packet)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mxtap", default=os.path.join(captures.TOP, "build", "mxtap"))
    parser.add_argument("--number", type=int, default=400)
    parser.add_argument("captures", nargs="*")
    args = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "made.pcap")
        made(path, args.number)
        for one in args.captures or sorted(glob.glob(os.path.join(captures.TOP, "pcaps", "*tls*.pcap"))) + [path]:
            witness, mxtap = from_tshark(one), from_mxtap(args.mxtap, one)
            for key in sorted(set(witness) | set(mxtap), key=str):
                if witness.get(key) == mxtap.get(key):
                    passed += 1
                    continue
                failed += 1
                if failed <= 10:
                    print(f"{os.path.basename(one)}: {key}:\n    witness {witness.get(key)}\n    mxtap   {mxtap.get(key)}")
    if not args.captures and passed + failed < args.number:
        failed += 1
        print("fewer connections than were made")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
