# SPDX-License-Identifier: Apache-2.0
"""MTAs that hand mail on: Received fields as the MTAs write them."""

import time

from clients import smtplib_send, swaks
from recording import story
from servers import Dovecot, Exim, OpenSmtpd, Postfix, smtp_out
from stories.dialogue import note, unseen
from stories.extensions import MTA, MTA_NAME

MX, RELAY = "192.0.2.25", "192.0.2.26"
DELIVERY = 4    # seconds that two hops may take
LINGER = 14     # seconds after which OpenSMTPD has closed a connection it kept for more mail


def to_relay(domains):
    """Postfix settings: no mailboxes of its own, `domains` go to the relay."""
    return {"virtual_mailbox_domains": "", "relay_domains": domains,
            "relay_transport": f"relay:[{RELAY}]", "smtp_helo_name": "mx.example.jp"}


@story("relay-chain", "2025-06-09 01:00:00")
def relay_chain(r):
    """OpenSMTPD outside -> Postfix -> Exim; the tap sees the last two hops, one mail each."""
    mail = note(r, 1)
    sender = OpenSmtpd(r.roots["opensmtpd"], host="out", **smtp_out(MTA, MTA_NAME, MX))
    final = Exim(r.roots["exim"], host="relay", name="relay.example.jp")
    with r.dns(), final, Postfix(r.roots["postfix"], to_relay("example.jp")), sender, r.tap():
        sender.deliver(mail)
        time.sleep(LINGER)
    mail.raw = None     # every hop adds a field
    first = r.truth.session(MTA, MX, helo=MTA_NAME).mail(mail, received_by=[MTA_NAME])
    r.truth.session(MX, RELAY, helo="mx.example.jp").mail(
        mail, received_by=["mx.example.jp", MTA_NAME], received_ip=[MTA, None],
        received_helo=[MTA_NAME, None])
    r.truth.ends_last(first)


@story("relay-bounce", "2025-06-08 01:00:00")
def relay_bounce(r):
    """The relay refuses one recipient; Postfix sends a delivery status notification back."""
    mail = note(r, 1, ["nobody@example.jp"])
    settings = {**to_relay("example.jp"), "transport_maps":
                f"inline:{{{r.domain}=smtp:[198.51.100.11]}}"}
    final = Exim(r.roots["exim"], host="relay", name="relay.example.jp")
    back = OpenSmtpd(r.roots["opensmtpd"], host="out", name=MTA_NAME,
                     listen=f"listen on eth0 port 25 hostname {MTA_NAME}\nlisten on lo port 25",
                     body='action "back" mda "/bin/cat >/dev/null" virtual { "@" = "nobody" }\n'
                          f'match from any for domain "{r.domain}" action "back"')
    with r.dns(), final, Postfix(r.roots["postfix"], settings), back, r.tap():
        smtplib_send(r.client, r.client_name, [mail])
        time.sleep(DELIVERY)
    r.truth.session(r.client, MX, helo=r.client_name).mail(mail)
    mail.raw = None
    r.truth.session(MX, RELAY, helo="mx.example.jp", outcome="refused").mail(
        mail, "refused", **unseen(mail), rcpt_replies=[550])
    r.truth.session(MX, MTA, helo="mx.example.jp").mail(
        mail, **{**unseen(mail), "mail_from": "<>", "rcpt_to": [f"<{mail.mail_from}>"],
                 "subject": "Undelivered Mail Returned to Sender", "to": [mail.mail_from],
                 "parts": ["text/plain", "message/delivery-status", "message/rfc822"]})


LMTP_PORT = 2525


@story("lmtp", "2021-11-10 01:00:00")
def lmtp(r):
    """Postfix hands over by LMTP, then swaks does: every recipient has an answer of its own."""
    mail = note(r, 1, ["alice@example.jp", "bob@example.jp", "nobody@example.jp", "user@example.jp"])
    second = note(r, 2, ["user@example.jp", "alice@example.jp", "bob@example.jp"])
    settings = {"virtual_mailbox_maps": "static:any", "default_transport": "discard",
                "virtual_transport": f"lmtp:inet:{RELAY}:{LMTP_PORT}"}
    store = Dovecot(r.roots["dovecot"], port=LMTP_PORT, full=("alice",))
    with r.dns(), store, Postfix(r.roots["postfix"], settings), r.tap():
        smtplib_send(r.client, r.client_name, [mail])
        time.sleep(DELIVERY)
        swaks(r.roots["clients"], MX, "mx.example.jp", second, "--protocol", "LMTP",
              "--port", str(LMTP_PORT), server=RELAY, host="mx", check=False)
    r.truth.session(r.client, MX, helo=r.client_name).mail(mail)
    first = r.truth.session(MX, RELAY, LMTP_PORT, helo="mx.example.jp")
    mail.raw = None     # Postfix adds a field
    first.mail(mail, "partial", received_by=["mx.example.jp"], rcpt_replies=[250, 250, 550, 250],
               final=[452, 250, 250])
    r.truth.session(MX, RELAY, LMTP_PORT, helo="mx.example.jp") \
        .mail(second, "partial", rcpt_replies=[250, 250, 250], final=[250, 452, 250])
