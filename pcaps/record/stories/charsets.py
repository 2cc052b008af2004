# SPDX-License-Identifier: Apache-2.0
"""Mails in the charsets of Japan, China, Korea and the West, headers and bodies."""

from clients import smtplib_send
from mails import compose
from recording import story
from servers import Postfix
from stories.dialogue import CLIENT, CLIENT_NAME

LINK = "https://www.example.org/sakura/"
JAPANESE = ("春のお知らせ", "田中花子", f"田中です。\n桜が咲きました。写真は {LINK} にあります。\n")
LONG = "【重要】長い件名は何行にもわたりますが、どの語もそれだけで読めるように書かれています"
VENDOR = ("①㈱テスト髙橋の件", "髙橋商事㈱", f"㈱髙橋商事です。\n①から⑳まで {LINK} をご覧ください。\n")
CHINESE = ("春天的通知", "王小明", f"您好：\n樱花开了，照片在 {LINK} 。\n")
GBK_ONLY = ("朱镕基與陶喆的書", "陶喆", f"這一行只在GBK裏：鎔喆 {LINK} 。\n")
TAIWAN = ("春天的通知", "王小明", f"您好：\n櫻花開了，照片在 {LINK} 。\n")
KOREAN = ("봄 소식", "김민수", f"안녕하세요.\n벚꽃이 피었습니다. 사진은 {LINK} 에 있습니다.\n")
GERMAN = ("Grüße aus Köln", "Jürgen Groß", f"Schöne Grüße!\nDie Kirschen blühen: {LINK}\n")
SMART = ("It’s here – “spring” for 5 €", "Zoë Müller", f"“Spring” – it’s here: {LINK} … 5 €\n")
EMOJI = ("🌸春のお知らせ🌸", "はな🌸", f"🌸🌸🌸\n{LINK}\n")


def letter(r, number, words, charset, encoding, header="B", zone="+0900"):
    subject, name, text = words
    address = f"sender{number}@example.net"
    return compose(address, ["user@example.jp"], subject, r.date(zone, number),
                   sender=(name, address), text=text, charset=charset,
                   encoding=encoding, header=header, urls=[LINK],
                   message_id=f"<{r.name}-{number}@example.net>")


def send(r, mails):
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(CLIENT, CLIENT_NAME, mails)
    session = r.truth.session(CLIENT, helo=CLIENT_NAME)
    for mail in mails:
        session.mail(mail)


def letters(name, start, *kinds, zone="+0900"):
    """A story of one mail per (words, charset, encoding, header)."""
    @story(name, start)
    def run(r):
        send(r, [letter(r, number, *kind, zone=zone) for number, kind in enumerate(kinds, 1)])


letters("charset-chinese", "2021-11-01 06:00:00",
        (CHINESE, "gb2312", "8bit", "B"), (GBK_ONLY, "gb2312", "base64", "B"),
        (GBK_ONLY, "gbk", "quoted-printable", "Q"), (CHINESE, "gb18030", "base64", "raw"),
        (TAIWAN, "big5", "8bit", "B"), zone="+0800")
letters("charset-euc-jp", "2021-11-01 07:00:00",
        (JAPANESE, "euc-jp", "8bit", "B"), ((LONG, *JAPANESE[1:]), "EUC-JP", "base64", "Q"),
        (JAPANESE, "euc-jp", "quoted-printable", "raw"))
letters("charset-iso-2022-jp", "2021-11-01 08:00:00",
        (JAPANESE, "iso-2022-jp", "7bit", "B"),
        ((LONG, *JAPANESE[1:]), "ISO-2022-JP", "base64", "B"),
        (JAPANESE, "iso-2022-jp", "quoted-printable", "Q"),
        ((LONG, *JAPANESE[1:]), "iso-2022-jp", "7bit", "raw"))
letters("charset-korean", "2021-11-01 09:00:00",
        (KOREAN, "euc-kr", "8bit", "B"), (KOREAN, "ks_c_5601-1987", "base64", "B"),
        (KOREAN, "euc-kr", "quoted-printable", "raw"))
letters("charset-shift-jis", "2021-11-01 10:00:00",
        (JAPANESE, "Shift_JIS", "8bit", "B"), ((LONG, *JAPANESE[1:]), "shift_jis", "base64", "Q"),
        (VENDOR, "cp932", "quoted-printable", "B"), (VENDOR, "windows-31j", "8bit", "raw"))
letters("charset-utf-8", "2021-11-01 11:00:00",
        (JAPANESE, "utf-8", "8bit", "B"), ((LONG, *JAPANESE[1:]), "UTF-8", "quoted-printable", "Q"),
        ((LONG, *JAPANESE[1:]), "utf-8", "base64", "split"), (EMOJI, "utf-8", "base64", "B"),
        (EMOJI, "utf-8", "8bit", "raw"))
letters("charset-western", "2021-11-01 12:00:00",
        (GERMAN, "iso-8859-1", "quoted-printable", "Q"), (SMART, "windows-1252", "8bit", "Q"),
        (GERMAN, "iso-8859-15", "base64", "B"), (GERMAN, "iso-8859-1", "8bit", "raw"), zone="+0100")
