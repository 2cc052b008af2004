#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a running capture may still do, asked from inside (tests/lock/probe.c, loaded into it) and from outside (/proc), and that it
still does its work: frames become records, charsets are read, Redis is found again, files are opened again. Needs root for a
network namespace and skips without it. Run from the top of the tree."""
import ctypes
import errno
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import live_test as live  # noqa: E402
from live_test import check, frames, is_mail, timeless, wait_for  # noqa: E402

PROBE = os.path.abspath("build/tests/lock/probe.so")
CHARSETS = ("charset-shift-jis", "charset-iso-2022-jp", "charset-korean", "charset-chinese", "charset-western", "charset-euc-jp")


def free_port():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    return s, s.getsockname()[1]


def redis(port, d):
    p = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", d],
                         stdout=subprocess.DEVNULL)
    wait_for(lambda: cli(port, "PING") == "PONG")
    return p


def cli(port, *words):
    return subprocess.run(["redis-cli", "-p", str(port), *words], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.decode().strip()


def asked_inside(sensor, reader):
    """{attempt: errno} of what the probe tried; the sensor must survive all of it."""
    sensor.p.send_signal(signal.SIGUSR2)
    text = ""
    while "end 0\n" not in text and select.select([reader], [], [], 10)[0]:
        piece = os.read(reader, 4096).decode()
        if not piece:
            break
        text += piece
    return {name: int(number) for name, number in (line.split() for line in text.splitlines())}


WANT = [  # attempt, errno, why
    ("passwd", errno.EACCES, "a file that is none of its options'"),
    ("passwd_in_a_thread", errno.EACCES, "the same in a thread begun after the lock"),
    ("suffix_list", 0, "the text of libpsl's own list: SIGHUP reads it again"),
    ("make_file_in_tmp", errno.EACCES, "a new file elsewhere"),
    ("make_file_beside_json", 0, "the folder of --json stays open: SIGHUP opens the file again"),
    ("redis_port", 0, "Redis stays in reach"),
    ("other_port", errno.EACCES, "another TCP port of the same host"),
    ("packet_socket", errno.EPERM, "a new look at the wire"),
    ("packet_socket_in_a_thread", errno.EPERM, "the same in another thread"),
    ("netlink_socket", errno.EPERM, "the kernel's tables"),
    ("udp_socket", errno.EPERM, "a datagram to anybody"),
    ("ptrace", errno.EPERM, "another process"),
    ("map_executable", errno.EPERM, "memory that may be executed"),
    ("make_executable", errno.EPERM, "the same, of memory that was written"),
    ("setuid", errno.EPERM, "root again"),
    ("fork", errno.EPERM, "another process"),
    ("exec", errno.EPERM, "another program"),
    ("converter", 0, "a charset that no mail brought before"),
]


def from_inside(sensor, reader):
    got = asked_inside(sensor, reader)
    for name, number, why in WANT:
        check(f"inside: {name} ({why})", got.get(name) == number, (got.get(name), sensor.said()))


def from_outside(sensor, user):
    tasks = os.listdir(f"/proc/{sensor.p.pid}/task")
    check("outside: more than one thread is looked at", len(tasks) > 1, tasks)
    for task in tasks:
        status = open(f"/proc/{sensor.p.pid}/task/{task}/status").read()
        field = lambda name: re.search(rf"^{name}:\s*(.*)$", status, re.M).group(1).split()
        check("outside: user", field("Uid") == [str(user.pw_uid)] * 4 and field("Gid") == [str(user.pw_gid)] * 4, status)
        check("outside: root's groups are gone", set(field("Groups")) <= {str(user.pw_gid)}, status)
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            check(f"outside: {kind} is empty", int(field(kind)[0], 16) == 0, status)
        check("outside: no new privileges, calls filtered", field("NoNewPrivs") == ["1"] and field("Seccomp") == ["2"], status)
    limits = open(f"/proc/{sensor.p.pid}/limits").read()
    check("outside: no core", re.search(r"^Max core file size +0 +0 ", limits, re.M), limits)
    check("outside: its memory is root's to see, not its user's", os.stat(f"/proc/{sensor.p.pid}/mem").st_uid == 0)


def still_works(sensor, sender, port, d, server):
    mails = lambda: int(cli(port, "HGET", "mxtap:stats", "mails") or 0)
    want = []
    for name in CHARSETS:
        path = f"pcaps/{name}.pcap"
        out = subprocess.run([live.MXTAP, "replay", "--json", "-", path], stdout=subprocess.PIPE, check=True).stdout
        want += [timeless(live.json.loads(l)) for l in out.splitlines() if b'"event_type":"stats"' not in l]
        sender.send([f for f in frames(path) if is_mail(f)])
    shown = lambda: sorted(timeless(r) for r in sensor.records() if r["event_type"] != "stats")
    wait_for(lambda: len(shown()) >= len(want), 10)
    check("locked: every charset is read as in a replay", shown() == sorted(want),
          [pair for pair in zip(shown(), sorted(want)) if pair[0] != pair[1]][:1])
    before = sum(r["event_type"] == "smtp" for r in sensor.records())
    check("locked: Redis has them", wait_for(lambda: mails() == before, 10), (mails(), before))
    server.terminate()
    server.wait()
    os.rename(sensor.out, sensor.out + ".1")
    sensor.p.send_signal(signal.SIGHUP)
    check("locked: SIGHUP makes the file anew", wait_for(lambda: os.path.exists(sensor.out)), sensor.said())
    server = redis(port, d)
    sender.send([f for f in frames(live.MAILS) if is_mail(f)])
    check("locked: Redis is found again", wait_for(lambda: mails() > 0, 15), sensor.said())
    wait_for(lambda: any(r["event_type"] == "stats" for r in sensor.records()))
    health = [r["mxtap"]["health"] for r in sensor.records() if r["event_type"] == "stats"]
    check("locked: it still knows its memory", health and health[-1]["memory"] > 1 << 20, health)
    return server


def suffix_list():
    """Where libpsl says that the text of its list lies."""
    name = ctypes.CDLL("libpsl.so.5").psl_builtin_filename
    name.restype = ctypes.c_char_p
    return name().decode()


def locked(d):
    user = pwd.getpwnam("nobody")
    out = os.path.join(d, "out")
    os.mkdir(out)
    os.chmod(d, 0o755)
    os.chown(out, user.pw_uid, user.pw_gid)
    live.ip("link", "set", "lo", "up")
    other, other_port = free_port()
    other.listen()
    held, port = free_port()
    held.close()
    server = redis(port, d)
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    os.environ.update(LD_PRELOAD=PROBE, LOCK_PROBE_FD=str(writer), LOCK_PROBE_REDIS=str(port), LOCK_PROBE_OTHER=str(other_port),
                      LOCK_PROBE_FILE=os.path.join(out, "another.json"), LOCK_PROBE_LIST=suffix_list())
    popen = live.subprocess.Popen
    live.subprocess.Popen = lambda *a, **k: popen(*a, close_fds=False, **k)
    sensor = live.Sensor(out, "--user", "nobody", "--redis", f"redis://localhost:{port}", "--stats-interval", "1s")
    live.subprocess.Popen = popen
    del os.environ["LD_PRELOAD"]
    os.close(writer)
    try:
        check("what stays open is said", f"TCP to port {port}" in sensor.said(), sensor.said())
        from_inside(sensor, reader)
        from_outside(sensor, user)
        server = still_works(sensor, live.Sender(), port, d, server)
        check("locked: it ends well", sensor.stop()[0] == 0, sensor.said())
    finally:
        server.kill()
        server.wait()


def spools(d):
    """Redis is away: batches go to disk, and a segment that is full is synced by a thread that begins behind the lock."""
    user = pwd.getpwnam("nobody")
    out = os.path.join(d, "spooled")
    os.mkdir(out)
    os.chown(out, user.pw_uid, user.pw_gid)
    spool = os.path.join(out, "spool")
    sensor = live.Sensor(out, "--user", "nobody", "--redis", "redis://127.0.0.1:1", "--spool", spool, "--spool-max", "256K",
                         "--stats-interval", "1s")
    tasks = lambda: set(os.listdir(f"/proc/{sensor.p.pid}/task"))
    before, sender = tasks(), live.Sender()
    for path in ("pcaps/register.pcap", *(f"pcaps/{name}.pcap" for name in CHARSETS)):
        sender.send([f for f in frames(path) if is_mail(f)])
        time.sleep(1.1) # a batch a second
    check("spool: more than one segment", wait_for(lambda: len(os.listdir(spool)) > 1, 10), (os.listdir(spool), sensor.said()))
    check("spool: a thread has begun", wait_for(lambda: tasks() - before), (before, tasks()))
    from_outside(sensor, user)
    check("spool: what waits is said at the end", sensor.stop()[0] == 4 and "records wait in the spool" in sensor.said(), sensor.said())


def who_goes_on(d):
    words = [live.MXTAP, "capture", "-i", "tap0", "--json", os.path.join(d, "x.json")]
    try:
        pwd.getpwnam("mxtap")
    except KeyError:
        p = subprocess.run(words, stderr=subprocess.PIPE)
        check("root without user mxtap: one line says what to do", p.returncode == 1 and p.stderr.count(b"\n") == 1
              and b"useradd" in p.stderr and b"--user" in p.stderr, p)
    nobody = pwd.getpwnam("nobody")
    folder = os.path.join(d, "ordinary")
    os.mkdir(folder)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    for name in ("mxtap", "mails.pcap"):
        shutil.copy(live.MXTAP if name == "mxtap" else live.MAILS, os.path.join(folder, name))
        os.chmod(os.path.join(folder, name), 0o755)
    p = subprocess.run(["./mxtap", "replay", "--json", "out.json", "mails.pcap"], cwd=folder, user="nobody", group="nogroup",
                       extra_groups=[], stderr=subprocess.PIPE)
    check("an ordinary user replays", p.returncode == 0 and os.path.getsize(os.path.join(folder, "out.json")) > 100, p)


def no_such_host(d):
    p = subprocess.run([live.MXTAP, "capture", "-i", "tap0", "--user", "root", "--redis", "redis://no-such-host.invalid"],
                       stderr=subprocess.PIPE)
    check("a host that is not known is said at once", p.returncode in (1, 2) and p.stderr.count(b"\n") == 1
          and b"no-such-host.invalid" in p.stderr, p)


def unit_file():
    """systemd's own measure of the unit, 0 (all walls) to 10 (none): under 2.0; and that it understands every line."""
    p = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=19", "--no-pager", "share/mxtap.service"],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check("the unit's exposure is under 2.0", p.returncode == 0, p.stdout[-200:])
    check("systemd knows every setting of it", p.stderr == b"", p.stderr)
    p = subprocess.run(["systemd-sysusers", "--dry-run", os.path.abspath("share/mxtap.sysusers")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    check("the user is made", p.returncode == 0 and (b"mxtap" in p.stdout or not p.stdout), p.stdout)


def main():
    unit_file()
    if not live.make_namespace():
        print(f"{live.passed} passed, {live.failed} failed")
        return 1 if live.failed else 0
    d = tempfile.mkdtemp(prefix="mxtap-lock-")
    try:
        locked(d)
        spools(d)
        who_goes_on(d)
        no_such_host(d)
    finally:
        shutil.rmtree(d)
    print(f"{live.passed} passed, {live.failed} failed")
    return 1 if live.failed else 0


if __name__ == "__main__":
    sys.exit(main())
