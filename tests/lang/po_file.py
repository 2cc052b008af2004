# SPDX-License-Identifier: Apache-2.0
"""Reads a .po or .pot file as msgcat writes it: enough of the format for a test to say what is missing."""
import re

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Message:
    def __init__(self):
        self.text = self.plural = None
        self.translations, self.places, self.flags = [], [], []


def unquoted(lines):
    return "".join(re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(0)), line) for line in lines)


def messages(text):
    """{text: Message}; the head, whose text is empty, included."""
    found = {}
    for block in text.split("\n\n"):
        m, word, parts = Message(), None, {}
        for line in block.splitlines():
            if line.startswith("#:"):
                m.places += line[2:].split()
            elif line.startswith("#,"):
                m.flags += [flag.strip() for flag in line[2:].split(",")]
            elif line.startswith("#"):
                continue
            else:
                at = re.match(r'(?:(msg\w+(?:\[\d+\])?) )?"(.*)"$', line)
                if not at:
                    continue
                word = at.group(1) or word
                parts.setdefault(word, []).append(at.group(2))
        if "msgid" not in parts:
            continue
        m.text, m.plural = unquoted(parts["msgid"]), unquoted(parts.get("msgid_plural", [])) or None
        m.translations = [unquoted(parts[w]) for w in parts if w.startswith("msgstr")]
        found[m.text] = m
    return found
