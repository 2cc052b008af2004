# SPDX-License-Identifier: Apache-2.0
"""What Python's own email and HTML packages find in a message: a second opinion.

Nothing of mxtap is used here. Where RECORD.md leaves a choice, the rule is written beside the code.
"""
import email
import email.header
import email.message
import re
from html.parser import HTMLParser

# Names that mail uses and Python does not know, or knows as something narrower than mail means.
CHARSET_ALIASES = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso-8859-8",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "": "utf-8",
}


def decode(data, charset):
    """Bytes to text as RECORD.md wants it: what cannot be decoded becomes U+FFFD."""
    name = (charset or "").strip().lower()
    name = CHARSET_ALIASES.get(name, name)
    try:
        return data.decode(name, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def unfold(value):
    return re.sub(r"\r?\n(?=[ \t])", "", value).strip(" \t\r\n")


ENCODED_WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")


def decode_words(value):
    """RFC 2047: adjacent words of one charset are joined before they are decoded.

    Blanks between words vanish.
    A value with bare ISO-2022-JP escapes is decoded as that first.
    """
    import base64
    import binascii
    import quopri

    if "\x1b$" in value:
        value = decode(value.encode("utf-8", "surrogateescape"), "iso2022_jp")
    out, pending, charset, end = [], b"", None, 0

    def flush():
        nonlocal pending
        if charset is not None:
            out.append(decode(pending, charset))
        pending = b""

    for match in ENCODED_WORD.finditer(value):
        between = value[end : match.start()]
        name = match.group(1).split("*")[0]
        if charset is None or between.strip(" \t") or name.lower() != charset.lower():
            flush()
            if between.strip(" \t") or charset is None:
                out.append(between)
        charset = name
        text = match.group(3).encode("ascii", "replace")
        if match.group(2) in "bB":
            try:
                pending += base64.b64decode(text + b"=" * (-len(text) % 4))
            except binascii.Error:
                pending += text
        else:
            pending += quopri.decodestring(text, header=True)
        end = match.end()
    flush()
    out.append(value[end:])
    return "".join(out)


def raw_fields(raw):
    """(name, unfolded value as bytes) of the top header, in order, not repaired."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    for line in re.split(rb"\r?\n(?![ \t])", head):
        name, colon, value = line.partition(b":")
        if colon:
            yield name.strip().decode("latin-1").lower(), re.sub(
                rb"\r?\n(?=[ \t])", b"", value
            ).strip(b" \t\r\n")


def header_text(value, declared=""):
    """A header value as text. Raw 8-bit is UTF-8 or else what the message declares or else guessed."""
    for charset in ("utf-8", declared, "iso2022_jp", "cp932", "gb18030", "latin-1"):
        try:
            text = value.decode(CHARSET_ALIASES.get(charset, charset))
            break
        except (UnicodeDecodeError, LookupError):
            continue
    return decode_words(text)


class Page(HTMLParser):
    """URLs of the attributes that fetch or lead somewhere, and the running text around them."""

    ATTRIBUTES = (
        "href",
        "src",
        "action",
        "formaction",
        "background",
        "poster",
        "data",
        "cite",
        "longdesc",
    )

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.urls, self.text, self.skip = [], [], 0
        self.anchor = False

    def add(self, value):
        value = re.sub(r"[\t\r\n]", "", value or "").strip(" ")
        if re.match(r"(?i)(https?|ftp|hxxps?)://", value):
            self.urls.append(value)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "a":
            self.anchor = "href" in values
        for name, value in attrs:
            if name in self.ATTRIBUTES:
                self.add(value)
            elif name == "srcset":
                for item in re.split(r",\s+|,(?=https?:)", value or ""):
                    self.add(item.strip().split(" ")[0])
            elif name == "style":
                self.style(value or "")
        if tag == "meta" and (values.get("http-equiv") or "").lower() == "refresh":
            match = re.search(r"(?i)url\s*=\s*['\"]?([^'\"]*)", values.get("content") or "")
            self.add(match.group(1) if match else "")
        if tag in ("style", "script", "title"):
            self.skip += 1
        elif tag in ("br", "p", "div", "td", "tr", "table", "li", "h1", "h2", "h3", "hr"):
            self.text.append("\n")

    def handle_endtag(self, tag):
        if tag in ("style", "script", "title") and self.skip:
            self.skip -= 1
        elif tag == "a":
            self.anchor = False
            self.text.append(" ")
        elif tag in ("p", "div", "td", "tr", "table", "li", "h1", "h2", "h3"):
            self.text.append("\n")

    def handle_data(self, data):
        """What an anchor shows is its text, not another link (mxtap.links.text, text_host)."""
        if self.skip:
            self.style(data)
        elif not self.anchor:
            self.text.append(data)

    def style(self, css):
        for match in re.finditer(r"(?i)url\(\s*(['\"]?)(.*?)\1\s*\)", css):
            self.add(match.group(2))


# ASCII only behind the scheme: full-width and CJK characters end a URL (CASES.md 28). Host names
# without a scheme count under the top-level domains below: those of the captures and most mail.
TLD = (
    "com|net|org|info|biz|jp|cn|de|fr|uk|ru|kr|us|eu|io|co|top|xyz|shop|site|online|club|vip|icu|app|dev|cc|tv|me|in|"
    "it|nl|ch|at|be|se|no|dk|pl|br|tw|hk|sg|ca|au"
)
TEXT_URL = re.compile(
    r"(?ai)(?<![a-z0-9])(?:https?|ftp|hxxps?)://[!#-;=?-~]+"
    r"|(?<![\w@./:%=&?~-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:"
    + TLD
    + r")(?![\w@-]|\.\w)(?::\d+)?(?:[/?][!#-;=?-~]*)?"
)
CLOSING = {")": "(", "]": "[", "}": "{"}


def trim(url):
    """Punctuation behind a URL is not part of it; nor a bracket that it does not open."""
    while url:
        last = url[-1]
        if (
            last in ".,;:!?'\"*`>|\\^"
            or last in CLOSING
            and url.count(last) > url.count(CLOSING[last])
        ):
            url = url[:-1]
        else:
            return url
    return url


def text_urls(text):
    for match in TEXT_URL.finditer(text):
        url = trim(re.split(r"[\"`{}|\\^]", match.group(0))[0])
        if not url.endswith("//"):
            yield url


def html_urls(text):
    page = Page()
    page.feed(text)
    page.close()
    return page.urls + list(text_urls("".join(page.text)))


def part_text(part):
    return decode(part.get_payload(decode=True) or b"", part.get_content_charset(""))


def file_name(part, declared):
    name = part.get_param("filename", None, "content-disposition")
    if name is None:
        name = part.get_param("name", None, "content-type")
    if name is None:
        return None
    if isinstance(name, tuple):
        return decode(name[2].encode("latin-1", "replace"), name[0] or "utf-8")
    return header_text(raw_bytes(part, name), declared)


def raw_bytes(part, name):
    """The email package turns 8-bit bytes of a parameter into U+FFFD: here they are looked up."""
    for _, value in part._headers:
        match = re.search(r'name="?([^";]*)', str(value))
        if "\ufffd" in name and match:
            name = match.group(1)
    return name.encode("utf-8", "surrogateescape")


def declared_charset(message):
    """The charset of the first part that names one."""
    return next(filter(None, (part.get_content_charset("") for part in message.walk())), "")


def facts(raw):
    """The message's fields as RECORD.md names them; url: the distinct ones, in order."""
    message = email.message_from_bytes(raw)
    declared = declared_charset(message)
    first = {}
    for name, value in raw_fields(raw):
        first.setdefault(name, value)
    found = {
        name: header_text(first[name.replace("_", "-")], declared)
        for name in ("from", "subject", "date", "message_id")
        if name.replace("_", "-") in first
    }
    urls, names = [], []
    for part in message.walk():
        name = None if part.is_multipart() else file_name(part, declared)
        if name:
            names.append(name)
        kind = part.get_content_type()
        if kind == "text/html":
            urls += html_urls(part_text(part))
        elif kind.startswith("text/") and not (name and kind != "text/plain"):
            urls += text_urls(part_text(part))
    found["attachment"] = names
    found["url"] = list(dict.fromkeys(urls))
    return found
