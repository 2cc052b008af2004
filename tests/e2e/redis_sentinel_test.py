#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""redis+sentinel://: a master, a replica and three sentinels, all real; the master dies and the replica takes over.

Replication is not synchronous: what the dead master had acknowledged may be missing on the new one, and must come out of
the sender's window, once. The last line is `N passed, N failed`.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_server import Client, Server  # noqa: E402
from redis_test import LONG, Truth, check, check_all, feed, run_cases, same  # noqa: E402

NAME = "mail"


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Node(Server):
    """A redis-server on loopback beside its Unix socket."""

    def __init__(self, port, *config):
        self.port = port
        super().__init__("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no",
                         "--repl-diskless-sync-delay", "0", *config)

    def role(self):
        return self.client()("ROLE")[0]


class Sentinel:
    def __init__(self, port, master):
        self.port = port
        self.dir = tempfile.mkdtemp(prefix="mxtap-sentinel-")
        conf = os.path.join(self.dir, "sentinel.conf")
        with open(conf, "w") as f:
            f.write(f"port {port}\nbind 127.0.0.1\nunixsocket {self.dir}/s\ndir {self.dir}\n"
                    f"sentinel monitor {NAME} 127.0.0.1 {master} 2\nsentinel down-after-milliseconds {NAME} 700\n"
                    f"sentinel failover-timeout {NAME} 4000\n")
        with open(os.path.join(self.dir, "log"), "wb") as log:
            self.process = subprocess.Popen(["redis-server", conf, "--sentinel"], stdout=log, stderr=log)

    def ready(self):
        """Knows the replica and both other sentinels: else it could not fail over."""
        try:
            c = Client(os.path.join(self.dir, "s"))
            flat = c("SENTINEL", "MASTER", NAME)
            state = dict(zip(flat[::2], flat[1::2]))
            return state["num-slaves"] == "1" and state["num-other-sentinels"] == "2" and state["flags"] == "master"
        except OSError:
            return False

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir)


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds

    def holds():
        try:
            return condition()
        except OSError: # a fail-over cuts everybody's connections
            return False
    while not holds():
        check(time.monotonic() < end, f"{what}: not within {seconds} s")
        time.sleep(0.05)


def set_up(t):
    ports = free_ports(5)
    master = Node(ports[0])
    t.servers.append(master)
    replica = Node(ports[1], "--replicaof", "127.0.0.1", str(ports[0]))
    t.servers.append(replica)
    wait_for("the replica", lambda: "master_link_status:up" in replica.client()("INFO", "replication"))
    sentinels = [Sentinel(p, ports[0]) for p in ports[2:]]
    t.servers += sentinels
    for s in sentinels:
        wait_for("a sentinel", s.ready)
    url = "redis+sentinel://" + ",".join(f"127.0.0.1:{s.port}" for s in sentinels) + f"/{NAME}"
    return master, replica, sentinels, url


def the_master_is_found(t):
    """Also when the first sentinel named is away."""
    master, _, sentinels, url = set_up(t)
    r = feed(url, 500).end()
    same((r.status, r.counts.delivered), (0, Truth(500).records), r.err)
    check_all(master.client(), 500)
    sentinels[0].process.kill()
    r = feed(url, 500).end()
    same((r.status, r.counts.already), (0, Truth(500).records), r.err)


def the_master_dies(t):
    """Nothing is lost and nothing counted twice on the server that took over."""
    master, replica, _, url = set_up(t)
    r = feed(url, 12000, "--delay-us", "400", "--reply-ms", "3000")
    wait_for("mails", lambda: int(master.client().hash("mxtap:stats").get("mails", 0)) > 1000)
    master.kill()
    wait_for("the replica's promotion", lambda: replica.role() == "master")
    r.end(timeout=180)
    same((r.status, r.counts.lost), (0, 0), r.err)
    check(r.counts.reconnects > 0, "no reconnect: nothing was shown")
    check_all(replica.client(), 12000)


def the_old_master_comes_back_as_a_replica(t):
    """A fail-over asked for: the old master takes writes until it is told, up to ten seconds, and then forgets them. It cuts
    its connections as it becomes a replica: what it forgot is sent to the new one. (A sender that ends before that has no
    way to know; Redis acknowledged what it then threw away.)"""
    master, replica, sentinels, url = set_up(t)
    r = feed(url, 8000, "--delay-us", "2500")
    wait_for("mails", lambda: int(master.client().hash("mxtap:stats").get("mails", 0)) > 500)
    Client(os.path.join(sentinels[0].dir, "s"))("SENTINEL", "FAILOVER", NAME)
    wait_for("the replica's promotion", lambda: replica.role() == "master")
    r.end(timeout=180)
    same((r.status, r.counts.lost), (0, 0), r.err)
    check_all(replica.client(), 8000)


def a_name_nobody_knows(t):
    _, _, _, url = set_up(t)
    r = feed(url.replace(f"/{NAME}", "/nobody"), 10, "--wait", "1").end()
    same(r.status, 4, r.err)
    check("the sentinel knows no master of this name" in r.err, r.err)


CASES = [the_master_is_found, the_master_dies, a_name_nobody_knows]
if LONG:
    CASES.append(the_old_master_comes_back_as_a_replica)

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
