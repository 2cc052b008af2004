#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/REDIS.md shows questions with their answers: each is asked of a Redis into which the register was replayed, and must
be answered as printed. --write puts today's answers into the page.

Between `<!-- console -->` and `<!-- /console -->` stand lines `    $ command`, their answer indented below. Only the server's
socket is added. The ids of stream entries, which are the sensor's clock, are written as 1700000000000-0.
"""
import os
import re
import subprocess
import sys

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
