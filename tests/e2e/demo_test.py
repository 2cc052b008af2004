#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make demo` as a new user sees it: the README's summary is what it prints, its redis-cli lines answer, and the
register's facts stand in the answers. --write puts the summary of today into README.md.
"""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = os.environ.get("MXTAP", os.path.join(TOP, "build", "mxtap"))
MARKS = re.compile(r"(<!-- summary -->\n\n)(.*?)(\n<!-- /summary -->)", re.S)


def indented(text):
    return "".join("    " + line + "\n" if line else "\n" for line in text.splitlines())


def pairs(answer):
    lines = answer.strip().splitlines()
    return dict(zip(lines[::2], lines[1::2]))


def main():
    done = subprocess.run([os.path.join(TOP, "share", "demo"), MXTAP], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=110)
    out = done.stdout.decode("utf-8")
    asked = re.split(r"^\$ (redis-cli .*)$", out, flags=re.M)
    summary = asked[0].split(" pcaps/\n", 1)[-1].strip("\n") + "\n"
    answers = dict(zip(asked[1::2], asked[2::2]))
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        readme = f.read()
    if "--write" in sys.argv:
        with open(os.path.join(TOP, "README.md"), "w", encoding="utf-8") as f:
            f.write(MARKS.sub(lambda m: m.group(1) + indented(summary) + m.group(3), readme))
        return 0
    # Whoever asks them of a Redis of his own is told to fill it as the demo does.
    told = re.search(r"`(mxtap replay [^`]*) redis://127\.0\.0\.1 pcaps/`", readme)
    did = re.search(r"^== (mxtap replay .* --redis) unix://\S+ --summary pcaps/$", out, re.M)
    ip, helo, subject = "43.153.171.155", "amazon.co.jp", "お支払い方法の情報を更新"
    stats = pairs(answers.get("redis-cli HGETALL mxtap:stats", ""))
    helos = answers.get(f"redis-cli ZSCORE mxtap:top:helo {helo}", "").strip()
    ips_of_helo = pairs(answers.get(f"redis-cli ZREVRANGE mxtap:helo:{helo}:ip 0 -1 WITHSCORES", ""))
    day = answers.get("redis-cli --raw ZREVRANGE mxtap:top:subject:20230624 0 9 WITHSCORES", "").split("\n")
    ever = answers.get("redis-cli --raw ZREVRANGE mxtap:top:subject 0 4 WITHSCORES", "").split("\n")
    claimed = answers.get("redis-cli ZREVRANGE mxtap:claimed_ip:103.244.54.137:ip 0 -1 WITHSCORES", "")
    asns = pairs(answers.get("redis-cli --raw ZREVRANGE mxtap:top:asn 0 9 WITHSCORES", ""))
    countries = pairs(answers.get("redis-cli ZREVRANGE mxtap:top:country 0 9 WITHSCORES", ""))
    entity = pairs(answers.get(f"redis-cli HGETALL mxtap:ip:{ip}", ""))
    net = pairs(answers.get("redis-cli HGETALL mxtap:net:43.153.171.0/24", ""))
    checks = [
        ("ends well", done.returncode == 0, done.stderr[-2000:]),
        ("the README shows this summary", MARKS.search(readme) and MARKS.search(readme).group(2) == indented(summary),
         summary),
        ("the README fills a Redis as the demo does", told and did and told.group(1) == did.group(1), (told, did)),
        ("every line of the README was asked and answered", len(answers) >= 11 and all(a.strip() for a in answers.values()),
         [q for q, a in answers.items() if not a.strip()]),
        ("no answer is an error", not re.search(r"^\(error\)|^ERR|WRONGTYPE", out, re.M), out),
        ("totals", all(int(stats.get(k, 0)) > 0 for k in ("packets", "bytes", "sessions", "mails", "accepted",
                                                            "refused", "deferred", "urls", "encrypted")), stats),
        ("HELO amazon.co.jp five times", helos == "5", helos),
        ("four of them from one address", ips_of_helo.get(ip) == "4" and len(ips_of_helo) == 2, ips_of_helo),
        ("the subject is first on its day with 2", day[1:3] == [subject, "2"], day),
        ("and first of all time with 4", ever[1:3] == [subject, "4"], ever),
        ("Tencent, made-up number 64516, sent four, UCLOUD four", asns.get("64516") == "4" and asns.get("64513") == "4", asns),
        ("countries as the register has them", countries.get("JP") == "7" and countries.get("RU") == "2", countries),
        ("the sender's page says whose it is", (entity.get("org"), entity.get("country"), entity.get("asn"), entity.get("net")) ==
         ("Tencent", "JP", "64516", "43.153.171.0/24"), entity),
        ("and so does its network's", (net.get("org"), net.get("country"), net.get("mails")) == ("Tencent", "JP", "4"), net),
        ("one claimed address behind both relays", sorted(pairs(claimed)) == ["114.113.195.101", "114.113.195.11"], claimed),
    ]
    for what, ok, seen in checks:
        print(f"{'ok' if ok else 'FAILED'} {what}" + ("" if ok else f": {seen}"))
    failed = sum(not ok for _, ok, _ in checks)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
