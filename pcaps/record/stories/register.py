# SPDX-License-Identifier: Apache-2.0
"""register.pcap: thirty published phishing mails, sent for real, put in their time and place.

The facts are register/register.jsonl, the bodies (our own words) register/bodies.jsonl.
"""

import email.utils
import ipaddress
import json
import re
import sys
import time
from datetime import timezone

import frames
import world
from clients import MX4, MX6, smtplib_send
from mails import compose
from recording import HERE, story
from servers import Postfix

RECIPIENT = "user@example.jp"
NEUTRAL_HELO, NEUTRAL_SENDER = "mail.example.net", "mail@example.net"
# HELO names that are a brand's own, or no public name, lend nobody a sender address.
NO_SENDER = re.compile(r"(\.localdomain|\.novalocal|(^|\.)amazon\.co\.jp|sbishinseibank\.co\.jp|"
                       r"kuronekoyamato\.co\.jp|(^|\.)etc-meisai\.jp)$", re.I)
# Mails whose source was not published: each its own documentation network.
NEUTRAL_SOURCE = {"reg-08": "203.0.113.8", "amazon-2024-a": "198.51.100.24",
                  "amazon-2024-b": "2001:db8:b::25"}
NEUTRAL_DATE = {"muramatsu-1": "Sun, 2 Jul 2023 10:00:00 +0900",
                "muramatsu-2": "Sun, 2 Jul 2023 11:00:00 +0900",
                "amazon-2024-a": "Mon, 15 Jan 2024 10:00:00 +0900",
                "amazon-2024-b": "Mon, 15 Jan 2024 11:00:00 +0900"}
# Its only published Received field names another `by` than the receiver: the mail brought it along.
ALL_RECEIVED_ON_WIRE = {"reg-08"}
ARRIVES_AFTER = (2, 9)      # seconds between Date and the first packet: the spread
POLICY_PORT = 10031


def rows(name):
    with open(HERE / "register" / name, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def sender_of(fact):
    for key in ("return_path", "mail_from"):
        if key in fact:
            return fact[key].strip("<>")
    helo = fact.get("helo", NEUTRAL_HELO)
    if NO_SENDER.search(helo):
        return NEUTRAL_SENDER
    labels = helo.split(".")
    keep = 3 if labels[-2] in ("co", "ac") else 2
    return "mail@" + ".".join(labels[-keep:])


def from_of(fact, sender):
    """(display, address): the display name only as published."""
    published = fact.get("from", "")
    display, separator, rest = published.rpartition(" <")
    if separator:
        return display, rest.rstrip(">")
    return published, sender


def mail_of(fact, body):
    sender = sender_of(fact)
    url = fact.get("urls", [""])[0]
    fill = {"{url}": url, "{link_text}": fact.get("link_text", ""),
            "{homoglyph_text}": fact.get("homoglyph_text", "")}
    text = "\n".join(body.get("text") or body["html"]) + "\n"
    for mark, value in fill.items():
        text = text.replace(mark, value)
    received = fact.get("received", [])
    return compose(sender, [RECIPIENT], fact["subject"], fact.get("date") or
                   NEUTRAL_DATE[fact["id"]], sender=from_of(fact, sender),
                   message_id=fact.get("message_id"), x_mailer=fact.get("x_mailer"),
                   received=received if fact["id"] in ALL_RECEIVED_ON_WIRE else received[1:],
                   urls=fact.get("urls", []), charset=body["charset"], encoding=body["encoding"],
                   **{"html" if "html" in body else "text": text})


def arrival(mail, index):
    """First packet of this mail, in seconds since the epoch: shortly after its Date."""
    written = email.utils.parsedate_to_datetime(re.sub(r"\+000$", "+0000", mail.facts["date"]))
    low, high = ARRIVES_AFTER
    return int(written.astimezone(timezone.utc).timestamp()) + low + index % (high - low + 1)


def live_sources(facts):
    """{source in the capture: documentation address it really sends from}"""
    live, four, six = {}, iter(range(10, 60)), iter(range(10, 40))
    for fact in facts:
        source = source_of(fact)
        if source not in live:
            live[source] = f"{world.WAN6}{next(six)}" if ":" in source else \
                           f"{world.WAN4}{next(four)}"
    return live


def source_of(fact):
    return fact.get("src_ip") or NEUTRAL_SOURCE[fact["id"]]


def questions(facts, live):
    """What the server asks about each client; several mails of one client ask the same."""
    table = {}
    for fact in facts:
        asked = table.setdefault(live[source_of(fact)], {"connect": [], "end": []})
        if "rdns" in fact:
            asked["connect"].append(["-x", fact["src_ip"]])
        if "rdns_ip" in fact:
            asked["connect"].append([fact["rdns"], "A"])
        asked["end"] += [[host, "A"] for host in fact.get("url_ips", {})]
    return table


def answers(facts):
    """dnsmasq's records. A reverse name "unknown" is no name: NXDOMAIN."""
    for fact in facts:
        if fact.get("rdns", "unknown") != "unknown":
            reverse = ipaddress.ip_address(fact["src_ip"]).reverse_pointer
            yield f"--ptr-record={reverse},{fact['rdns']}"
        if "rdns_ip" in fact:
            yield f"--host-record={fact['rdns']},{fact['rdns_ip']}"
        for host, addresses in fact.get("url_ips", {}).items():
            yield from (f"--host-record={host},{address}" for address in addresses)


def dns_facts(fact):
    found = {}
    if "rdns" in fact:
        found["ptr"] = "NXDOMAIN" if fact["rdns"] == "unknown" else fact["rdns"]
    if "rdns_ip" in fact:
        found[fact["rdns"]] = [fact["rdns_ip"]]
    return {**found, **fact.get("url_ips", {})} or None


@story("register", "2022-03-17 13:50:42")
def register(r):
    bodies = {body["id"]: body for body in rows("bodies.jsonl")}
    facts = rows("register.jsonl")
    mails = [mail_of(fact, bodies[fact["id"]]) for fact in facts]
    live = live_sources(facts)
    parts = _send_all(r, facts, mails, live)
    mapping = {address: source for source, address in live.items()}
    captured = [frame for part in parts for frame in frames.map_addresses(part, mapping)]
    r.placed = sorted(captured, key=lambda frame: frame.when)
    in_time = sorted(range(len(facts)), key=lambda index: arrival(mails[index], index))
    for index in in_time:
        fact, mail, source = facts[index], mails[index], source_of(facts[index])
        helo = fact.get("helo", NEUTRAL_HELO)
        session = r.truth.session(source, MX6 if ":" in source else MX4, helo=helo)
        session.mail(mail, register=fact["id"], dns=dns_facts(fact),
                     claimed_ip=fact.get("claimed_ip"), link_text=fact.get("link_text"))


def _send_all(r, facts, mails, live):
    """Sends every mail and returns its frames, shifted to the mail's own time."""
    table = r.work / "lookups.json"
    table.write_text(json.dumps(questions(facts, live)))
    settings = {"smtpd_peername_lookup": "no", "smtpd_delay_reject": "no",
                "smtpd_client_restrictions": f"check_policy_service inet:127.0.0.1:{POLICY_PORT}",
                "smtpd_end_of_data_restrictions":
                    f"check_policy_service inet:127.0.0.1:{POLICY_PORT}"}
    policy = world.start("mx", sys.executable, HERE / "register" / "lookups.py", POLICY_PORT, table,
                         r.roots["clients"].path)
    begins = []
    try:
        with r.dns(*answers(facts)), Postfix(r.roots["postfix"], settings), r.tap():
            for fact, mail in zip(facts, mails):
                begins.append(int(time.time() * 1_000_000))
                source = live[source_of(fact)]
                smtplib_send(source, fact.get("helo", NEUTRAL_HELO), [mail],
                             server=MX6 if ":" in source else MX4)
                time.sleep(0.25)
    finally:
        policy.terminate()
        policy.wait()
    ends = begins[1:] + [sys.maxsize]
    captured = frames.read(r.raw)
    parts = [[f for f in captured if begin <= f.when < end] for begin, end in zip(begins, ends)]
    return [frames.shift(part, arrival(mail, index) * 1_000_000 - part[0].when)
            for index, (part, mail) in enumerate(zip(parts, mails))]
