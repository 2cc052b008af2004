# SPDX-License-Identifier: Apache-2.0
"""What is in a mail: parts, attachments, links."""

import random

import frames
import world
from clients import nodemailer, smtplib_send
from mails import Attachment, Mail, compose
from recording import story
from servers import OpenSmtpd, Postfix
from stories.dialogue import note

NAMES = ["請求書.pdf", "とても長い名前の添付ファイルは何行にもわたって書かれることがあります.xlsx",
         "見積書 2021.docx", "quarterly report.pdf", "写真.jpg"]


def bytes_of(length, seed):
    """Bytes that are the same in every recording."""
    return random.Random(seed).randbytes(length)


@story("attachments", "2021-11-01 00:10:00")
def attachments(r):
    """Names in RFC 2231 (whole, in pieces, in Shift_JIS), in encoded words, plain, raw 8-bit."""
    files = [Attachment(NAMES[0], "application/pdf", b"%PDF-1.4\n" + bytes_of(900, 1), "2231"),
             Attachment(NAMES[1], "application/vnd.ms-excel", bytes_of(700, 2), "2231"),
             Attachment(NAMES[2], "application/msword", bytes_of(700, 3), "2047", "iso-2022-jp"),
             Attachment(NAMES[3], "application/pdf", bytes_of(500, 4)),
             Attachment(NAMES[4], "image/jpeg", bytes_of(1200, 5), "plain", "shift_jis")]
    mail = compose(f"hanako@{r.domain}", ["user@example.jp"], "資料をお送りします", r.date(),
                   sender=("花子", f"hanako@{r.domain}"), message_id=f"<attachments-1@{r.domain}>",
                   text="資料を五つお送りします。\n", html="<p>資料を<b>五つ</b>お送りします。</p>\n",
                   encoding="base64", attachments=files)
    with r.dns(), OpenSmtpd(r.roots["opensmtpd"]), r.tap():
        smtplib_send(r.client, r.client_name, [mail])
    r.truth.session(r.client, helo=r.client_name).mail(
        mail, parts=["text/plain", "text/html", *(file.type for file in files)])


@story("attachments-nodemailer", "2021-11-01 00:20:00")
def attachments_nodemailer(r):
    """nodemailer writes the mail: alternative, an inline picture, two attachments."""
    link = "https://www.example.org/news?id=7&lang=ja"
    message = {"from": f"お知らせ <news@{r.domain}>", "to": "user@example.jp",
               "subject": "十一月のお知らせ", "date": r.date(), "messageId": f"<nodemailer-1@{r.domain}>",
               "text": f"十一月号ができました。\n{link}\n",
               "html": f'<p>十一月号が<a href="{link.replace("&", "&amp;")}">できました</a>。'
                       '<img src="cid:logo@example.net" alt=""></p>',
               "attachments": [
                   {"filename": "logo.png", "cid": "logo@example.net", "encoding": "base64",
                    "contentType": "image/png", "content": "iVBORw0KGgo="},
                   {"filename": NAMES[0], "content": "not really a PDF " * 40},
                   {"filename": NAMES[1], "content": "cells " * 100}]}
    mail = Mail(f"news@{r.domain}", ["user@example.jp"], None, {
        "subject": message["subject"], "from": message["from"], "to": ["user@example.jp"],
        "message_id": message["messageId"], "urls": [link], "charset": "utf-8",
        "attachments": ["logo.png", *NAMES[:2]]})
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        nodemailer(r.roots["clients"], r.client, r.client_name, message)
    r.truth.session(r.client, helo=r.client_name).mail(mail)


HTML = """\
<html><head><meta http-equiv="refresh" content="9; url=https://meta.example.org/next">
<style>p { background: url('https://css.example.org/bg.png') }</style></head>
<body background="https://bg.example.org/tile.gif">
<p>お客様のアカウントを確認してください。</p>
<a href="https://login.example.org/verify?user=1&amp;code=%E3%81%82">https://www.example.com/</a>
<a href=https://unquoted.example.org/path>こちら</a>
<a HREF='&#104;ttps://entity.example.org/x'>文字参照</a>
<area href="https://area.example.org/map">
<img src="https://img.example.org/open.gif?m=1" width=1 height=1 alt="">
<form action="https://form.example.org/post.php" method="post"><input name="pw"></form>
<p>本文の中の https://text.example.org/a。次の文です。</p>
</body></html>
"""
# What the first link shows is no link; it is that link's text.
HTML_URLS = ["https://meta.example.org/next", "https://css.example.org/bg.png",
             "https://bg.example.org/tile.gif",
             "https://login.example.org/verify?user=1&code=%E3%81%82",
             "https://unquoted.example.org/path", "https://entity.example.org/x",
             "https://area.example.org/map", "https://img.example.org/open.gif?m=1",
             "https://form.example.org/post.php", "https://text.example.org/a"]


@story("html-links", "2021-11-06 01:00:00")
def html_links(r):
    """The same HTML three times: quoted-printable, base64, and base64 of ISO-2022-JP."""
    kinds = [("utf-8", "quoted-printable", "アカウントの確認"),
             ("utf-8", "base64", "ログイン情報をご確認ください"),
             ("iso-2022-jp", "base64", "会員情報の更新について")]
    mails = [compose(f"support{n}@{r.domain}", ["user@example.jp"], subject, r.date(),
                     sender=("Support", f"support{n}@{r.domain}"), html=HTML, charset=charset,
                     encoding=encoding, urls=HTML_URLS, message_id=f"<html-links-{n}@{r.domain}>")
             for n, (charset, encoding, subject) in enumerate(kinds, 1)]
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(r.client, r.client_name, mails)
    session = r.truth.session(r.client, helo=r.client_name)
    for mail in mails:
        session.mail(mail)


def big_mail(r):
    data = bytes_of(10 * 1024 * 1024, 10)
    mail = note(r, 1, text="See the attachment.\n", attachments=[
        Attachment("disk.img", "application/octet-stream", data)])
    mail.facts["parts"] = [["text/plain", None], ["application/octet-stream", len(data)]]
    return mail


@story("big-snaplen", "2021-11-01 05:00:00")
def big_snaplen(r):
    """10 MB over jumbo frames, snap length 512: most bytes were never written."""
    mail = big_mail(r)
    world.set_mtu(9000)
    settings = {"message_size_limit": "20000000"}
    with r.dns(), Postfix(r.roots["postfix"], settings), r.tap(snaplen=512):
        smtplib_send(r.client, r.client_name, [mail])
    r.truth.note(cut="snaplen 512")
    size, mail.raw = len(mail.raw), None
    r.truth.session(r.client, helo=r.client_name).mail(mail, size=size, cut=True, attachments=None,
                                                   parts=None)


@story("cut-file", "2021-11-02 05:00:00")
def cut_file(r):
    """Two mails; the disk was full in the middle of a frame of the second one's text."""
    mails = [note(r, 1), note(r, 2, text="A line of a text of several segments.\n" * 200)]
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(r.client, r.client_name, mails)
    captured = r.frames()
    long = [index for index, frame in enumerate(captured) if frames.payload_length(frame.data) > 1000]
    r.placed, r.torn = captured[:long[1] + 1], 700
    r.truth.note(cut="the file ends 700 bytes before its last frame does")
    session = r.truth.session(r.client, helo=r.client_name).mail(mails[0])
    mails[1].raw = None
    session.mail(mails[1], "unfinished", cut=True, status="BODY_STARTED")


@story("big-stopped", "2021-11-01 05:30:00")
def big_stopped(r):
    """The same mail; the capture was stopped after 500 kB, the mail was not."""
    mail = big_mail(r)
    settings = {"message_size_limit": "20000000"}
    with r.dns(), Postfix(r.roots["postfix"], settings), r.tap(stop_after=1000):
        smtplib_send(r.client, r.client_name, [mail])
    kept, room = [], 500_000
    for frame in r.frames():
        room -= len(frame.data) + frames.FRAME_HEADER.size
        if room < 0:
            break
        kept.append(frame)
    r.placed = kept
    r.truth.note(cut="stopped after 500000 bytes")
    mail.raw = None
    r.truth.session(r.client, helo=r.client_name, outcome="unfinished").mail(mail, "unfinished",
                                                                         cut=True, parts=None)
