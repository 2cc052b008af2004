#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tables in docs/ that say what the code says: written from the code with --write, checked without.

Between `<!-- NAME -->` and `<!-- /NAME -->` in a page of docs/ stands the table of that NAME.
"""
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "share/manual"))
import options as help_of


def source(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def strings(text):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def x_macro(path):
    """(name, sentence) of each X(id, "name", "sentence")."""
    text = source(path).replace("\\\n", "\n")
    return [(name, strings(rest)) for name, rest in
            re.findall(r'X\(\w+,\s*"([^"]+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', text)]


def table(head, rows):
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head)] +
                     [f"| {' | '.join(row)} |" for row in rows])


def anomalies():
    return table(("name", "why it matters"), [(f"`{n}`", s) for n, s in x_macro("decoders/base/anomaly.h")])


def counters():
    return table(("counter", "meaning"), [(f"`{n}`", s) for n, s in x_macro("sensor/counters.h")])


def caps():
    rows = re.findall(r"^#define (LIMIT_\w+) +(.+?) +/\* (.+?) \*/", source("decoders/base/limits.h"), re.M)
    return table(("cap", "value", "unit and reason"), [(f"`{n}`", v, why) for n, v, why in rows])


def findings():
    text = source("sensor/judge/findings_table.h").replace("\\\n", "\n")
    rows = re.findall(r'^    X\("([^"]+)", (\d+), \w+, \w+, "([^"]*)",\s+"([^"]*)"\)', text, re.M)
    if len(rows) != text.count('    X("'):
        sys.exit("findings_table.h has rows that are not of the form read here")
    return table(("id", "it saw", "weight", "why so much"),
                 [(f"`{name}`", saw, weight, why) for name, weight, saw, why in rows])


def keys():
    """What a configuration file may hold, as `mxtap help` says it of the verbs that read one whole."""
    rows, mxtap = {}, os.environ.get("MXTAP", os.path.join(TOP, "build/mxtap"))
    only_there = {"config", "help", "lang", "list-interfaces", "read", "to-be-continued", "version"}
    for verb in ("capture", "replay"):
        for o in help_of.options(mxtap, verb):
            if o.name and o.name not in only_there:
                rows.setdefault(o.name, [o, []])[1].append(verb)
    return table(("key", "value", "of", "meaning"),
                 [(f"`{name}`", o.argument or "yes, no", "both" if len(of) == 2 else of[0], o.help)
                  for name, (o, of) in rows.items()])


TABLES = {"keys": keys, "findings": findings, "anomalies": anomalies, "counters": counters, "caps": caps}


def main():
    write = "--write" in sys.argv
    passed = failed = 0
    for path in sorted(glob.glob(os.path.join(TOP, "docs", "*.md"))):
        with open(path, encoding="utf-8") as f:
            text = new = f.read()
        for name, make in TABLES.items():
            new = re.sub(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)",
                         lambda m: m.group(1) + "\n" + make() + "\n" + m.group(2), new, flags=re.S)
        if write and new != text:
            with open(path, "w", encoding="utf-8") as f:
                f.write(new)
        if write or new == text:
            passed += 1
        else:
            failed += 1
            print(f"{os.path.basename(path)} no longer says what the code says: run tests/docs/tables.py --write")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
