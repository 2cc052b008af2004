#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Python's html.parser as a witness of decoders/link: the URLs in attributes of HTML files nobody wrote for us.

usage: html_links.py [--cli PROGRAM] [--mutations N] [--mails N] [--seed N] [--show N] [FILE|FOLDER...]
Without paths: the documents of corpus.py, a line of the report for each package. --mutations: N damaged copies of
each instead (html_mutate.py: attributes as a phisher spells them, bytes cut, doubled, changed). --mails: N mails around
each instead, in a charset and a transfer encoding with lines cut anywhere. What stands between <a> and </a> is compared
with the visible text that mxtap keeps. html.parser is no browser: where the two disagree, html5lib (python3-html5lib, an
implementation of the WHATWG standard) is asked too, and what it confirms is counted apart, as other differences with a
reason are (see REASONS). Last line: `N passed, N failed` (documents).
"""
import argparse
import collections
import html
import html.entities
import html.parser
import os
import random
import re
import subprocess
import sys
import tempfile
import urllib.parse

import corpus
import html_mutate

try:
    import html5lib
except ImportError:
    html5lib = None

URL_ATTRIBUTES = {"href", "src", "action", "formaction", "background", "poster", "cite", "longdesc", "dynsrc",
                  "lowsrc", "xlink:href", "icon", "codebase"}
ONE_ELEMENT = {("object", "data"), ("object", "classid"), ("head", "profile"),
               ("html", "manifest")}
LEFT_OUT = {"about", "callto", "cid", "fax", "mailto", "mid", "resource", "sip", "sms", "tel", "urn", "x-msg"}
LIMIT_LINKS = 1024
LIMIT_URL = 4096
BATCH = 200
MUTATED = 40_000  # bytes of a document that is damaged: html5lib reads 100 KB a second
ENDINGS = (".html", ".htm", ".xhtml", ".html.gz")


REFERENCE = re.compile(r"&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*)[;=]?")


def unescape_attribute(value):
    """As later versions of html.parser do it (WHATWG HTML 13.2.5.73): "?a=1&copy=2" holds no copyright sign."""
    def one(match):
        whole = match.group(0)
        named = not whole.startswith("&#")
        return whole if named and (whole.endswith("=") or whole[1:] not in html.entities.html5) else html.unescape(whole)
    return REFERENCE.sub(one, value)


html.parser.unescape = unescape_attribute
BLANKS = re.compile("[\x00-\x20\u00a0\u3000\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")


class Links(html.parser.HTMLParser):
    """The URLs of a document; texts: of each, what its anchors show, white space left out."""

    def parse_marked_section(self, i, report=1):
        """At a keyword it does not know html.parser ends with an AssertionError; newer ones read a bogus comment, as browsers do."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.found = []
        self.base = None
        self.texts = collections.defaultdict(set)
        self.anchor = None
        self.waiting = []

    def handle_starttag(self, tag, attrs):
        if tag in ("a", "td", "th", "caption"):
            self.end_anchor()
        values = dict(reversed(attrs))
        for name, value in attrs:
            if value is None:
                continue
            if tag == "base" and name == "href" and self.base is None and re.match(r"(?i)\s*[a-z][a-z0-9+.-]*://.", value):
                self.base = re.sub(r"[\t\r\n]", "", value.strip())
            if name in URL_ATTRIBUTES or (tag, name) in ONE_ELEMENT:
                self.add(value)
            elif (tag, name) == ("param", "value") and re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*:", value):
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
        if tag == "a" and values.get("href"):
            self.anchor = (self.resolved(values["href"]), [], [])
        elif tag == "img" and self.anchor and values.get("alt"):
            self.anchor[2].append(values["alt"])

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        if tag in ("a", "td", "th", "caption"):
            self.end_anchor()

    def handle_data(self, data):
        if self.anchor and self.cdata_elem is None:
            self.anchor[1].append(data)

    def handle_entityref(self, name):
        self.handle_data(html.unescape("&%s;" % name))

    def handle_charref(self, name):
        self.handle_data(html.unescape("&#%s;" % name))

    def end_anchor(self):
        if self.anchor and self.anchor[0]:
            url, text, alt = self.anchor
            shown = BLANKS.sub("", "".join(text)) or BLANKS.sub("", (alt or [""])[0])
            self.texts[url].add(shown)
        self.anchor = None

    def handle_comment(self, data):
        # Outlook shows what stands in a conditional comment.
        match = CONDITIONAL.match(data)
        if match:
            inner = Links()
            inner.base = self.base
            inner.feed(match.group(1))
            inner.close()
            self.found += inner.found

    def close(self):
        super().close()
        self.end_anchor()
        self.found += [url for url in map(self.resolved, self.waiting) if url]

    def add(self, value):
        url = self.resolved(value)
        if url:
            self.found.append(url)
        elif self.base is None:
            self.waiting.append(value)

    def resolved(self, value):
        """The URL that a reference names, as mxtap writes it; None for what is none."""
        url = re.sub(r"[\t\r\n]", "", value.strip("".join(map(chr, range(33)))))
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+-]*):(?=.)", url)
        if not url or url.startswith("#"):
            return None
        if not scheme:
            if self.base:
                url = urllib.parse.urljoin(self.base, url)
            elif not re.match(r"[/\\\\]{2}[^/]", url):
                return None
        elif scheme.group(1).lower() in LEFT_OUT or len(scheme.group(1)) == 1:
            return None
        elif scheme.group(1).lower() == "data":
            url = url.split(",")[0]
        return mask(url)


CONDITIONAL = re.compile(r"(?is)\s*\[if[^>]*>(.*)")


def collect(text, links):
    """The elements of a document, those of its conditional comments too, as html5lib sees them."""
    tree = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        if isinstance(element.tag, str):
            attributes = [(name.replace("{http://www.w3.org/1999/xlink}", "xlink:"), value)
                          for name, value in element.attrib.items()]
            links.handle_starttag(element.tag.split("}")[-1], attributes)
        elif CONDITIONAL.match(element.text or ""):
            collect(CONDITIONAL.match(element.text).group(1), links)


def by_html5lib(raw):
    """What a browser's parser sees; None where html5lib is not installed."""
    if html5lib is None:
        return None
    links = Links()
    collect(raw.decode("utf-8", "replace"), links)
    links.end_anchor()
    return {url.encode("utf-8", "surrogateescape") for url in links.found + [links.resolved(u) or "" for u in links.waiting]}


def mask(url):
    return re.sub(r"^(//|[A-Za-z][A-Za-z0-9+.-]*:/*)([^/?#:@]*):([^/?#]*)@", r"\1\2:***@", url)


def by_python(text):
    parser = Links()
    parser.feed(text)
    parser.close()
    return parser


def by_mxtap(cli, kind, paths):
    """{path: {URL: (tag, visible text)}}"""
    out = subprocess.run([cli, kind, *paths], stdout=subprocess.PIPE, check=True).stdout
    found, current = {}, None
    for line in out.split(b"\n"):
        if line.startswith(b"="):
            current = found.setdefault(os.fsdecode(line[1:]), {})
        elif line:
            tag, url, text = line.split(b"\t")
            current.setdefault(url, (tag.decode(), text.decode("utf-8", "replace")))
    return found


REASONS = {
    "text": "extra: a URL in running text, script or style, which html.parser reports as data",
    "bare": "extra: an href that is a bare host name, which mail programs complete",
    "too many": "miss: more than %d distinct links in the file" % LIMIT_LINKS,
    "too long": "miss: longer than %d bytes" % LIMIT_URL,
    "unwrapped": "extra: the target of a redirector",
    "cut off": "extra: in a tag whose > is behind the end of the document: a mail may be cut there",
    "browser": "either: html5lib agrees with mxtap",
}


def extra_reason(url, tag, expected, found):
    if tag in ("", "bare", "script", "style"):
        return "text"
    if not re.match(rb"[A-Za-z][A-Za-z0-9+.-]*:|//", url):
        return "bare"
    if any(url in urllib.parse.unquote_to_bytes(other) and url != other for other in [*expected, *found]):
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
        reason = extra_reason(url, found[url][0], expected, found)
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
    if left[1]:
        whole = by_html5lib(raw + b">")
        cut = [url for url in left[1] if url in whole]
        reasons["cut off"] += len(cut)
        left = left[0], [url for url in left[1] if url not in whole]
    return left


def wrong_texts(found, parser):
    """URLs whose visible text is none of those their anchors show."""
    for url, shown in parser.texts.items():
        tag, text = found.get(url.encode("utf-8", "surrogateescape"), ("", None))
        if text is None or tag != "a":
            continue
        text = BLANKS.sub("", text)
        if text not in shown and not (len(text.encode()) > 200 and any(one.startswith(text[:-1]) for one in shown)):
            yield url, text, shown


def run_batch(args, kind, batch, totals, shown):
    """batch: (path, text of the HTML as its reader decodes it)"""
    found = by_mxtap(args.cli, kind, [path for path, _, _ in batch])
    for path, name, text in batch:
        parser, links = by_python(text), found.get(path, {})
        expected = {url.encode("utf-8", "surrogateescape") for url in parser.found}
        misses, extras = compare(links, expected, totals["reasons"])
        if misses or extras:
            misses, extras = ask_browser(text.encode("utf-8", "surrogateescape"), misses, extras, totals["reasons"])
        texts = list(wrong_texts(links, parser)) if not args.mutations else []
        totals["files"] += 1
        totals["urls"] += len(expected)
        totals["misses"] += len(misses)
        totals["extras"] += len(extras)
        totals["texts"] += len(parser.texts)
        totals["wrong texts"] += len(texts)
        totals["failed"] += bool(misses or extras or texts)
        shown += ["miss %s: %s" % (name, url[:200]) for url in misses] + ["extra %s: %s" % (name, url[:200]) for url in extras]
        shown += ["text %s: %s: %r, not %r" % (name, url[:100], text, sorted(one)[:3]) for url, text, one in texts]


def variants(args, path, rng):
    """(bytes to give to mxtap, the text they hold) of one document."""
    raw = corpus.read(path, MUTATED if args.mutations or args.mails else 1 << 30)
    for _ in range(args.mutations):
        damaged = html_mutate.html(raw, rng)
        yield damaged, damaged.decode("utf-8", "surrogateescape")
    for _ in range(args.mails):
        yield html_mutate.mail(raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n"), rng)
    if not args.mutations and not args.mails:
        yield raw, raw.decode("utf-8", "surrogateescape")


def run_set(args, paths, folder, totals, shown):
    batch, rng, kind = [], random.Random(args.seed), "--mail" if args.mails else "--html"

    def flush():
        run_batch(args, kind, batch, totals, shown)
        for copy, _, _ in batch:
            if not args.keep:
                os.remove(copy)
        batch.clear()

    for path in paths:
        for data, text in variants(args, path, rng):
            copy = os.path.join(args.keep or folder, "%d" % (totals["files"] + len(batch)))
            with open(copy, "wb") as f:
                f.write(data)
            batch.append((copy, path if not args.keep else copy, text))
        if len(batch) >= BATCH:
            flush()
    if batch:
        flush()


def report(name, totals):
    urls, misses = totals["urls"], totals["misses"]
    print("%-28s %6d documents %7d URLs %8.3f %% found %4d missed %4d extra %6d texts %4d wrong" % (
        name, totals["files"], urls, 100 * (urls - misses) / max(urls, 1), misses, totals["extras"], totals["texts"],
        totals["wrong texts"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cli", default="build/tests/witness/html_links_cli")
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--mails", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for the documents given to mxtap, to look at one")
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("paths", nargs="*")
    args = parser.parse_args()
    sets = [("paths", "", path) for path in args.paths] or corpus.sets()
    everything, shown = collections.Counter(), []
    everything["reasons"] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, licence, where in sets:
            totals = collections.Counter()
            totals["reasons"] = everything["reasons"]
            paths = [where] if os.path.isfile(where) else corpus.files(where, ENDINGS)
            run_set(args, paths, folder, totals, shown)
            report(name, totals)
            for key in ("files", "urls", "misses", "extras", "texts", "wrong texts", "failed"):
                everything[key] += totals[key]
    report("all", everything)
    for line in shown[:args.show]:
        print(line)
    for name, count in everything["reasons"].items():
        print("%d %s" % (count, REASONS[name]))
    print("%d passed, %d failed" % (everything["files"] - everything["failed"], everything["failed"]))
    return 1 if everything["failed"] or not args.paths and everything["files"] < 500 else 0


sys.exit(main())
