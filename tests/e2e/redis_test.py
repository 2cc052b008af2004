#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mxtap's Redis sink against a real redis-server: what is counted, exactly once, and what is said.

Drives tests/e2e/feed (records made by rule; Truth knows the rule) and, for whole replays, mxtap itself.
Standard library only. The last line is `N passed, N failed`.
"""
import collections
import hashlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_server import ReplyError, Server  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = os.environ.get("MXTAP", os.path.join(TOP, "build/mxtap"))
FEED = os.environ.get("FEED", os.path.join(os.path.dirname(MXTAP), "tests/e2e/feed"))
LONG = bool(os.environ.get("MXTAP_LONG"))
COUNTS = re.compile(r"records (\d+) = delivered (\d+) \+ already there (\d+) \+ queued (\d+) \+ spooled (\d+) \+ "
                    r"lost (\d+) \+ open at end (\d+); key errors (\d+), lost by Redis (\d+), flushed (\d+), "
                    r"resent (\d+), reconnects (\d+)")
WELL = re.compile(r"redis: all (\d+) records are there(?:, (\d+) of them from before)?$", re.M)
Counts = collections.namedtuple("Counts", "records delivered already queued spooled lost open key_errors "
                                          "redis_lost flushed resent reconnects")


class Truth:
    """What feed's rule makes of n mails."""

    def __init__(self, n):
        self.mails = n
        self.sessions = n // 5
        self.records = n + n // 5
        mails = range(1, n + 1)
        count = collections.Counter
        self.refused = n // 10
        self.stats = {"mails": n, "sessions": n // 5, "urls": n, "refused": n // 10, "accepted": n - n // 10,
                      "encrypted": sum(1 for i in range(5, n + 1, 5) if i % 2), "packets": n * 3 + 2,
                      "bytes": n * 1000 + 120}
        self.stats = {k: v for k, v in self.stats.items() if v}
        self.ip = count(f"198.51.100.{i % 100}" for i in mails)
        self.helo = count(f"mail{i % 37}.example.net" for i in mails)
        self.subject = count(f"お支払い {i % 11}" for i in mails)
        self.host = count(f"host{i % 13}.example.com" for i in mails)
        self.ip7_helo = count(f"mail{i % 37}.example.net" for i in mails if i % 100 == 7)
        self.host3_ip = count(f"198.51.100.{i % 100}" for i in mails if i % 13 == 3)
        self.ip7 = len([i for i in mails if i % 100 == 7])
        self.ip7_accepted = len([i for i in mails if i % 100 == 7 and i % 10])
        self.helo4_sessions = len([i for i in range(5, n + 1, 5) if i % 37 == 4])


class Run:
    """One run of feed or mxtap in the background."""

    def __init__(self, command, env=None, stdin=None):
        self.p = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=dict(os.environ, **(env or {})))

    def end(self, timeout=120):
        out, err = self.p.communicate(timeout=timeout)
        self.out, self.err, self.status = out.decode(), err.decode("utf-8", "replace"), self.p.returncode
        m = COUNTS.search(self.err)
        well = WELL.search(self.err)
        if well:
            records, already = int(well.group(1)), int(well.group(2) or 0)
            m, self.counts = well, Counts(records, records - already, already, *[0] * 9)
        else:
            self.counts = Counts(*map(int, m.groups())) if m else None
        if self.counts:
            c = self.counts
            total = c.delivered + c.already + c.queued + c.spooled + c.lost + c.open
            check(c.records == total, f"the sum of records does not come out: {m.group(0)}")
        return self


def feed(url, mails, *args, env=None):
    return Run([FEED, "--redis", url, "--mails", str(mails), *args], env)


def check(ok, what):
    if not ok:
        raise AssertionError(what)


def same(got, want, what):
    if got != want:
        if isinstance(want, dict):
            got = {k: got.get(k) for k in set(got) | set(want) if got.get(k) != want.get(k)}
            want = {k: want.get(k) for k in got}
        raise AssertionError(f"{what}: got {got}, want {want}")


def same_keys(c, one):
    """Key by key what one sensor that nobody killed made of it."""
    same(sorted(c("KEYS", "*")), sorted(one("KEYS", "*")), "keys")
    for key in one("KEYS", "*"):
        kind = one("TYPE", key)
        if kind == "zset":
            same(c.board(key), one.board(key), key)
        elif kind == "hash" and not key.startswith(("mxtap:sensor:", "mxtap:run:")):
            same(c.hash(key), one.hash(key), key)
        elif kind == "stream":
            same(c("XLEN", key), one("XLEN", key), key)


def wait_for(what, condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < until, f"never came: {what}")
        time.sleep(0.05)


def check_all(c, n, prefix="mxtap"):
    """Every kind of key holds exactly the truth of n mails: nothing lost, nothing twice."""
    t = Truth(n)
    stats = {k: int(v) for k, v in c.hash(f"{prefix}:stats").items()}
    same(stats, t.stats, "stats")
    for kind in ("ip", "helo", "subject", "host"):
        want = dict(getattr(t, kind))
        for period in ("", ":20230624"):
            same(c.board(f"{prefix}:top:{kind}{period}"), want, f"top:{kind}{period}")
    same(c.board(f"{prefix}:ip:198.51.100.7:helo"), dict(t.ip7_helo), "graph ip-helo")
    same(c.board(f"{prefix}:host:host3.example.com:ip"), dict(t.host3_ip), "graph host-ip")
    if t.ip7:
        e = c.hash(f"{prefix}:ip:198.51.100.7")
        same((int(e["mails"]), int(e["accepted"])), (t.ip7, t.ip7_accepted), "entity ip")
        same(e["first_seen"], "2023-06-24T00:00:07Z", "first_seen")
        last = max(i for i in range(1, n + 1) if i % 100 == 7)
        same(e["last_seen"], time.strftime("2023-06-24T%H:%M:%SZ", time.gmtime(last)), "last_seen")
    if t.helo4_sessions:
        same(int(c.hash(f"{prefix}:helo:mail4.example.net")["sessions"]), t.helo4_sessions, "helo's sessions")
    same(c("XLEN", f"{prefix}:mails"), t.mails, "stream mails")
    same(c("XLEN", f"{prefix}:sessions"), t.sessions, "stream sessions")


class Case:
    def __init__(self):
        self.servers = []

    def server(self, *config, late=False):
        s = Server(*config, late=late)
        self.servers.append(s)
        return s

    def over(self):
        for s in self.servers:
            s.stop()


def counters_equal_the_truth(t):
    s = t.server()
    r = feed(s.url, 2000).end()
    same(r.status, 0, "status")
    same(r.counts.delivered, Truth(2000).records, "delivered")
    c = s.client()
    check_all(c, 2000)
    hours = c.board("mxtap:top:ip:2023062400")
    same(sum(hours.values()), 2000, "hour board")
    uniq = c("PFCOUNT", "mxtap:uniq:url:20230624")
    check(abs(uniq - 2000) < 60, f"uniq:url says {uniq} of 2000")
    same(c("ZCARD", "mxtap:seen:ip"), 100, "seen:ip")
    same(int(c("ZSCORE", "mxtap:seen:ip", "198.51.100.0")), 1687564800 + 100, "seen with its first time in that hour")
    same(c("XLEN", "mxtap:first:ip"), 100, "first:ip")
    entry = c("XREVRANGE", "mxtap:mails", "+", "-", "COUNT", "1")[0][1]
    record = json.loads(dict(zip(entry[::2], entry[1::2]))["json"])
    same(record["flow_id"], 3000, "the record in the stream")
    sensor = c.hash("mxtap:sensor:feed")
    same((sensor["last_seen"], sensor["packets"], sensor["lost"]), ("2023-06-24T00:33:20Z", "6002", "0"), "sensor")


def lifetimes(t):
    s = t.server()
    feed(s.url, 50).end()
    c = s.client()
    day = 86400
    for key, ttl in (("mxtap:stats", -1), ("mxtap:top:ip", -1), ("mxtap:top:ip:20230624", 30 * day),
                     ("mxtap:top:ip:2023062400", 2 * day), ("mxtap:uniq:ip:20230624", 30 * day),
                     ("mxtap:ip:198.51.100.7", 30 * day), ("mxtap:ip:198.51.100.7:helo", 30 * day),
                     ("mxtap:run:f00d", -1), ("mxtap:mails", -1)):
        got = c("TTL", key)
        check(got == ttl or 0 < ttl - got < 60, f"{key} lives {got} s, not {ttl}")


FOR_EVER = ("mxtap:stats", "mxtap:mails", "mxtap:sessions", "mxtap:alerts", "mxtap:sensor:", "mxtap:run:", "mxtap:first:",
            "mxtap:seen:", "mxtap:periods", "mxtap:calendar")
DAY_S = 86400


def lives(c, keys=None):
    """Every key either is of a family that stays, or expires as its family does: hour boards in 48 hours, the rest in 30 days.
    How many of each there are."""
    n = collections.Counter()
    for key in c("KEYS", "*") if keys is None else keys:
        board = key.startswith("mxtap:top:")
        period = key.rsplit(":", 1)[1] if board else ""
        if key.startswith(FOR_EVER) or (board and not (period.isdigit() and len(period) in (8, 10))):
            want, family = -1, "stays"
        elif board and len(period) == 10:
            want, family = 2 * DAY_S, "hour board"
        else:
            want, family = 30 * DAY_S, "day board" if board else "uniq" if key.startswith("mxtap:uniq:") else c("TYPE", key)
        got = c("TTL", key)
        check(got == want or 0 <= want - got < 3600 <= want, f"{key} lives {got} s, not {want}")
        n[family] += 1
    return n


def of_another_half_day(c, key):
    """An entity remembers in which half of a day its lifetime began, and what was known of it: its last word."""
    counts = c("HGET", key, "counts").split(" ")
    check(re.fullmatch("[0-9a-f]{10}", counts[-1]), f"{key}: counts {counts}")
    c("HSET", key, "counts", " ".join(counts[:-1] + ["0000" + counts[-1][4:]]))


def lifetimes_begin_anew_with_use(t):
    """Keys that would go in an hour are met again by another run: they live as long as new ones. What is not met goes."""
    s = t.server()
    feed(s.url, 300).end()
    c = s.client()
    c("ZADD", "mxtap:top:ip:20230101", 1, "192.0.2.1")
    for key in c("KEYS", "*"):
        if c("TTL", key) > 0 or key == "mxtap:top:ip:20230101":
            c("EXPIRE", key, 3599)
        if c("TYPE", key) == "hash" and c("HGET", key, "counts"):
            of_another_half_day(c, key)
    feed(s.url, 300, "--run", "again").end()
    same(c("TTL", "mxtap:top:ip:20230101") > 3700, False, "a board that was not met")
    c("DEL", "mxtap:top:ip:20230101")
    # The URL of each mail is new to its number alone: all 300 are met again.
    n = lives(c)
    check(n["hash"] > 300 and n["zset"] > 100 and n["uniq"] and n["hour board"] and n["day board"], str(n))


def other_facts_begin_no_lifetime(t):
    """A session knows less of an address than a mail, one sensor has a database that another lacks: what is known goes to and fro. It is
    written each time; the lifetimes of the entity and of a dozen keys of pairs are not touched for it."""
    s = t.server()
    feed(s.url, 300).end()
    c = s.client()
    entity, pairs = "mxtap:ip:198.51.100.7", "mxtap:ip:198.51.100.7:helo"
    counts = c("HGET", entity, "counts")
    c("HSET", entity, "counts", counts[:-6] + "abcdef")
    for key in (entity, pairs):
        c("EXPIRE", key, 3599)
    feed(s.url, 300, "--run", "again").end()
    check(all(0 < c("TTL", key) < 3600 for key in (entity, pairs)), f"{c('TTL', entity)} s, {c('TTL', pairs)} s")
    same(c("HGET", entity, "counts")[-10:], counts[-10:], "what is known is remembered")


def after_a_flush_every_key_has_a_lifetime(t):
    """The sensor knows which lifetimes it has begun; Redis was emptied meanwhile."""
    s = t.server()
    c = s.client()
    r = feed(s.url, 3000, "--delay-us", "200")
    time.sleep(0.4)
    c("FLUSHALL")
    r.end()
    check(r.counts.flushed > 0, f"{r.counts}")
    n = lives(c)
    check(n["hash"] > 300 and n["zset"] > 100 and n["uniq"] and n["hour board"] and n["day board"], str(n))


def the_same_run_twice_changes_nothing(t):
    s = t.server()
    feed(s.url, 700).end()
    c = s.client()
    before = c("INFO", "server")
    dump = {k: c("DUMP", k) if k != "mxtap:run:f00d" else c.hash(k) for k in c("KEYS", "*")}
    r = feed(s.url, 700).end()
    same(r.status, 0, "status")
    same((r.counts.delivered, r.counts.already), (0, Truth(700).records), "delivered, already there")
    check("was counted before" in r.err, f"nothing said: {r.err}")
    same({k: c("DUMP", k) if k != "mxtap:run:f00d" else c.hash(k) for k in c("KEYS", "*")}, dump, "all keys")
    check(before, "server")


def a_grown_file_adds_what_is_new(t):
    s = t.server()
    feed(s.url, 333).end()
    r = feed(s.url, 1001).end()
    same(r.counts.already, Truth(333).records, "already there")
    check_all(s.client(), 1001)


def other_options_count_nothing_without_again(t):
    s = t.server()
    feed(s.url, 40).end()
    r = feed(s.url, 40, "--options", "ports=25,587").end()
    check('"ports=25"' in r.err and '"ports=25,587"' in r.err, f"both are to be named: {r.err}")
    same(r.counts.delivered, 0, "delivered")
    check_all(s.client(), 40)
    r = feed(s.url, 40, "--options", "ports=25,587", "--again").end()
    same(r.counts.delivered, Truth(40).records, "delivered again")
    same(int(s.client().hash("mxtap:stats")["mails"]), 80, "mails")
    same(len(s.client()("KEYS", "mxtap:run:*")), 2, "runs")


def again_with_nothing_there_is_the_usual_run(t):
    s = t.server()
    feed(s.url, 40, "--again").end()
    feed(s.url, 40).end()
    check_all(s.client(), 40)


def server_starts_late(t):
    s = t.server(late=True)
    r = feed(s.url, 300)
    time.sleep(1.0)
    s.start()
    r.end()
    same(r.status, 0, "status")
    check("cannot be reached" in r.err and "takes records again" in r.err, f"said: {r.err}")
    check_all(s.client(), 300)


def ten_minutes_late(t):
    """The server comes ten minutes after the replay (here: three seconds, which is as much longer than every time-out of ours)."""
    s = t.server(late=True)
    r = feed(s.url, 2000, "--wait", "900", "--reply-ms", "300")
    time.sleep(600 if LONG else 3)
    check(r.p.poll() is None, "the replay did not wait")
    s.start()
    r.end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    same(r.err.count("cannot be reached"), 1, "lines about it")
    check_all(s.client(), 2000)


def unreachable_server_is_status_4(t):
    s = t.server(late=True)
    r = feed(s.url, 300, "--wait", "0.7").end()
    same(r.status, 4, "status")
    same(r.counts.delivered, 0, "delivered")
    same(r.err.count("cannot be reached"), 1, "lines about it")
    check("(--redis-wait)" in r.err, r.err)


def live_goes_on_without_a_server(t):
    s = t.server(late=True)
    r = feed(s.url, 300, "--live", "--delay-us", "2000")
    time.sleep(0.3)
    s.start()
    r.end()
    same(r.status, 0, "status")
    check_all(s.client(), 300)
    check(s.client()("TTL", "mxtap:run:f00d") > 0, "a live marker expires")


# A live sensor has five seconds for its end, in which a busy machine does not write thousands of records: who wants to see them all takes more.
BUSY = ("--finish", "90")


def wait_for_more(s, r, seconds=60):
    """Until the server holds records that it did not hold before, or who feeds it has ended: what is busy takes its time."""
    c, end = s.client(), time.monotonic() + seconds
    had = c("XLEN", "mxtap:mails")
    while c("XLEN", "mxtap:mails") <= had and r.p.poll() is None and time.monotonic() < end:
        time.sleep(0.005)


def killed_and_restarted(t, config, kills, mails, exact):
    s = t.server(*config)
    r = feed(s.url, mails, "--delay-us", "300", "--reply-ms", "2000")
    for _ in range(kills):
        time.sleep(0.25)
        wait_for_more(s, r)
        s.kill()
        time.sleep(0.05)
        s.start()
    r.end()
    same(r.status, 0, f"status ({r.err})")
    same(r.counts.lost + r.counts.redis_lost, 0, "lost")
    check(r.counts.reconnects >= kills // 2, f"it never noticed: {r.counts}")
    check_all(s.client(), mails)
    return r if exact else r


def killed_with_aof_always(t):
    killed_and_restarted(t, [], 20 if LONG else 4, 20000 if LONG else 6000, True)


def killed_with_aof_everysec(t):
    killed_and_restarted(t, ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""],
                         20 if LONG else 3, 20000 if LONG else 6000, True)


def killed_without_any_file(t):
    """What Redis lost is in the window and is sent again."""
    r = killed_and_restarted(t, ["--appendonly", "no", "--save", ""], 3, 5000, True)
    check(r.counts.resent > 0, f"nothing was sent again: {r.counts}")


def killed_with_rdb_only(t):
    """Snapshots every second: what came after the last one is gone with the server, and is sent again from the window."""
    r = killed_and_restarted(t, ["--appendonly", "no", "--save", "1 1"], 20 if LONG else 3, 20000 if LONG else 6000, True)
    check(r.counts.resent > 0, f"nothing was sent again: {r.counts}")


def lost_beyond_the_window_is_counted(t):
    s = t.server("--appendonly", "no", "--save", "")
    r = feed(s.url, 6000, "--delay-us", "200", "--keep", "65536")
    time.sleep(1.2)
    s.kill()
    s.start()
    r.end()
    check(r.counts.redis_lost > 0, f"nothing counted as lost: {r.counts}")
    same(r.status, 4, "status")
    c = s.client()
    got = c("XLEN", "mxtap:mails") + c("XLEN", "mxtap:sessions")
    same(got, r.counts.delivered, "what is there against what is said to be")
    same(int(c.hash("mxtap:stats")["mails"]), c("XLEN", "mxtap:mails"), "stats and stream")
    check("lost" in r.err, r.err)


def torn_aof_runs_nothing_twice(t):
    """Redis 7.0 cuts an AOF that ends inside a transaction behind the last whole command, and runs what is left
    of it together with the same batch sent again."""
    s = t.server()
    feed(s.url, 300).end()
    s.kill()
    folder = os.path.join(s.dir, "appendonlydir")
    aof = os.path.join(folder, next(f for f in sorted(os.listdir(folder)) if "incr" in f))
    with open(aof, "rb") as f:
        data = f.read()
    begin = data[:data.rfind(b"MULTI")].rfind(b"MULTI")  # of the last batch with records
    with open(aof, "r+b") as f:
        f.truncate(begin + (len(data) - begin) * 2 // 3)
    s.start()
    r = feed(s.url, 300).end()
    check(0 < r.counts.delivered < 300, f"a part was to be sent again: {r.counts}")
    check_all(s.client(), 300)
    s.kill()
    s.start()
    check_all(s.client(), 300)


def connections_cut(t):
    s = t.server()
    r = feed(s.url, 5000, "--delay-us", "200")
    c = s.client()
    over = threading.Event()

    def cut():
        while not over.is_set():
            c("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            time.sleep(0.01 if LONG else 0.03)

    worker = threading.Thread(target=cut)
    worker.start()
    time.sleep(2.5)
    over.set()
    worker.join()
    r.end()
    same(r.status, 0, "status")
    check(r.counts.reconnects > 3, f"{r.counts}")
    check_all(s.client(), 5000)


def stopped_past_the_time_out(t):
    s = t.server()
    r = feed(s.url, 3000, "--delay-us", "200", "--reply-ms", "300")
    time.sleep(0.3)
    s.signal(signal.SIGSTOP)
    time.sleep(1.5)
    s.signal(signal.SIGCONT)
    r.end()
    same(r.status, 0, "status")
    check("no answer in time" in r.err, r.err)
    check_all(s.client(), 3000)


def asleep_past_the_time_out(t):
    """DEBUG SLEEP: the server takes connections (the kernel does) and answers nothing."""
    s = t.server("--appendonly", "no", "--save", "", "--enable-debug-command", "local")
    r = feed(s.url, 3000, "--delay-us", "200", "--reply-ms", "300")
    time.sleep(0.3)
    for _ in range(5 if LONG else 1):
        s.client()("DEBUG", "SLEEP", "1.5")
        time.sleep(0.2)
    r.end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    check("no answer in time" in r.err, r.err)
    check_all(s.client(), 3000)


def resident(pid):
    """The most memory that the process ever held, in MB."""
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)) >> 10


def an_outage_holds_neither_capture_nor_memory(t):
    """A live sensor without a server: records come as fast as they are made, and neither wait nor pile up. What did not fit
    is counted, and what did is delivered when the server comes."""
    s = t.server(late=True)
    n = 400000 if LONG else 60000
    # ASan would keep 256 MB of what was freed, and all pages that it lies on.
    kept = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
    r = feed(s.url, n, "--live", "--crowd", "bench", env={"ASAN_OPTIONS": kept})
    begun, most = time.monotonic(), 0
    # The feed is the capture here: it is over with its records long before the server comes (then it waits five seconds).
    while r.p.poll() is None:
        try:
            most = max(most, resident(r.p.pid))
        except (FileNotFoundError, AttributeError):
            break
        time.sleep(0.05)
    seconds = time.monotonic() - begun
    r.end()
    same((r.status, r.counts.delivered), (4, 0), r.err)
    check(r.counts.lost > 0, f"all of it fitted: nothing is shown: {r.counts}")
    check(r.counts.records <= 2 * n, f"{r.counts}")
    # 64 MB of steps that wait, the batch being filled, tables of a fixed size; see LIMIT_REDIS_PENDING_LIVE.
    check(40 < most < 260, f"the sensor held {most} MB")
    print(f"    {n} mails in {seconds:.1f} s without a server, {most} MB resident", flush=True)


def paused_clients(t):
    s = t.server()
    r = feed(s.url, 2000, "--delay-us", "200", "--reply-ms", "300")
    time.sleep(0.2)
    s.client()("CLIENT", "PAUSE", 1000)
    r.end()
    check_all(s.client(), 2000)


def memory_full_and_raised_again(t):
    s = t.server()
    c = s.client()
    r = feed(s.url, 4000, "--delay-us", "200")
    time.sleep(0.3)
    c("CONFIG", "SET", "maxmemory", "1")
    time.sleep(0.8)
    c("CONFIG", "SET", "maxmemory", "0")
    r.end()
    same(r.status, 0, "status")
    same(r.err.count("OOM"), 1, f"lines about it: {r.err}")
    check_all(s.client(), 4000)


def busy_with_somebody_elses_script(t):
    s = t.server("--lua-time-limit", "50", "--appendonly", "no", "--save", "")
    r = feed(s.url, 3000, "--delay-us", "500")
    time.sleep(0.3)
    other = threading.Thread(target=keep_busy, args=(s.client(),))
    other.start()
    busy_for(s, 0.8)
    while other.is_alive():
        quietly(s.client(), "SCRIPT", "KILL")
        time.sleep(0.1)
    r.end()
    same(r.status, 0, "status")
    check("BUSY" in r.err, r.err)
    check_all(s.client(), 3000)


def keep_busy(client):
    """A script without an end, until it is killed; refused while a step of ours takes longer than the limit, it comes again."""
    try:
        while True:
            try:
                client("EVAL", "while true do end", 0)
            except ReplyError as e:
                if "BUSY" not in str(e):
                    return
                time.sleep(0.02)
    except OSError:
        return


def busy_for(server, seconds):
    """Until it has answered BUSY for so long, whenever that began: no step of ours takes it so long."""
    since, begun = None, time.monotonic()
    client = server.client()
    while since is None or time.monotonic() - since < seconds:
        check(time.monotonic() - begun < 60, "the server is never busy for long")
        try:
            client("PING")
            since = None
        except ReplyError as e:
            check("BUSY" in str(e), e)
            since = since or time.monotonic()
        time.sleep(0.05)


def quietly(client, *args):
    try:
        client(*args)
    except (ReplyError, ConnectionError, OSError):
        pass


def a_replica_for_a_while(t):
    s = t.server()
    c = s.client()
    r = feed(s.url, 3000, "--delay-us", "200")
    time.sleep(0.3)
    c("REPLICAOF", "127.0.0.1", "1")
    time.sleep(0.8)
    c("REPLICAOF", "NO", "ONE")
    r.end()
    same(r.status, 0, "status")
    same(r.err.count("READONLY"), 1, r.err)
    check_all(s.client(), 3000)


def a_disk_that_takes_no_snapshot(t):
    """MISCONF: where its snapshot's file should be is a folder, so Redis takes no writes until that is mended."""
    s = t.server("--appendonly", "no", "--save", "3600 1000000")
    c = s.client()
    bad = os.path.join(s.dir, "dump.rdb")
    status = lambda: c("INFO", "persistence").split("rdb_last_bgsave_status:")[1].split()[0]
    os.mkdir(bad)
    r = feed(s.url, 4000, "--delay-us", "300")
    wait_for("mails", lambda: c("XLEN", "mxtap:mails") > 100)
    c("BGSAVE")
    wait_for("a snapshot that fails", lambda: status() == "err")
    wait_for("writes that are refused", lambda: c("INFO", "errorstats").count("errorstat_MISCONF"))
    os.rmdir(bad)
    c("BGSAVE")
    wait_for("a snapshot that is taken", lambda: status() == "ok")
    r.end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    same((r.err.count("MISCONF"), r.err.count("takes records again")), (1, 1), r.err)
    check_all(s.client(), 4000)


def replicas_are_missing(t):
    """NOREPLICAS: min-replicas-to-write, and none is there for a while."""
    s = t.server()
    c = s.client()
    r = feed(s.url, 4000, "--delay-us", "300")
    wait_for("mails", lambda: c("XLEN", "mxtap:mails") > 100)
    c("CONFIG", "SET", "min-replicas-to-write", "1")
    wait_for("writes that are refused", lambda: c("INFO", "errorstats").count("errorstat_NOREPLICAS"))
    c("CONFIG", "SET", "min-replicas-to-write", "0")
    r.end()
    same((r.status, r.counts.lost, r.err.count("NOREPLICAS")), (0, 0, 1), r.err)
    check_all(s.client(), 4000)


def still_loading(t):
    """LOADING: a server that comes back reads its file first, here a key a millisecond and more."""
    s = t.server("--appendonly", "no", "--save", "")
    feed(s.url, 1000).end()
    s.client()("SAVE")
    s.kill()
    s.config += ["--dbfilename", "dump.rdb", "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"]
    r = feed(s.url, 3000, "--delay-us", "200")
    s.start() # is back once all is read; until then it answers, and takes nothing
    r.end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    refused = re.findall(r"cmdstat_(script\|load|hmget|type|evalsha):.*rejected_calls=([1-9])", s.client()("INFO", "commandstats"))
    check(refused, "the sensor never met a server that loads")
    same(r.counts.already, Truth(1000).records, "from before")
    check_all(s.client(), 3000)


def flushed_in_mid_run(t):
    s = t.server()
    c = s.client()
    r = feed(s.url, 4000, "--delay-us", "200")
    time.sleep(0.5)
    c("FLUSHALL")
    r.end()
    same(r.status, 0, "status")
    check("was flushed" in r.err, r.err)
    check(r.counts.flushed > 0, f"{r.counts}")
    stats = c.hash("mxtap:stats")
    same(int(stats["mails"]), c("XLEN", "mxtap:mails"), "stats and stream after it")
    same(int(stats["mails"]) + int(stats["sessions"]), r.counts.delivered - r.counts.flushed,
         "what came after it")
    check(int(stats["packets"]) < 4000 * 3, "packets from before the flush are not counted again")


def scripts_flushed(t):
    s = t.server()
    r = feed(s.url, 2000, "--delay-us", "200")
    time.sleep(0.2)
    s.client()("SCRIPT", "FLUSH")
    r.end()
    same(r.status, 0, "status")
    check_all(s.client(), 2000)


def killed_sensor_resumes(t):
    s = t.server()
    for _ in range(4):
        r = feed(s.url, 4000, "--delay-us", "200")
        time.sleep(0.35)
        r.p.kill()
        r.end()
    r = feed(s.url, 4000).end()
    same(r.status, 0, "status")
    check(r.counts.already > 0, f"nothing was there: {r.counts}")
    check_all(s.client(), 4000)


def two_at_once_count_once(t):
    s = t.server()
    runs = [feed(s.url, 2500, "--delay-us", str(d)) for d in (100, 130)]
    for r in runs:
        r.end()
    check_all(s.client(), 2500)
    same(sum(r.counts.delivered for r in runs), Truth(2500).records, "delivered by both")


def records_that_overtake_each_other(t):
    """Several workers: each record says how many packets all of them had when it was made, and another one's may come in between.
    Totals go on from the most that was said; they are not counted down, and up again. Nor does its last_seen step back."""
    s = t.server()
    r = feed(s.url, 3000, "--live", "--overtaken", *BUSY).end()
    same(r.status, 0, "status")
    check_all(s.client(), 3000)
    same(s.client().hash("mxtap:sensor:feed")["last_seen"], "2023-06-24T00:50:00Z", "last_seen, though the last record is of two seconds before")


def two_live_sensors_of_one_name(t):
    """Both call themselves feed; their runs are two, and both count."""
    s = t.server("--appendonly", "no", "--save", "")
    runs = [feed(s.url, 1500, "--live", "--run", run, "--delay-us", "150", *BUSY) for run in ("aa", "bb")]
    for r in runs:
        r.end()
        same((r.status, r.counts.delivered), (0, Truth(1500).records), r.err)
    c = s.client()
    same({k: int(v) for k, v in c.hash("mxtap:stats").items() if k != "packets" and k != "bytes"},
         {k: 2 * v for k, v in Truth(1500).stats.items() if k != "packets" and k != "bytes"}, "stats of both")
    same(c.board("mxtap:top:subject"), {k: 2 * v for k, v in Truth(1500).subject.items()}, "board of both")
    same((c("XLEN", "mxtap:mails"), c("XLEN", "mxtap:sessions")), (3000, 600), "streams of both")


def two_of_one_name_notice_each_other(t):
    """A batch a second each: whoever looks before his next one finds the other's run in their health key, and says it once. One who starts
    when another of his name has ended is alone."""
    s = t.server("--appendonly", "no", "--save", "")
    runs = [feed(s.url, 250, "--live", "--run", run, "--delay-us", "20000") for run in ("aa", "bb")]
    said = [r.end().err.count("calls itself feed too") for r in runs]
    check(1 in said and max(said) == 1, f"{said}: {runs[0].err}")
    alone = feed(s.url, 120, "--live", "--run", "cc", "--delay-us", "20000").end()
    same((alone.status, alone.err.count("calls itself")), (0, 0), alone.err)


def two_runs_add_up(t):
    s = t.server()
    a, b = feed(s.url, 500, "--run", "aa"), feed(s.url, 500, "--run", "bb")
    a.end()
    b.end()
    same(int(s.client().hash("mxtap:stats")["mails"]), 1000, "mails")


def wrong_password(t):
    s = t.server("--requirepass", "right-one")
    for args, want in ((["--password", "wrong-one"], "WRONGPASS"), ([], "NOAUTH")):
        r = feed(s.url, 50, *args).end()
        same(r.status, 1, "status")
        check(want in r.err and "MXTAP_REDIS_PASSWORD" in r.err, r.err)
        check("wrong-one" not in r.err, "the password is printed")
        # How many were offered before the refusal was known is a race; each of them is accounted for.
        same(r.counts.lost, r.counts.records, "lost")
        check(r.counts.records <= Truth(50).records, f"records: {r.counts.records}")
    r = feed(s.url.replace("unix://", "unix://:right-one@"), 50).end()
    same(r.status, 0, f"status: {r.err}")
    check("right-one" not in r.err, "the password is printed")
    r = feed(s.url, 50, "--run", "b", "--password", "right-one").end()
    same(r.status, 0, f"status: {r.err}")


def password_by_file_or_environment(t):
    """A whole replay, as people start it; the wrong word of the file is refused, and no word is ever shown."""
    s = t.server("--requirepass", "s3cret word")
    path = os.path.join(s.dir, "word")
    for word, args, env, status in (("s3cret word\n", ["--redis-password-file", path], {}, 0), ("wrong\n", ["--redis-password-file", path], {}, 1),
                                    ("", [], {"MXTAP_REDIS_PASSWORD": "s3cret word"}, 0), ("", [], {"MXTAP_REDIS_PASSWORD": "wrong"}, 1)):
        with open(path, "w") as f:
            f.write(word)
        r = Run([MXTAP, "replay", "--redis", s.url, *args, pcap("plain.pcap")], env).end()
        same(r.status, status, f"{args} {env}: {r.err}")
        check("s3cret" not in r.err and "wrong" not in r.err, f"a password is shown: {r.err}")
    c = s.client()
    c("AUTH", "s3cret word")
    check(int(c.hash("mxtap:stats")["mails"]) > 0, "mails")


def limited_user(t):
    s = t.server()
    c = s.client()
    docs = open(os.path.join(TOP, "docs/REDIS.md"), encoding="utf-8").read()
    line = re.search(r"^ +(ACL SETUSER mxtap .*)$", docs, re.M).group(1)
    c(*line.replace("PASSWORD", "pw").split())
    r = feed(s.url.replace("unix://", "unix://mxtap:pw@"), 200).end()
    same(r.status, 0, f"status: {r.err}")
    same(r.counts.key_errors, 0, "key errors")
    check_all(c, 200)
    c("ACL", "SETUSER", "mxtap", "-info")
    r = feed(s.url.replace("unix://", "unix://mxtap:pw@"), 300).end()
    same(r.status, 0, f"status: {r.err}")
    check_all(c, 300)
    c("ACL", "SETUSER", "mxtap", "-evalsha")
    r = feed(s.url.replace("unix://", "unix://mxtap:pw@"), 200, "--run", "b").end()
    same(r.status, 1, "status")
    check("NOPERM" in r.err and "evalsha" in r.err, r.err)
    r = feed(s.url.replace("unix://", "unix://mxtap:pw@"), 200, "--run", "c", "--prefix", "other").end()
    same(r.status, 1, "status")
    check("NOPERM" in r.err, r.err)


def wrong_type_in_one_entity(t):
    s = t.server()
    c = s.client()
    c("SET", "mxtap:ip:198.51.100.7", "mine")
    r = feed(s.url, 1000).end()
    same(r.status, 0, "status")
    check(r.counts.key_errors > 0 and "mxtap:ip:198.51.100.7" in r.err, r.err)
    same(c("GET", "mxtap:ip:198.51.100.7"), "mine", "what was planted")
    stats = c.hash("mxtap:stats")
    same(int(stats.pop("redis_key_errors")), r.counts.key_errors, "counted in stats")
    same({k: int(v) for k, v in stats.items()}, Truth(1000).stats, "the rest")
    same(c.board("mxtap:top:ip"), dict(Truth(1000).ip), "the board")


def numbers_that_are_none(t):
    """Somebody wrote words into an entity's counts. Lua reads two of them as numbers, and a step that ended on one in its midst would lose its rest."""
    s = t.server()
    c = s.client()
    c("HSET", "mxtap:ip:198.51.100.7", "first_seen", "2023-06-24T00:00:07Z", "last_seen", "2023-06-24T00:00:07Z", "mails", "nan",
      "accepted", "inf", "sessions", "-nan", "score", "many", "counts", "many")
    r = feed(s.url, 1000).end()
    same((r.status, r.counts.key_errors, r.counts.delivered), (0, 0, Truth(1000).records), r.err)
    check_all(c, 1000)


def a_redis_that_is_not_ours(t):
    s = t.server()
    c = s.client()
    for key in ("stats", "mails", "top:ip", "seen:helo", "first:url", "periods"):
        c("LPUSH", "mxtap:" + key, "x")
        r = feed(s.url, 100).end()
        same(r.status, 1, "status")
        check(f"mxtap:{key} is a list" in r.err and "--redis-prefix" in r.err, r.err)
        same(c("DBSIZE"), 1, "nothing else was written")
        c("DEL", "mxtap:" + key)
    c("LPUSH", "mxtap:stats", "x")
    r = feed(s.url, 100, "--prefix", "tap2").end()
    same(r.status, 0, "status")
    check_all(c, 100, "tap2")


def eviction_is_warned_about(t):
    s = t.server("--maxmemory-policy", "allkeys-lru")
    r = feed(s.url, 10).end()
    check("allkeys-lru" in r.err and "noeviction" in r.err, r.err)


def hostile_names(t):
    s = t.server()
    r = feed(s.url, 60, "--hostile").end()
    same(r.counts.key_errors, 0, "key errors")
    c = s.client()
    keys = c("KEYS", "*")
    for key in keys:
        check(all(" " <= ch and ch != "\x7f" and not "\x80" <= ch <= "\x9f" and ch not in "\u2028\u2029\u202e"
                  for ch in key), f"key {key!r}")
        check(len(key.encode()) < 1100, f"key of {len(key)} bytes")
    helo = c.board("mxtap:top:helo")
    h = hashlib.sha256(b"h" * 65536).hexdigest()[:8]
    want = {"amazon.co.jp:ip", r"{a}*?[x]\x5c y", r"a\x0d\x0aflushall\x0d\x0a", r"\x1b[2j\xc2\x9b\x7f\x00z",
            r"\xe2\x80\xae\xe2\x80\xa8moc.nozama", r"\xff\xfe", "h" * 200 + "…" + h}
    same(set(helo), want, "members")
    same(c("TYPE", "mxtap:helo:amazon.co.jp:ip"), "none", "the graph key that a name spells")
    same(c("TYPE", r"mxtap:helo:amazon.co.jp\x3aip"), "hash", "the entity")
    same(c("TYPE", r"mxtap:helo:amazon.co.jp\x3aip:ip"), "zset", "its graph")
    same(c("TYPE", "mxtap:helo:" + "h" * 200 + "…" + h), "hash", "the long one")
    # Fields, members and stream entries are as safe to print; the JSON escapes by its own rule.
    for key in keys:
        kind = c("TYPE", key)
        texts = (c("HGETALL", key) if kind == "hash" else c("ZRANGE", key, 0, -1) if kind == "zset" else
                 [f for _, e in c("XRANGE", key, "-", "+") for f in e] if kind == "stream" else [])
        for text in texts:
            check(all(" " <= ch and ch != "\x7f" and not "\x80" <= ch <= "\x9f" and ch not in "\u2028\u2029\u202e\u200b"
                      for ch in text), f"{key} holds {text[:100]!r}")


def a_board_takes_who_has_a_place(t):
    """A full board has who came often, each with all of its mails although it was not there from the first on; nobody who is missing has
    more than the least there. What the boards have is remembered by entities: one that is forgotten, or that was in a later hour
    meanwhile, asks the boards."""
    s = t.server()
    feed(s.url, 2000, "--top", "40").end()
    c, truth = s.client(), Truth(2000)
    for key in ("mxtap:top:helo", "mxtap:top:helo:20230624", "mxtap:top:helo:2023062400"):
        same(c.board(key), dict(truth.helo), key)
    got = c.board("mxtap:top:ip")
    check(40 <= len(got) <= 44, f"{len(got)} addresses on a board of 40")
    same({ip: n for ip, n in got.items() if n != truth.ip[ip]}, {}, "who is there has all of its mails")
    urls = len(c.board("mxtap:top:url"))
    check(10 <= urls < 400, f"{urls} URLs with one mail on a board that takes ten of those, and what comes with one batch")
    same(c("ZCARD", "mxtap:seen:url"), 2000, "all are remembered")
    forgotten, late = "mail1.example.net", "mail2.example.net"
    c("DEL", f"mxtap:helo:{forgotten}")
    life = c("HGET", f"mxtap:helo:{late}", "counts").split(" ")
    c("HSET", f"mxtap:helo:{late}", "counts", f"2023070107 2 3 {truth.helo[late] + 3} {life[4]} {life[5]}")
    c("ZADD", "mxtap:top:helo", truth.helo[late] + 3, late)
    feed(s.url, 2000, "--top", "40", "--run", "again").end()
    for key in ("mxtap:top:helo", "mxtap:top:helo:20230624", "mxtap:top:helo:2023062400"):
        want = {helo: 2 * n for helo, n in truth.helo.items()}
        want[late] += 3 if key == "mxtap:top:helo" else 0
        same(c.board(key), want, f"{key} after the second run")
    same(c("HGET", f"mxtap:helo:{late}", "counts").split(" ")[:4], ["2023070107", "2", "3", str(2 * truth.helo[late] + 3)],
         "the later hour's counts stay")
    same(int(c("HGET", f"mxtap:helo:{forgotten}", "mails")), truth.helo[forgotten], "mails of the entity that was forgotten")
    # Whoever came there while one mail was enough is there with the second one too, although it would not be enough now.
    for key in ("mxtap:top:url", "mxtap:top:url:20230624", "mxtap:top:url:2023062400"):
        same({url: n for url, n in c.board(key).items() if n != 2}, {}, f"URLs on {key} that have not both of their mails")


def a_board_takes_who_is_late(t):
    """A sensor sends an hour of its spool while another one counts today's: what a value had in that hour nobody remembers but the board
    of the hour, and its day's. They take it although it would not be enough now, so that its next mails of that hour find it."""
    s = t.server()
    feed(s.url, 2000, "--top", "40").end()
    c, boards = s.client(), ("mxtap:top:url:20230624", "mxtap:top:url:2023062400")
    for key in boards:
        c("ZREMRANGEBYRANK", key, 0, -37)
    late = next(u for u in c("ZRANGE", "mxtap:seen:url", 0, -1) if all(c("ZSCORE", key, u) is None for key in boards))
    entity = "mxtap:url:" + late.replace(":", r"\x3a")
    life = c("HGET", entity, "counts").split(" ")
    c("HSET", entity, "counts", f"2023070107 1 1 2 {life[4]} {life[5]}")
    for n, run in ((1, "again"), (2, "once more")):
        feed(s.url, 2000, "--top", "40", "--run", run).end()
        same([c.board(key).get(late) for key in boards], [n, n], f"{late} on the boards of its late hour")
    same(c("HGET", entity, "counts").split(" ")[:4], ["2023070107", "1", "1", "4"], "what its entity remembers")


def bounds(t):
    s = t.server()
    feed(s.url, 3000, "--top", "50", "--fanout", "10").end()
    c = s.client()
    for key, most in (("mxtap:top:url", 55), ("mxtap:top:from", 55), ("mxtap:ip:198.51.100.7:helo", 11),
                      ("mxtap:top:url:20230624", 55)):
        check(0 < c("ZCARD", key) <= most, f"{key} holds {c('ZCARD', key)}")
    same(c.board("mxtap:top:subject"), dict(Truth(3000).subject), "a board within its bound")


def entities_are_bounded(t):
    s = t.server()
    r = feed(s.url, 6000, "--entities", "200").end()
    same(r.status, 0, "status")
    c = s.client()
    seen = c("ZRANGE", "mxtap:seen:url", 0, -1)
    check(200 <= len(seen) <= 400, f"seen:url holds {len(seen)}")
    keys = c("KEYS", "mxtap:url:*")
    same({k.replace(r"\x3a", ":") for k in keys}, {"mxtap:url:" + m for m in seen}, "entities and seen")
    check("https://host7.example.com/p/6000" in seen, "the newest is there")
    check("https://host1.example.com/p/1" not in seen, "the oldest is gone")
    same(c.board("mxtap:top:ip"), dict(Truth(6000).ip), "boards are not touched")


def old_stream_entries_go(t):
    s = t.server()
    c = s.client()
    for i in range(300):
        c("XADD", "mxtap:mails", f"{1000 + i}-1", "timestamp", "1970")
    feed(s.url, 50).end()
    same(len([1 for i, _ in c("XRANGE", "mxtap:mails", "-", "+") if int(i.split("-")[0]) < 10000]) < 150, True,
         "entries of 1970")


def relayed_copies_count_once(t):
    s = t.server()
    feed(s.url, 200, "--relayed").end()
    c = s.client()
    stats = c.hash("mxtap:stats")
    same((int(stats["mails"]), int(stats["copies"])), (200, 200), "mails, copies")
    same(c.board("mxtap:top:subject"), dict(Truth(200).subject), "subjects")
    entries = [dict(zip(e[::2], e[1::2])) for _, e in c("XRANGE", "mxtap:mails", "-", "+")]
    same(sum("copy_of" in e for e in entries), 200, "stream entries that name their first")
    check(all(e["copy_of"] == f"{int(e['flow_id']) - 1000000}:0" for e in entries if "copy_of" in e), "whom")


def bad_urls(t):
    for url, word in (("redis+cluster://h/3", "database 0"), ("http://h", "redis://"), ("redis://h:x", "port"),
                      ("redis://u:se%cret@h", "percent")):
        r = feed(url, 1).end()
        same(r.status, 1, url)
        check(word in r.err and "cret" not in r.err, r.err)


def pcap(name):
    return os.path.join(TOP, "pcaps", name)


def replay_of_the_register(t):
    """The lines people will type, on real captures."""
    s = t.server()
    r = Run([MXTAP, "replay", "--redis", s.url, pcap("register.pcap")]).end()
    same(r.status, 0, f"status: {r.err}")
    c = s.client()
    same(c("ZSCORE", "mxtap:top:helo", "amazon.co.jp"), "5", "HELO amazon.co.jp")
    same(c.board("mxtap:helo:amazon.co.jp:ip").get("43.153.171.155"), 4, "of them from 43.153.171.155")
    top = c("ZREVRANGE", "mxtap:top:subject:20230624", 0, 0, "WITHSCORES")
    same(top, ["お支払い方法の情報を更新", "2"], "first of 20230624")
    top = c("ZREVRANGE", "mxtap:top:subject", 0, 0, "WITHSCORES")
    same(top, ["お支払い方法の情報を更新", "4"], "first of all time")
    check("103.244.54.137" in c.board("mxtap:top:claimed_ip"), "claimed_ip")
    same(int(c.hash("mxtap:stats")["mails"]), 30, "mails")
    stats = c.hash("mxtap:stats")
    again = Run([MXTAP, "replay", "--redis", s.url, pcap("register.pcap")]).end()
    same(c.hash("mxtap:stats"), stats, "stats after the second time")
    check("was counted before" in again.err, again.err)


def a_b_a_counts_a_once(t):
    s = t.server()
    c = s.client()
    a, b = pcap("plain.pcap"), pcap("several-mails.pcap")
    mails = []
    for path in (a, b, a):
        r = Run([MXTAP, "replay", "--redis", s.url, path]).end()
        same(r.status, 0, r.err)
        mails.append((int(c.hash("mxtap:stats")["mails"]), c("XLEN", "mxtap:mails")))
    check(mails[0] < mails[1] and mails[1] == mails[2] and all(m == n for m, n in mails), str(mails))
    # The same in one call, and of a copy under another name: a capture is known by its frames.
    before = c.hash("mxtap:stats")
    with tempfile.TemporaryDirectory() as d:
        other = os.path.join(d, "copy.pcap")
        shutil.copy(a, other)
        Run([MXTAP, "replay", "--redis", s.url, a, b, other]).end()
    same(c.hash("mxtap:stats"), before, "stats")


def a_copy_that_redis_forgot_is_lost_nowhere(t):
    """A capture and its copy in one call, and a server that comes back empty: what the first holds for both is sent again."""
    s = t.server("--appendonly", "no", "--save", "")
    a, b = pcap("plain.pcap"), pcap("several-mails.pcap")
    with tempfile.TemporaryDirectory() as d:
        other = os.path.join(d, "copy.pcap")
        shutil.copy(a, other)
        r = Run([MXTAP, "replay", "--redis", s.url, a, other, "-"], stdin=subprocess.PIPE)
        wait_for("the first mails", lambda: s.client().hash("mxtap:stats").get("mails"))
        time.sleep(0.5)
        s.kill()
        s.start()
        wait_for("the same mails again", lambda: s.client().hash("mxtap:stats").get("mails"))
        with open(b, "rb") as f:
            r.p.stdin.write(f.read())
        r.end()
    same((r.status, r.counts.lost, r.counts.redis_lost), (0, 0, 0), r.err)
    stats = s.client().hash("mxtap:stats")
    whole = t.server("--appendonly", "no", "--save", "")
    Run([MXTAP, "replay", "--redis", whole.url, a, b]).end()
    same(stats, whole.client().hash("mxtap:stats"), "stats")


def repeated(wire, times):
    """A capture's packets once more and once more, each time of other clients' ports and a minute later: so many more mails."""
    out, at = [wire[:24]], 24
    frames = []
    while at < len(wire):
        second, us, kept, n = struct.unpack_from("<IIII", wire, at)
        frames.append((second, us, n, bytearray(wire[at + 16:at + 16 + kept])))
        at += 16 + kept
    for i in range(times):
        for second, us, n, frame in frames:
            frame = bytearray(frame)
            if frame[12:14] == b"\x08\x00" and frame[23] == 6:
                tcp = 14 + (frame[14] & 15) * 4
                side = tcp + 2 if frame[tcp:tcp + 2] == b"\x00\x19" else tcp
                struct.pack_into(">H", frame, side, struct.unpack_from(">H", frame, side)[0] ^ i)
            out.append(struct.pack("<IIII", second + 60 * i, us, len(frame), n) + frame)
    return b"".join(out)


def a_replay_killed_in_mid_file_resumes(t):
    """2,400 mails through a pipe, mxtap killed short of the end, where a batch is in and the next is being filled; then whole: key by
    key what one replay makes of them. The file's name is as long as "-", since a batch ends by the bytes of
    its records, in which it stands."""
    s, whole = t.server(), t.server()
    with open(pcap("many-mails.pcap"), "rb") as f:
        wire = repeated(f.read(), 8)
    c = s.client()
    r = Run([MXTAP, "replay", "--redis", s.url, "-"], stdin=subprocess.PIPE)
    r.p.stdin.write(wire[:-5000])
    r.p.stdin.flush()
    wait_for("the first batch", lambda: c.hash("mxtap:stats").get("mails"))
    r.p.kill()
    r.end()
    check(0 < int(c.hash("mxtap:stats")["mails"]) < 2400, "it was over before it was killed")
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "x"), "wb") as f:
            f.write(wire)
        r = Run([MXTAP, "replay", "--redis", s.url, f.name]).end()
        check(r.status == 0 and r.counts.already > 0 and r.counts.delivered > 0, r.err)
        Run([MXTAP, "replay", "--redis", whole.url, f.name]).end()
    same(c.hash("mxtap:stats")["mails"], "2400", "mails")
    same_keys(c, whole.client())


def replay_of_a_folder_is_idempotent(t):
    s = t.server()
    with tempfile.TemporaryDirectory() as d:
        for name in ("plain.pcap", "pipelined.pcap"):
            shutil.copy(pcap(name), d)
        Run([MXTAP, "replay", "--redis", s.url, d]).end()
        c = s.client()
        before = int(c.hash("mxtap:stats")["mails"])
        shutil.copy(pcap("several-mails.pcap"), d)
        Run([MXTAP, "replay", "--redis", s.url, d]).end()
        after = int(c.hash("mxtap:stats")["mails"])
        Run([MXTAP, "replay", "--redis", s.url, pcap("several-mails.pcap")]).end()
        check(after > before, "the new file added nothing")
        same(int(c.hash("mxtap:stats")["mails"]), after, "the same file by itself")


def a_folder_of_many_files_without_mails(t):
    """One SYN to port 80 each: their packets count, and none is forgotten before its marker is known."""
    s = t.server()
    files, frame = 3000, bytes(12) + bytes.fromhex("0800450000280000000040060000c0000201c6336402")
    with tempfile.TemporaryDirectory() as d:
        for i in range(files):
            tcp = struct.pack("!HHIIBBHHH", 1024 + i, 80, i, 0, 0x50, 2, 65535, 0, 0)
            with open(os.path.join(d, f"{i:05}.pcap"), "wb") as f:
                f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) +
                        struct.pack("<IIII", 1700000000 + 600 * i, 0, 54, 54) + frame + tcp)
        for _ in range(2):
            r = Run([MXTAP, "replay", "--redis", s.url, d]).end()
            same(r.status, 0, r.err)
            same(s.client().hash("mxtap:stats").get("packets"), str(files), "packets")


def recipients_stay_out(t):
    s = t.server()
    Run([MXTAP, "replay", "--redis", s.url, pcap("register.pcap")]).end()
    c = s.client()
    json_text = Run([MXTAP, "replay", "--json", "-", pcap("register.pcap")]).end().out
    people = set(re.findall(r"[\w.+-]+@[\w.-]+", " ".join(
        a for line in json_text.splitlines() for a in json.loads(line).get("smtp", {}).get("rcpt_to", []))))
    check(people, "no recipient in the capture")
    everything = "\n".join(str(c("HGETALL", k)) if c("TYPE", k) == "hash" else
                           str(c("XRANGE", k, "-", "+")) if c("TYPE", k) == "stream" else
                           str(c("ZRANGE", k, 0, -1)) if c("TYPE", k) == "zset" else "" for k in c("KEYS", "*"))
    for who in people:
        check(who not in everything, f"{who} is in Redis")
    check(c.board("mxtap:top:rcpt_domain"), "their domains are")


CASES = [counters_equal_the_truth, lifetimes, lifetimes_begin_anew_with_use, other_facts_begin_no_lifetime, after_a_flush_every_key_has_a_lifetime,
         the_same_run_twice_changes_nothing, a_grown_file_adds_what_is_new,
         other_options_count_nothing_without_again, again_with_nothing_there_is_the_usual_run, server_starts_late, ten_minutes_late,
         unreachable_server_is_status_4, live_goes_on_without_a_server, killed_with_aof_always,
         killed_with_aof_everysec, killed_without_any_file, killed_with_rdb_only, lost_beyond_the_window_is_counted, torn_aof_runs_nothing_twice, connections_cut,
         stopped_past_the_time_out, asleep_past_the_time_out,
         an_outage_holds_neither_capture_nor_memory, paused_clients, memory_full_and_raised_again, busy_with_somebody_elses_script,
         a_replica_for_a_while, a_disk_that_takes_no_snapshot, replicas_are_missing, still_loading, flushed_in_mid_run,
         scripts_flushed, killed_sensor_resumes, two_at_once_count_once, two_runs_add_up, two_live_sensors_of_one_name, two_of_one_name_notice_each_other, a_b_a_counts_a_once,
         a_copy_that_redis_forgot_is_lost_nowhere, wrong_password,
         password_by_file_or_environment, limited_user, wrong_type_in_one_entity, numbers_that_are_none,
         a_redis_that_is_not_ours, eviction_is_warned_about, hostile_names,
         a_board_takes_who_has_a_place, a_board_takes_who_is_late, records_that_overtake_each_other, bounds, entities_are_bounded, old_stream_entries_go,
         relayed_copies_count_once, bad_urls, replay_of_the_register, a_replay_killed_in_mid_file_resumes, replay_of_a_folder_is_idempotent,
         a_folder_of_many_files_without_mails, recipients_stay_out]


def run_cases(cases):
    passed = failed = 0
    wanted = sys.argv[1:]
    for case in cases:
        if wanted and case.__name__ not in wanted:
            continue
        t = Case()
        begun = time.monotonic()
        try:
            case(t)
            passed += 1
            print(f"{case.__name__}: ok ({time.monotonic() - begun:.1f} s)", flush=True)
        except (AssertionError, ReplyError, ConnectionError, OSError, subprocess.TimeoutExpired, KeyError,
                TypeError) as e:
            failed += 1
            print(f"{case.__name__}: FAILED: {type(e).__name__}: {e}", flush=True)
        finally:
            t.over()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(run_cases(CASES))
