#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The files of judging while mxtap listens: mails go by without a pause, the files change, HUP comes, and every packet is
counted and every mail is there, judged by the old files or by the new ones, never by neither. A file that is cut, damaged or gone
is named and leaves the old ones in place. Then watchlist hits in Redis. Needs root, as live_test; says why it is skipped."""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "geo")]
import live_test  # noqa: E402
import mmdb  # noqa: E402
from live_test import MAILS, MXTAP, Sender, Sensor, check, frames, is_mail, wait_for  # noqa: E402
from redis_server import Server  # noqa: E402

CLIENT = "198.51.100.16"


def owner(name):
    return {"198.51.100.0/24": {"autonomous_system_number": 64512 + len(name), "autonomous_system_organization": name}}


def write_geo(path, name):
    """Replaced as a whole, by rename."""
    mmdb.write(path + ".new", owner(name), "test")
    os.rename(path + ".new", path)


def from_port(frame, port):
    """The same segment, its client's port another one."""
    at = 14 + (frame[14] & 15) * 4
    src, dst = struct.unpack("!HH", frame[at:at + 4])
    return frame[:at] + struct.pack("!HH", src if src == 25 else port, dst if dst == 25 else port) + frame[at + 4:]


class Traffic:
    """Connection after connection, each from a port of its own, the captures in turn, until it is stopped. change(frame, number) makes
    of a segment the one of connection number."""

    def __init__(self, sender, captures=(MAILS,), pause=0.0002, change=lambda frame, number: frame):
        self.sender, self.sent, self.connections, self.over = sender, 0, 0, False
        self.pause, self.change = pause, change
        self.captures = [[f for f in frames(c) if is_mail(f)] for c in captures]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.over:
            good = self.captures[self.connections % len(self.captures)]
            self.connections += 1
            self.sender.send([self.change(from_port(f, 10000 + self.connections % 40000), self.connections) for f in good], pause=self.pause)
            self.sent += len(good)

    def stop(self):
        self.over = True
        self.thread.join()


def hup(sensor, what, text):
    """HUP, and wait until the log says text once more."""
    before = sensor.said().count(text)
    sensor.p.send_signal(signal.SIGHUP)
    check(what, wait_for(lambda: sensor.said().count(text) > before, 20), sensor.said()[-600:])


def mails(sensor):
    return [r for r in sensor.records() if r["event_type"] == "smtp"]


def judged(record):
    m = record["mxtap"]
    return m["origin"].get("org"), tuple({w["list"] for w in m.get("watched", [])})


def next_judged(sensor):
    """How a mail that ends from now on is judged."""
    seen = len(mails(sensor)) + 3
    wait_for(lambda: len(mails(sensor)) > seen, 10)
    return judged(mails(sensor)[-1])


def reloads(d, sender):
    geo, watch, brands = (os.path.join(d, n) for n in ("a.mmdb", "june.txt", "brands.txt"))
    write_geo(geo, "Old")
    open(watch, "w").write("192.0.2.77\n")
    open(brands, "w").write("brand A\n domain a.example\n")
    s = Sensor(d, "-v", "--geoip", geo, "--watchlist", watch, "--brands", brands)
    traffic = Traffic(sender)
    try:
        check("before: the old owner", wait_for(lambda: mails(s)) and next_judged(s) == ("Old", ()), s.said())
        write_geo(geo, "New")
        open(watch, "w").write(f"{CLIENT}\tthe client\nnonsense line\n")
        check("without HUP nothing changes", next_judged(s) == ("Old", ()), judged(mails(s)[-1]))
        hup(s, "HUP reads them anew", "reload: files read again")
        check("a wrong line is named by file and number, and the rest counts", f"{watch}:2: nonsense line: " in s.said(), s.said())
        check("after: the new owner, the list", next_judged(s) == ("New", ("june",)), judged(mails(s)[-1]))
        os.truncate(geo, 100)
        hup(s, "a cut database is named, the old one stays", f"reload: --geoip {geo}: ")
        check("judged as before", next_judged(s) == ("New", ("june",)), judged(mails(s)[-1]))
        write_geo(geo, "New")
        open(brands, "w").write("{ this is no such file }\n")
        hup(s, "a file of brands without one is named, all of the old stay", f"reload: {brands}: no brand in it")
        check("judged as before still", next_judged(s) == ("New", ("june",)), judged(mails(s)[-1]))
        open(brands, "w").write("brand A\n domain a.example\n")
        write_geo(geo, "Newer")
        os.rename(watch, watch + ".gone")
        hup(s, "a list that is gone is named, all of the old stay", f"reload: {watch}: No such file")
        check("all of them", next_judged(s) == ("New", ("june",)), judged(mails(s)[-1]))
        with open(watch, "w") as f:
            f.writelines(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}\n" if i % 2 else f"h{i}.example\n" for i in range(300000))
            f.write("shop.example\n")
        hup(s, "300,000 entries are read while mails pass", "reload: files read again")
        check("and count", next_judged(s) == ("Newer", ("june",)), judged(mails(s)[-1]))
        for _ in range(20):
            s.p.send_signal(signal.SIGHUP)
            time.sleep(0.02)
        next_judged(s)
    finally:
        traffic.stop()
        time.sleep(0.5)
        status, _ = s.stop()
    counters = s.records()[-1]["mxtap"]["counters"]
    every = [judged(r) for r in mails(s)]
    check("ends well", status == 0 and "0 dropped by kernel" in s.said(), s.said()[-600:])
    check("no packet was lost", counters["packets"] == traffic.sent, (counters["packets"], traffic.sent))
    check("every mail is there", len(every) == 3 * traffic.connections, (len(every), traffic.connections))
    check("each judged by the old files or by the new", set(every) ==
          {("Old", ()), ("New", ("june",)), ("Newer", ("june",))}, set(every))


def alerts(d):
    watch = os.path.join(d, "June List.txt")
    open(watch, "w").write("helo:mail.shop.example # seen before\n")
    server = Server("--appendonly", "no", "--save", "")
    try:
        subprocess.run([MXTAP, "replay", "-q", "--redis", server.url, "--watchlist", watch, MAILS], check=True)
        ask = server.client()
        entries = [dict(zip(e[1][::2], e[1][1::2])) for e in ask("XRANGE", "mxtap:alerts", "-", "+")]
        entries = [e for e in entries if "alert" not in e]  # those of what only the whole can tell are not records
        check("three mails and their session raise alerts, whatever the score", len(entries) == 4, entries)
        check("which say why", {e.get("watched") for e in entries} == {"june-list: mail.shop.example (seen before)"}, entries)
        check("and have the record", all(json.loads(e["json"])["mxtap"]["watched"] ==
              [{"list": "june-list", "value": "mail.shop.example", "label": "seen before"}] for e in entries), entries)
    finally:
        server.stop()
    p = subprocess.run([MXTAP, "replay", "--json", "-", "--watchlist", os.path.join(d, "none.txt"), MAILS],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check("a list that is not there stops the start", p.returncode == 1 and p.stderr.count(b"\n") == 1
          and b"none.txt: No such file" in p.stderr, p)


def main():
    os.chdir(TOP)
    d = tempfile.mkdtemp(prefix="mxtap-reload-")
    try:
        alerts(d)
        if live_test.make_namespace():
            reloads(d, Sender())
    finally:
        shutil.rmtree(d)
    print(f"{live_test.passed} passed, {live_test.failed} failed")
    return 1 if live_test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
