#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mxtap report: the page as people meet it, in headless Chromium; from JSON lines and from a real redis-server.

usage: report_test.py [--pictures]     --pictures: draws those of docs/ anew and tests nothing
The truth is told from the JSON lines themselves. The last line is `N passed, N failed`.
"""
import datetime
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    from browser import Browser
except ImportError:  # another Python than the system's, for which Debian's selenium is
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
from redis_server import Server  # noqa: E402
from tally import check, same, told  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = os.environ.get("MXTAP", os.path.join(TOP, "build/mxtap"))
REGISTER = os.path.join(TOP, "pcaps/register.pcap")
GEO = os.path.join(TOP, "share/geo/register.mmdb")
COLUMNS = ["time", "score", "subject", "from", "date", "ip", "country", "ptr", "helo", "owner", "mailer", "link", "link_owner", "findings"]


def run(*args, stdin=b""):
    p = subprocess.run([MXTAP, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    p.err = p.stderr.decode("utf-8", "replace")
    return p


def lines_of(records):
    return b"".join(json.dumps(r).encode() + b"\n" for r in records)


def page_of(path, records, *args):
    p = run("report", "--html", path, "--input", "-", *args, stdin=records if isinstance(records, bytes) else lines_of(records))
    check(f"{os.path.basename(path)} is written", p.returncode == 0, (p.returncode, p.err))
    return path


# --- what is looked at in a page ---

CELLS = """return [...document.querySelectorAll('.register tbody tr:not(.d)')].map(
    (tr) => Object.fromEntries([...tr.cells].map((td) => [td.dataset.c, td.textContent])))"""
ELEMENTS = "return document.querySelectorAll('*').length"
FOUND = "return document.querySelector('.found').textContent"


def cells(b):
    return b.run(CELLS)


def column(b, name):
    return [row[name] for row in cells(b)]


def click(b, script):
    b.run(f"({script}).click()")


def sort_by(b, name):
    click(b, f"document.querySelector('th[data-c={name}] button')")


def search(b, text):
    b.run("""const i = document.querySelector('.filter input'); i.value = arguments[0];
             i.dispatchEvent(new Event('input', {bubbles: true}))""", text)
    time.sleep(0.4)


def choose(b, name, value):
    b.run("""const s = document.querySelector(`.filter select[name=${arguments[0]}]`); s.value = arguments[1];
             s.dispatchEvent(new Event('change', {bubbles: true}))""", name, value)


def clear(b):
    click(b, "document.querySelector('.filter button')")
    time.sleep(0.2)


def only_itself(name, b, path):
    same(f"{name}: nothing is asked for but the page", b.requests(), ["file://" + path])
    same(f"{name}: the console is silent", b.console(), [])


# --- the register: thirty mails that people took apart by hand ---

def register_records():
    p = run("replay", "-q", "--dns", "--geoip", GEO, "--json", "-", REGISTER)
    return p.stdout, [json.loads(line) for line in p.stdout.splitlines()]


def first_link(mail):
    links = mail["mxtap"].get("links", [])
    return (links[0]["host"].replace(".", "[.]") + (f" +{len(links) - 1}" if len(links) > 1 else "")) if links else ""


def owner(geo):
    return " ".join(filter(None, [geo.get("org"), f"(AS{geo['asn']})" if "asn" in geo and "org" in geo else
                                  f"AS{geo['asn']}" if "asn" in geo else ""]))


def expected(mail):
    m, e, o = mail["mxtap"], mail["email"], mail["mxtap"]["origin"]
    link = (m.get("links") or [{}])[0]
    return {"time": mail["timestamp"][:19].replace("T", " "), "score": str(m.get("score", 0)), "subject": e["subject"], "from": e["from"],
            "date": e["date"], "ip": o["ip"], "country": o.get("country", ""), "ptr": o.get("ptr", ""), "helo": o["helo"],
            "owner": owner(o), "mailer": e.get("x_mailer", ""), "link": first_link(mail),
            "link_owner": owner(link.get("geo", {})) or (link.get("ip") or [""])[0],
            "findings": ", ".join(f["id"] for f in m.get("findings", []) if f["weight"])}


def columns_wide(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def as_shown(want):
    """As a cell shows it: what is long is cut."""
    def cut(text):
        while columns_wide(text) > 80:
            text = (text[:-2] if text.endswith("…") else text[:-1]) + "…"
        return text
    return {k: cut(v) if k != "findings" else v for k, v in want.items()}


def rows_are(name, got, mails):
    want = [as_shown(expected(m)) for m in sorted(mails, key=lambda m: m["timestamp"], reverse=True)]
    same(f"{name}: one row a mail", len(got), len(want))
    for row, w in zip(got, want):
        for c in COLUMNS:
            check(f"{name}: {w['time']} {c}", row[c] == w[c], f"got {row[c]!r}, want {w[c]!r}")


def figures(b, section="numbers"):
    return b.run("""return Object.fromEntries([...document.querySelectorAll(`#${arguments[0]} .figures div`)].map(
        (d) => [d.querySelector('dt').textContent, Number(d.querySelector('dd').textContent.replace(/\\D/g, ''))]))""", section)


def check_figures(b, mails, campaigns):
    m = [x["mxtap"] for x in mails]
    same("register: in numbers", {k: v for k, v in figures(b).items() if k in
         ("mails", "accepted", "over the alert score", "campaigns", "addresses", "countries", "link hosts")},
         {"mails": len(m), "accepted": sum(x["outcome"] == "accepted" for x in m), "over the alert score": sum(x.get("score", 0) >= 10 for x in m),
          "campaigns": campaigns, "addresses": len({x["origin"]["ip"] for x in m}),
          "countries": len({x["origin"]["country"] for x in m if "country" in x["origin"]}),
          "link hosts": len({l["host"].lower() for x in m for l in x.get("links", [])})})


def check_lists(b, mails):
    top = b.run("return [...document.querySelectorAll('#trend .k0 tbody tr')].map((r) => [r.cells[0].textContent, r.cells[1].textContent])")
    keys = [m["mxtap"]["subject_key"] for m in mails]
    same("register: the trend's subjects with their counts", {k: int(n) for k, n in top}, {k: keys.count(k) for k, n in top})
    check("register: most mails first", [int(n) for k, n in top] == sorted((keys.count(k) for k in set(keys)), reverse=True)[:12], top)
    lands = b.run("return [...document.querySelectorAll('#senders .k5 tbody tr')].map((r) => [r.cells[0].textContent, r.cells[1].textContent])")
    same("register: countries by name", dict(lands).get("Japan"), str(sum(m["mxtap"]["origin"].get("country") == "JP" for m in mails)))


def check_charts(b, mails):
    hours = b.run("""return Object.fromEntries([...document.querySelectorAll('.chart')[0].querySelectorAll('tbody tr')].map(
        (r) => [r.cells[0].textContent.slice(0, 2), Number(r.cells[1].textContent) + Number(r.cells[2].textContent)]))""")
    want = {}
    for m in mails:
        want[m["timestamp"][11:13]] = want.get(m["timestamp"][11:13], 0) + 1
    same("register: mails by hour of the day", hours, want)
    same("register: as many bars", b.run("return document.querySelectorAll('.chart')[0].querySelectorAll('rect:not(.hit)').length"), len(want))


def check_sorting(b, mails):
    for name, key in (("score", lambda m: m["mxtap"].get("score", 0)), ("time", lambda m: m["timestamp"])):
        sort_by(b, name)
        if b.run(f"return document.querySelector('th[data-c={name}]').getAttribute('aria-sort')") != "descending":
            sort_by(b, name)
        want = sorted(map(key, mails), reverse=True)
        got = column(b, name)
        same(f"sorted by {name}, highest first", got, [str(w) for w in want] if name == "score" else [w[:19].replace("T", " ") for w in want])
    sort_by(b, "ip")
    got = [ip for ip in column(b, "ip") if ":" not in ip]
    same("sorted by address, as numbers", got, sorted(got, key=lambda ip: [int(x) for x in ip.split(".")]))
    sort_by(b, "mailer")
    got = column(b, "mailer")
    check("sorted by mailer: empty ones last", "" not in got[:len([x for x in got if x])], got)
    sort_by(b, "mailer")
    got = column(b, "mailer")
    check("the other way round: empty ones still last", got[0] and not got[-1], got)
    same("one column says that it is sorted", b.run("return [...document.querySelectorAll('[aria-sort]')].map((t) => t.dataset.c)"), ["mailer"])
    sort_by(b, "time")


def check_filters(b, mails):
    search(b, "supmailer")
    same("filtered by a word, in any case", len(cells(b)), sum("Supmailer" in m["email"].get("x_mailer", "") for m in mails))
    same("the count is told", b.run(FOUND), f"{len(cells(b))} of {len(mails)} mails")
    search(b, "amazon.co.jp helo.brand")
    got = len(cells(b))
    search(b, "helo.brand amazon.co.jp")
    check("words in any order, all of them", 0 < got == len(cells(b)) < len(mails), got)
    search(b, "tcbnvck.cn")
    same("a link is found as it is written elsewhere", len(cells(b)), 1)
    search(b, "hxxps://tcbnvck[.]cn")
    same("and as it is written here", len(cells(b)), 1)
    search(b, "ＳＵＰＭＡＩＬＥＲ")
    check("full-width letters are letters", len(cells(b)) > 0)
    search(b, "nothing has this")
    check("none: it is said", "No mail is so" in b.run("return document.querySelector('.register tbody').textContent"))
    clear(b)
    same("cleared", len(cells(b)), len(mails))
    choose(b, "finding", "mailer.bulk")
    same("filtered by finding", len(cells(b)), sum(any(f["id"] == "mailer.bulk" for f in m["mxtap"].get("findings", [])) for m in mails))
    choose(b, "country", "JP")
    same("and by country", len(cells(b)), sum(m["mxtap"]["origin"].get("country") == "JP" and
         any(f["id"] == "mailer.bulk" for f in m["mxtap"].get("findings", [])) for m in mails))
    clear(b)
    size = int(b.run("return document.querySelector('#c2 .sizes').textContent.match(/\\d+/)[0]"))
    click(b, "document.querySelector('#c2 button')")
    time.sleep(0.2)
    same("a campaign's button shows its mails", len(cells(b)), size)
    clear(b)


def check_detail(b, mails):
    mail = max(mails, key=lambda m: len(m["mxtap"].get("findings", [])))
    search(b, mail["mxtap"]["origin"]["ip"] + " " + mail["timestamp"][:19])
    click(b, "document.querySelector('.register td button')")
    text = b.run("return document.querySelector('tr.d').textContent")
    check("opened: every finding with its evidence", all(f["id"] in text for f in mail["mxtap"]["findings"]), text)
    same("the button says that it is open", b.run("return document.querySelector('.register td button').getAttribute('aria-expanded')"), "true")
    click(b, "document.querySelector('.register td button')")
    same("closed again", b.run("return document.querySelectorAll('tr.d').length"), 0)
    clear(b)


def check_keys(b):
    """Everything is reached and worked with the keyboard."""
    b.run("document.querySelector('th[data-c=score] button').focus()")
    for _ in range(2):
        for kind in ("keyDown", "keyUp"):
            b.cdp("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r" if kind == "keyDown" else "")
    same("Enter on a head sorts, twice turns it", b.run("return document.querySelector('th[data-c=score]').getAttribute('aria-sort')"), "ascending")
    same("the focus stays", b.run("return document.activeElement.closest('th')?.dataset.c"), "score")
    outline = b.run("return getComputedStyle(document.activeElement).outlineStyle")
    check("it can be seen", outline != "none", outline)
    sort_by(b, "time")
    wrong = b.run("""return [...document.querySelectorAll('button, a, input, select, [tabindex]')].filter((e) => e.tabIndex < 0 ||
        !(e.textContent.trim() || e.labels?.length || e.getAttribute('aria-labelledby'))).map((e) => e.outerHTML.slice(0, 100))""")
    same("all that can be worked has a name and a place", wrong, [])


def check_structure(b):
    same("every table has a caption or a summary above it", b.run("""return [...document.querySelectorAll('table')].filter(
        (t) => !t.caption && !t.closest('details')).length"""), 0)
    same("every head has a scope", b.run("return document.querySelectorAll('th:not([scope])').length"), 0)
    same("every picture has a name", b.run("""return [...document.querySelectorAll('svg')].filter((s) =>
        s.getAttribute('aria-hidden') !== 'true' && !s.getAttribute('aria-label') && !s.querySelector('title')).length"""), 0)
    levels = b.run("return [...document.querySelectorAll('h1,h2,h3,h4')].filter((h) => h.checkVisibility()).map((h) => Number(h.tagName[1]))")
    check("headings skip no level", levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:])), levels)
    same("ids are unique", b.run("const i = [...document.querySelectorAll('[id]')].map((e) => e.id); return i.length - new Set(i).size"), 0)
    same("links lead into the page", b.run("return [...document.querySelectorAll('a')].filter((a) => !a.getAttribute('href').startsWith('#') || "
                                           "!document.querySelector(a.getAttribute('href'))).length"), 0)


CONTRAST = """
const css = getComputedStyle(document.documentElement);
const light = (name) => {
  const n = parseInt(css.getPropertyValue(name).trim().slice(1).replace(/^(.)(.)(.)$/, '$1$1$2$2$3$3'), 16);
  const [r, g, b] = [n >> 16, n >> 8 & 255, n & 255].map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const ratio = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
return Object.fromEntries(['--ink', '--soft', '--mark', '--alarm'].map((n) => [n, Math.min(ratio(light(n), light('--paper')), ratio(light(n), light('--faint')))]))
"""


def check_looks(path):
    paper = {}
    for dark in (False, True):
        b = Browser(dark=dark)
        b.open(path)
        paper[dark] = b.run("return getComputedStyle(document.body).backgroundColor")
        for name, ratio in b.run(CONTRAST).items():
            check(f"{'dark' if dark else 'light'}: {name} can be read (WCAG AA, 4.5)", ratio >= 4.5, ratio)
        b.close()
    check("dark is another page than light", sum(map(int, re.findall(r"\d+", paper[True]))) < 200 < 600 <
          sum(map(int, re.findall(r"\d+", paper[False]))), paper)
    b = Browser(390, 844)
    b.open(path)
    same("a phone needs no scrolling sideways", b.run("return document.documentElement.scrollWidth"), 390)
    check("a phone shows what each value is", b.run("return getComputedStyle(document.querySelector('.register td[data-c=helo]'), '::before').content")
          == '"HELO name"')
    # Rows are cards there: what is no table to the eye is one to a screen reader, of any browser.
    click(b, "document.querySelector('.register td button')")
    same("a phone: every part of a table says what it is", b.run("""const roles = {TABLE: 'table', THEAD: 'rowgroup', TBODY: 'rowgroup', TR: 'row', TD: 'cell'};
        return [...document.querySelectorAll('table, thead, tbody, tr, th, td')].filter((e) => e.getAttribute('role') !==
            (roles[e.tagName] ?? (e.scope === 'row' ? 'rowheader' : 'columnheader'))).map((e) => e.outerHTML.slice(0, 80))"""), [])
    b.close()


def check_paper(path, folder, mails):
    b = Browser()
    b.open(path)
    pdf = os.path.join(folder, "page.pdf")
    b.paper(pdf)
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], stdout=subprocess.PIPE).stdout.decode() if shutil.which("pdftotext") else None
    if text is not None:
        check("on paper: every mail's time", all(m["timestamp"][:10] in text for m in mails), text[:500])
        check("on paper: heads on each page of the register", len(re.findall(r"mailer +link", text)) > 1, text[-3000:])
    check("on paper: a PDF of several pages", os.path.getsize(pdf) > 20000)
    b.close()


def check_no_script(path, mails):
    b = Browser(scripts=False)
    b.open(path)
    # Chromium's driver runs its own scripts even where the page's are off.
    check("without JavaScript the page's script does not run", not b.run("return document.documentElement.classList.contains('live')"))
    rows_are("without JavaScript", cells(b), mails)
    same("what needs JavaScript is not there", b.run("return [...document.querySelectorAll('.js')].filter((e) => e.checkVisibility()).length"), 0)
    b.close()


def the_register(folder):
    text, records = register_records()
    mails = [r for r in records if r["event_type"] == "smtp"]
    path = page_of(os.path.join(folder, "register.html"), text)
    campaigns = len(run("campaigns", "--input", "-", "--json", stdin=text).stdout.splitlines())
    b = Browser()
    b.open(path)
    rows_are("register", cells(b), mails)
    check_figures(b, mails, campaigns)
    check_lists(b, mails)
    check_charts(b, mails)
    same("register: a card a campaign, with its graph", b.run("return document.querySelectorAll('.card .graph svg').length"), campaigns)
    check_sorting(b, mails)
    check_filters(b, mails)
    check_detail(b, mails)
    check_keys(b)
    check_structure(b)
    only_itself("register", b, path)
    b.close()
    check_looks(path)
    check_paper(path, folder, mails)
    check_no_script(path, mails)
    return text, mails


# --- strangers' texts ---

BAD = ['<script>window.hacked=1</script>', '</script><script>window.hacked=1</script>', '<!--<script>', '"><img src=x onerror="window.hacked=1">',
       "'-->]]></style><style>*{display:none}</style>", '\u202egnp.exe', '\x1b[2J\x07\x00', '\u2028\u2029\ufeff\u200b', '&lt;b&gt;&amp;', '{{7*7}} ${7*7}',
       'javascript:window.hacked=1', 'a\u034f\u115f\u17b4\u180b\u2060\u3164\uffa0\ufff9\U000e0041b', '\U0001f600 全角 ﷽']


def made(n, **over):
    when = datetime.datetime(2023, 7, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=over.pop("second", n))
    text = over.pop("text", None)
    mail = {"timestamp": when.strftime("%Y-%m-%dT%H:%M:%S.000000+0000"), "event_type": "smtp", "flow_id": 1000 + n, "tx_id": 0,
            "src_ip": "192.0.2.1", "dest_ip": "198.51.100.25",
            "smtp": {"helo": text or f"h{n}.example", "mail_from": "<a@example.net>"},
            "email": {"subject": text or f"subject {n % 50}", "from": text or "A <a@example.net>", "date": text or "Sat, 1 Jul 2023 00:00:00 +0000",
                      "x_mailer": text or f"Mailer {n % 9}", "message_id": f"<{n}@example.net>"},
            "mxtap": {"sensor": "mx1", "direction": "inbound", "role": "relay", "outcome": "accepted", "score": n % 31,
                      "origin": {"ip": f"192.0.{n // 250 % 250}.{n % 250}", "helo": text or f"h{n}.example", "hop": 0, "ptr": text or f"p{n}.example",
                                 "org": text or f"Owner {n % 40}", "asn": 64500, "country": ["JP", "US", "DE", "CN"][n % 4]},
                      "subject_key": text or f"subject {n % 50}", "date": {"zone": text or "+0000"},
                      "findings": [{"id": text or "helo.brand", "evidence": text or "evidence", "weight": 5}],
                      "links": [{"url": text or f"https://www.h{n % 77}.example/x", "host": text or f"www.h{n % 77}.example", "domain": "x.example",
                                 "tag": "a", "text": text or "here", "ip": ["203.0.113.9"], "geo": {"org": text or "Cloud", "country": "US"}}]}}
    for key, value in over.items():
        mail["mxtap"][key] = value
    return mail


def shown(text):
    """A text as a reader finds it: what cannot be seen, by its number."""
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                  "\u115f\u1160\u17b4\u17b5\u034f\u180b-\u180f\u3164\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]",
                  lambda m: f"U+{ord(m[0]):04X}", text)


def hostile(folder):
    mails = [made(i, text=t) for i, t in enumerate(BAD + [t + t for t in BAD])]
    long_helo = "x" * 9990 + ".<b>end"
    mails.append(made(100, second=90000))
    mails[-1]["mxtap"]["origin"]["helo"] = long_helo
    mails[-1]["mxtap"]["sensor"] = mails[0]["mxtap"]["sensor"] = BAD[3]
    mails.append({"timestamp": "2023-07-01T00:00:00.000000+0000", "event_type": "stats",
                  "mxtap": {"sensor": BAD[1], "counters": {BAD[0]: 7, BAD[5]: 8, "packets": 9}}})
    for m in mails[:3]:
        m["mxtap"]["origin"]["country"] = "<b"
    path = page_of(os.path.join(folder, "hostile.html"), mails)
    with open(path, encoding="utf-8") as f:
        html = f.read()
    check("no raw controls or bidi in the file", not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html))
    same("the data's element ends where it should", len(re.findall("</script", html, re.I)), 2)
    b = Browser()
    b.open(path)
    same("nothing ran", b.run("return window.hacked ?? null"), None)
    same("only the page's own elements", b.run("return [document.scripts.length, document.images.length, "
         "document.querySelectorAll('style, iframe, object, form, link').length, document.querySelectorAll('script:not([id])').length]"), [2, 0, 2, 1])
    same("no attribute of a stranger", b.run("return [...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => "
         "a.name.startsWith('on') || a.name === 'style' || a.name === 'src')).length"), 0)
    got = {row["time"]: row for row in cells(b)}
    for i, text in enumerate(BAD + [t + t for t in BAD]):
        row = got[(datetime.datetime(2023, 7, 1) + datetime.timedelta(seconds=i)).strftime("%Y-%m-%d %H:%M:%S")]
        for name in ("subject", "from", "mailer", "ptr", "helo", "date"):
            check(f"{name} {text!r} is text", shown(text) == row[name] or (row[name].endswith("…") and shown(text).startswith(row[name][:-1])),
                  row[name])
        same(f"finding {text!r} is text", row["findings"], shown(text))
    row = got["2023-07-02 01:00:00"]
    check("a HELO of 10,000 characters is cut", len(row["helo"]) <= 81 and row["helo"].endswith("…"), row["helo"])
    click(b, "document.querySelector('.register td button')")
    check("and all of it is a click away", long_helo in b.run("return document.querySelector('tr.d').textContent"))
    b.run("document.querySelectorAll('.register td button').forEach((x) => x.getAttribute('aria-expanded') === 'false' && x.click())")
    same("all open, still nothing ran", [b.run("return window.hacked ?? null"), b.run("return document.images.length")], [None, 0])
    same("no link leads out", b.run("return [...document.querySelectorAll('a, area, [href]')].filter((a) => !a.getAttribute('href').startsWith('#')).length"), 0)
    check("a turned line stands by itself", b.run("return [...document.querySelectorAll('.register td .m')].every((m) => m.closest('bdi'))"))
    only_itself("hostile", b, path)
    refused = b.run("""const s = document.createElement('script');
        try { s.text = 'window.hacked = 2'; document.body.append(s); } catch (e) { return String(e); } return 'taken'""")
    same("the policy holds: a script that is put in does not run", (b.run("return window.hacked ?? null"), "TrustedScript" in refused), (None, True))
    b.close()
    b = Browser(scripts=False)
    b.open(path)
    got = {row["time"]: row for row in cells(b)}
    for i, text in enumerate(BAD):
        row = got[(datetime.datetime(2023, 7, 1) + datetime.timedelta(seconds=i)).strftime("%Y-%m-%d %H:%M:%S")]
        same(f"without JavaScript: subject {text!r}", row["subject"], shown(text))
    b.close()


# --- ten thousand mails ---

def crowd(folder):
    mails = [made(i) for i in range(10050)]
    path = page_of(os.path.join(folder, "crowd.html"), mails)
    b = Browser()
    b.open(path)
    same("10,050 mails are counted", figures(b)["mails"], 10050)
    check("the register says what it left out", "latest 10000 of 10050" in b.run("return document.querySelector('#register').textContent"))
    same("a hundred rows stand there", len(cells(b)), 100)
    before = b.run(ELEMENTS)
    check("the page is small", before < 9000, before)
    b.run("document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('.scroll').scrollIntoView()")
    b.run("document.querySelector('.scroll').scrollTo(0, 1e6)")
    for _ in range(50):
        if len(cells(b)) > 100:
            break
        time.sleep(0.1)
    check("scrolling brings more", 100 < len(cells(b)) <= 400, len(cells(b)))
    search(b, "h777.example")
    same("filtered among all", (column(b, "helo"), b.run(FOUND)), (["h777.example"], "1 of 10\u202f000 mails"))
    search(b, "JP 203.0.113.9")
    same("a count among all", b.run(FOUND), "2\u202f500 of 10\u202f000 mails")
    clear(b)
    sort_by(b, "score")
    same("sorted among all", set(column(b, "score")), {"30"})
    click(b, "document.querySelector('.rest button')")
    same("the button brings a hundred more", len(cells(b)), 200)
    b.run("dispatchEvent(new Event('beforeprint'))")
    same("on paper two thousand", len(cells(b)), 2000)
    check("which is said", "2\u202f000 of 10\u202f000" in b.run(FOUND), b.run(FOUND))
    b.cdp("Emulation.setEmulatedMedia", media="print")
    same("on paper too; what a click would open is not", b.run(
        "return ['.found', '.lead.js'].map((s) => document.querySelector(s).checkVisibility())"), [True, False])
    b.cdp("Emulation.setEmulatedMedia", media="")
    b.run("dispatchEvent(new Event('afterprint'))")
    same("back on the screen all are told again", b.run(FOUND), "10\u202f000 mails")
    only_itself("10,000 mails", b, path)
    b.close()
    b = Browser(scripts=False)
    b.open(path)
    same("without JavaScript two hundred", len(cells(b)), 200)
    check("which is said", "Without JavaScript only the latest 200" in b.run("return document.querySelector('noscript').textContent"))
    b.close()
    path = page_of(os.path.join(folder, "few.html"), mails[:300], "-n", "5", "--limit", "200")
    b = Browser()
    b.open(path)
    same("-n rows", len(cells(b)), 5)
    check("--limit is said", "more mails than the 200" in b.run("return document.querySelector('.notes').textContent"))
    b.close()


# --- a stretch of time; Redis ---

def days(folder):
    mails = [made(i, second=i * 3600) for i in range(72)]
    mails.append({"timestamp": "2023-07-02T12:00:00.0+0000", "event_type": "stats", "mxtap": {"sensor": "mx1", "counters": {
        "packets": 1000, "mails_cut_gap": 3, "tcp_gap_bytes": 4096, "packets_not_handed": 7, "encrypted": 2}}})
    for word, n in ((("--day", "2023-07-02"), 24), (("--from", "2023-07-02T18", "--to", "2023-07-03T08"), 14), (("--day", "2024-01-01"), 0)):
        path = page_of(os.path.join(folder, "day.html"), mails, *word)
        b = Browser()
        b.open(path)
        same(f"{' '.join(word)}: its mails", (figures(b)["mails"], len([r for r in cells(b) if "time" in r])), (n, n))
        if n == 24:
            same("a day has 24 bars", b.run("return document.querySelectorAll('.plot g').length"), 24)
            health = b.run("return document.querySelector('#health').textContent")
            check("what was not seen is said", all(x in health for x in ("4\u202f096 bytes of connections", "3 mails with bytes missing", "7 packets that one worker",
                                                                       "2 sessions went on in TLS", "is counted since its start")),
                  health)
        if not n:
            check("a day without mails: a page all the same", "no record of statistics" in b.run("return document.body.textContent"))
        same(f"{' '.join(word)}: the console is silent", b.console(), [])
        b.close()


def from_redis(folder, mails):
    server = Server("--appendonly", "no", "--save", "")
    try:
        subprocess.run([MXTAP, "replay", "-q", "--dns", "--geoip", GEO, "--redis", server.url, REGISTER], check=True)
        path = os.path.join(folder, "redis.html")
        p = run("report", "--html", path, "--redis", server.url)
        check("from Redis", p.returncode == 0 and "30 mails, 7 campaigns" in p.err, p.err)
        b = Browser()
        b.open(path)
        rows_are("from Redis", cells(b), mails)
        check("Redis's statistics", figures(b, "health")["packets read"] > 600, figures(b, "health"))
        check("the page says what its numbers are counted from, and what the sensor's are", all(
            words in b.run(f"return document.querySelector('#{part}').textContent") for part, words in
            (("numbers", "the mails that Redis still holds"), ("health", "since this Redis was first written to"))))
        only_itself("from Redis", b, path)
        b.close()
        p = run("report", "--html", path, "--redis", server.url, "--day", "2023-06-24")
        n = sum(m["timestamp"].startswith("2023-06-24") for m in mails)
        check("a day of Redis", p.returncode == 0 and f"{n} mails" in p.err, p.err)
        b = Browser()
        b.open(path)
        got = dict(b.run("return [...document.querySelectorAll('#trend .k1 tbody tr')].map((r) => [r.cells[0].querySelector('bdi').textContent, "
                         "!!r.querySelector('.new')])"))
        want = {ip: not any(m["mxtap"]["origin"]["ip"] == ip and m["timestamp"] < "2023-06-24" for m in mails) for ip in got}
        same("who came for the first time", got, want)
        check("not all did, some did", len(set(got.values())) == 2, got)
        b.close()
    finally:
        server.stop()


# --- the command line ---

def refused(name, p, status, pattern):
    lines = p.err.splitlines()
    check(name, p.returncode == status and len(lines) == 1 and re.search(pattern, lines[0]) and not p.stdout, (p.returncode, p.err, p.stdout[:200]))


def command_line(folder):
    path = os.path.join(folder, "page.html")
    good = lines_of([made(i) for i in range(3)])
    refused("no --html", run("report", "--input", "-"), 2, "--html: give the file")
    refused("a word too many", run("report", "x", "--html", path), 2, "takes no words")
    refused("a strange day", run("report", "--html", path, "--day", "soon"), 2, "the time: give")
    refused("--json is none of its", run("report", "--html", path, "--json"), 2, "--json")
    refused("no such input", run("report", "--html", path, "--input", "/no/such"), 1, "/no/such: No such file")
    refused("no such folder", run("report", "--html", "/no/such/page.html", "--input", "-", stdin=good), 1, "/no/such/page.html: No such file")
    refused("a folder", run("report", "--html", folder, "--input", "-", stdin=good), 1, "Is a directory")
    refused("Redis away", run("report", "--html", path, "--redis", f"unix://{folder}/none"), 1, "cannot be asked")
    check("nothing is left behind", os.listdir(folder) == [], os.listdir(folder))
    p = run("report", "--html", "/dev/full", "--input", "-", stdin=good)
    check("a full disk is said", p.returncode == 1 and "No space left" in p.err, (p.returncode, p.err))
    p = run("report", "--html", path, "--input", "-", stdin=b"not json\n{\"a\":1}\n" + good)
    check("strange lines: the page, and status 3", p.returncode == 3 and os.path.exists(path) and "2 lines are no records" in p.err, (p.returncode, p.err))
    with open(path, encoding="utf-8") as f:
        check("which the page says too", "2 lines were no records" in f.read())
    same("nobody else reads it", stat.S_IMODE(os.stat(path).st_mode), 0o600)
    os.chmod(path, 0o644)
    page_of(path, good)
    same("not even where an open one was before", stat.S_IMODE(os.stat(path).st_mode), 0o600)
    same("one file", os.listdir(folder), ["page.html"])
    p = run("report", "--html", "-", "--input", "-", stdin=good)
    check("to standard output", p.returncode == 0 and p.stdout.startswith(b"<!doctype html>") and not p.err, p.err)
    p = run("report", "--html", path, "--input", "-", stdin=b"")
    check("no mail at all: a page all the same", p.returncode == 0 and "0 mails" in p.err, (p.returncode, p.err))
    p = run("report", "--help")
    check("--help", p.returncode == 0 and b"--html" in p.stdout and b"--day" in p.stdout, p.stdout)


# --- pictures for docs/ ---

def pictures():
    folder = tempfile.mkdtemp(prefix="mxtap-report-")
    path = page_of(os.path.join(folder, "register.html"), register_records()[0])
    out = os.path.join(TOP, "docs", "pictures")
    os.makedirs(out, exist_ok=True)
    b = Browser(1280, 800)
    b.open(path)
    b.picture(os.path.join(out, "report.png"))
    b.run("document.documentElement.style.scrollBehavior = 'auto'; document.getElementById('c2').scrollIntoView()")
    time.sleep(0.5)
    b.run("scrollTo(0, document.getElementById('c2').getBoundingClientRect().top + scrollY - 20)")
    time.sleep(0.5)
    b.picture(os.path.join(out, "report-campaigns.png"))
    b.close()
    b = Browser(1600, 800, dark=True)
    b.open(path)
    b.run("document.documentElement.style.scrollBehavior = 'auto'")
    for _ in range(2):
        b.run("scrollTo(0, document.getElementById('register').getBoundingClientRect().top + scrollY + 30)")
        time.sleep(0.4)
    click(b, "document.querySelectorAll('.register td button')[7]")
    time.sleep(0.3)
    b.picture(os.path.join(out, "report-register.png"))
    b.close()
    b = Browser(390, 800)
    b.open(path)
    b.picture(os.path.join(out, "report-phone.png"))
    b.close()
    shutil.rmtree(folder)


def main():
    if "--pictures" in sys.argv:
        pictures()
        return 0
    folder = tempfile.mkdtemp(prefix="mxtap-report-")
    try:
        command = os.path.join(folder, "command")
        os.mkdir(command)
        command_line(command)
        text, mails = the_register(folder)
        hostile(folder)
        crowd(folder)
        days(folder)
        from_redis(folder, mails)
    finally:
        shutil.rmtree(folder)
    return told()


if __name__ == "__main__":
    sys.exit(main())
