#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Texts in sensor/ that a person may read and that nobody marked for translation.

A literal of two words or more is taken for such a text, unless it stands in a call that programs read (a record's or
Redis's), in a file of such, or among the few named below with the reason.
"""
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Calls whose argument of that number is looked up: po/collect knows the same.
MARKED = {"_": (0,), "N_": (0,), "P_": (0, 1), "log_line": (1,), "log_seldom": (1,), "redis_say": (0,), "redis_note": (0,), "said": (2,),
          "said_way_out": (1,), "said_item": (1,), "said_title": (1,)}
MARKUP = {"html_raw", "html_rawf", "ASSET", "__asm__", "_Static_assert"}  # HTML's own words; what people read goes through html_say
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|^[ \t]*#(?:[^\n\\]|\\.)*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[A-Za-z_]\w*|[(){}\[\];,]|\S', re.S | re.M)


def literals(text):
    """(line, joined literal, [name, number of the argument] of the calls around it) of each run of string literals."""
    stack, last, run, line_of_run = [], "", "", 0
    for m in TOKEN.finditer(text):
        t = m.group(0)
        if t.startswith(("//", "/*")) or t[0] == "#" or t.lstrip().startswith("#"):
            continue
        if t[0] == '"':
            if not run:
                line_of_run = text.count("\n", 0, m.start()) + 1
            run += t[1:-1]
            last = t
            continue
        if re.fullmatch(r"PRI\w+", t):
            run += "%" + t
            continue
        if run:
            yield line_of_run, run, [tuple(call) for call in stack]
            run = ""
        if t == "(":
            stack.append([last, 0])
        elif t == ")" and stack:
            stack.pop()
        elif t == "," and stack:
            stack[-1][1] += 1
        elif t in "{};":
            stack = []  # a call does not reach over a statement
        last = t
    if run:
        yield line_of_run, run, []


# Read by programs, or words of a protocol: {file or file:beginning of the text: why}.
EXEMPT = {
    "sensor/intake/filter.c": "libpcap reads it",
    "sensor/publish/redis_step.c": "Lua",
    "sensor/publish/redis_step_entities.c": "Lua",
    "sensor/publish/redis_bounds.c": "Lua",
    "sensor/publish/redis_memory.c:local": "Lua",
    "sensor/publish/redis_calendar.c:local": "Lua",
    "sensor/publish/redis_reply.c:non local key": "Redis' own word",
    "sensor/publish/redis_check.c:other options": "what a run says in Redis",
    "sensor/publish/json.c:": "bytes",
    "sensor/judge/operator_file.c:\\xef": "bytes",
    "sensor/options_text.c": "what a run says in Redis",
    "sensor/intake/capture_files.c:standard input": "the source's name, in records",
    # What is exported is for other programs, and its remarks for whoever gets the file: one form in any language.
    "sensor/export/block_head.c": "a file for another program",
    "sensor/export/escape_forms.c": "bytes",
    "sensor/export/format_": "a file for another program",
    # What Prometheus reads, meanings included: one form in any language.
    "sensor/metrics/metrics_text.c": "OpenMetrics",
    "sensor/metrics/metrics_http.c:": "HTTP",
    "sensor/metrics/metrics_mails.c:a finding": "for whoever builds it",
    "sensor/judge/passive_dns.c": "words of servers' refusals",
    "sensor/judge/subject_key.c": "stamps of filters",
    # A finding's evidence is part of the record: one language, so that a record has one form.
    "sensor/judge/findings_": "evidence, in records; or words of subjects",
}


def speaks(text):
    plain = re.sub(r"%[-+ #0*.\d]*(?:[hlzjt]*[a-zA-Z]|%)|\\.", " ", text)
    return re.search(r"[A-Za-z]{2,}[,:;.)]* +[(]?(?:an? +)?[A-Za-z]{2,}", plain)


def main():
    found = 0
    for path in sorted(glob.glob(os.path.join(TOP, "sensor/**/*.[ch]"), recursive=True)):
        name = os.path.relpath(path, TOP)
        if any(name.startswith(k) for k in EXEMPT):
            continue
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for line, literal, calls in literals(text):
            if any(at in MARKED.get(call, ()) or call in MARKUP for call, at in calls) or not speaks(literal):
                continue
            if any((name + ":" + literal).startswith(k) for k in EXEMPT):
                continue
            found += 1
            print(f"{name}:{line}: {calls[-1][0] if calls else '-'}: {literal}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
