#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Owners and countries in records: each mail of the register as the register has it; every Received address and link; and
`make geo` with a made-up npm: what it fetches, converts, says, and does not do twice."""
import csv
import io
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MXTAP = os.environ.get("MXTAP", os.path.join(TOP, "build", "mxtap"))
sys.path.insert(0, os.path.join(TOP, "tests", "geo"))
import mmdb  # noqa: E402
from tally import check, told  # noqa: E402


def mails(*args):
    p = subprocess.run([MXTAP, "replay", "-q", "--json", "-", *args], stdout=subprocess.PIPE, check=True)
    return [r for r in map(json.loads, p.stdout.splitlines()) if r["event_type"] == "smtp"]


def register():
    """Whatever the register says of an address, the record of that mail says too, and nothing beside it."""
    with open(os.path.join(TOP, "pcaps/record/register/register.jsonl"), encoding="utf-8") as f:
        told = {r["src_ip"]: r for r in map(json.loads, f) if "src_ip" in r}
    seen = 0
    for mail in mails("--geoip", os.path.join(TOP, "share/geo/register.mmdb"), os.path.join(TOP, "pcaps/register.pcap")):
        origin = mail["mxtap"]["origin"]
        row = told.get(origin["ip"])
        if not row:
            continue
        seen += 1
        want = (row.get("org"), row.get("country"))
        check(f"{origin['ip']} is {want}", (origin.get("org"), origin.get("country")) == want, origin)
        check(f"{origin['ip']}: a number exactly where there is an owner", ("asn" in origin) == bool(row.get("org"))
              and origin.get("asn", 64512) >= 64512, origin)
        check(f"{origin['ip']} is in its network", "net" not in origin or ipaddress.ip_address(origin["ip"]) in
              ipaddress.ip_network(origin["net"]), origin)
        claimed = mail["mxtap"].get("claimed", {})
        if claimed.get("ip") == row.get("claimed_ip") and row.get("claimed_org"):
            check("the claimed address too", claimed.get("org") == row["claimed_org"], claimed)
    check("most mails of the register have an address", seen >= 26, seen)


def every_place(d):
    """All addresses of a chain of relays and of links, by one database that knows all documentation networks."""
    everything = os.path.join(d, "all.mmdb")
    mmdb.write(everything, {net: {"country_code": code} for net, code in (
        ("192.0.2.0/24", "AA"), ("198.51.100.0/24", "BB"), ("203.0.113.0/24", "CC"), ("2001:db8::/32", "DD"))}, "test")
    where = {"192.0.2": "AA", "198.51.100": "BB", "203.0.113": "CC", "2001:db8": "DD"}
    hops = links = 0
    for name in ("relay-chain", "html-links", "ipv6", "odd-paths"):
        for mail in mails("--geoip", everything, os.path.join(TOP, f"pcaps/{name}.pcap")):
            m = mail["mxtap"]
            for hop in m.get("received", []):
                want = next((c for p, c in where.items() if hop.get("ip", "").startswith(p + ("." if c != "DD" else ":"))), None)
                hops += want is not None
                check(f"{name}: hop {hop.get('ip')}", hop.get("geo", {}).get("country") == want, hop)
            for link in m.get("links", []):
                want = next((c for p, c in where.items() if link.get("ip", [""])[0].startswith(p + ".")), None)
                links += want is not None
                check(f"{name}: link {link.get('host')}", link.get("geo", {}).get("country") == want, link)
            check(f"{name}: client and server", m["src_geo"]["country"] and m["dest_geo"]["country"] ==
                  where[mail["dest_ip"].rsplit(".", 1)[0]] if "." in mail["dest_ip"] else m["dest_geo"]["country"] == "DD", m)
    check("there were hops with addresses", hops > 0, hops)


NPM = r"""#!/usr/bin/env bash
# Stands for npm: hands out packages of this folder, and writes down what it was asked for.
[ "$1 $2" = "pack --silent" ] || exit 2
echo "$3" >>"$FAKE/asked"
file=$FAKE/$(basename "$3").tgz
[ -e "$file" ] || exit 1
cp "$file" .
"""


def package(path, files):
    with tarfile.open(path, "w:gz") as t:
        for name, data in dict(files, **{"package.json": b'{"version": "9.8.7"}'}).items():
            info = tarfile.TarInfo("package/" + name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))


def rows(*lines):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode()


def make_geo(d):
    fake, out = os.path.join(d, "npm"), os.path.join(d, "geo")
    os.mkdir(fake)
    with open(os.path.join(fake, "npm"), "w") as f:
        f.write(NPM)
    os.chmod(os.path.join(fake, "npm"), 0o755)
    country = os.path.join(d, "country.mmdb")
    mmdb.write(country, {"198.51.100.0/24": {"country_code": "ZZ"}}, "test")
    env = dict(os.environ, PATH=fake + ":" + os.environ["PATH"], FAKE=fake)
    go = lambda: subprocess.run([os.path.join(TOP, "share/geo/make-geo"), out], env=env, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=60)
    p = go()
    check("no network: said, and a status", p.returncode == 1 and b"npm could not fetch" in p.stdout, p)
    package(os.path.join(fake, "geo-whois-asn-country-mmdb.tgz"), {"geo-whois-asn-country.mmdb": open(country, "rb").read()})
    p = go()
    check("half of it came: the rest is said to be missing", p.returncode == 1 and b"@ip-location-db/asn" in p.stdout, p)
    package(os.path.join(fake, "asn.tgz"), {
        "asn-ipv4.csv": rows(["198.51.100.0", "198.51.100.16", 64999, 'Owner, "the" Ltd'], ["198.51.100.17", "198.51.100.255", 65000, "Other"])
        + b"not a row\n", "asn-ipv6.csv": rows(["2001:db8::", "2001:db8::ffff", 4200000000, "Sechs \u00fc"])})
    p = go()
    text = p.stdout.decode()
    check("then it goes on where it stopped", p.returncode == 0 and "3 rows, 1 left out" in text, text)
    check("it says versions, sizes and seconds", "9.8.7" in text and re.search(r"^asn\.mmdb +\S+ +\d+ s  ", text, re.M)
          and re.search(r"^done in \d+ s", text, re.M), text)
    asked = open(os.path.join(fake, "asked")).read().split()
    p = go()
    check("what is there is not fetched again", p.returncode == 0 and open(os.path.join(fake, "asked")).read().split() == asked
          and asked.count("@ip-location-db/geo-whois-asn-country-mmdb") == 2, asked)
    origin = mails("--geoip", os.path.join(out, "asn.mmdb"), "--geoip", os.path.join(out, "country.mmdb"),
                   os.path.join(TOP, "pcaps/several-mails.pcap"))[0]["mxtap"]["origin"]
    check("and mxtap reads it", (origin["asn"], origin["org"], origin["country"]) == (64999, 'Owner, "the" Ltd', "ZZ")
          and origin["net"] == "198.51.100.16/32", origin)


def main():
    d = tempfile.mkdtemp(prefix="mxtap-geo-")
    try:
        register()
        every_place(d)
        make_geo(d)
    finally:
        shutil.rmtree(d)
    return told()


if __name__ == "__main__":
    sys.exit(main())
