#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rediss://: a real redis-server that speaks TLS, with certificates made for this run.

Who is believed is the point: the right authority and the right name, or nobody. The last line is `N passed, N failed`.
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_test import MXTAP, Run, Truth, check, check_all, feed, pcap, run_cases, same  # noqa: E402


class Certificates:
    """An authority with a server and a client, and another authority that has signed neither."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="mxtap-tls-")
        self.authority("ca")
        self.authority("other-ca")
        self.signed("server", "DNS:localhost,IP:127.0.0.1,IP:::1")
        self.signed("wrong-name", "DNS:redis.example.com,IP:192.0.2.1")
        self.signed("client", "DNS:sensor.example.com")
        with open(self.path("both.pem"), "w") as both:
            for name in ("client.pem", "client.key"):
                with open(self.path(name)) as f:
                    both.write(f.read())

    def path(self, name):
        return os.path.join(self.dir, name)

    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.dir, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def authority(self, name):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def signed(self, name, alternatives):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        with open(self.path(f"{name}.ext"), "w") as f:
            f.write(f"subjectAltName={alternatives}\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")


C = Certificates()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def tls_server(t, who="server", clients="no", config=()):
    port = free_port()
    s = t.server("--tls-port", str(port), "--bind", "127.0.0.1", "--tls-cert-file", C.path(f"{who}.pem"), "--tls-key-file",
                 C.path(f"{who}.key"), "--tls-ca-cert-file", C.path("ca.pem"), "--tls-auth-clients", clients, "--save", "",
                 *config)
    s.tls = f"rediss://127.0.0.1:{port}"
    s.named = f"rediss://localhost:{port}"
    return s


def replay(url, *args, env=None):
    return Run([MXTAP, "replay", "--redis", url, "--redis-wait", "2s", *args, pcap("register.pcap")], env).end()


def counts_arrive_through_tls(t):
    s = tls_server(t)
    for url in (s.tls, s.named):
        r = replay(url, "--redis-ca", C.path("ca.pem"), "--again")
        same((r.status, r.counts.lost), (0, 0), r.err)
    check(int(s.client().hash("mxtap:stats")["mails"]) > 0, "no mail counted")


def every_record_once_through_tls(t):
    """Large batches and many of them: partial writes, answers that come several to a TLS record."""
    s = tls_server(t)
    r = feed(s.tls, 6000, "--ca", C.path("ca.pem")).end()
    same((r.status, r.counts.delivered), (0, Truth(6000).records), r.err)
    check_all(s.client(), 6000)


def another_authority_is_not_believed(t):
    s = tls_server(t)
    r = replay(s.tls, "--redis-ca", C.path("other-ca.pem"))
    same(r.status, 4, r.err)
    check("the server's certificate is not accepted" in r.err, r.err)
    same(s.client()("DBSIZE"), 0, "keys")
    r = replay(s.tls) # the system's authorities have not signed it either
    same(r.status, 4, r.err)
    check("the server's certificate is not accepted" in r.err, r.err)


def another_name_is_not_believed(t):
    s = tls_server(t, who="wrong-name")
    for url in (s.tls, s.named):
        r = replay(url, "--redis-ca", C.path("ca.pem"))
        same(r.status, 4, r.err)
        check(re.search("not accepted: (IP address|hostname) mismatch", r.err, re.I), r.err)
    same(s.client()("DBSIZE"), 0, "keys")


def a_server_that_asks_who_we_are(t):
    s = tls_server(t, clients="yes")
    r = replay(s.tls, "--redis-ca", C.path("ca.pem"))
    same(r.status, 4, f"without a certificate: {r.err}")
    r = replay(s.tls, "--redis-ca", C.path("ca.pem"), "--redis-cert", C.path("client.pem"), "--redis-key",
               C.path("client.key"))
    same(r.status, 0, r.err)
    r = replay(s.tls, "--redis-ca", C.path("ca.pem"), "--redis-cert", C.path("both.pem"), "--again")
    same(r.status, 0, f"certificate and key in one file: {r.err}")


def a_password_goes_through_tls(t):
    s = tls_server(t, config=("--requirepass", "geheim"))
    r = replay(s.tls, "--redis-ca", C.path("ca.pem"), env={"MXTAP_REDIS_PASSWORD": "geheim"})
    same(r.status, 0, r.err)
    r = replay(s.tls, "--redis-ca", C.path("ca.pem"), env={"MXTAP_REDIS_PASSWORD": "falsch"})
    same(r.status, 1, r.err)
    check("falsch" not in r.err, "the password is on standard error")


def plain_where_tls_is_meant(t):
    """Neither side guesses: it is unreachable, and said."""
    s = tls_server(t)
    r = replay(s.tls.replace("rediss", "redis"))
    same(r.status, 4, r.err)
    port = free_port()
    plain = t.server("--port", str(port), "--bind", "127.0.0.1", "--save", "")
    r = replay(f"rediss://127.0.0.1:{port}", "--redis-ca", C.path("ca.pem"))
    same(r.status, 4, r.err)
    same(plain.client()("DBSIZE"), 0, "keys")


def killed_and_back(t):
    s = tls_server(t, config=("--appendonly", "yes", "--appendfsync", "always"))
    r = feed(s.tls, 4000, "--ca", C.path("ca.pem"), "--delay-us", "100")
    for _ in range(5):
        time.sleep(0.15)
        s.kill()
        s.start()
    r.end()
    same((r.status, r.counts.lost), (0, 0), r.err)
    check_all(s.client(), 4000)


def bad_files_are_one_line(t):
    for args, word in ((["--redis-ca", C.path("none.pem")], "--redis-ca"),
                       (["--redis-ca", C.path("ca.key")], "--redis-ca"),
                       (["--redis-cert", C.path("client.pem"), "--redis-key", C.path("server.key")], "--redis-key"),
                       (["--redis-key", C.path("client.key")], "--redis-cert")):
        r = replay("rediss://127.0.0.1:1", *args)
        same((r.status, r.err.count("\n")), (2, 1), f"{args}: {r.err}")
        check(word in r.err, f"{args}: {r.err}")
    r = replay("redis://127.0.0.1:1", "--redis-ca", C.path("ca.pem"))
    same((r.status, r.err.count("\n")), (2, 1), r.err)
    check("rediss://" in r.err, r.err)


CASES = [counts_arrive_through_tls, every_record_once_through_tls, another_authority_is_not_believed,
         another_name_is_not_believed, a_server_that_asks_who_we_are, a_password_goes_through_tls, plain_where_tls_is_meant,
         killed_and_back, bad_files_are_one_line]

if __name__ == "__main__":
    try:
        sys.exit(run_cases(CASES))
    finally:
        shutil.rmtree(C.dir)
