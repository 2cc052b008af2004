#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mxtap capture --metrics: what it answers against what the records say, read by Debian's own parser, by promtool and by a real
Prometheus; the rules and the dashboard in docs/; Redis going away; strangers at the door. Needs root for a network namespace and
skips what needs it otherwise. The last line is `N passed, N failed`."""
import collections
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import live_test as live  # noqa: E402
from live_test import check, frames, is_mail, wait_for  # noqa: E402
from redis_server import Server  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = live.MXTAP
REGISTER = os.path.join(TOP, "pcaps/register.pcap")
RULES = os.path.join(TOP, "docs/prometheus-rules.yml")
DASHBOARD = os.path.join(TOP, "docs/grafana-dashboard.json")
OPEN_METRICS = "application/openmetrics-text;version=1.0.0,*/*;q=0.5"


def same(name, got, want):
    check(name, got == want, f"got {got!r}, want {want!r}")


def unpacked(program):
    subprocess.run([os.path.join(TOP, "tests/unpack"), "prometheus"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(TOP, "build/unpacked/prometheus/usr/bin", program)


def run(*words, **more):
    p = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, cwd=TOP, **more)
    p.out, p.err = p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")
    return p


class Place:
    """Where a sensor answers."""

    def __init__(self, sensor):
        found = re.search(r"metrics: http://(\S+)/metrics", sensor.said())
        self.place = found[1] if found else "127.0.0.1:1"
        host, _, port = self.place.rpartition(":")
        self.host, self.port = host.strip("[]"), int(port)

    def ask(self, path="/metrics", accept=None, method="GET", data=None):
        r = urllib.request.Request(f"http://{self.place}{path}", headers={"Accept": accept} if accept else {}, method=method, data=data)
        try:
            with urllib.request.urlopen(r, timeout=15) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.headers["Content-Type"], e.read().decode()

    def answers(self):
        try:
            return self.ask()[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def values(self):
        """{name: value}, {name: {labels: value}}, of the older text."""
        single, labelled = {}, collections.defaultdict(dict)
        for line in self.ask()[2].splitlines():
            m = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if line.startswith("#"):
                continue
            if not m:
                raise ValueError(line)
            if m[2] is None:
                single[m[1]] = float(m[3])
            else:
                labelled[m[1]][tuple(re.findall(r'="([^"]*)"', m[2]))] = float(m[3])
        return single, labelled

    def socket(self):
        s = socket.create_connection((self.host, self.port), timeout=15)
        return s


# --- without a network ---

def rules():
    promtool = unpacked("promtool")
    p = run(promtool, "check", "rules", RULES)
    check("promtool check rules", p.returncode == 0 and "SUCCESS" in p.out, p.out + p.err)
    p = run(promtool, "test", "rules", os.path.join(TOP, "tests/metrics/rules_test.yml"))
    check("promtool test rules", p.returncode == 0 and "SUCCESS" in p.out, p.out + p.err)
    with open(RULES, encoding="utf-8") as f:
        names = re.findall(r"alert: (\w+)", f.read())
    with open(os.path.join(TOP, "tests/metrics/rules_test.yml"), encoding="utf-8") as f:
        tried = set(re.findall(r"alertname: (\w+)", f.read()))
    same("each rule is tried", set(names), tried)


def expressions():
    """Those of the dashboard, as Grafana would ask them."""
    with open(DASHBOARD, encoding="utf-8") as f:
        board = json.load(f)
    found = [t["expr"] for p in board["panels"] for t in p["targets"]]
    check("the dashboard has panels", len(board["panels"]) > 10 and len({p["id"] for p in board["panels"]}) == len(board["panels"]))
    taken = [(x, y) for p in board["panels"] for x in range(p["gridPos"]["x"], p["gridPos"]["x"] + p["gridPos"]["w"])
             for y in range(p["gridPos"]["y"], p["gridPos"]["y"] + p["gridPos"]["h"])]
    check("no panel covers another, all are within 24 columns", len(taken) == len(set(taken)) and max(x for x, _ in taken) < 24)
    return [e.replace("$instance", ".*").replace("$__rate_interval", "5m") for e in found]


def dashboard(d, known):
    exprs = expressions()
    name = os.path.join(d, "board.yml")
    with open(name, "w", encoding="utf-8") as f:
        json.dump({"groups": [{"name": "board", "rules": [{"record": f"panel:{i}", "expr": e} for i, e in enumerate(exprs)]}]}, f)
    p = run(unpacked("promtool"), "check", "rules", name)
    check("promtool takes the dashboard's questions", p.returncode == 0, p.out + p.err)
    with open(RULES, encoding="utf-8") as f:
        asked = set(re.findall(r"\bmxtap_\w+", f.read() + " ".join(exprs)))
    same("rules and dashboard ask for what there is", sorted(asked - known), [])


def bad_use():
    for words, status, word in ((["capture", "-i", "lo", "--metrics", "x"], 2, "give a port"), (["capture", "-i", "lo", "--metrics", "127.0.0.1"], 2, "give a port"),
                                (["capture", "-i", "lo", "--metrics", "1.2.3.4:70000"], 2, "give a port"), (["capture", "-i", "lo", "--metrics", "::1:80"], 2, "give a port"),
                                (["capture", "-i", "lo", "--metrics", "localhost:80"], 2, "give a port"), (["replay", "--metrics", "9464", REGISTER], 2, "metrics")):
        p = run(MXTAP, *words)
        check(f"bad use {words}", p.returncode == status and p.err.count("\n") == 1 and word in p.err and not p.out, (p.returncode, p.err))


def without_its_library(d):
    """libmicrohttpd is loaded for --metrics alone: where it is no library, or another under its name, a call with --metrics says so at its
    start, and one without it does not care."""
    name = os.path.join(d, "libmicrohttpd.so.12")
    env = dict(os.environ, LD_LIBRARY_PATH=d)
    for what in ("no library", "another library"):
        if what == "no library":
            open(name, "w", encoding="utf-8").close()
        else:
            os.remove(name)
            os.symlink(f"/lib/{os.uname().machine}-linux-gnu/libz.so.1", name)
        p = run(MXTAP, "capture", "-i", "tap0", "--metrics", "127.0.0.1:9464", "--user", "root", "--json", os.path.join(d, "x"), env=env)
        check(f"{what}: said at the start", p.returncode == 1 and p.err.count("\n") == 1 and "package libmicrohttpd12" in p.err, (p.returncode, p.err))
        p = run(MXTAP, "replay", "-q", "--json", "/dev/null", REGISTER, env=env)
        check(f"{what}: no matter without --metrics", p.returncode == 0 and not p.err, (p.returncode, p.err))
    os.remove(name)


# --- live ---

def sensor(d, *args):
    s = live.Sensor(d, "--metrics", "0", "--geoip", os.path.join(TOP, "share/geo/register.mmdb"), *args)
    return s, Place(s)


def figures(place, records):
    """What it says is what the records say."""
    mails = [r for r in records if r["event_type"] == "smtp"]
    single, labelled = place.values()
    same("mails", single["mxtap_mails_total"], len(mails))
    same("sessions", single["mxtap_sessions_total"], len([r for r in records if r["event_type"] == "session"]))
    want = collections.Counter((m["mxtap"]["outcome"], m["mxtap"]["origin"].get("country", "")) for m in mails)
    got = {k: v for k, v in labelled["mxtap_mail_outcomes_total"].items() if v}
    same("mails by outcome and country", got, dict(want))
    check("several countries", len(want) > 4, want)
    want = collections.Counter(f["id"] for m in mails for f in m["mxtap"].get("findings", []))
    got = {k[0]: v for k, v in labelled["mxtap_findings_total"].items() if v}
    same("findings", got, dict(want))
    same("over the alert score", single["mxtap_alert_mails_total"], sum(m["mxtap"].get("score", 0) >= 10 for m in mails))
    same("packets", single["mxtap_packets_total"], single["mxtap_packets_used_total"] + sum(
        v for k, v in single.items() if re.match(r"mxtap_packets_(?!total|used|per)", k)))
    same("flows", single["mxtap_flows_total"], single["mxtap_flows_open"] + sum(
        single[f"mxtap_flows_{k}_total"] for k in "closed reset idle evicted reused set_aside end".split()))
    same("records", single["mxtap_records_total"], single["mxtap_records_delivered_total"] + single["mxtap_queue_records"]
         + single["mxtap_records_dropped_total"])
    check("memory", 10e6 < single["mxtap_memory_bytes"] < 2e9, single["mxtap_memory_bytes"])
    check("times", abs(single["mxtap_start_timestamp_seconds"] - time.time()) < 300 and abs(single["mxtap_last_packet_timestamp_seconds"] - time.time()) < 10
          and single["mxtap_snapshot_age_seconds"] < 5, single)
    return set(single) | set(labelled)


def forms(place):
    """Both texts, read by who knows them."""
    status, kind, text = place.ask()
    check("the older text", status == 200 and kind == "text/plain; version=0.0.4; charset=utf-8", kind)
    p = run(unpacked("promtool"), "check", "metrics", input=text.encode())
    check("promtool check metrics has nothing to say", p.returncode == 0 and not p.out and not p.err, p.out + p.err)
    status, kind, text = place.ask(accept=OPEN_METRICS)
    check("OpenMetrics", status == 200 and kind == "application/openmetrics-text; version=1.0.0; charset=utf-8", kind)
    check("it ends as it must", text.endswith("\n# EOF\n") and "\n\n" not in text)
    reader = ("import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as r\n"
              "for f in r(sys.stdin.read()): print(f.name, f.type, len(f.samples), bool(f.documentation))")
    p = run("/usr/bin/python3", "-c", reader, input=text.encode())
    rows = [line.split() for line in p.out.splitlines()]
    check("python3-prometheus-client reads it", p.returncode == 0 and len(rows) > 80, p.err)
    check("every family has a type, a sample and a meaning", all(t in ("counter", "gauge") and int(n) and doc == "True" for _, t, n, doc in rows), rows)


def many(text):
    """How many series at most, whatever senders do."""
    return len([line for line in text.splitlines() if not line.startswith("#")])


def strangers(place, s, sender):
    """Odd requests, and more connections than it takes, while mails pass."""
    same("another page", place.ask("/")[0], 404)
    same("another method", place.ask(method="POST", data=b"x")[0], 405)
    same("HEAD", place.ask(method="HEAD")[0], 200)
    for odd in (b"\x16\x03\x01\0\xff\xff\xff", b"GET /metrics HTTP/1.1\r\n" + b"X: " + b"y" * 100000 + b"\r\n\r\n", b"\r\n" * 1000, b"GET " + b"/" * 70000):
        with place.socket() as c:
            try:
                c.sendall(odd)
                c.shutdown(socket.SHUT_WR)
                while c.recv(65536):
                    pass
            except OSError:
                pass
    held = []
    for _ in range(40):
        try:
            held.append(place.socket())
        except OSError:
            break
    before = len(s.records())
    sender.send([f for f in frames(live.MAILS) if is_mail(f)])
    check("mails are seen while the door is crowded", wait_for(lambda: len(s.records()) > before), s.said())
    for c in held:
        c.close()
    check("then it answers again", wait_for(place.answers, 15))
    check("the sensor lives", s.p.poll() is None)


def locked(s, place):
    with open(f"/proc/{s.p.pid}/status", encoding="ascii") as f:
        status = f.read()
    if "Seccomp:\t2" not in status:
        print("note: no seccomp in this build or kernel")
    rows = [line for line in run("ss", "-ltnpH").out.splitlines() if f"pid={s.p.pid}," in line]
    check("it listens on that address alone", len(rows) == 1 and rows[0].split()[3] == place.place, rows)
    check("and on loopback", place.host == "127.0.0.1", place.host)


def redis_goes(place, server, sender):
    single, _ = place.values()
    want = single["mxtap_redis_records_total"]
    check("Redis has all", wait_for(lambda: place.values()[0]["mxtap_redis_records_delivered_total"] == want, 10), place.values()[0])
    single, _ = place.values()
    same("Redis is up", (single["mxtap_redis_up"], single["mxtap_redis_queue_records"], single["mxtap_redis_delay_seconds"]), (1, 0, 0))
    check("its counts add up", single["mxtap_redis_records_total"] == single["mxtap_redis_records_delivered_total"], single)
    server.kill()
    sender.send([f for f in frames(live.MAILS) if is_mail(f)])
    check("Redis is away", wait_for(lambda: place.values()[0]["mxtap_redis_up"] == 0, 10))
    check("what waits is counted", wait_for(lambda: place.values()[0]["mxtap_redis_queue_records"] > 0, 10))
    check("the delay grows", wait_for(lambda: place.values()[0]["mxtap_redis_delay_seconds"] > 1.5, 10), place.values()[0])
    single, _ = place.values()
    check("the spool fills", 0 < single["mxtap_spool_bytes"] < single["mxtap_spool_max_bytes"] == 64 << 20, single)
    server.start()
    check("Redis is back", wait_for(lambda: place.values()[0]["mxtap_redis_up"] == 1, 30))
    check("and has all", wait_for(lambda: place.values()[0]["mxtap_redis_queue_records"] == 0, 30), place.values()[0])
    single, _ = place.values()
    check("reconnects", single["mxtap_redis_reconnects_total"] >= 1, single)
    same("nothing was lost", single["mxtap_redis_records_lost_total"], 0)


def prometheus(d, place):
    """A real one: scrapes, keeps, loads our rules, answers."""
    name = os.path.join(d, "prometheus.yml")
    with open(name, "w", encoding="ascii") as f:
        f.write(f"global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files: ['{RULES}']\nscrape_configs:\n  - job_name: mxtap\n"
                f"    static_configs:\n      - targets: ['{place.place}']\n")
    log = open(os.path.join(d, "prometheus.log"), "wb")
    p = subprocess.Popen([unpacked("prometheus"), "--config.file", name, "--storage.tsdb.path", os.path.join(d, "tsdb"),
                          "--web.listen-address", "127.0.0.1:19090"], stdout=log, stderr=log)

    def get(path):
        try:
            with urllib.request.urlopen("http://127.0.0.1:19090/api/v1/" + path, timeout=5) as r:
                return json.loads(r.read())["data"]
        except (OSError, ValueError):
            return {}

    def value(expr):
        found = get("query?" + urllib.parse.urlencode({"query": expr})).get("result", [])
        return float(found[0]["value"][1]) if found else None

    try:
        check("Prometheus scrapes it", wait_for(lambda: value('up{job="mxtap"}') == 1, 30), open(log.name, errors="replace").read()[-800:])
        single, labelled = place.values()
        same("Prometheus: mails", value("mxtap_mails_total"), single["mxtap_mails_total"])
        same("Prometheus: outcomes add up", value("sum(mxtap_mail_outcomes_total)"), single["mxtap_mails_total"])
        targets = get("targets").get("activeTargets", [])
        check("Prometheus: no error", targets and targets[0]["health"] == "up" and not targets[0]["lastError"], targets)
        meta = get("metadata?metric=mxtap_mails")
        check("Prometheus took OpenMetrics", meta.get("mxtap_mails", [{}])[0].get("type") == "counter", meta)
        loaded = [r["name"] for g in get("rules").get("groups", []) for r in g["rules"]]
        check("Prometheus: our rules are loaded and well", len(loaded) == 8 and all(
            r["health"] != "err" for g in get("rules")["groups"] for r in g["rules"]), loaded)
        for i, e in enumerate(expressions()):
            answer = get("query?" + urllib.parse.urlencode({"query": e}))
            check(f"Prometheus answers the dashboard's question {e}", answer.get("resultType") == "vector", answer)
    finally:
        p.terminate()
        p.wait(20)
        log.close()


def main():
    rules()
    bad_use()
    d = tempfile.mkdtemp(prefix="mxtap-metrics-")
    server = None
    try:
        if live.make_namespace():
            live.ip("link", "set", "lo", "up")
            sender = live.Sender()
            server = Server("--appendonly", "yes", "--appendfsync", "always", "--save", "")
            s, place = sensor(d, "--redis", server.url, "--spool", os.path.join(d, "spool"), "--spool-max", "64M")
            check("before any packet it answers", place.ask()[0] == 200, s.said())
            sender.send(frames(REGISTER))  # IPv6 too; the kernel leaves out what is no mail
            check("the register's mails are seen", wait_for(lambda: sum(r["event_type"] == "smtp" for r in s.records()) == 30, 10), s.said())
            check("and told", wait_for(lambda: place.values()[0].get("mxtap_mails_total") == 30, 10))
            time.sleep(1.5)
            known = figures(place, s.records())
            forms(place)
            dashboard(d, known)
            check("few series", many(place.ask()[2]) < 300, many(place.ask()[2]))
            locked(s, place)
            redis_goes(place, server, sender)
            prometheus(d, place)
            strangers(place, s, sender)
            p = run(MXTAP, "capture", "-i", "tap0", "--metrics", place.place, "--user", "root", "--json", os.path.join(d, "x"))
            check("a port that is taken", p.returncode == 1 and "name an address" in p.err, p.err)
            status, took = s.stop()
            check("it ends as ever", status == 0 and took < 5, (status, took, s.said()))
            s, place = sensor(d)
            single, _ = place.values()
            check("without Redis nothing is said of it", not any("redis" in k or "spool" in k for k in single), single)
            s.stop(signal.SIGTERM)
            without_its_library(d)
            s = live.Sensor(d, "--metrics", "192.0.2.77:9464")
            check("an address of another machine", s.p.wait(10) == 1 and "name an address" in s.said(), s.said())
        else:
            print("skipped: what a running sensor answers")
    finally:
        if server:
            server.stop()
        shutil.rmtree(d, ignore_errors=True)
    print(f"{live.passed} passed, {live.failed} failed")
    return 1 if live.failed else 0


if __name__ == "__main__":
    sys.exit(main())
