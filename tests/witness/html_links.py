#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Python's html.parser as a witness of decoders/link: the URLs in attributes of HTML files nobody wrote for us.

usage: html_links.py [--cli PROGRAM] [--mutations N] [--seed N] [--show N] [FILE|FOLDER...]
Default folders: the HTML documentation of the installed Debian packages. With --mutations each file is also
damaged N times (bytes cut, doubled, changed, quotes and brackets added). html.parser is no browser: where the
two disagree, html5lib (python3-html5lib, an implementation of the WHATWG standard) is asked too, and what it
confirms is counted apart, as other differences with a reason are (see REASONS).
Last line: `N passed, N failed` (files).
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
import urllib.parse

import html_mutate

try:
    import html5lib
except ImportError:
    html5lib = None

URL_ATTRIBUTES = {"href", "src", "action", "formaction", "background", "poster", "cite", "longdesc", "dynsrc",
                  "lowsrc", "xlink:href", "icon", "codebase"}
ONE_ELEMENT = {("object", "data"), ("object", "classid"), ("param", "value"), ("head", "profile"),
               ("html", "manifest")}
LEFT_OUT = {"about", "callto", "cid", "fax", "mailto", "mid", "resource", "sip", "sms", "tel", "urn", "x-msg"}
LIMIT_LINKS = 1024
LIMIT_URL = 4096
BATCH = 200


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.found = []
        self.base = None

    def handle_starttag(self, tag, attrs):
        values = dict(reversed(attrs))
        for name, value in attrs:
            if value is None:
                continue
            if tag == "base" and name == "href" and self.base is None and re.match(r"(?i)[a-z][a-z0-9+.-]*://.", value):
                self.base = value
            if name in URL_ATTRIBUTES or (tag, name) in ONE_ELEMENT:
                self.add(value)
            elif name in ("srcset", "imagesrcset"):
                for candidate in re.findall(r"[^\s,]\S*[^\s,]", re.sub(r"\s[^,]*(,|$)", " ", value + " ")):
                    self.add(candidate)
            elif name in ("ping", "archive"):
                for one in value.replace(",", " ").split():
                    self.add(one)
            elif name == "style":
                for one in re.findall(r"(?i)url\(\s*(?:\"([^\"]*)|'([^']*)|([^)]*))", value):
                    self.add("".join(one))
        if tag == "meta" and (values.get("http-equiv") or "").strip().lower() == "refresh":
            match = re.match(r"(?is)\s*[\d.]*\s*[;,]?\s*(?:url\s*=)?\s*(?:\"([^\"]*)|'([^']*)|(.*))", values.get("content") or "")
            if match:
                self.add("".join(one or "" for one in match.groups()))

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        # Outlook shows what stands in a conditional comment.
        match = re.match(r"(?is)\s*\[if[^>]*>(.*)", data)
        if match:
            inner = Links()
            inner.base = self.base
            inner.feed(match.group(1))
            self.found += inner.found

    def add(self, value):
        url = re.sub(r"[\t\r\n]", "", value.strip("".join(map(chr, range(33)))))
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+-]*):(?=.)", url)
        if not url or url.startswith("#"):
            return
        if not scheme:
            if self.base:
                url = urllib.parse.urljoin(self.base, url)
            elif not re.match(r"//[^/]", url):
                return
        elif scheme.group(1).lower() in LEFT_OUT or len(scheme.group(1)) == 1:
            return
        elif scheme.group(1).lower() == "data":
            url = url.split(",")[0]
        self.found.append(mask(url))


def by_html5lib(raw):
    """What a browser's parser sees; None where html5lib is not installed."""
    if html5lib is None:
        return None
    links = Links()
    tree = html5lib.parse(raw.decode("utf-8", "replace"), treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        if isinstance(element.tag, str):
            attributes = [(name.replace("{http://www.w3.org/1999/xlink}", "xlink:"), value)
                          for name, value in element.attrib.items()]
            links.handle_starttag(element.tag.split("}")[-1], attributes)
        elif element.text:
            links.handle_comment(element.text)
    return {url.encode("utf-8", "surrogateescape") for url in links.found}


def mask(url):
    return re.sub(r"^(//|[A-Za-z][A-Za-z0-9+.-]*:/*)([^/?#:@]*):([^/?#]*)@", r"\1\2:***@", url)


def by_python(raw):
    parser = Links()
    parser.feed(raw.decode("utf-8", "surrogateescape"))
    parser.close()
    return {url.encode("utf-8", "surrogateescape") for url in parser.found}


def by_mxtap(cli, paths):
    out = subprocess.run([cli, "--html", *paths], stdout=subprocess.PIPE, check=True).stdout
    found, current = {}, None
    for line in out.split(b"\n"):
        if line.startswith(b"="):
            current = found.setdefault(os.fsdecode(line[1:]), {})
        elif line:
            tag, url, _ = line.split(b"\t")
            current.setdefault(url, tag.decode())
    return found


REASONS = {
    "text": "extra: a URL in running text, script or style, which html.parser reports as data",
    "bare": "extra: an href that is a bare host name, which mail programs complete",
    "too many": "miss: more than %d distinct links in the file" % LIMIT_LINKS,
    "too long": "miss: longer than %d bytes" % LIMIT_URL,
    "unwrapped": "extra: the target of a redirector",
    "browser": "either: html5lib agrees with mxtap",
}


def extra_reason(url, tag, expected):
    if tag in ("", "bare", "script", "style"):
        return "text"
    if not re.match(rb"[A-Za-z][A-Za-z0-9+.-]*:|//", url):
        return "bare"
    if any(url in urllib.parse.unquote_to_bytes(other) for other in expected):
        return "unwrapped"
    return None


def compare(found, expected, reasons):
    """Misses and extras that no reason explains."""
    misses, extras = [], []
    for url in expected - found.keys():
        if len(found) >= LIMIT_LINKS:
            reasons["too many"] += 1
        elif len(url) > LIMIT_URL:
            reasons["too long"] += 1
        else:
            misses.append(url)
    for url in found.keys() - expected:
        reason = extra_reason(url, found[url], expected)
        if len(url) >= LIMIT_URL - 4:
            reason = "too long"
        if reason:
            reasons[reason] += 1
        else:
            extras.append(url)
    return misses, extras


def ask_browser(raw, misses, extras, reasons):
    seen = by_html5lib(raw)
    if seen is None:
        return misses, extras
    left = [url for url in misses if url in seen], [url for url in extras if url not in seen]
    reasons["browser"] += len(misses) + len(extras) - len(left[0]) - len(left[1])
    return left


def files_under(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        for folder, _, names in sorted(os.walk(path)):
            for name in sorted(names):
                if name.endswith((".html", ".htm", ".xhtml")):
                    yield os.path.join(folder, name)


def run_batch(args, batch, totals, shown):
    found = by_mxtap(args.cli, [path for path, _ in batch])
    for path, raw in batch:
        expected = by_python(raw)
        misses, extras = compare(found.get(path, {}), expected, totals["reasons"])
        if misses or extras:
            misses, extras = ask_browser(raw, misses, extras, totals["reasons"])
        totals["files"] += 1
        totals["urls"] += len(expected)
        totals["misses"] += len(misses)
        totals["extras"] += len(extras)
        totals["failed"] += bool(misses or extras)
        for kind, urls in (("miss", misses), ("extra", extras)):
            for url in urls:
                if len(shown) < args.show:
                    shown.append("%s %s: %s" % (kind, path, url[:200]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cli", default="build/tests/witness/html_links_cli")
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for the damaged files, to look at one")
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("paths", nargs="*", default=["/usr/share/doc", "/usr/share/gtk-doc", "/usr/lib/node_modules"])
    args = parser.parse_args()
    totals = collections.Counter()
    totals["reasons"] = collections.Counter()
    shown, batch, rng = [], [], random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        for path in files_under(args.paths):
            with open(path, "rb") as f:
                raw = f.read()
            if not args.mutations:
                batch.append((path, raw))
            for n in range(args.mutations):
                copy = os.path.join(args.keep or folder, "%d-%d" % (totals["files"], len(batch)))
                damaged = html_mutate.html(raw, rng)
                with open(copy, "wb") as f:
                    f.write(damaged)
                batch.append((copy, damaged))
                if len(batch) >= BATCH:
                    run_batch(args, batch, totals, shown)
                    batch = []
            if len(batch) >= BATCH and not args.mutations:
                run_batch(args, batch, totals, shown)
                batch = []
        if batch:
            run_batch(args, batch, totals, shown)
    for line in shown:
        print(line)
    for name, count in totals["reasons"].items():
        print("%d %s" % (count, REASONS[name]))
    print("%d URLs in attributes, %d missed, %d extra" % (totals["urls"], totals["misses"], totals["extras"]))
    print("%d passed, %d failed" % (totals["files"] - totals["failed"], totals["failed"]))
    return 1 if totals["failed"] else 0


sys.exit(main())
