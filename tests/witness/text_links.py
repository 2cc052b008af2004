#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second reading of the rules for URLs in running text, on texts nobody wrote for us.

usage: text_links.py [--cli PROGRAM] [--mutations N] [--seed N] [--show N] [--limit N] [FOLDER...]
Without folders: the texts of corpus.py and what its HTML documents show, then the documentation of the installed Debian
packages; a line of the report for each. Only URLs with a scheme are compared; bare host names are counted. The witness
knows no pieces and no buffers, takes the classes of characters from Python's unicodedata, and finds schemes with a
regular expression. What a text holds other than ASCII may end a URL earlier with mxtap (a sentence in a script without
spaces runs into it): counted apart. Last line: `N passed, N failed` (texts).
"""
import argparse
import collections
import html.parser
import os
import random
import re
import subprocess
import sys
import tempfile
import unicodedata

import corpus
import html_mutate

SCHEME = re.compile(r"(?i)(?:https?|ftps?|sftp|file|wss|hxxps?|fxp|htxps?|hxtps?)(?::|\[:\])//(?=[A-Za-z0-9[%_-]|[^\x00-\x7f])")
STOPS = set('<>"`{}|\\^\x7f') | {chr(c) for c in range(33)}
LIMIT_LINKS, LIMIT_URL, BATCH = 1024, 4096, 200
MUTATED = 40_000  # bytes of a text that is damaged
CLOSING = {")": "(", "]": "["}


def is_stop(c):
    if ord(c) < 128:
        return c in STOPS
    return unicodedata.category(c)[0] in "PSZC" or c == "\ufffd"


def end_of(text, start, at):
    """End of the URL that begins at start and whose authority begins at at, and where its bytes end: behind the dots of a sentence."""
    before = text[start - 1] if start else ""
    depth, soft, host, authority = collections.Counter(), None, True, at
    while at < len(text) and not is_stop(text[at]):
        c = text[at]
        if c in "([" and host and at != authority and text[at - 1] != "@" and \
                not re.match(r"(?i)\[\.\]|\(\.\)|\[dot\]|\(dot\)", text[at:]):
            break
        if c in "([":
            depth[c] += 1
        elif c in CLOSING:
            if not depth[CLOSING[c]]:
                break
            depth[CLOSING[c]] -= 1
        elif c == "'" and before == "'" or c in ",;" and text[at + 1:at + 5].lower() == "http":
            break
        elif host and c in "/?#":
            host = False
            if soft is not None:
                break
        if host and c == "@":
            soft = None
        elif host and soft is None and c in "!$&'*+,;=" and ord(c) < 128:
            soft = at
        at += 1
    if soft is not None:
        at = soft
    bytes_end = at
    while at > authority and (text[at - 1] in ".,;:!?'([" or text[at - 1] in "*_" and text[at - 1] == before):
        at -= 1
    return at, bytes_end


def by_rules(text):
    found, at = set(), 0
    while True:
        match = SCHEME.search(text, at)
        if not match:
            return found
        end, bytes_end = end_of(text, match.start(), match.end())
        at = max(end, match.start() + 1)
        if end <= match.end():
            continue
        url = text[match.start():end]
        rest = re.match(r"[\r\n][ \t\r\n]{0,14}([^\x00-\x20<>\"`{}|\\^\x7f]+)>", text[bytes_end:bytes_end + LIMIT_URL])
        if rest and re.search(r"(?i)<(url:)?$", text[max(0, match.start() - 5):match.start()]):
            url, at = text[match.start():bytes_end] + rest.group(1), bytes_end + rest.end() - 1
        found.add(mask(url))


def mask(url):
    return re.sub(r"^([A-Za-z*]+(?::|\[:\])/*)([^/?#:]*):([^/?#]*)@", r"\1\2:***@", url)


def by_mxtap(cli, paths):
    out = subprocess.run([cli, "--text", *paths], stdout=subprocess.PIPE, check=True).stdout
    found, current = {}, None
    for line in out.split(b"\n"):
        if line.startswith(b"="):
            current = found.setdefault(os.fsdecode(line[1:]), {})
        elif line:
            tag, url, _ = line.split(b"\t")
            current[url.decode("utf-8", "replace")] = tag.decode()
    return found


def explained(url, found, expected):
    """Why a difference is none."""
    if not url.isascii():
        return "scripts"
    if len(url) >= LIMIT_URL - 8:
        return "too long"
    if len(found) >= LIMIT_LINKS:
        return "too many"
    if any(not other.isascii() and other.startswith(url) for other in expected):
        return "scripts"
    if any(url in other for other in found.keys() - expected if not SCHEME.match(other)):
        return "inside"
    if any(url in other for other in expected if other != url) and url not in expected:
        return "unwrapped"
    return None


REASONS = {
    "scripts": "either: other than ASCII in or behind the URL",
    "too long": "either: longer than %d bytes" % LIMIT_URL,
    "too many": "miss: more than %d distinct links in the file" % LIMIT_LINKS,
    "unwrapped": "extra: the target of a redirector",
    "inside": "miss: part of a bare host's path",
    "bare": "bare host names, not compared",
}


def check(path, text, found, args, totals, shown):
    expected = by_rules(text)
    full = {url for url in found if SCHEME.match(url)}
    totals["reasons"]["bare"] += len(found) - len(full)
    differences = [("miss", url) for url in expected - full] + [("extra", url) for url in full - expected]
    wrong = 0
    for kind, url in differences:
        reason = explained(url, found, expected)
        if reason:
            totals["reasons"][reason] += 1
            continue
        wrong += 1
        totals[kind] += 1
        if len(shown) < args.show:
            shown.append("%s %s: %s" % (kind, path, url[:200]))
    totals["files"] += 1
    totals["urls"] += len(expected)
    totals["failed"] += bool(wrong)


class Shown(html.parser.HTMLParser):
    """What a page shows, roughly: its data, a line end for each tag."""

    def __init__(self):
        super().__init__()
        self.pieces = []

    def handle_starttag(self, tag, attrs):
        self.pieces.append("\n")

    def handle_endtag(self, tag):
        self.pieces.append("\n")

    def handle_data(self, data):
        if self.cdata_elem is None:
            self.pieces.append(data)


def shown(path):
    page = Shown()
    page.feed(corpus.read(path, 400_000).decode("utf-8", "replace"))
    return "".join(page.pieces).encode()


def corpus_texts(folder):
    for path in corpus.files(folder, (".txt", ".txt.gz", ".html", ".htm", ".html.gz")):
        yield path, shown(path) if ".htm" in path else corpus.read(path, 400_000)


def texts_under(paths, limit):
    names = re.compile(r"(?i)(readme|news|changelog|changes|copyright|todo|faq|authors|\.txt|\.md|\.eml|\.mbox)[^/]*$")
    for path in paths:
        for folder, _, files in sorted(os.walk(path)):
            for name in sorted(files):
                full = os.path.join(folder, name)
                if names.search(name) and os.path.isfile(full) and limit > 0:
                    limit -= 1
                    try:
                        yield full, corpus.read(full, 400_000)
                    except OSError:
                        continue


def run_set(args, texts, folder, totals, found_wrong):
    rng, batch = random.Random(args.seed), []

    def flush():
        found = by_mxtap(args.cli, [copy for copy, _, _ in batch])
        for copy, path, text in batch:
            check(copy if args.keep else path, text, found.get(copy, {}), args, totals, found_wrong)
            if not args.keep:
                os.remove(copy)
        batch.clear()

    for path, raw in texts:
        for _ in range(max(args.mutations, 1)):
            copy = os.path.join(folder, "%d-%d" % (totals["files"], len(batch)))
            damaged = html_mutate.text(raw[:MUTATED], rng) if args.mutations else raw
            # What reaches the scanner is always UTF-8.
            text = damaged.decode("utf-8", "replace")
            with open(copy, "wb") as f:
                f.write(text.encode())
            batch.append((copy, path, text))
        if len(batch) >= BATCH:
            flush()
    flush()


def report(name, totals):
    urls, misses = totals["urls"], totals["miss"]
    print("%-28s %6d texts %7d URLs %8.3f %% found %4d missed %4d extra" % (
        name, totals["files"], urls, 100 * (urls - misses) / max(urls, 1), misses, totals["extra"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cli", default="build/tests/witness/html_links_cli")
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--keep", help="folder for the texts as they were read, to look at one")
    parser.add_argument("paths", nargs="*")
    args = parser.parse_args()
    sets = [(path, texts_under([path], args.limit)) for path in args.paths]
    if not sets:
        sets = [(name, corpus_texts(folder)) for name, _, folder in corpus.sets()]
        sets.append(("installed packages", texts_under(["/usr/share/doc"], args.limit)))
    everything, found_wrong = collections.Counter(), []
    everything["reasons"] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in sets:
            totals = collections.Counter()
            totals["reasons"] = everything["reasons"]
            run_set(args, texts, args.keep or folder, totals, found_wrong)
            report(name, totals)
            for key in ("files", "urls", "miss", "extra", "failed"):
                everything[key] += totals[key]
    report("all", everything)
    for line in found_wrong:
        print(line)
    for name, count in everything["reasons"].items():
        print("%d %s" % (count, REASONS[name]))
    print("%d passed, %d failed" % (everything["files"] - everything["failed"], everything["failed"]))
    return 1 if everything["failed"] or not args.paths and everything["files"] < 500 else 0


sys.exit(main())
