# SPDX-License-Identifier: Apache-2.0
"""Verbs and options as `mxtap help` prints them, which is the option table itself: for the manuals, the completion and
the tables in docs/."""
import os
import re
import subprocess
from collections import namedtuple

Option = namedtuple("Option", "group letter name argument help")
OPTION = re.compile(r"  (?:-(?P<letter>\w)(?:, )?)? *(?:--(?P<name>[a-z0-9-]+))?(?: (?P<argument>[A-Z][^ ]*))?(?:  +(?P<help>\S.*))?$")


def ask(mxtap, *words, lang="en"):
    env = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="en")
    return subprocess.run([mxtap, "help", *words, "--lang", lang], env=env, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def verbs(mxtap, lang="en"):
    """{verb: what it does}, in the order of the overview."""
    return dict(re.findall(r"^  mxtap (\w+) +(\S.*)$", ask(mxtap, lang=lang).split("\n\n")[1], re.M))


def options(mxtap, verb, lang="en"):
    out, group = [], None
    for line in ask(mxtap, verb, lang=lang).splitlines():
        title = re.fullmatch(r"(\S.*):", line)
        m = OPTION.match(line)
        if title:
            group = title.group(1)
        elif group and m and (m["letter"] or m["name"]):
            out.append(Option(group, m["letter"], m["name"], m["argument"], m["help"] or ""))
        elif group and out and not out[-1].help and line.startswith("   "):
            out[-1] = out[-1]._replace(help=line.strip())
    return out
