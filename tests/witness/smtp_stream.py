# SPDX-License-Identifier: Apache-2.0
"""The messages of a capture: tshark puts streams together, a plain reader takes SMTP apart."""
import re

import captures


class Turn:
    def __init__(self, server, data):
        self.server, self.data = server, data


def followed(path, numbers):
    """What tshark shows of each stream, all asked of one tshark: it reads the capture once, and starts once."""
    asked = [word for number in numbers for word in ("-z", f"follow,tcp,raw,{number}")]
    text = captures.run(captures.TSHARK + ["-Q", "-r", path, *asked]).decode("ascii", "replace")
    shown = {}
    for block in re.split(r"(?m)^=+\nFollow: tcp,raw\n", text)[1:]:
        shown[int(re.search(r"tcp\.stream eq (\d+)", block).group(1))] = block
    return [shown[number] for number in numbers]


def streams(path):
    """(client endpoint, server endpoint, [Turn]) of each TCP stream on which SMTP was seen."""
    found = captures.frames(path, ("tcp.stream",), "smtp")
    numbers = sorted({int(f["tcp.stream"][-1]) for f in found if "tcp.stream" in f})
    for text in followed(path, numbers) if numbers else []:
        nodes = [re.search(rf"Node {i}: (\S+):(\d+)", text) for i in (0, 1)]
        first, second = ((n.group(1).strip("[]"), int(n.group(2))) for n in nodes)
        turns = [
            Turn(line.startswith("\t"), bytes.fromhex(line.strip()))
            for line in text.splitlines()
            if re.fullmatch(r"\t?(?:[0-9a-f]{2})+", line)
        ]
        if turns and re.match(
            rb"(220|554|421)[ -]", next((t.data for t in turns if not t.server), b"")
        ):
            # tshark's Node 0 is who sent the first segment it saw: here the server
            first, second = second, first
            for t in turns:
                t.server = not t.server
        yield first, second, turns


def reply_codes(data):
    """The code of each complete reply, multi-line ones once."""
    return [int(m.group(1)) for m in re.finditer(rb"(?m)^(\d{3})(?: [^\r\n]*)?\r?$", data)]


def proxy_header(data):
    """The length of a PROXY header (v1: a line; v2: a signature, a length in bytes 14 and 15)."""
    if data.startswith(b"PROXY "):
        return data.find(b"\n") + 1
    if data.startswith(b"\r\n\r\n\0\r\nQUIT\n"):
        return 16 + int.from_bytes(data[14:16], "big")
    return 0


class Reader:
    """Walks the client's bytes; the server's replies, in the same order, say what each did."""

    def __init__(self, client, server):
        self.data, self.at = client, proxy_header(client)
        self.replies = reply_codes(server)[1:]  # without the banner
        self.one_sided = not server
        self.messages, self.chunks = [], b""

    def reply(self):
        return self.replies.pop(0) if self.replies else 0

    def line(self):
        end = self.data.find(b"\n", self.at)
        if end < 0:
            return None
        line, self.at = self.data[self.at : end], end + 1
        return line.rstrip(b"\r")

    def walk(self):
        """Messages whose end was seen."""
        while (line := self.line()) is not None:
            verb = line[:4].upper()
            if verb == b"BDAT":
                self.chunk(line)
                continue
            code = self.reply()
            if verb == b"DATA" and (code == 354 or self.one_sided):
                self.content()
            elif verb == b"AUTH":
                while code == 334:
                    self.line()
                    code = self.reply()
            elif verb in (b"RSET", b"EHLO", b"HELO", b"MAIL"):
                self.chunks = b""
            elif line[:8].upper() == b"STARTTLS" and code == 220:
                return self.messages
        return self.messages

    def content(self):
        if self.data[self.at : self.at + 3] == b".\r\n":
            message, self.at = b"", self.at + 3
        else:
            end = self.data.find(b"\r\n.\r\n", self.at)
            if end < 0:
                self.at = len(self.data)
                return
            message, self.at = self.data[self.at : end + 2], end + 5
        self.reply()
        self.messages.append(re.sub(rb"(\A|\r\n)\.", rb"\1", message))

    def chunk(self, line):
        words = line.split()
        size = int(words[1])
        self.chunks += self.data[self.at : self.at + size]
        self.at += size
        self.reply()
        if words[-1].upper() == b"LAST":
            self.messages.append(self.chunks)
            self.chunks = b""


def messages(path):
    """(connection, [message bytes]) of each stream."""
    for client, server, turns in streams(path):
        reader = Reader(
            b"".join(t.data for t in turns if not t.server),
            b"".join(t.data for t in turns if t.server),
        )
        yield client + server, reader.walk()
