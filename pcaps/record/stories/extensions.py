# SPDX-License-Identifier: Apache-2.0
"""What EHLO offers: PIPELINING, CHUNKING, STARTTLS, AUTH."""

from clients import swaks
from recording import story
from servers import CERTIFICATE, KEY, Postfix
from stories.dialogue import CLIENT, CLIENT_NAME, note


@story("pipelined", "2021-11-15 01:00:00")
def pipelined(r):
    mails = [note(r, 1), note(r, 2, ["user@example.jp", "alice@example.jp", "bob@example.jp"])]
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        for mail in mails:
            swaks(r.roots["clients"], CLIENT, CLIENT_NAME, mail, "--pipeline")
    for mail in mails:
        r.truth.session(CLIENT, helo=CLIENT_NAME).mail(mail)


@story("starttls", "2025-06-14 01:00:00")
def starttls(r):
    mail = note(r, 1)
    settings = {"smtpd_tls_security_level": "may", "smtpd_tls_cert_file": CERTIFICATE,
                "smtpd_tls_key_file": KEY}
    with r.dns(), Postfix(r.roots["postfix"], settings), r.tap():
        swaks(r.roots["clients"], CLIENT, CLIENT_NAME, mail, "-tls")
    r.truth.session(CLIENT, helo=CLIENT_NAME, outcome="encrypted", tls="starttls")
