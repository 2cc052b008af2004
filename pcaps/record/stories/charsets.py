# SPDX-License-Identifier: Apache-2.0
"""Mails in the charsets of Japan, China, Korea and the West, headers and bodies."""

from clients import smtplib_send
from mails import compose
from recording import story
from servers import Postfix

LINK = "https://www.example.org/sakura/"
# (body); a letter is (subject, the sender's name, its local part, body, charset, encoding, header)
SAKURA = f"田中です。\n桜が咲きました。写真は {LINK} にあります。\n"
MEETING = f"お疲れさまです。\n会議の資料を {LINK} に置きました。ご確認ください。\n"
VENDOR = f"㈱髙橋商事です。\n①から⑳まで {LINK} をご覧ください。\n"
CHINESE = f"您好：\n樱花开了，照片在 {LINK} 。\n"
GBK_ONLY = f"這一行只在GBK裏：鎔喆 {LINK} 。\n"
TAIWAN = f"您好：\n櫻花開了，照片在 {LINK} 。\n"
KOREAN = f"안녕하세요.\n벚꽃이 피었습니다. 사진은 {LINK} 에 있습니다.\n"
GERMAN = f"Schöne Grüße!\nDie Kirschen blühen: {LINK}\n"
SMART = f"“Spring” – it’s here: {LINK} … 5 €\n"
EMOJI = f"🌸🌸🌸\n{LINK}\n"


def letter(r, number, words, zone="+0900"):
    subject, name, local, text, charset, encoding, header = words
    address = f"{local}@{r.domain}"
    return compose(address, ["user@example.jp"], subject, r.date(zone, number),
                   sender=(name, address), text=text, charset=charset,
                   encoding=encoding, header=header, urls=[LINK],
                   message_id=f"<{r.name}-{number}@{r.domain}>")


def send(r, mails):
    with r.dns(), Postfix(r.roots["postfix"]), r.tap():
        smtplib_send(r.client, r.client_name, mails)
    session = r.truth.session(r.client, helo=r.client_name)
    for mail in mails:
        session.mail(mail)


def letters(name, start, *kinds, zone="+0900"):
    """A story of one mail per letter."""
    @story(name, start)
    def run(r):
        send(r, [letter(r, number, kind, zone) for number, kind in enumerate(kinds, 1)])


letters("charset-chinese", "2021-11-01 06:00:00",
        ("春天的通知", "王小明", "wang", CHINESE, "gb2312", "8bit", "B"),
        ("朱镕基與陶喆的書", "陶喆", "tao", GBK_ONLY, "gb2312", "base64", "B"),
        ("關於陶喆演唱會的門票", "朱鎔", "zhu", GBK_ONLY, "gbk", "quoted-printable", "Q"),
        ("周末的会议改到下午三点", "李娜", "lina", CHINESE, "gb18030", "base64", "raw"),
        ("請確認下週的行程", "陳美玲", "chen", TAIWAN, "big5", "8bit", "B"), zone="+0800")
letters("charset-euc-jp", "2021-11-01 07:00:00",
        ("来週の花見について", "田中花子", "hanako", SAKURA, "euc-jp", "8bit", "B"),
        ("【重要】長い件名は何行にもわたりますが、どの語もそれだけで読めるように書かれています",
         "佐藤一郎", "ichiro", MEETING, "EUC-JP", "base64", "Q"),
        ("打ち合わせの場所が変わりました", "鈴木健", "suzuki", MEETING, "euc-jp",
         "quoted-printable", "raw"))
letters("charset-iso-2022-jp", "2021-11-01 08:00:00",
        ("春のお知らせ", "田中花子", "hanako", SAKURA, "iso-2022-jp", "7bit", "B"),
        ("【ご案内】十二月の研修会の日程と会場、お申し込みの方法、当日の持ち物についてのお知らせ",
         "研修係", "kenshu", MEETING, "ISO-2022-JP", "base64", "B"),
        ("写真をお送りします", "山本さくら", "sakura", SAKURA, "iso-2022-jp", "quoted-printable", "Q"),
        ("年末年始の休業日と、それにともなう発送の予定についてのお知らせです", "発送係", "hasso", MEETING,
         "iso-2022-jp", "7bit", "raw"))
letters("charset-korean", "2021-11-01 09:00:00",
        ("봄 소식", "김민수", "minsu", KOREAN, "euc-kr", "8bit", "B"),
        ("다음 주 회의 일정 안내", "이영희", "younghee", KOREAN, "ks_c_5601-1987", "base64", "B"),
        ("주말 모임 장소가 바뀌었습니다", "박지훈", "jihoon", KOREAN, "euc-kr", "quoted-printable",
         "raw"))
letters("charset-shift-jis", "2021-11-01 10:00:00",
        ("忘年会のお誘い", "小林誠", "kobayashi", MEETING, "Shift_JIS", "8bit", "B"),
        ("【回覧】駐車場の工事のため、来月の十日から二十日までは南側の入口をご利用ください",
         "総務部", "soumu", MEETING, "shift_jis", "base64", "Q"),
        ("①㈱テスト髙橋の件", "髙橋商事㈱", "takahashi", VENDOR, "cp932", "quoted-printable", "B"),
        ("㈱髙橋商事より見積書№①の送付", "髙橋商事㈱", "mitsumori", VENDOR, "windows-31j", "8bit",
         "raw"))
letters("charset-utf-8", "2021-11-01 11:00:00",
        ("同窓会の出欠について", "中村恵", "megumi", SAKURA, "utf-8", "8bit", "B"),
        ("【確認】先日の打ち合わせでいただいたご質問への回答と、今後の進め方についてのご相談です",
         "加藤健太", "kato", MEETING, "UTF-8", "quoted-printable", "Q"),
        ("図書館からのお知らせ：お借りになっている本の返却期限が近づいていますのでご確認ください",
         "市立図書館", "toshokan", MEETING, "utf-8", "base64", "split"),
        ("🌸お花見のお誘い🌸", "はな🌸", "hana", EMOJI, "utf-8", "base64", "B"),
        ("🎉お誕生日おめでとう🎂", "ゆき❄", "yuki", EMOJI, "utf-8", "8bit", "raw"))
letters("charset-western", "2021-11-01 12:00:00",
        ("Grüße aus Köln", "Jürgen Groß", "juergen", GERMAN, "iso-8859-1", "quoted-printable", "Q"),
        ("It’s here – “spring” for 5 €", "Zoë Müller", "zoe", SMART, "windows-1252", "8bit", "Q"),
        ("Übung für 3 € am Samstag", "Françoise Lefèvre", "francoise", GERMAN, "iso-8859-15",
         "base64", "B"),
        ("Fotos vom Ausflug nach Lüneburg", "Jörg Schäfer", "joerg", GERMAN, "iso-8859-1", "8bit",
         "raw"), zone="+0100")
