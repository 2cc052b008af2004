/* SPDX-License-Identifier: Apache-2.0 */
/* page_trend: subjects, senders, providers, countries, networks, each a list of those with most mails. */
#include <stdlib.h>

#include "sensor/judge/findings.h"
#include "sensor/language.h"
#include "sensor/report/page.h"

/* One list; what stands behind a value is the list's own. */
struct values {
    enum over_kind kind;
    const char *title, *value, *empty;
    const char *columns[3]; /* NULL ends them */
    void (*cells)(struct page *p, const struct over_value *v);
    struct span (*shown)(struct span text); /* NULL = as it is */
};

static void head_cell(struct page *p, const char *text, bool number)
{
    html_raw(&p->h, number ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
    html_say(&p->h, "%s", text);
    html_raw(&p->h, "</th>");
}

static void number_cell(struct page *p, uint32_t n, const char *label)
{
    html_raw(&p->h, "<td class=\"n\" data-label=\"");
    html_attribute(&p->h, span_cstr(label));
    if (n == UINT32_MAX)
        html_raw(&p->h, "\">?</td>");
    else
        html_rawf(&p->h, "\" data-n>%u</td>", n);
}

static void text_cell(struct page *p, struct span text, const char *label)
{
    html_raw(&p->h, "<td data-label=\"");
    html_attribute(&p->h, span_cstr(label));
    html_raw(&p->h, "\">");
    html_head(&p->h, text, 60);
    html_raw(&p->h, "</td>");
}

/* --- what stands behind a value --- */

static void addresses_cell(struct page *p, enum over_kind k, uint32_t value)
{
    number_cell(p, page_distinct(p, k, value, OVER_SENDER), _("addresses"));
}

static void span_of_time(struct page *p, enum over_kind k, uint32_t value)
{
    int64_t first = INT64_MAX, last = 0;

    for (uint32_t i = 0; i < p->o->n; i++) {
        const struct over_mail *m = &p->o->mails[i];

        if (m->copy || m->value[k] != value)
            continue;
        first = m->second < first ? m->second : first;
        last = m->second > last ? m->second : last;
    }
    html_raw(&p->h, "<td class=\"t\" data-label=\"");
    html_attribute(&p->h, span_cstr(_("when, UTC")));
    html_raw(&p->h, "\">");
    page_time(p, first);
    if (last / 60 != first / 60) {
        html_raw(&p->h, " – ");
        page_time(p, last);
    }
    html_raw(&p->h, "</td>");
}

static void subject_cells(struct page *p, const struct over_value *v)
{
    addresses_cell(p, OVER_SUBJECT, v->value);
    span_of_time(p, OVER_SUBJECT, v->value);
}

static void sender_cells(struct page *p, const struct over_value *v)
{
    const struct over_mail *m = &p->o->mails[v->first];
    struct span country = over_mail_text(p->o, m, OVER_COUNTRY);

    text_cell(p, over_mail_text(p->o, m, OVER_HELO), _("HELO name"));
    text_cell(p, over_mail_text(p->o, m, OVER_OWNER), _("owner"));
    text_cell(p, country, _("country"));
}

static void owner_cells(struct page *p, const struct over_value *v)
{
    addresses_cell(p, OVER_OWNER, v->value);
}

static void finding_cells(struct page *p, const struct over_value *v)
{
    const char *sentence = finding_sentence(over_text(p->o, OVER_FINDING, v->value));

    html_raw(&p->h, "<td data-label=\"\" class=\"s\">");
    if (sentence)
        html_say(&p->h, "%s", _(sentence));
    html_raw(&p->h, "</td>");
}

static void country_cells(struct page *p, const struct over_value *v)
{
    addresses_cell(p, OVER_COUNTRY, v->value);
}

static void net_cells(struct page *p, const struct over_value *v)
{
    const struct over_mail *m = &p->o->mails[v->first];

    addresses_cell(p, OVER_NET, v->value);
    text_cell(p, over_mail_text(p->o, m, OVER_OWNER), _("owner"));
    text_cell(p, over_mail_text(p->o, m, OVER_COUNTRY), _("country"));
}

/* --- a list --- */

static void row(struct page *p, const struct values *l, const struct over_value *v, uint64_t most)
{
    struct span text = over_text(p->o, l->kind, v->value);

    html_raw(&p->h, "<tr><th scope=\"row\">");
    html_head(&p->h, l->shown ? l->shown(text) : text, 110);
    if (v->is_new) {
        html_raw(&p->h, " <span class=\"new\">");
        html_say(&p->h, "%s", _("new"));
        html_raw(&p->h, "</span>");
    }
    html_raw(&p->h, "</th>");
    number_cell(p, v->mails, _("mails"));
    html_raw(&p->h, "<td class=\"b\">");
    page_bar(p, v->mails, most);
    html_raw(&p->h, "</td>");
    l->cells(p, v);
    html_raw(&p->h, "</tr>\n");
}

static void list(struct page *p, const struct values *l)
{
    const struct over_value *v = p->o->counted[l->kind];
    uint32_t n = p->o->counted_n[l->kind], shown = n < PAGE_VALUES ? n : PAGE_VALUES;

    html_rawf(&p->h, "<div class=\"list k%u\"><table><caption>", l->kind);
    html_say(&p->h, "%s", l->title);
    html_raw(&p->h, "</caption>");
    if (!n) {
        html_raw(&p->h, "<tbody><tr><td class=\"none\">");
        html_say(&p->h, "%s", l->empty);
        html_raw(&p->h, "</td></tr></tbody></table></div>\n");
        return;
    }
    html_raw(&p->h, "<thead><tr>");
    head_cell(p, l->value, false);
    head_cell(p, _("mails"), true);
    html_raw(&p->h, "<td class=\"b\"></td>");
    for (unsigned i = 0; i < 3 && l->columns[i]; i++)
        head_cell(p, l->columns[i], i == 0 && l->cells != sender_cells && l->cells != finding_cells);
    html_raw(&p->h, "</tr></thead><tbody>\n");
    for (uint32_t i = 0; i < shown; i++)
        row(p, l, &v[i], v[0].mails);
    html_raw(&p->h, "</tbody></table>");
    if (n > shown) {
        html_raw(&p->h, "<p class=\"more\">");
        html_say(&p->h, _("%u more"), n - shown);
        html_raw(&p->h, "</p>");
    }
    html_raw(&p->h, "</div>\n");
}

/* --- the sections --- */

void page_trend(struct page *p)
{
    page_section(p, "trend", _("Trend"));
    html_raw(&p->h, "<div class=\"lists\">\n");
    list(p, &(struct values){OVER_SUBJECT, _("Subjects"), _("subject"), _("No mail had a subject."),
                             {_("addresses"), _("when, UTC")}, subject_cells, NULL});
    list(p, &(struct values){OVER_SENDER, _("Senders"), _("address"), _("No sender's address was seen."),
                             {_("HELO name"), _("owner"), _("country")}, sender_cells, NULL});
    list(p, &(struct values){OVER_OWNER, _("Providers"), _("owner of the address"),
                             _("Not known: the sensor ran without --geoip."), {_("addresses")}, owner_cells, NULL});
    list(p, &(struct values){OVER_FINDING, _("Findings"), _("what was noticed"), _("Nothing was noticed."), {""}, finding_cells, NULL});
    html_raw(&p->h, "</div>\n");
    page_section_end(p);
}

void page_senders(struct page *p)
{
    page_section(p, "senders", _("Where they send from"));
    html_raw(&p->h, "<div class=\"lists\">\n");
    list(p, &(struct values){OVER_COUNTRY, _("Countries"), _("country"), _("Not known: the sensor ran without --geoip."),
                             {_("addresses")}, country_cells, country_name});
    list(p, &(struct values){OVER_NET, _("Networks"), _("network"), _("No network was seen."),
                             {_("addresses"), _("owner"), _("country")}, net_cells, NULL});
    html_raw(&p->h, "</div>\n");
    page_section_end(p);
}
