# SPDX-License-Identifier: Apache-2.0
"""A Redis Cluster of real servers on loopback, and a reader that puts its 64 buckets together again."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_server import Client, ReplyError, Server  # noqa: E402
from redis_sentinel_test import free_ports, wait_for  # noqa: E402

BUCKETS = 64
SLOTS = 16384
NODE_TIMEOUT_MS = 1500


def crc16(data):
    """CRC-16/XMODEM bit by bit, as its definition has it: the sensor has a table."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


class Node(Server):
    def __init__(self, port, bus, *config, tls=False):
        self.port = port
        ports = ["--port", "0", "--tls-port", str(port), "--tls-cluster", "yes", "--tls-replication", "yes"]
        super().__init__("--bind", "127.0.0.1", *(ports if tls else ["--port", str(port)]), "--save", "", "--appendonly", "no",
                         "--cluster-enabled", "yes", "--cluster-port", str(bus), "--cluster-config-file", "nodes.conf",
                         "--cluster-node-timeout", str(NODE_TIMEOUT_MS), "--repl-diskless-sync-delay", "0",
                         "--cluster-replica-validity-factor", "0", *config)
        self.bus = bus
        self.id = None if "no" in config else self.client()("CLUSTER", "MYID")

    def role(self):
        return self.client()("ROLE")[0]

    def alive(self):
        return self.process.poll() is None


class Cluster:
    """Three masters with a third of the slots each, and a replica of each."""

    def __init__(self, t, *config, replicas=True, tls=False):
        n = 6 if replicas else 3
        ports = free_ports(2 * n)
        self.nodes = [Node(ports[2 * i], ports[2 * i + 1], *config, tls=tls) for i in range(n)]
        t.servers += self.nodes
        self.masters, self.replicas = self.nodes[:3], self.nodes[3:]
        for i, m in enumerate(self.masters):
            c = m.client()
            c("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
            c("CLUSTER", "ADDSLOTSRANGE", SLOTS * i // 3, SLOTS * (i + 1) // 3 - 1)
        for node in self.nodes[1:]:
            self.masters[0].client()("CLUSTER", "MEET", "127.0.0.1", node.port, node.bus)
        for node in self.nodes:
            wait_for("the nodes to know each other", lambda: len(self.slots(node)) == 3 and self.known(node) == n)
        for i, r in enumerate(self.replicas):
            r.client()("CLUSTER", "REPLICATE", self.masters[i].id)
        for node in self.nodes:
            wait_for("the cluster", lambda: "cluster_state:ok" in node.client()("CLUSTER", "INFO"))
        for r in self.replicas:
            wait_for("the replicas", lambda: "master_link_status:up" in r.client()("INFO", "replication"))
        self.url = ("rediss" if tls else "redis") + "+cluster://" + ",".join(f"127.0.0.1:{m.port}" for m in self.masters)

    def add_master(self, t, *config):
        """One more, without slots."""
        port, bus = free_ports(2)
        node = Node(port, bus, *config)
        t.servers.append(node)
        self.nodes[0].client()("CLUSTER", "MEET", "127.0.0.1", port, bus)
        self.nodes.append(node)
        for n in self.nodes:
            wait_for("the new node", lambda: self.known(n) == len(self.nodes) and
                     "cluster_state:ok" in n.client()("CLUSTER", "INFO"))
        return node

    @staticmethod
    def slots(node):
        return node.client()("CLUSTER", "SLOTS")

    @staticmethod
    def known(node):
        return node.client()("CLUSTER", "NODES").count("\n")

    def living(self):
        return [n for n in self.nodes if n.alive()]

    def owner(self, slot):
        """The node that has the slot, by what a living one says."""
        for low, high, master, *_ in self.slots(self.living()[0]):
            if low <= slot <= high:
                return next(n for n in self.nodes if n.port == master[1])
        raise AssertionError(f"nobody has slot {slot}")

    def reader(self):
        return Reader(self)

    def keys(self):
        """All of them, from all masters."""
        return [k for n in self.living() if n.role() == "master" for k in n.client()("KEYS", "*")]

    def move(self, slot, to, meanwhile=None, pipeline=10):
        """As redis-cli --cluster reshard moves one: key by key. meanwhile() is called in its midst."""
        source, target = self.owner(slot).client(), to.client()
        to_id, from_id = to.id, source("CLUSTER", "MYID")
        target("CLUSTER", "SETSLOT", slot, "IMPORTING", from_id)
        source("CLUSTER", "SETSLOT", slot, "MIGRATING", to_id)
        first = True
        while True:
            keys = source("CLUSTER", "GETKEYSINSLOT", slot, pipeline)
            if not keys:
                break
            source("MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", *keys)
            if first and meanwhile:
                meanwhile()
            first = False
        for n in [to] + [n for n in self.living() if n is not to and n.role() == "master"]:
            n.client()("CLUSTER", "SETSLOT", slot, "NODE", to_id)

    def stop(self):
        for n in self.nodes:
            n.stop()


class Reader:
    """Asks as the clients of one server do ("mxtap:top:ip"), of all 64 buckets, each where it is."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.clients = {}

    def ask(self, slot, *args):
        for _ in range(100):
            node = self.cluster.owner(slot) if slot not in self.clients else self.clients[slot][0]
            if slot not in self.clients:
                self.clients[slot] = (node, node.client())
            try:
                return self.clients[slot][1](*args)
            except (ReplyError, OSError) as e:
                if isinstance(e, ReplyError) and not str(e).startswith(("MOVED", "CLUSTERDOWN")):
                    raise
                del self.clients[slot]
                time.sleep(0.1)
        raise AssertionError(f"slot {slot} has nobody")

    def each(self, command, key, *args):
        """The bucket's number and its answer, for every bucket."""
        prefix, rest = key.split(":", 1)
        for b in range(BUCKETS):
            tag = f"{b:02}"
            yield b, self.ask(crc16(tag.encode()) % SLOTS, command, f"{prefix}:{{{tag}}}:{rest}", *args)

    def hash(self, key):
        found = [(b, dict(zip(flat[::2], flat[1::2]))) for b, flat in self.each("HGETALL", key) if flat]
        if len(found) > 1:
            raise AssertionError(f"{key} is in buckets {[b for b, _ in found]}")
        return found[0][1] if found else {}

    def board(self, key):
        sums = {}
        for b, flat in self.each("ZRANGE", key, 0, -1, "WITHSCORES"):
            for m, s in zip(flat[::2], flat[1::2]):
                if m in sums:
                    raise AssertionError(f"{m} of {key} is in two buckets, one of them {b}")
                sums[m] = int(float(s))
        return sums

    def __call__(self, command, key, *args):
        """Numbers are added up, lists follow each other."""
        answers = [a for _, a in self.each(command, key, *args) if a is not None]
        return sum(answers[1:], answers[0]) if answers else None
