#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--dns where one page of tests/packets does not reach: from file to file, into Redis, and the same bytes twice.
Run from the top of the tree; MXTAP names another binary."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from redis_server import Server  # noqa: E402
from tally import check, told  # noqa: E402

MXTAP = os.path.abspath(os.environ.get("MXTAP", "build/mxtap"))
PLAIN, REGISTER = os.path.abspath("pcaps/plain.pcap"), os.path.abspath("pcaps/register.pcap")
YEAR = 366 * 86400


def frames(path):
    data = open(path, "rb").read()
    at, out = 24, []
    while at < len(data):
        seconds, us, n, wire = struct.unpack("=IIII", data[at:at + 16])
        out.append((seconds, us, wire, data[at + 16:at + 16 + n]))
        at += 16 + n
    return data[:24], out


def is_dns(frame):
    return frame[12:14] == b"\x08\x00" and frame[23] == 17 and 53 in struct.unpack("!HH", frame[34:38])


def write(path, keep, later=0):
    """The frames of plain.pcap that keep takes, so many seconds later."""
    head, all_of_them = frames(PLAIN)
    with open(path, "wb") as f:
        f.write(head)
        for seconds, us, wire, frame in all_of_them:
            if keep(frame):
                f.write(struct.pack("=IIII", seconds + later, us, len(frame), wire) + frame)
    return path


def replay(*words):
    p = subprocess.run([MXTAP, "replay", "-q", "--dns", "--json", "-", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(f"replay of {words[-1]}", p.returncode == 0, p.stderr)
    return [json.loads(line) for line in p.stdout.splitlines()]


def names_of(records):
    return [r["mxtap"]["origin"].get("ptr") for r in records if r["event_type"] == "smtp"]


def from_file_to_file(d):
    """What was answered holds in the next file, where that goes on; never in one of an earlier time."""
    whole = write(os.path.join(d, "whole.pcap"), lambda f: True)
    asked = write(os.path.join(d, "asked.pcap"), is_dns)
    mail = write(os.path.join(d, "mail.pcap"), lambda f: not is_dns(f), 30)
    early = write(os.path.join(d, "early.pcap"), lambda f: not is_dns(f), -YEAR)
    late = write(os.path.join(d, "late.pcap"), lambda f: not is_dns(f), YEAR)
    name = names_of(replay(whole))
    check("the name is known where all is in one file", name and name[0], name)
    check("and where the mail is in the next file", names_of(replay(asked, mail)) == name)
    check("not without the file of the answers", names_of(replay(mail)) == [None])
    check("not in a file of the year before", names_of(replay(whole, early)) == name + [None])
    check("not in one of the year after", names_of(replay(whole, late)) == name + [None])


def into_redis():
    server = Server()
    try:
        p = subprocess.run([MXTAP, "replay", "-q", "--dns", "--redis", server.url, REGISTER], stderr=subprocess.PIPE)
        check("replay into Redis", p.returncode == 0, p.stderr)
        r = server.client()
        host = r.board("mxtap:host:tcbnvck.cn:link_ip")
        check("a host's addresses", host == {"172.67.160.79": 1, "104.21.14.199": 1}, host)
        check("a domain's", r.board("mxtap:domain:tcbnvck.cn:link_ip") == host, r.board("mxtap:domain:tcbnvck.cn:link_ip"))
        check("an address's hosts", r.board("mxtap:link_ip:104.21.14.199:host") == {"tcbnvck.cn": 1})
        check("an address's domains", r.board("mxtap:link_ip:172.67.160.79:domain") == {"tcbnvck.cn": 1})
        top = r.board("mxtap:top:link_ip")
        check("the board of link addresses", top.get("107.150.6.135") == 1 and len(top) == 6, top)
        check("the board of reverse names", r.board("mxtap:top:ptr").get("dhjkweb.cn") == 1, r.board("mxtap:top:ptr"))
        sender = r.hash("mxtap:ip:106.75.182.192")
        check("a sender's reverse name", sender.get("ptr") == "dhjkweb.cn", sender)
        r.close()
    finally:
        server.stop()


def without_it_nothing():
    p = subprocess.run([MXTAP, "replay", "-q", "--json", "-", REGISTER], stdout=subprocess.PIPE, check=True)
    records = [json.loads(line) for line in p.stdout.splitlines()]
    counters = records[-1]["mxtap"]["counters"]
    check("without --dns DNS is another protocol", not any(v for k, v in counters.items() if k.startswith("dns_")), counters)
    check("and no record has a reverse name", not any(names_of(records)))


def main():
    d = tempfile.mkdtemp(prefix="mxtap-dns-")
    try:
        from_file_to_file(d)
    finally:
        shutil.rmtree(d)
    into_redis()
    without_it_nothing()
    return told()


if __name__ == "__main__":
    sys.exit(main())
