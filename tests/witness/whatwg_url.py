#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Node's URL parser (the WHATWG standard, as browsers have it) as a witness of decoders/link/url: scheme, host, port,
address and path of the spellings that people hide URLs in.

usage: whatwg_url.py [--cli PROGRAM] [--number N] [--seed N] [--show N]
Each URL is put together from pieces a phisher might write, with and without a base, and damaged; mxtap reads it as an
attribute of HTML. Differences that are wanted are counted by their reason (REASONS); any other fails.
Last line: `N passed, N failed` (URLs).
"""
import argparse
import collections
import ipaddress
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
NO_BASE = "wss://none.invalid/none"
DEFAULT_PORT = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}

SCHEMES = ["http:", "https:", "HTTP:", "hTTps:", "ht\ntp:", "h\tttps:", "\x01http:", "ftp:", "ws:", "  https:", ""]
SLASHES = ["//", "//", "//", "//", "/", "", "///", "////", "\\\\", "\\", "/\\", "\\/", "/\t/", "//\n"]
USERS = [""] * 12 + ["me@", "www.bank.com@", "me:pw@", "@", "a@b@", "bank.com:80@", "%40@", "me:p%40w@", "\u00e9@", ":@"]
HOSTS = [
    "a.com", "A.Com", "www.example.co.jp", "evil.example", "a-b.com", "a_b.com", "-a.com", "a..com", ".a.com", "a.com.", "a.com..",
    "localhost", "xn--wgv71a119e.jp", "\u65e5\u672c\u8a9e.jp", "b\u00fccher.de", "B\u00dcCHER.de", "fa\u00df.de", "%65vil.com", "ev%69l%2Ecom",
    "evil\u3002com", "evil\uff0ecom", "evil\uff61com", "\uff45\uff56\uff49\uff4c.com", "ev\u00adil.com", "ev\u200bil.com", "ev\u200dil.com",
    "ev\u2060il.com", "\ufeffevil.com", "evil.com\u00ad", "\u24d4vil.com", "\U0001d41evil.com", "\u212aelvin.com", "ex\u00aample.com", "\u2488com",
    "\u00c5.com", "\u01c4.com", "\u2460.com", "evil\u2024com", "a%00b.com", "a%20b.com", "a b.com", "a<b.com", "a%2fb.com", "a^b.com", "a|b.com",
    "a%.com", "a%zz.com", "a'b.com", "a\"b.com", "a!b.com", "a$b.com", "a&b.com", "a(b).com", "a*b.com", "a+b.com", "a,b.com", "a;b.com",
    "a=b.com", "a`b.com", "a{b}.com", "a~b.com", "",
    "192.0.2.1", "192.0.2.1.", "192.0.513", "192.513", "3221225985", "0xC0000201", "0xc0.0.2.1", "0300.0.02.01", "0xC0.0x0.0x2.0x1",
    "192.0.2.256", "256.1.1.1", "1.2.3.4.5", "4294967295", "4294967296", "0x", "0x.0x.0", "1.0x", "08.1.1.1", "0xg.1.1.1", "1.2.3", "1.2.3.", "1..2",
    "a.1", "a.0x1", "a.0x", "1.2.3.a", "1.2.3.08", "%31%39%32.0.2.1", "\uff11\uff19\uff12.0.2.1", "192\u30020\u30022\u30021", "00000000300.0.2.1",
    "0000192.0.2.1", "127.1", "0", "0.0", "00", "0x7f.1", "017700000001", "1%2e1", "192.0.2.1%00", "999999999999999999999", "0xfffffffff",
    "[::1]", "[2001:DB8::1]", "[2001:db8:0:0:0:0:0:1]", "[::ffff:192.0.2.1]", "[::192.0.2.1]", "[::ffff:c000:201]", "[1:2:3:4:5:6:7:8]",
    "[1:2:3:4:5:6:7::]", "[::1", "::1", "[g::1]", "[1::2::3]", "[::1.2.3]", "[::01.2.3.4]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[1:2:3:4:5:6:1.2.3.4]",
    "[00001::1]", "[::1]x", "[v1.a]", "[]",
]
PORTS = [""] * 60 + [":80", ":443", ":8080", ":", ":0", ":00080", ":65535", ":65536", ":99999", ":8a", ": 80", ":8\t0", ":+80", ":-1", ":80:80"]
PATHS = ["", "/", "/x", "/x/../y", "/./x", "/x/%2e%2e/y", "/%2E/x", "\\x\\y", "/x\\..\\y", "?x=1", "#f", "?x=1#f", "/x?y=../z", "/@b.com", "?@b.com", "#@b.com",
         "/x y", "/\u65e5\u672c", "/x\ty\n", "/%41", "/..", "/x/..", "/x//..//y", "/a/b/c/../../d", "//x", "/http://b.com", "/x;y", "/x:y", "?\\", "/%", "/x#?",
         "/..//x", "/\t../x", "/x/.\n./y"]
BASES = ["http://b.example/d/e?q#f", "https://b.example", "http://me@b.example:81/d/", "ftp://b.example/x/y", "http://b.example/d/e/../f"]
RELATIVE = ["x", "./x", "../x", "../../../x", "/x", "//c.com/x", "\\\\c.com\\x", "/\\c.com", "\\x", "?q", "#f", "", ".", "..", "x/../y", "x:y", "./x:y", "x?y:z",
            "//", "///c.com/x", "http:x", "http:/x", "https:x", "https:/x", "http:?q", "http:#f", "http:", "HTTP:../x", "ftp:x", "/..", "/../x", "%2e%2e/x", ".%2e/x",
            "x/%2E/y", "x\\..\\y", " x ", "\tx\n", "/x/\t/y", "c.com", "www.c.com/x", "x y", "//c.com:82/x", "//me@c.com", "//c.com\\x", "?x=http://c.com/", "x//y", "..//x"]
EDITS = "/\\:@?#[].%\t\n \x02\u00ad\u200b\uff0e\u3002a0x-_;,&="

REASONS = {
    "no parse": "the browser's parser gives up: mxtap reports it as it stands, without a host",
    "port": "the browser's parser gives up for the port; mxtap names the host all the same",
    "number": "the browser's parser gives up: the name ends in a number and is no address; mxtap names it as written",
    "brackets": "the browser's parser gives up: a name in brackets, as people write what is to be put in",
    "IDNA": "the browser's parser gives up: letters that no name has, or joiners; mxtap names the host, joiners dropped",
    "not followed": "mxtap leaves out what leads nowhere: an empty reference, a fragment, a drive letter, a lone scheme",
    "relative": "a relative reference without a base, or another scheme",
    "bare": "a host name without a scheme or a base, which mail programs complete",
    "node": "Node leaves the dots of one segment where another begins with a dot, which the standard does not",
    "empty host": "http://?x and the like",
    "dots": "a dot in brackets is a dot to mxtap: so people write what is not to be followed",
}


def spelled(rng):
    """A URL from pieces: most have one trick or two."""
    return "".join(rng.choice(piece) for piece in (SCHEMES[:-1], SLASHES, USERS, HOSTS, PORTS, PATHS))


def damaged(text, rng):
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(EDITS) + text[at + rng.randrange(2):]
    return text


def spelled_otherwise():
    """Characters that UTS 46 makes ASCII of, most likely: circled, mathematical, full-width letters ..."""
    for c in map(chr, [*range(0x80, 0xd800), *range(0xe000, 0x20000)]):
        if unicodedata.normalize("NFKC", c).lower().isascii() or unicodedata.category(c) in ("Cf", "Mn"):
            yield c


def cases(number, rng):
    """(base or None, reference): each piece with the plain others first, then at random."""
    for c in spelled_otherwise():
        yield None, "http://a" + c + "b.com/"
    for scheme in SCHEMES:
        for slashes in SLASHES:
            yield None, scheme + slashes + "a.com/x"
    for host in HOSTS:
        for user in ("", "me:pw@"):
            for port in ("", ":81"):
                yield None, "http://" + user + host + port + "/x"
    for piece in PORTS:
        yield None, "https://a.com" + piece + "/x"
    for piece in PATHS:
        yield None, "https://a.com" + piece
        yield "http://b.example/d/e", piece
    for base in BASES:
        for reference in RELATIVE:
            yield base, reference
    for n in range(number):
        if n % 4:
            yield None, damaged(spelled(rng), rng)
        else:
            yield rng.choice(BASES), damaged(rng.choice((rng.choice(RELATIVE), rng.choice(SLASHES) + rng.choice(HOSTS) + rng.choice(PATHS))), rng)


def hexed(text):
    return text.encode("utf-8").hex() if text else "-"


def plain(word):
    return "" if word == "-" else bytes.fromhex(word).decode("utf-8", "replace")


def by_mxtap(cli, urls):
    with tempfile.NamedTemporaryFile("w") as f:
        f.writelines("%s %s\n" % (hexed(base), hexed(reference).replace("-", "")) for base, reference in urls)
        f.flush()
        out = subprocess.run([cli, "--url", f.name], stdout=subprocess.PIPE, check=True).stdout.decode()
    return [line.split(" ") if line else None for line in out.split("\n")[:-1]]


def by_node(node, urls, ours):
    lines = ("%s %s %s %s" % (hexed(base or NO_BASE), hexed(reference), mine[1] if mine else "-", mine[4] if mine else "-")
             for (base, reference), mine in zip(urls, ours))
    out = subprocess.run([node, os.path.join(HERE, "whatwg_url.js")], input="\n".join(lines).encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in out.stdout.decode().split("\n")[:-1]]


def given_up(host, theirs, reference):
    """Why mxtap names a host where the browser's parser gives up."""
    if not host:
        return "no parse"
    if not host.isascii() or "xn--" in host or re.search("[\u200c\u200d]|%E2%80%8[CcDd]", reference):
        return "IDNA"
    if re.search(r"(^|\.)([0-9]+|0[xX][0-9a-fA-F]*)\.?$", host):
        return "number"
    if re.search(r"\[[^:\]]*\]", reference):
        return "brackets"
    return "port" if theirs["ourHost"] and ":" in reference else ["a host, %s" % host]


def verdict(base, reference, mine, theirs):
    """None where both agree, a reason, or a list of what differs."""
    if not base and theirs["host"] == "none.invalid":
        return "relative" if mine is None or not plain(mine[1]) else "bare"
    if mine is None:
        if theirs["host"] is None or theirs["scheme"] not in DEFAULT_PORT:
            return "relative"
        stripped = re.sub("[\t\r\n]", "", reference).strip("".join(map(chr, range(33))))
        if re.match(r"(#|[A-Za-z]:|$)", stripped) or re.match(r"(?i)[a-z]+:(#|$)", stripped) or not theirs["host"]:
            return "not followed"
        return ["not found"]
    scheme, host, port, address = plain(mine[0]), plain(mine[1]), int(mine[2]), mine[3]
    if theirs["scheme"] is None:
        return given_up(host, theirs, reference)
    if theirs["scheme"] not in DEFAULT_PORT:
        return "relative"
    if not (theirs["host"] or "").strip(".") and not host:
        return "empty host"
    wrong = []
    if scheme != theirs["scheme"] and (scheme or theirs["scheme"] != "wss"):
        wrong.append("scheme %s" % scheme)
    theirs_host = theirs["host"].strip("[]")
    is_address = re.fullmatch(r"([0-9]+\.){3}[0-9]+", theirs_host) or ":" in theirs_host
    # What is ASCII to a browser must be ASCII to mxtap, or a host on a watch list could be spelled past it.
    as_written = theirs["ourHost"] or host
    if "xn--" not in theirs_host and not is_address:
        as_written = host
    if as_written.strip("[]").rstrip(".") != theirs_host.rstrip("."):
        if as_written == re.sub(r"\{\.\}|\(\.\)|\[\.\]", ".", theirs_host):
            return "dots"
        wrong.append("host %s" % host)
    if is_address:
        if address == "-" or ipaddress.ip_address(address) != ipaddress.ip_address(theirs_host):
            wrong.append("address %s" % address)
    elif address != "-":
        wrong.append("address %s" % address)
    default = DEFAULT_PORT[theirs["scheme"]]
    if (port or default) != int(theirs["port"] or default) and theirs["port"] != "0":
        wrong.append("port %d" % port)
    if theirs["ourPath"] != theirs["path"]:
        if re.search(r"/\.\.?(/|$)", theirs["path"].split("?")[0]) and not wrong:
            return "node"
        wrong.append("path %s, not %s" % (theirs["ourPath"], theirs["path"]))
    return wrong or None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cli", default="build/tests/witness/html_links_cli")
    parser.add_argument("--node", default="node")
    parser.add_argument("--number", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    args = parser.parse_args()
    urls = list(cases(args.number, random.Random(args.seed)))
    ours = by_mxtap(args.cli, urls)
    theirs = by_node(args.node, urls, ours)
    if not len(urls) == len(ours) == len(theirs):
        sys.exit("%d URLs, %d answers of mxtap, %d of node" % (len(urls), len(ours), len(theirs)))
    reasons, failed = collections.Counter(), 0
    for (base, reference), mine, node in zip(urls, ours, theirs):
        what = verdict(base, reference, mine, node)
        if isinstance(what, list):
            failed += 1
            if failed <= args.show:
                print("%r %s: %s; node: %s" % (reference, base or "", ", ".join(what), json.dumps(node, ensure_ascii=False)))
        elif what:
            reasons[what] += 1
    for reason, count in reasons.items():
        print("%d %s" % (count, REASONS[reason]))
    print("%d URLs, %d the same, %d differ as they should" % (len(urls), len(urls) - failed - sum(reasons.values()), sum(reasons.values())))
    print("%d passed, %d failed" % (len(urls) - failed, failed))
    return 1 if failed else 0


sys.exit(main())
