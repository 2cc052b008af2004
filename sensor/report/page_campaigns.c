/* SPDX-License-Identifier: Apache-2.0 */
/* page_campaigns: each campaign as a card: its size and time, its graph, what holds it together, one of its mails. */
#include <stdlib.h>

#include "sensor/language.h"
#include "sensor/report/page.h"

enum { TRAITS = 8, VALUE_COLUMNS = 90 };

static const char *trait_words(enum trait_kind k)
{
    static const char *const words[TRAIT_KINDS] = {
        [TRAIT_HOST] = N_("link host"), [TRAIT_DOMAIN] = N_("link domain"), [TRAIT_HELO] = N_("HELO name"),
        [TRAIT_HELO_SHAPE] = N_("form of HELO"), [TRAIT_HELO_WORD] = N_("form of HELO"), [TRAIT_MAILER] = N_("mailer"),
        [TRAIT_MAILER_SHAPE] = N_("form of mailer"), [TRAIT_CLAIMED] = N_("claimed address"), [TRAIT_BODY] = N_("body"),
        [TRAIT_FILE] = N_("attachment"), [TRAIT_SUBJECT] = N_("subject"), [TRAIT_PATH] = N_("form of link path"),
        [TRAIT_SENDER] = N_("address"), [TRAIT_NET] = N_("network"), [TRAIT_ASN] = N_("AS number"), [TRAIT_TLS] = "JA4",
        [TRAIT_OS] = "SYN",
    };

    return _(words[k]);
}

static void entry(struct page *p, const char *name, struct span value, bool is_link)
{
    if (!value.n)
        return;
    html_raw(&p->h, "<div><dt>");
    html_say(&p->h, "%s", name);
    html_raw(&p->h, "</dt><dd>");
    if (is_link) {
        buf_clear(&p->scratch);
        defang(&p->scratch, value);
        value = buf_span(&p->scratch);
    }
    html_head(&p->h, value, VALUE_COLUMNS);
    html_raw(&p->h, "</dd></div>\n");
}

static void trait(struct page *p, const struct group_trait *t)
{
    bool is_link = t->kind == TRAIT_HOST || t->kind == TRAIT_DOMAIN;

    html_raw(&p->h, "<div><dt>");
    html_say(&p->h, "%s", trait_words(t->kind));
    html_raw(&p->h, "</dt><dd>");
    buf_clear(&p->scratch);
    if (is_link)
        defang(&p->scratch, t->text);
    html_head(&p->h, is_link ? buf_span(&p->scratch) : t->text, VALUE_COLUMNS);
    html_rawf(&p->h, " <span class=\"count\">%u</span></dd></div>\n", t->mails);
}

static void traits(struct page *p, const struct group *g)
{
    uint32_t n = 0;

    html_raw(&p->h, "<div class=\"half\"><h4>");
    html_say(&p->h, "%s", _("What they share"));
    html_raw(&p->h, "</h4><dl>\n");
    for (uint32_t i = 0; i < g->traits_n && g->traits[i].holds; i++)
        if (n++ < TRAITS)
            trait(p, &g->traits[i]);
    html_raw(&p->h, "</dl>");
    if (n > TRAITS) {
        html_raw(&p->h, "<p class=\"more\">");
        html_say(&p->h, _("%u more"), n - TRAITS);
        html_raw(&p->h, "</p>");
    }
    html_raw(&p->h, "</div>\n");
}

/* The mail of a campaign that shows most: the highest score, then the latest, of those the register has. */
static const struct register_row *sample_of(const struct overview *o, uint32_t campaign)
{
    const struct register_row *best = NULL;

    for (uint32_t i = 0; i < o->register_.n; i++) {
        const struct register_row *r = o->register_.rows[i];

        if (o->mails[r->mail].campaign == campaign && (!best || r->score > best->score))
            best = r;
    }
    return best;
}

static void sample(struct page *p, uint32_t campaign)
{
    const struct register_row *r = sample_of(p->o, campaign);

    html_raw(&p->h, "<div class=\"half\"><h4>");
    html_say(&p->h, "%s", _("One of them"));
    html_raw(&p->h, "</h4>");
    if (r) {
        html_raw(&p->h, "<dl>\n");
        entry(p, _("subject"), r->text[ROW_SUBJECT], false);
        entry(p, _("from"), r->text[ROW_FROM], false);
        entry(p, _("date"), r->text[ROW_DATE], false);
        entry(p, _("address"), r->text[ROW_IP], false);
        entry(p, _("reverse name"), r->text[ROW_PTR], false);
        entry(p, _("HELO name"), r->text[ROW_HELO], false);
        entry(p, _("owner"), r->text[ROW_OWNER], false);
        entry(p, _("mailer"), r->text[ROW_MAILER], false);
        if (r->links_n) {
            entry(p, _("link"), r->links[0].url, true);
            entry(p, _("its server"), r->links[0].ip, false);
            entry(p, _("its server's owner"), r->links[0].owner, false);
        }
        html_raw(&p->h, "</dl>");
    } else {
        html_raw(&p->h, "<p class=\"none\">");
        html_say(&p->h, "%s", _("Its mails are earlier than those of the register."));
        html_raw(&p->h, "</p>");
    }
    html_raw(&p->h, "</div>\n");
}

static void sizes(struct page *p, uint32_t campaign)
{
    const struct overview *o = p->o;
    const struct group *g = &o->groups[campaign];

    html_raw(&p->h, "<p class=\"sizes\">");
    html_say(&p->h, P_("%u mail", "%u mails", g->mails), g->mails);
    html_raw(&p->h, " · ");
    html_say(&p->h, P_("%u address", "%u addresses", g->senders), g->senders);
    html_raw(&p->h, " · ");
    html_say(&p->h, P_("%u network", "%u networks", g->networks), g->networks);
    html_raw(&p->h, " · ");
    page_time(p, o->mails[grouping_taken(o->grouping, g->members[0])].second);
    html_raw(&p->h, " – ");
    page_time(p, o->mails[grouping_taken(o->grouping, g->members[g->mails - 1])].second);
    html_rawf(&p->h, " <button type=\"button\" class=\"js\" data-campaign=\"%u\">", campaign + 1);
    html_say(&p->h, "%s", _("Show its mails"));
    html_raw(&p->h, "</button></p>\n");
}

static void card(struct page *p, uint32_t campaign)
{
    const struct group *g = &p->o->groups[campaign];

    html_rawf(&p->h, "<article class=\"card\" id=\"c%u\" aria-labelledby=\"ct%u\">\n<h3 id=\"ct%u\"><span class=\"no\">%u</span> ",
              campaign + 1, campaign + 1, campaign + 1, campaign + 1);
    if (g->subject.n)
        html_head(&p->h, g->subject, VALUE_COLUMNS);
    else
        html_say(&p->h, "%s", _("(no subject)"));
    html_raw(&p->h, "</h3>\n");
    sizes(p, campaign);
    campaign_graph(p, campaign);
    html_raw(&p->h, "<div class=\"halves\">");
    traits(p, g);
    sample(p, campaign);
    html_raw(&p->h, "</div></article>\n");
}

void page_campaigns(struct page *p)
{
    uint32_t n = p->o->groups_n, shown = n < PAGE_CARDS ? n : PAGE_CARDS;

    page_section(p, "campaigns", _("Campaigns"));
    html_raw(&p->h, "<p class=\"lead\">");
    if (n)
        html_say(&p->h, "%s", _("Mails that share rare traits of what a sender controls belong together, whoever they say they are."));
    else
        html_say(&p->h, "%s", _("No two mails share traits that are rare enough to tell of one hand."));
    html_raw(&p->h, "</p>\n");
    for (uint32_t i = 0; i < shown; i++)
        card(p, i);
    if (n > shown) {
        html_raw(&p->h, "<p class=\"more\">");
        html_say(&p->h, P_("%u smaller campaign has no card; its mails are in the register.",
                           "%u smaller campaigns have no card; their mails are in the register.", n - shown), n - shown);
        html_raw(&p->h, "</p>\n");
    }
    page_section_end(p);
}
