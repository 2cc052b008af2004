/* SPDX-License-Identifier: Apache-2.0 */
/* findings_header: stamps and serial numbers of the subject, the Date's zone and time, made-up mailers, and a chain of
 * Received fields that contradicts itself. */
#include "sensor/judge/findings_case.h"

#include "decoders/base/escape.h"
#include "sensor/judge/subject_key.h"

struct span subject_stamp_seen(const struct finding_case *c)
{
    size_t n = subject_stamp(c->r->email.subject);

    return n ? span_head(span_trim(c->r->email.subject), n) : nothing();
}

/* --- subject.serial --- */

/* What stands before a number that somebody will be asked for: orders, tickets, invoices, receipts. A number behind
 * one of these is no dodge. In English whole words count, in Japanese the characters before the number. */
static bool is_word_at(struct span s, size_t at, size_t n)
{
    if (s.p[at] >= 0x80)
        return true;
    return (!at || !ascii_alpha(s.p[at - 1])) && (at + n == s.n || !ascii_alpha(s.p[at + n]));
}

static bool is_of_use(struct span before)
{
    static const char *const words[] = {"order", "ticket", "invoice", "receipt", "case", "issue", "pull", "request",
                                        "booking", "reservation", "reference", "ref", "bug", "pr", "shipment", "tracking",
                                        "parcel", "confirmation", "quote", "po", "rfc", "claim", "policy", "account",
                                        "statement", "payment", "transaction", "incident", "build", "job", "no",
                                        "注文", "受付", "予約", "伝票", "問い合わせ", "問合せ", "お客様番号", "会員番号", "請求",
                                        "見積", "領収", "追跡", "配送", "申込", "契約", "整理番号", "管理番号", "案件",
                                        "bestellung", "rechnung", "auftrag", "commande", "facture", "pedido", "factura"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t at = find_nocase(before, span_cstr(words[i]));

        if (at < before.n && is_word_at(before, at, strlen(words[i])))
            return true;
    }
    return false;
}

static size_t separators(struct span s, size_t at)
{
    static const char *const marks[] = {":", "：", "#", " ", "\xe3\x80\x80", ".", "№"};
    size_t begin = at;

    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
        if (span_starts_nocase(span_from(s, at), span_cstr(marks[i]))) {
            at += strlen(marks[i]);
            i = (size_t)-1;
        }
    return at - begin;
}

static size_t digits_from(struct span s, size_t at)
{
    size_t n = 0;

    while (at < s.n && (ascii_alnum(s.p[at]) || s.p[at] == '-' || s.p[at] == '_'))
        n += ascii_digit(s.p[at++]);
    return n;
}

enum { MAIL_DIGITS = 4, BARE_DIGITS = 8 };

/* A number of the mail itself, which no reader has a use for (the register: メール番号:Ek2023-61205782,
 * 自動配信番号61836), and its like: at least four digits behind the label. */
static size_t mail_number(struct span subject)
{
    static const char *const labels[] = {"メール番号", "自動配信番号", "配信番号", "送信番号", "メールID", "配信ID", "メールコード", "邮件编号",
                                         "mail id", "email id", "mail-id"};
    enum { FIRST_ASCII = 8 };

    for (size_t i = span_is_ascii(subject) ? FIRST_ASCII : 0; i < sizeof(labels) / sizeof(*labels); i++) {
        size_t at = find_nocase(subject, span_cstr(labels[i])), number = at + strlen(labels[i]);

        if (at < subject.n && digits_from(subject, number + separators(subject, number)) >= MAIL_DIGITS)
            return at;
    }
    return subject.n;
}

/* "#919-46486047" at the end, of eight digits and more, behind text that is about no number. */
static size_t bare_number(struct span subject)
{
    size_t at = subject.n, end;

    while (at && subject.p[at - 1] != '#')
        at--;
    end = at;
    while (end < subject.n && (ascii_digit(subject.p[end]) || subject.p[end] == '-'))
        end++;
    if (!at || end != subject.n || digits_from(subject, at) < BARE_DIGITS || is_of_use(span_head(subject, at - 1)))
        return subject.n;
    return at - 1;
}

struct span subject_serial(const struct finding_case *c)
{
    struct span s = span_trim(c->r->email.subject);
    size_t digits = 0, at;

    for (size_t i = 0; i < s.n; i++)
        digits += ascii_digit(s.p[i]);
    if (digits < MAIL_DIGITS) /* as in most: no label need be looked for */
        return nothing();
    at = mail_number(s);
    if (at == s.n)
        at = bare_number(s);
    return at < s.n ? span_from(s, at) : nothing();
}

/* --- subject.pressure --- */

/* What is to happen unless the reader acts at once: the openings of lures in the reports of Japan's Council of
 * Anti-Phishing and of the APWG, and plain words for the same. Honest mail has them too, so they weigh little alone. */
static const char *const pressure[] = {
    "停止", "制限", "凍結", "失効", "無効", "解約", "退会", "中断", "非アクティブ", "異常", "不正", "緊急", "至急", "警告", "最終", "期限",
    "未払い", "滞納", "差し押さえ", "差押", "重要", "大切なお知らせ", "ご注意", "承認されません", "承認できません", "出荷できません",
    "配達できません", "お届けできません", "問題が", "ご利用確認", "本人確認", "情報の更新", "情報更新", "情報を更新", "方法の更新",
    "suspend", "locked", "restricted", "been limited", "is limited", "account limited", "limited your", "unusual", "unauthorized", "urgent", "immediate", "final notice", "expire",
    "deactivat", "overdue", "action required", "verify your", "confirm your", "update your", "declined", "failed", "problem with",
    "security alert", "last warning", "will be closed", "gesperrt", "dringend", "bloqué", "bloqueada", "suspendida", "bloccato",
};

struct span subject_pressure(const struct finding_case *c)
{
    enum { WORDS = sizeof(pressure) / sizeof(*pressure) };
    static _Thread_local struct nocase_words words = {.words = pressure, .n = WORDS};
    size_t i = find_any_nocase(c->r->email.subject, &words);

    _Static_assert((int)WORDS <= (int)WORDS_MOST, "they have room");
    return i < WORDS ? span_cstr(pressure[i]) : nothing();
}

/* --- Date --- */

/* RFC 5322 3.3: a sign and four digits; of them the last two are minutes, and no zone is beyond +1400. */
struct span date_zone_malformed(const struct finding_case *c)
{
    struct span z = c->r->date.zone;
    int hours, minutes;

    if (!z.n || (z.p[0] != '+' && z.p[0] != '-'))
        return nothing();
    if (z.n != 5)
        return z;
    for (size_t i = 1; i < z.n; i++)
        if (!ascii_digit(z.p[i]))
            return z;
    hours = (z.p[1] - '0') * 10 + z.p[2] - '0';
    minutes = (z.p[3] - '0') * 10 + z.p[4] - '0';
    return hours > 14 || minutes > 59 ? z : nothing();
}

enum { DAY = 86400, HOUR = 3600 };

struct span date_skew(const struct finding_case *c)
{
    const struct record *r = c->r;

    if (!r->date.valid || (r->date.skew_s <= DAY && r->date.skew_s >= -DAY))
        return nothing();
    return r->email.date;
}

/* --- mailer --- */

static struct span mailer(const struct finding_case *c)
{
    return span_trim(c->r->email.x_mailer);
}

/* Mail programs whose names are one word and which some versions write with one number behind it. From the X-Mailer
 * and User-Agent values of the Debian packages of that name and their documentation. */
static bool is_known_mailer(struct span word)
{
    static const char *const known[] = {"mutt", "neomutt", "thunderbird", "sylpheed", "evolution", "kmail", "claws", "gnus",
                                        "mew", "wanderlust", "balsa", "alpine", "pine", "outlook", "foxmail", "mailbird",
                                        "eudora", "mailmate", "airmail", "spark", "zimbra", "roundcube", "horde", "becky",
                                        "postbox", "geary", "trojita", "elm", "mailx", "heirloom", "swaks", "sendemail",
                                        "phpmailer", "swiftmailer", "nodemailer", "mailman", "sympa", "majordomo", "vm",
                                        "mailchimp", "sendgrid", "mailgun", "shuriken", "edmax", "winbiff", "atok", "orca",
                                        "interchange", "squirrelmail", "rainloop", "snappymail", "mailspring", "emclient",
                                        "lotus", "notes", "groupwise", "calypso", "pegasus", "nmh", "mh-e", "rmail",
                                        "exmh", "mozilla", "seamonkey", "apple", "iphone", "ipad", "android", "gmail",
                                        "symfony", "laravel", "wordpress", "drupal", "magento", "odoo", "jira", "redmine"};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (span_eq_nocase(word, span_cstr(known[i])))
            return true;
    return false;
}

/* "Qyo 5": one word, capital then small letters, and a number of one or two digits without a point. */
struct span mailer_random(const struct finding_case *c)
{
    struct span s = mailer(c);
    size_t at = 1, word;

    if (!s.n || (uint8_t)(s.p[0] - 'A') >= 26)
        return nothing();
    while (at < s.n && (uint8_t)(s.p[at] - 'a') < 26)
        at++;
    word = at;
    if (word < 2 || at == s.n || s.p[at++] != ' ')
        return nothing();
    if (at == s.n || s.n - at > 2 || !ascii_digit(s.p[at]) || !ascii_digit(s.p[s.n - 1]))
        return nothing();
    return is_known_mailer(span_head(s, word)) ? nothing() : s;
}
