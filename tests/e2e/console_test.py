#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mxtap top, show, watch, campaigns, search against a real redis-server on a Unix socket.

The truth is told from the JSON lines that `mxtap replay --json -` gives of the same capture, or from what the test itself
wrote into Redis. Standard library only. The last line is `N passed, N failed`.
"""
import collections
import datetime
import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_server import Server  # noqa: E402
from tally import check, same, told  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = os.environ.get("MXTAP", os.path.join(TOP, "build/mxtap"))
FEED = os.environ.get("FEED", os.path.join(os.path.dirname(MXTAP), "tests/e2e/feed"))
REGISTER = os.path.join(TOP, "pcaps/register.pcap")
FACTS = os.path.join(TOP, "pcaps/record/register/register.jsonl")
PLAIN = ["--appendonly", "no", "--save", ""]


def run(*args, stdin=None, env=None, timeout=120):
    p = subprocess.run([MXTAP, *args], input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, env={**os.environ, **(env or {})})
    p.out, p.err = p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")
    return p


def ask(url, verb, *args, **how):
    return run(verb, *args, "--redis", url, **how)


def answer(url, verb, *args):
    """The one JSON object of an answer that went well."""
    p = ask(url, verb, *args, "--json")
    check(f"{verb} {' '.join(args)} ends well", p.returncode == 0 and not p.err, (p.returncode, p.err))
    return json.loads(p.out) if p.returncode == 0 else collections.defaultdict(list)


def one_line(name, p, status, pattern):
    lines = p.err.splitlines()
    check(name, p.returncode == status and len(lines) == 1 and lines[0].startswith("mxtap: ")
          and re.search(pattern, lines[0]) and not p.out, f"status {p.returncode}, {lines}, {p.out[:200]}")


def columns(line):
    """How many columns of a terminal a line takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def is_safe(text):
    return not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)


def fits(name, p):
    wide = [line for line in p.out.splitlines() if columns(line) > 80]
    check(f"{name}: fits 80 columns", p.returncode == 0 and p.out and not wide, wide or p.err)
    check(f"{name}: safe on a terminal", is_safe(p.out), repr(p.out))


def records(*paths):
    p = run("replay", "-q", "--json", "-", *paths)
    return [json.loads(line) for line in p.out.splitlines()]


# --- the register, as its records tell it ---

def values_of(mail, kind):
    m, origin = mail["mxtap"], mail["mxtap"].get("origin", {})
    if kind == "ip":
        return {origin["ip"]}
    if kind == "helo":
        return {origin["helo"].lower().rstrip(".")}
    if kind == "subject":
        return {m["subject_key"]}
    if kind == "mailer":
        return {v for v in [mail["email"].get("x_mailer")] if v}
    if kind == "claimed_ip":
        return {v for v in [m.get("claimed", {}).get("ip")] if v}
    return {link[kind].lower() for link in m.get("links", []) if kind in link}


KINDS = ("ip", "helo", "subject", "mailer", "claimed_ip", "host", "domain")


def counted(mails, kind):
    return collections.Counter(v for m in mails for v in values_of(m, kind))


def when(mail):
    return mail["timestamp"][:19] + "Z"


def top_of_register(url, mails):
    for kind in KINDS:
        got = answer(url, "top", kind)
        want = counted(mails, kind)
        same(f"top {kind}: mails", {v["value"]: v["mails"] for v in got["values"]},
             dict(want) if len(want) <= 20 else {v["value"]: want[v["value"]] for v in got["values"]})
        check(f"top {kind}: most mails first", [v["mails"] for v in got["values"]] ==
              sorted(want.values(), reverse=True)[:20], got)
        same(f"top {kind}: all mails", got["mails"], len(mails))
        for v in got["values"]:
            of = [m for m in mails if v["value"] in values_of(m, kind)]
            same(f"top {kind} {v['value']}: seen", (v["first_seen"], v["last_seen"]),
                 (min(map(when, of)), max(map(when, of))))
            check(f"top {kind} {v['value']}: share", abs(v["share"] - len(of) / len(mails)) < 0.001, v)
            if kind != "ip":
                same(f"top {kind} {v['value']}: senders", v["senders"], len({m["mxtap"]["origin"]["ip"] for m in of}))
        p = ask(url, "top", kind)
        fits(f"top {kind}", p)
        rows = p.out.splitlines()[3:]
        same(f"top {kind}: one row a value", len(rows), min(20, len(want)))
    p = ask(url, "top", "subject")
    begins = {columns(r[:re.match(r" *\d+ +[\d.]+% +\d+  \S{10} \S{10}(?: new | >5x |     )", r).end()])
              for r in p.out.splitlines()[3:]}
    same("top: values begin in one column", len(begins), 1)


def period_of_register(url, mails):
    def of(first, last):
        return dict(counted([m for m in mails if first <= when(m) < last], "subject"))

    def got(*args):
        return answer(url, "top", "subject", "-n", "100", *args)

    def mails_of(a):
        return {v["value"]: v["mails"] for v in a["values"]}

    day = got("--day", "2023-06-24")
    same("--day", mails_of(day), of("2023-06-24", "2023-06-25"))
    same("--day: distinct", day["distinct"], len(of("2023-06-24", "2023-06-25")))
    same("--day as digits", mails_of(got("--day", "20230624")), mails_of(day))
    same("--hour", mails_of(got("--hour", "2023-06-24T13")), of("2023-06-24T13", "2023-06-24T14"))
    same("--hour as digits", mails_of(got("--hour", "2023062413")), of("2023-06-24T13", "2023-06-24T14"))
    night = got("--from", "2023-06-24T18", "--to", "2023-06-25T08")
    same("--from --to overnight: hours", mails_of(night), of("2023-06-24T18", "2023-06-25T08"))
    same("--from --to overnight: nothing is missing", "hours_gone" in night, False)
    same("--from --to: whole days and hours", mails_of(got("--from", "2023-06-23T12:00", "--to", "2023-06-27T05:00")),
         of("2023-06-23T12", "2023-06-27T05"))
    same("--to: a day is counted in", mails_of(got("--from", "2023-06-24", "--to", "2023-06-25")),
         of("2023-06-24", "2023-06-26"))
    same("--from --to: years", mails_of(got("--from", "2022-01-01", "--to", "2025-12-31")), of("2022", "2026"))
    fits("top of a period", ask(url, "top", "subject", "--from", "2023-06-24T18", "--to", "2023-06-25T08"))


def hours_gone(server, mails):
    """A capture of its own server: hour boards that are gone are named, hours without mail are not."""
    c = server.client()
    hours = sorted({when(m)[:13] for m in mails if when(m)[:10] == "2023-06-24"})
    gone = hours[0].replace("-", "").replace("T", "")
    for kind in ("subject", "ip"):
        c("DEL", f"mxtap:top:{kind}:{gone}")
    a = answer(server.url, "top", "subject", "--from", "2023-06-24T00", "--to", "2023-06-24T23")
    named = [(g["from"], g["to"]) for g in a.get("hours_gone", [])]
    check("hours gone: the one that is gone is named", any(f <= hours[0] + ":00:00Z" < t for f, t in named), named)
    check("hours gone: hours that are there are not named",
          not any(f <= h + ":00:00Z" < t for f, t in named for h in hours[1:]), (named, hours))
    p = ask(server.url, "top", "subject", "--from", "2023-06-24T00", "--to", "2023-06-24T23")
    check("hours gone: said", re.search("hours gone.*:\n  2023-06-24 ", p.out), p.out)
    fits("hours gone", p)
    a = answer(server.url, "top", "subject", "--from", "2023-06-25T00", "--to", "2023-06-25T23")
    check("hours gone: a day with all its hours names none", "hours_gone" not in a, a)
    a = answer(server.url, "top", "subject", "--from", "2023-06-10", "--to", "2023-06-12")
    same("days without a board are named", [(g["from"], g["to"]) for g in a["days_without_board"]],
         [("2023-06-10T00:00:00Z", "2023-06-13T00:00:00Z")])
    c.close()


# --- boards that the test writes itself ---

def day(back, form="%Y%m%d"):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=back)).strftime(form)


def full_disk(server):
    for verb in VERBS:
        if verb[0] == "show":
            continue
        with open("/dev/full", "wb") as full:
            p = subprocess.run([MXTAP, *verb, "--redis", server.url], stdout=full, stderr=subprocess.PIPE, timeout=60)
        lines = p.stderr.decode().splitlines()
        check(f"disk full: {verb[0]}", p.returncode == 1 and len(lines) == 1 and "No space left" in lines[0], (p.returncode, lines))


def rising(server):
    """Values with a history of seven days: five times the mean is not above it."""
    c = server.client()
    for back in range(1, 8):
        for value in ("five", "six"):
            c("ZADD", f"mxtap:top:helo:{day(back)}", 1, value)
    stamp = day(10, "%Y-%m-%dT%H:%M:%SZ")
    for value, mails, first in (("five", 5, stamp), ("six", 6, stamp), ("silent", 2, stamp),
                                ("fresh", 9, day(0, "%Y-%m-%dT00:00:01Z"))):
        c("ZADD", f"mxtap:top:helo:{day(0)}", mails, value)
        c("ZADD", "mxtap:top:helo", mails + 7, value)
        c("HSET", f"mxtap:helo:{value}", "first_seen", first, "last_seen", day(0, "%Y-%m-%dT00:00:02Z"))
    for args in ((), ("--day", "today"), ("--day", day(0))):
        a = {v["value"]: v for v in answer(server.url, "top", "helo", *args)["values"]}
        name = " ".join(args) or "all time"
        same(f"five times the mean is not above ({name})", a["five"].get("above_mean"), None)
        same(f"six times is ({name})", a["six"].get("above_mean"), True)
        same(f"a value silent for a week rises ({name})", a["silent"].get("above_mean"), True)
        same(f"what is new is new, not rising ({name})", (a["fresh"].get("new"), a["fresh"].get("above_mean")), (True, None))
        same(f"what is known is not new ({name})", a["six"].get("new"), None)
        same(f"the mean ({name})", a["six"]["mean_7d"], 1.0)
    p = ask(server.url, "top", "helo", "--day", "today")
    check("new and rising are marked", re.search(r" new fresh$", p.out, re.M) and re.search(r" >5x six$", p.out, re.M)
          and not re.search(r"(new|>5x) five$", p.out, re.M), p.out)
    hour = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d%H")
    c("ZADD", f"mxtap:top:helo:{hour}", 3, "six")
    same("--last 1h", [(v["value"], v["mails"]) for v in answer(server.url, "top", "helo", "--last", "1h")["values"]],
         [("six", 3)])
    clock = datetime.datetime.now(datetime.timezone.utc).strftime("%H:00")
    same("--hour by the clock", [v["value"] for v in answer(server.url, "top", "helo", "--hour", clock)["values"]], ["six"])
    same("--last 8d holds the days", {v["value"] for v in answer(server.url, "top", "helo", "--last", "192h")["values"]}
         >= {"five", "six"}, True)
    c.close()


def full_boards(server):
    """A board at --redis-top may miss a value: its least mails bound what it does not say."""
    c = server.client()
    for i in range(12):
        c("ZADD", "mxtap:top:mailer:20240501", 3 + i, f"other {i}")
    c("ZADD", "mxtap:top:mailer:20240502", 50, "mine")
    c("HSET", "mxtap:mailer:mine", "first_seen", "2024-05-01T01:00:00Z", "last_seen", "2024-05-02T01:00:00Z", "mails", 52)
    a = answer(server.url, "top", "mailer", "--from", "2024-05-01", "--to", "2024-05-02", "--redis-top", "10")
    mine = [v for v in a["values"] if v["value"] == "mine"][0]
    same("full: at least, and below", (mine["mails"], mine["mails_below"], a["full"]), (50, 82, True))
    check("full: others are on it", "mails_below" not in a["values"][1], a)
    p = ask(server.url, "top", "mailer", "--from", "2024-05-01", "--to", "2024-05-02", "--redis-top", "10")
    check("full: shown as a range", re.search(r"^ +50-81 .* mine$", p.out, re.M) and "13+ values" in p.out, p.out)
    # From an eighth of its bound on, a board takes nobody with one mail, and with each further fiftieth nobody with one more.
    a = answer(server.url, "top", "mailer", "--from", "2024-05-01", "--to", "2024-05-02", "--redis-top", "96")
    mine = [v for v in a["values"] if v["value"] == "mine"][0]
    same("an eighth full: one mail may be missing", (mine["mails"], mine["mails_below"], a["full"]), (50, 52, True))
    a = answer(server.url, "top", "mailer", "--from", "2024-05-01", "--to", "2024-05-02", "--redis-top", "80")
    mine = [v for v in a["values"] if v["value"] == "mine"][0]
    same("fifteen per cent full: two may", (mine["mails"], mine["mails_below"], a["full"]), (50, 53, True))
    a = answer(server.url, "top", "mailer", "--from", "2024-05-01", "--to", "2024-05-02", "--redis-top", "97")
    check("not full: exact", "mails_below" not in a["values"][0] and "full" not in a, a)
    shown = answer(server.url, "show", "mailer", "mine", "--redis-top", "10")
    same("show: a day on whose full board it is missing", shown["days"],
         [{"day": "2024-05-01", "mails_below": 32}, {"day": "2024-05-02", "mails": 50}])
    p = ask(server.url, "show", "mailer", "mine", "--redis-top", "10")
    check("show: <n", re.search(r"^  2024-05-01 +<32$", p.out, re.M), p.out)
    for i in range(256):
        c("ZADD", "mxtap:helo:many:ip", 1, f"192.0.2.{i}")
    c("ZADD", "mxtap:helo:few:ip", 1, "192.0.2.1")
    for value in ("many", "few"):
        c("ZADD", "mxtap:top:helo", 300, value)
    a = {v["value"]: v for v in answer(server.url, "top", "helo")["values"]}
    same("senders of a full graph", (a["many"]["senders"], a["many"]["senders_more"]), (256, True))
    same("senders of one that is not", (a["few"]["senders"], a["few"].get("senders_more")), (1, None))
    check("256+", re.search(r" 256\+ .* many$", ask(server.url, "top", "helo").out, re.M), "")
    c.close()


def owners(server):
    """A network's and a system's addresses, with and without a database that named them."""
    c = server.client()
    for ip, mails in (("203.0.113.7", 3), ("203.0.113.9", 1), ("198.51.100.1", 9)):
        c("ZADD", "mxtap:top:ip", mails, ip)
    c("HSET", "mxtap:asn:64512", "first_seen", "2024-05-01T01:00:00Z", "last_seen", "2024-05-01T01:00:00Z", "org", "Ex")
    c("ZADD", "mxtap:asn:64512:net", 4, "203.0.113.0/24", 2, "192.0.2.0/24")
    c("ZADD", "mxtap:net:203.0.113.0/24:ip", 3, "203.0.113.7", 1, "203.0.113.9")
    c("ZADD", "mxtap:net:192.0.2.0/24:ip", 2, "192.0.2.77")
    c("HSET", "mxtap:net:203.0.113.0/24", "first_seen", "2024-05-01T01:00:00Z", "last_seen", "2024-05-01T01:00:00Z",
      "asn", "64512")
    for typed in ("64512", "AS64512", "as64512"):
        a = answer(server.url, "show", "asn", typed)
        same(f"show asn {typed}: its addresses", [(v["value"], v["mails"]) for v in a["addresses"]],
             [("203.0.113.7", 3), ("192.0.2.77", 2), ("203.0.113.9", 1)])
        same(f"show asn {typed}: who it is", (a["org"], a["value"]), ("Ex", "64512"))
    a = answer(server.url, "show", "net", "203.0.113.99/24")
    same("show net: its addresses", [v["value"] for v in a["with"]["ip"]["values"]], ["203.0.113.7", "203.0.113.9"])
    a = answer(server.url, "show", "net", "198.51.100.0/22")
    same("show net that no database named", [v["value"] for v in a["addresses"]], ["198.51.100.1"])
    fits("show asn", ask(server.url, "show", "asn", "64512"))
    c.close()


def show_of_register(url, mails):
    ip = "43.153.171.155"
    a = answer(url, "show", "ip", ip)
    mine = [m for m in mails if m["mxtap"]["origin"]["ip"] == ip]
    same("show ip: mails", (a["mails"], a["accepted"], a["refused"], a["sessions"]), (4, 4, 0, 4))
    same("show ip: since when", (a["first_seen"], a["last_seen"]), (min(map(when, mine)), max(map(when, mine))))
    for kind in ("helo", "subject", "mailer"):
        same(f"show ip: {kind}s that came with it", {v["value"]: v["mails"] for v in a["with"][kind]["values"]},
             dict(counted(mine, kind)))
    same("show ip: days", {d["day"]: d["mails"] for d in a["days"]}, dict(collections.Counter(when(m)[:10] for m in mine)))
    same("show ip: its last mails", sorted(m["timestamp"][:19] for m in a["last_mails"]), sorted(m["timestamp"][:19] for m in mine))
    same("show ip: another spelling", answer(url, "show", "ip", "2400:8500:1302:3135:0157:7:213:94")["mails"], 1)
    same("show helo: case and final dot do not matter", answer(url, "show", "helo", "AMAZON.co.jp.")["mails"], 5)
    same("show helo: from which addresses", {v["value"]: v["mails"] for v in
                                             answer(url, "show", "helo", "amazon.co.jp")["with"]["ip"]["values"]},
         {ip: 4, "154.85.56.43": 1})
    same("show host: its addresses", {v["value"] for v in answer(url, "show", "host", "tcbnvck.cn")["with"]["ip"]["values"]},
         {"172.245.224.137"})
    same("show subject: as it was sent", answer(url, "show", "subject",
         "【ご注意】Amazonプライム会費のお支払い方法に問題があります #919-46486047")["mails"], 1)
    same("show domain: last mails", len(answer(url, "show", "domain", "montaly.shop")["last_mails"]), 1)
    same("show claimed_ip", len(answer(url, "show", "claimed_ip", "103.244.54.137")["last_mails"]), 2)
    same("show from_domain: last mails", len(answer(url, "show", "from_domain", "nlugjoc.cn")["last_mails"]), 1)
    same("show tld", len(answer(url, "show", "tld", "shop")["last_mails"]), 2)
    for args in (("ip", ip), ("helo", "amazon.co.jp"), ("subject", "お支払い方法の情報を更新"), ("host", "tcbnvck.cn")):
        fits(f"show {args[0]}", ask(url, "show", *args))
    same("show ip: as a server writes it that listens on both families at once", answer(url, "show", "ip", f"::ffff:{ip}")["mails"],
         answer(url, "show", "ip", ip)["mails"])
    one_line("show: what nobody sent", ask(url, "show", "helo", "no.such.name"), 1, "nothing is known of helo no.such.name")
    one_line("show: no address", ask(url, "show", "ip", "300.1.1.1"), 2, "300.1.1.1 is no IP address")
    one_line("show: no AS", ask(url, "show", "asn", "AS"), 2, "is no value")
    one_line("show: no network", ask(url, "show", "net", "here"), 2, "is no network")


def search_of_register(url, mails):
    def found(*words):
        p = ask(url, "search", *words, "--json", "-n", "100")
        check(f"search {words} ends well", p.returncode == 0, p.err)
        return sorted(json.loads(line)["flow_id"] for line in p.out.splitlines())

    def truth(word):
        return sorted(m["flow_id"] for m in mails if word in json.dumps(m, ensure_ascii=False).lower())

    for word in ("Supmailer", "SUPMAILER", "asdqwe", "お支払い", "ＥＴＣ", "【ETC】", "103.244.54.137", "tcbnvck.cn?rfunc"):
        same(f"search {word}", found(word), truth(word.lower()))
    check("search: something was found", len(found("supmailer")) == 5 and len(found("お支払い")) >= 4, "")
    same("search: all words", found("supmailer", "34.146.70.35"), sorted(set(truth("supmailer")) & set(truth("34.146.70.35"))))
    same("search: names of fields are not texts", found("event_type"), [])
    same("search: nothing", found("no such text"), [])
    p = ask(url, "search", "amazon", "-n", "2")
    check("search -n", len(p.out.splitlines()) == 4 and "2 mails found in the newest" in p.out and "-n finds more" in p.out, p.out)
    fits("search", ask(url, "search", "amazon"))
    first = ask(url, "search", "nlugjoc.cn", "--json").out.splitlines()
    same("search --json is the record", json.loads(first[0])["email"]["from"], "えきねっと <eki-customer9@nlugjoc.cn>")


# --- campaigns ---

GROUPS = {frozenset(g.split()) for g in (
    "reg-06 reg-13 reg-14 reg-18 reg-22", "reg-03 reg-07 reg-08 reg-12 reg-20", "reg-16 reg-17 reg-21 reg-23",
    "reg-10 reg-11", "reg-01 reg-15 reg-19", "reg-05 reg-09", "muramatsu-1 muramatsu-2")}
MAY_JOIN = "reg-22"  # the others that name themselves amazon.co.jp come from one address


def campaigns(stdin, *args):
    p = run("campaigns", "--input", "-", "--json", *args, stdin=stdin)
    check("campaigns ends well", p.returncode == 0 and not p.err, (p.returncode, p.err))
    return [json.loads(line) for line in p.out.splitlines()]


def lines_of(mails):
    return "".join(json.dumps(m, ensure_ascii=False) + "\n" for m in mails).encode()


def names_of_mails(mails):
    """flow:tx of each mail of the register: its id there, by what its write-up tells."""
    facts = [json.loads(line) for line in open(FACTS, encoding="utf-8")]
    names = {}
    for m in mails:
        subject = m["email"]["subject"]
        mine = [f for f in facts if f["subject"] == subject and f.get("x_mailer") == m["email"].get("x_mailer")
                and f.get("src_ip", m["src_ip"]) == m["src_ip"]
                and (f.get("helo") or m["smtp"]["helo"]) == m["smtp"]["helo"]
                and (not f.get("urls") or f["urls"][0] in m["email"].get("url", [])
                     or f["urls"][0].rstrip("/") + "/" in m["email"].get("url", [])
                     or "?" in f["urls"][0])]
        assert len(mine) == 1, (subject, [f["id"] for f in mine])
        names[f"{m['flow_id']}:{m['tx_id']}"] = mine[0]["id"]
    return names


def campaigns_of_register(url, all_records):
    mails = [m for m in all_records if m["event_type"] == "smtp"]
    names = names_of_mails(mails)
    same("the register is thirty mails", len(set(names.values())), 30)
    groups = campaigns(lines_of(all_records))
    got = {frozenset(names[m] for m in g["members"]) for g in groups}
    same("campaigns: the register's groups and no others", {g - {MAY_JOIN} for g in got}, {g - {MAY_JOIN} for g in GROUPS})
    same("campaigns: each mail in one", sum(g["mails"] for g in groups), len({m for g in groups for m in g["members"]}))
    traits = {frozenset(names[m] for m in g["members"]) - {MAY_JOIN}: {(t["kind"], t["value"]) for t in g["traits"]} for g in groups}
    for members, trait in (("reg-03 reg-07 reg-08 reg-12 reg-20", ("mailer_shape", "Supmailer N")),
                           ("reg-16 reg-17 reg-21 reg-23", ("helo_shape", "N-N-N-N.localdomain")),
                           ("reg-10 reg-11", ("helo_shape", "asdqwe-N.novalocal")),
                           ("reg-01 reg-15 reg-19", ("helo_shape", "mailN.*")), ("reg-05 reg-09", ("helo_word", "mail.*")),
                           ("muramatsu-1 muramatsu-2", ("claimed_ip", "103.244.54.137")),
                           ("reg-06 reg-13 reg-14 reg-18", ("subject", "お支払い方法の情報を更新"))):
        check(f"campaigns: {members} held by {trait}", trait in traits.get(frozenset(members.split()), ()), traits)
    base = run("campaigns", "--input", "-", "--json", stdin=lines_of(all_records)).out
    page = run("campaigns", "--input", "-", stdin=lines_of(all_records)).out
    rng = random.Random(4)
    for turn in range(8):
        mixed = all_records[:]
        rng.shuffle(mixed)
        same(f"campaigns: order does not matter ({turn})", run("campaigns", "--input", "-", "--json", stdin=lines_of(mixed)).out, base)
        same(f"campaigns: nor for the page ({turn})", run("campaigns", "--input", "-", stdin=lines_of(mixed)).out, page)
    same("campaigns: every line twice changes nothing",
         run("campaigns", "--input", "-", "--json", stdin=lines_of(all_records + mixed)).out, base)
    from_stream = ask(url, "campaigns", "--json")
    same("campaigns: the stream tells the same", from_stream.out, base)
    fits("campaigns", ask(url, "campaigns"))
    everything = records(os.path.join(TOP, "pcaps"))
    groups = [{names.get(m, "another") for m in g["members"]} for g in campaigns(lines_of(everything))]
    check("campaigns: the same among all captures", {frozenset(g - {MAY_JOIN}) for g in groups if g != {"another"}} ==
          {g - {MAY_JOIN} for g in GROUPS}, groups)


def made(i, **fields):
    """A mail of its own hand: nothing in it is like another's."""
    a, b = divmod(i, 250)
    m = {"timestamp": f"2024-03-01T{i // 3600 % 24:02d}:{i // 60 % 60:02d}:{i % 60:02d}.000000+0000", "event_type": "smtp",
         "flow_id": 100000 + i, "tx_id": 0, "src_ip": f"10.{a}.{b}.1", "dest_ip": "192.0.2.25",
         "smtp": {"helo": f"host-{word(i)}.{word(i + 7)}.com", "mail_from": f"<a@{word(i)}.com>"},
         "email": {"subject": f"about {word(i)} {word(3 * i + 1)}", "message_id": f"<{i}@{word(i)}>"},
         "mxtap": {"direction": "inbound", "role": "relay", "client": {"ip": f"10.{a}.{b}.1"},
                   "origin": {"ip": f"10.{a}.{b}.1", "helo": f"host-{word(i)}.{word(i + 7)}.com", "hop": 0},
                   "subject_key": f"about {word(i)} {word(3 * i + 1)}",
                   "links": [{"url": f"https://www.{word(i)}.net/", "host": f"www.{word(i)}.net", "domain": f"{word(i)}.net",
                              "path": "/", "tag": "a"}]}}
    for key, value in fields.items():
        if key == "helo":
            m["smtp"]["helo"] = m["mxtap"]["origin"]["helo"] = value
        elif key == "subject":
            m["email"]["subject"] = m["mxtap"]["subject_key"] = value
            if value is None:
                del m["email"]["subject"], m["mxtap"]["subject_key"]
        elif key == "host":
            m["mxtap"]["links"].append({"url": f"https://{value}/{word(i)}", "host": value, "domain": value, "path": f"/{word(i)}",
                                        "tag": fields.get("tag", "a")})
        elif key == "mailer":
            m["email"]["x_mailer"] = value
        elif key == "ip":
            m["mxtap"]["origin"]["ip"] = m["mxtap"]["client"]["ip"] = m["src_ip"] = value
    return m


def word(i):
    """Letters only, another one for every number."""
    text = ""
    i += 1000
    while i:
        i, d = divmod(i, 19)
        text += "bcdfghjklmnpqrstvwx"[d] + "aeiou"[(d + i) % 5]
    return text


def campaigns_of_many():
    """Common traits do not glue; a campaign of many machines is one all the same."""
    noise = [made(i) for i in range(400)]
    same("campaigns: mails with nothing in common are in none", campaigns(lines_of(noise)), [])
    mail = [made(i, helo=f"mail-oi1-f{i}.google.com", host="fonts.cdn-everybody.com", subject=None) for i in range(300)]
    same("campaigns: a free mail HELO, a CDN host and no subject glue nothing", campaigns(lines_of(mail)), [])
    same("campaigns: nor among others", campaigns(lines_of(noise + [made(1000 + i, helo=f"mail-oi1-f{i}.google.com",
         host="fonts.cdn-everybody.com", subject=None) for i in range(60)])), [])
    same("campaigns: pictures from one host glue nothing",
         campaigns(lines_of([made(i, host="img.brand.com", tag="img") for i in range(4)])), [])
    same("campaigns: a subject that two hands use is not enough",
         campaigns(lines_of(noise + [made(2000 + i, subject="重要なお知らせ") for i in range(2)])), [])
    many = [made(2100 + i, helo=f"mail.{word(i + 9)}.com") for i in range(150)]
    same("campaigns: nor with a HELO like half the world's", campaigns(lines_of(noise + many +
         [made(2300 + i, subject="重要なお知らせ", helo=f"mail.{word(i)}.org") for i in range(2)])), [])
    same("campaigns: with one that few have it is", [g["mails"] for g in campaigns(lines_of(noise +
         [made(2300 + i, subject="重要なお知らせ", helo=f"post.{word(i)}.org") for i in range(2)]))], [2])
    bots = [made(3000 + i, host="login-here.top", subject=f"your account {word(i % 5)}", helo=f"pc-{word(i)}.home.net")
            for i in range(120)]
    got = campaigns(lines_of(noise + bots))
    same("campaigns: 120 machines, five subjects, one host", [(g["mails"], g["senders"]) for g in got], [(120, 120)])
    check("campaigns: held by the host", ("link_host", "login-here.top") in {(t["kind"], t["value"]) for t in got[0]["traits"]}, got)
    same("campaigns: alone in a file too", [g["mails"] for g in campaigns(lines_of(bots))], [120])
    rare = [made(4000 + i, mailer="Xyzzy Mass 3." + str(i)) for i in range(3)]
    same("campaigns: three senders with a mailer of their own", [g["mails"] for g in campaigns(lines_of(noise + rare))], [3])
    common = [made(4100 + i, mailer=f"Outlook 16.{i}") for i in range(200)]
    same("campaigns: a mailer that everybody has", campaigns(lines_of(noise + common)), [])
    one = [made(4400 + i, ip="198.51.100.7", helo="mx1.firm-and-co.com", mailer="Firm 2.1") for i in range(6)]
    same("campaigns: one server's mails are no campaign for being its mails", campaigns(lines_of(noise + one)), [])
    one = [made(4500 + i, ip="198.51.100.7", subject="buy now") for i in range(3)]
    same("campaigns: one server's mails of one subject are", [g["mails"] for g in campaigns(lines_of(noise + one))], [3])
    same("campaigns: reserved names are nobody's", campaigns(lines_of(noise + [made(4600 + i, helo="mail.example.net")
         for i in range(3)])), [])
    same("campaigns: nor reserved links", campaigns(lines_of(noise + [made(4650 + i, host="example.org") for i in range(3)])), [])
    site = [made(4660 + i, ip="198.51.100.8") for i in range(5)]
    for m in site:
        m["mxtap"]["links"][0]["path"] = "/contact"
    same("campaigns: one server's mails are none for their site's paths", campaigns(lines_of(noise + site)), [])
    relayed = made(4700, host="one-of-two.top")
    copy = json.loads(json.dumps(relayed))
    copy.update(flow_id=999, src_ip="192.0.2.25", dest_ip="192.0.2.99", timestamp=relayed["timestamp"][:-11] + "59.0+0000")
    copy["mxtap"]["client"]["ip"] = copy["mxtap"]["origin"]["ip"] = "192.0.2.25"
    same("campaigns: a relayed copy is no second mail", campaigns(lines_of([relayed, copy])), [])
    again = json.loads(json.dumps(copy))
    again["email"]["message_id"] = "<another>"
    same("campaigns: but another mail is", [g["mails"] for g in campaigns(lines_of([relayed, again]))], [2])
    outbound = [made(4800 + i, host="our-own.com") for i in range(3)]
    for m in outbound:
        m["mxtap"]["direction"] = "outbound"
    same("campaigns: only inbound mail is looked at", campaigns(lines_of(outbound)), [])


def campaigns_input(server, all_records):
    p = run("campaigns", "--input", "-", stdin=b"not json\n{\"a\":1}\n\n" + lines_of(all_records))
    check("campaigns: strange lines are counted", p.returncode == 3 and "2 lines are no records" in p.err and "7 campaigns" in p.out,
          (p.returncode, p.err))
    p = run("campaigns", "--input", "-", stdin=b"\xff\xfe" + os.urandom(5000) + b"\n" + b'{"event_type":"smtp","mxtap":[1]}\n' +
            b'{"event_type":"smtp","flow_id":-5,"timestamp":7,"email":"x"}\n' + b"[" * 100000)
    check("campaigns: rubbish is said and survived", p.returncode == 3, (p.returncode, p.err[-300:]))
    one_line("campaigns: no such file", run("campaigns", "--input", "/no/such"), 1, "/no/such: No such file")
    p = run("campaigns", "--input", "-", "--limit", "3", stdin=lines_of(all_records))
    check("campaigns: --limit is said", "only 3 mails were taken" in p.err, p.err)
    p = run("campaigns", "--input", "-", stdin=b"")
    check("campaigns: nothing in, nothing out", p.returncode == 0 and p.out.startswith("0 campaigns"), p.out)
    c = server.client()
    before = set(c("KEYS", "*"))
    p = ask(server.url, "campaigns", "--save")
    check("campaigns --save: ends well", p.returncode == 0 and "7 saved" in p.err, p.err)
    groups = [json.loads(line) for line in ask(server.url, "campaigns", "--json").out.splitlines()]
    same("campaigns --save: the board", c.board("mxtap:campaigns"), {g["id"]: g["mails"] for g in groups})
    for g in groups:
        h = c.hash(f"mxtap:campaign:{g['id']}")
        same(f"campaigns --save: {g['id']}", (int(h["mails"]), int(h["senders"]), h["first_seen"], h["subject"]),
             (g["mails"], g["senders"], g["first_seen"], g["subject"]))
        same(f"campaigns --save: its addresses {g['id']}", set(c("SMEMBERS", f"mxtap:campaign:{g['id']}:ip")), set(g["ips"]))
        check(f"campaigns --save: {g['id']} expires", 0 < c("TTL", f"mxtap:campaign:{g['id']}") <= 30 * 86400, "")
    check("campaigns --save: touches nothing else", all(k.startswith("mxtap:campaign") for k in set(c("KEYS", "*")) - before), "")
    run("campaigns", "--input", "-", "--save", "--redis", server.url, stdin=lines_of([made(i, host="new.top") for i in range(2)]))
    same("campaigns --save: takes the place of the last", (len(c.board("mxtap:campaigns")), len([k for k in c("KEYS", "mxtap:campaign:*")
         if k.count(":") == 2])), (1, 1))
    c.close()


# --- hostile text ---

def through_tls():
    """rediss:// as the sensors have it: the right authority, or nobody."""
    import redis_tls_test as tls
    port = tls.free_port()
    server = Server(*PLAIN, "--tls-port", str(port), "--bind", "127.0.0.1", "--tls-cert-file", tls.C.path("server.pem"),
                    "--tls-key-file", tls.C.path("server.key"), "--tls-ca-cert-file", tls.C.path("ca.pem"), "--tls-auth-clients", "yes")
    url = f"rediss://127.0.0.1:{port}"
    try:
        run("replay", "-q", "--redis", server.url, REGISTER)
        p = ask(url, "top", "helo", "--redis-ca", tls.C.path("ca.pem"), "--redis-cert", tls.C.path("client.pem"), "--redis-key",
                tls.C.path("client.key"))
        check("rediss: top", p.returncode == 0 and "amazon.co.jp" in p.out, p.err)
        p = ask(url, "campaigns", "--redis-ca", tls.C.path("ca.pem"), "--redis-cert", tls.C.path("both.pem"))
        check("rediss: large answers", p.returncode == 0 and "7 campaigns" in p.out, p.err)
        one_line("rediss: another authority", ask(url, "top", "ip", "--redis-ca", tls.C.path("other-ca.pem")), 1, "not accepted")
        one_line("rediss: no certificate of ours", ask(url, "top", "ip", "--redis-ca", tls.C.path("ca.pem")), 1, "cannot be asked|went away")
        one_line("rediss: no such file", ask(url, "top", "ip", "--redis-ca", "/no/ca.pem"), 1, "/no/ca.pem")
    finally:
        server.stop()
        shutil.rmtree(tls.C.dir)


def hostile(server):
    subprocess.run([FEED, "--redis", server.url, "--mails", "200", "--hostile"], check=True, stderr=subprocess.DEVNULL)
    for args in (("top", "helo"), ("top", "subject"), ("top", "helo", "--day", "2023-06-24"), ("search", "h"), ("campaigns",),
                 ("show", "ip", "198.51.100.7"), ("show", "helo", "amazon.co.jp:ip"), ("show", "helo", "{a}*?[x]\\ y")):
        fits(f"hostile text: {' '.join(args)}", ask(server.url, *args))
    a = answer(server.url, "top", "helo", "-n", "50")
    for v in a["values"]:
        typed = v["value"]
        shown = answer(server.url, "show", "helo", typed)
        same(f"hostile text: what top shows, show takes: {typed[:40]}", (shown["value"], shown["mails"]), (typed, v["mails"]))
    same("hostile text: typed as it is", answer(server.url, "show", "helo", "{a}*?[x]\\ y")["value"], "{a}*?[x]\\x5c y")
    c = server.client()
    c("ZADD", "mxtap:top:ip", 100000, "\x1b[2J\u202egnp.exe\x07")
    c("HSET", "mxtap:ip:192.0.2.1", "first_seen", "\x1b]0;x\x07", "org", "\x1b[31mred\u202e", "last_seen", "\x9b")
    for args in (("top", "ip"), ("show", "ip", "192.0.2.1")):
        p = ask(server.url, *args)
        check(f"text that nobody escaped is escaped here: {' '.join(args)}", p.returncode == 0 and is_safe(p.out), repr(p.out))
    c.close()


def copies(server):
    subprocess.run([FEED, "--redis", server.url, "--mails", "20", "--relayed", "--run", "c0"], check=True, stderr=subprocess.DEVNULL)
    p = ask(server.url, "search", "example", "-n", "1000", "--json")
    same("search: relayed copies once", len(p.out.splitlines()), 20)
    check("search: and said", "relayed copies left out" in ask(server.url, "search", "example", "-n", "1000").out, "")
    same("top: relayed copies once", answer(server.url, "top", "ip")["mails"], 20)
    p = ask(server.url, "campaigns")
    check("campaigns: relayed copies once", "in 20 mails" in p.out, p.out[:200])
    c = server.client()
    marked = json.loads(json.dumps(made(1, subject="marked by the sensor")))
    c("XADD", "mxtap:mails", "*", "sensor", "feed", "copy_of", "7:0", "json", json.dumps(marked))
    same("search: what the sensor marked as a copy is none", ask(server.url, "search", "marked by", "--json").out, "")
    check("campaigns: nor here", "in 20 mails" in ask(server.url, "campaigns").out, "")
    # Another sensor saw the second hop and could not know: nothing is marked.
    entry = c("XREVRANGE", "mxtap:mails", "+", "-", "COUNT", "200")
    first = [e for _, e in entry if "copy_of" not in e and "sensor" in e][0]
    record = json.loads(first[first.index("json") + 1])
    record.update(flow_id=42, src_ip=record["dest_ip"], dest_ip="192.0.2.99")
    record["mxtap"]["client"] = {"ip": record["src_ip"], "via": "tcp"}
    record["email"]["x_mailer"] = "ПочтаМейл"
    c("XADD", "mxtap:mails", "*", "sensor", "other", "json", json.dumps(record))
    same("search: Cyrillic letters have cases too", len(ask(server.url, "search", "пОЧТАмейл", "--json").out.splitlines()), 1)
    same("search: what two sensors saw counts once", len(ask(server.url, "search", "example", "-n", "1000", "--json").out.splitlines()), 20)
    check("campaigns: what two sensors saw counts once", "in 20 mails" in ask(server.url, "campaigns").out, "")
    c.close()


# --- when it cannot be answered ---

VERBS = (("top", "ip"), ("top", "helo", "--last", "24h"), ("show", "ip", "192.0.2.1"), ("watch", "--json", "-n", "1"), ("campaigns",),
         ("search", "x"))


def usage():
    for args, pattern in (
            (["top"], "top: .*give one kind"), (["top", "nokind"], "nokind: no such kind; there are ip net asn"),
            (["top", "ip", "helo"], "give one kind"), (["top", "ip", "-n", "0"], "-n 0: give a number"),
            (["top", "ip", "-n"], "-n: needs a value"), (["top", "ip", "--day"], "--day: needs a value"),
            (["top", "ip", "--day", "2023-02-30"], "give 2023-06-24"), (["top", "ip", "--day", "2023-06-24T13"], "give a day"),
            (["top", "ip", "--hour", "2023-06-24"], "give an hour"), (["top", "ip", "--hour", "2023-06-24T13:30"], "by the hour"),
            (["top", "ip", "--last", "12"], "12h or 7d"), (["top", "ip", "--last", "0h"], "12h or 7d"),
            (["top", "ip", "--last", "99999999d"], "12h or 7d"), (["top", "ip", "--to", "2023-06-24"], "--to: needs --from"),
            (["top", "ip", "--from", "2023-06-24", "--to", "2023-06-23"], "ends before it begins"),
            (["top", "ip", "--from", "1990-01-01"], "longer than ten years"),
            (["top", "ip", "--day", "today", "--last", "1h"], "give one of"), (["top", "ip", "--save"], "--save: not an option"),
            (["top", "ip", "--jsn"], "--jsn: no such option"), (["top", "ip", "--json=1"], "takes no value"),
            (["show", "ip"], "a kind and a value"), (["show"], "a kind and a value"), (["show", "ip", ""], "empty"),
            (["watch", "now"], "takes no words"), (["watch", "--interval", "0"], "--interval 0"), (["campaigns", "x"], "no words"),
            (["search"], "give one to sixteen"), (["search", ""], "empty"), (["top", "ip", "--redis-prefix", "a:b"], "--redis-prefix"),
            (["top", "ip", "--redis-top", "x"], "--redis-top x"), (["search", *"abcdefghijklmnopq"], "one to sixteen")):
        one_line(f"usage: {' '.join(args)}", run(*args), 2, pattern)
    one_line("usage: not a URL", run("top", "ip", "--redis", "http://x"), 1, "the Redis URL cannot be used")
    for verb in ("top", "show", "watch", "campaigns", "search"):
        helps = [run("help", verb), run(verb, "--help"), run(verb, "-h")]
        check(f"help {verb}", all(p.returncode == 0 and p.out == helps[0].out and f"mxtap {verb}" in p.out for p in helps), helps)
        check(f"help {verb}: fits", all(len(line) <= 80 for line in helps[0].out.splitlines()),
              [line for line in helps[0].out.splitlines() if len(line) > 80])
        check(f"help lists {verb}", f"mxtap {verb}" in run("help").out, "")


def trouble():
    with tempfile.TemporaryDirectory() as d:
        for verb in VERBS:
            one_line(f"no server: {verb[0]}", ask(f"unix://{d}/none", *verb), 1, "cannot be asked: No such file or directory")
        one_line("nobody listens", ask("redis://127.0.0.1:1", "top", "ip"), 1, "cannot be asked: Connection refused")
        one_line("no password file", run("top", "ip", "--redis-password-file", d + "/none"), 2, "No such file")
    server = Server(*PLAIN, "--requirepass", "right")
    try:
        for verb in VERBS:
            one_line(f"no password: {verb[0]}", ask(server.url, *verb), 1, "NOAUTH")
        one_line("wrong password", ask(server.url, "top", "ip", env={"MXTAP_REDIS_PASSWORD": "wrong"}), 1, "WRONGPASS|invalid")
        p = ask(server.url, "top", "ip", env={"MXTAP_REDIS_PASSWORD": "right"})
        check("right password", p.returncode == 0, p.err)
        with tempfile.NamedTemporaryFile("w") as f:
            f.write("right\n")
            f.flush()
            check("password file", ask(server.url, "top", "ip", "--redis-password-file", f.name).returncode == 0, "")
        secret = "unix://:right@" + server.socket
        p = run("top", "ip", "--redis", secret)
        check("a password on the command line is warned about and not shown", p.returncode == 0 and "can be read by others" in p.err
              and "right" not in p.err, p.err)
    finally:
        server.stop()
    server = Server(*PLAIN)
    try:
        for verb in VERBS:
            p = ask(server.url, *verb)
            if verb[0] == "show":
                one_line("empty Redis: show", p, 1, "nothing is known")
            else:
                check(f"empty Redis: {verb[0]}", p.returncode == 0 and p.out and not p.err, (p.returncode, p.err, p.out))
        c = server.client()
        same("reading writes nothing", c("DBSIZE"), 0)
        for key, verbs in (("mxtap:top:ip", ("top", "watch")), ("mxtap:mails", ("campaigns", "search", "watch")),
                           ("mxtap:stats", ("watch",)), ("mxtap:ip:192.0.2.1", ("show",)), ("mxtap:ip:192.0.2.1:helo", ("show",))):
            c("SET", key, "somebody else's")
            for verb in VERBS:
                if verb[0] in verbs and (key != "mxtap:top:ip" or "--last" not in verb):
                    one_line(f"not ours: {key}: {verb[0]}", ask(server.url, *verb), 1, "is not mxtap's: .*choose another --redis-prefix")
            same(f"not ours: {key} is left alone", c("GET", key), "somebody else's")
            c("DEL", key)
        c("SET", "mxtap:campaigns", "x")
        p = run("campaigns", "--save", "--input", "-", "--redis", server.url, stdin=lines_of([made(1), made(2)]))
        check("not ours: campaigns --save", p.returncode == 1 and "is not mxtap's" in p.err and c("GET", "mxtap:campaigns") == "x", p.err)
        c("DEL", "mxtap:campaigns")
        c("CONFIG", "SET", "lua-time-limit", "50")
        busy = server.client()
        busy.s.sendall(b"EVAL 'while true do end' 0\r\n")
        time.sleep(0.3)
        one_line("a server that is busy", ask(server.url, "top", "ip"), 1, "is not ready, try again: BUSY")
        c("SCRIPT", "KILL")
        busy.close()
        server.signal(signal.SIGSTOP)
        begun = time.monotonic()
        p = subprocess.Popen([MXTAP, "watch", "--json", "--redis", server.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(1)
        p.send_signal(signal.SIGTERM)
        p.communicate(timeout=10)
        check("a server that hangs: a signal ends the wait", time.monotonic() - begun < 5, "")
        server.signal(signal.SIGCONT)
        c.close()
    finally:
        server.stop()


def strange_answers():
    """Something that answers as no Redis would, whatever it is asked."""
    answers = (b":-5\r\n", b"$-1\r\n", b"*0\r\n", b"*-1\r\n", b"+OK\r\n", b"*1\r\n:3\r\n", b"*2\r\n$1\r\na\r\n*-1\r\n",
               b"*2\r\n*2\r\n$1\r\na\r\n:1\r\n:7\r\n", b"*3\r\n$0\r\n\r\n$0\r\n\r\n$1\r\nx\r\n",
               b"*1\r\n*2\r\n$3\r\n1-1\r\n*3\r\n$4\r\njson\r\n$2\r\n{}\r\n$1\r\nx\r\n", b"-ERR what\r\n", b"-\r\n", b"HTTP/1.1 400 Bad\r\n\r\n",
               b"*1\r\n" * 200, b"\x00" * 100, b"")
    unfinished = (b"$99999999999999\r\n", b"*2147483647\r\n", b"*2\r\n:1\r\n")  # fifteen seconds each, then it is given up
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "s")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(8)
        current = [b""]

        def serve():
            while True:
                try:
                    c = listener.accept()[0]
                except OSError:
                    return
                try:
                    while True:
                        asked = c.recv(1 << 20)
                        if not asked or not current[0]:
                            break
                        c.sendall(current[0] * len(re.findall(rb"(?:^|\r\n)\*\d+\r\n\$", asked)))
                except OSError:
                    pass
                c.close()

        threading.Thread(target=serve, daemon=True).start()
        for current[0] in answers + unfinished[:3 if os.environ.get("MXTAP_LONG") else 0]:
            for verb in VERBS if current[0] in answers else VERBS[:1]:
                p = ask(f"unix://{path}", *verb, "--limit", "50") if verb[0] in ("campaigns", "search") else ask(f"unix://{path}", *verb)
                check(f"strange answer {current[0][:30]}: {' '.join(verb)}", p.returncode in (0, 1) and (p.returncode == 0 or
                      len(p.err.splitlines()) == 1) and is_safe(p.out) and is_safe(p.err), (p.returncode, p.err[-500:]))
        listener.close()


def acl_line(page="docs/REDIS.md"):
    """The line of the docs for a user who may only read."""
    text = open(os.path.join(TOP, page), encoding="utf-8").read()
    return re.search(r"^ +ACL SETUSER mxtap-read on >PASSWORD (.*)$", text, re.M).group(1).split()


def reader(server):
    c = server.client()
    c("ACL", "SETUSER", "mxtap-read", "on", ">PASSWORD", *acl_line())
    url = "unix://mxtap-read:PASSWORD@" + server.socket
    for verb in (("top", "ip"), ("top", "helo", "--day", "2023-06-24"), ("top", "helo", "--from", "2023-06-24T03", "--to", "2023-06-25"),
                 ("show", "ip", "43.153.171.155"), ("show", "net", "43.153.171.0/24"), ("watch", "--json", "-n", "1"), ("campaigns",),
                 ("search", "amazon")):
        p = run(*verb, "--redis", url)
        check(f"a user who may only read: {' '.join(verb)}", p.returncode == 0 and p.out, p.err)
    saver = re.search(r"for `--save` add `([^`]+)`", open(os.path.join(TOP, "docs/REDIS.md"), encoding="utf-8").read()).group(1)
    c("ACL", "SETUSER", "mxtap-save", "on", ">PASSWORD", *acl_line(), *saver.split())
    p = run("campaigns", "--save", "--redis", url.replace("mxtap-read", "mxtap-save"))
    check("what saving needs besides", p.returncode == 0 and "7 saved" in p.err, p.err)
    p = run("campaigns", "--save", "--redis", url)
    check("a user who may only read cannot save", p.returncode == 1 and "NOPERM" in p.err, (p.returncode, p.err))
    c.close()


# --- watch ---

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """mxtap watch in a terminal of its own."""

    def __init__(self, url, *args, rows=24, cols=80):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.size(rows, cols)
        self.seen = b""
        self.slave = slave
        self.p = subprocess.Popen([MXTAP, "watch", "--interval", "1", "--redis", url, *args], stdin=slave, stdout=slave,
                                  stderr=slave, start_new_session=True,
                                  preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def size(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read(self, until, timeout=10):
        """Bytes up to and with what matches; what was read before is not looked at again."""
        end, got = time.monotonic() + timeout, b""
        while time.monotonic() < end:
            if re.search(until, got, re.S):
                break
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    got += os.read(self.master, 65536)
                except OSError:
                    break
            elif self.p.poll() is not None:
                break
        self.seen += got
        return got

    def page(self, until=rb"all time\x1b\[K\x1b\[J"):
        """The last whole page as lines."""
        got = self.read(until)
        pages = re.findall(rb"\x1b\[H(.*?)\x1b\[J", got, re.S)
        return [line.replace("\x1b[K", "") for line in pages[-1].decode("utf-8").split("\r\n")] if pages else [got.decode("utf-8", "replace")]

    def key(self, k):
        os.write(self.master, k)

    def end(self, name, status=0):
        try:
            self.p.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.p.kill()
        self.read(rb"(?!)", timeout=0.3)
        check(f"watch: {name}: ends", self.p.returncode == status, self.p.returncode)
        check(f"watch: {name}: the first page is back", self.seen.rstrip().endswith(LEAVE) and b"\x1b[?25h" in self.seen, self.seen[-200:])
        after = termios.tcgetattr(self.slave)
        check(f"watch: {name}: the terminal's modes are back", after == self.before, (self.before, after))
        os.close(self.master)
        os.close(self.slave)


def check_page(name, page, rows, cols):
    check(f"watch: {name}: {rows} lines", len(page) == rows, (len(page), page))
    check(f"watch: {name}: {cols} columns", all(columns(line) <= cols for line in page), [l for l in page if columns(l) > cols])
    check(f"watch: {name}: safe", all(is_safe(line) for line in page), page)


def watch(server):
    one_line("watch: no terminal", ask(server.url, "watch"), 1, "no terminal; watch --json works without one")
    a = answer(server.url, "watch", "-n", "1")
    same("watch --json: totals", (a["stats"]["mails"], a["stats"]["sessions"]), (30, 30))
    same("watch --json: leaders", a["top"]["helo"][0], {"value": "amazon.co.jp", "mails": 5})
    same("watch --json: sensors", [s["name"] for s in a["sensors"]], ["replay"])
    t = Terminal(server.url)
    first = t.page()
    check("watch: a second page is opened", ENTER in t.seen, t.seen[:100])
    check_page("80 by 24", first, 24, 80)
    text = "\n".join(first)
    check("watch: totals and leaders", all(w in text for w in ("mails 30", "43.153.171.155", "amazon.co.jp", "お支払い方法", "replay: ",
                                                                "all time", "q quits")), text)
    for rows, cols in ((40, 120), (10, 40), (5, 20), (60, 250), (24, 80)):
        t.size(rows, cols)
        page = t.page(rb"\x1b\[H.*\x1b\[J")
        while len(page) != rows and t.p.poll() is None and len(t.seen) < 10 ** 7:
            again = t.page(rb"\x1b\[H.*\x1b\[J")
            if again == page:
                break
            page = again
        check_page(f"resized to {cols} by {rows}", page, rows, cols)
    t.key(b"t")
    check("watch: t shows today", re.search(rb"today, unix", t.read(rb"UTC, today, ")), "")
    t.key(b"h")
    check("watch: h shows this hour", b"this hour" in t.read(rb"UTC, this hour, "), "")
    t.key(b"a")
    check("watch: a shows all time", b"all time" in t.read(rb"UTC, all time, "), "")
    c = server.client()
    c("HINCRBY", "mxtap:stats", "mails", 100)
    check("watch: rates", re.search(rb"mails 130 \([1-9]", t.read(rb"mails 130 \([1-9]")), t.seen[-600:])
    c("HINCRBY", "mxtap:stats", "mails", -100)
    t.key(b"q")
    t.end("q")
    for name, number in (("SIGINT", signal.SIGINT), ("SIGTERM", signal.SIGTERM), ("SIGHUP", signal.SIGHUP)):
        t = Terminal(server.url)
        t.page()
        t.p.send_signal(number)
        t.end(name)
    t = Terminal(server.url)
    t.page()
    t.key(b"\x03")
    t.end("^C")
    t = Terminal(server.url)
    t.page()
    t.key(b"\x1a")
    t.read(re.escape(LEAVE))
    check("watch: ^Z gives the terminal back", LEAVE in t.seen and termios.tcgetattr(t.slave) == t.before, t.seen[-100:])
    time.sleep(0.2)
    t.p.send_signal(signal.SIGCONT)
    check("watch: and takes it again", ENTER in t.read(re.escape(ENTER)), t.seen[-100:])
    t.key(b"q")
    t.end("after ^Z")
    c.close()


def patience(server):
    """Nobody looks at a silent terminal for more than a second: what is waited for is said on standard error, if that is one, and gone
    before the answer."""
    master, slave = pty.openpty()
    server.signal(signal.SIGSTOP)
    p = subprocess.Popen([MXTAP, "top", "helo", "--redis", server.url], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave)
    begun, said = time.monotonic(), b""
    while b"waiting for Redis" not in said and time.monotonic() < begun + 4:
        if select.select([master], [], [], 0.1)[0]:
            said += os.read(master, 4096)
    took = time.monotonic() - begun
    server.signal(signal.SIGCONT)
    out = p.communicate(timeout=20)[0].decode()
    while select.select([master], [], [], 0.1)[0]:
        said += os.read(master, 4096)
    check("patience: after a second it says what is waited for", b"waiting for Redis to answer" in said and took > 0.9, (took, said))
    check("patience: it is gone before the answer", said.endswith(b"\r\x1b[K") and p.returncode == 0 and out.startswith("helo, all time"), (said, out))
    said = b""
    quick = subprocess.run([MXTAP, "top", "helo", "--redis", server.url], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave)
    if select.select([master], [], [], 0.2)[0]:
        said = os.read(master, 4096)
    check("patience: nothing where nobody waited", quick.returncode == 0 and not said.strip(b"\r\x1b[K"), said)
    server.signal(signal.SIGSTOP)
    p = subprocess.Popen([MXTAP, "top", "helo", "--redis", server.url], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.6)
    server.signal(signal.SIGCONT)
    check("patience: nothing into a file", p.communicate(timeout=20)[1] == b"")
    os.close(master)
    os.close(slave)


def watch_away(server):
    t = Terminal(server.url)
    t.page()
    server.kill()
    page = t.page(rb"trying again.*\x1b\[J")
    check("watch: a server that went away is said, the last page stays", "trying again" in page[1] and any("amazon.co.jp" in l for l in page), page)
    check_page("away", page, 24, 80)
    server.start()
    # An empty server: the page is empty, the sentence is gone.
    check("watch: and found again", b"mails 0 " in t.read(rb"UTC, all time, [^\n]*\nmails 0 ", timeout=15), t.seen[-500:])
    c = server.client()
    c("SET", "mxtap:stats", "x")
    t.read(rb"is not mxtap's")
    t.end_status = 1
    t.p.wait(timeout=10)
    t.read(rb"(?!)", timeout=0.3)
    check("watch: a Redis that is not ours ends it, cleanly", t.p.returncode == 1 and LEAVE in t.seen and
          b"is not mxtap's" in t.seen.split(LEAVE)[-1] and termios.tcgetattr(t.slave) == t.before, t.seen[-400:])
    os.close(t.master)
    os.close(t.slave)
    c.close()


def with_server(*tests, replay=None):
    server = Server(*PLAIN)
    try:
        if replay:
            p = run("replay", "-q", "--redis", server.url, *replay)
            check("replay", p.returncode == 0, p.err)
        for test in tests:
            try:
                test(server)
            except Exception as e:  # a test that breaks is a failed one, not the end of all
                check(f"{getattr(test, '__name__', 'test')} runs", False, repr(e))
                import traceback
                traceback.print_exc()
    finally:
        server.stop()


def main():
    everything = records(REGISTER)
    mails = [r for r in everything if r["event_type"] == "smtp"]
    usage()
    trouble()
    strange_answers()
    with_server(lambda s: top_of_register(s.url, mails), lambda s: period_of_register(s.url, mails),
                lambda s: show_of_register(s.url, mails), lambda s: search_of_register(s.url, mails),
                lambda s: campaigns_of_register(s.url, everything), reader, watch, patience, lambda s: hours_gone(s, mails),
                lambda s: campaigns_input(s, everything), watch_away, replay=[REGISTER])
    with_server(rising, full_disk)
    with_server(full_boards)
    with_server(owners)
    with_server(hostile)
    with_server(copies)
    campaigns_of_many()
    through_tls()
    return told()


if __name__ == "__main__":
    sys.exit(main())
