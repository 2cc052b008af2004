# SPDX-License-Identifier: Apache-2.0
"""Writes a mail as bytes and, from the same request, the facts a reader of it must find."""

import base64
import quopri
from dataclasses import dataclass, field
from urllib.parse import quote

CRLF = b"\r\n"
WORD_MAX = 75           # RFC 2047 section 2
BASE64_LINE = 57        # 76 characters
# What mail with this label really carries.
CODECS = {"gb2312": "gbk", "shift_jis": "cp932", "windows-31j": "cp932"}


def to_bytes(text, charset):
    data = text.encode(CODECS.get(charset.lower(), charset))
    assert data.decode(CODECS.get(charset.lower(), charset)) == text, (text, charset)
    return data


@dataclass
class Attachment:
    name: str
    type: str
    data: bytes
    naming: str = "plain"   # plain, 2047 (an encoded word in quotes, as many mailers do), 2231
    charset: str = "utf-8"


@dataclass
class Mail:
    mail_from: str
    rcpt_to: list
    raw: bytes
    facts: dict = field(default_factory=dict)


def encoded_words(text, charset, how="B"):
    """RFC 2047 words of at most 75 characters, each whole in itself (stateful charsets too).

    How: "B", "Q", or "split": base64 cut after 31 bytes wherever that is, as careless mailers do.
    """
    if how == "split":
        data = to_bytes(text, charset)
        return "\r\n ".join(f"=?{charset}?B?{base64.b64encode(data[at:at + 31]).decode()}?="
                           for at in range(0, len(data), 31))
    words, piece = [], ""
    for character in text:
        if len(_word(piece + character, charset, how)) > WORD_MAX:
            words.append(_word(piece, charset, how))
            piece = ""
        piece += character
    words.append(_word(piece, charset, how))
    return "\r\n ".join(words)


def _word(text, charset, how):
    data = to_bytes(text, charset)
    if how == "B":
        return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
    safe = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/"
    body = "".join("_" if byte == 32 else chr(byte) if byte in safe else f"={byte:02X}"
                   for byte in data)
    return f"=?{charset}?Q?{body}?="


def header_text(text, charset, how="B"):
    """bytes of an unstructured value; `how` may be "raw": unencoded 8-bit text."""
    if text.isascii():
        return text.encode()
    if how == "raw":
        return to_bytes(text, charset)
    return encoded_words(text, charset, how).encode()


def quoted(display):
    """A display name as RFC 5322 wants it: in quotes where it has specials."""
    plain = not display or display.replace(" ", "").isalnum() or not display.isascii()
    return display if plain or display.startswith('"') else f'"{display}"'


def transfer(data, encoding):
    if encoding == "base64":
        lines = [base64.b64encode(data[at:at + BASE64_LINE])
                 for at in range(0, len(data), BASE64_LINE)]
        return CRLF.join(lines)
    if encoding == "quoted-printable":
        return quopri.encodestring(data.replace(CRLF, b"\n")).replace(b"\n", CRLF)
    return data


def text_part(kind, text, charset, encoding):
    data = to_bytes(text.replace("\n", "\r\n"), charset)
    head = (f"Content-Type: text/{kind}; charset={charset}\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n")
    return head.encode() + transfer(data, encoding)


def attachment_part(attachment):
    name = _file_name(attachment)
    head = (f"Content-Type: {attachment.type}\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            f"Content-Disposition: attachment;{name}\r\n\r\n")
    return to_bytes(head, attachment.charset) + transfer(attachment.data, "base64")


def _file_name(attachment):
    name, charset = attachment.name, attachment.charset
    if attachment.naming == "2231":
        escaped = quote(to_bytes(name, charset), safe="")
        if len(escaped) < 50:
            return f"\r\n filename*={charset}''{escaped}"
        pieces = [escaped[at:at + 48] for at in range(0, len(escaped), 48)]
        pieces[0] = f"{charset}''{pieces[0]}"
        return ";".join(f"\r\n filename*{n}*={piece}" for n, piece in enumerate(pieces))
    if attachment.naming == "2047":
        return f'\r\n filename="{encoded_words(name, charset)}"'
    return f'\r\n filename="{name}"'     # plain: 8-bit as it is where the name has any


def multipart(kind, boundary, parts):
    body = b"".join(b"--" + boundary.encode() + CRLF + part + CRLF for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    return head.encode() + body + b"--" + boundary.encode() + b"--"


def compose(mail_from, rcpt_to, subject, date, *, sender=None, to=None, message_id=None,
            text=None, html=None, charset="utf-8", encoding="8bit", header="B", header_charset=None,
            attachments=(), urls=(), x_mailer=None, received=(), extra=()):
    """One mail. `sender` is (display, address); `received` are values below the receiver's own.

    urls are those that text and html were written with: the fact is the request, not a parse.
    """
    words = header_charset or charset
    display, address = sender or ("", mail_from)
    recipient = to or rcpt_to[0]
    lines = [b"Received: " + value.encode() for value in received]
    shown = quoted(display)
    author = header_text(shown, words, header) + f" <{address}>".encode("utf-8") if shown else \
        address.encode()
    lines += [b"From: " + author,
              b"To: " + recipient.encode(),
              b"Subject: " + header_text(subject, words, header),
              b"Date: " + date.encode()]
    if message_id:
        lines.append(b"Message-ID: " + message_id.encode())
    if x_mailer:
        lines.append(b"X-Mailer: " + x_mailer.encode())
    lines += [line.encode() for line in extra] + [b"MIME-Version: 1.0"]
    raw = CRLF.join(lines) + CRLF + _content(text, html, charset, encoding, attachments) + CRLF
    facts = {"subject": subject, "from": f"{shown} <{address}>" if shown else address,
             "to": [recipient], "date": date, "message_id": message_id, "x_mailer": x_mailer,
             "received": [" ".join(value.split()) for value in received],
             "urls": list(urls), "attachments": [a.name for a in attachments],
             "charset": charset, "encoding": encoding}
    return Mail(mail_from, list(rcpt_to), raw, {k: v for k, v in facts.items() if v})


def _content(text, html, charset, encoding, attachments):
    parts = [text_part(kind, body, charset, encoding)
             for kind, body in (("plain", text), ("html", html)) if body is not None]
    body = parts[0] if len(parts) == 1 else multipart("alternative", "=_alternative_1", parts)
    if not attachments:
        return body
    return multipart("mixed", "=_mixed_1", [body, *map(attachment_part, attachments)])
