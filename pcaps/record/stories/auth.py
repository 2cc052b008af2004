# SPDX-License-Identifier: Apache-2.0
"""Submission on port 587 with AUTH in plain text. The password is nobody's: "not-a-secret"."""

import base64

from clients import msmtp, smtplib_send, swaks
from recording import story
from servers import Exim, Postfix
from stories.dialogue import note, on_wire, unseen

USER, PASSWORD = "alice", "not-a-secret"
MECHANISMS = f"""\
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{USER}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{USER}}}}}{{eq{{$auth2}}{{{PASSWORD}}}}}}}}}
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = {PASSWORD}
"""
OUTWARDS = "outwards:\n  driver = redirect\n  domains = ! +local_domains\n  data = :blackhole:\n"


def exim(r):
    return Exim(r.roots["exim"], ports=(587,), authenticators=MECHANISMS, routers=OUTWARDS)


def told(r, mail, mechanism, code=235):
    return r.truth.session(r.client, port=587, helo=r.client_name,
                           auth_mechanism=mechanism, auth_code=code).mail(mail)


@story("auth-plain", "2021-11-01 03:00:00")
def auth_plain(r):
    """msmtp with an initial response, to Postfix with Cyrus SASL; then without one, by hand."""
    mails = [note(r, n, ["friend@example.org"]) for n in (1, 2)]
    settings = {"smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "cyrus",
                "smtpd_sasl_path": "smtpd", "smtpd_sasl_local_domain": "example.jp",
                "smtpd_relay_restrictions": "permit_sasl_authenticated, reject",
                "default_transport": "discard"}
    root = r.roots["postfix"]
    root.write("/etc/postfix/sasl/smtpd.conf", "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
               "mech_list: PLAIN LOGIN\n")
    root.run("saslpasswd2", "-p", "-c", "-u", "example.jp", USER, input=PASSWORD.encode())
    root.run("chgrp", "postfix", "/etc/sasldb2")
    response = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()

    def by_hand(wire):
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        wire.say("AUTH PLAIN", 334)
        wire.say(response, 235)
        wire.say(f"MAIL FROM:<{mails[1].mail_from}>", 250)
        wire.say("RCPT TO:<friend@example.org>", 250)
        wire.say("DATA", 354)
        wire.send(mails[1].raw, ".")
        wire.reply(250)
        wire.say("QUIT", 221)

    postfix = Postfix(root, settings, [Postfix.SUBMISSION], ports=(25, 587))
    with r.dns(), postfix, r.tap():
        msmtp(r.roots["clients"], r.client, r.client_name, mails[0], "--auth=plain", f"--user={USER}",
              f"--passwordeval=echo {PASSWORD}", "--tls=off", port=587)
        on_wire(r, by_hand, port=587)
    for mail in mails:
        told(r, mail, "PLAIN")


@story("auth-login", "2021-11-01 02:00:00")
def auth_login(r):
    """User and password on a line each (swaks to Exim)."""
    mail = note(r, 1, ["friend@example.org"])
    with r.dns(), exim(r), r.tap():
        swaks(r.roots["clients"], r.client, r.client_name, mail, "-a", "LOGIN", "-au", USER,
              "-ap", PASSWORD, "-p", "587")
    told(r, mail, "LOGIN")


@story("auth-cram-md5", "2021-11-01 00:30:00")
def auth_cram_md5(r):
    """Challenge and response (smtplib to Exim): no password on the wire, still nothing to print."""
    mail = note(r, 1, ["friend@example.org"])
    with r.dns(), exim(r), r.tap():
        smtplib_send(r.client, r.client_name, [mail], port=587, login=(USER, PASSWORD))
    told(r, mail, "CRAM-MD5")


@story("auth-odd", "2021-11-01 02:30:00")
def auth_odd(r):
    """Lines that look like commands and are not; a cancelled and failed tries; a refusal."""
    mail = note(r, 1, ["friend@example.org"])

    def talk(wire):
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        wire.say("AUTH LOGIN", 334)
        wire.say("*", 501)
        wire.say("AUTH LOGIN", 334)
        wire.say("QUIT", 334)       # base64 of 0x41 0x42 0x13: a user name
        wire.say("DATA", 535)       # and a password
        wire.say("AUTH PLAIN BDAT", 535)
        wire.say(f"MAIL FROM:<{mail.mail_from}>", 250)
        wire.say("RCPT TO:<friend@example.org>", 550)
        wire.say("QUIT", 221)

    with r.dns(), exim(r), r.tap():
        on_wire(r, talk, port=587)
    r.truth.session(r.client, port=587, helo=r.client_name, outcome="refused",
                    auth_mechanism="PLAIN", auth_code=535) \
        .mail(mail, "refused", **unseen(mail), rcpt_replies=[550])
