# SPDX-License-Identifier: Apache-2.0
"""What Python's email package finds in a mail, in the words of RECORD.md: nothing of mxtap is used here.

Where the package keeps a wire form that RECORD.md undoes (folds), or asks for a codec under a name that Python lacks,
the rule is written beside the code.
"""
import email
import email.header
import email.utils
import inspect
import re

from mail_facts import CHARSET_ALIASES

TEXTS = ("from", "subject", "date", "message_id", "x_mailer", "user_agent", "reply_to", "in_reply_to", "sender",
         "return_path", "x_originating_ip", "organization")


def squeezed(text):
    """Blanks are compared as one: what a fold leaves behind is the sender's layout."""
    return " ".join(text.split())


def text_of(data, charset):
    """Bytes as text, or None where the charset is unknown to Python or the bytes are no text of it."""
    name = (charset or "us-ascii").strip().strip("'\"").lower()
    try:
        return data.decode(CHARSET_ALIASES.get(name, name))
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def header_text(value):
    """A field's value decoded, or None where there is no one right answer (raw bytes that are no UTF-8)."""
    raw = value.encode("utf-8", "surrogateescape")
    try:
        value = re.sub(r"[\r\n]+(?=[ \t])", "", raw.decode("utf-8")).strip()
    except UnicodeDecodeError:
        return None
    try:
        pieces = email.header.decode_header(value)
    except email.errors.HeaderParseError:
        return None
    texts = [piece if isinstance(piece, str) else
             text_of(piece, charset.split("*")[0]) if charset else piece.decode("raw-unicode-escape")
             for piece, charset in pieces]
    return None if None in texts else squeezed("".join(texts))


def fields(message, name):
    """Every value of a field, as it stood on the wire but for what email does to 8-bit bytes."""
    return [str(v) for k, v in message._headers if k.lower() == name]


# The strict form, where this Python has one, gives up a whole field for one odd address.
LOOSE = {"strict": False} if "strict" in inspect.signature(email.utils.getaddresses).parameters else {}


def addresses(values):
    """The addr-specs, in order, of all fields of one name."""
    found = []
    for value in values:
        value = re.sub(r"[\r\n]+(?=[ \t])", "", value)
        found += [address for _, address in email.utils.getaddresses([value], **LOOSE) if address]
    return found


def date_utc(value):
    parsed = email.utils.parsedate_tz(value)
    if not parsed:
        return None
    try:
        return int(email.utils.mktime_tz(parsed))
    except (ValueError, OverflowError):
        return None


def is_leaf(part):
    """message/delivery-status is one part for RECORD.md; the package takes it apart into blocks of fields."""
    return not part.is_multipart() or part.get_content_type() == "message/delivery-status"


def leaves(message):
    """Leaf parts in order; what is inside of a leaf is not looked at."""
    stack, found = [message], []
    while stack:
        part = stack.pop()
        if is_leaf(part):
            found.append(part)
        else:
            stack += reversed(part.get_payload())
    return found


def payload(part):
    """Decoded bytes, None where the package has no more than its pieces."""
    return None if part.is_multipart() else part.get_payload(decode=True)


def file_name(part):
    """None also where the package turned raw bytes into U+FFFD."""
    name = part.get_filename()
    if name is None:
        return ""
    return None if "\ufffd" in name else header_text(name)


def part_facts(part):
    data = payload(part)
    text = None
    if data is not None and part.get_content_type() in ("text/plain", "text/html"):
        text = text_of(data, part.get_content_charset() or "us-ascii")
    return {"type": part.get_content_type(), "charset": part.get_content_charset() or "", "filename": file_name(part),
            "bytes": data, "text": text}


def received_facts(value):
    """Date, and the words behind by, with, id, for; comments are no words. Addresses: all those before "by"."""
    value = squeezed(value)
    bare, depth = "", 0
    for c in value:
        depth = depth + 1 if c == "(" else max(depth - 1, 0) if c == ")" else depth
        bare += " " if depth or c == ")" else c
    head, _, date = bare.rpartition(";")
    head = head if date and date_utc(date) is not None else bare
    words = head.split()
    named = {}
    for key, word in zip(words, words[1:]):
        named.setdefault(key.lower(), word.rstrip(".,;"))
    before_by = re.split(r"\bby\s", value, maxsplit=1)[0] if value.lower().startswith("from") else ""
    ips = set(re.findall(r"(?<![\w.-])(\d{1,3}(?:\.\d{1,3}){3})(?![\w-]|\.\w)", before_by))
    return {"date": date_utc(value.rpartition(";")[2]) if ";" in value else None, "ips": ips,
            **{key: named.get(key) for key in ("by", "id", "for")}}


def facts(raw):
    message = email.message_from_bytes(raw)
    found = {}
    for name in TEXTS:
        values = fields(message, name.replace("_", "-"))
        found[name] = header_text(values[0]) if values else ""
    for name in ("to", "cc"):
        found[name] = addresses(fields(message, name))
    found["received"] = [received_facts(v) for v in fields(message, "received")]
    found["utc"] = date_utc(found["date"]) if found["date"] else None
    found["parts"] = [part_facts(p) for p in leaves(message)]
    return found
