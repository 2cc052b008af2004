/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text as people and programs write it: paragraphs, quotations, URLs in every position. */
#include "mail.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 72 };

struct letter {
    struct prng *p;
    struct mail *m;
    const struct mail_plan *plan;
    struct buf *out;
    const char *quote; /* what every line begins with */
    size_t column;
};

static int spaced(const struct letter *l)
{
    return l->plan->lang != JA && l->plan->lang != ZH;
}

static void line_end(struct letter *l)
{
    buf_str(l->out, "\r\n");
    l->column = 0;
}

static void line_start(struct letter *l)
{
    buf_str(l->out, l->quote);
    l->column = strlen(l->quote);
}

/* Words are kept whole; the languages without blanks have one phrase a line. */
static void flow(struct letter *l, const char *s, size_t n)
{
    while (n) {
        const char *blank = spaced(l) ? memchr(s, ' ', n) : NULL;
        size_t word = blank ? (size_t)(blank - s) : n;
        if (!l->column)
            line_start(l);
        else if (l->column + word >= COLUMNS) {
            line_end(l);
            line_start(l);
        } else if (l->column > strlen(l->quote) && spaced(l))
            buf_str(l->out, " "), l->column++;
        buf_add(l->out, s, word);
        l->column += word;
        s += word + (blank != NULL);
        n -= word + (blank != NULL);
    }
}

static void sentence(struct letter *l)
{
    struct phrase ph = phrase_pick(l->p, l->plan->lang, l->plan->cs, SENTENCE);
    flow(l, ph.data, ph.len);
    if (!spaced(l))
        line_end(l);
}

static const char *made_url(struct letter *l, enum url_kind kind, char url[URL_MOST])
{
    url_make(l->p, l->plan->site, kind, url);
    urlset_add(&l->m->urls, url);
    return url;
}

static void converted(struct letter *l, const char *utf8)
{
    char bytes[64];
    size_t n = charset_convert(l->plan->cs, utf8, strlen(utf8), bytes, sizeof(bytes));
    buf_add(l->out, bytes, n);
}

/* Behind the words "More: ": alone, before a full stop, in brackets, before CJK punctuation. */
static void url_line(struct letter *l)
{
    char url[URL_MOST];
    struct phrase see = phrase_pick(l->p, l->plan->lang, l->plan->cs, SEE);
    int east = l->plan->lang == JA || l->plan->lang == ZH;

    if (l->column)
        line_end(l);
    line_start(l);
    buf_add(l->out, see.data, see.len);
    made_url(l, prng_chance(l->p, 500) ? PAGE : prng_chance(l->p, 500) ? TRACK : PRODUCT, url);
    switch (prng_below(l->p, 5)) {
    case 0:
        converted(l, east ? "（" : "(");
        buf_str(l->out, url);
        converted(l, east ? "）" : ")");
        break;
    case 1: buf_printf(l->out, "<%s>", url); break;
    case 2:
        buf_str(l->out, url);
        converted(l, east ? "。" : ".");
        break;
    default: buf_str(l->out, url);
    }
    line_end(l);
}

static void blank_line(struct letter *l)
{
    if (l->column)
        line_end(l);
    line_start(l);
    line_end(l);
}

static void paragraph(struct letter *l)
{
    for (uint32_t n = prng_between(l->p, 2, 6); n; n--)
        sentence(l);
    if (prng_chance(l->p, 400))
        url_line(l);
    blank_line(l);
}

/* A table of an order or a log: digits, times, dotted numbers that are no hosts. */
static void table(struct letter *l)
{
    for (uint32_t n = prng_between(l->p, 3, 9); n; n--) {
        line_start(l);
        buf_printf(l->out, "  %05u  %02u:%02u:%02u  %6u.%02u  %s", prng_below(l->p, 100000),
                   prng_below(l->p, 24), prng_below(l->p, 60), prng_below(l->p, 60),
                   prng_below(l->p, 100000), prng_below(l->p, 100),
                   prng_chance(l->p, 800) ? "ok" : "...");
        line_end(l);
    }
    blank_line(l);
}

static void quotation(struct letter *l)
{
    struct phrase who = phrase_pick(l->p, EN, l->plan->cs, PERSON);

    buf_printf(l->out, "On Mon, 4 Mar 2024, %.*s <%s> wrote:\r\n", (int)who.len, who.data,
               l->plan->rcpt[0]);
    l->quote = prng_chance(l->p, 700) ? "> " : "> > ";
    for (uint32_t n = prng_between(l->p, 1, 3); n; n--)
        paragraph(l);
    l->quote = "";
    line_end(l);
}

/* "-- " is the usual line before it (RFC 3676 4.3); the address must not be taken for a host. */
static void signature(struct letter *l, const char *unsubscribe)
{
    struct phrase who = phrase_pick(l->p, l->plan->lang, l->plan->cs, PERSON);
    char url[URL_MOST];

    buf_str(l->out, "-- \r\n");
    buf_add(l->out, who.data, who.len);
    buf_printf(l->out, "\r\n%s\r\n", l->plan->sender);
    if (prng_chance(l->p, 500))
        buf_printf(l->out, "%s\r\n", made_url(l, BARE_WWW, url));
    if (unsubscribe) {
        urlset_add(&l->m->urls, unsubscribe);
        buf_printf(l->out, "Unsubscribe: %s\r\n", unsubscribe);
    }
}

/* A line that begins with a dot: must be stuffed (RFC 5321 4.5.2). */
static void dot_line(struct letter *l)
{
    buf_str(l->out, prng_chance(l->p, 500) ? ".\r\n" : "...\r\n");
}

void text_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
               const char *unsubscribe, size_t size, int brief)
{
    struct letter l = {p, m, plan, &m->part, "", 0};
    size_t cost = 0, done = 0;

    buf_reset(&m->part);
    for (;;) {
        cost += transfer_cost(plan->transfer, m->part.data + done, m->part.len - done);
        done = m->part.len;
        if (m->part.len && cost + 150 >= size)
            break;
        uint32_t dice = prng_below(p, 100);
        if (dice < 62 || brief)
            paragraph(&l);
        else if (dice < 76)
            quotation(&l);
        else if (dice < 94)
            table(&l);
        else
            dot_line(&l);
    }
    signature(&l, unsubscribe);
}
