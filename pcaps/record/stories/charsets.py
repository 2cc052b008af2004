# SPDX-License-Identifier: Apache-2.0
"""Mails in the charsets of Japan, China, Korea and the West, headers and bodies."""

from clients import smtplib_send
from mails import compose
from recording import story
from servers import Postfix
from stories.dialogue import CLIENT, CLIENT_NAME

JAPANESE = ("春のお知らせ", "田中花子", "田中です。\n桜が咲きました。写真は https://www.example.jp/sakura/ にあります。\n")


def letter(r, number, words, charset, encoding, header="B", zone="+0900"):
    subject, name, text = words
    return compose(f"sender{number}@example.net", ["user@example.jp"], subject, r.date(zone, number),
                   sender=(name, f"sender{number}@example.net"), text=text, charset=charset,
                   encoding=encoding, header=header, urls=["https://www.example.jp/sakura/"],
                   message_id=f"<{r.name}-{number}@example.net>")


def send(r, mails):
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(CLIENT, CLIENT_NAME, mails)
    session = r.truth.session(CLIENT, helo=CLIENT_NAME)
    for mail in mails:
        session.mail(mail)


@story("iso-2022-jp", "2021-11-09 01:00:00")
def iso_2022_jp(r):
    long = ("【重要】長い件名は何行にもわたりますが、どの語もそれだけで読めるように書かれています", *JAPANESE[1:])
    send(r, [letter(r, 1, JAPANESE, "iso-2022-jp", "7bit"),
             letter(r, 2, long, "iso-2022-jp", "base64"),
             letter(r, 3, long, "iso-2022-jp", "7bit", header="raw")])
