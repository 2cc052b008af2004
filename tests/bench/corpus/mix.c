/* SPDX-License-Identifier: Apache-2.0 */
/* The mix: which mail comes next. Every number of the corpus's composition is in this file, and is
 * not changed. */
#include "mix.h"

#include <stdio.h>
#include <string.h>

enum {
    BODY_MEDIAN = 8700,       /* bytes without attachment; makes the median of all mails 12 kB */
    BODY_LEAST = 2500,        /* a smaller one has no room for its header */
    BODY_MOST = 110000,       /* newsletters stay below: some mail programs cut longer ones */
    ATTACHMENT_MEDIAN = 80000, /* bytes in base64 */
    PHISH_HEADER = 9500,      /* about what the header of phishing takes; the next three are bodies */
    PHISH_MEDIAN = 3600,      /* two of three: a note and a button */
    PHISH_COPY_MEDIAN = 56000, /* the third: somebody's page, copied. With the header: median 16 kB, mean 27 */
    PHISH_LEAST = 800
};

struct variant {
    enum language lang;
    enum charset cs;
    enum transfer transfer;
};

/* 40 % of mails (8 of 20 cards): multipart/alternative, text and HTML in quoted-printable. */
static const struct variant QP_VARIANTS[] = {
    {EN, UTF_8, QUOTED_PRINTABLE},        {EN, UTF_8, QUOTED_PRINTABLE},
    {EN, UTF_8, QUOTED_PRINTABLE},        {EN, US_ASCII, QUOTED_PRINTABLE},
    {EN, ISO_8859_1, QUOTED_PRINTABLE},   {DE, UTF_8, QUOTED_PRINTABLE},
    {DE, ISO_8859_1, QUOTED_PRINTABLE},   {FR, UTF_8, QUOTED_PRINTABLE},
    {FR, WINDOWS_1252, QUOTED_PRINTABLE}, {JA, UTF_8, QUOTED_PRINTABLE}};

/* 15 % of mails (3 of 20): HTML in base64, half of them ISO-2022-JP, half UTF-8. */
static const struct variant BASE64_VARIANTS[] = {
    {JA, ISO_2022_JP, BASE64}, {JA, UTF_8, BASE64}, {JA, ISO_2022_JP, BASE64}, {JA, UTF_8, BASE64}};

/* 45 % of mails (9 of 20): plain text. */
static const struct variant TEXT_VARIANTS[] = {
    {EN, US_ASCII, SEVEN_BIT},     {EN, US_ASCII, SEVEN_BIT},
    {EN, US_ASCII, SEVEN_BIT},     {DE, UTF_8, EIGHT_BIT},
    {DE, UTF_8, QUOTED_PRINTABLE}, {DE, ISO_8859_1, QUOTED_PRINTABLE},
    {FR, WINDOWS_1252, EIGHT_BIT}, {JA, ISO_2022_JP, SEVEN_BIT},
    {JA, ISO_2022_JP, SEVEN_BIT},  {JA, SHIFT_JIS, EIGHT_BIT},
    {JA, EUC_JP, EIGHT_BIT},       {ZH, GB2312, BASE64},
    {ZH, UTF_8, BASE64},           {KO, EUC_KR, BASE64},
    {RU, KOI8_R, EIGHT_BIT}};

/* Phishing: 40 % HTML in base64, 20 % in quoted-printable, 15 % in 7bit, 25 % in quoted-printable beside text. */
static const struct phish_variant {
    enum mail_kind kind;
    struct variant as;
} PHISH_VARIANTS[] = {
    {BASE64_HTML, {EN, UTF_8, BASE64}},         {BASE64_HTML, {EN, UTF_8, BASE64}},
    {BASE64_HTML, {EN, UTF_8, BASE64}},         {BASE64_HTML, {EN, ISO_8859_1, BASE64}},
    {BASE64_HTML, {DE, UTF_8, BASE64}},         {BASE64_HTML, {FR, UTF_8, BASE64}},
    {BASE64_HTML, {JA, UTF_8, BASE64}},         {BASE64_HTML, {RU, UTF_8, BASE64}},
    {HTML_ALONE, {EN, UTF_8, QUOTED_PRINTABLE}}, {HTML_ALONE, {EN, ISO_8859_1, QUOTED_PRINTABLE}},
    {HTML_ALONE, {DE, UTF_8, QUOTED_PRINTABLE}}, {HTML_ALONE, {FR, WINDOWS_1252, QUOTED_PRINTABLE}},
    {HTML_ALONE, {EN, US_ASCII, SEVEN_BIT}},    {HTML_ALONE, {EN, UTF_8, SEVEN_BIT}},
    {HTML_ALONE, {EN, UTF_8, SEVEN_BIT}},       {QP_HTML, {EN, UTF_8, QUOTED_PRINTABLE}},
    {QP_HTML, {EN, UTF_8, QUOTED_PRINTABLE}},   {QP_HTML, {EN, US_ASCII, QUOTED_PRINTABLE}},
    {QP_HTML, {FR, UTF_8, QUOTED_PRINTABLE}},   {QP_HTML, {JA, UTF_8, QUOTED_PRINTABLE}}};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void deck_numbered(struct deck *d, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d->card[i] = (uint8_t)i;
    d->count = d->next = (uint32_t)n;
}

static uint8_t deck_draw(struct prng *p, struct deck *d)
{
    if (d->next == d->count) {
        prng_shuffle(p, d->card, d->count);
        d->next = 0;
    }
    return d->card[d->next++];
}

void mix_init(struct prng *p, struct mix *x, enum shape shape)
{
    static const uint8_t kinds[20] = {QP_HTML,     QP_HTML,    QP_HTML,    QP_HTML,     QP_HTML,
                                      QP_HTML,     QP_HTML,    QP_HTML,    BASE64_HTML, BASE64_HTML,
                                      BASE64_HTML, PLAIN_TEXT, PLAIN_TEXT, PLAIN_TEXT,  PLAIN_TEXT,
                                      PLAIN_TEXT,  PLAIN_TEXT, PLAIN_TEXT, PLAIN_TEXT,  PLAIN_TEXT};
    static const uint8_t html_kinds[20] = {QP_HTML,     QP_HTML,     QP_HTML,     QP_HTML,     QP_HTML,
                                           QP_HTML,     QP_HTML,     QP_HTML,     QP_HTML,     QP_HTML,
                                           QP_HTML,     QP_HTML,     BASE64_HTML, BASE64_HTML, BASE64_HTML,
                                           BASE64_HTML, BASE64_HTML, BASE64_HTML, BASE64_HTML, BASE64_HTML};
    static const uint8_t mails[10] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 3}; /* 1.3 a connection */

    memset(x, 0, sizeof(*x));
    x->shape = shape;
    sites_make(p, x->sites);
    memcpy(x->kinds.card, shape == HTML ? html_kinds : kinds, sizeof(kinds));
    x->kinds.count = x->kinds.next = sizeof(kinds);
    memcpy(x->mails.card, mails, sizeof(mails));
    x->mails.count = x->mails.next = sizeof(mails);
    deck_numbered(&x->qp_variants, COUNT(QP_VARIANTS));
    deck_numbered(&x->base64_variants, COUNT(BASE64_VARIANTS));
    deck_numbered(&x->text_variants, COUNT(TEXT_VARIANTS));
    deck_numbered(&x->phish_variants, COUNT(PHISH_VARIANTS));
}

uint32_t mix_mails(struct prng *p, struct mix *x)
{
    return x->shape == PHISH ? 1 : deck_draw(p, &x->mails);
}

static const struct variant *draw_variant(struct prng *p, struct mix *x, enum mail_kind kind)
{
    if (kind == QP_HTML)
        return &QP_VARIANTS[deck_draw(p, &x->qp_variants)];
    if (kind == BASE64_HTML)
        return &BASE64_VARIANTS[deck_draw(p, &x->base64_variants)];
    return &TEXT_VARIANTS[deck_draw(p, &x->text_variants)];
}

/* The same for every kind, so that shares of mails and shares of bytes agree. */
static uint64_t body_size(struct prng *p)
{
    uint64_t size;
    do
        size = prng_lognormal(p, BODY_MEDIAN);
    while (size < BODY_LEAST || size > BODY_MOST);
    return size;
}

static void addresses(struct prng *p, struct mail_plan *plan)
{
    static const char *const senders[] = {"info",    "news",        "noreply", "order",
                                          "support", "taro.yamada", "a.marsh"};

    snprintf(plan->sender, sizeof(plan->sender), "%s@%s", senders[prng_below(p, 7)],
             plan->site->domain);
    plan->rcpts = prng_chance(p, 850) ? 1 : prng_between(p, 2, RECIPIENTS_MOST);
    for (uint32_t i = 0; i < plan->rcpts; i++)
        snprintf(plan->rcpt[i], sizeof(plan->rcpt[i]), "user%04u@recv-example.co.jp",
                 prng_below(p, 5000) * 3 + i);
}

/* Its sender is the rented machine's root, whatever From says. */
static void phish_plan(struct prng *p, struct mix *x, struct mail_plan *plan)
{
    const struct phish_variant *v = &PHISH_VARIANTS[deck_draw(p, &x->phish_variants)];

    plan->kind = v->kind;
    plan->lang = v->as.lang;
    plan->cs = v->as.cs;
    plan->transfer = v->as.transfer;
    plan->alternative = 0;
    do
        plan->body_size = prng_lognormal(p, prng_chance(p, 320) ? PHISH_COPY_MEDIAN : PHISH_MEDIAN);
    while (plan->body_size < PHISH_LEAST || plan->body_size > BODY_MOST);
    plan->body_size += PHISH_HEADER;
    plan->attachment = 0;
    site_make(p, &x->sender, 5);
    site_make(p, &x->landing, 5);
    plan->site = &x->sender;
    plan->landing = &x->landing;
    plan->number = x->number++;
    plan->rcpts = 1;
    snprintf(plan->rcpt[0], sizeof(plan->rcpt[0]), "user%04u@recv-example.co.jp", prng_below(p, 5000));
    snprintf(plan->sender, sizeof(plan->sender), "root@%.90s", plan->client_name);
}

void mix_plan(struct prng *p, struct mix *x, struct mail_plan *plan)
{
    if (x->shape == PHISH) {
        phish_plan(p, x, plan);
        return;
    }
    plan->kind = deck_draw(p, &x->kinds);
    const struct variant *v = draw_variant(p, x, plan->kind);
    plan->lang = v->lang;
    plan->cs = v->cs;
    plan->transfer = v->transfer;
    plan->alternative = prng_chance(p, 500);
    plan->body_size = body_size(p);
    /* About 12 % of mails carry one; the chance leans against the share so far, which ends at a
     * half. */
    int wanting = x->attachment_bytes * 2 < x->message_bytes;
    plan->attachment =
        x->shape == MIX && prng_chance(p, wanting ? 190 : 60) ? prng_lognormal(p, ATTACHMENT_MEDIAN) : 0;
    plan->site = sites_pick(p, x->sites);
    plan->landing = NULL;
    plan->number = x->number++;
    addresses(p, plan);
}

void mix_made(struct mix *x, uint64_t message_bytes, uint64_t attachment_bytes)
{
    x->message_bytes += message_bytes;
    x->attachment_bytes += attachment_bytes;
}
