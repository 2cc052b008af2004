# SPDX-License-Identifier: Apache-2.0
"""Mails that were not written for mxtap: the test data of other projects, read where Debian installs it.

Nothing of it is copied into this tree. `make deps-test` installs the packages; a missing one ends the test.
Licences, as each package's copyright file has them: jwz Apache-2.0 (2,400 mails that people sent in 2002),
flufl.bounce Apache-2.0 (bounces of a hundred MTAs), enmime CC0-1.0, CPython PSF-2.0, MIME::Explode GPL or
Artistic, dkimpy zlib.
"""
import glob
import mailbox
import os.path
import re
import sys

# short name: (Debian package, files, at least so many mails)
SOURCES = {
    "jwz": ("golang-github-gatherstars-com-jwz-dev",
            "/usr/share/gocode/src/github.com/gatherstars-com/jwz/test/testdata/ham/*.eml", 2400),
    "bounce": ("python3-flufl.bounce", "/usr/lib/python3/dist-packages/flufl/bounce/tests/data/*.txt", 110),
    "enmime": ("golang-github-jhillyerd-enmime-dev",
               "/usr/share/gocode/src/github.com/jhillyerd/enmime/testdata/*/*.raw", 75),
    "cpython": ("libpython3.11-testsuite", "/usr/lib/python3.11/test/test_email/data/msg_*.txt", 45),
    "explode": ("libmime-explode-perl", "/usr/share/doc/libmime-explode-perl/examples/testmsgs/*.m[sb][gx]", 30),
    "dkim": ("python3-dkim", "/usr/lib/python3/dist-packages/dkim/tests/data/*.m[es][gs]*", 10),
}
HASH = re.compile(r"\.[0-9a-f]{32}(?=\.eml$)")  # jwz's names: a number, and a sum of the mail


def on_the_wire(raw):
    """As SMTP carries it: lines end in CRLF, the last one too."""
    raw = re.sub(rb"\r\n|\r|\n", b"\r\n", raw)
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def of_file(path):
    with open(path, "rb") as f:
        raw = f.read()
    if not path.endswith((".mbx", ".mbox")):
        return [raw]
    box = mailbox.mbox(path, create=False)
    return [box.get_bytes(key) for key in box.keys()]


def mails(only=None):
    """[(name, message as on the wire)], in the order of the names; a package without its mails ends the program."""
    found = []
    for source, (package, pattern, least) in SOURCES.items():
        if only and source not in only:
            continue
        before, root = len(found), pattern[:pattern.index("*")]
        for path in sorted(glob.glob(pattern)):
            base = source + "/" + HASH.sub("", path[len(os.path.dirname(root)) + 1:])
            for n, raw in enumerate(of_file(path)):
                found.append((base if n == 0 else f"{base}#{n + 1}", on_the_wire(raw)))
        if len(found) - before < least:
            sys.exit(f"{source}: {len(found) - before} mails in {pattern}, and there should be {least}: "
                     f"install {package} (make deps-test)")
    return found
