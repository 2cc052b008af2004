# SPDX-License-Identifier: Apache-2.0
"""The SMTP dialogue without extensions that change its bytes: mails sent, refused, given up."""

import time

import senders
import world
from clients import Wire, dot_stuffed, smtplib_send, swaks
from mails import compose
from recording import story
from servers import Exim, OpenSmtpd, Postfix

MX6 = "2001:db8:25::25"


def note(recording, number, rcpt_to=("user@example.jp",), later=0, **more):
    """A short mail like any other."""
    body = more.pop("text", f"This is note {number}.\nIt says little, and says it in two lines.\n")
    name = senders.person(recording.name, number)
    address = senders.address(name, recording.domain)
    return compose(address, list(rcpt_to), more.pop("subject", f"{recording.name}: note {number}"),
                   recording.date("+0000", later), sender=(name, address),
                   message_id=f"<{recording.name}-{number}@{recording.domain}>", text=body,
                   charset=more.pop("charset", "us-ascii"), encoding=more.pop("encoding", "7bit"),
                   **more)


def unseen(mail):
    """The message's own facts, to be left out where the message never was on the wire."""
    return dict.fromkeys(mail.facts)


def on_wire(recording, function, source=None, **where):
    """Runs function(wire) in the senders' host, and waits until the server has closed too."""
    def talk():
        wire = Wire(source or recording.client, **where)
        function(wire)
        wire.close()
    world.call("out", talk)
    time.sleep(0.3)


@story("plain", "2021-11-16 01:00:00")
def plain(r):
    mail = note(r, 1, text="Lines that begin with a dot are sent with two:\n.one\n..two\n.\n"
                           "See https://www.example.org/plain?x=1&y=2 for more.\n",
                urls=["https://www.example.org/plain?x=1&y=2"])
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        swaks(r.roots["clients"], r.client, r.client_name, mail)
    r.truth.session(r.client, helo=r.client_name).mail(mail)


@story("several-mails", "2025-06-12 01:00:00")
def several_mails(r):
    """One connection, the second mail of several segments."""
    long = "".join(f"Line {n} of a text that fills several segments.\n" for n in range(150))
    mails = [note(r, 1), note(r, 2, text=long), note(r, 3)]
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(r.client, r.client_name, mails)
    session = r.truth.session(r.client, helo=r.client_name)
    for mail in mails:
        session.mail(mail)


@story("ipv6", "2021-11-08 01:00:00")
def ipv6(r):
    mails = [note(r, 1), note(r, 2)]
    with r.dns(), OpenSmtpd(r.roots["opensmtpd"]), r.tap():
        smtplib_send(r.client6, r.client_name, mails[:1], server=MX6)
        swaks(r.roots["clients"], r.client6, f"[IPv6:{r.client6}]", mails[1], "-6", server=MX6)
    r.truth.session(r.client6, MX6, helo=r.client_name).mail(mails[0])
    r.truth.session(r.client6, MX6, helo=f"[IPv6:{r.client6}]").mail(mails[1])


@story("recipients-refused", "2021-11-20 01:00:00")
def recipients_refused(r):
    some = note(r, 1, ["user@example.jp", "nobody@example.jp", "alice@example.jp"])
    every = note(r, 2, ["nobody@example.jp", "noone@example.jp", "other@elsewhere.example"])
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(r.client, r.client_name, [some, every], expect=[None, 554])
        swaks(r.roots["clients"], r.client, r.client_name, every, "--pipeline", check=False)
    session = r.truth.session(r.client, helo=r.client_name)
    session.mail(some, "partial", rcpt_replies=[250, 550, 250], final=250)
    session.mail(every, "refused", **unseen(every), rcpt_replies=[550, 550, 554])
    session = r.truth.session(r.client, helo=r.client_name, outcome="refused")
    session.mail(every, "refused", **unseen(every), rcpt_replies=[550, 550, 554], data=554)


@story("refused-after-data", "2021-11-21 01:00:00")
def refused_after_data(r):
    """One server, three answers to the end of data, by what the subject says."""
    acl = """\
data:
  defer condition = ${if match{$h_subject:}{later}}
        message = try again later
  deny  condition = ${if match{$h_subject:}{never}}
        message = content refused
  accept
"""
    later, never, well = (note(r, 1, subject="Come back later"), note(r, 2, subject="This, never"),
                          note(r, 3))
    exim = Exim(r.roots["exim"], acl_data="data", acls=acl)
    with r.dns(), exim, r.tap():
        smtplib_send(r.client, r.client_name, [later, never, well], expect=[451, 550, None])
    session = r.truth.session(r.client, helo=r.client_name)
    session.mail(later, "deferred", final=451)
    session.mail(never, "refused", final=550)
    session.mail(well, final=250)


@story("greylisted", "2021-11-05 01:00:00")
def greylisted(r):
    """Every RCPT is told to come again; ten minutes later the same client is let in."""
    mail = note(r, 1, ["user@example.jp", "alice@example.jp"])
    grey = {"smtpd_recipient_restrictions": "check_recipient_access "
            "static:{450 4.2.0 Greylisted, see you in ten minutes}"}
    second = r.work / "second.pcap"
    with r.dns():
        with Postfix(r.roots["postfix"], grey), r.tap():
            smtplib_send(r.client, r.client_name, [mail], expect=[450])
        with Postfix(r.roots["postfix"]), r.tap(second):
            smtplib_send(r.client, r.client_name, [mail])
    r.place_later(second, 600)
    session = r.truth.session(r.client, helo=r.client_name, outcome="deferred")
    session.mail(mail, "deferred", **unseen(mail), rcpt_replies=[450, 450])
    r.truth.session(r.client, helo=r.client_name).mail(mail, rcpt_replies=[250, 250])


@story("greeting-refused", "2021-11-04 01:00:00")
def greeting_refused(r):
    """554 instead of the banner (Postfix), 421 and close (Postfix), 550 and close (Exim)."""
    mail = note(r, 1)
    refuse = {"smtpd_delay_reject": "no",
              "smtpd_client_restrictions": f"check_client_access inline:{{{{{r.client}=554 5.7.1 "
              "Go away}, {198.51.100.11=421 4.3.2 Too busy}}"}

    def quit_after(code):
        def talk(wire):
            wire.reply(code)
            wire.send("QUIT")
            wire.reply()
        return talk

    def insist(wire):
        wire.reply(554)
        wire.say(f"EHLO {r.client_name}", 503)
        wire.say(f"MAIL FROM:<{mail.mail_from}>", 503)
        wire.say("QUIT", 221)

    exim = Exim(r.roots["exim"], acl_main="acl_smtp_connect = connect",
                acls="connect:\n  drop message = Your address is on our list\n")
    second = r.work / "second.pcap"
    with r.dns():
        with Postfix(r.roots["postfix"], refuse), r.tap():
            on_wire(r, quit_after(554))
            on_wire(r, insist)
            on_wire(r, lambda wire: wire.reply(421), "198.51.100.11")
        with exim, r.tap(second):
            on_wire(r, lambda wire: wire.reply(550))
    r.place_later(second, 60)
    r.truth.session(r.client, outcome="refused", banner=554)
    r.truth.session(r.client, outcome="refused", banner=554) \
        .mail(mail, "refused", **unseen(mail), rcpt_to=None)
    r.truth.session("198.51.100.11", outcome="deferred", banner=421)
    r.truth.session(r.client, outcome="refused", banner=550)


@story("reset", "2025-06-10 01:00:00")
def reset(r):
    """RSET, EHLO, a nested MAIL and QUIT where they do not belong; each transaction once."""
    mails = [note(r, n) for n in range(1, 7)]

    def envelope(mail):
        return f"MAIL FROM:<{mail.mail_from}>", *(f"RCPT TO:<{rcpt}>" for rcpt in mail.rcpt_to)

    def give(wire, mail, *behind):
        for line in envelope(mail):
            wire.say(line, 250)
        wire.say("DATA", 354)
        wire.send(dot_stuffed(mail.raw), *behind)
        wire.reply(250)

    def talk(wire):
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        for line in (*envelope(mails[0]), "RSET"):              # RSET behind RCPT
            wire.say(line, 250)
        give(wire, mails[1], "RSET")                            # RSET with the end of data
        wire.reply(250)
        for line in envelope(mails[2]):                         # an accepted EHLO is a RSET
            wire.say(line, 250)
        wire.say(f"EHLO other.{r.domain}", 250)
        for line in envelope(mails[3]):                         # a nested MAIL is not: 503
            wire.say(line, 250)
        wire.say(f"MAIL FROM:<nested@{r.domain}>", 503)
        wire.say("DATA", 354)
        wire.send(dot_stuffed(mails[3].raw))
        wire.reply(250)
        wire.say(envelope(mails[4])[0], 250)                    # a refused HELO is not either
        wire.say("HELO", 501)
        wire.say(envelope(mails[4])[1], 250)
        wire.say("DATA", 354)
        wire.send(dot_stuffed(mails[4].raw))
        wire.reply(250)
        wire.say(envelope(mails[5])[0], 250)                    # QUIT behind MAIL
        wire.say("QUIT", 221)

    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        on_wire(r, talk)
    session = r.truth.session(r.client, helo=f"other.{r.domain}")
    first = {"helo": r.client_name}
    session.mail(mails[0], "reset", **unseen(mails[0]), **first)
    session.mail(mails[1], **first)
    session.mail(mails[2], "reset", **unseen(mails[2]), **first)
    session.mail(mails[3])
    session.mail(mails[4])
    session.mail(mails[5], "unfinished", **unseen(mails[5]), rcpt_to=None)


@story("odd-paths", "2021-11-14 01:00:00")
def odd_paths(r):
    """Envelopes that servers take: no spaces, no brackets, quotes, a source route."""
    mails = [note(r, n) for n in range(1, 5)]
    first, second = (mail.mail_from for mail in mails[:2])
    ways = [(f"mail from: <{first}>", f"<{first}>",
             "rcpt to: <user@example.jp>", "<user@example.jp>"),
            (f"MAIL FROM:{second}", second,
             "RCPT TO:user@example.jp", "user@example.jp"),
            ("Mail From:<>", "<>", "Rcpt To:<alice@example.jp>", "<alice@example.jp>"),
            (f'MAIL FROM:<"se nder>1"@{r.domain}> SIZE=400 BODY=7BIT',
             f'<"se nder>1"@{r.domain}>',
             "RCPT TO:<@hop.example.org:bob@example.jp> NOTIFY=NEVER",
             "<@hop.example.org:bob@example.jp>")]

    def talk(wire):
        wire.reply(220)
        wire.say(f"ehlo {r.client_name}", 250)
        for (sender, _, recipient, _), mail in zip(ways, mails):
            wire.say(sender, 250)
            wire.say(recipient, 250)
            wire.say("data", 354)
            wire.send(dot_stuffed(mail.raw))
            wire.reply(250)
        wire.say("quit", 221)

    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        on_wire(r, talk)
    session = r.truth.session(r.client, helo=r.client_name)
    for (_, mail_from, _, rcpt_to), mail in zip(ways, mails):
        session.mail(mail, mail_from=mail_from, rcpt_to=[rcpt_to])


@story("given-up", "2021-11-03 01:00:00")
def given_up(r):
    """The client closes in the middle of the text; and once resets the connection there."""
    left, cut = (note(r, n, text="A long text follows.\n" + "It goes on and on.\n" * 200)
                 for n in (1, 2))

    def begin(wire, mail=left):
        wire.reply(220)
        wire.say(f"EHLO {r.client_name}", 250)
        wire.say(f"MAIL FROM:<{mail.mail_from}>", 250)
        wire.say("RCPT TO:<user@example.jp>", 250)
        wire.say("DATA", 354)
        wire.send(dot_stuffed(mail.raw)[:2000])
        time.sleep(0.2)

    def abort(wire):
        begin(wire, cut)
        wire.reset_on_close()

    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        on_wire(r, begin)
        on_wire(r, abort)
    for mail in (left, cut):
        r.truth.session(r.client, helo=r.client_name, outcome="unfinished").mail(mail, "unfinished")
