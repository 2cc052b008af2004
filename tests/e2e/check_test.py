#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mxtap check, as somebody meets it who sets up a mirror port: on veth pairs in a network namespace a capture's frames are sent
as a good mirror, half a mirror, tags, tunnels, TLS and silence show them, and the check must say which it is and what to do. Then
what it says of files, of Redis, of a configuration. Needs root for the interfaces; says why it is skipped where it is. Run from
the top of the tree; MXTAP names another binary."""
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from live_test import MXTAP, Sender, frames, in_gre, in_vxlan, ip, is_mail, make_namespace, other_port, tagged, to_server
from redis_cluster import Cluster
from redis_server import Server
from tally import check, told

MAILS = os.path.abspath("pcaps/several-mails.pcap")
TLS = os.path.abspath("pcaps/starttls.pcap")


def run(*args, env=None):
    p = subprocess.run([MXTAP, "check", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                       encoding="utf-8", timeout=60, env=dict(os.environ, LC_ALL="C.UTF-8", **(env or {})))
    return p.returncode, p.stdout, p.stderr


def says(name, got, status, *patterns, never=()):
    """Each pattern in turn, behind the one before; a way out stands below what is wrong."""
    code, text, err = got
    at = 0
    ok = code == status
    for pattern in patterns:
        m = re.compile(pattern, re.M).search(text, at)
        ok &= m is not None
        at = m.end() if m else at
    ok &= not any(re.search(n, text) for n in never) and bool(re.search("^  wrong", text, re.M)) == (status == 1) and "Traceback" not in err
    check(name, ok, f"status {code}\n{text}{err}")


def while_looking(sender, sent, *args, tap=lambda f: 0, pause=0.002):
    """The frames are sent over and over while the check looks."""
    over = threading.Event()

    def send():
        while not over.is_set():
            sender.send(sent, tap=tap, pause=pause)
            time.sleep(0.05)
    thread = threading.Thread(target=send)
    thread.start()
    try:
        return run("--summary", "--user", "root", "--look", "2s", *(args or ("-i", "tap0")))
    finally:
        over.set()
        thread.join()


SERVER = r"^           192\.0\.2\.25:25 +\d+ connections?, +\d+ packets to it, +\d+ from it: "


def interfaces(sender):
    mail = [f for f in frames(MAILS) if is_mail(f)]
    encrypted = [f for f in frames(TLS) if is_mail(f)]
    says("a good mirror", while_looking(sender, mail), 0, r"^  ok     a capture on tap0; mail ports 25, 465, 587, 2525$",
         r"^What can be opened$", r"^  ok     tap0$", r"^What passes within 2 seconds$", r"^  ok     1 mail server:$", SERVER + "both sides$",
         r"^  ok     both sides of every connection are seen$", r"^  ok     \d+ connections? can be read, none speaks TLS$",
         r"^  ok     no packet was dropped$", r"^Nothing is wrong", never=("VLAN", "tunnel", "twice"))
    says("what goes to the server only", while_looking(sender, [f for f in mail if to_server(f)]), 1, SERVER + "only what goes to it$",
         r"^  wrong  one side is missing: (\d+) of \1 connections show only what goes to the server$", r"^         .*-i eth1 -i eth2$")
    says("what the server sends only", while_looking(sender, [f for f in mail if not to_server(f)]), 1, SERVER + "only what it sends$",
         r"^  wrong  one side is missing: .* show only what the server sends$", r"^         mirror both directions")
    says("a tap with two ports, one of them named", while_looking(sender, mail, "-i", "tap0", tap=lambda f: int(not to_server(f))), 1,
         r"one side is missing")
    says("both of them named", while_looking(sender, mail, "-i", "tap0", "-i", "tap1", tap=lambda f: int(not to_server(f))), 0,
         r"^  ok     tap0, tap1$", SERVER + "both sides$")
    says("VLAN tags", while_looking(sender, [tagged(f, (0x8100, 7 + i % 2)) for i, f in enumerate(mail)]), 0, SERVER + "both sides$",
         r"^  ok     VLAN tags are there \(7, 8\): mxtap reads through them, there is nothing to do$", never=("tunnel",))
    for name, wrap in (("GRE", in_gre), ("VXLAN", in_vxlan)):
        says(f"a tunnel, {name}", while_looking(sender, [wrap(f) for f in mail]), 0, SERVER + "both sides$",
             r"^  ok     \d+ packets of mail came in tunnels .*: mxtap looks inside$", r"^         .*MTU", never=("VLAN tags",))
    says("STARTTLS", while_looking(sender, encrypted), 1, SERVER + "both sides$",
         r"^  wrong  all is encrypted: every connection speaks TLS", r"^         to see the mails, tap where they travel in the clear")
    says("a third of it is TLS", while_looking(sender, encrypted + mail + [other_port(f, 2525) for f in mail]), 0,
         r"^  ok     of \d+ connections \d+ can be read; the others speak TLS")
    # From the middle of the TLS on: nobody saw the STARTTLS.
    says("begun before the look", while_looking(sender, encrypted[-14:]), 1, r"^  wrong  all is encrypted")
    says("every packet twice", while_looking(sender, [f for g in mail for f in (g, g)]), 0,
         r"^  note   \d\d % of the segments came twice: .*Each is counted once")
    says("silence", run("--summary", "--user", "root", "--look", "1s", "-i", "tap0"), 1,
         r"^  wrong  tap0 took no packet at all: nothing is mirrored to it$", r"^         .*`ip link show tap0`",
         r"^  wrong  no packet of a mail port passed$", r"^         .*--look 10m$")
    says("no mail, but packets", while_looking(sender, [other_port(f, 2600) for f in mail]), 1, r"^  ok     tap0 took \d+ packets of all kinds$",
         r"^  wrong  no packet of a mail port passed$", never=("at all",))
    says("no mail for the filter", while_looking(sender, mail, "-i", "tap0", "--", "host", "203.0.113.254"), 1,
         r"^  note   a filter expression is in force", r"^  wrong  no packet of a mail port passed$", r"filter expression refuses it")


def prometheus():
    """The place that --metrics asks for, free and taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        words = ("--summary", "--user", "root", "--look", "1s", "-i", "tap0", "--metrics", place)
        says("a port for Prometheus that is taken", run(*words), 1, rf"^  wrong  .*{place}.*in use", r"^         ss -ltnp")
    says("one that is free", run(*words), 1, rf"^  ok     Prometheus can be answered at {place}$", r"took no packet at all")


def drops(sender):
    """The check is stopped while a flood comes: the kernel's ring runs over."""
    flood = [f for f in frames(MAILS) if is_mail(f)] * 400
    p = subprocess.Popen([MXTAP, "check", "-i", "tap0", "--summary", "--user", "root", "--look", "4s", "--buffer", "64K"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    said = ""
    while "within" not in said:
        said += p.stdout.readline()
    subprocess.run(["kill", "-STOP", str(p.pid)], check=True)
    sender.send(flood, pause=0)
    subprocess.run(["kill", "-CONT", str(p.pid)], check=True)
    said += p.communicate(timeout=30)[0]
    says("drops", (p.returncode, said, ""), 1, r"^  wrong  the kernel dropped \d+ packets: they came faster than they were read$",
         r"^         a larger --buffer helps")


def sends_nothing(sender):
    """Whatever is looked at, no frame leaves: the peer of the interface that is listened to gets none."""
    received = lambda: int(re.search(r"^ *out0: *\d+ +(\d+)", open("/proc/self/net/dev").read(), re.M).group(1))
    before = received()
    run("--summary", "--user", "root", "--look", "1s", "-i", "tap0")
    check("no packet is sent", received() == before, (before, received()))


def who_goes_on(d):
    code, text, _ = run("--json", d + "/j", "-i", "tap0", "--look", "1s", "--user", "no-such-user")
    check("without its user nothing is looked at", code == 1 and "no such user" in text and "What passes" not in text, text)
    out = os.path.join(d, "closed")
    os.mkdir(out, 0o700)
    os.chmod(d, 0o755)
    says("what the user may not write", run("--json", out + "/mails.jsonl", "--spool", out + "/spool", "--redis", f"unix://{d}/none.sock",
                                            "--user", "nobody", "--look", "1s", "-i", "tap0"), 1,
         r"^  ok     the user nobody, whom a capture goes on as$",
         r"^  wrong  the file of records .*/closed/mails.jsonl cannot be written: Permission denied$", r"^         .*chown",
         r"^  wrong  the spool .*/closed/spool cannot be written: Permission denied$", r"^  wrong  unix://.*none\.sock cannot be asked: ")


def files(d):
    says("a capture", run("pcaps/register.pcap"), 0, r"^  ok     a replay of pcaps/register.pcap; ", r"^  ok     brands: .*brands.txt$",
         r"^  ok     lists: ", r"^  note   no --geoip", r"^What it shows$", r"^  ok     2 mail servers:$", r"^Nothing is wrong")
    says("half a capture", run("pcaps/packets-one-sided-client.pcap"), 1, r"one side is missing", r"^         record both directions",
         r"^1 thing is wrong: what to do stands below it\.$")
    says("recorded with a small snaplen", run("pcaps/packets-snaplen.pcap"), 1, r"^  wrong  8 packets are cut short$", r"tcpdump -s 0$")
    says("cut", run("pcaps/cut-file.pcap"), 1, r"^  wrong  pcaps/cut-file\.pcap: cut in mid-packet; the 31 packets before that were read$")
    says("other ports than asked for", run("--ports", "2600", "pcaps/plain.pcap"), 1, r"^  wrong  none of its \d+ packets is of a mail port$",
         r"--ports any$")
    says("a file that is none", run("/no/such.pcap"), 1, r"^  wrong  /no/such\.pcap: No such file or directory$")
    says("a database that is none", run("--geoip", "/no/such.mmdb", "pcaps/plain.pcap"), 1, r"^  wrong  .*/no/such\.mmdb",
         r"^         name another file, or leave the option out")
    says("an address of IPv6, hostile names", run("pcaps/ipv6.pcap"), 0, r"^           \[2001:db8:25::25\]:25 ")
    code, text, err = run()
    check("nothing to check", code == 2 and err.startswith("mxtap: check: name an interface with -i, a capture, or --config FILE"), err)
    code, text, err = subprocess.run([MXTAP, "replay", "--look", "3s", "x"], stderr=subprocess.PIPE, encoding="utf-8").returncode, "", ""
    check("--look is check's", code == 2)


def configuration(d):
    conf = os.path.join(d, "mxtap.conf")
    says("as shipped", run("--config", "share/mxtap.conf", "--user", "root"), 1, r"^  ok     options of share/mxtap.conf",
         r"^  wrong  nothing: no interface is named$", r"^         interface = eth1 in the file")
    with open(conf, "w") as f:
        f.write(f"json = {d}/mails.jsonl\nhome = 192.0.2.0/24\n")
    says("of a file", run("--config", conf, "pcaps/plain.pcap"), 0, r"^  ok     records go to .*/mails\.jsonl as JSON lines$",
         r"^  ok     the file of records .*/mails\.jsonl can be written; \d+ MB are free there$")
    check("nothing was written", not os.path.exists(d + "/mails.jsonl"))
    with open(conf, "a") as f:
        f.write("hom = 192.0.2.0/24\n")
    code, text, err = run("--config", conf, "pcaps/plain.pcap")
    check("a wrong key is the command line's fault", code == 2 and f"{conf}:3: hom: no such key" in err and text == "", (code, text, err))


def cluster():
    """One of a cluster's masters is asked as any Redis is."""
    class Servers:
        servers = []
    try:
        c = Cluster(Servers, replicas=False)
        says("a node of it", run("--redis", f"redis://127.0.0.1:{c.masters[0].port}", "pcaps/plain.pcap"), 1,
             r"^  wrong  redis://.* is a node of a cluster", r"^         redis\+cluster://")
        url = f"redis+cluster://127.0.0.1:{c.masters[0].port}"
        says("a cluster", run("--redis", url, "pcaps/plain.pcap"), 0, r"^  ok     redis\+cluster://.* answers and lets us in: Redis \d")
    finally:
        for s in Servers.servers:
            s.stop()


def redis(d):
    server = Server()
    try:
        good = r"^  ok     unix://.* answers and lets us in: Redis \d+\.\d+\.\d+, \d+ MB in it$"
        ask = lambda *words: run("--redis", server.url, *words, "pcaps/plain.pcap")
        says("Redis", ask(), 0, r"^  ok     counts go to unix://.*, keys begin with mxtap$", good)
        cli = lambda *words: subprocess.run(["redis-cli", "-s", server.socket, *words], check=True, stdout=subprocess.DEVNULL)
        cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        cli("CONFIG", "SET", "maxmemory", "64mb")
        says("one that forgets", ask("--redis-memory", "1G"), 1, good, r"^  wrong  its maxmemory-policy is allkeys-lru: ",
             r"^         redis-cli CONFIG SET maxmemory-policy noeviction", r"^  note   --redis-memory is 1024 MB, its maxmemory only 64 MB")
        cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
        cli("CONFIG", "SET", "maxmemory", "0")
        cli("SET", "other:stats", "1")
        says("somebody else's keys", ask("--redis-prefix", "other"), 1, r"^  wrong  its key other:stats is a string, not mxtap's$",
             r"another --redis-prefix")
        cli("HSET", "east:calendar", "timezone", "Asia/Tokyo")
        says("other days", ask("--redis-prefix", "east"), 1, r"^  wrong  its days are those of Asia/Tokyo, not of UTC: ", r"the other sensors' --timezone")
        says("the same days", ask("--redis-prefix", "east", "--timezone", "Asia/Tokyo"), 0, good)
        cli("REPLICAOF", "127.0.0.1", "1")
        says("a replica", ask(), 1, r"^  wrong  it is a replica: it refuses to be written to$", r"redis\+sentinel://")
        cli("REPLICAOF", "NO", "ONE")
        cli("ACL", "SETUSER", "limited", "on", ">word", "~mxtap:*", "-@all", "+type")
        cli("CONFIG", "SET", "requirepass", "s3cret")
        says("no password", ask(), 1, r"^  wrong  unix://.* cannot be asked: .*NOAUTH", r"--redis-password-file FILE")
        got = run("--redis", server.url, "pcaps/plain.pcap", env={"MXTAP_REDIS_PASSWORD": "wrong-word"})
        says("a wrong one", got, 1, r"cannot be asked: .*WRONGPASS", never=("wrong-word",))
        password = os.path.join(d, "password")
        open(password, "w").write("s3cret\n")
        says("the right one", ask("--redis-password-file", password), 0, good, never=("s3cret",))
        open(password, "w").write("word\n")
        says("a user who may not ask what it is", run("--redis", server.url.replace("unix://", "unix://limited@"), "--redis-password-file",
                                                      password, "pcaps/plain.pcap"), 0, r"^  note   unix://.* lets us in, but not ask what it is")
    finally:
        server.stop()
    cluster()
    says("no Redis", run("--redis", "redis://127.0.0.1:1", "pcaps/plain.pcap"), 1,
         r"^  wrong  redis://127\.0\.0\.1:1/0 cannot be asked: .*refused", r"^         is it running")


def main():
    with tempfile.TemporaryDirectory(prefix="mxtap-check-") as d:
        for test in (files, configuration, redis):
            test(d)
        if make_namespace():
            sender = Sender()
            interfaces(sender)
            ip("link", "set", "lo", "up")
            prometheus()
            drops(sender)
            sends_nothing(sender)
            who_goes_on(d)
    return told()


if __name__ == "__main__":
    sys.exit(main())
