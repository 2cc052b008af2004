/* SPDX-License-Identifier: Apache-2.0 */
/* families_mail: mails: lines, headers, parts, encodings, HTML, URLs. */
#include "tests/scaling/families.h"

#define HTML "Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
#define TEXT "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
#define ENCODED(type, how) "Content-Type: " type "\r\nContent-Transfer-Encoding: " how "\r\n\r\n"
#define TEN "xxxxxxxxxx"
#define INLINE "x<i src=b>/<b src=b>x<i src=b>x<b src=b>x<i src=b>x<b src=b>x<i src=b>x<b src=b>x<i src=b>x<b src=b>"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define MIXED "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n"

/* Fields of just under LIMIT_HEADER_FIELD, so that each is read, until the header is at its cap; then again
 * in the next mail. */
static void fields_of(struct feed *f, const char *name, const char *unit)
{
    size_t n = strlen(unit);

    while (feed_more(f)) {
        feed_mail(f, "");
        for (int i = 0; i < 3 && feed_more(f); i++) {
            feed_text(f, SMTP_CLIENT, name);
            for (size_t at = 0; at + n < LIMIT_HEADER_FIELD - 64 && feed_more(f); at += n)
                feed_text(f, SMTP_CLIENT, unit);
            feed_text(f, SMTP_CLIENT, "\r\n");
        }
        feed_text(f, SMTP_CLIENT, "\r\nx");
        feed_mail_end(f);
    }
}

#define FIELD_FAMILY(function, name, unit)                                                          \
    static void function(struct feed *f)                                                            \
    {                                                                                               \
        fields_of(f, name, unit);                                                                   \
    }
FIELD_FAMILY(encoded_words, "Subject: ", "=?utf-8?q?a?= ")
FIELD_FAMILY(encoded_words_b, "Subject: ", "=?iso-2022-jp?b?GyRCJCIbKEI=?=\r\n ")
FIELD_FAMILY(encoded_starts, "Subject: ", "=?")
FIELD_FAMILY(encoded_charsets, "Subject: ", "=?utf-8?b?")
FIELD_FAMILY(high_bytes, "Subject: ", "\x82\xa0\xff")
FIELD_FAMILY(to_list, "To: ", "a@b.example,")
FIELD_FAMILY(to_comments, "To: ", "(")
FIELD_FAMILY(to_comment_each, "To: ", "(a(b)c)a@b.example(d),")
FIELD_FAMILY(to_encoded_names, "To: ", "=?utf-8?q?a?= <a@b.example>,")
FIELD_FAMILY(dates, "Date: ", "Mon, (")
FIELD_FAMILY(auth_results, "Authentication-Results: mx", "; spf=pass (")
FIELD_FAMILY(subject_tabs, "Subject: ", "a\r\n\t")
FIELD_FAMILY(to_quotes, "To: ", "\"\\")
FIELD_FAMILY(to_brackets, "To: ", "<")
FIELD_FAMILY(to_groups, "To: ", "a:")
FIELD_FAMILY(to_words, "To: ", "a ")
FIELD_FAMILY(received_comments, "Received: ", "(")
FIELD_FAMILY(received_words, "Received: ", "from ")
FIELD_FAMILY(received_brackets, "Received: ", "[1.2.3.4] ")
FIELD_FAMILY(received_semicolons, "Received: ", "; ")
FIELD_FAMILY(received_open_comments, "Received: ", "(;")
FIELD_FAMILY(type_params, "Content-Type: text/html", ";a=b")
FIELD_FAMILY(type_sections, "Content-Type: text/html", ";name*1=b")
FIELD_FAMILY(type_quotes, "Content-Type: text/html; name=", "\"")
FIELD_FAMILY(type_comments, "Content-Type: ", "(")

/* RFC 2231: sections of nothing, each with a number of its own, the last first. */
static void numbered_sections(struct feed *f)
{
    while (feed_more(f)) {
        feed_mail(f, "Content-Type: text/html");
        for (unsigned n = 4000; n && feed_more(f); n--)
            feed_format(f, SMTP_CLIENT, ";name*%u*=", n);
        feed_text(f, SMTP_CLIENT, "\r\n\r\nx");
        feed_mail_end(f);
    }
}

static void received_flood(struct feed *f)
{
    feed_mail(f, "");
    while (feed_more(f))
        feed_text(f, SMTP_CLIENT, "Received: from a (b [192.0.2.1]) by c with ESMTP id 1\r\n"
                                  "\tfor <u@x.example>; Mon, 1 Jan 2024 00:00:00 +0000\r\n");
    feed_mail_end(f);
}

static void nested_multiparts(struct feed *f)
{
    feed_mail(f, "");
    for (unsigned i = 0; feed_more(f); i++)
        feed_format(f, SMTP_CLIENT, "Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i, i);
    feed_mail_end(f);
}

static void nested_messages(struct feed *f)
{
    feed_mail(f, "");
    feed_repeat(f, SMTP_CLIENT, "Content-Type: message/rfc822\r\n\r\n");
    feed_mail_end(f);
}

/* All that may be open at once, then lines that nearly end one of them. */
static void deep_lookalikes(struct feed *f)
{
    feed_mail(f, "");
    for (unsigned i = 0; i < LIMIT_MIME_DEPTH; i++)
        feed_format(f, SMTP_CLIENT, "Content-Type: multipart/mixed; boundary=%0200u\r\n\r\n--%0200u\r\n", i, i);
    feed_text(f, SMTP_CLIENT, "\r\n");
    while (feed_more(f))
        feed_format(f, SMTP_CLIENT, "--%0199u\r\n", 0);
    feed_mail_end(f);
}

static void distinct_links(struct feed *f)
{
    feed_mail(f, HTML);
    for (unsigned i = 0; feed_more(f); i++)
        feed_format(f, SMTP_CLIENT, "<a href=http://h%u.example/>x</a>\r\n", i);
    feed_mail_end(f);
}

/* A redirector's target in a redirector's target, coded once more each time (%25252525...). */
static void coded_redirects(struct feed *f)
{
    feed_mail(f, HTML);
    while (feed_more(f)) {
        feed_text(f, SMTP_CLIENT, "<a href=\"https://a.safelinks.protection.outlook.com/?url=https%3a");
        for (int i = 0; i < 900; i++)
            feed_text(f, SMTP_CLIENT, "%25");
        feed_text(f, SMTP_CLIENT, "2f%2fwww.google.com%2furl%3fq%3dhttp%253a%252f%252fb.example\">");
    }
    feed_mail_end(f);
}

static void distinct_bare(struct feed *f)
{
    feed_mail(f, TEXT);
    for (unsigned i = 0; feed_more(f); i++)
        feed_format(f, SMTP_CLIENT, "h%u.com ", i);
    feed_mail_end(f);
}

static void nested_redirects(struct feed *f)
{
    feed_mail(f, HTML);
    while (feed_more(f)) {
        feed_text(f, SMTP_CLIENT, "<a href=\"");
        for (int i = 0; i < 60; i++)
            feed_text(f, SMTP_CLIENT, "https://www.google.com/url?q=");
        feed_text(f, SMTP_CLIENT, "\">");
    }
    feed_mail_end(f);
}

/* RFC 5321 4.5.3.1 knows no end of a mail: 1 GB of usual parts. */
static void big_mail(struct feed *f)
{
    feed_mail(f, MIXED "--b\r\n" ENCODED("text/html", "quoted-printable"));
    for (unsigned i = 0; f->left > 1000; i++) {
        for (int k = 0; k < 500; k++)
            feed_text(f, SMTP_CLIENT, "<p>Some text=20of a usual mail with <b>tags</b> in it.</p>=\r\n");
        feed_text(f, SMTP_CLIENT, "\r\n--b\r\n" ENCODED("application/octet-stream", "base64"));
        for (int k = 0; k < 5000; k++)
            feed_text(f, SMTP_CLIENT,
                      "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx\r\n");
        feed_text(f, SMTP_CLIENT, "\r\n--b\r\n" ENCODED("text/html", "quoted-printable"));
    }
    feed_mail_end(f);
}

const struct family mail_families[] = {
    {"lines of a usual text", .header = TEXT, .unit = "The quick brown fox jumps over the lazy dog.\r\n"},
    {"lines of one byte", .header = TEXT, .unit = "a\r\n"},
    {"empty lines", .header = TEXT, .unit = "\r\n"},
    {"a body without line end", .header = TEXT, .unit = "aaaaaaaaaaaaaaaa"},
    {"a header line without end", .header = "Subject: ", .unit = "aaaaaaaaaaaaaaaa"},
    {"a header without colon or end", .header = "", .unit = "aaaaaaaaaaaaaaaa"},
    {"a header of one field name", .header = "", .unit = "a: \r\n"},
    {"many header fields", .header = "", .unit = "X-Field: value of it\r\n"},
    {"a field folded for ever", .header = "Subject: x\r\n", .unit = " y\r\n"},
    {"a field folded with empty lines", .header = "Subject: x\r\n", .unit = " \r\n"},
    {"a header of bare LF", .header = "", .unit = "\n a:"},
    {"a header of NULs", .header = "Subject: ", .unit = "\x01"},
    {"lines with -- in a header", .header = "Content-Type: multipart/mixed; boundary=b\r\n", .unit = "--c\r\n"},
    {"Received fields", .write = received_flood},
    {"Received of (", .write = received_comments},
    {"Received of from", .write = received_words},
    {"Received of addresses", .write = received_brackets},
    {"Received of ;", .write = received_semicolons},
    {"Received of (;", .write = received_open_comments},
    {"encoded words", .write = encoded_words},
    {"encoded words, ISO-2022-JP", .write = encoded_words_b},
    {"=? =? =?", .write = encoded_starts},
    {"encoded words without end", .write = encoded_charsets},
    {"raw 8-bit field", .write = high_bytes},
    {"To of addresses", .write = to_list},
    {"To of (", .write = to_comments},
    {"To of comments around addresses", .write = to_comment_each},
    {"To of encoded names", .write = to_encoded_names},
    {"Date of comments", .write = dates},
    {"Authentication-Results of comments", .write = auth_results},
    {"Subject folded at each letter", .write = subject_tabs},
    {"To of \"\\", .write = to_quotes},
    {"To of <", .write = to_brackets},
    {"To of groups", .write = to_groups},
    {"To of words", .write = to_words},
    {"Content-Type of parameters", .write = type_params},
    {"Content-Type of one parameter's sections", .write = type_sections},
    {"Content-Type of numbered, empty sections", .write = numbered_sections},
    {"Content-Type of quotes", .write = type_quotes},
    {"Content-Type of (", .write = type_comments},
    {"nested multiparts", .write = nested_multiparts, .least = 1 << 19},
    {"nested messages", .write = nested_messages, .least = 1 << 18},
    {"parts", .header = MIXED, .unit = "--b\r\n\r\nx\r\n", .least = 1 << 18},
    {"parts with a header", .header = MIXED, .unit = "--b\r\nContent-Type: a/b; name=c\r\n\r\n"},
    {"a long boundary, nearly", .header = "Content-Type: multipart/mixed; boundary=" LONG "\r\n\r\n--" LONG "\r\n",
     .unit = "--" LONG "y\r\n--" LONG "-\r\n"},
    {"parts without anything", .header = MIXED, .unit = "--b\r\n"},
    {"boundary look-alikes", .header = MIXED "--b\r\n\r\n", .unit = "--bc\r\n"},
    {"boundary look-alikes of CR", .header = MIXED "--b\r\n\r\n", .unit = "\r\n--\r"},
    {"look-alikes of many open boundaries", .write = deep_lookalikes},
    {"base64 junk", .header = ENCODED("text/html", "base64"), .unit = "!?*()-"},
    {"base64 padding", .header = ENCODED("text/html", "base64"), .unit = "QQ=="},
    {"base64 without line end", .header = ENCODED("text/html", "base64"), .unit = "PGEgaHJlZj0i"},
    {"soft breaks", .header = ENCODED("text/html", "quoted-printable"), .unit = "=\r\n"},
    {"quoted-printable of =", .header = ENCODED("text/html", "quoted-printable"), .unit = "="},
    {"quoted-printable blanks", .header = ENCODED("text/html", "quoted-printable"), .unit = "        "},
    {"quoted-printable escapes", .header = ENCODED("text/html", "quoted-printable"), .unit = "=3D=3C"},
    {"uuencode", .header = ENCODED("text/html", "x-uuencode") "begin 644 a\r\n", .unit = "#0V%T\r\n"},
    {"ISO-2022-JP escapes", .header = ENCODED("text/html; charset=iso-2022-jp", "7bit"), .unit = "\x1b$B\x1b(B"},
    {"ISO-2022-JP without end", .header = ENCODED("text/html; charset=iso-2022-jp", "7bit") "\x1b$B", .unit = "$\""},
    {"UTF-7 shifts", .header = ENCODED("text/html; charset=utf-7", "7bit"), .unit = "+AGE-"},
    {"Shift_JIS", .header = ENCODED("text/html; charset=shift_jis", "8bit"), .unit = "\x82\xa0\xff\x81"},
    {"no valid UTF-8", .header = HTML, .unit = "\xe3\x81\xff"},
    {"unknown charset", .header = ENCODED("text/html; charset=x-none", "8bit"), .unit = "\x82\xa0\x81"},
    {"links of tags within a word", .header = HTML, .unit = " http://a" INLINE INLINE INLINE INLINE "/x." INLINE INLINE INLINE},
    {"links of tags within names", .header = HTML, .unit = "<i src=b>a."},
    {"<", .header = HTML, .unit = "<"},
    {"&", .header = HTML, .unit = "&"},
    {"entities", .header = HTML, .unit = "&#x41;&amp;&eacute;"},
    {"entities without end", .header = HTML "<a href=\"", .unit = "&aaaaaaaa"},
    {"entities of numbers without end", .header = HTML, .unit = "&#1234567"},
    {"entities without end in text", .header = HTML, .unit = "&a"},
    {"tags of open quotes", .header = HTML, .unit = "<a href=\"x"},
    {"data: pages in data: pages", .header = HTML, .unit = "<iframe src=\"data:text/html,<iframe src='data:text/html,"},
    {"an attribute without end", .header = HTML "<a href=\"", .unit = "http://a"},
    {"attributes of one tag", .header = HTML "<a ", .unit = "href=x "},
    {"a tag of blanks", .header = HTML "<a", .unit = "        "},
    {"tag names", .header = HTML, .unit = "<abcdefghijklmnopq>"},
    {"comments", .header = HTML, .unit = "<!--"},
    {"a comment of -", .header = HTML "<!--", .unit = "-"},
    {"scripts", .header = HTML, .unit = "<script>"},
    {"script ends nearly", .header = HTML "<script>", .unit = "</scrip"},
    {"script strings", .header = HTML "<script>", .unit = "'http://a"},
    {"words of scripts", .header = HTML "<script>", .unit = "document.location="},
    {"scripts in attributes", .header = HTML, .unit = "<p onx=eval(x)>"},
    {"pages in data: URLs", .header = HTML, .unit = "<iframe src='data:text/html,<iframe src=\"data:text/html,%253Cp>\">'>"},
    {"a page in one data: URL", .header = HTML "<iframe src='data:text/html;base64,", .unit = "PGE+"},
    {"preamble without end", .header = MIXED, .unit = "--c\r\n"},
    {"empty multiparts", .header = MIXED, .unit = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\nx\r\n"},
    {"styles", .header = HTML "<style>", .unit = "url("},
    {"srcset", .header = HTML "<img srcset=\"", .unit = "a 1x,"},
    {"a base for each link", .header = HTML, .unit = "<base href=http://a.example/><a href=x>"},
    {"nested a", .header = HTML, .unit = "<a href=http://a.example/>"},
    {"closing a", .header = HTML, .unit = "</a>"},
    {"links, all different", .write = distinct_links},
    {"links with text", .header = HTML, .unit = "<a href=http://a.example/>www.b.example</a>"},
    {"text behind an open a", .header = HTML "<a href=http://a.example/>", .unit = "www.b.example "},
    {"redirectors in redirectors", .write = nested_redirects},
    {"redirectors coded again and again", .write = coded_redirects},
    {"1 M links", .write = distinct_links, .least = 1 << 23, .long_only = true},
    {"bare hosts, all different", .write = distinct_bare},
    {"http://http://", .header = TEXT, .unit = "http://"},
    {"......", .header = TEXT, .unit = "."},
    {"www.www.", .header = TEXT, .unit = "www."},
    {"a.a.a.", .header = TEXT, .unit = "a."},
    {"a.com.a.com", .header = TEXT, .unit = "a.com."},
    {"://", .header = TEXT, .unit = "://"},
    {"@", .header = TEXT, .unit = "@"},
    {"a@a.com@", .header = TEXT, .unit = "a@a.com"},
    {"[.]", .header = TEXT, .unit = "a[.]"},
    {"brackets in a URL", .header = TEXT "http://a.example/", .unit = "(((())"},
    {"numbers in one word with names", .header = TEXT, .unit = "1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,1.5,a.b,"},
    {"trailing dots of URLs", .header = TEXT, .unit = "http://a.com.....,,,,)))) "},
    {"full-width text", .header = TEXT, .unit = "\xef\xbd\x8d\xef\xbc\x8e\xe3\x80\x82"},
    {"hxxp", .header = TEXT, .unit = "hxxp"},
    {"IPv6 hosts", .header = TEXT, .unit = "http://[::1"},
    {"smuggling forms", .header = TEXT, .unit = "x\n.\nx\r.\r"},
    {"\\r\\n.", .header = TEXT, .unit = "\r\n.x"},
    {"\\r\\n.\\r", .header = TEXT, .unit = "\r\n.\rx"},
    {"\\r", .header = TEXT, .unit = "\r"},
    {"dots", .header = TEXT "\r\n", .unit = "..\r\n"},
    {"a mail of 1 GB", .write = big_mail, .least = 1 << 28, .long_only = true},
};
const unsigned mail_families_n = sizeof(mail_families) / sizeof(*mail_families);
