#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mxtap.conf: a file does what the same options do, the shipped one is right in every line, and the console asks the Redis
that a sensor's file names. Run from the top of the tree; MXTAP names another binary."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, "share/manual")
import options as help_of
from redis_server import Server
from tally import check, told

MXTAP = os.path.abspath(os.environ.get("MXTAP", "build/mxtap"))
CAPTURE = "pcaps/several-mails.pcap"
VALUES = {"ZONE": "Asia/Tokyo", "FILE": "file", "DIR": "folder", "IFACE": "eth1", "N": "100", "SIZE": "64M", "LIST": "25,465", "CIDR,...": "192.0.2.0/24",
          "NAME,...": "a.example", "MODE": "domain", "NAME": "name", "URL": "redis://127.0.0.1:6379/0", "DAYS": "30", "TIME": "15m",
          "USER": "nobody", "PLACE": "9464"}


def run(*args, **env):
    return subprocess.run([MXTAP, *args], env=dict(os.environ, **env), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, encoding="utf-8", timeout=60)


class File:
    def __init__(self, folder):
        self.path = os.path.join(folder, "mxtap.conf")

    def __call__(self, *lines):
        with open(self.path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        return "--config", self.path


def does_what_options_do(conf):
    from_options = run("replay", "--json", "-", "--recipients", "none", "--ports", "25,2525", "--hash", CAPTURE)
    from_file = run("replay", *conf("json = -", "recipients = none", "ports = 25", "ports = 2525", "hash = yes"), CAPTURE)
    other = run("replay", *conf("json = -", "recipients = none", "ports = 2525"), CAPTURE)
    won = run("replay", "--ports", "25,2525", "--hash", *conf("json = -", "recipients = none", "ports = 2525"), CAPTURE)
    check("a file does what options do", from_file.returncode == 0 and from_file.stdout == from_options.stdout != "", from_file)
    check("its ports count", other.returncode == 0 and other.stdout != from_options.stdout, other)
    check("the command line wins", won.stdout == from_options.stdout, won)


def one_line(conf):
    p = run("replay", *conf("json = -", "", "redis-topp = 5"), CAPTURE)
    check("a key that is none", p.returncode == 2 and p.stdout == "" and p.stderr.count("\n") == 1 and
          p.stderr.startswith(f"mxtap: {conf.path}:3: redis-topp: no such key; "), p)
    p = run("top", "ip", *conf("redis = redis://:secret@h"))
    check("a password in it", p.returncode == 2 and "no password stands in this file" in p.stderr and "secret" not in p.stderr, p)
    p = run("capture", *conf("json = x"))
    check("no interface", p.returncode == 2 and p.stderr == f"mxtap: {conf.path}: it names no interface: interface = eth1 "
          "(mxtap capture -D lists them)\n", p)
    p = run("capture", *conf("interface = eth1"))
    check("nowhere to go", p.returncode == 2 and p.stderr == f"mxtap: {conf.path}: it says redis = URL or json = FILE nowhere: "
          "nothing would be kept\n", p)


def wrong_only_because(p, conf):
    """Whether the file itself was taken: what is then wrong is the command (interface, privileges, a file of a value)."""
    return not re.match(re.escape(f"mxtap: {conf.path}:") + r"\d", p.stderr)


def every_key(conf):
    """Each option can stand in a file, or is refused there as one of the command line's: as docs/CONFIG.md lists them."""
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", open("docs/CONFIG.md", encoding="utf-8").read(), re.M))
    names = {}
    for verb in ("capture", "replay"):
        names.update({o.name: (verb, o) for o in help_of.options(MXTAP, verb) if o.name})
    for name, (verb, o) in names.items():
        value = VALUES.get(o.argument, "no such kind of value here yet") if o.argument else "yes"
        value = "3" if o.name == "workers" else value  # a hundred are more than it takes
        p = run(verb, *conf(f"{name} = {value}"), *([] if verb == "capture" else ["/no/such"]))
        taken = wrong_only_because(p, conf)
        check(f"key {name}: docs/CONFIG.md says whether it may stand there", taken == (name in listed), (value, p.stderr))


def shipped(conf):
    text = open("share/mxtap.conf", encoding="utf-8").read()
    keys = re.findall(r"^#?([a-z-]+ = .*)$", text, re.M)
    password = os.path.join(os.path.dirname(conf.path), "password")
    open(password, "w").write("word\n")
    p = run("capture", *conf(*[re.sub(r"eth(\d)", r"nosuch\1", k).replace("/etc/mxtap/redis-password", password) for k in keys]))
    check("every line of the shipped file is right", len(keys) > 10 and p.returncode == 1 and "nosuch1: no such interface" in p.stderr, p)
    p = run("capture", "--config", "share/mxtap.conf")
    check("as shipped it says what is missing", p.returncode == 2 and "it names no interface" in p.stderr, p)


def export(conf):
    """Networks of the file, on two lines, are never blocked; nor is what is below its score."""
    records = os.path.join(os.path.dirname(conf.path), "records.jsonl")
    run("replay", "--json", records, "pcaps/register.pcap")
    words = lambda *lines: run("export", "--format", "postfix", "--input", records, *conf(*lines))
    all_of_it, fewer, none = words("alert-score = 10"), words("home = 106.0.0.0/8", "home = 43.0.0.0/8", "alert-score = 10"), \
        words("alert-score = 1000")
    addresses = lambda p: set(re.findall(r"^(\d+\.\d+\.\d+\.\d+)", p.stdout, re.M))
    gone = addresses(all_of_it) - addresses(fewer)
    check("export takes home from the file, all lines of it", gone and {a.split(".")[0] for a in gone} == {"106", "43"} and
          not any(a.startswith(("43.", "106.")) for a in addresses(fewer)), (gone, fewer))
    check("and the score", addresses(all_of_it) and not addresses(none), none)
    won = run("export", "--format", "postfix", "--input", records, "--home", "192.0.2.0/24", *conf("home = 43.0.0.0/8", "alert-score = 10"))
    check("the command line's list wins", addresses(won) == addresses(all_of_it), won)


def console(conf):
    server = Server()
    try:
        run("replay", "--redis", server.url, "--redis-prefix", "other", CAPTURE)
        words = conf("interface = eth1", "json = out", f"redis = {server.url}", "redis-prefix = other")
        p = run("top", "helo", *words)
        check("the console asks the Redis of the file", p.returncode == 0 and re.search("1 values?, 3 mails", p.stdout) and not os.path.exists("out"), p)
        p = run("top", "helo", "--redis-prefix", "none", *words)
        check("the command line wins there too", p.returncode == 0 and "0 values, 0 mails" in p.stdout, p)
    finally:
        server.stop()


def main():
    with tempfile.TemporaryDirectory(prefix="mxtap-config-") as folder:
        conf = File(folder)
        for test in (does_what_options_do, one_line, every_key, shipped, export, console):
            test(conf)
    return told()


if __name__ == "__main__":
    sys.exit(main())
