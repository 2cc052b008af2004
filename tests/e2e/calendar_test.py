#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--timezone: whose days and hours boards have; one calendar for all who count under a prefix, and for those who ask.

feed's first mail is of 2023-06-24 00:00:01 UTC, one a second. Standard library only. The last line is `N passed, N failed`.
"""
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from console_test import Terminal, columns  # noqa: E402
from redis_test import MXTAP, Truth, check, feed, run_cases, same, wait_for  # noqa: E402

TOKYO, NEWFOUNDLAND = "Asia/Tokyo", "-03:30"


def ask(s, *args, status=0):
    r = subprocess.run([MXTAP, *args, "--redis", s.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    same(r.returncode, status, f"{args}: {r.stderr.decode()}")
    return r.stdout.decode()


def boards(c, kind="ip", prefix="mxtap"):
    """Period -> mails on its board."""
    stem = f"{prefix}:top:{kind}:"
    return {k[len(stem):]: sum(c.board(k).values()) for k in c("KEYS", stem + "*")}


def boards_have_the_days_and_hours_there(t):
    """40 minutes of mail, from midnight UTC: 09:00 in Tokyo, 20:30 of the day before in Newfoundland's winter, where an hour ends amid it."""
    for zone, want in ((None, {"20230624": 2400, "2023062400": 2400}),
                       (TOKYO, {"20230624": 2400, "2023062409": 2400}),
                       ("+9", {"20230624": 2400, "2023062409": 2400}),
                       (NEWFOUNDLAND, {"20230623": 2400, "2023062320": 1799, "2023062321": 601})):
        s = t.server("--appendonly", "no", "--save", "")
        same(feed(s.url, 2400, *(["--timezone", zone] if zone else [])).end().status, 0, f"{zone}: status")
        c = s.client()
        same(boards(c), want, f"{zone}: boards")
        day = max(want, key=lambda p: -len(p))
        check(c("EXISTS", f"mxtap:uniq:ip:{day}") == 1, f"{zone}: distinct values are of another day")
        same(c.hash("mxtap:calendar"), {"timezone": {"+9": "+09:00", None: "UTC"}.get(zone, zone)}, f"{zone}: calendar")
        same(c.hash("mxtap:ip:198.51.100.7")["first_seen"], "2023-06-24T00:00:07Z", f"{zone}: times stay UTC")


def one_prefix_has_one_calendar(t):
    """Somebody who would count other days is told whose they are, and counts nothing; beside it, under another prefix, he may."""
    s = t.server()
    feed(s.url, 50, "--timezone", TOKYO).end()
    c = s.client()
    before = {k: c("DUMP", k) for k in c("KEYS", "*")}
    for args in ((), ("--live",), ("--timezone", "+09:00")):
        r = feed(s.url, 50, "--run", "other", *args).end()
        same((r.status, r.counts.delivered), (1, 0), f"{args}: {r.err}")
        ours = args[1] if args[1:] else "UTC"
        check(f"are those of {TOKYO}, not of {ours}: give the same --timezone" in r.err, r.err)
    same({k: c("DUMP", k) for k in c("KEYS", "*")}, before, "keys")
    same(feed(s.url, 50, "--run", "same", "--timezone", TOKYO).end().status, 0, "the same calendar")
    same(feed(s.url, 50, "--prefix", "beside").end().status, 0, "another prefix")
    same((boards(c)["2023062409"], boards(c, prefix="beside")["2023062400"]), (100, 50), "boards")


def boards_from_before_there_was_a_choice_are_utc(t):
    s = t.server()
    feed(s.url, 50).end()
    c = s.client()
    c("DEL", "mxtap:calendar")
    same(feed(s.url, 50, "--run", "east", "--timezone", TOKYO).end().status, 1, "status")
    same(c.hash("mxtap:calendar"), {"timezone": "UTC"}, "calendar")
    same(feed(s.url, 50, "--run", "more").end().status, 0, "UTC goes on")


def two_that_come_at_once_agree_or_one_stops(t):
    """An empty Redis, two sensors of different days in the same moment: one of them says whose it is, the other writes nothing."""
    for _ in range(5):
        s = t.server()
        both = [feed(s.url, 200, "--run", "a"), feed(s.url, 200, "--run", "b", "--timezone", TOKYO)]
        statuses = [r.end().status for r in both]
        same(sorted(statuses), [0, 1], [r.err for r in both])
        same(set(boards(s.client())), {"20230624", "2023062400" if statuses[0] == 0 else "2023062409"}, "boards")
        t.over()


def after_a_flush_it_is_said_anew(t):
    s = t.server()
    c = s.client()
    r = feed(s.url, 3000, "--delay-us", "200", "--timezone", TOKYO)
    wait_for("mails", lambda: c("XLEN", "mxtap:mails") > 200)
    c("FLUSHALL")
    r.end()
    check(r.counts.flushed > 0, f"{r.counts}")
    same(c.hash("mxtap:calendar"), {"timezone": TOKYO}, "calendar")


def a_spool_keeps_its_days(t):
    """What lies in a spool has its boards' names already: a start with another calendar does not send it."""
    d = tempfile.mkdtemp(prefix="mxtap-calendar-")
    try:
        s = t.server(late=True)
        spool = ["--live", "--spool", os.path.join(d, "spool")]
        feed(s.url, 300, *spool, "--timezone", TOKYO).end()
        s.start()
        r = feed(s.url, 0, *spool)
        err = r.p.communicate(timeout=60)[1].decode()
        check(r.p.returncode == 1 and f"with the days of {TOKYO}: send them with that --timezone first" in err, err)
        same(s.client()("KEYS", "*"), [], "keys")
        feed(s.url, 0, *spool, "--timezone", TOKYO).end()
        same(boards(s.client()), {"20230624": 300, "2023062409": 300}, "boards")
    finally:
        shutil.rmtree(d)


def who_asks_gets_the_days_there(t):
    """Nobody need say the zone again: Redis knows it. 300 mails of the evening of the 23rd in Newfoundland."""
    s = t.server()
    feed(s.url, 300, "--timezone", NEWFOUNDLAND).end()
    top = json.loads(ask(s, "top", "ip", "--day", "2023-06-23", "--json"))
    same(top["mails"], 300, "mails of the day")
    same(top["period"], {"from": "2023-06-23T00:00:00-03:30", "to": "2023-06-24T00:00:00-03:30"}, "period")
    check(all(v.get("new") for v in top["values"]), "first seen on that day there, though not in UTC")
    check(f"2023-06-23 ({NEWFOUNDLAND})" in ask(s, "top", "helo", "--day", "2023-06-23"), "the title names it")
    check(ask(s, "top", "helo", "--day", "2023-06-24").startswith(f"helo, 2023-06-24 ({NEWFOUNDLAND}): 0 values"), "the day after is empty")
    same(json.loads(ask(s, "top", "helo", "--hour", "2023-06-23T20", "--json"))["mails"], 300, "mails of the hour")
    same(json.loads(ask(s, "show", "ip", "198.51.100.7", "--json"))["days"], [{"day": "2023-06-23", "mails": 3}], "days of one address")
    check(f"mails per day ({NEWFOUNDLAND})" in ask(s, "show", "ip", "198.51.100.7"), "the page names it")
    lines = ask(s, "export", "--format", "csv", "--day", "2023-06-23").splitlines()
    same((len(lines), len(ask(s, "export", "--format", "csv", "--day", "2023-06-24").splitlines())), (301, 1), "exported lines, a head first")


def a_long_name_fits_a_terminal(t):
    s = t.server("--appendonly", "no", "--save", "")
    zone = "America/Argentina/Buenos_Aires"
    feed(s.url, 300, "--timezone", zone).end()
    for args in (["top", "envelope_domain", "--from", "2023-06-23T18", "--to", "2023-06-24T08"], ["top", "ip", "--day", "2023-06-23"],
                 ["show", "ip", "198.51.100.7"], ["top", "ip", "--day", "2020-01-01"]):
        for lang in ("en", "ja"):
            text = ask(s, *args, "--lang", lang)
            check(zone in text and all(columns(line) <= 80 for line in text.splitlines()), text)


def today_is_today_there(t):
    """The live page: the board of the day that it is there, be it tomorrow's or yesterday's by UTC."""
    s = t.server()
    now = datetime.datetime.now(datetime.timezone.utc)
    zone, hours = ("+14:00", 14) if now.hour >= 10 else ("-12:00", -12)
    c = s.client()
    c("HSET", "mxtap:calendar", "timezone", zone)
    for day, name in ((now, "utc.example"), (now + datetime.timedelta(hours=hours), "there.example")):
        c("ZADD", f"mxtap:top:helo:{day:%Y%m%d}", 1, name)
        c("ZADD", f"mxtap:top:ip:{day:%Y%m%d}", 1, "192.0.2.1")
    page = Terminal(s.url)
    seen = page.read(rb"\.example")
    page.key(b"q")
    page.p.wait(timeout=10)
    check(b"there.example" in seen and f"today ({zone})".encode() in seen, f"{zone} at {now}: {seen}")


def numbers_by_hour(page):
    """The chart as a table: (hour, accepted and not)."""
    rows = re.findall(r'<th scope="row">(2023[^<]*)</th><td class="n">(\d+)</td><td class="n">(\d+)', page)
    return [(hour, int(accepted) + int(other)) for hour, accepted, other in rows]


def a_report_has_the_days_there(t):
    """From Redis by its calendar; from a file by --timezone, in UTC without."""
    s = t.server()
    feed(s.url, 300, "--timezone", NEWFOUNDLAND).end()
    page = ask(s, "report", "--html", "-", "--day", "2023-06-23")
    check(f"Mails of 2023-06-23 ({NEWFOUNDLAND})" in page and f"Mails by hour, {NEWFOUNDLAND}" in page, page[:2000])
    same(numbers_by_hour(page), [("2023-06-23 20:00", 300)], "mails by hour")
    with tempfile.NamedTemporaryFile("wb") as f:
        for entry in s.client()("XRANGE", "mxtap:mails", "-", "+"):
            fields = dict(zip(entry[1][::2], entry[1][1::2]))
            f.write(fields["json"].encode() + b"\n")
        f.flush()
        for day, zone, mails in (("2023-06-23", [], 0), ("2023-06-24", [], 300), ("2023-06-23", ["--timezone", NEWFOUNDLAND], 300),
                                 ("2023-06-24", ["--timezone", TOKYO], 300)):
            page = ask(s, "report", "--html", "-", "--input", f.name, "--day", day, *zone)
            same(sum(n for _, n in numbers_by_hour(page)), mails, f"{day} {zone}")


def a_zone_that_is_none_is_refused(t):
    for zone, why in (("Mars/Base", "no such place"), ("+15", "at most 14 hours"), ("9", "a place such as Asia/Tokyo")):
        r = subprocess.run([MXTAP, "replay", "--timezone", zone, "/dev/null"], stderr=subprocess.PIPE)
        check(r.returncode == 2 and why in r.stderr.decode(), r.stderr.decode())
    s = t.server()
    s.client()("HSET", "mxtap:calendar", "timezone", "Mars/Base")
    r = subprocess.run([MXTAP, "top", "ip", "--redis", s.url], stderr=subprocess.PIPE)
    check(r.returncode == 1 and "keeps the days of Mars/Base: no such place" in r.stderr.decode(), r.stderr.decode())


CASES = [boards_have_the_days_and_hours_there, one_prefix_has_one_calendar, boards_from_before_there_was_a_choice_are_utc,
         two_that_come_at_once_agree_or_one_stops, after_a_flush_it_is_said_anew, a_spool_keeps_its_days, who_asks_gets_the_days_there, a_long_name_fits_a_terminal, today_is_today_there,
         a_report_has_the_days_there, a_zone_that_is_none_is_refused]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
