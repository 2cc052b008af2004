#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""file(1) as a witness for parts[].sniffed: the files of this system, and some that Python writes, looked at twice.

usage: sniff_types.py [--cli PROGRAM] [FOLDER...]
Files come from the packages installed here: none was made for mxtap. A file is compared where either side knows its
kind (mxtap has no word for source code and other plain text). Where both may differ, ARGUED says why; what is not
argued there fails. Last line: `N passed, N failed`.
"""
import argparse
import bz2
import collections
import gzip
import io
import lzma
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import wave
import zipfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FOLDERS = ("/usr/share", "/usr/lib", "/usr/bin", "/etc", "/var/lib", "/var/cache")
PER_SUFFIX, LEAST_FILES, LEAST_KINDS = 25, 200, 20

# file's name: ours. Same thing, another word.
SAME = {
    "application/x-sharedlib": "application/x-elf",
    "application/x-pie-executable": "application/x-elf",
    "application/x-executable": "application/x-elf",
    "application/x-object": "application/x-elf",
    "application/vnd.microsoft.portable-executable": "application/x-dosexec",
    "application/vnd.ms-opentype": "font/otf",
    "application/x-sqlite3": "application/vnd.sqlite3",
    "application/x-ms-ole-storage": "application/x-ole-storage",
    "application/CDFV2": "application/x-ole-storage",
    "application/msword": "application/x-ole-storage",
    "application/vnd.ms-excel": "application/x-ole-storage",
    "application/vnd.ms-office": "application/x-ole-storage",
    "application/x-msi": "application/x-ole-storage",
    "application/x-7z": "application/x-7z-compressed",
    "audio/ogg": "application/ogg",
    "video/ogg": "application/ogg",
    "audio/x-m4a": "audio/mp4",
}

# (file's name, ours; - for nothing; * for any): why that is right, or does no harm.
ARGUED = {
    ("font/otf", "font/collection"): "several fonts in one file: RFC 8081 4.4.6 calls it that",
    ("message/rfc822", "-"): "From, To and Subject alone are a letter's head as well: we ask for a field that only mail has",
    ("text/plain", "*"): "file wants more than the standard's first tag, first field or #! to call text mark-up, mail or script",
    ("text/html", "-"): "file looks for a tag anywhere in the first KiBs; by the standard a page begins with one",
    ("text/html", "message/rfc822"): "a mail with a page inside: its fields come first",
    ("text/html", "text/xml"): "file takes any HTML tag behind the XML declaration for the root",
    ("text/html", "application/xhtml+xml"): "file has no word for XHTML",
    ("text/html", "image/svg+xml"): "a picture with a page's tags inside",
    ("text/xml", "application/xhtml+xml"): "file has no word for XHTML",
    ("text/xml", "text/html"): "a page with an XML island",
    ("text/xml", "image/svg+xml"): "file looks for the root in fewer bytes",
    ("image/svg+xml", "-"): "<svg is somewhere inside text: no document",
    ("image/svg+xml", "text/html"): "a comment comes first: browsers take it for a page",
    ("image/svg+xml", "text/xml"): "the root comes behind 4 KiB of comments",
    ("application/javascript", "*"): "no bytes say so; #! names an interpreter",
    ("text/x-c", "*"): "guessed from words of C inside",
    ("text/x-c++", "*"): "guessed from words of C++ inside",
    ("text/x-asm", "*"): "guessed from words of assembler inside",
    ("text/x-java", "*"): "guessed from words of Java inside",
    ("text/troff", "text/html"): "guessed from a dot at a line's start",
    ("text/x-makefile", "text/x-script"): "#!/usr/bin/make -f",
    ("text/x-awk", "text/x-script"): "one word for interpreters that no attachment needs",
    ("text/x-ruby", "text/x-script"): "the same",
    ("text/x-lua", "text/x-script"): "the same",
    ("text/x-tcl", "text/x-script"): "the same",
    ("text/x-gawk", "text/x-script"): "the same",
    ("text/x-nawk", "text/x-script"): "the same",
    ("text/x-shellscript", "text/x-script"): "a C shell",
    ("text/x-perl", "-"): "guessed from words of Perl inside",
    ("text/x-perl", "text/x-script"): "guessed: the line names another interpreter, or none",
    ("text/x-perl", "text/x-shellscript"): "#!/bin/sh that starts perl in its second line",
    ("text/x-script.python", "-"): "guessed from words of Python inside",
    ("text/x-script.python", "text/x-script"): "guessed: the line names another interpreter",
    ("text/x-script.python", "text/x-shellscript"): "guessed: the line names a shell",
    ("text/x-msdos-batch", "-"): "guessed from words inside",
    ("text/x-php", "-"): "guessed from <?php somewhere inside",
    ("text/x-diff", "message/rfc822"): "a patch sent as a mail: its fields come first",
    ("application/pgp-keys", "-"): "keys without their armour: packets of OpenPGP",
    ("application/x-tar", "-"): "archives from before POSIX have no mark: file adds up the header's check sum",
    ("application/zip", "application/java-archive"): "a manifest that is not the first file, or META-INF of another kind",
    ("application/java-archive", "application/zip"): "told by bytes of the Java tools, with no META-INF among the first names",
    ("application/zip", "-"): "behind other bytes",
    ("application/octet-stream", "application/zip"): "ZIP64, or one that file finds damaged",
    ("application/octet-stream", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"): "file 5.44 looks at fewer names",
    ("audio/mpeg", "-"): "layers I and II, which nobody sends",
    ("application/postscript", "-"): "PostScript behind a binary header",
}


def candidates(folders):
    per = collections.Counter()
    for top in folders:
        for folder, inner, names in os.walk(top):
            inner.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                suffix = os.path.splitext(name)[1].lower()
                if per[suffix] < PER_SUFFIX and "\n" not in path and is_file(path):
                    per[suffix] += 1
                    yield path


def is_file(path):
    try:
        return not os.path.islink(path) and os.path.isfile(path) and os.path.getsize(path) > 0 and os.access(path, os.R_OK)
    except OSError:
        return False


def written(folder):
    """Kinds that a bare system may lack, by Python's own writers."""
    text = b"as plain as can be\n" * 50
    path = lambda name: os.path.join(folder, name)
    for name, pack in (("a.gz", gzip.compress), ("a.bz2", bz2.compress), ("a.xz", lzma.compress)):
        with open(path(name), "wb") as f:
            f.write(pack(text))
    with tarfile.open(path("a.tar"), "w") as t:
        info = tarfile.TarInfo("a.txt")
        info.size = len(text)
        t.addfile(info, io.BytesIO(text))
    archive(path("a.zip"), [("a.txt", text)])
    archive(path("a.jar"), [("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n")])
    for name, inside in (("a.docx", "word/document.xml"), ("a.xlsx", "xl/workbook.xml"), ("a.pptx", "ppt/presentation.xml")):
        archive(path(name), [("[Content_Types].xml", b"<Types/>"), ("_rels/.rels", b"<Relationships/>"), (inside, b"<x/>")])
    archive(path("a.odt"), [("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>")])
    archive(path("a.epub"), [("mimetype", b"application/epub+zip"), ("META-INF/container.xml", b"<x/>")])
    base = sqlite3.connect(path("a.db"))
    base.execute("create table a (b)")
    base.commit()
    base.close()
    with wave.open(path("a.wav"), "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes(bytes(800))
    return [path(name) for name in sorted(os.listdir(folder))]


def archive(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
        for name, data in files:
            z.writestr(name, data)


def ask(argv, paths):
    done = subprocess.run(argv, input="\n".join(paths).encode("utf-8", "surrogateescape"), stdout=subprocess.PIPE, check=True)
    return done.stdout.decode("utf-8", "replace").splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cli", default=os.path.join(TOP, "build", "tests", "witness", "sniff_cli"))
    parser.add_argument("folders", nargs="*", default=FOLDERS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = written(folder) + list(candidates(args.folders))
        ours = [line.replace(" encrypted", "") for line in ask([args.cli], paths)]
        theirs = ask(["file", "-b", "--mime-type", "-f", "-"], paths)
    if not len(paths) == len(ours) == len(theirs):
        sys.exit(f"{len(paths)} files, {len(ours)} and {len(theirs)} answers")
    known = {SAME.get(t, t) for t in theirs} & set(ours) | {"text/html", "application/pdf"}
    kinds, argued, failed = collections.Counter(), collections.Counter(), 0
    for path, our, their in zip(paths, ours, theirs):
        same = SAME.get(their, their)
        pair = next((p for p in ((their, our), (their, "*")) if p in ARGUED), None)
        if our == same:
            kinds[our] += 1
        elif our == "-" and same not in known:
            continue
        elif pair:
            argued[pair] += 1
        else:
            failed += 1
            print(f"{path}: file says {their}, mxtap {our}")
    for (their, our), n in argued.most_common():
        print(f"argued: {n} times file says {their}, mxtap {our}: {ARGUED[their, our]}")
    agreed = sum(kinds.values())
    print(f"{agreed} files of {len(kinds)} kinds agree, {sum(argued.values())} argued, of {len(paths)} looked at")
    if agreed < LEAST_FILES or len(kinds) < LEAST_KINDS:
        failed += 1
        print(f"too few: at least {LEAST_FILES} files of {LEAST_KINDS} kinds")
    print(f"{agreed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
