/* SPDX-License-Identifier: Apache-2.0 */
/* reply: lenient about what follows the code, strict about the code. */
#include "decoders/smtp/reply.h"

struct reply_line reply_line_parse(struct span line)
{
    struct reply_line r = {{0, {NULL, 0}}, false, true};
    uint8_t separator;

    if (line.n < 3 || line.p[0] < '2' || line.p[0] > '5' || !ascii_digit(line.p[1]) ||
        !ascii_digit(line.p[2]))
        return r;
    separator = line.n > 3 ? line.p[3] : ' ';
    if (ascii_digit(separator))
        return r;
    r.reply.code = (uint16_t)((line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0'));
    r.more = separator == '-';
    r.malformed = separator != ' ' && separator != '-';
    r.reply.text = span_trim(span_from(line, r.malformed ? 3 : 4));
    return r;
}

static size_t digits(struct span s, size_t from)
{
    size_t n = 0;

    while (from + n < s.n && n < 3 && ascii_digit(s.p[from + n]))
        n++;
    return n;
}

struct span reply_enhanced(uint16_t code, struct span text)
{
    struct span none = {NULL, 0};
    size_t at = 2, n;

    if (text.n < 5 || text.p[0] != '0' + code / 100 || text.p[1] != '.')
        return none;
    n = digits(text, at);
    if (!n || at + n >= text.n || text.p[at + n] != '.')
        return none;
    at += n + 1;
    n = digits(text, at);
    if (!n || (at + n < text.n && ascii_alnum(text.p[at + n])))
        return none;
    return span_head(text, at + n);
}

/* At most LIMIT_SMTP_REPLY_LINE bytes, and few replies are refusals without an enhanced code. */
static bool says(struct span text, struct span words)
{
    for (size_t i = 0; i + words.n <= text.n; i++)
        if (span_starts_nocase(span_from(text, i), words))
            return true;
    return false;
}

bool reply_no_mailbox(uint16_t code, struct span text)
{
    static const char *const words[] = {"user unknown", "unknown user", "no such user", "no such recipient",
                                        "unknown recipient", "recipient unknown", "does not exist",
                                        "unrouteable address", "no mailbox here", "mailbox not found"};
    struct span enhanced;

    if (code / 100 != 5)
        return false;
    enhanced = reply_enhanced(code, text);
    if (enhanced.n)
        return span_eq(enhanced, SPAN("5.1.1"));
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (says(text, span_cstr(words[i])))
            return true;
    return false;
}

bool reply_keyword(struct span text, struct span keyword)
{
    return span_starts_nocase(text, keyword) &&
           (text.n == keyword.n || text.p[keyword.n] == ' ' || text.p[keyword.n] == '\t' ||
            text.p[keyword.n] == '=');
}
