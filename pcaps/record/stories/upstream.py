# SPDX-License-Identifier: Apache-2.0
"""Clients that speak for another: PROXY headers before the banner, XCLIENT within the dialogue."""

import ipaddress
import struct

from clients import dot_stuffed
from recording import story
from servers import Postfix
from stories.dialogue import note, on_wire

FAR, FAR_NAME, FAR_PORT = "203.0.113.10", "mail.example.org", 40123
PROXY2_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PROXY2_COMMAND, PROXY2_TCP4 = 0x21, 0x11


def proxy_v2():
    addresses = ipaddress.ip_address(FAR).packed + ipaddress.ip_address("192.0.2.25").packed
    body = addresses + struct.pack(">HH", FAR_PORT, 25)
    return PROXY2_SIGNATURE + struct.pack(">BBH", PROXY2_COMMAND, PROXY2_TCP4, len(body)) + body


def one_mail(wire, mail):
    wire.say(f"EHLO {FAR_NAME}", 250)
    wire.say(f"MAIL FROM:<{mail.mail_from}>", 250)
    wire.say("RCPT TO:<user@example.jp>", 250)
    wire.say("DATA", 354)
    wire.send(dot_stuffed(mail.raw))
    wire.reply(250)
    wire.say("QUIT", 221)


@story("proxy", "2021-11-19 01:00:00")
def proxy(r):
    """PROXY version 1, then version 2; Postfix waits for it before it greets."""
    mails = [note(r, 1), note(r, 2)]
    headers = [f"PROXY TCP4 {FAR} 192.0.2.25 {FAR_PORT} 25\r\n".encode(), proxy_v2()]
    settings = {"smtpd_upstream_proxy_protocol": "haproxy"}

    def behind(header, mail):
        def talk(wire):
            wire.send(header)
            wire.reply(220)
            one_mail(wire, mail)
        return talk

    with r.dns(), Postfix(r.roots["postfix"], settings), r.tap():
        for header, mail in zip(headers, mails):
            on_wire(r, behind(header, mail))
    for version, mail in enumerate(mails, 1):
        r.truth.session(r.client, helo=FAR_NAME, proxy={"version": version, "ip": FAR}).mail(mail)


@story("xclient", "2025-06-20 01:00:00")
def xclient(r):
    """A front end names the real client, before its first mail and again before its second."""
    mails = [note(r, 1), note(r, 2)]
    settings = {"smtpd_authorized_xclient_hosts": f"{r.client}, {FAR}"}

    def talk(wire):
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        wire.say(f"XCLIENT NAME={FAR_NAME} ADDR={FAR} PORT={FAR_PORT} HELO={FAR_NAME}", 220)
        wire.say(f"EHLO {FAR_NAME}", 250)
        for mail in mails:
            wire.say(f"MAIL FROM:<{mail.mail_from}>", 250)
            wire.say("RCPT TO:<user@example.jp>", 250)
            wire.say("DATA", 354)
            wire.send(dot_stuffed(mail.raw))
            wire.reply(250)
            if mail is mails[0]:
                wire.say("XCLIENT ADDR=IPV6:2001:db8:c::12 NAME=[UNAVAILABLE]", 220)
                wire.say("EHLO six.example.org", 250)
        wire.say("QUIT", 221)

    with r.dns(), Postfix(r.roots["postfix"], settings), r.tap():
        on_wire(r, talk)
    session = r.truth.session(r.client, helo="six.example.org")
    session.mail(mails[0], helo=FAR_NAME, xclient=FAR)
    session.mail(mails[1], xclient="2001:db8:c::12")
