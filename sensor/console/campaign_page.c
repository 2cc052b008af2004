/* SPDX-License-Identifier: Apache-2.0 */
/* campaign_page: id, size, time, subject, what holds together, where the links lead. */
#include "sensor/console/campaign_page.h"

#include <stdio.h>

#include "sensor/language.h"
#include "sensor/publish/columns.h"
#include "sensor/titles.h"

enum { LINES = 6, NAME_WIDTH = 13, LISTED = 100 };

static void put_time(struct buf *out, struct span timestamp)
{
    report_time(out, timestamp, 16);
}

static void put_span(struct buf *out, struct span first, struct span last)
{
    put_time(out, first);
    report_add(out, _(" to "));
    put_time(out, last);
    report_add(out, " UTC");
}

static void put_line(struct buf *out, unsigned width, const char *name, struct span text, uint32_t mails)
{
    char count[24] = "";

    if (mails)
        snprintf(count, sizeof(count), " (%u)", mails);
    report_add(out, "  ");
    columns_label(out, name, NAME_WIDTH);
    report_add(out, " ");
    columns_add(out, text, width - NAME_WIDTH - 3 - (unsigned)strlen(count), false);
    report_add(out, "%s\n", count);
}

static void put_more(struct buf *out, uint32_t more)
{
    if (more)
        report_add(out, _("  %*s and %u more\n"), NAME_WIDTH, "", more);
}

/* helo_word is a helo_shape to people: that it is weighed differently is told in the docs. */
static const char *shown_name(enum trait_kind k)
{
    return title_of(trait_name(k == TRAIT_HELO_WORD ? TRAIT_HELO_SHAPE : k));
}

static void put_traits(struct buf *out, const struct group *gr, unsigned width)
{
    uint32_t lines = 0, more = 0;

    for (uint32_t i = 0; i < gr->traits_n && gr->traits[i].holds; i++) {
        if (lines++ < LINES)
            put_line(out, width, shown_name(gr->traits[i].kind), gr->traits[i].text, gr->traits[i].mails);
        else
            more++;
    }
    put_more(out, more);
}

static void put_domains(struct buf *out, const struct group *gr, unsigned width)
{
    uint32_t lines = 0, more = 0;

    for (uint32_t i = 0; i < gr->traits_n; i++) {
        if (gr->traits[i].kind != TRAIT_DOMAIN || gr->traits[i].holds)
            continue;
        if (lines++ < LINES)
            put_line(out, width, _("links to"), gr->traits[i].text, gr->traits[i].mails);
        else
            more++;
    }
    put_more(out, more);
}

static void put_group(struct buf *out, const struct group *gr, unsigned width)
{
    report_add(out, "\n%s  ", gr->id);
    report_add(out, P_("%u mail", "%u mails", gr->mails), gr->mails);
    report_add(out, _(", "));
    report_add(out, P_("%u sender", "%u senders", gr->senders), gr->senders);
    report_add(out, _(", "));
    report_add(out, P_("%u network", "%u networks", gr->networks), gr->networks);
    report_add(out, "\n  ");
    columns_label(out, _("time"), NAME_WIDTH);
    report_add(out, " ");
    put_span(out, gr->first, gr->last);
    report_add(out, "\n");
    if (gr->subject.n)
        put_line(out, width, _("first subject"), gr->subject, 0);
    put_traits(out, gr, width);
    put_domains(out, gr, width);
}

void campaign_page(struct buf *out, const struct grouping *g, const struct group *groups, uint32_t n, uint32_t shown)
{
    struct grouping_span s = grouping_span(g);
    unsigned width = report_width();

    report_add(out, _("%u campaigns in %u mails of %u senders"), n, s.mails, s.senders);
    if (s.mails) {
        report_add(out, _(",\n"));
        put_span(out, s.first, s.last);
    }
    if (s.copies)
        report_add(out, _("; %u relayed copies left out"), s.copies);
    report_add(out, "\n");
    if (n)
        report_add(out, _("Behind a trait stands in brackets how many of the mails show it.\n"));
    for (uint32_t i = 0; i < n && i < shown; i++)
        put_group(out, &groups[i], width);
    if (n > shown)
        report_add(out, _("\n%u more: -n shows them\n"), n - shown);
}

/* --- JSON --- */

static void json_trait(struct json *j, const struct group_trait *t)
{
    json_open(j, NULL, '{');
    json_word(j, "kind", trait_name(t->kind));
    json_text(j, "value", t->text);
    json_number(j, "mails", t->mails);
    json_close(j, '}');
}

static void json_traits(struct json *j, const struct group *gr)
{
    json_open(j, "traits", '[');
    for (uint32_t i = 0; i < gr->traits_n && gr->traits[i].holds; i++)
        json_trait(j, &gr->traits[i]);
    json_close(j, ']');
}

static void json_values(struct json *j, const struct group *gr, const char *key, enum trait_kind k)
{
    unsigned n = 0;

    json_open(j, key, '[');
    for (uint32_t i = 0; i < gr->traits_n && n < LISTED; i++)
        if (gr->traits[i].kind == k) {
            json_text(j, NULL, gr->traits[i].text);
            n++;
        }
    json_close(j, ']');
}

static void json_members(struct json *j, const struct grouping *g, const struct group *gr)
{
    json_open(j, "members", '[');
    for (uint32_t i = 0; i < gr->mails; i++) {
        char text[48];
        uint64_t flow_id;
        uint32_t tx_id;

        grouping_mail(g, gr->members[i], &flow_id, &tx_id);
        snprintf(text, sizeof(text), "%llu:%u", (unsigned long long)flow_id, tx_id);
        json_word(j, NULL, text);
    }
    json_close(j, ']');
}

void campaign_json(struct buf *out, const struct grouping *g, const struct group *groups, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct json j = {.out = out};
        const struct group *gr = &groups[i];

        json_open(&j, NULL, '{');
        json_word(&j, "id", gr->id);
        json_number(&j, "mails", gr->mails);
        json_number(&j, "senders", gr->senders);
        json_number(&j, "networks", gr->networks);
        json_text(&j, "first_seen", gr->first);
        json_text(&j, "last_seen", gr->last);
        if (gr->subject.n)
            json_text(&j, "subject", gr->subject);
        json_traits(&j, gr);
        json_values(&j, gr, "ips", TRAIT_SENDER);
        json_values(&j, gr, "helos", TRAIT_HELO);
        json_values(&j, gr, "link_domains", TRAIT_DOMAIN);
        json_members(&j, g, gr);
        json_close(&j, '}');
        buf_add_byte(out, '\n');
    }
}
