# SPDX-License-Identifier: Apache-2.0
"""Who sends in which story: hosts, people, subjects; always the same ones for a story's name.

Names are reserved ones (RFC 2606), addresses documentation ones.
"""

import zlib
from dataclasses import dataclass

import world

NAMES = [
    "post.example.net", "mx2.example.org", "smtp-out.example.com", "mail.shop.example",
    "relay4.example.org", "gw.office.example", "web3.example.com", "mta7.letters.example",
    "server.school.example", "smtp.travel.example", "outbound.example.net", "mail.museum.example",
    "vps-1c2d.hosting.example", "mx.library.example", "news.example.com", "mail.garden.example",
    "smtp2.example.org", "mail.theatre.example", "mx1.clinic.example", "box.example.net",
    "mail.rail.example", "out3.bakery.example", "smtp.press.example", "mail.harbour.example",
]
FIRST_NUMBER = 13       # the last octets below are the stories' own (relays, those who are proxied)
PEOPLE = [
    "Anna Berg", "Ben Carter", "Chloe Martin", "David Okafor", "Elena Rossi", "Frank Miller",
    "Grace Kim", "Hugo Larsen", "Ines Duarte", "James Reid", "Keiko Mori", "Liam Byrne",
    "Maria Novak", "Noah Weber", "Olga Petrova", "Paul Dubois", "Rosa Jimenez", "Sam Taylor",
    "Tara Singh", "Uma Nair", "Victor Lund", "Wendy Clark", "Yusuf Demir", "Zoe Adams",
]
# Sixteen, nineteen and coprime, so that three hundred of them are all different.
ABOUT = ["Agenda", "Minutes", "Photos", "Tickets", "Timetable", "Menu", "Questions", "Budget", "Draft",
         "Directions", "Guest list", "Programme", "Reminder", "Map", "Thanks", "Feedback"]
EVENTS = ["the spring fair", "our summer trip", "the board meeting", "the chess evening",
          "the school concert", "the book club", "the office move", "the harbour walk",
          "the first aid course", "the garden party", "the museum visit", "the choir rehearsal",
          "the bicycle tour", "the film night", "the bake sale", "the language class",
          "the open day", "the annual dinner", "the photo contest"]


@dataclass
class Host:
    name: str
    ip4: str
    ip6: str

    @property
    def domain(self):
        return ".".join(self.name.split(".")[-2:])


def hosts():
    for number, name in enumerate(NAMES, FIRST_NUMBER):
        yield Host(name, f"{(world.WAN4, world.WAN4B)[number % 2]}{number}", f"{world.WAN6}{number}")


def host_of(story):
    return list(hosts())[zlib.crc32(story.encode()) % len(NAMES)]


def person(story, number):
    return PEOPLE[(zlib.crc32(story.encode()) + number) % len(PEOPLE)]


def address(name, domain):
    return name.lower().replace(" ", ".") + "@" + domain


def circulars(count):
    """That many subjects, no two alike."""
    assert count <= len(ABOUT) * len(EVENTS)
    return [f"{ABOUT[n % len(ABOUT)]}: {EVENTS[n % len(EVENTS)]}" for n in range(count)]
