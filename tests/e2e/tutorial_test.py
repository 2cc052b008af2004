#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/TUTORIAL.md step by step: every command of its console blocks is run, in a network of its own, with real redis-servers, and
must answer as printed. "…" in an answer stands for what differs from run to run, alone on a line for any number of lines.

What a reader has and a test has not is scenery, named in comments of the page: `<!-- scene: ... -->`
    redis PORT          a redis-server of that port, as Debian's package starts one
    network             nothing but a network of its own
    mirror IFACE FILE   what the mirror port carries, once a command of the next block listens on it
sudo is one that asks nothing. --write puts today's answers into the page. Needs root for the network; without it the steps that
need none are run. Run from the top of the tree; a page's path may be given.
"""
import ctypes
import os
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
from live_test import frames  # noqa: E402
from tally import check, told  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = os.path.abspath(os.environ.get("MXTAP", os.path.join(TOP, "build/mxtap")))
PAGES = {"docs/TUTORIAL.md": "C.UTF-8", "docs/ja/TUTORIAL.md": "ja_JP.UTF-8"}
PIECES = re.compile(r"<!-- scene: (.*?) -->|```console\n(.*?)```", re.S)
LISTENS = re.compile("listening on|within [0-9]+ seconds|受信しています|秒間に流れる")
ASKS = re.compile(r"^(mxtap (top|show|search|campaigns)|redis-cli) ")


def pattern(wanted):
    out = ""
    for line in wanted.splitlines():
        out += r"(?:[^\n]*\n)*?" if line.strip() == "…" else ".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r" *\n"
    return re.compile(out)


def answers(wanted, got):
    return bool(pattern(wanted).fullmatch(got))


class Shell:
    """One bash for a page, as a reader has one; answers come with what commands say on standard error."""

    def __init__(self, folder, language):
        env = {k: v for k, v in os.environ.items() if k not in ("LANG", "LANGUAGE") and not k.startswith("LC_")}
        env.update(LANG=language, PATH=f"{folder}/bin:{folder}/usr/bin:{env['PATH']}", TERM="dumb")
        self.p = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=f"{folder}/tree", env=env, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.live = False
        self.asked = 0

    def read(self, end, seconds, each=lambda text: None):
        got, until = "", time.monotonic() + seconds
        while not end(got) and time.monotonic() < until:
            if select.select([self.p.stdout], [], [], 0.1)[0]:
                got += os.read(self.p.stdout.fileno(), 65536).decode("utf-8", "replace")
                each(got)
        return got

    def run(self, command, wanted, each):
        """The answer of one command; of one that goes on behind, what it says until that is what was wanted."""
        if command.endswith("&"):
            self.live = True
            self.send(command)
            return self.read(lambda got: answers(wanted, got), 10, each)
        self.live = self.live and "kill -INT" not in command
        self.asked += 1
        mark = f"-- answered {self.asked} --"
        self.send(f"{command}\necho '{mark}'")
        return self.read(lambda got: mark in got, 90, each).split(mark)[0]

    def send(self, text):
        self.p.stdin.write(text.encode() + b"\n")
        self.p.stdin.flush()

    def end(self):
        """Whatever it left running goes with it."""
        try:
            os.killpg(self.p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.p.wait()


class Scenery:
    def __init__(self, folder):
        self.folder, self.servers, self.mirror, self.ifaces = folder, [], None, set()

    def name(self, words):
        if words[0] == "network":
            return  # only that it has one of its own
        if words[0] == "redis":
            self.redis(words[1])
        else:
            iface = words[1]
            if iface not in self.ifaces:
                self.ifaces.add(iface)
                subprocess.run(["ip", "link", "add", iface, "mtu", "9000", "type", "veth", "peer", "name", f"{iface}-mirror", "mtu", "9000"], check=True)
                for name in (iface, f"{iface}-mirror"):
                    open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "w").write("1")
                    subprocess.run(["ip", "link", "set", name, "up"], check=True)
            self.mirror = (iface, os.path.join(TOP, words[2]))

    def redis(self, port):
        d = os.path.join(self.folder, f"redis-{port}")
        os.makedirs(d)
        self.servers.append(subprocess.Popen(["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", d,
                                              "--maxmemory-policy", "noeviction"], stdout=subprocess.DEVNULL))
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", int(port))).close()
                return
            except OSError:
                time.sleep(0.05)

    def play(self, said):
        """Once a command listens, what the mirror port carries."""
        if not self.mirror or not LISTENS.search(said):
            return
        (iface, path), self.mirror = self.mirror, None
        time.sleep(0.3)
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind((f"{iface}-mirror", 0))
        for frame in frames(path):
            s.send(frame)
            time.sleep(0.0003)
        s.close()

    def end(self):
        for port in (7001, 7002, 7003):  # of a page that stopped in the midst; the network is ours alone
            subprocess.run(["redis-cli", "-p", str(port), "shutdown", "nosave"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for server in self.servers:
            server.terminate()
            server.wait()


def install(folder):
    """As an installed mxtap lies, where any user can read it; and the tree's captures, as links."""
    done = subprocess.run(["make", "--no-print-directory", "install", f"DESTDIR={folder}", "PREFIX=/usr", f"BUILD={os.path.dirname(MXTAP)}"],
                          cwd=TOP, capture_output=True)
    check("make install", done.returncode == 0, done.stderr.decode()[-800:])
    os.makedirs(f"{folder}/bin")
    with open(f"{folder}/bin/sudo", "w") as f:
        f.write('#!/bin/sh\nexec "$@"\n')
    os.chmod(f"{folder}/bin/sudo", 0o755)
    os.makedirs(f"{folder}/tree")
    for name in ("pcaps", "share"):
        os.symlink(os.path.join(TOP, name), f"{folder}/tree/{name}")
    os.chmod(folder, 0o755)


def steps(block):
    """(command, its answer as printed) of a block; a command goes on behind a backslash and inside quotes."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        lines = part.split("\n")
        n = 1
        while lines[n - 1].endswith("\\") or "\n".join(lines[:n]).count("'") % 2:
            n += 1
        yield "\n".join(lines[:n]), "\n".join(lines[n:])


def ask(shell, scenery, command, wanted):
    """A sensor that runs is asked until it has seen what passed."""
    got, until = shell.run(command, wanted, scenery.play), time.monotonic() + 20
    while not answers(wanted, got) and shell.live and ASKS.search(command) and time.monotonic() < until:
        time.sleep(0.5)
        got = shell.run(command, wanted, scenery.play)
    return got if not got or got.endswith("\n") else got + "\n"


def run_block(shell, scenery, page, block):
    out = ""
    for command, wanted in steps(block):
        got = ask(shell, scenery, command, wanted)
        check(f"{page}: $ {command}", answers(wanted, got), f"--- as printed\n{wanted}\n--- as answered\n{got}")
        out += f"$ {command}\n{wanted if answers(wanted, got) else got}"
    return out


def run_page(page, language):
    rooted = own_network()
    with open(os.path.join(TOP, page), encoding="utf-8") as f:
        text = f.read()
    folder = tempfile.mkdtemp(prefix="mxtap-tutorial-")
    install(folder)
    shell, scenery = Shell(folder, language), Scenery(folder)
    out, at = "", 0
    try:
        for m in PIECES.finditer(text):
            out += text[at:m.start()]
            at = m.end()
            if m.group(1) is None:
                out += f"```console\n{run_block(shell, scenery, page, m.group(2))}```"
                continue
            out += m.group(0)
            if not rooted:
                print("skipped: the rest needs root")
                break
            scenery.name(m.group(1).split())
        out += text[at:]
    finally:
        shell.end()
        scenery.end()
        shutil.rmtree(folder)
    if "--write" in sys.argv and out != text:
        with open(os.path.join(TOP, page), "w", encoding="utf-8") as f:
            f.write(out)


def own_network():
    """A page has one to itself; the one before goes with its last process."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:
        return False
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


def main():
    for page, language in PAGES.items():
        if os.path.exists(os.path.join(TOP, page)) and (page in sys.argv or not set(PAGES) & set(sys.argv)):
            run_page(page, language)
    return told()


if __name__ == "__main__":
    sys.exit(main())
