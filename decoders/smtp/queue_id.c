/* SPDX-License-Identifier: Apache-2.0 */
/* queue_id: a table of wordings; each says where around it the id stands. */
#include "decoders/smtp/queue_id.h"

#include "decoders/base/scan.h"

enum place { BEHIND, IN_FRONT, QMAIL, LAST_WORD };

static const struct {
    struct span wording;
    enum place place;
} forms[] = {
#define FORM(text, place) {{(const uint8_t *)(text), sizeof(text) - 1}, place}
    FORM("queued as ", BEHIND),                       /* Postfix, and what stands behind amavis */
    FORM(" message accepted for delivery", IN_FRONT), /* Sendmail, OpenSMTPD */
    FORM("ok id=", BEHIND),                           /* Exim */
    FORM("[internalid=", BEHIND),                     /* Exchange */
    FORM(" qp ", QMAIL),                              /* "ok 1688196368 qp 12345" */
    FORM(" - gsmtp", IN_FRONT),                       /* Gmail */
    FORM("message queued (", BEHIND),                 /* Haraka */
    FORM(" saved", IN_FRONT),                         /* Dovecot LMTP */
    FORM("ok ", LAST_WORD),                           /* Amazon SES */
#undef FORM
};

/* Of two bytes there are few that are both like the wording's. */
static size_t find_nocase(struct span s, struct span wording)
{
    uint8_t first = ascii_lower(wording.p[0]), other = (uint8_t)(ascii_alpha(first) ? first ^ 0x20 : first);
    size_t i = scan_any3(s, 0, first, other, other);

    for (; i + wording.n <= s.n; i = scan_any3(s, i + 1, first, other, other))
        if (!((s.p[i + 1] ^ wording.p[1]) & ~0x20) && span_eq_nocase(span_head(span_from(s, i), wording.n), wording))
            return i;
    return s.n;
}

static bool ends_word(uint8_t c)
{
    return c == ' ' || c == '\t' || c == ';' || c == ',' || c == ')' || c == ']' || c == '(';
}

static struct span word_behind(struct span s, size_t at)
{
    struct span w = span_from(s, at);
    size_t n = 0;

    while (n < w.n && !ends_word(w.p[n]))
        n++;
    return span_head(w, n);
}

static struct span word_in_front(struct span s, size_t end)
{
    size_t from = end;

    while (from && !ends_word(s.p[from - 1]))
        from--;
    return span_of(s.p + from, end - from);
}

/* An id has a digit or is a long word, and is neither "ok:" nor an enhanced code nor a time. */
static struct span plausible(struct span w)
{
    bool digit = w.n >= 12, letter = false;
    size_t dots = 0;

    while (w.n && (w.p[w.n - 1] == '.' || w.p[w.n - 1] == ':' || w.p[w.n - 1] == '>'))
        w.n--;
    if (w.n && w.p[0] == '<')
        w = span_from(w, 1);
    for (size_t i = 0; i < w.n; i++) {
        digit |= ascii_digit(w.p[i]);
        letter |= ascii_alpha(w.p[i]);
        dots += w.p[i] == '.';
    }
    if (!digit || (!letter && dots))
        return (struct span){NULL, 0};
    return w;
}

/* qmail: the time and "qp" belong to it. */
static struct span qmail_id(struct span s, size_t at)
{
    struct span stamp = word_in_front(s, at), number = word_behind(s, at + 4);

    if (!stamp.n || !ascii_digit(stamp.p[0]) || !number.n || !ascii_digit(number.p[0]))
        return (struct span){NULL, 0};
    return span_of(stamp.p, (size_t)(number.p + number.n - stamp.p));
}

static struct span last_word(struct span s, size_t at)
{
    struct span w = word_behind(s, at);

    if (w.p + w.n != s.p + s.n || w.n < 16 || (at > 3 && s.p[at - 4] != ' '))
        return (struct span){NULL, 0};
    return plausible(w);
}

struct span queue_id_find(struct span text)
{
    struct span id = {NULL, 0};

    text = span_trim(text);
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms) && !id.p; i++) {
        size_t at = find_nocase(text, forms[i].wording);

        if (at == text.n)
            continue;
        if (forms[i].place == BEHIND)
            id = plausible(word_behind(text, at + forms[i].wording.n));
        else if (forms[i].place == IN_FRONT)
            id = plausible(word_in_front(text, at));
        else if (forms[i].place == QMAIL)
            id = qmail_id(text, at);
        else
            id = last_word(text, at + forms[i].wording.n);
    }
    return id;
}
