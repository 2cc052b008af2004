# SPDX-License-Identifier: Apache-2.0
"""What each command takes of a redis-server's own processor time, whatever else the machine does: stands between a sensor and the
server, hands over one command at a time, and asks the kernel before and after it how long the server's thread has run.

That leaves what a busy machine does to a processor that is ours: caches and execution units that others use too, here up to twice the time.
So beside every long command a piece of work that is always the same is timed, and milliseconds are those of a machine that does it in REFERENCE_MS.
"""
import os
import socket
import threading
import time

REFERENCE = "for i = 1, 2500 do redis.call('ZADD', KEYS[1], i % 7, 'member' .. i) end redis.call('DEL', KEYS[1]) return 1"
REFERENCE_MS = 3.7  # two processors of an EPYC, when nobody else wanted them
LONG_MS = 8


def bulk(f, head):
    """A request's or reply's texts behind its first line, raw."""
    kind, n = head[:1], head[1:-2]
    if kind == b"$":
        return head + (f.read(int(n) + 2) if int(n) >= 0 else b"")
    if kind in b"*~>%" and int(n) >= 0:
        return head + b"".join(bulk(f, f.readline()) for _ in range(int(n) * (2 if kind == b"%" else 1)))
    return head


def name_of(request):
    return request.split(b"\r\n", 3)[2].decode().lower()


class Meter:
    """Listens beside the server's socket until stop(). ms: of each command, (milliseconds, its name); short ones as they are."""

    def __init__(self, server):
        self.pid = server.process.pid
        self.to = server.socket
        self.socket = server.socket + ".metered"
        self.url = "unix://" + self.socket
        self.ms = []
        self.asks = server.client()
        self.slowness = self.reference()
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(self.socket)
        self.door.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def has_run(self):
        """Nanoseconds of the server's thread, once it sleeps again: what runs is not counted to its last moment."""
        task = f"/proc/{self.pid}/task/{self.pid}"
        until = time.monotonic() + 1
        while time.monotonic() < until:
            with open(task + "/stat", encoding="utf-8", errors="replace") as f:
                if f.read().rpartition(")")[2].split()[0] == "S":
                    break
        with open(task + "/schedstat", encoding="utf-8") as f:
            return int(f.read().split()[0])

    def reference(self):
        """How many times as long as on that machine the same work takes now."""
        before = self.has_run()
        self.asks("EVAL", REFERENCE, 1, "mxtap-test:reference")
        return (self.has_run() - before) / 1e6 / REFERENCE_MS

    def judged(self, ms):
        """The slower of two moments, before and behind it, is the moment of a long command."""
        if ms < LONG_MS:
            return ms
        before, self.slowness = self.slowness, self.reference()
        return ms / max(before, self.slowness)

    def serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.to)
        asks, answers = client.makefile("rb"), server.makefile("rb")
        try:
            while head := asks.readline():
                request = bulk(asks, head)
                before = self.has_run()
                server.sendall(request)
                reply = bulk(answers, answers.readline())
                self.ms.append((self.judged((self.has_run() - before) / 1e6), name_of(request)))
                client.sendall(reply)
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    def stop(self):
        self.door.close()
        os.unlink(self.socket)
