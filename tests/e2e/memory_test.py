#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a connection costs, and that --memory holds for the process: made traffic (tests/growth) through a pipe, resident
memory as the kernel tells it when the sensor has ended. MXTAP_LONG=1: a million sessions, ten million sources; MXTAP and
TRAFFIC name other binaries. Run from the top of the tree."""
import fcntl
import json
import os
import re
import resource
import struct
import subprocess
import sys
import tempfile
import termios
import time

MXTAP = os.path.abspath(os.environ.get("MXTAP", "build/mxtap"))
TRAFFIC = os.path.abspath(os.environ.get("TRAFFIC", "build/growth/traffic"))
LONG = os.environ.get("MXTAP_LONG") == "1"
HERE = os.path.dirname(os.path.abspath(__file__))
passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok' if ok else 'FAILED'} {name}{': ' + str(detail)[:1500] if detail != '' else ''}", flush=True)


def replay(traffic, *options, out="/dev/null"):
    """(status, resident bytes at most, its standard error)."""
    source = subprocess.Popen([TRAFFIC, *map(str, traffic)], stdout=subprocess.PIPE)
    with tempfile.TemporaryFile("w+") as said:
        sensor = subprocess.Popen([MXTAP, "replay", "-v", "--json", out, *options, "-"], stdin=source.stdout, stderr=said)
        source.stdout.close()
        _, status, usage = os.wait4(sensor.pid, 0)
        sensor.returncode = os.waitstatus_to_exitcode(status)
        source.wait()
        said.seek(0)
        return sensor.returncode, usage.ru_maxrss * 1024, said.read()


def counters(said):
    rows = (line.split() for line in said.splitlines() if line.startswith("  "))
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


def sums_add_up(traffic, *options):
    """The same once more with records kept: what they say and what is counted agree."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.json")
        replay(traffic, *options, out=path)
        done = subprocess.run([sys.executable, os.path.join(HERE, "..", "check_sums.py"), path], stdout=subprocess.PIPE, text=True)
        return done.returncode == 0 and done.stdout


def idle_sessions():
    """Handshake, banner, EHLO and its reply, every second one over IPv6, then silence; all at once, nobody pushed out.
    Those of the last two seconds are still awake, and at the end a queue of records is full: both are there once,
    however many sessions; so the cost of one is what a hundred thousand more add."""
    n = 1000000 if LONG else 200000
    _, fewer, _ = replay(("idle", 100000), "--memory", "1G")
    status, more, said = replay(("idle", n), "--memory", "1G")
    c = counters(said)
    each = (more - fewer) / (n - 100000)
    check("all idle sessions are there at the end", status == 0 and c.get("flows_end") == n and c.get("sessions") == n, said[-600:])
    check("an idle session takes at most 700 bytes", 100 < each <= 700, f"{each:.0f} bytes")
    if LONG:
        check("all that is resident, by sessions", more / n <= 700, f"{more / n:.0f} bytes")


def the_cap_holds(name, traffic, mb):
    status, most, said = replay(traffic, "--memory", f"{mb}M")
    c = counters(said)
    check(f"{name}: resident memory stays under --memory {mb}M", status == 0 and most <= mb << 20, f"{most / (1 << 20):.1f} MB")
    check(f"{name}: what was too much was pushed out and counted", c.get("flows_evicted", 0) > 0, c.get("flows_evicted"))
    left = sum(c.get(f"flows_{why}", 0) for why in ("open", "closed", "reset", "idle", "evicted", "reused", "set_aside", "end"))
    check(f"{name}: every flow left by one way", c["flows"] == left, f"{c['flows']} against {left}")
    return c


def flood_of_syns():
    n, mails, mb = (10000000, 10000, 512) if LONG else (300000, 500, 64)
    c = the_cap_holds("flood", ("flood", n, mails), mb)
    check("flood: every source was seen, and no real session torn in two", c["flows"] == n + mails and not c.get("flows_midstream"),
          f"{c['flows']} connections, {c.get('flows_midstream', 0)} met in their middle")
    check("flood: of the real mails 99 % and more are whole", c.get("mails_whole", 0) >= 0.99 * mails, f"{c.get('mails_whole')} of {mails}")
    check("flood: and accepted", c.get("accepted", 0) >= 0.99 * mails, c.get("accepted"))
    check("flood: the sums add up", sums_add_up(("flood", 300000, 300), "--memory", "64M"))


def too_many_mails_at_once():
    """Each mail under way takes 40 KB; of four thousand, each in turn a frame, 64 MB hold some hundred."""
    the_cap_holds("amid mails", ("amid", 4000, 4000), 64)
    check("amid mails: the sums add up", sums_add_up(("amid", 4000, 4000), "--memory", "64M"))


def sizes_that_are_none():
    for size in ("63M", "0", "5x", "-1", "64MB", ""):
        done = subprocess.run([MXTAP, "replay", "--memory", size, "--json", "/dev/null", "pcaps/plain.pcap"],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        check(f"--memory {size!r}: one line, status 2", done.returncode == 2 and done.stderr.count("\n") == 1 and
              "--memory" in done.stderr, done.stderr)
    done = subprocess.run([MXTAP, "replay", "--memory", "64M", "--redis", "unix:///nonexistent", "--redis-keep", "1G", "pcaps/plain.pcap"],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = [line for line in done.stderr.splitlines() if "--memory" in line]
    check("too little for what is set aside: one line that says what would do", done.returncode == 2 and len(lines) == 1 and
          "give " in lines[0], done.stderr)


def file_of(path, frames, size):
    """Frames of another port, of that size."""
    ip = struct.pack("!BBHHHBBH4s4sHH", 0x45, 0, 40, 0, 0, 64, 6, 0, bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2)), 9, 9)
    frame = (bytes(12) + b"\x08\x00" + ip + bytes(8) + b"\x50\x10").ljust(size, b"\0")
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i in range(frames):
            f.write(struct.pack("<IIII", 1700000000, i, size, size) + frame)


def several_readers():
    """Eight workers read a file. Its first 64 frames, which say what file it is, are kept by one of them. And nDPI, which
    nobody asks here, takes nothing. 64M are too few for so many, and what would do is said, twice what is taken: 248M; one start
    of nDPI would be 14M more."""
    with tempfile.TemporaryDirectory() as folder:
        most = []
        for size in (200, 262000):
            path = os.path.join(folder, f"{size}.pcap")
            file_of(path, 64, size)
            p = subprocess.Popen([MXTAP, "replay", "-q", "--workers", "8", "--json", "/dev/null", path], stdin=subprocess.DEVNULL)
            most.append(os.wait4(p.pid, 0)[2].ru_maxrss >> 10)
        check("eight readers of 64 frames of 256 KB keep them once", most[1] - most[0] < 64, f"{most[0]} and {most[1]} MB")
        said = [subprocess.run([MXTAP, "replay", "-q", "--workers", "8", "--memory", "64M", "--json", "/dev/null", path], stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True).stderr for _ in range(8)]
        give = [int(m[1]) if (m := re.search(r"give (\d+)M", x)) else 0 for x in said]
        check("eight workers' nDPI is not started unasked", 0 < min(give) and max(give) < 253, give)


def frame_of(client, to_server, seq, ack, data):
    """Of a TCP connection of client's, a number, without its Ethernet addresses; the sums are not looked at."""
    ends = [(bytes((192, 0, 2, 1 + client % 250)), 1024 + client), (bytes((198, 51, 100, 25)), 25)]
    (src, sport), (dst, dport) = ends if to_server else ends[::-1]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(data), client, 0, 64, 6, 0, src, dst)
    return bytes(12) + b"\x08\x00" + ip + struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, 0x18, 65535, 0, 0) + data


def ends_that_nobody_answers(path, clients, mail, piece):
    """Each client sends one mail in pieces (a network card puts segments together), then its end in a frame of its own. No reply comes, so
    the record waits: all that was read of the mail, and nothing more is read that would remind anybody of it."""
    said = [(False, b"220 a\r\n"), (True, b"EHLO b\r\n"), (False, b"250 a\r\n"),
            (True, b"MAIL FROM:<x@y.example>\r\nRCPT TO:<z@y.example>\r\nDATA\r\n"), (False, b"250 a\r\n250 a\r\n354 a\r\n")]
    said += [(True, mail[i:i + piece]) for i in range(0, len(mail), piece)] + [(True, b".\r\n")]
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i in range(clients):
            seq = {True: 1, False: 1}
            for n, (to_server, data) in enumerate(said):
                frame = frame_of(i, to_server, seq[to_server], seq[not to_server], data)
                seq[to_server] += len(data)
                f.write(struct.pack("<IIII", 1700000000 + i // 100, n, len(frame), len(frame)) + frame)


def several_ask_ndpi():
    """Eight workers in as little as the program itself says would do, and in each nDPI starts twice, since sessions begin as mail and go on as
    something else. What it starts with never comes back: were it more than a worker's part, everybody would be pushed out, again and again."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "odd.pcap")
        said = [(False, b"220 a\r\n"), (True, b"QUIT\r\n"), (False, b"221 b\r\n"), (True, b"c\r\n"), (False, b"d\r\n")]
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
            for i in range(1000):
                seq = {True: 1, False: 1}
                for to_server, data in said * 3:  # more than the twelve packets that nDPI is shown
                    frame = frame_of(i, to_server, seq[to_server], seq[not to_server], data)
                    seq[to_server] += len(data)
                    f.write(struct.pack("<IIII", 1700000000, i, len(frame), len(frame)) + frame)
        tell = [MXTAP, "replay", "-v", "--workers", "8", "--json", "/dev/null", path]
        least = subprocess.run([*tell, "--memory", "64M"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
        give = re.search(r"give (\d+)M", least)
        done = subprocess.run([*tell, "--memory", f"{int(give[1]) + 2}M"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) if give else None
        c = counters(done.stderr) if done else {}
        check("eight workers that ask nDPI push nobody out", c.get("flows") == 1000 and "flows_evicted" not in c, f"{least} {c}")


def wait_until_read(pipe):
    """The sensor has opened all that it opens, and taken what the pipe held."""
    end = time.monotonic() + 60
    while struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0] and time.monotonic() < end:
        time.sleep(0.002)


def ndpi_finds_no_memory():
    """Amid a replay comes the first session that nDPI is asked of, and by then the process may have no more address space. What was
    read before comes out, and what is read behind it, whole: only the name that nDPI would have given is missing, and that is said."""
    mail = [(True, b"MAIL FROM:<x@y.example>\r\n"), (False, b"250 a\r\n"), (True, b"RCPT TO:<z@y.example>\r\n"), (False, b"250 a\r\n"),
            (True, b"DATA\r\n"), (False, b"354 a\r\n"), (True, b"Subject: a\r\n\r\nb\r\n.\r\n"), (False, b"250 a\r\n")]
    usual = [(False, b"220 a\r\n"), (True, b"EHLO b\r\n"), (False, b"250 a\r\n"), *mail]
    odd = [(True, b"a\r\n"), (False, b"b\r\n"), *usual]
    parts, client = [], 0
    for sessions in ([usual] * 30, [odd] * 3 + [usual] * 30):
        part = b""
        for said in sessions:
            seq = {True: 1, False: 1}
            client += 1
            for n, (to_server, data) in enumerate(said):
                frame = frame_of(client, to_server, seq[to_server], seq[not to_server], data)
                seq[to_server] += len(data)
                part += struct.pack("<IIII", 1700000000 + client, n, len(frame), len(frame)) + frame
        parts.append(part)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.json")
        p = subprocess.Popen([MXTAP, "replay", "--json", path, "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        p.stdin.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1) + parts[0])
        p.stdin.flush()
        wait_until_read(p.stdin)
        with open(f"/proc/{p.pid}/statm", encoding="ascii") as f:
            pages = int(f.read().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + (1 << 20)
        resource.prlimit(p.pid, resource.RLIMIT_AS, (most, most))
        _, said = p.communicate(parts[1], timeout=120)
        with open(path, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
    kinds = [r["event_type"] for r in records]
    stats = records[-1]["mxtap"]["counters"] if kinds[-1:] == ["stats"] else {}
    check("nDPI finds no memory: nothing is lost", p.returncode == 0 and kinds.count("smtp") == kinds.count("session") == 63,
          f"status {p.returncode}, {kinds.count('smtp')} mails, {said[-300:]}")
    check("nDPI finds no memory: the flows it was not asked of are counted, once it is said",
          stats.get("ndpi.not_asked") == 3 and stats.get("ndpi.SMTP") == 60 and said.count(b"nDPI") == 1,
          f"{ {k: v for k, v in stats.items() if v} } {said[-300:]}")


def mails_that_wait_for_their_reply():
    """What they hold counts, however it came and whatever of it is told only at the end: links on the way, the raw header at the end."""
    links = b"Subject: a\r\n\r\n" + b"".join(b"http://h%d.example/%d\r\n" % (i, i) for i in range(600))
    header = (b"X-A: " + b"a" * 990 + b"\r\n") * 240 + b"\r\n"
    for name, mail, piece, options in (("links", links, 1400, ()), ("raw headers", header, 60000, ("--keep-headers",))):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "ends.pcap")
            ends_that_nobody_answers(path, 400, mail, piece)
            with open(os.path.join(folder, "said"), "w+", encoding="utf-8") as said:
                p = subprocess.Popen([MXTAP, "replay", "-v", "--memory", "64M", "--json", "/dev/null", *options, path],
                                     stdin=subprocess.DEVNULL, stderr=said)
                _, status, usage = os.wait4(p.pid, 0)
                p.returncode = os.waitstatus_to_exitcode(status)
                most = usage.ru_maxrss >> 10
                said.seek(0)
                c = counters(said.read())
        check(f"{name} of mails that wait for their reply: resident memory stays under 64M", p.returncode == 0 and most <= 64, f"{most} MB")
        check(f"{name}: every mail was whole, and most were pushed out", c.get("mails_whole") == 400 and c.get("flows_evicted", 0) > 200, c)


def start_up():
    """Without databases: what the process costs that replays one mail; least of five, processor time, since others run too."""
    least = 1e9
    for _ in range(5):
        sensor = subprocess.Popen([MXTAP, "replay", "-q", "--json", "/dev/null", "pcaps/plain.pcap"], stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(sensor.pid, 0)
        sensor.returncode = os.waitstatus_to_exitcode(status)
        least = min(least, usage.ru_utime + usage.ru_stime if status == 0 else 1e9)
    check("start, one mail and end take less than 100 ms of a processor", least < 0.1, f"{least * 1000:.0f} ms")


def main():
    start_up()
    idle_sessions()
    flood_of_syns()
    too_many_mails_at_once()
    sizes_that_are_none()
    several_readers()
    several_ask_ndpi()
    ndpi_finds_no_memory()
    mails_that_wait_for_their_reply()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
