#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attachments from the wire to the record: name, declared type, what it looks like, size and SHA-256 (--hash), through
every transfer encoding and BDAT, in segments of many sizes, whole and with segments lost. The expected digests are
hashlib's of the files that went in. Run from the top of the tree; MXTAP names another binary."""
import base64
import binascii
import hashlib
import importlib.machinery
import importlib.util
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import zipfile

from tally import check, told

MXTAP = os.path.abspath(os.environ.get("MXTAP", "build/mxtap"))
HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("links_check", os.path.join(HERE, "..", "links", "check"))
wire = importlib.util.module_from_spec(importlib.util.spec_from_loader("links_check", loader))
loader.exec_module(wire)


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
        z.writestr(zipfile.ZipInfo("word/document.xml"), "<w:document/>" * 100)
    return out.getvalue()


# Bytes that look like ends of lines, of data, of parts, and commands.
ODD = (b"\x00\x01\xff\r\n.\r\nQUIT\r\n.\n\r.\r--b\r\n--b--x\r\n\n\r\rBDAT 5 LAST\r\n=3D= \t\r\n..\r\n" + bytes(range(256))) * 20

# (name, declared type, its bytes, what it looks like)
FILES = (
    ("report.pdf", "application/pdf", archive(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("photo.jpg", "image/jpeg", b"MZ\x90\x00\x03\x00\x00\x00" + bytes(56) + ODD, "application/x-dosexec"),
    ("noise.bin", "application/octet-stream", ODD, None),
    ("empty.txt", "text/plain", b"", None),
    ("one", "application/octet-stream", b"\n", None),
    ("page.dat", "application/octet-stream", b"<html>" + ODD, "text/html"),
)


def uuencoded(data):
    lines = [binascii.b2a_uu(data[i:i + 45]) for i in range(0, len(data), 45)]
    return (b"begin 644 x\n" + b"".join(lines) + b"`\nend\n").replace(b"\n", b"\r\n")


def broken_base64(data):
    """Lines of 1 to 97 characters, blocks padded one by one, junk between them."""
    rng, out = random.Random(5), b""
    for i in range(0, len(data), 1000):
        text = base64.b64encode(data[i:i + 1000])
        while text:
            n = rng.randint(1, 97)
            out += text[:n] + rng.choice((b"\r\n", b"\r\n", b" \r\n", b"*\r\n"))
            text = text[n:]
    return out


def quoted_printable(data):
    """Lower-case hexadecimal, and a soft break (blanks behind some) wherever a line is full."""
    words = [chr(c) if chr(c).isalnum() and c < 128 else f"={c:02x}" for c in data]
    lines = ["".join(words[i:i + 25]) + ("=" if i % 2 else "= \t") for i in range(0, len(words), 25)]
    return "\r\n".join(lines).encode()


ENCODINGS = {
    "base64": lambda data: base64.encodebytes(data).replace(b"\n", b"\r\n"),
    "base64 ": broken_base64,
    "quoted-printable": quoted_printable,
    "x-uuencode": uuencoded,
}


def mail(files, encoding, encode):
    out = b"From: a@a.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=b\"\r\n\r\n"
    for name, kind, data, _ in files:
        out += (f"--=b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n"
                f"Content-Disposition: attachment; filename={name}\r\n\r\n").encode() + encode(data) + b"\r\n"
    return out + b"--=b--\r\n"


def by_data(message):
    return list(wire.dialogue(message))


def by_bdat(message, sizes):
    """The message in chunks of the given sizes, the rest in the last one."""
    steps = [s for s in wire.dialogue(b"") if s[1][:4] not in (b"DATA", b"354 ")]
    steps = [s for s in steps if s[1] != b".\r\n"]
    quit_at = next(i for i, s in enumerate(steps) if s[1].startswith(b"QUIT"))
    chunks = []
    for size in sizes:
        chunks.append(message[:size])
        message = message[size:]
    chunks.append(message)
    middle = []
    for i, chunk in enumerate(chunks):
        last = b" LAST" if i == len(chunks) - 1 else b""
        middle += [(True, b"BDAT %d%s\r\n" % (len(chunk), last) + chunk), (False, b"250 Ok\r\n")]
    return steps[:quit_at - 1] + middle + steps[quit_at:]


def replay(steps, size, lost=None):
    """The mail's mxtap object. size 0: random segments; lost: which of the client's segments never comes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mail.pcap")
        capture, rng, number = wire.Capture(path), random.Random(3), 0
        capture.segment(True, b"", 2)
        capture.segment(False, b"", 0x12)
        for client, data in steps:
            while data:
                n = size or rng.randint(1, 300)
                number += client
                if client and number == lost:
                    capture.next[True] += min(n, len(data))
                else:
                    capture.segment(client, data[:n])
                data = data[n:]
        capture.segment(True, b"", 0x11)
        capture.segment(False, b"", 0x11)
        capture.close()
        out = subprocess.run([MXTAP, "replay", "-q", "--hash", "--json", "-", path], stdout=subprocess.PIPE, check=True).stdout
    records = [r for r in map(json.loads, out.decode().splitlines()) if r["event_type"] == "smtp"]
    return records[0]["mxtap"], number


def expected(files, encoding):
    out = []
    for name, kind, data, looks in files:
        part = {"type": kind, "encoding": encoding.strip(), "disposition": "attachment", "filename": name, "size": len(data),
                "sniffed": looks, "sha256": hashlib.sha256(data).hexdigest()}
        out.append({k: v for k, v in part.items() if v is not None})
    return out


def every_encoding():
    for encoding, encode in ENCODINGS.items():
        message = mail(FILES, encoding, encode)
        want = expected(FILES, encoding)
        for size in (1460, 7, 0):
            got, _ = replay(by_data(message), size)
            check(f"{encode.__name__} {encoding}, segments of {size or 'random'} bytes", got.get("parts") == want, got.get("parts"))


def binary_by_bdat():
    message = mail(FILES, "binary", lambda data: data)
    want = expected(FILES, "binary")
    rng = random.Random(1)
    for turn in range(30):
        cuts = sorted(rng.sample(range(len(message)), rng.randint(0, 5)))
        sizes = [b - a for a, b in zip([0] + cuts, cuts)]
        got, _ = replay(by_bdat(message, sizes), (1460, 0)[turn % 2])
        check(f"binary by BDAT in chunks of {sizes} bytes", got.get("parts") == want and "missing" not in got, got.get("parts"))


def lost_segments():
    """One segment after the other is lost: a part that it touched has no digest, the others keep theirs."""
    files = [(n, k, d[:9000], s) for n, k, d, s in FILES]
    message = mail(files, "base64", ENCODINGS["base64"])
    whole = {hashlib.sha256(d).hexdigest(): s for n, k, d, s in files}
    _, segments = replay(by_data(message), 1460)
    header = 5  # EHLO, MAIL, RCPT, DATA, and then the message
    for lost in range(header, segments):
        got, _ = replay(by_data(message), 1460, lost)
        parts = got.get("parts", [])
        digests = [p["sha256"] for p in parts if "sha256" in p]
        check(f"segment {lost} lost: no digest of half a file", all(d in whole for d in digests), parts)
        if lost == header:
            check("the header lost: nothing is known of the parts", not digests, parts)
        else:
            check(f"segment {lost} lost: parts before and behind it keep theirs", len(digests) >= len(files) - 4, parts)
        check(f"segment {lost} lost: it is missing", got.get("missing", 0) > 0, got)
        check(f"segment {lost} lost: no type is guessed",
              all(p.get("sniffed") in (None, whole.get(p.get("sha256"))) for p in parts if "sha256" in p), parts)


def cut_off():
    """The connection closes in mid-attachment: what came before is whole, it is not."""
    message = mail(FILES[:2], "base64", ENCODINGS["base64"])
    steps = by_data(message)
    at = next(i for i, s in enumerate(steps) if s[1].endswith(b"\r\n.\r\n"))
    steps = steps[:at] + [(True, steps[at][1][:-200])]
    got, _ = replay(steps, 1460)
    want = expected(FILES[:2], "base64")
    check("cut off: the first part", got["parts"][0] == want[0], got["parts"])
    check("cut off: no digest of the second", "sha256" not in got["parts"][1] and got["parts"][1]["size"] < want[1]["size"], got["parts"])


def without_hash():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mail.pcap")
        wire.write_capture(path, mail(FILES, "base64", ENCODINGS["base64"]), 1460)
        out = subprocess.run([MXTAP, "replay", "-q", "--json", "-", path], stdout=subprocess.PIPE, check=True).stdout
    record = next(r for r in map(json.loads, out.decode().splitlines()) if r["event_type"] == "smtp")["mxtap"]
    want = [{k: v for k, v in p.items() if k != "sha256"} for p in expected(FILES, "base64")]
    check("without --hash: the same but for the digest", record["parts"] == want, record["parts"])


def main():
    every_encoding()
    binary_by_bdat()
    lost_segments()
    cut_off()
    without_hash()
    return told()


if __name__ == "__main__":
    sys.exit(main())
