#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Live capture on veth pairs in a network namespace of its own: a capture's frames are sent again, plain,
tagged, in tunnels and over two taps, and the records must be those of the replay. Needs root; says why it is
skipped where the kernel refuses the namespace. Run from the top of the tree; MXTAP names another binary."""
import ctypes
import json
import os
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib

MXTAP = os.path.abspath(os.environ.get("MXTAP", "build/mxtap"))
WORKERS = os.environ.get("MXTAP_WORKERS", "1")
MAILS = os.path.abspath("pcaps/several-mails.pcap")
LOOKUPS = os.path.abspath("pcaps/dns-lookups.pcap")
CLONE_NEWNET = 0x40000000
passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {detail}")


def frames(path):
    """Ethernet frames of a pcap in this machine's byte order."""
    data = open(path, "rb").read()
    magic, link = struct.unpack("=I16xI", data[:24])
    assert magic in (0xA1B2C3D4, 0xA1B23C4D) and link == 1, path
    at, out = 24, []
    while at < len(data):
        n = struct.unpack("=8xI", data[at:at + 12])[0]
        out.append(data[at + 16:at + 16 + n])
        at += 16 + n
    return out


def tagged(frame, *tags):
    """tags: (ethertype of the tag, vlan id), outermost first."""
    head, rest = frame[:12], frame[12:]
    return head + b"".join(struct.pack("!HH", t, v) for t, v in tags) + rest


def in_gre(frame):
    ip = frame[14:]
    protocol = struct.unpack("!H", frame[12:14])[0]
    outer = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 24 + len(ip), 1, 0, 64, 47, 0, bytes([192, 0, 2, 1]),
                        bytes([192, 0, 2, 2]))
    return frame[:12] + b"\x08\x00" + outer + struct.pack("!HH", 0, protocol) + ip


def in_vxlan(frame):
    inner = b"\x08\0\0\0\0\0\x2a\0" + frame
    udp = struct.pack("!HHHH", 40000, 4789, 8 + len(inner), 0)
    outer = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(inner), 1, 0, 64, 17, 0, bytes([192, 0, 2, 1]),
                        bytes([192, 0, 2, 2]))
    return frame[:12] + b"\x08\x00" + outer + udp + inner


def fragmented(frame):
    """An IPv4 frame in two pieces, or as it is where it is too short."""
    ip_, total = bytearray(frame[14:]), struct.unpack("!H", frame[16:18])[0]
    if frame[12:14] != b"\x08\x00" or total < 20 + 32 or ip_[33] & 2:
        return [frame]  # a SYN too: what its header tells of the sender is in the record
    out = []
    for begin, end in ((0, 24), (24, total - 20)):
        head = bytearray(ip_[:20])
        head[2:4] = struct.pack("!H", 20 + end - begin)
        head[4:6] = struct.pack("!H", zlib.crc32(frame) & 0xffff)
        head[6:8] = struct.pack("!H", begin // 8 | (0 if begin else 0x2000))
        head[10:12] = b"\0\0"
        out.append(frame[:14] + bytes(head) + bytes(ip_[20 + begin:20 + end]))
    return out


def is_mail(frame):
    """TCP of port 25 in IPv4: the rest of the capture (ARP, DNS) stays in the kernel."""
    return frame[12:14] == b"\x08\x00" and frame[23] == 6 and 25 in struct.unpack("!HH", frame[34:38])


def other_port(frame, port):
    """The same TCP segment to or from another port than 25."""
    at = 14 + (frame[14] & 15) * 4
    src, dst = struct.unpack("!HH", frame[at:at + 4])
    ports = struct.pack("!HH", port if src == 25 else src, port if dst == 25 else dst)
    return frame[:at] + ports + frame[at + 4:]


def to_server(frame):
    at = 14 + (frame[14] & 15) * 4
    return struct.unpack("!H", frame[at + 2:at + 4])[0] == 25


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def make_namespace():
    """True when this process now has a network of its own."""
    if os.geteuid() != 0:
        print("skipped: a network namespace needs root")
        return False
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        print(f"skipped: no network namespace: {os.strerror(ctypes.get_errno())}")
        return False
    open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w").write("1")
    for i in (0, 1):
        ip("link", "add", f"out{i}", "mtu", "65000", "type", "veth", "peer", "name", f"tap{i}", "mtu", "65000")
        ip("link", "set", f"out{i}", "up")
        ip("link", "set", f"tap{i}", "up")
    return True


class Sender:
    def __init__(self):
        self.sockets = []
        for i in (0, 1):
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            s.bind((f"out{i}", 0))
            self.sockets.append(s)

    def send(self, frames_, tap=lambda f: 0, pause=0.0005):
        for f in frames_:
            self.sockets[tap(f)].send(f)
            time.sleep(pause)


class Sensor:
    """mxtap capture, listening when the constructor returns."""

    def __init__(self, d, *args, taps=("tap0",)):
        self.out, self.err = os.path.join(d, "live.json"), os.path.join(d, "live.err")
        for f in (self.out, self.err):
            if os.path.exists(f):
                os.remove(f)
        words = [MXTAP, "capture", "--json", self.out, "--sensor-name", "replay", "--buffer", "4M", "--user", "root",
                 "--workers", WORKERS]
        for t in taps:
            words += ["-i", t]
        self.p = subprocess.Popen(words + list(args), stdout=subprocess.DEVNULL, stderr=open(self.err, "w"))
        wait_for(lambda: "listening on" in self.said() or self.p.poll() is not None)
        time.sleep(0.1)

    def said(self):
        return open(self.err).read()

    def records(self):
        return [json.loads(l) for l in open(self.out)] if os.path.exists(self.out) else []

    def stop(self, number=signal.SIGINT):
        begun = time.monotonic()
        if self.p.poll() is None:
            self.p.send_signal(number)
        status = self.p.wait(15)
        return status, time.monotonic() - begun


def wait_for(what, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False


def timeless(record):
    """What must be equal live and replayed."""
    r = json.loads(json.dumps(record))
    for key in ("timestamp", "flow_id", "pcap_filename", "in_iface", "vlan"):
        r.pop(key, None)
    for key in ("duration_ms", "date", "score"):
        r.get("mxtap", {}).pop(key, None)
    found = [f for f in r.get("mxtap", {}).pop("findings", []) if f["id"] != "date.skew"]
    if found:
        r["mxtap"]["findings"] = found
    return json.dumps(r, sort_keys=True)


def wanted():
    p = subprocess.run([MXTAP, "replay", "--json", "-", MAILS], stdout=subprocess.PIPE, check=True)
    return sorted(timeless(r) for r in map(json.loads, p.stdout.splitlines()) if r["event_type"] != "stats")


def same_as_replay(d, sender, want):
    good = [f for f in frames(MAILS) if is_mail(f)]
    noise = [f for f in frames(MAILS) if not is_mail(f)]
    pieces = [p for f in good for p in fragmented(f)]
    one = lambda f: 0
    both = lambda f: 0 if to_server(f) else 1
    shapes = [
        ("plain", good, one, ("tap0",)),
        ("VLAN", [tagged(f, (0x8100, 7)) for f in good], one, ("tap0",)),
        ("QinQ", [tagged(f, (0x88A8, 7), (0x8100, 9)) for f in good], one, ("tap0",)),
        ("three tags", [tagged(f, (0x88A8, 7), (0x8100, 9), (0x8100, 11)) for f in good], one, ("tap0",)),
        ("fragments", pieces, one, ("tap0",)),
        ("fragments under a VLAN", [tagged(f, (0x8100, 7)) for f in pieces], one, ("tap0",)),
        ("GRE", [in_gre(f) for f in good], one, ("tap0",)),
        ("GRE under a VLAN", [tagged(in_gre(f), (0x8100, 7)) for f in good], one, ("tap0",)),
        ("VXLAN", [in_vxlan(f) for f in good], one, ("tap0",)),
        ("two taps, one direction each", good, both, ("tap0", "tap1")),
        ("every frame on both taps", [f for f in good for _ in (0, 1)], None, ("tap0", "tap1")),
    ]
    # With several workers, what comes whole waits for fragments in another ring only once its addresses have sent some
    # (docs/DESIGN.md, Workers): so some go before that nobody needs.
    cut = [f for f in good if len(fragmented(f)) > 1] if os.environ.get("MXTAP_WORKERS") else []
    known = [p for f in cut for p in fragmented(other_port(f, 2599))]
    for name, sent, tap, taps in shapes:
        before = known if "fragments" in name else []
        # What waits for another ring waits 0.4 s at most: a machine that stalls one worker for longer shows it.
        for _ in range(3 if before else 1):
            s = Sensor(d, taps=taps)
            turn = iter(range(1 << 30))
            sender.send(noise + [tagged(f, (0x8100, 7)) for f in noise])
            if before:
                sender.send(before if name == "fragments" else [tagged(p, (0x8100, 7)) for p in before])
                time.sleep(0.5)
            sender.send(sent, tap or (lambda f: next(turn) % 2))
            time.sleep(0.6)
            status, _ = s.stop()
            got = sorted(timeless(r) for r in s.records() if r["event_type"] != "stats")
            if got == want:
                break
        check(f"{name}: the replay's records", got == want and status == 0,
              f"status {status}, {len(got)} of {len(want)} records, not alike: {[r for r in got if r not in want]}; {s.said()}")
        counters = [r for r in s.records() if r["event_type"] == "stats"][-1]["mxtap"]["counters"]
        check(f"{name}: every frame counted", counters["packets"] == len(before) + len(sent),
              f"{counters['packets']} of {len(before)} and {len(sent)}")


def filtered_in_kernel(d, sender):
    good = [f for f in frames(MAILS) if is_mail(f)]
    s = Sensor(d)
    sender.send([other_port(f, 80) for f in good] + [tagged(other_port(f, 443), (0x8100, 7)) for f in good]
                + good[:3])
    time.sleep(0.6)
    s.stop()
    found = re.search(r"(\d+) packets received by filter, (\d+) dropped by kernel, (\d+) dropped by interface",
                      s.said())
    check("other ports stay in the kernel", found and found.groups() == ("3", "0", "0"), s.said())
    s = Sensor(d, "--", "tcp", "port", "80")
    sender.send(good + [other_port(f, 80) for f in good])
    time.sleep(0.4)
    s.stop()
    counters = s.records()[-1]["mxtap"]["counters"]
    check("the user's filter and the ports' both hold", counters["packets"] == 0, counters)


def dns_of(records):
    """What look-ups put on the mails."""
    return sorted(json.dumps([r["src_ip"], r["mxtap"]["origin"].get("ptr"), r["mxtap"].get("names"),
                              [x.get("ip") for x in r["mxtap"].get("links", [])],
                              [f["evidence"] for f in r["mxtap"].get("findings", []) if f["id"] == "dnsbl.listed"]])
                  for r in records if r["event_type"] == "smtp")


def with_dns(d, sender):
    """The kernel lets port 53 through too, over UDP, TCP, in fragments and behind tags; without --dns it does not."""
    p = subprocess.run([MXTAP, "replay", "--dns", "--json", "-", LOOKUPS], stdout=subprocess.PIPE, check=True)
    want = list(map(json.loads, p.stdout.splitlines()))
    counters = ("dns_queries", "dns_answers", "dns_truncated", "dns_unasked", "datagrams")
    for name, sent in (("plain", frames(LOOKUPS)), ("VLAN", [tagged(f, (0x8100, 7)) for f in frames(LOOKUPS)])):
        s = Sensor(d, "--dns")
        sender.send(sent)
        time.sleep(0.6)
        s.stop()
        got = s.records()
        check(f"look-ups, {name}: as in the replay", len(dns_of(want)) == 4 and dns_of(got) == dns_of(want), dns_of(got))
        told = [{k: r[-1]["mxtap"]["counters"][k] for k in counters} for r in (got, want)]
        check(f"look-ups, {name}: every message", told[0] == told[1], told)
    s = Sensor(d)
    sender.send(frames(LOOKUPS))
    time.sleep(0.6)
    s.stop()
    counters = s.records()[-1]["mxtap"]["counters"]
    check("without --dns look-ups stay in the kernel, but for fragments", counters["dns_messages"] == 0 and
          counters["datagrams"] == 1 and counters["packets"] < len(frames(LOOKUPS)) - 30, counters)


def while_it_runs(d, sender):
    good = frames(MAILS)
    s = Sensor(d, "--stats-interval", "1s")
    sender.send(good)
    check("mails appear while it listens",
          wait_for(lambda: any(r["event_type"] == "smtp" for r in s.records())), s.said())
    s.p.send_signal(signal.SIGUSR1)
    check("USR1 prints statistics", wait_for(lambda: re.search(r"packets +\d+  frames read", s.said())), s.said())
    health = lambda: [r["mxtap"]["health"] for r in s.records() if r["event_type"] == "stats"]
    check("health says what the kernel gave, and memory", wait_for(lambda: health() and health()[-1]["received"]
          == len([f for f in good if is_mail(f)]) and health()[-1]["memory"] > 1 << 20
          and health()[-1]["kernel_dropped"] == 0), health())
    count = lambda: sum(r["event_type"] == "stats" for r in s.records())
    check("statistics come by the clock, traffic or not", wait_for(lambda: count() >= 2), count())
    os.rename(s.out, s.out + ".old")
    s.p.send_signal(signal.SIGHUP)
    check("HUP opens the file again", wait_for(lambda: os.path.exists(s.out)), s.said())
    status, took = s.stop(signal.SIGTERM)
    check("TERM ends within five seconds", status == 0 and took < 5, (status, took))
    s = Sensor(d, "-c", "5")
    sender.send(good)
    try:
        status = s.p.wait(5)
    except subprocess.TimeoutExpired:
        status = "still runs"
        s.p.kill()
    check("-c 5 ends by itself", status == 0 and s.records()[-1]["mxtap"]["counters"]["packets"] == 5, status)


def on_any(d, sender, want):
    """Linux' pseudo-interface: cooked headers, and each frame twice, where it leaves and where it arrives."""
    good = [f for f in frames(MAILS) if is_mail(f)]
    for name, sent in (("any", good), ("any, VLAN", [tagged(f, (0x8100, 7)) for f in good])):
        s = Sensor(d, taps=("any",))
        sender.send(sent)
        time.sleep(0.6)
        status, _ = s.stop()
        got = sorted(timeless(r) for r in s.records() if r["event_type"] != "stats")
        check(f"{name}: the replay's records", got == want and status == 0,
              f"status {status}, {len(got)} of {len(want)} records; {s.said()}")


def counters_move(d, sender):
    """What redis-cli shows while the capture runs: Redis away at the start, then there, then more mails."""
    sock = os.path.join(d, "redis.sock")
    good = [f for f in frames(MAILS) if is_mail(f)]
    cli = lambda *words: subprocess.run(["redis-cli", "-s", sock, *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL).stdout.decode().strip()
    mails = lambda: int(cli("HGET", "mxtap:stats", "mails") or 0)
    s = Sensor(d, "--redis", "unix://" + sock)
    sender.send(good)
    server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", sock, "--save", "", "--dir", d],
                              stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.6)
        first = sum(r["event_type"] == "smtp" for r in s.records())
        check("Redis away at the start is said, capture goes on", "redis" in s.said() and first > 0, s.said())
        check("mails seen meanwhile arrive once it is there",
              wait_for(lambda: cli("PING") == "PONG" and mails() == first, 10), (mails(), first))
        sender.send([other_client(f) for f in good])
        check("counters move while the capture runs",
              wait_for(lambda: mails() > first) and s.p.poll() is None, (mails(), first))
        check("it ends well", s.stop()[0] == 0, s.said())
    finally:
        server.terminate()
        server.wait()


def other_client(frame):
    """The same segment from or to a client port of its own: other connections than before."""
    at = 14 + (frame[14] & 15) * 4
    src, dst = struct.unpack("!HH", frame[at:at + 4])
    ports = struct.pack("!HH", src if src == 25 else src ^ 1, dst if dst == 25 else dst ^ 1)
    return frame[:at] + ports + frame[at + 4:]


def too_slow(d, sender):
    """A sensor that does not get the processor loses packets, and says so."""
    s = Sensor(d, "--buffer", "64K", "--stats-interval", "1s")
    s.p.send_signal(signal.SIGSTOP)
    sender.send([f for f in frames(MAILS) if is_mail(f)] * 400, pause=0)
    s.p.send_signal(signal.SIGCONT)
    check("drops are said while it runs", wait_for(lambda: "the kernel dropped" in s.said()), s.said())
    s.stop()
    dropped = int(re.search(r"(\d+) dropped by kernel", s.said()).group(1))
    health = [r["mxtap"]["health"] for r in s.records() if r["event_type"] == "stats"][-1]
    check("drops are in the report and in the statistics", dropped > 0 and health["kernel_dropped"] == dropped,
          (dropped, health))


def as_somebody_else(d):
    out = os.path.join(d, "nobody")
    os.mkdir(out)
    os.chmod(d, 0o755)
    nobody = pwd.getpwnam("nobody")
    os.chown(out, nobody.pw_uid, nobody.pw_gid)
    s = Sensor(out, "--user", "nobody")
    status = open(f"/proc/{s.p.pid}/status").read()
    ids = re.search(r"^Uid:\t(.*)$", status, re.M).group(1).split()
    groups = re.search(r"^Groups:\t(.*)$", status, re.M).group(1).split()
    check("--user: for good", ids == [str(nobody.pw_uid)] * 4, ids)
    check("--user: root's groups are gone", set(groups) <= {str(nobody.pw_gid)}, groups)
    check("--user: no capability left", re.search(r"^CapEff:\t0+$", status, re.M)
          and re.search(r"^CapPrm:\t0+$", status, re.M), status)
    check("no new privileges, no core", "NoNewPrivs:\t1" in status
          and re.search(r"^Max core file size +0 +0 ", open(f"/proc/{s.p.pid}/limits").read(), re.M))
    check("--user: status", s.stop()[0] == 0, s.said())


def interface_goes(d):
    ip("link", "add", "out9", "type", "veth", "peer", "name", "tap9")
    ip("link", "set", "out9", "up")
    ip("link", "set", "tap9", "up")
    s = Sensor(d, taps=("tap9",))
    ip("link", "del", "tap9")
    try:
        status = s.p.wait(10)
    except subprocess.TimeoutExpired:
        status = "still runs"
        s.p.kill()
    check("an interface that goes is said, status 1", status == 1 and re.search(r"mxtap: tap9: ", s.said()),
          (status, s.said()))
    p = subprocess.run([MXTAP, "capture", "-i", "tap0", "--summary", "--", "tcp", "prt"], stderr=subprocess.PIPE)
    check("bad filter", p.returncode == 2 and re.fullmatch(rb"mxtap: filter 'tcp prt': .*\n", p.stderr), p)
    p = subprocess.run([MXTAP, "-D"], stdout=subprocess.PIPE)
    check("-D lists interfaces", p.returncode == 0 and re.search(rb"^\d+\.tap0\b", p.stdout, re.M), p)


def main():
    if not make_namespace():
        print("0 passed, 0 failed")
        return 0
    d = tempfile.mkdtemp(prefix="mxtap-live-")
    try:
        sender = Sender()
        want = wanted()
        check("the replay has records to compare with", len(want) > 2, want)
        same_as_replay(d, sender, want)
        filtered_in_kernel(d, sender)
        with_dns(d, sender)
        while_it_runs(d, sender)
        on_any(d, sender, want)
        counters_move(d, sender)
        too_slow(d, sender)
        as_somebody_else(d)
        interface_goes(d)
    finally:
        shutil.rmtree(d)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
