#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""redis+cluster://: three masters and three replicas, all real: what a cluster holds is what a single server would hold, each
value in its bucket, once; whatever happens to a master or a slot on the way.

The truth is redis_test's; redis_cluster.Reader puts the buckets together. The last line is `N passed, N failed`.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_cluster import BUCKETS, SLOTS, Cluster, Node, crc16  # noqa: E402
from redis_sentinel_test import free_ports, wait_for  # noqa: E402
from redis_test import LONG, MXTAP, TOP, Run, Truth, check, check_all, feed, pcap, run_cases, same  # noqa: E402

FEW = 1500
MANY = 12000 if LONG else 4000
SINGLE = {"sensor", "run", "stats", "mails", "sessions", "campaigns"}  # first words of what has no entity


def mails_in(reader):
    return int(reader.ask(crc16(b"00") % SLOTS, "HGET", "mxtap:{00}:stats", "mails") or 0)


def bucket_of_key(rest):
    """Where REDIS.md puts an entity or graph key: by CRC16 of kind:value; None where the key is in many buckets or in 00."""
    kind, *parts = rest.split(":")
    if kind in SINGLE or kind in ("top", "uniq", "seen", "first", "alerts", "periods", "calendar"):
        return 0 if kind in ("stats", "mails", "sessions", "sensor", "campaigns") else None
    if parts and parts[-1] in KINDS and len(parts) > 1:
        parts = parts[:-1]
    return crc16(f"{kind}:{':'.join(parts)}".encode("utf-8", "surrogateescape")) % BUCKETS


KINDS = set("ip net asn country city helo ptr claimed_ip from from_domain envelope_domain subject mailer url host domain tld "
            "link_ip attachment tls os finding rcpt_domain".split())


def check_places(cluster):
    """Every key has its tag in front, is in the bucket that its value says, and where Redis says that slot is."""
    n = 0
    for node in cluster.living():
        c = node.client()
        if node.role() != "master":
            continue
        for key in c("KEYS", "*"):
            check(key.startswith("mxtap:{") and key[9:11] == "}:", f"{key!r} has no tag in front")
            tag, rest = key[7:9], key[11:]
            same(c("CLUSTER", "KEYSLOT", key), crc16(tag.encode()) % SLOTS, f"slot of {key!r}")
            want = bucket_of_key(rest)
            check(want is None or want == int(tag), f"{key!r} belongs into bucket {want}")
            if rest.startswith("top:") and rest.count(":") == 1:
                kind = rest.split(":")[1]
                for member in c("ZRANGE", key, 0, 9):
                    value = member if kind in ("ip", "net", "claimed_ip", "link_ip") else member.replace(":", r"\x3a")
                    same(crc16(f"{kind}:{value}".encode("utf-8", "surrogateescape")) % BUCKETS, int(tag),
                         f"bucket of {member!r} in {key!r}")
            n += 1
    return n


def crc16_is_the_clusters(t):
    """The test vector of the cluster's specification, and of every tag by a server's own word."""
    same(crc16(b"123456789"), 0x31C3, "crc16")
    cluster = Cluster(t, replicas=False)
    c = cluster.masters[0].client()
    for b in range(BUCKETS):
        tag = f"{b:02}"
        same(c("CLUSTER", "KEYSLOT", f"mxtap:{{{tag}}}:top:ip"), crc16(tag.encode()) % SLOTS, tag)


def a_cluster_holds_what_a_server_holds(t):
    """Boards, entities, pairs, uniq, streams and statistics; and every key is where it belongs."""
    cluster = Cluster(t, replicas=False)
    r = feed(cluster.url, FEW).end()
    same((r.status, r.counts.delivered), (0, Truth(FEW).records), r.err)
    m = cluster.reader()
    check_all(m, FEW)
    check(check_places(cluster) > 1000, "few keys")
    same(sum(m.board("mxtap:top:ip:2023062400").values()), FEW, "hour board")
    uniq = m("PFCOUNT", "mxtap:uniq:url:20230624")
    check(abs(uniq - FEW) < FEW * 0.03, f"uniq:url says {uniq} of {FEW}")
    same(m("ZCARD", "mxtap:seen:ip"), 100, "seen:ip")
    same(m("XLEN", "mxtap:first:ip"), 100, "first:ip")
    seqs = {a[0] for _, a in m.each("HMGET", "mxtap:run:f00d", "seq")}
    same(len(seqs), 1, f"markers: {seqs}")
    same(m.hash("mxtap:sensor:feed")["lost"], "0", "sensor")


def the_same_capture_twice_changes_nothing(t):
    """All keys, by what is in them; and under other options nothing is counted, unless it is asked for. The markers of a
    file are small, since they stay."""
    cluster = Cluster(t, replicas=False)
    Run([MXTAP, "replay", "--redis", cluster.url, pcap("register.pcap")]).end()

    def dump():
        return {k: n.client().hash(k) if ":run:" in k else n.client()("DUMP", k)
                for n in cluster.masters for k in n.client()("KEYS", "*")}
    before = dump()
    r = Run([MXTAP, "replay", "--redis", cluster.url, pcap("register.pcap")]).end()
    same((r.status, r.counts.delivered), (0, 0), r.err)
    check("was counted before" in r.err, r.err)
    same({k for k, v in dump().items() if before.get(k) != v}, set(), "keys that changed")
    r = Run([MXTAP, "replay", "--redis", cluster.url, "--ports", "25", pcap("register.pcap")]).end()
    same((r.status, r.counts.delivered, r.err.count("now it would be with")), (0, 0, 1), r.err)
    same({k for k, v in dump().items() if before.get(k) != v}, set(), "keys that changed")
    markers = [n.client()("MEMORY", "USAGE", k) for n in cluster.masters for k in n.client()("KEYS", "mxtap:*:run:*")]
    check(len(markers) == BUCKETS and sum(markers) < 20000, f"{len(markers)} markers, {sum(markers)} bytes")
    Run([MXTAP, "replay", "--redis", cluster.url, "--again", pcap("register.pcap")]).end()
    same(mails_in(cluster.reader()), 60, "mails, counted again")


def the_register_is_the_single_servers(t):
    """Each board, entity and pair of pcaps/register.pcap, key by key, is what one server makes of it."""
    cluster, s = Cluster(t, replicas=False), t.server()
    for url in (cluster.url, s.url):
        same(Run([MXTAP, "replay", "--redis", url, pcap("register.pcap")]).end().status, 0, url)
    c, m, n = s.client(), cluster.reader(), 0
    for key in c("KEYS", "*"):
        kind = c("TYPE", key)
        if key == "mxtap:periods": # a bucket's own: of the boards that it has
            same({p for _, some in m.each("ZRANGE", key, 0, -1) for p in some}, set(c("ZRANGE", key, 0, -1)), key)
        elif key == "mxtap:calendar": # each bucket is told whose days its boards have
            same([some for _, some in m.each("HGETALL", key)], BUCKETS * [c("HGETALL", key)], key)
        elif kind == "zset":
            same(m.board(key), c.board(key), key)
        elif kind == "stream":
            same(m("XLEN", key), c("XLEN", key), key)
        elif kind == "hash" and not key.startswith("mxtap:run:"):
            same(*({k: v for k, v in x.hash(key).items() if k != "started"} for x in (m, c)), key)
        elif kind == "string":
            same(m("PFCOUNT", key), c("PFCOUNT", key), key)
        n += 1
    check(n > 500, f"only {n} keys")
    told = 0
    for b, alerts in m.each("XRANGE", "mxtap:alerts", "-", "+"):
        for fields in (dict(zip(f[::2], f[1::2])) for _, f in alerts):
            kind = {"first.sender": "ip", "first.domain": "domain"}.get(fields.get("alert"))
            same(b, crc16(f"{kind}:{fields['value']}".encode()) % BUCKETS if kind else 0, f"bucket of {fields}")
            told += kind is not None
    check(told > 10, f"{told} alerts of the whole")
    bare = {k[:6] + k[11:] for k in cluster.keys()}
    same(bare, set(c("KEYS", "*")), "names of keys")


def lines_of_the_docs(t):
    """docs/REDIS.md's lines for redis-cli on a cluster, each as it stands there; only the node is another."""
    cluster = Cluster(t, replicas=False)
    Run([MXTAP, "replay", "--redis", cluster.url, pcap("register.pcap")]).end()
    with open(os.path.join(TOP, "docs/REDIS.md"), encoding="utf-8") as f:
        lines = re.findall(r"^    (redis-cli -c -h 192\.0\.2\.1 .*)$", f.read(), re.M)
    answers = [subprocess.run(["bash", "-c", line.replace("-h 192.0.2.1", f"-p {cluster.masters[-1].port}")], stdout=subprocess.PIPE,
                              check=True).stdout.decode().split("\n") for line in lines]
    same(len(lines), 2, lines)
    same(answers[0][answers[0].index("mails") + 1], "30", answers[0])
    check("subject" in answers[1] and "json" in answers[1], answers[1][:20])


VERBS = [["top", "helo"], ["top", "subject", "--day", "2023-06-24"], ["top", "ip", "--from", "2023-06-24T18", "--to", "2023-06-25T08"],
         ["top", "mailer", "-n", "1", "--json"], ["top", "host", "-n", "3"], ["top", "ip", "--json"],
         ["show", "ip", "43.153.171.155"], ["show", "host", "tcbnvck.cn", "--json"], ["show", "helo", "amazon.co.jp"],
         ["show", "net", "43.153.0.0/16"], ["search", "supmailer"], ["search", "【ETC】"], ["campaigns"],
         ["campaigns", "--json", "-n", "2"], ["watch", "--json", "-n", "1"]]


def ask(url, *words):
    r = Run([MXTAP, *words, "--redis", url], {"TZ": "UTC"}).end()
    same(r.status, 0, f"{words}: {r.err}")
    return r.out


def verbs_print_the_same(t):
    """Nobody sees in an answer whether one server gave it or 64 buckets did."""
    cluster, s = Cluster(t, replicas=False), t.server()
    for url in (cluster.url, s.url):
        same(Run([MXTAP, "replay", "--redis", url, pcap("register.pcap")]).end().status, 0, url)
    for words in VERBS:
        got, want = (re.sub(r'"(time|last_seen|started|id)":("[^"]*"|[\d.]+)', r'"\1":"-"', ask(url, *words)) for url in (cluster.url, s.url))
        check(want, f"{words} says nothing")
        same(got, want, f"{words}")
    for url in (cluster.url, s.url):
        ask(url, "campaigns", "--save")
    c, m = s.client(), cluster.reader()
    for key in c("KEYS", "mxtap:campaign*"):
        kind = c("TYPE", key)
        if kind == "zset":
            same(m.board(key), c.board(key), key)
        elif kind == "hash":
            same(m.hash(key), c.hash(key), key)
        else:
            same(set(m("SMEMBERS", key)), set(c("SMEMBERS", key)), key)
    r = Run([MXTAP, "show", "ip", "192.0.2.77", "--redis", cluster.url]).end()
    same(r.status, 1, r.err)


def full_boards_are_merged_too(t):
    """Boards at their bound: what every bucket keeps is more than what is asked for; a missing value is a range."""
    cluster, s = Cluster(t, replicas=False), t.server()
    for url in (cluster.url, s.url):
        same(feed(url, FEW, "--top", "320").end().status, 0, url)
    exact, merged = (json.loads(ask(url, "top", kind, "--json", "-n", "20", "--redis-top", "320"))
                     for url, kind in ((s.url, "subject"), (cluster.url, "subject")))
    same(merged, exact, "top subject")
    urls = json.loads(ask(cluster.url, "top", "url", "--json", "-n", "5", "--redis-top", "320"))
    check(urls.get("full"), f"not seen to be full: {urls}")
    for b, n in cluster.reader().each("ZCARD", "mxtap:top:url"):
        check(n <= 22, f"bucket {b} keeps {n} of 20")


def the_console_follows_a_slot(t):
    """ASK in the midst of a slot's way to a server that has none yet, MOVED behind it."""
    cluster = Cluster(t, replicas=False)
    same(Run([MXTAP, "replay", "--redis", cluster.url, pcap("register.pcap")]).end().status, 0, "status")
    b = crc16(b"helo:amazon.co.jp") % BUCKETS
    slot = crc16(f"{b:02}".encode()) % SLOTS
    before, asked = ask(cluster.url, "show", "helo", "amazon.co.jp"), []
    to = cluster.add_master(t)
    cluster.move(slot, to, meanwhile=lambda: asked.append(ask(cluster.url, "show", "helo", "amazon.co.jp")), pipeline=1000)
    same(asked, [before], "in the midst of it")
    same(ask(cluster.url, "show", "helo", "amazon.co.jp"), before, "behind it")


def a_master_dies(t):
    """Its replica takes over; what the dead one had acknowledged and not passed on comes out of the window, into its
    buckets alone."""
    cluster = Cluster(t)
    m = cluster.reader()
    r = feed(cluster.url, MANY, "--delay-us", "1000", "--reply-ms", "3000")
    wait_for("mails", lambda: mails_in(m) > MANY // 8)
    cluster.masters[1].kill()
    wait_for("the replica's promotion", lambda: cluster.replicas[1].role() == "master")
    r.end(timeout=180)
    same((r.status, r.counts.lost, r.counts.redis_lost), (0, 0, 0), r.err)
    check("trying again" in r.err and "takes records again" in r.err, r.err)
    check_all(cluster.reader(), MANY)


def lag_and_die(t, cluster):
    """A feed; the replica of the second master is cut off from it, the master takes more mails and dies."""
    m = cluster.reader()
    master, replica = cluster.masters[1], cluster.replicas[1]
    r = feed(cluster.url, MANY, "--delay-us", "1000", "--reply-ms", "3000")
    wait_for("mails", lambda: mails_in(m) > MANY // 8)
    replica.client()("CONFIG", "SET", "masterauth", "of no use")  # it cannot log in again
    master.client()("CLIENT", "KILL", "TYPE", "replica")
    before = mails_in(m)
    wait_for("more mails", lambda: mails_in(m) > before + MANY // 8)
    master.kill()
    wait_for("the replica's promotion", lambda: replica.role() == "master")
    r.end(timeout=180)
    same((r.status, r.counts.lost, r.counts.redis_lost, r.counts.flushed), (0, 0, 0, 0), r.err)
    check(r.counts.resent > 0, f"nothing was sent again: {r.counts}")
    check_all(cluster.reader(), MANY)
    return r


def a_lagging_replica_is_promoted(t):
    """It lacks batches that its master had acknowledged. They are sent again, to its buckets only."""
    r = lag_and_die(t, Cluster(t))
    check(r.counts.resent < Truth(MANY).records, f"everything was sent again: {r.counts}")


def a_master_loses_everything(t):
    """Without a replica: killed, and back with nothing. Its buckets are filled again from the window, the others are not touched."""
    cluster = Cluster(t, replicas=False)
    m = cluster.reader()
    r = feed(cluster.url, MANY, "--delay-us", "500", "--reply-ms", "3000")
    wait_for("mails", lambda: mails_in(m) > MANY // 8)
    untouched = cluster.masters[0].client()("INFO", "server")
    node = cluster.masters[2]
    node.kill()
    node.start()
    r.end(timeout=180)
    same((r.status, r.counts.lost, r.counts.redis_lost), (0, 0, 0), r.err)
    check(r.counts.resent > 0, f"nothing was sent again: {r.counts}")
    check_all(cluster.reader(), MANY)
    check(untouched, "the first master was asked")


def a_slot_moves(t):
    """ASK while it is on its way, MOVED when it is there: the bucket waits, the others go on, and nothing is lost or twice."""
    cluster = Cluster(t, replicas=False)
    m = cluster.reader()
    r = feed(cluster.url, MANY, "--delay-us", "500")
    wait_for("mails", lambda: mails_in(m) > MANY // 8)
    new = cluster.add_master(t)
    for b in (0, 7, 33) if LONG else (0, 7):
        slot = crc16(f"{b:02}".encode()) % SLOTS
        source = cluster.owner(slot)
        to = new if b == 0 else next(n for n in cluster.masters if n is not source)
        cluster.move(slot, to, meanwhile=lambda: time.sleep(0.6))
        same(cluster.owner(slot).port, to.port, "owner of the slot")
    r.end(timeout=180)
    same((r.status, r.counts.lost, r.counts.key_errors), (0, 0, 0), r.err)
    check_all(cluster.reader(), MANY)
    check_places(cluster)


def two_sensors_add_up(t):
    cluster = Cluster(t, replicas=False)
    runs = [feed(cluster.url, FEW, "--run", run, "--source", run) for run in ("aaaa", "bbbb")]
    for r in runs:
        same((r.end().status, r.counts.delivered), (0, Truth(FEW).records), r.err)
    m = cluster.reader()
    same(mails_in(m), 2 * FEW, "mails")
    same(m.board("mxtap:top:helo"), {k: 2 * v for k, v in Truth(FEW).helo.items()}, "top:helo")
    same(m("XLEN", "mxtap:mails"), 2 * FEW, "stream")


def two_at_once_count_once(t):
    """The same run from two processes: bucket by bucket one of them is faster."""
    cluster = Cluster(t, replicas=False)
    runs = [feed(cluster.url, FEW, "--delay-us", "300") for _ in range(2)]
    for r in runs:
        same(r.end().status, 0, r.err)
    check_all(cluster.reader(), FEW)


def a_killed_sensor_resumes(t):
    """At any moment some buckets have a batch that others lack: the next start begins where the last one stands."""
    cluster = Cluster(t, replicas=False)
    uneven = 0
    for i in range(8 if LONG else 4):
        r = feed(cluster.url, FEW, "--delay-us", "300")
        time.sleep(0.25 + 0.07 * i)
        r.p.kill()
        r.p.communicate()
        uneven += len({a[0] for _, a in cluster.reader().each("HMGET", "mxtap:run:f00d", "seq")}) > 1
    r = feed(cluster.url, FEW).end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    check_all(cluster.reader(), FEW)
    print(f"    markers were uneven after {uneven} kills")


def a_file_grows_where_buckets_are_uneven(t):
    """Some buckets have the last batch of the shorter file, others do not: the longer file's batches end there too."""
    cluster = Cluster(t, replicas=False)
    feed(cluster.url, 130).end()
    old = {}
    for b, a in cluster.reader().each("HMGET", "mxtap:run:f00d", "seq"):
        old[b] = a[0]
    r = feed(cluster.url, 130, "--run", "beef", "--source", "feed.pcap").end()
    same(r.status, 0, r.err)
    # As after a kill: every third bucket of run beef never got anything.
    m = cluster.reader()
    for b in range(0, BUCKETS, 3):
        tag = f"{b:02}"
        for node in cluster.masters:
            c = node.client()
            for key in c("KEYS", f"mxtap:{{{tag}}}:*"):
                c("DEL", key)
    r = feed(cluster.url, 300, "--run", "beef").end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    t130, t300 = Truth(130), Truth(300)
    for member, n in m.board("mxtap:top:helo").items():
        b = crc16(f"helo:{member}".encode()) % BUCKETS
        want = t300.helo[member] + (t130.helo[member] if b % 3 else 0)
        same(n, want, f"{member} in bucket {b}")


def the_cluster_is_away(t):
    """With a spool all of it waits on disk, for the next start."""
    cluster = Cluster(t, replicas=False)
    with tempfile.TemporaryDirectory() as spool:
        for n in cluster.nodes:
            n.signal(signal.SIGSTOP)
        r = feed(cluster.url, FEW, "--live", "--spool", spool, "--reply-ms", "500")
        r.end()
        same((r.status, r.counts.delivered), (4, 0), r.err)
        same(r.counts.spooled, Truth(FEW).records, r.err)
        other = t.server()
        wrong = feed(other.url, 0, "--live", "--spool", spool).end()
        check(wrong.status == 1 and "sealed for a cluster" in wrong.err, wrong.err)
        for n in cluster.nodes:
            n.signal(signal.SIGCONT)
        wait_for("the cluster", lambda: "cluster_state:ok" in cluster.nodes[0].client()("CLUSTER", "INFO"))
        r = feed(cluster.url, 0, "--live", "--spool", spool).end()
        same((r.status, r.counts.lost), (0, 0), r.err)
    m = cluster.reader()
    same(m.board("mxtap:top:helo"), dict(Truth(FEW).helo), "top:helo")
    same(m("XLEN", "mxtap:mails"), FEW, "stream")


def one_master_is_away(t):
    """A live sensor goes on with the others' buckets; what waits for one of them alone is on disk and not in memory too, and
    is read again when it is back."""
    cluster = Cluster(t, "--cluster-require-full-coverage", "no", replicas=False)
    n, m = 9000, cluster.reader()
    with_stats = cluster.owner(crc16(b"00") % SLOTS)  # they are to be seen meanwhile
    away = next(node for node in cluster.masters if node is not with_stats)
    with tempfile.TemporaryDirectory() as spool:
        r = feed(cluster.url, n, "--live", "--spool", spool, "--delay-us", "400", "--reply-ms", "1000")
        wait_for("mails", lambda: mails_in(m) > 300)
        away.signal(signal.SIGSTOP)
        wait_for("the others to go on", lambda: mails_in(m) > 7500)
        on_disk = sum(os.path.getsize(os.path.join(spool, f)) for f in os.listdir(spool))
        check(on_disk > 12 << 20, f"only {on_disk} bytes wait on disk")
        with open(f"/proc/{r.p.pid}/status", encoding="ascii") as f:
            memory = int(next(line for line in f if line.startswith("VmRSS")).split()[1])
        check(memory < 48 << 10 or "/san/" in MXTAP, f"{memory} kB in memory")  # a sanitizer keeps what was freed
        away.signal(signal.SIGCONT)
        r.end(timeout=180)
        rest = feed(cluster.url, 0, "--live", "--spool", spool, "--reply-ms", "1000").end()  # a live sensor ends within seconds
        same((rest.status, r.counts.lost, rest.counts.lost), (0, 0, 0), r.err + rest.err)
        same(r.counts.delivered + r.counts.spooled, Truth(n).records, r.err)
        same([f for f in os.listdir(spool) if f.endswith(".spool")], [], "segments left")
    check_all(cluster.reader(), n)


def names_with_braces(t):
    """A HELO of {a}*?[x] stands behind the tag: it is in the bucket of its own hash and spells no other."""
    cluster = Cluster(t, replicas=False)
    same(feed(cluster.url, 60, "--hostile").end().status, 0, "status")
    m = cluster.reader()
    check("{a}*?[x]\\x5c y" in m.board("mxtap:top:helo"), "the HELO with braces")
    check(check_places(cluster) > 100, "few keys")


def acl_lines():
    """docs/REDIS.md's, in its order: the sensor's, the reader's, and what each may do besides on a cluster."""
    with open(os.path.join(TOP, "docs/REDIS.md"), encoding="utf-8") as f:
        return [line.replace("PASSWORD", "pw").split() for line in re.findall(r"^ +(ACL SETUSER .*)$", f.read(), re.M)]


def limited_users(t):
    """The documented lines, on every node, are enough for a sensor and for the console; without its line a slot's map is missed."""
    cluster = Cluster(t, replicas=False)
    sensor = cluster.url.replace("//", "//mxtap:pw@")
    lines = acl_lines()
    for node in cluster.nodes:
        for line in lines:
            node.client()(*line)
    r = feed(sensor, FEW).end()
    same((r.status, r.counts.key_errors), (0, 0), r.err)
    check_all(cluster.reader(), FEW)
    out = ask(cluster.url.replace("//", "//mxtap-read:pw@"), "top", "helo", "-n", "1", "--json")
    check('"mail1.example.net"' in out or '"mail' in out, out)
    for node in cluster.nodes:
        node.client()("ACL", "SETUSER", "mxtap", "-info")
    r = feed(sensor, FEW + 100).end()
    same((r.status, r.counts.flushed), (0, 0), r.err)
    check_all(cluster.reader(), FEW + 100)
    for node in cluster.nodes:
        node.client()("ACL", "SETUSER", "mxtap", "-cluster|slots")
    r = feed(sensor, 10, "--run", "b").end()
    check(r.status == 1 and "NOPERM" in r.err and "cluster" in r.err, r.err)
    r = feed(sensor.replace("pw", "wrong"), 10).end()
    check(r.status == 1 and "WRONGPASS" in r.err and "wrong@" not in r.err, r.err)


def without_info_a_lagging_replica_is_no_flush(t):
    """Whoever may not ask for run_id sees that another server answers, however often each was connected to."""
    cluster = Cluster(t)
    for node in cluster.nodes:
        node.client()("ACL", "SETUSER", "default", "-info")
    lag_and_die(t, cluster)


def a_wrong_type_costs_its_own_writes(t):
    """Somebody's string where an entity should be: counted in the statistics of its bucket, and nothing else is touched."""
    cluster = Cluster(t, replicas=False)
    b = crc16(b"ip:198.51.100.7") % BUCKETS
    key = f"mxtap:{{{b:02}}}:ip:198.51.100.7"
    c = cluster.owner(crc16(f"{b:02}".encode()) % SLOTS).client()
    c("SET", key, "mine")
    r = feed(cluster.url, FEW).end()
    check(r.status == 0 and r.counts.key_errors > 0 and key in r.err, r.err)
    same(c("GET", key), "mine", "what was planted")
    same(int(c.hash(f"mxtap:{{{b:02}}}:stats")["redis_key_errors"]), r.counts.key_errors, "counted in stats")
    same(cluster.reader().board("mxtap:top:ip"), dict(Truth(FEW).ip), "the board")


def entities_are_bounded(t):
    """A 64th of --redis-entities in each bucket: whoever was not seen for longest goes, with what belongs to him."""
    cluster = Cluster(t, replicas=False)
    n = 6000
    same(feed(cluster.url, n, "--entities", "1280").end().status, 0, "status")
    seen = {b: set(flat) for b, flat in cluster.reader().each("ZRANGE", "mxtap:seen:url", 0, -1)}
    check(all(20 <= len(v) <= 24 for v in seen.values()), f"seen:url holds {sorted(len(v) for v in seen.values())}")
    keys = {k for k in cluster.keys() if k[11:].startswith("url:")}
    same({k[7:9] + k[15:].replace(r"\x3a", ":") for k in keys}, {f"{b:02}{m}" for b, v in seen.items() for m in v}, "entities")
    check(any("https://host7.example.com/p/6000" in v for v in seen.values()), "the newest is there")
    same(cluster.reader().board("mxtap:top:ip"), dict(Truth(n).ip), "boards are not touched")


def through_tls(t):
    """rediss+cluster://: every node's certificate is looked at."""
    from redis_tls_test import C as certificates
    files = ["--tls-cert-file", certificates.path("server.pem"), "--tls-key-file", certificates.path("server.key"),
             "--tls-ca-cert-file", certificates.path("ca.pem"), "--tls-auth-clients", "no"]
    cluster = Cluster(t, *files, replicas=False, tls=True)
    r = feed(cluster.url, FEW, "--ca", certificates.path("ca.pem")).end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    check_all(cluster.reader(), FEW)
    r = feed(cluster.url, FEW, "--ca", certificates.path("other-ca.pem"), "--wait", "1", "--run", "b").end()
    check(r.status == 4 and "certificate" in r.err, r.err)
    shutil.rmtree(certificates.dir)


def no_cluster_at_all(t):
    """A single server behind a cluster's URL, and a cluster's node behind a single server's."""
    cluster = Cluster(t, replicas=False)
    node = cluster.masters[0]
    r = feed(node.url, 10).end()
    check(r.status == 1 and "use redis+cluster://" in r.err, r.err)
    port, bus = free_ports(2)
    alone = Node(port, bus, "--cluster-enabled", "no")
    t.servers.append(alone)
    r = feed(f"redis+cluster://127.0.0.1:{port}", 10).end()
    check(r.status == 1 and "cluster support disabled" in r.err, r.err)


CASES = [crc16_is_the_clusters, a_cluster_holds_what_a_server_holds, the_register_is_the_single_servers, lines_of_the_docs,
         the_same_capture_twice_changes_nothing, verbs_print_the_same, full_boards_are_merged_too,
         the_console_follows_a_slot, a_master_dies, a_lagging_replica_is_promoted, a_master_loses_everything,
         a_slot_moves, two_sensors_add_up, two_at_once_count_once, a_killed_sensor_resumes,
         a_file_grows_where_buckets_are_uneven, the_cluster_is_away, one_master_is_away, names_with_braces, limited_users,
         a_wrong_type_costs_its_own_writes, entities_are_bounded, through_tls, no_cluster_at_all]
if LONG:
    CASES.append(without_info_a_lagging_replica_is_no_flush)

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
