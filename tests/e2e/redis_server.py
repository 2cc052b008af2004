# SPDX-License-Identifier: Apache-2.0
"""A private redis-server on a Unix socket, and a client that speaks RESP: for end-to-end tests."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time


class ReplyError(Exception):
    pass


class Client:
    def __init__(self, path, timeout=20):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(timeout)
        self.s.connect(path)
        self.f = self.s.makefile("rb")

    def __call__(self, *args):
        parts = [a if isinstance(a, bytes) else str(a).encode() for a in args]
        self.s.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        return self._reply()

    def _reply(self):
        line = self.f.readline()
        if not line:
            raise ConnectionError("closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise ReplyError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            n = int(rest)
            return None if n < 0 else self.f.read(n + 2)[:-2].decode("utf-8", "surrogateescape")
        return None if int(rest) < 0 else [self._reply() for _ in range(int(rest))]

    def hash(self, key):
        flat = self("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))

    def board(self, key):
        flat = self("ZRANGE", key, 0, -1, "WITHSCORES")
        return {m: int(float(s)) for m, s in zip(flat[::2], flat[1::2])}

    def close(self):
        self.s.close()


class Server:
    """Starts at once unless late; stop() removes all it left."""

    def __init__(self, *config, late=False):
        self.dir = tempfile.mkdtemp(prefix="mxtap-redis-")
        self.socket = os.path.join(self.dir, "r.sock")
        self.url = "unix://" + self.socket
        self.config = list(config) or ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        self.process = None
        if not late:
            self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.dir,
             "--maxmemory-policy", "noeviction", *self.config],
            stdout=open(os.path.join(self.dir, "log"), "ab"), stderr=subprocess.STDOUT)
        self.wait()

    def wait(self, auth=None):
        end = time.monotonic() + 20
        while True:
            try:
                c = Client(self.socket)
                try:
                    if c("PING") == "PONG":
                        return
                except ReplyError as e:
                    if "NOAUTH" in str(e):
                        return
                finally:
                    c.close()
            except (OSError, ConnectionError):
                pass
            if time.monotonic() > end:
                raise RuntimeError("redis-server does not start: " + open(os.path.join(self.dir, "log")).read()[-500:])
            time.sleep(0.02)

    def client(self):
        return Client(self.socket)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)
