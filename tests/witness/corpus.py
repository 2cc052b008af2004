# SPDX-License-Identifier: Apache-2.0
"""Documents nobody wrote for us: packages unpacked under build/corpus/, none installed, nothing of them in this repository.

The licences are those of the packages' own copyright files (SPDX names). npm's are fetched where there is an npm.
"""
import glob
import gzip
import os
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = os.path.join(TOP, "build", "corpus")

DEBIAN = [  # package, licence, what it is
    ("postfix-doc", "IPL-1.0 OR EPL-2.0", "manual of a mail server"),
    ("exim4-doc-html", "GPL-2.0-or-later", "manual of a mail server"),
    ("mailman3-doc", "GPL-3.0-only", "manual of a mailing list manager"),
    ("sylpheed-doc", "GPL-2.0-or-later AND GFDL-1.1", "manual of a mail reader, also in Japanese (EUC-JP)"),
    ("cyrus-doc", "CMU licence, and others", "manual of a mail store"),
    ("python3-django-hyperkitty", "GPL-3.0-only", "templates of a mail archive"),
    ("git-doc", "GPL-2.0-only", "manual, and release notes as text"),
]
NPM = [  # HTML of mails, and mails
    ("foundation-emails", "2.3.1", "MIT", "templates and tests of newsletters"),
    ("bootstrap-email", "1.2.9", "MIT", "mails before and after compilation"),
    ("grunt-email-builder", "4.0.0", "MIT", "mails of a builder's tests"),
    ("swig-email-templates", "7.0.0", "MIT", "mails of a template engine's tests"),
    ("planer", "1.2.0", "MIT", "answers with quotations"),
]


npm_answers = True


def run(folder, *argv):
    return subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).returncode == 0


def fetch_debian(name, folder):
    if not run(folder, "apt-get", "download", name):
        run(folder, *(["sudo"] if os.geteuid() else []), "apt-get", "update")
        if not run(folder, "apt-get", "download", name):
            return False
    return run(folder, "dpkg-deb", "-x", glob.glob(os.path.join(folder, "*.deb"))[0], os.path.join(folder, "files"))


def fetch_npm(name, version, folder):
    """Where no registry answers, the first package tells: the others are not waited for."""
    global npm_answers
    npm_answers = npm_answers and bool(shutil.which("npm")) and run(
        folder, "npm", "pack", "--silent", "--fetch-retries=0", "--fetch-timeout=15000", "%s@%s" % (name, version))
    if not npm_answers:
        return False
    os.mkdir(os.path.join(folder, "files"))
    return run(folder, "tar", "xzf", glob.glob(os.path.join(folder, "*.tgz"))[0], "-C", "files")


def unpacked(name, fetch):
    """The folder with the package's files, fetched once; None where it cannot be had."""
    folder = os.path.join(FOLDER, name)
    if os.path.isdir(os.path.join(folder, "files")):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    if fetch(folder):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    return None


def sets():
    """[(name, licence, folder)]; ends the program when a Debian package cannot be had."""
    found = []
    for name, licence, _ in DEBIAN:
        folder = unpacked(name, lambda f, n=name: fetch_debian(n, f))
        if folder is None:
            sys.exit("cannot download the Debian package %s" % name)
        found.append((name, licence, folder))
    for name, version, licence, _ in NPM:
        folder = unpacked(name, lambda f, n=name, v=version: fetch_npm(n, v, f))
        if folder is None:
            print("without %s: no npm here, or no registry" % name)
        else:
            found.append((name + " (npm)", licence, folder))
    return found


def files(folder, endings):
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(base, name)
            if name.lower().endswith(endings) and os.path.isfile(path) and not os.path.islink(path):
                yield path


def read(path, most):
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as f:
        return f.read(most)
