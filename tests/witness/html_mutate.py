# SPDX-License-Identifier: Apache-2.0
"""Damage to HTML and to text, the same for the same random numbers."""

HTML_BYTES = [b'"', b"'", b"<", b">", b"=", b"/", b"&", b" ", b"\n", b"\t"]
HTML_PIECES = [b"<!--", b"-->", b"</", b"<a href=", b"&#104;", b"&amp", b"<br/>"]
TEXT_BYTES = [b".", b",", b":", b"/", b"(", b")", b"[", b"]", b"<", b">", b"'", b"@", b" ", b"\n", b"?", b"#", b";", b"*"]
TEXT_PIECES = [b"http://", b"www.", b"[.]", b"<https://a.com/x\r\n", b"\xe3\x80\x82", b"\xef\xbc\x89", b"\xe2\x80\x9d",
               b"\xc3\xa9", b"user@", b":8080", b"hxxp://b.org"]


def damage(raw, rng, singles, pieces):
    raw = bytearray(raw)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(raw) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            del raw[at:at + rng.randint(1, 20)]
        elif kind == 1:
            raw[at:at] = raw[at:at + rng.randint(1, 50)]
        elif kind == 2:
            raw[at:at] = rng.choice(singles)
        elif kind == 3:
            raw[at:at + 1] = rng.choice(singles)
        else:
            raw[at:at] = rng.choice(pieces)
    return bytes(raw)


def html(raw, rng):
    return damage(raw, rng, HTML_BYTES, HTML_PIECES)


def text(raw, rng):
    """More damage the longer the text."""
    for _ in range(1 + len(raw) // 2000):
        raw = damage(raw, rng, TEXT_BYTES, TEXT_PIECES)
    return raw
