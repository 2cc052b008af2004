#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--spool: what Redis has not taken survives on disk, is sent once by the next start, and is never sent wrong.

Records are made by tests/e2e/feed, whose rule is known: mail 1, mail 2 ... each with its number in its Message-ID, a session
after every fifth. The last line is `N passed, N failed`.
"""
import collections
import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_test import LONG, MXTAP, Run, Truth, check, check_all, feed, pcap, run_cases, same  # noqa: E402

SEED = int(os.environ.get("SPOOL_SEED", "1"))
HEADER = 40


def folder(t):
    """A spool that goes with the case."""
    d = tempfile.mkdtemp(prefix="mxtap-spool-")
    stop = t.over

    def over():
        stop()
        shutil.rmtree(d, ignore_errors=True)
    t.over = over
    return os.path.join(d, "spool")


def segments(spool):
    return sorted(os.path.join(spool, f) for f in os.listdir(spool)) if os.path.isdir(spool) else []


def frames(path):
    """(at, body's bytes, records, records before) of each frame, read by the format in spool_frame.h and redis_spool.c."""
    try:
        with open(path, "rb") as f:
            data = f.read()
    except FileNotFoundError: # sent and removed since it was listed
        return []
    at, found = 0, []
    while at + HEADER <= len(data) and data[at:at + 8] == b"MXSPOOL3":
        n = int.from_bytes(data[at + 12:at + 16], "little")
        body = data[at + HEADER:at + HEADER + n]
        if len(body) < n:
            break
        found.append((at, n, *(int.from_bytes(body[8 * i:8 * i + 8], "little") for i in (4, 5))))
        at += HEADER + n
    return found


def spooled(spool):
    return [f for path in segments(spool) for f in frames(path)]


def mails(client, prefix="mxtap"):
    """Message-ID's number -> record, of the stream; a number that comes twice fails."""
    found = {}
    for _, flat in client("XRANGE", f"{prefix}:mails", "-", "+"):
        record = json.loads(dict(zip(flat[::2], flat[1::2]))["json"])
        number = int(re.match(r"<(\d+)@", record["email"]["message_id"]).group(1))
        check(number not in found, f"mail {number} is in the stream twice")
        found[number] = record
    return found


def records_before(mail):
    """Records that feed made up to and with this mail."""
    return mail + (mail - 1) // 5


def live(url, n, run, spool, *args):
    return feed(url, n, "--live", "--run", run, "--spool", spool, *args)


Sent = collections.namedtuple("Sent", "status records delivered already lost err")


def send_all(url, spool):
    """Starts that make nothing and only send, until the spool is empty: a live sensor's end waits 5 s, a slow machine longer.
    What they told, summed; err is the first one's."""
    runs = []
    while not runs or runs[-1].counts.spooled:
        check(len(runs) < 2 or runs[-1].counts.spooled < runs[-2].counts.spooled, "a start sends nothing of the spool")
        runs.append(live(url, 0, f"only-sends{len(runs)}", spool).end())
        check(runs[-1].counts, runs[-1].err)
    return Sent(runs[-1].status, runs[0].counts.records, *(sum(getattr(r.counts, f) for r in runs)
                                                           for f in ("delivered", "already", "lost")), runs[0].err)


def survives_and_is_sent_by_the_next_start(t):
    """Redis is away; the sensor ends. The next start finds Redis and sends what the first one saw, under its run."""
    spool, s = folder(t), t.server(late=True)
    r = live(s.url, 3000, "aa", spool, "--delay-us", "100").end()
    same((r.status, r.counts.spooled, r.counts.lost), (4, Truth(3000).records, 0), "first start")
    check(f"{Truth(3000).records} records wait in the spool" in r.err, r.err)
    same({stat.S_IMODE(os.stat(p).st_mode) for p in segments(spool)}, {0o600}, "modes")
    same(stat.S_IMODE(os.stat(spool).st_mode), 0o700, "the folder's mode")
    s.start()
    r = send_all(s.url, spool)
    # Where the end's 5 s cut an answer off, the start behind it finds those records there already.
    same((r.status, r.delivered + r.already), (0, Truth(3000).records), "second start")
    check_all(s.client(), 3000)
    same(segments(spool), [], "segments left")
    check(s.client().hash("mxtap:run:aa") and not s.client().hash("mxtap:run:bb"), "not under its own run")


def nothing_is_on_disk_once_redis_has_it(t):
    spool, s = folder(t), t.server()
    r = live(s.url, 2000, "aa", spool, "--delay-us", "100").end()
    same((r.status, r.counts.delivered), (0, Truth(2000).records), "counts")
    check_all(s.client(), 2000)
    same(segments(spool), [], "segments left")


def an_outage_longer_than_memory(t):
    """Redis starts late: what waited was many times what stays in memory."""
    spool, s = folder(t), t.server(late=True)
    n = 60000 if LONG else 12000
    r = live(s.url, n, "aa", spool, "--delay-us", "200")
    while not segments(spool) or sum(map(os.path.getsize, segments(spool))) < 9 << 20:
        check(r.p.poll() is None, "feed ended before Redis came: nothing was shown")
        time.sleep(0.05)
    s.start()
    r.end()
    same(r.counts.lost, 0, f"counts {r.counts}")
    r = send_all(s.url, spool) # what a slow machine had no time for at the end
    same((r.status, r.lost), (0, 0), r.err)
    check_all(s.client(), n)


def killed_at_random_moments(t):
    """SIGKILL, Redis there or away; then a start that sends. What was whole on disk is there once, in order, with nothing
    behind it: a prefix of the mails that were made."""
    rng = random.Random(SEED)
    for i in range(50 if LONG else 6):
        spool, s = folder(t), t.server(late=True)
        there = rng.random() < 0.6
        if there:
            s.start()
        r = live(s.url, 8000, "aa", spool, "--delay-us", "60")
        time.sleep(0.05 + 0.6 * rng.random())
        if there and rng.random() < 0.5:
            s.kill()
            time.sleep(0.2 * rng.random())
        r.p.kill()
        r.end()
        kept = spooled(spool)
        least = max((records + before for _, _, records, before in kept), default=0)
        if not s.process or s.process.poll() is not None:
            s.start()
        # The start that sends is killed too, now and then.
        if rng.random() < 0.5:
            r = live(s.url, 0, "bb", spool)
            time.sleep(0.1 * rng.random())
            r.p.kill()
            r.end()
        r = send_all(s.url, spool)
        same((r.status, r.lost), (0, 0), f"kill {i}: {r.err}")
        got = mails(s.client())
        same(sorted(got), list(range(1, len(got) + 1)), f"kill {i}: mails")
        there_now = len(got) + s.client()("XLEN", "mxtap:sessions")
        check(there_now >= least, f"kill {i}: {least} records were on disk, {there_now} are in Redis")
        same(int(s.client().hash("mxtap:stats").get("mails", 0)), len(got), f"kill {i}: stats")
        t.over()


def torn_and_flipped_bits(t):
    """Bits turn, ends are cut, blocks are lost. No wrong record is sent, what is whole is, and what is missing is said."""
    rng = random.Random(SEED)
    n = 1500
    spool, s = folder(t), t.server(late=True)
    live(s.url, n, "aa", spool, "--delay-us", "100").end()
    clean = spool + ".clean"
    shutil.copytree(spool, clean)
    s.start()
    send_all(s.url, spool)
    truth = mails(s.client())
    same(len(truth), n, "mails of the undamaged spool")
    for i in range(60 if LONG else 12):
        shutil.rmtree(spool, ignore_errors=True)
        shutil.copytree(clean, spool)
        path = rng.choice(segments(spool))
        whole = sum(f[2] for f in spooled(spool))
        how = ("flip", "flips", "cut", "zeros", "insert")[i % 5]
        with open(path, "r+b") as f:
            data = bytearray(f.read())
            at = rng.randrange(len(data))
            hit = [fr for fr in frames(path) if fr[0] <= at < fr[0] + HEADER + fr[1]][0]
            if how == "flip":
                data[at] ^= 1 << rng.randrange(8)
            elif how == "flips":
                for _ in range(20):
                    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            elif how == "cut":
                del data[at:]
            elif how == "zeros":
                data[at:at + 4096] = bytes(len(data[at:at + 4096]))
            else:
                data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 200)))
            f.seek(0)
            f.truncate()
            f.write(data)
        s.client()("FLUSHALL")
        r = send_all(s.url, spool)
        same(r.status, 4 if r.lost else 0, f"{how} {i}: status; {r.err}")
        got = mails(s.client())
        for number, record in got.items():
            same(record, truth[number], f"{how} {i}: mail {number}")
        there = len(got) + s.client()("XLEN", "mxtap:sessions")
        check(there < whole, f"{how} {i}: all {whole} records came out of a damaged spool")
        check("damaged in" in r.err or "was not written to its end" in r.err, f"{how} {i}: nothing is said: {r.err}")
        if how == "flip":
            same(there, whole - hit[2], f"flip {i} in byte {at}: only the frame that was hit is missing")
        same(int(s.client().hash("mxtap:stats").get("mails", 0)), len(got), f"{how} {i}: stats")
    shutil.rmtree(clean)


def full_loses_the_oldest_first(t, spool, limit, *args):
    """Redis is away and the spool too small: the oldest go, counted, and the newest are there for the next start. With Redis
    back nothing more is lost, on the same small disk."""
    s = t.server(late=True)
    n = 8000
    r = live(s.url, n, "aa", spool, "--delay-us", "300", *args).end()
    same((r.status, r.counts.delivered), (4, 0), f"{r.counts} {r.err}")
    check(r.counts.lost > 0 and r.counts.spooled > 0, f"lost {r.counts.lost}, spooled {r.counts.spooled}: nothing is shown")
    check("the oldest" in r.err, r.err)
    check(sum(map(os.path.getsize, segments(spool))) <= limit, "the spool is larger than it may be")
    s.start()
    sent = send_all(s.url, spool)
    same((sent.status, sent.delivered + sent.already, sent.lost), (0, r.counts.spooled, 0), sent.err)
    got = sorted(mails(s.client()))
    same((got[0], got[-1], len(got)), (n - len(got) + 1, n, len(got)), "the newest mails, without a hole: first, last, how many")
    same(len(got) + s.client()("XLEN", "mxtap:sessions"), r.counts.spooled, "records")
    same(int(s.client().hash("mxtap:stats")["mails"]), len(got), "stats")
    same(segments(spool), [], "segments left")
    s.client()("FLUSHALL")
    # 800 mails are 10 MB of batches, more than the disk holds; at 250 a second any server keeps up.
    r = live(s.url, 800, "bb", spool, "--delay-us", "4000", *args).end()
    sent = send_all(s.url, spool)
    same((r.counts.lost, sent.lost), (0, 0), f"{r.err} {sent.err}")
    check_all(s.client(), 800)


def at_spool_max_the_oldest_go(t):
    full_loses_the_oldest_first(t, folder(t), 8 << 20, "--spool-max", str(8 << 20))


def on_a_full_disk_the_oldest_go(t):
    """A tmpfs of 8 MB, which is full long before --spool-max."""
    d = tempfile.mkdtemp(prefix="mxtap-disk-")
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*sudo, "mount", "-t", "tmpfs", "-o", f"size=8m,mode=0700,uid={os.geteuid()}", "none", d], check=True)
    try:
        full_loses_the_oldest_first(t, os.path.join(d, "spool"), 8 << 20)
    finally:
        subprocess.run([*sudo, "umount", d], check=True)
        os.rmdir(d)


def a_folder_has_one_owner(t):
    spool, s = folder(t), t.server()
    a = live(s.url, 3000, "aa", spool, "--delay-us", "200")
    while not os.path.isdir(spool):
        time.sleep(0.01)
    time.sleep(0.1)
    b = live(s.url, 1, "bb", spool).end()
    check(b.status != 0 and "another mxtap uses this folder" in b.err, f"{b.status} {b.err}")
    same(a.end().status, 0, "the first one")
    check_all(s.client(), 3000)


def a_folder_that_cannot_be_is_named(t):
    r = Run([MXTAP, "replay", "--redis", "redis://127.0.0.1:1", "--spool", "/proc/none/spool", pcap("plain.pcap")]).end()
    same((r.status, r.err.count("\n")), (2, 1), r.err)
    check("--spool /proc/none/spool: No such file or directory" in r.err, r.err)
    r = Run([MXTAP, "replay", "--spool", folder(t), pcap("plain.pcap")]).end()
    check(r.status == 2 and "--redis" in r.err, f"{r.status} {r.err}")


def a_replay_killed_resumes_behind_its_spool(t):
    """The replay's own batches wait in the spool; the next call sends them, then goes on behind them."""
    spool, s = folder(t), t.server()
    for _ in range(4):
        r = feed(s.url, 4000, "--spool", spool, "--delay-us", "150")
        time.sleep(0.25)
        s.kill()
        time.sleep(0.15)
        r.p.kill()
        r.end()
        s.start()
    r = feed(s.url, 4000, "--spool", spool).end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    check_all(s.client(), 4000)
    r = feed(s.url, 4000, "--spool", spool).end()
    same(r.counts.already, Truth(4000).records, "the same once more")
    check_all(s.client(), 4000)


def what_is_there_already_is_not_sent_again(t):
    """Redis took the batches, the sensor was killed before it could forget them."""
    spool, s = folder(t), t.server(late=True)
    live(s.url, 500, "aa", spool, "--delay-us", "50").end()
    shutil.copytree(spool, spool + ".copy")
    s.start()
    send_all(s.url, spool)
    os.rmdir(spool)
    os.rename(spool + ".copy", spool)
    r = send_all(s.url, spool)
    same((r.status, r.already, r.delivered), (0, Truth(500).records, 0), r.err)
    check_all(s.client(), 500)
    same(segments(spool), [], "segments left")


CASES = [survives_and_is_sent_by_the_next_start, nothing_is_on_disk_once_redis_has_it, an_outage_longer_than_memory,
         killed_at_random_moments, torn_and_flipped_bits, at_spool_max_the_oldest_go, on_a_full_disk_the_oldest_go,
         a_folder_has_one_owner, a_folder_that_cannot_be_is_named, a_replay_killed_resumes_behind_its_spool,
         what_is_there_already_is_not_sent_again]

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
