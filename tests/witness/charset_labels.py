#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every label of a charset that browsers know (WHATWG Encoding, by Debian's python3-webencodings): a mail under that
label, written by Python's codec, must read as the text it was made of; in the body and in an encoded word.

usage: charset_labels.py [--parts PROGRAM] [--mxtap PROGRAM]
Last line: `N passed, N failed` (texts).
"""
import argparse
import base64
import os
import sys

import webencodings
import webencodings.labels

import captures
import fixtures_witness

# What text is written in the charsets of more than one byte; one-byte charsets write all they have.
TEXTS = {
    "gbk": "您的帐户已被冻结，镕基", "gb18030": "您的帐户已被冻结，镕基", "hz": "己所不欲勿施于人", "big5": "您的帳戶已被凍結",
    "euc_jp": "お知らせ、アカウント凍結", "iso2022_jp": "お知らせ、アカウント凍結", "cp932": "お知らせ、①髙アカウント凍結",
    "shift_jis": "お知らせ、アカウント凍結ｱｲｳ", "euc_kr": "계정이 정지되었습니다", "cp949": "계정이 정지되었습니다 갂",
    "iso2022_kr": "계정이 정지되었습니다", "utf-8": "お知らせ é 🎉", "utf-16-le": "お知らせ é 🎉", "utf-16-be": "お知らせ é 🎉",
}

# glibc's tables of the Macintosh are those from before the euro: two letters differ, and are the same to a reader.
SAME = {"macintosh": str.maketrans("\u2206", "\u0394"), "x-mac-cyrillic": str.maketrans("\u20ac", "\u00a4")}


def every_letter(codec):
    """All that one byte gives from A0 on: below lie controls, which codecs and converters treat as they like."""
    made = (bytes((b,)).decode(codec, "ignore") for b in range(0xA0, 0x100))
    return " ".join(c for c in made if c.isprintable() and not "\ue000" <= c <= "\uf8ff")


def cases():
    for label in sorted(webencodings.labels.LABELS):
        codec = webencodings.lookup(label).codec_info.name
        if codec in ("x-user-defined", "replacement"):
            continue
        text = TEXTS.get(codec) or TEXTS.get(codec.lower()) or every_letter(codec)
        try:
            yield label, text.translate(SAME.get(webencodings.lookup(label).name, {})), text.encode(codec)
        except UnicodeEncodeError as e:
            sys.exit(f"{label}: {codec}: {e}")


def mail(label, data):
    word = b"=?%s?B?%s?=" % (label.encode(), base64.b64encode(data))
    return (b"Subject: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=\"%s\"\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n%s" % (word, label.encode(), base64.encodebytes(data)
                                                              .replace(b"\n", b"\r\n")))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--mxtap", default=os.path.join(fixtures_witness.BUILD, "mxtap"))
    p.add_argument("--parts", default=os.path.join(fixtures_witness.BUILD, "tests/witness/mail_parts_cli"))
    args = p.parse_args()
    all_cases = list(cases())
    raws = [mail(label, data) for label, _, data in all_cases]
    passed = failed = 0
    for (label, text, _), record, parts in zip(all_cases, fixtures_witness.records(args.mxtap, raws),
                                               fixtures_witness.decoded(args.parts, raws)):
        for where, found in (("body", parts[0][1]), ("subject", record["email"]["subject"])):
            passed += found == text
            failed += found != text
            if found != text:
                print(f"{label}: {where}: {found!r}, written as {text!r}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or passed < 400 else 0)


main()
