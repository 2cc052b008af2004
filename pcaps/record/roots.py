# SPDX-License-Identifier: Apache-2.0
"""Throw-away roots: conflicting packages, each in its own overlay over this machine's /."""

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = {
    "postfix": ["postfix", "libsasl2-modules", "sasl2-bin", "openssl", "libfaketime"],
    "exim": ["exim4-daemon-heavy", "openssl", "libfaketime"],
    "opensmtpd": ["opensmtpd", "openssl", "libfaketime"],
    "dovecot": ["dovecot-lmtpd", "openssl", "libfaketime"],
    "switch": ["openvswitch-switch"],
    "clients": ["swaks", "libnet-ssleay-perl", "libio-socket-ssl-perl",
                "libio-socket-inet6-perl", "msmtp", "nodejs",
                "node-nodemailer", "dnsmasq-base", "bind9-dnsutils", "openssl", "libfaketime"],
}
# A self-signed certificate, made when the root is; valid in every story's year.
CERTIFICATE, KEY = "/etc/ssl/mx.example.jp.pem", "/etc/ssl/mx.example.jp.key"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
# What a root must never do is start a daemon outside the recorder's namespaces.
POLICY_RC_D = "#!/bin/sh\nexit 101\n"


class Root:
    """One overlay root; mounted while the recorder runs, kept on disk for the next run."""

    def __init__(self, name, base):
        self.name = name
        self.base = Path(base) / name
        self.path = self.base / "root"

    def mount(self):
        if self.path.is_mount():
            self.umount()
        for part in ("upper", "work", "root"):
            (self.base / part).mkdir(parents=True, exist_ok=True)
        layers = f"lowerdir=/,upperdir={self.base}/upper,workdir={self.base}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, self.path], check=True)
        for source in ("/proc", "/dev"):
            subprocess.run(["mount", "--bind", source, f"{self.path}{source}"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", f"{self.path}/tmp"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", f"{self.path}/run"], check=True)
        done = self.base / "installed"
        wanted = " ".join(PACKAGES[self.name])
        if not done.exists() or done.read_text() != wanted:
            self._install()
            done.write_text(wanted)

    def umount(self):
        subprocess.run(["umount", "-R", self.path], check=False)

    def discard(self):
        shutil.rmtree(self.base)

    def write(self, path, text, mode=0o644):
        target = self.path / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink():
            target.unlink()
        target.write_text(text)
        os.chmod(target, mode)

    def run(self, *command, check=True, **options):
        """Runs a command in the root, outside any namespace (configuration only)."""
        return subprocess.run(["chroot", self.path, *command], check=check, **options)

    def versions(self):
        query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES[self.name]]
        return self.run(*query, capture_output=True, text=True).stdout

    def _install(self):
        (self.path / "etc/ld.so.preload").unlink(missing_ok=True)   # apt hangs on a false clock
        self.write("/usr/sbin/policy-rc.d", POLICY_RC_D, 0o755)
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        for command in (["apt-get", "update", "-qq"],
                        ["apt-get", "install", "-y", "-qq", "--no-install-recommends",
                         *PACKAGES[self.name]]):
            self.run(*command, env=environment, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)
        self.run("env", f"LD_PRELOAD={FAKETIME}", "FAKETIME=@2020-01-01 00:00:00", "openssl", "req",
                 "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7300", "-subj",
                 "/CN=mx.example.jp", "-keyout", KEY, "-out", CERTIFICATE,
                 stderr=subprocess.DEVNULL)
        self.run("chmod", "644", KEY)
