# SPDX-License-Identifier: Apache-2.0
"""What EHLO offers: PIPELINING, CHUNKING, STARTTLS, SMTPUTF8."""

import senders
from clients import msmtp, nodemailer, s_client, smtplib_send, smtplib_tls, swaks
from mails import compose
from recording import story
from servers import Exim, Postfix
from roots import CERTIFICATE, KEY
from stories.dialogue import note, on_wire, unseen

MTA, MTA_NAME = "198.51.100.11", "mta.example.net"
TLS = {"smtpd_tls_security_level": "may", "smtpd_tls_cert_file": CERTIFICATE,
       "smtpd_tls_key_file": KEY}
SEND_TO_MX = {
    "main": "local_interfaces = 127.0.0.1",
    "routers": "out:\n  driver = manualroute\n  route_list = * 192.0.2.25 byname\n"
               "  transport = out\n",
    "transports": f"out:\n  driver = smtp\n  interface = {MTA}\n  helo_data = {MTA_NAME}\n"
                  "  hosts_avoid_tls = *\n",
}


@story("pipelined", "2021-11-15 01:00:00")
def pipelined(r):
    mails = [note(r, 1), note(r, 2, ["user@example.jp", "alice@example.jp", "bob@example.jp"])]
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        for mail in mails:
            swaks(r.roots["clients"], r.client, r.client_name, mail, "--pipeline")
    for mail in mails:
        r.truth.session(r.client, helo=r.client_name).mail(mail)


@story("chunking-exim", "2021-11-02 02:00:00")
def chunking_exim(r):
    """Exim delivers with BDAT, pipelined, because Postfix offers CHUNKING."""
    long = note(r, 2, ["user@example.jp", "alice@example.jp"],
                text="A line of a text that is longer than one segment.\n" * 200)
    short = note(r, 1)
    client = Exim(r.roots["exim"], host="out", **SEND_TO_MX)
    with r.dns(), Postfix(r.roots["postfix"]), client, r.tap():
        client.deliver(short)
        client.deliver(long)
    for mail in (short, long):
        mail.raw = None     # Exim adds its Received field
        r.truth.session(MTA, helo=MTA_NAME).mail(mail, bdat=True, received=None)


@story("chunking-pieces", "2021-11-02 03:00:00")
def chunking_pieces(r):
    """BDAT cut where it hurts, against Exim: every chunk size is right, borders are not lines."""
    mails = [note(r, n, text=f"Chunk by chunk, number {n}.\nBDAT 3\n.\nQUIT\n")
             for n in range(1, 6)]

    def envelope(wire, mail):
        wire.say(f"MAIL FROM:<{mail.mail_from}>", 250)
        wire.say("RCPT TO:<user@example.jp>", 250)

    def talk(wire):
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        envelope(wire, mails[0])                        # one chunk, command and chunk together
        wire.send(f"BDAT {len(mails[0].raw)} LAST", mails[0].raw)
        wire.reply(250)
        envelope(wire, mails[1])                        # many small chunks, each in two writes
        for at in range(0, len(mails[1].raw), 37):
            chunk = mails[1].raw[at:at + 37]
            wire.send(f"BDAT {len(chunk)}")
            wire.send(chunk)
            wire.reply(250)
        wire.say("BDAT 0 LAST", 250)
        envelope(wire, mails[2])                        # all chunks and the next mail at once
        half = len(mails[2].raw) // 2
        wire.send(f"BDAT {half}", mails[2].raw[:half], f"bdat {len(mails[2].raw) - half} last",
                  mails[2].raw[half:], f"MAIL FROM:<{mails[3].mail_from}>",
                  "RCPT TO:<user@example.jp>", f"BDAT {len(mails[3].raw)} LAST", mails[3].raw)
        for _ in range(5):
            wire.reply(250)
        wire.say(f"MAIL FROM:<{mails[4].mail_from}>", 250)      # refused, the chunk comes anyway
        wire.say("RCPT TO:<nobody@example.jp>", 550)
        wire.send(f"BDAT {len(mails[4].raw)} LAST", mails[4].raw)
        wire.reply()
        wire.say("QUIT", 221)

    with r.dns(), Exim(r.roots["exim"]), r.tap():
        on_wire(r, talk)
    session = r.truth.session(r.client, helo=r.client_name)
    mails[1].raw = mails[2].raw = None      # in chunks: nowhere in one piece
    for mail in mails[:4]:
        session.mail(mail, bdat=True)
    session.mail(mails[4], "refused", rcpt_to=["<nobody@example.jp>"], rcpt_replies=[550],
                 bdat=True, **unseen(mails[4]))


@story("many-mails", "2021-11-12 01:00:00")
def many_mails(r):
    """Three hundred mails on one connection, every one by BDAT in a pipeline of its own."""
    mails = [note(r, n, subject=subject, text=f"{n}\n")
             for n, subject in enumerate(senders.circulars(300), 1)]

    def talk(wire):
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        for mail in mails:
            wire.send(f"MAIL FROM:<{mail.mail_from}>", "RCPT TO:<user@example.jp>",
                      f"BDAT {len(mail.raw)} LAST", mail.raw)
            for _ in range(3):
                wire.reply(250)
        wire.say("QUIT", 221)

    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        on_wire(r, talk)
    session = r.truth.session(r.client, helo=r.client_name)
    for mail in mails:
        session.mail(mail, bdat=True)


@story("starttls", "2025-06-14 01:00:00")
def starttls(r):
    with r.dns(), Postfix(r.roots["postfix"], TLS), r.tap():
        swaks(r.roots["clients"], r.client, r.client_name, note(r, 1), "-tls")
    r.truth.session(r.client, helo=r.client_name, outcome="encrypted", tls="starttls")


@story("starttls-clients", "2025-06-14 05:00:00")
def starttls_clients(r):
    """One hello after the other: OpenSSL with TLS 1.2, with 1.3, with a first guess at the key that the server does not
    take (HelloRetryRequest), and with protocols; GnuTLS (msmtp); Node.js; Python."""
    root, mail = r.roots["clients"], note(r, 1)
    name = ("-servername", "mx.example.jp")
    with r.dns(), Postfix(r.roots["postfix"], TLS), r.tap():
        s_client(root, r.client, r.client_name, "-tls1_2", *name)
        s_client(root, r.client, r.client_name, "-tls1_3", *name)
        s_client(root, r.client, r.client_name, "-tls1_3", "-groups", "ffdhe2048:X25519", "-noservername")
        s_client(root, r.client, r.client_name, "-alpn", "smtp,x-test", *name)
        msmtp(root, r.client, r.client_name, mail, "--tls=on", "--tls-starttls=on", "--tls-certcheck=off")
        nodemailer(root, r.client, r.client_name, {"from": mail.mail_from, "to": "user@example.jp", "text": "x"},
                   ignoreTLS=False, requireTLS=True, tls={"rejectUnauthorized": False, "servername": "mx.example.jp"})
        smtplib_tls(r.client, r.client_name, mail)
    for _ in range(7):
        r.truth.session(r.client, helo=r.client_name, outcome="encrypted", tls="starttls")


@story("starttls-refused", "2025-06-15 01:00:00")
def starttls_refused(r):
    """Offered, asked for, refused with 454: the client goes on in plain text."""
    mail = note(r, 1)
    broken = {**TLS, "smtpd_tls_cert_file": "/nonexistent.pem"}
    with r.dns(), Postfix(r.roots["postfix"], broken), r.tap():
        swaks(r.roots["clients"], r.client, r.client_name, mail, "--tls-optional")
    r.truth.session(r.client, helo=r.client_name, tls="refused").mail(mail)


@story("starttls-required", "2025-06-16 01:00:00")
def starttls_required(r):
    """530 for a MAIL without TLS; the client gives up."""
    mail = note(r, 1)
    must = {**TLS, "smtpd_tls_security_level": "encrypt"}
    with r.dns(), Postfix(r.roots["postfix"], must), r.tap():
        smtplib_send(r.client, r.client_name, [mail], expect=[530])
    r.truth.session(r.client, helo=r.client_name, outcome="refused") \
        .mail(mail, "refused", **unseen(mail), rcpt_to=None)


@story("tls-implicit", "2025-06-17 01:00:00")
def tls_implicit(r):
    """Port 465: TLS from the first byte."""
    service = "smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes"
    with r.dns(), Postfix(r.roots["postfix"], TLS, [service], ports=(25, 465)), r.tap():
        swaks(r.roots["clients"], r.client, r.client_name, note(r, 1), "-tlsc", "-p", "465")
    r.truth.session(r.client, port=465, outcome="encrypted", tls="implicit")


@story("smtputf8", "2025-06-13 02:00:00")
def smtputf8(r):
    """Addresses and header in UTF-8 as they are, no encoded words (RFC 6531)."""
    mail = compose(f"差出人@{r.domain}", ["user@example.jp"], "件名もそのまま", r.date(),
                   sender=("差出人", f"差出人@{r.domain}"), text="本文です。\n", header="raw",
                   message_id=f"<smtputf8-1@{r.domain}>")

    def talk(wire):
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        wire.say(f"MAIL FROM:<{mail.mail_from}> SMTPUTF8 BODY=8BITMIME", 250)
        wire.say("RCPT TO:<user@example.jp>", 250)
        wire.say("DATA", 354)
        wire.send(mail.raw, ".")
        wire.reply(250)
        wire.say("QUIT", 221)

    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        on_wire(r, talk)
    r.truth.session(r.client, helo=r.client_name).mail(mail)
