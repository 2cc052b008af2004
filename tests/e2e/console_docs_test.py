#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/REDIS.md shows questions with their answers: each is asked of a Redis into which the register was replayed, and must
be answered as printed; and those that are left open are told of what comes. --write puts today's answers into the page.

Between `<!-- console -->` and `<!-- /console -->` stand lines `    $ command`, their answer indented below. Only the server's
socket is added. The ids of stream entries, which are the sensor's clock, are written as 1700000000000-0.
"""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from redis_server import Server  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = os.environ.get("MXTAP", os.path.join(TOP, "build", "mxtap"))
PAGE = os.path.join(TOP, "docs", "REDIS.md")
BLOCK = re.compile(r"(<!-- console -->\n\n)(.*?)(\n<!-- /console -->)", re.S)
ENTRY_ID = re.compile(r"\b\d{13}-\d+\b")
HALF_DAY = re.compile(r"^(\d{10}(?: \d+){4}) [0-9a-f]{10}$", re.M)  # in an entity's counts: the time of the test


def ask(server, line):
    """A line of the page as a shell would run it; and whether it went well."""
    head, dash, rest = line.partition(" | ")
    if head.startswith("redis-cli "):
        head = f"redis-cli -s {server.socket} {head[10:]}"
    else:
        head = f"{MXTAP} {head[6:]} --redis {server.url}"
    p = subprocess.run(["bash", "-o", "pipefail", "-c", head + (dash and " | " + rest)], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60)
    out = HALF_DAY.sub(r"\1 a265f16bd4", ENTRY_ID.sub("1700000000000-0", p.stdout.decode("utf-8", "replace")))
    return out, not p.stderr and p.returncode == 0 and out.strip() and not re.search(r"^(ERR|WRONGTYPE|\(error)", out, re.M)


def readme(server):
    """README's list of questions: each is one that mxtap answers."""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        part = re.search(r"<!-- questions -->(.*?)<!-- /questions -->", f.read(), re.S).group(1)
    for line in re.findall(r"^    mxtap (.*?)  ", part, re.M):
        look = " --json -n 1" if line == "watch" else ""
        yield line, subprocess.run(f"{MXTAP} {line}{look} --redis {server.url}", shell=True, stdout=subprocess.DEVNULL,
                                   timeout=60).returncode


def live(server, page):
    """The lines that are left open while a sensor counts: each says something of the mails that come then. (line, what it said)."""
    with open(os.path.join(TOP, page), encoding="utf-8") as f:
        part = re.search(r"^Live, leave one of these open.*?\n\n((?:    .*\n)+)", f.read(), re.M).group(1)
    lines = re.findall(r"^    redis-cli (.*)$", part, re.M)
    opened = [subprocess.Popen(["bash", "-c", f"exec stdbuf -oL redis-cli -s {server.socket} {line}"], stdout=subprocess.PIPE,
                               stdin=subprocess.DEVNULL) for line in lines]
    time.sleep(2.5) # they wait, and a second line of what comes each second is there
    subprocess.run([MXTAP, "replay", "--redis", server.url, "-q", "--again", "pcaps/register.pcap"], check=True, cwd=TOP)
    time.sleep(2.5)
    for line, p in zip(lines, opened):
        p.terminate()
        yield line, p.communicate(timeout=20)[0].decode("utf-8", "replace")


def says_it(line, text):
    """What was to be read: the new entry of that stream, or totals that rose."""
    stream = re.search(r"STREAMS (\S+)", line)
    if stream:
        return text.startswith(stream.group(1) + "\n") and "json" in text
    mails = text.splitlines()[::3]
    return len(mails) > 3 and int(mails[-1]) >= int(mails[0]) + 30


def indented(text):
    return "".join("    " + line.rstrip() + "\n" if line.strip() else "\n" for line in text.rstrip().splitlines())


def main():
    passed = failed = 0
    server = Server("--appendonly", "no", "--save", "")
    try:
        with open(PAGE, encoding="utf-8") as f:
            page = f.read()
        # As the page says that it is done; only the server is another.
        words = re.search(r"^    mxtap (replay .*--redis) redis://127\.0\.0\.1 (.*)$", page, re.M)
        subprocess.run([MXTAP, *words.group(1).split(), server.url, "-q", *words.group(2).split()], check=True, cwd=TOP)

        def answered(m):
            nonlocal passed, failed
            blocks = []
            for part in re.split(r"^    \$ ", m.group(2), flags=re.M)[1:]:
                line = part.splitlines()[0]
                out, ok = ask(server, line)
                block = f"    $ {line}\n" + indented(out)
                shown = f"    $ {part}".rstrip("\n") + "\n"
                if ok and ("--write" in sys.argv or shown == block):
                    passed += 1
                else:
                    failed += 1
                    print(f"FAILED {line}\n--- the page\n{shown}--- the answer\n{block}")
                blocks.append(block)
            return m.group(1) + "\n".join(blocks) + m.group(3)

        new = BLOCK.sub(answered, page)
        for name in ("README.md", "docs/REDIS.md"):
            for line, text in live(server, name):
                passed += says_it(line, text)
                failed += not says_it(line, text)
                if not says_it(line, text):
                    print(f"FAILED {name}: redis-cli {line}: {text!r}")
        for line, status in readme(server):
            passed += status == 0
            failed += status != 0
            if status:
                print(f"FAILED README.md: {line}: status {status}")
    finally:
        server.stop()
    if "--write" in sys.argv:
        with open(PAGE, "w", encoding="utf-8") as f:
            f.write(new)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
