# SPDX-License-Identifier: Apache-2.0
"""Damage to HTML and to text, and mails around HTML, the same for the same random numbers."""
import base64
import quopri
import re

HTML_BYTES = [b'"', b"'", b"<", b">", b"=", b"/", b"&", b" ", b"\n", b"\t", b"\0"]
HTML_PIECES = [b"<!--", b"-->", b"</", b"<a href=", b"&#104;", b"&amp", b"<br/>", b"<![CDATA[", b"]]>", b"<!-->", b"--!>", b"<!--[if mso]>",
               b"<![endif]-->", b"</a>", b"<td>", b"<b>", b"<style>", b"<script>", b"</script>"]
TEXT_BYTES = [b".", b",", b":", b"/", b"(", b")", b"[", b"]", b"<", b">", b"'", b"@", b" ", b"\n", b"?", b"#", b";", b"*"]
TEXT_PIECES = [b"http://", b"www.", b"[.]", b"<https://a.com/x\r\n", b"\xe3\x80\x82", b"\xef\xbc\x89", b"\xe2\x80\x9d",
               b"\xc3\xa9", b"user@", b":8080", b"hxxp://b.org"]
ATTRIBUTE = re.compile(rb"""(?i)\b(href|src|action|background)\s*=\s*("[^"]*"|'[^']*')""")
CHARSETS = ["utf-8", "windows-1252", "shift_jis", "euc-jp", "iso-2022-jp", "utf-16", "koi8-r", "gb18030"]


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


def reference(byte, rng):
    """One character of a value in another spelling."""
    named = {58: b"&colon;", 47: b"&sol;", 46: b"&period;", 38: b"&amp;", 63: b"&quest;", 61: b"&equals;"}
    spellings = [b"&#%d;" % byte, b"&#x%x;" % byte, b"&#X%X;" % byte, b"&#%07d;" % byte, b"&#%d" % byte, named.get(byte, bytes([byte]))]
    return rng.choice(spellings)


def trick(name, value, rng):
    """name="value" as somebody writes it who does not want it found."""
    inner, quote = value[1:-1], value[:1]
    at = rng.randrange(len(inner) + 1)
    kind = rng.randrange(12)
    if kind == 0:
        inner = b"".join(reference(b, rng) if rng.random() < 0.3 and b < 128 else bytes([b]) for b in inner)
    elif kind == 1:
        inner = inner[:at] + rng.choice((b"\t", b"\n", b"\r\n", b"&Tab;", b"&NewLine;", b"&#10;", b"&#x9")) + inner[at:]
    elif kind == 2:
        inner = inner[:at] + rng.choice((b"\0", b"&#0;", b"&#99999999999;", b"&#xD800;", b"&zwnj;", b"&shy;", b"&foo;", b"&amp", b"&copy=", b"&")) + inner[at:]
    elif kind == 3 and not re.search(rb"[\s\"'<>`=]", inner) and inner:
        return name + b"=" + inner
    elif kind == 4:
        name = bytes(c ^ 32 if rng.random() < 0.5 else c for c in name)
    elif kind == 5:
        return name + rng.choice((b" ", b"\n", b"\t", b"")) + b"=" + rng.choice((b" ", b"\n", b"", b"\r\n")) + value
    elif kind == 6:
        return value.join((name + b"=", b"")) + rng.choice((b"/", b" / ", b"title='x'", b" href=x ", b"=", b" x=\"<a>\" "))
    elif kind == 7:
        return name + b"=" + quote + inner  # never closed
    elif kind == 8:
        inner = rng.choice((b" ", b"\n", b"\x01", b"&#32;", b"\xc2\xa0")) + inner + rng.choice((b" ", b"\n", b""))
    elif kind == 9:
        return b"/" + name + b"=" + value
    elif kind == 10:
        inner = inner.replace(b"http", bytes(c ^ 32 if rng.random() < 0.5 else c for c in b"http"))
    else:
        inner = inner.replace(b"/", b"\\", rng.randint(1, 3))
    return name + b"=" + quote + inner + quote


def tricks(raw, rng):
    """A few of the attributes that name URLs, each spelled otherwise."""
    share = rng.choice((0.02, 0.1, 0.5))
    return ATTRIBUTE.sub(lambda m: trick(m.group(1), m.group(2), rng) if rng.random() < share else m.group(0), raw)


def html(raw, rng):
    kind = rng.randrange(3)
    if kind != 1:
        raw = tricks(raw, rng)
    return damage(raw, rng, HTML_BYTES, HTML_PIECES) if kind else raw


def soft_breaks(text, rng):
    """Quoted-printable with lines cut anywhere, an escape or not."""
    out, line = bytearray(), bytearray()
    for byte in quopri.encodestring(text, quotetabs=False).replace(b"=\n", b"").split(b"\n"):
        pieces = re.findall(rb"=[0-9A-F]{2}|[^=]", byte)
        for piece in pieces:
            if len(line) + len(piece) > rng.randint(4, 75):
                out += line + b"=\r\n"
                line.clear()
            line += piece
        out += line + b"\r\n"
        line.clear()
    return bytes(out)


def base64_lines(text, rng):
    encoded, out = base64.b64encode(text), bytearray()
    while encoded:
        n = rng.choice((76, 76, 4, 17, 60, 1000))
        out += encoded[:n] + rng.choice((b"\r\n", b"\n" if n != 1000 else b"\r\n", b" \r\n"))
        encoded = encoded[n:]
    return bytes(out)


def mail(text, rng):
    """(a mail with the HTML in some charset and encoding, the HTML as its reader decodes it)"""
    charset = rng.choice(CHARSETS)
    raw = text.encode(charset, "xmlcharrefreplace")
    encoding = rng.choice(("quoted-printable", "base64") if charset != "utf-16" else ("base64",))
    body = soft_breaks(raw, rng) if encoding[0] == "q" else base64_lines(raw, rng)
    head = "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n"
    return (head % (charset, encoding)).encode() + body, raw.decode(charset)


def text(raw, rng):
    """More damage the longer the text."""
    for _ in range(1 + len(raw) // 2000):
        raw = damage(raw, rng, TEXT_BYTES, TEXT_PIECES)
    return raw
