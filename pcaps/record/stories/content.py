# SPDX-License-Identifier: Apache-2.0
"""What is in a mail: parts, attachments, links."""

import random

import frames
import world
from clients import nodemailer, smtplib_send
from mails import Attachment, Mail, compose
from recording import story
from servers import OpenSmtpd, Postfix
from stories.dialogue import CLIENT, CLIENT_NAME, note

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
    mail = compose("hanako@example.net", ["user@example.jp"], "資料をお送りします", r.date(),
                   sender=("花子", "hanako@example.net"), message_id="<attachments-1@example.net>",
                   text="資料を五つお送りします。\n", html="<p>資料を<b>五つ</b>お送りします。</p>\n",
                   encoding="base64", attachments=files)
    with r.dns(), OpenSmtpd(r.roots["opensmtpd"]), r.tap():
        smtplib_send(CLIENT, CLIENT_NAME, [mail])
    r.truth.session(CLIENT, helo=CLIENT_NAME).mail(
        mail, parts=["text/plain", "text/html", *(file.type for file in files)])


@story("attachments-nodemailer", "2021-11-01 00:20:00")
def attachments_nodemailer(r):
    """nodemailer writes the mail: alternative, an inline picture, two attachments."""
    link = "https://www.example.org/news?id=7&lang=ja"
    message = {"from": "お知らせ <news@example.net>", "to": "user@example.jp",
               "subject": "十一月のお知らせ", "date": r.date(), "messageId": "<nodemailer-1@example.net>",
               "text": f"十一月号ができました。\n{link}\n",
               "html": f'<p>十一月号が<a href="{link.replace("&", "&amp;")}">できました</a>。'
                       '<img src="cid:logo@example.net" alt=""></p>',
               "attachments": [
                   {"filename": "logo.png", "cid": "logo@example.net", "encoding": "base64",
                    "contentType": "image/png", "content": "iVBORw0KGgo="},
                   {"filename": NAMES[0], "content": "not really a PDF " * 40},
                   {"filename": NAMES[1], "content": "cells " * 100}]}
    mail = Mail("news@example.net", ["user@example.jp"], None, {
        "subject": message["subject"], "from": message["from"], "to": ["user@example.jp"],
        "message_id": message["messageId"], "urls": [link], "charset": "utf-8",
        "attachments": ["logo.png", *NAMES[:2]]})
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        nodemailer(r.roots["clients"], CLIENT, CLIENT_NAME, message)
    r.truth.session(CLIENT, helo=CLIENT_NAME).mail(mail)


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
    kinds = [("utf-8", "quoted-printable"), ("utf-8", "base64"), ("iso-2022-jp", "base64")]
    mails = [compose(f"sender{n}@example.net", ["user@example.jp"], "アカウントの確認", r.date(),
                     sender=("Support", f"sender{n}@example.net"), html=HTML, charset=charset,
                     encoding=encoding, urls=HTML_URLS, message_id=f"<html-links-{n}@example.net>")
             for n, (charset, encoding) in enumerate(kinds, 1)]
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(CLIENT, CLIENT_NAME, mails)
    session = r.truth.session(CLIENT, helo=CLIENT_NAME)
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
        smtplib_send(CLIENT, CLIENT_NAME, [mail])
    r.truth.note(cut="snaplen 512")
    size, mail.raw = len(mail.raw), None
    r.truth.session(CLIENT, helo=CLIENT_NAME).mail(mail, size=size, cut=True, attachments=None,
                                                   parts=None)


@story("big-stopped", "2021-11-01 05:30:00")
def big_stopped(r):
    """The same mail; the capture was stopped after 500 kB, the mail was not."""
    mail = big_mail(r)
    settings = {"message_size_limit": "20000000"}
    with r.dns(), Postfix(r.roots["postfix"], settings), r.tap():
        smtplib_send(CLIENT, CLIENT_NAME, [mail])
    kept, room = [], 500_000
    for frame in r.frames():
        room -= len(frame.data) + frames.FRAME_HEADER.size
        if room < 0:
            break
        kept.append(frame)
    r.placed = kept
    r.truth.note(cut="stopped after 500000 bytes")
    mail.raw = None
    r.truth.session(CLIENT, helo=CLIENT_NAME, outcome="unfinished").mail(mail, "unfinished",
                                                                         cut=True, parts=None)
