#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The table of sensor/judge/country_zones.c, made of this machine's tzdata; without --write it is compared with it.

usage: country_zones.py [--write]
A country's zones are all offsets that its clocks showed at the beginnings and middles of the years 2015 to 2026, by
zone.tab. Offsets that stand in the file and no longer in tzdata are kept: old mails are read too. The last line is
`N passed, N failed`.
"""
import collections
import datetime
import os
import re
import sys
import zoneinfo

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "sensor", "judge", "country_zones.c")
ROW = re.compile(r'^    \{"([A-Z]{2})", "([^"]*)"\},$', re.M)


def of_tzdata():
    zones = collections.defaultdict(set)
    moments = [datetime.datetime(year, month, 2, tzinfo=datetime.timezone.utc) for year in range(2015, 2027) for month in (1, 4, 7, 10)]
    with open("/usr/share/zoneinfo/zone.tab", encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                country, _, name = line.split("\t")[:3]
                zone = zoneinfo.ZoneInfo(name.strip())
                zones[country] |= {m.astimezone(zone).strftime("%z")[:5] for m in moments}
    return zones


def main():
    with open(FILE, encoding="utf-8") as f:
        text = f.read()
    here = {c: set(z.split()) for c, z in ROW.findall(text)}
    made = of_tzdata()
    lacking = sorted(c for c in made if not made[c] <= here.get(c, set()))
    if "--write" in sys.argv:
        for c in here:
            made[c] |= here[c]
        rows = "".join(f'    {{"{c}", "{" ".join(sorted(made[c]))}"}},\n' for c in sorted(made))
        with open(FILE, "w", encoding="utf-8") as f:
            f.write(re.sub(r"(/\* table \*/\n).*?(/\* end \*/)", lambda m: m.group(1) + rows + "    " + m.group(2), text, flags=re.S))
        lacking = []
    for c in lacking:
        print(f"FAILED {c}: tzdata has {sorted(made[c])}, the table {sorted(here.get(c, []))}")
    print(f"{len(made) - len(lacking)} passed, {len(lacking)} failed")
    return 1 if lacking else 0


sys.exit(main())
