#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""English and Japanese: what asks for which, what changes with it, and what must not: JSON, Redis and numbers.

Locales of Japan need not be there: the tests name them and find the texts all the same, as in a small container.
The last line is `N passed, N failed`.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import console_test as console  # noqa: E402
from console_test import Terminal, columns  # noqa: E402
from redis_server import Server  # noqa: E402
from tally import check, same, told  # noqa: E402

TOP, MXTAP, REGISTER = console.TOP, console.MXTAP, console.REGISTER
WORDS = ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE")
JAPANESE = re.compile("[぀-ヿ一-鿿]")


def run(*args, program=MXTAP, **env):
    words = {k: v for k, v in os.environ.items() if k not in WORDS}
    return subprocess.run([program, *args], stdin=subprocess.DEVNULL, capture_output=True, env={**words, **env}, timeout=120)


def text(done):
    return done.stdout.decode() + done.stderr.decode()


def is_japanese(done):
    return bool(JAPANESE.search(text(done)))


def what_asks_for_it():
    japanese = ({"LANG": "ja_JP.UTF-8"}, {"LANG": "ja_JP"}, {"LC_ALL": "ja_JP.UTF-8", "LANG": "C"}, {"LC_MESSAGES": "ja_JP.UTF-8"},
                {"LANG": "en_US.UTF-8", "LANGUAGE": "ja"}, {"LANG": "C.UTF-8", "LANGUAGE": "ja:en"})
    english = ({}, {"LANG": "C"}, {"LANG": "C.UTF-8"}, {"LANG": "en_US.UTF-8"}, {"LANG": "de_DE.UTF-8"}, {"LC_ALL": "C", "LANG": "ja_JP.UTF-8"},
               {"LANG": "ja_JP.UTF-8", "LANGUAGE": "en"})
    for env in japanese:
        check(f"Japanese by {env}", is_japanese(run("help", **env)), text(run("help", **env))[:80])
        check(f"English by --lang against {env}", not is_japanese(run("help", "--lang", "en", **env)))
    for env in english:
        check(f"English by {env}", not is_japanese(run("help", **env)), text(run("help", **env))[:80])
        check(f"Japanese by --lang against {env}", is_japanese(run("--lang=ja", "help", **env)))
    for args in (["--lang", "fr", "help"], ["help", "--lang"], ["replay", "--lang=", REGISTER]):
        done = run(*args)
        check(f"{args} is a mistake", done.returncode == 2 and not done.stdout and b"--lang" in done.stderr and b"\n" not in done.stderr[:-1],
              (done.returncode, text(done)))


def from_where():
    """Installed under a prefix, and without its texts."""
    with tempfile.TemporaryDirectory() as d:
        done = subprocess.run(["make", "--no-print-directory", "install", f"DESTDIR={d}", "PREFIX=/usr", f"BUILD={os.path.dirname(MXTAP)}"], cwd=TOP,
                              capture_output=True)
        check("make install", done.returncode == 0, done.stderr[-500:])
        installed = os.path.join(d, "usr/bin/mxtap")
        check("installed: Japanese", is_japanese(run("help", program=installed, LANG="ja_JP.UTF-8")))
        shutil.rmtree(os.path.join(d, "usr/share/locale"))
        done = run("help", "--lang", "ja", program=installed)
        check("without its texts: English, and says so where Japanese was asked for by name",
              done.returncode == 0 and not is_japanese(done) and b"not installed" in done.stderr, text(done)[:200])
        check("without its texts: LANG alone is no reason to speak of it", not run("help", program=installed, LANG="ja_JP.UTF-8").stderr)


def mistakes():
    """Each is one line, in the language of the run."""
    for args in (["rplay"], ["replay"], ["capture"], ["replay", "--nonsense"], ["replay", "/nonexistent.pcap"], ["replay", "README.md"],
                 ["replay", "--ports", "x", REGISTER], ["replay", "--home", "x", REGISTER], ["top", "nothing"], ["show", "ip", "x"],
                 ["top", "ip", "--day", "x"], ["top", "helo", "--redis", "http://x"], ["search"], ["capture", "-i", "nothere0", "--summary"],
                 ["replay", "--geoip", "README.md", REGISTER], ["replay", "--watchlist", "/nonexistent", REGISTER]):
        english, japanese = run(*args), run(*args, "--lang", "ja")
        check(f"{args}: one line of Japanese", re.fullmatch("mxtap: [^\n]+\n", japanese.stderr.decode()) and is_japanese(japanese), text(japanese))
        check(f"{args}: no byte of it is cut", "\\x" not in text(japanese), text(japanese))
        same(f"{args}: the same status", japanese.returncode, english.returncode)
        check(f"{args}: English has none", not is_japanese(english), text(english))
    for args in (["replay", "README.md"], ["report", "--html"], ["top", "ip", "--day"], ["replay", "--ports"]):
        done = text(run(*args, "--lang", "ja"))
        check(f"{args}: not a word of English in it", not re.search("[a-z]{3,} [a-z]+", done.replace("mxtap help", "")), done)


def summary():
    """Numbers stand in the same columns under full-width titles."""
    done = run("replay", REGISTER, "--geoip", os.path.join(TOP, "share/geo/register.mmdb"), "--lang", "ja").stdout.decode()
    english = run("replay", REGISTER, "--geoip", os.path.join(TOP, "share/geo/register.mmdb")).stdout.decode()
    check("summary: titles are Japanese", all(title in done for title in ("期間", "パケット", "件名", "送信元", "国")), done)
    same("summary: the same numbers in the same order", re.findall(r"\b\d+\b", re.sub(r"(受理|拒否)(\d+)", r"\2", done)), re.findall(r"\b\d+\b", english))
    for line in done.splitlines():
        row = re.match(r"(\S+ *)(\d+)(?:  |$)", line)
        if row and columns(row.group(0).rstrip()) <= 27 and not line.startswith(" "):
            same(f"summary: {line!r} ends its number at column 26", columns(row.group(1) + row.group(2)), 26)
        check(f"summary: {line!r} fits into 80 columns", columns(line) <= 80)
    heads = [line for line in done.splitlines() if line.count("メール") == 2 and line.startswith(" ")]
    check("summary: two lists side by side", len(heads) >= 3, done)
    for head in heads:
        second = head.index("メール", head.index("メール") + 1)
        same(f"summary: the second list of {head!r} begins in the middle", columns(head[:second + 3]), 47)


def readme():
    """README.ja.md shows the summary that a Japanese sees; --write puts today's there."""
    path = os.path.join(TOP, "README.ja.md")
    done = run("replay", "-q", "--dns", "--geoip", "share/geo/register.mmdb", "--summary", "--lang", "ja", "pcaps").stdout.decode()
    block = "".join("    " + line.rstrip() + "\n" if line.strip() else "\n" for line in done.splitlines())
    with open(path, encoding="utf-8") as f:
        page = f.read()
    now = re.sub(r"(<!-- summary -->\n\n).*?(\n<!-- /summary -->)", lambda m: m.group(1) + block + m.group(2), page, flags=re.S)
    if "--write" in sys.argv:
        with open(path, "w", encoding="utf-8") as f:
            f.write(now)
    same("README.ja.md shows this summary", page if "--write" not in sys.argv else now, now)


def console_pages(url):
    asked = (["top", "helo"], ["top", "ip", "--day", "2023-06-24"], ["top", "subject", "-n", "3"], ["show", "ip", "43.153.171.155"],
             ["show", "helo", "amazon.co.jp"], ["campaigns"], ["search", "amazon"])
    for args in asked:
        name = " ".join(args)
        english, japanese = run(*args, "--redis", url), run(*args, "--redis", url, "--lang", "ja")
        same(f"{name}: status", (japanese.returncode, english.returncode), (0, 0))
        page = japanese.stdout.decode()
        first = page if args[0] == "show" else page.splitlines()[-1 if args[0] == "search" else 0]
        check(f"{name}: Japanese", JAPANESE.search(re.sub("[「【].*", "", first)), page[:300])
        check(f"{name}: 80 columns", all(columns(line) <= 80 for line in page.splitlines()), page)
        same(f"{name} --json: byte for byte", run(*args, "--redis", url, "--json", "--lang", "ja").stdout, run(*args, "--redis", url, "--json").stdout)
    page = run("top", "ip", "--redis", url, "--lang", "ja").stdout.decode().splitlines()
    head, row = page[2], page[3]
    value = re.search(r"\d+\.\d+\.\d+\.\d+$", row)
    same("top: the head stands over the column of values", columns(head[:head.rindex("送信元IP")]), columns(row[:value.start()]))
    same("top: mails end where their title ends", columns(head[:head.index("メール") + 3]), columns(re.match(r" *\d+", row).group(0)))
    page = run("show", "ip", "43.153.171.155", "--redis", url, "--lang", "ja").stdout.decode()
    fields = re.findall(r"^  (\S+ +)(?=\S)", page.split("\n\n")[1], re.M)
    check("show: fields stand in one column", len(fields) > 5 and {columns(f) for f in fields} == {12}, page[:600])


def watch(url):
    os.environ["LANG"] = "ja_JP.UTF-8"
    terminal = Terminal(url, rows=24, cols=80)
    page = terminal.page(until="全期間\x1b\\[K\x1b\\[J".encode())
    console.check_page("Japanese", page, 24, 80)
    check("watch: titles are Japanese", any("件名" in line for line in page) and "q 終了" in page[-1], page)
    halves = [line for line in page if "送信元" in line and "HELO" in line]
    same("watch: the right half begins in the same column", columns(halves[0][:halves[0].index("HELO")]) if halves else None, 50)
    terminal.key(b"q")
    terminal.end("Japanese")
    del os.environ["LANG"]


def snapshot(server):
    """What Redis holds, but for when and as which run it was written."""
    out = {}
    ask = server.client()
    for key in sorted(ask("KEYS", "*")):
        kind = ask("TYPE", key)
        if kind == "hash":
            out[key] = {f: v for f, v in ask.hash(key).items() if not re.search("time|started|ended|seen|_at|_us$|ms$|version", f)}
        elif kind == "zset":
            out[key] = ask.board(key)
        elif kind == "stream":
            out[key] = [entry[1] for entry in ask("XRANGE", key, "-", "+")]
        else:
            out[key] = kind
    ask.close()
    return out


def records_and_redis():
    words = ["replay", "--json", "-", "--keep-headers", "--hash", "--dns", os.path.join(TOP, "pcaps")]
    english, japanese = run(*words), run(*words, "--lang", "ja")
    check("JSON: something to compare", english.stdout.count(b"\n") > 600, len(english.stdout))
    check("JSON: the same bytes in both languages", english.stdout == japanese.stdout,
          next(((a, b) for a, b in zip(english.stdout.splitlines(), japanese.stdout.splitlines()) if a != b), ""))
    check("JSON: what was damaged is said in Japanese beside it", is_japanese(japanese) and JAPANESE.search(japanese.stderr.decode()))
    held = []
    for language in ("en", "ja"):
        server = Server(*console.PLAIN)
        done = run("replay", "--redis", server.url, "--lang", language, REGISTER)
        same(f"Redis: a replay in {language}", done.returncode, 0)
        held.append(snapshot(server))
        if language == "ja":
            console_pages(server.url)
            watch(server.url)
            done = run("replay", "--redis", server.url, "--lang", "ja", REGISTER)
            check("Redis: counted before, said in Japanese", "集計済み" in done.stderr.decode(), text(done))
        server.stop()
    same("Redis: the same keys", sorted(held[0]), sorted(held[1]))
    for key, value in held[0].items():
        if held[1].get(key) != value:
            check(f"Redis: {key} holds the same", False, (value, held[1].get(key)))
            return
    check("Redis: every key holds the same", len(held[0]) > 100, len(held[0]))


def after_the_lock():
    """A capture locks itself; its texts were mapped before."""
    import live_test as live
    import signal
    if not live.make_namespace():
        return
    with tempfile.TemporaryDirectory() as d:
        err = os.path.join(d, "err")
        sensor = subprocess.Popen([MXTAP, "capture", "-i", "tap0", "--json", os.path.join(d, "out"), "--user", "root", "--lang", "ja"],
                                  stderr=open(err, "w"), stdin=subprocess.DEVNULL)
        said = lambda: open(err, encoding="utf-8").read()  # noqa: E731
        live.wait_for(lambda: "受信しています" in said() or sensor.poll() is not None)
        check("live: listening", "tap0で受信しています" in said(), said())
        sensor.send_signal(signal.SIGUSR1)
        live.wait_for(lambda: "統計" in said())
        check("live: statistics after the lock", "統計(表示のない項目は0)" in said(), said())
        sensor.send_signal(signal.SIGINT)
        same("live: ends well", sensor.wait(15), 0)
        check("live: the kernel's drops", "フィルターを通過" in said(), said())


def main():
    os.chdir(TOP)
    for word in WORDS:
        os.environ.pop(word, None)
    begun = time.monotonic()
    what_asks_for_it()
    from_where()
    mistakes()
    summary()
    readme()
    records_and_redis()
    after_the_lock()
    print(f"{time.monotonic() - begun:.0f} s")
    return told()


if __name__ == "__main__":
    sys.exit(main())
