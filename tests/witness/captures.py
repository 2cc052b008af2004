# SPDX-License-Identifier: Apache-2.0
"""The captures, and what mxtap and tshark make of them, for both witnesses."""
import argparse
import collections
import glob
import json
import os
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
# tshark's own defaults lack 2525; reassembly of segments out of order is off there by default.
TSHARK = ["tshark", "-n", "-d", "tcp.port==2525,smtp", "-o", "tcp.reassemble_out_of_order:TRUE"]


def arguments(about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--mxtap", default=os.path.join(TOP, "build", "mxtap"))
    parser.add_argument("captures", nargs="*", help="default: pcaps/*.pcap*")
    args = parser.parse_args()
    args.captures = args.captures or sorted(glob.glob(os.path.join(TOP, "pcaps", "*.pcap*")))
    if not args.captures:
        sys.exit("no captures in pcaps/")
    return args


def run(argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # Both say so by their status when a file ends in mid-packet; what was before that, they read.
    torn = b"cut in mid-packet" in done.stderr or b"cut short in the middle" in done.stderr
    if done.returncode and not torn:
        sys.exit(
            f"{' '.join(argv)}: status {done.returncode}\n{done.stderr.decode('utf-8', 'replace')[-2000:]}"
        )
    return done.stdout


def connection(record):
    return (record["src_ip"], record["src_port"], record["dest_ip"], record["dest_port"])


def records(mxtap, path):
    """{connection: {"smtp": [record by tx_id], "session": [record]}}"""
    found = collections.defaultdict(lambda: {"smtp": [], "session": []})
    for line in run([mxtap, "replay", "--json", "-", path]).decode("utf-8").splitlines():
        record = json.loads(line)
        if record["event_type"] in ("smtp", "session"):
            found[connection(record)][record["event_type"]].append(record)
    for one in found.values():
        one["smtp"].sort(key=lambda r: (r["timestamp"], r["tx_id"]))
    return found


def frames(path, fields, display_filter):
    """tshark's fields frame by frame: {field: [values]}."""
    argv = TSHARK + ["-r", path, "-Y", display_filter, "-T", "json"]
    for field in fields:
        argv += ["-e", field]
    return [frame["_source"]["layers"] for frame in json.loads(run(argv))]
