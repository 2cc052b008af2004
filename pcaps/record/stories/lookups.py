# SPDX-License-Identifier: Apache-2.0
"""What a cautious server asks its resolver: reverse names, sender domains, blocklists; over UDP and TCP, in fragments."""

import ipaddress
import json
import sys

import world
from clients import MX6, smtplib_send
from recording import HERE, story
from servers import Postfix
from stories.dialogue import note, unseen

ZEN, COP = "zen.spamhaus.org", "bl.spamcop.net"
LISTED, LISTED6, BOTH = "198.51.100.50", "2001:db8:c::27", "203.0.113.39"
POLICY_PORT = 10032
MANY_MX = [f"mx{n:02d}.a-rather-long-name-of-a-mail-server.big.example" for n in range(16)]
SHOP = [f"203.0.113.{n}" for n in range(100, 220)]


def reversed4(address, zone):
    return ".".join(reversed(address.split("."))) + "." + zone


def reversed6(address, zone):
    return ".".join(reversed(ipaddress.ip_address(address).exploded.replace(":", ""))) + "." + zone


def listed(name, *answers):
    yield from (f"--host-record={name},{answer}" for answer in answers)
    yield f"--txt-record={name},https://check.example/why"


def records():
    yield from listed(reversed4(LISTED, ZEN), "127.0.0.4", "127.0.0.11")
    yield from listed(reversed6(LISTED6, ZEN), "127.0.0.2")
    yield from listed(reversed4(BOTH, ZEN), "127.0.0.2")
    yield from listed(reversed4(BOTH, COP), "127.0.0.2")
    yield from (f"--mx-host=big.example,{name},{n}" for n, name in enumerate(MANY_MX))
    yield "--cname=www.shop.example,cdn.shop.example"
    yield from (f"--host-record=cdn.shop.example,{address}" for address in SHOP)
    yield "--edns-packet-max=4096"


def ask_for_links(r, policy_table):
    """The policy service of the register's server: asks for the links' hosts before the final reply."""
    path = r.work / "lookups.json"
    path.write_text(json.dumps(policy_table))
    return world.start("mx", sys.executable, HERE / "register" / "lookups.py", POLICY_PORT, path, r.roots["clients"].path)


SMTPD = {"smtpd_client_restrictions": f"reject_rbl_client {ZEN}", "smtpd_delay_reject": "yes",
         "smtpd_sender_restrictions": "reject_unknown_sender_domain",
         "smtpd_end_of_data_restrictions": f"check_policy_service inet:127.0.0.1:{POLICY_PORT}"}
SCREEN = {"postscreen_dnsbl_sites": f"{ZEN}*2, {COP}", "postscreen_dnsbl_action": "enforce", "postscreen_greet_wait": "2s"}
SCREENED = ("smtp inet n - n - 1 postscreen", "smtpd pass - - n - - smtpd", "dnsblog unix - - n - 0 dnsblog",
            "tlsproxy unix - - n - 0 tlsproxy")


@story("dns-lookups", "2021-11-02 06:00:00")
def dns_lookups(r):
    """Postfix with reject_rbl_client and reject_unknown_sender_domain, then the same behind postscreen."""
    url = "https://www.shop.example/order"
    first = note(r, 1, text=f"Your order is at {url}\n", urls=[url])
    first.mail_from = first.mail_from.partition("@")[0] + "@big.example"
    second, third, fourth = (note(r, n) for n in (2, 3, 4))
    table = {r.client: {"end": [["www.shop.example", "A", "+bufsize=4096", "+ignore"]]}}
    refused = dict(rcpt_replies=[554])
    with r.dns(*records()), r.tap():
        policy = ask_for_links(r, table)
        try:
            with Postfix(r.roots["postfix"], SMTPD):
                smtplib_send(r.client, r.client_name, [first])
                smtplib_send(LISTED, "mail.example.net", [second], expect=[554])
                smtplib_send(LISTED6, "mail.example.net", [third], server=MX6, expect=[554])
        finally:
            policy.terminate()
            policy.wait()
        with Postfix(r.roots["postfix"], SCREEN, SCREENED):
            smtplib_send(BOTH, "mail.bank.example", [fourth], expect=[550])
    r.truth.session(r.client, helo=r.client_name).mail(first, dns={"ptr": r.client_name})
    r.truth.session(LISTED, helo="mail.example.net", outcome="refused").mail(second, "refused", **unseen(second), **refused)
    r.truth.session(LISTED6, MX6, helo="mail.example.net", outcome="refused").mail(third, "refused", **unseen(third), **refused)
    r.truth.session(BOTH, helo="mail.bank.example", outcome="refused").mail(
        fourth, "refused", **unseen(fourth), rcpt_replies=[550])
