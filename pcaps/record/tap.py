# SPDX-License-Identifier: Apache-2.0
"""tcpdump at the switch, and the time every story starts at."""

import signal
import subprocess
import time

import world


class Tap:
    """Captures on one port of the switch while the block runs."""

    def __init__(self, path, host=world.SWITCH, interface="br0", snaplen=0, stop_after=None):
        self.path = path
        self.command = ["tcpdump", "-i", interface, "-s", str(snaplen), "-n", "-U", "-Z", "root",
                        "-B", "65536", "--immediate-mode", "-w", str(path)]
        if stop_after:      # frames
            self.command += ["-c", str(stop_after)]
        self.host = host

    def __enter__(self):
        self.process = world.start(self.host, *self.command, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening on" in line:
                break
        time.sleep(0.2)
        return self

    def __exit__(self, *_):
        time.sleep(0.6)
        self.process.send_signal(signal.SIGINT)
        report = self.process.stderr.read()
        self.process.wait()
        if "0 packets dropped by kernel" not in report:
            raise RuntimeError("tcpdump lost packets: " + report)
