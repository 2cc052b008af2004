# SPDX-License-Identifier: Apache-2.0
"""One story being recorded: its clock, its roots, its capture and its truth."""

import calendar
import os
import shutil
import tempfile
import time
import traceback
from pathlib import Path

import frames
import senders
import world
from roots import PACKAGES, Root
from servers import Dns, set_clock
from tap import Tap
from truth import Truth

HERE = Path(__file__).resolve().parent
CAPTURES = HERE.parent
TRUTHS = CAPTURES.parent / "tests" / "captures"
BUILD = CAPTURES.parent / "build" / "record"
STORIES = {}
SIZE_MAX = 1_000_000


def story(name, start):
    """Registers a story; `start` (UTC) is when its first packet was seen, whenever it is recorded.

    Starts follow the order of the names, so that replaying the folder never steps back in time.
    """
    def register(function):
        STORIES[name] = (calendar.timegm(time.strptime(start, "%Y-%m-%d %H:%M:%S")), function)
        return function
    return register


def damaged(name, start, happens):
    """A story that happens(recording) tells and function(frames, truth) -> frames spoils.

    `truth` is that of the good capture, to be changed where the damage is seen.
    """
    def register(function):
        def run(recording):
            happens(recording)
            captured = recording.frames()
            check_sent(recording, captured)
            recording.truth.sent.clear()
            recording.truth.note(made_from=happens.__name__)
            recording.placed = function(captured, recording.truth)
        return story(name, start)(run)
    return register


class Recording:
    def __init__(self, name, start, roots):
        self.name, self.start, self.roots = name, start, roots
        self.truth = Truth(name)
        self.work = Path(tempfile.mkdtemp(prefix="mxrec-"))
        self.raw = self.work / "raw.pcap"
        self.offset = start - int(time.time())
        self.placed = None      # frames of a story that puts them in time and place itself
        self.torn = 0           # bytes that the file's end lacks
        host = senders.host_of(name)
        self.client, self.client6, self.client_name = host.ip4, host.ip6, host.name
        self.domain = host.domain

    def date(self, zone="+0900", later=0):
        """A Date field for `later` seconds after the story's start."""
        hours = int(zone[0] + zone[1:3])
        return time.strftime("%a, %d %b %Y %H:%M:%S ",
                             time.gmtime(self.start + later + hours * 3600)) + zone

    def set_clocks(self):
        self.offset = self.start - int(time.time())
        for name in ("postfix", "exim", "opensmtpd", "dovecot"):
            set_clock(self.roots[name], self.offset)

    def tap(self, path=None, **where):
        return Tap(path or self.raw, **where)

    def dns(self, *records):
        return Dns(self.roots["clients"], records)

    def frames(self, path=None):
        """What was captured, its first frame at the story's start."""
        captured = sorted(frames.read(path or self.raw), key=lambda frame: frame.when)
        return frames.shift(captured, self.offset * 1_000_000)

    def place_later(self, path, seconds):
        """A second capture of the same story goes `seconds` after the first one's start."""
        second = self.frames(path)
        second = frames.shift(second, (self.start + seconds) * 1_000_000 - second[0].when)
        self.placed = self.frames() + second

    def save(self, captured, snaplen=262144):
        path = CAPTURES / f"{self.name}.pcap"
        frames.write(path, captured, snaplen)
        os.truncate(path, path.stat().st_size - self.torn)
        if path.stat().st_size >= SIZE_MAX:
            raise RuntimeError(f"{path.name} is {path.stat().st_size} bytes")
        TRUTHS.mkdir(parents=True, exist_ok=True)
        self.truth.write(TRUTHS / f"{self.name}.truth.json")
        print(f"{self.name}: {len(captured)} frames, {path.stat().st_size} bytes, "
              f"{len(self.truth.sessions)} sessions, {len(self.truth.mails)} mails", flush=True)


def streams(captured):
    """What each side of each connection said, in the order captured."""
    said = {}
    for frame in captured:
        length = frames.payload_length(frame.data)
        if length:
            found = frames.layers(frame.data)
            addresses = found.ip + (12 if found.family == 4 else 8)
            key = frame.data[addresses:found.transport + 4]
            said[key] = said.get(key, b"") + frame.data[found.end - length:found.end]
    return list(said.values())


def check_sent(recording, captured):
    """Every mail that was sent whole is in the capture, byte for byte."""
    said = streams(captured)
    for raw in recording.truth.sent:
        if not any(raw in text or raw.replace(b"\r\n.", b"\r\n..") in text for text in said):
            raise RuntimeError(f"{recording.name}: not on the wire as written: {raw[:300]!r}")


def record(names):
    roots = {name: Root(name, BUILD / "roots") for name in PACKAGES}
    mounted = []
    try:
        for root in roots.values():
            root.mount()
            mounted.append(root)
        failed = [name for name in names if not _recorded(name, roots)]
    finally:
        world.remove()
        for root in reversed(mounted):
            root.umount()
    return failed


def _recorded(name, roots):
    try:
        _record_one(name, roots)
        return True
    except Exception:   # one story that fails does not keep the others from being recorded
        traceback.print_exc()
        return False


def _record_one(name, roots):
    start, function = STORIES[name]
    world.build()
    recording = Recording(name, start, roots)
    recording.set_clocks()
    function(recording)
    captured = recording.placed or recording.frames()
    check_sent(recording, captured)
    recording.save(captured)
    shutil.rmtree(recording.work)
