# SPDX-License-Identifier: Apache-2.0
"""The SMTP dialogue without extensions that change its bytes: mails sent, refused, given up."""

from clients import smtplib_send, swaks
from mails import compose
from recording import story
from servers import Postfix

CLIENT, CLIENT_NAME = "198.51.100.10", "client.example.net"


def note(recording, number, rcpt_to=("user@example.jp",), later=0, **more):
    """A short mail like any other."""
    body = more.pop("text", f"This is note {number}.\nIt says little, and says it in two lines.\n")
    return compose(f"sender{number}@example.net", list(rcpt_to), more.pop("subject", f"Note {number}"),
                   recording.date("+0000", later), sender=(f"Sender {number}", f"sender{number}@example.net"),
                   message_id=f"<{recording.name}-{number}@example.net>", text=body, **more)


@story("plain", "2021-11-16 01:00:00")
def plain(r):
    mail = note(r, 1, text="Lines that begin with a dot are sent with two:\n.one\n..two\n.\n"
                           "See https://www.example.org/plain?x=1&y=2 for more.\n",
                urls=["https://www.example.org/plain?x=1&y=2"], charset="us-ascii", encoding="7bit")
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        swaks(r.roots["clients"], CLIENT, CLIENT_NAME, mail)
    r.truth.session(CLIENT, helo=CLIENT_NAME).mail(mail)


@story("several-mails", "2025-06-12 01:00:00")
def several_mails(r):
    mails = [note(r, n, charset="us-ascii", encoding="7bit") for n in (1, 2, 3)]
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(CLIENT, CLIENT_NAME, mails)
    session = r.truth.session(CLIENT, helo=CLIENT_NAME)
    for mail in mails:
        session.mail(mail)


@story("recipients-refused", "2021-11-20 01:00:00")
def recipients_refused(r):
    some = note(r, 1, ["user@example.jp", "nobody@example.jp", "alice@example.jp"])
    every = note(r, 2, ["nobody@example.jp", "noone@example.jp", "other@elsewhere.example"])
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(CLIENT, CLIENT_NAME, [some, every])
        swaks(r.roots["clients"], CLIENT, CLIENT_NAME, every, "--pipeline", check=False)
    envelope = dict.fromkeys(set(every.facts) - {"outcome"})
    session = r.truth.session(CLIENT, helo=CLIENT_NAME)
    session.mail(some, "partial", rcpt=[250, 550, 250], final=250)
    session.mail(every, "refused", **envelope, rcpt=[550, 550, 554])
    session = r.truth.session(CLIENT, helo=CLIENT_NAME, outcome="refused")
    session.mail(every, "refused", **envelope, rcpt=[550, 550, 554])
