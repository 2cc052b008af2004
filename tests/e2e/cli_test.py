#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as people meet it: bad input gets one clear line and its status, nothing read is lost,
signals do what they say. Run from the top of the tree; MXTAP names another binary."""
import gzip
import json
import os
import pty
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time

from tally import check, told

MXTAP = os.path.abspath(os.environ.get("MXTAP", "build/mxtap"))
GOOD = os.path.abspath("pcaps/plain.pcap")
LONG = os.path.abspath("pcaps/register.pcap")  # more than the 64 packets by which a file is known
NOBODY = 65534


def run(args, stdin=b"", user=None, stdout=subprocess.PIPE, env=None, binary=None):
    return subprocess.run([binary or MXTAP] + args, input=stdin, stdout=stdout, stderr=subprocess.PIPE,
                          user=user, extra_groups=[] if user else None, timeout=60,
                          env={**os.environ, **(env or {})})


def events(out):
    return [json.loads(line) for line in out.splitlines()]


def packets(out):
    return sum(e["mxtap"]["counters"]["packets"] for e in events(out) if e["event_type"] == "stats")


def one_line(name, args, status, pattern, **how):
    """The command ends with status and says exactly one line that matches."""
    p = run(args, **how)
    lines = p.stderr.decode(errors="replace").splitlines()
    check(name, p.returncode == status and len(lines) == 1 and lines[0].startswith("mxtap: ")
          and re.search(pattern, lines[0]), f"status {p.returncode}, stderr {lines}")
    return p


def bad_input(d):
    good = open(GOOD, "rb").read()
    path = lambda name: os.path.join(d, name)
    open(path("cut.pcap"), "wb").write(good[:-30])
    open(path("text.pcap"), "wb").write(b"From: nobody\n\n")
    open(path("empty.pcap"), "wb").close()
    open(path("cut.pcap.gz"), "wb").write(gzip.compress(good)[:-50])
    os.mkdir(path("folder"))
    shutil.copy(GOOD, path("folder/a.pcap"))
    open(path("folder/README"), "w").write("notes\n")
    whole = packets(run(["replay", "--json", "-", GOOD]).stdout)

    one_line("no such file", ["replay", path("none.pcap")], 1, r"none\.pcap: No such file or directory")
    p = one_line("not a capture", ["replay", "--json", "-", path("text.pcap"), GOOD], 3,
                 r"text\.pcap: not a capture: neither pcap nor pcapng")
    check("not a capture: the other file is read", packets(p.stdout) == whole, p.stdout)
    one_line("empty file", ["replay", path("empty.pcap"), "--json", "-"], 3, r"not a capture: empty")
    for name, args, status in (("text", [path("text.pcap")], 3), ("two of them", [path("text.pcap"), path("empty.pcap")], 3),
                               ("no such file", [path("none.pcap")], 1), ("beside JSON", ["--summary", "--json", path("json"), path("text.pcap")], 3)):
        p = run(["replay", *args])
        check(f"nothing could be read ({name}): that is said, and no summary of zeros", p.returncode == status and p.stdout == b""
              and all(line.startswith(b"mxtap: ") for line in p.stderr.splitlines()), p)
    open(path("header.pcap"), "wb").write(good[:24])
    for name, args, status in (("no packet", [path("header.pcap")], 0), ("no mail", [GOOD, "--", "port", "1"], 0),
                               ("one of two", [path("text.pcap"), GOOD], 3), ("cut", [path("cut.pcap")], 3)):
        p = run(["replay", *args])
        check(f"something could be read ({name}): a summary", p.returncode == status and b"HELO names" in p.stdout, p)
    p = one_line("cut in mid-packet", ["replay", "--json", "-", path("cut.pcap")], 3,
                 rf"cut\.pcap: cut in mid-packet; the {whole - 1} packets before that were read")
    check("cut in mid-packet: the rest is read", packets(p.stdout) == whole - 1, p.stdout)
    one_line("gzip cut", ["replay", "--json", "-", path("cut.pcap.gz")], 3, r"the gzip stream is cut")
    one_line("bad filter", ["replay", GOOD, "--", "tcp", "prt", "25"], 2, r"filter 'tcp prt 25': .*syntax")
    one_line("option value", ["replay", "--ports", "http", GOOD], 2, r"--ports http: 'http' is no port")
    one_line("unknown option", ["replay", "--jsn", "-", GOOD], 2, r"--jsn: no such option .* mxtap help")
    one_line("unknown verb", ["reply", GOOD], 2, r"reply: no such verb")
    one_line("no such interface", ["capture", "-i", "nosuch0", "--summary"], 1,
             r"nosuch0: no such interface; mxtap capture -D lists them")
    one_line("output folder missing", ["replay", "--json", path("no/out"), GOOD], 1,
             r"no/out: No such file or directory")
    one_line("no such user", ["replay", "--user", "no-such-user", GOOD], 1, r"no such user")
    one_line("geoip file missing", ["replay", "--geoip", path("x.mmdb"), GOOD], 1, r"x\.mmdb")
    p = run(["replay", "--json", "-", path("folder")])
    check("folder: what is no capture is passed over", p.returncode == 0 and not p.stderr
          and packets(p.stdout) == whole, p)


def full_disk():
    full = open("/dev/full", "wb")
    for name, args, status in (("--json file", ["replay", "--json", "/dev/full", GOOD], 4),
                               ("--json to standard output", ["replay", "--json", "-", GOOD], 4),
                               ("summary", ["replay", GOOD], 1), ("help", ["help"], 1)):
        p = run(args, stdout=full)
        first = p.stderr.decode().splitlines()[:1]
        check(f"disk full: {name}", p.returncode == status and first and first[0].startswith("mxtap: "),
              f"status {p.returncode}, {p.stderr}")
    records = len(run(["replay", "--json", "-", GOOD]).stdout.splitlines())
    p = run(["replay", "--json", "/dev/full", GOOD])
    check("disk full: those that were gathered for one write are counted as lost too",
          records > 1 and f"mxtap: {records} records did not reach /dev/full".encode() in p.stderr, (records, p.stderr))
    read, write = os.pipe()
    os.close(read)
    p = run(["replay", "--json", "-", GOOD], stdout=write)
    os.close(write)
    check("reader gone", p.returncode == 4 and b"Broken pipe" in p.stderr, p)


def as_nobody(d):
    if os.geteuid() != 0:
        print("skipped: no permission (needs root to become somebody else)")
        return
    public = tempfile.mkdtemp(prefix="mxtap-cli-")
    os.chmod(public, 0o755)
    binary = shutil.copy(MXTAP, os.path.join(public, "mxtap"))
    secret = shutil.copy(GOOD, os.path.join(public, "secret.pcap"))
    os.chmod(secret, 0o600)
    one_line("file of somebody else", ["replay", secret], 1, r"secret\.pcap: Permission denied",
             user=NOBODY, binary=binary)
    one_line("capture without permission", ["capture", "-i", "lo", "--summary"], 1,
             r"lo: no permission to capture: run as root, or give the program the capability",
             user=NOBODY, binary=binary)
    one_line("--user by somebody else", ["replay", "--user", "root", secret], 1,
             r"--user root: only root can become somebody else", user=NOBODY, binary=binary)
    one_line("--user reads as that user", ["replay", "--user", "nobody", secret], 1,
             r"secret\.pcap: Permission denied", binary=binary)
    out = os.path.join(public, "out")
    os.mkdir(out)
    os.chown(out, NOBODY, NOBODY)
    os.chmod(secret, 0o644)
    p = run(["replay", "--user", "nobody", "--json", out + "/j", secret], binary=binary)
    st = os.stat(out + "/j")
    check("--user owns its files, nobody else reads them",
          p.returncode == 0 and st.st_uid == NOBODY and stat.S_IMODE(st.st_mode) == 0o600, (p, oct(st.st_mode)))
    shutil.rmtree(public)


def same_input(d):
    good = open(GOOD, "rb").read()
    want = run(["replay", "--json", "-", GOOD]).stdout
    check("same bytes twice", want and run(["replay", "--json", "-", GOOD]).stdout == want)
    name = lambda text: re.sub(rb'"pcap_filename":"[^"]*"', b"", text)
    for how, data in (("plain", good), ("gzip", gzip.compress(good)),
                      ("zstd", subprocess.run(["zstd", "-qc"], input=good, stdout=subprocess.PIPE).stdout)):
        p = run(["replay", "--json", "-", "-"], stdin=data)
        check(f"standard input, {how}", p.returncode == 0 and name(p.stdout) == name(want), p.stderr)
        p = run(["replay", "--json", "-", "-r", "-"], stdin=data)
        check(f"-r -, {how}", p.returncode == 0 and name(p.stdout) == name(want), p.stderr)
    p = run(["replay", "--json", "-", "-c", "5", GOOD])
    check("-c 5", p.returncode == 0 and packets(p.stdout) == 5, p)
    p = run(["replay", "--json", "-", GOOD, "--", "port", "1"])
    counters = [e for e in events(p.stdout) if e["event_type"] == "stats"][-1]["mxtap"]["counters"]
    check("filter", counters["packets_filtered"] == counters["packets"] > 0, counters)
    out = os.path.join(d, "mode.json")
    old = os.umask(0)
    run(["replay", "--json", out, GOOD])
    os.umask(old)
    check("files are the owner's alone", stat.S_IMODE(os.stat(out).st_mode) == 0o600)
    run(["replay", "--json", out, GOOD])
    check("--json appends", open(out, "rb").read() == want + want)
    p = run(["replay", GOOD])
    check("summary without --json and --redis", p.returncode == 0 and b"HELO names" in p.stdout
          and not p.stderr, p)
    p = run(["replay", "--summary", "--json", "-", GOOD])
    check("summary beside JSON goes to standard error", p.stdout == want and b"HELO names" in p.stderr, p.stderr)
    p = run(["help", "replay"])
    check("help", p.returncode == 0 and b"--json FILE" in p.stdout and b"--interface" not in p.stdout)
    check("help fits a terminal", max(len(l) for l in p.stdout.decode().splitlines()) <= 100)


def wait_for(what, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False


def signals(d):
    good = open(LONG, "rb").read()
    out, err = os.path.join(d, "sig.json"), os.path.join(d, "sig.err")
    said = lambda: open(err).read()

    def start(args):
        p = subprocess.Popen([MXTAP, "replay", "-v"] + args, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=open(err, "w"))
        p.stdin.write(good[:-200])
        p.stdin.flush()
        assert wait_for(lambda: os.path.exists(out)), "no output file"
        time.sleep(0.3)
        return p

    p = start(["--json", out, "-"])
    os.rename(out, out + ".1")
    p.send_signal(signal.SIGHUP)
    p.send_signal(signal.SIGUSR1)
    time.sleep(0.1)
    p.stdin.write(good[-200:])  # a wait for input is gone on with, the next packet brings the answer
    p.stdin.flush()
    check("USR1 prints statistics", wait_for(lambda: re.search(r"\n  packets +\d+  frames read", said())), said())
    check("HUP opens the file again", wait_for(lambda: os.path.exists(out)), os.listdir(d))
    begun = time.monotonic()
    p.send_signal(signal.SIGINT)
    status = p.wait(10)
    check("INT ends a wait for input", status == 0 and time.monotonic() - begun < 5, status)
    check("INT reports", re.search(r"mxtap: \d+ packets received by filter, 0 dropped by kernel, 0 dropped by "
                                   r"interface", said()), said())
    check("INT loses nothing", os.path.getsize(out) + os.path.getsize(out + ".1") > 0
          and b'"event_type":"stats"' in open(out, "rb").read())
    os.remove(out)
    p = start(["--json", out, "-"])
    p.send_signal(signal.SIGTERM)
    check("TERM ends too", p.wait(10) == 0, p.returncode)


def several_files(d):
    """A connection that goes on in the next file is one connection, however the capture was split."""
    good = open(GOOD, "rb").read()
    starts, at = [], 24
    while at < len(good):
        starts.append(at)
        at += 16 + struct.unpack("=8xI", good[at:at + 12])[0]
    names = re.compile(rb'"pcap_filename":"[^"]*",?')
    mails = lambda out: [names.sub(b"", l) for l in out.splitlines() if b'"event_type":"stats"' not in l]
    want = mails(run(["replay", "--json", "-", GOOD]).stdout)
    folder = os.path.join(d, "split")
    for k in range(1, len(starts)):
        os.makedirs(folder)
        open(folder + "/a.pcap", "wb").write(good[:starts[k]])
        open(folder + "/b.pcap", "wb").write(good[:24] + good[starts[k]:])
        got = mails(run(["replay", "--json", "-", folder]).stdout)
        check(f"split before packet {k + 1}", got == want, got)
        shutil.rmtree(folder)
    half = starts[len(starts) * 2 // 3]
    late = bytearray(good[:24] + good[half:])
    at = 24
    while at < len(late):  # an hour back: another time, another connection
        late[at:at + 4] = struct.pack("=I", struct.unpack("=I", late[at:at + 4])[0] - 3600)
        at += 16 + struct.unpack("=8xI", late[at:at + 12])[0]
    one, two = os.path.join(d, "one.pcap"), os.path.join(d, "two.pcap")
    open(one, "wb").write(good[:half])
    open(two, "wb").write(late)
    p = run(["replay", "--json", "-", one, two])
    open_at_end = [e["mxtap"]["outcome"] for e in events(p.stdout) if e["event_type"] == "smtp"]
    check("a file of another time ends what is open", "unfinished" in open_at_end
          and p.stdout.count(b'"event_type":"session"') == 2, p.stdout)


def no_redis():
    """A Redis that is not there: said, waited for as long as asked, and no longer than a signal lets it."""
    down = "redis://127.0.0.1:1/0"
    p = run(["replay", "--redis", down, "--redis-wait", "1s", GOOD])
    check("no Redis: status 4", p.returncode == 4 and re.match(rb"mxtap: .*Connection refused", p.stderr), p)
    p = run(["replay", "--redis", down, "--redis-wait", "1s", "--json", "-", GOOD])
    check("no Redis: what was read is in the JSON", p.returncode == 4
          and p.stdout == run(["replay", "--json", "-", GOOD]).stdout, p)
    one_line("no such form of URL", ["replay", "--redis", "http://localhost", "--json", "/dev/null", GOOD], 2,
             r"Redis URL")
    for name, kills, status, within in (("TERM while it waits for Redis", 1, 4, 5),
                                        ("a second one ends at once", 2, -signal.SIGINT, 1)):
        p = subprocess.Popen([MXTAP, "replay", "--redis", down, GOOD], stderr=subprocess.PIPE)
        time.sleep(0.5)
        for number in (signal.SIGTERM, signal.SIGINT)[:kills]:
            p.send_signal(number)
            time.sleep(0.1)
        begun = time.monotonic()
        p.communicate(timeout=20)
        took = time.monotonic() - begun
        check(name, p.returncode == status and took < within, (p.returncode, took))
    url = "redis://:geheim@127.0.0.1:1/0"
    p = subprocess.Popen([MXTAP, "replay", "--redis", url, GOOD], stderr=subprocess.PIPE)
    time.sleep(0.5)
    line = open(f"/proc/{p.pid}/cmdline", "rb").read()
    p.kill()
    err = p.communicate()[1]
    check("a password leaves the list of processes, and that is said", b"geheim" not in line + err
          and b"MXTAP_REDIS_PASSWORD" in err, (line, err))


def progress():
    """A long replay shows where it is, on a terminal only, and takes the line away at the end."""
    header = struct.pack("=IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    packet = lambda i: struct.pack("=IIII", 1700000000 + i // 1000, i, 60, 60) + bytes(60)
    terminal, other = pty.openpty()
    p = subprocess.Popen([MXTAP, "replay", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=other)
    p.stdin.write(header + b"".join(packet(i) for i in range(10000)))
    p.stdin.flush()
    time.sleep(1.2)
    p.stdin.write(b"".join(packet(i) for i in range(10000, 20000)))
    p.stdin.close()
    p.wait(20)
    os.close(other)
    shown = b""
    try:
        while True:
            shown += os.read(terminal, 65536)
    except OSError:
        pass
    os.close(terminal)
    check("a progress line on a terminal", re.search(rb"\r\x1b\[K-  \d+ packets  0 sessions  0 mails", shown), shown)
    check("which is gone at the end", shown.endswith(b"\r\x1b[K"), shown)


def main():
    d = tempfile.mkdtemp(prefix="mxtap-cli-")
    try:
        bad_input(d)
        full_disk()
        as_nobody(d)
        several_files(d)
        no_redis()
        progress()
        same_input(d)
        signals(d)
    finally:
        shutil.rmtree(d)
    return told()


if __name__ == "__main__":
    sys.exit(main())
