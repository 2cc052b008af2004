/* SPDX-License-Identifier: Apache-2.0 */
/* page_health: what the sensors read, and what they could not see or lost, in words. */
#include "sensor/counters.h"
#include "sensor/language.h"
#include "sensor/report/page.h"

/* Counters that say something is missing. */
static const struct {
    const char *name, *text;
} missing[] = {
    {"encrypted", N_("sessions went on in TLS: their mails cannot be seen by any passive sensor. Tap behind the relay that ends TLS.")},
    {"mails_cut_gap", N_("mails with bytes missing inside")},
    {"mails_cut_close", N_("mails whose connection closed before their end")},
    {"mails_cut_idle", N_("mails whose connection timed out before their end")},
    {"mails_cut_evicted", N_("mails whose connection was pushed out at the sensor's cap")},
    {"mails_cut_end", N_("mails that the input ended in")},
    {"tcp_gap_bytes", N_("bytes of connections that the mirror port never showed")},
    {"flows_midstream", N_("connections that began before the capture")},
    {"flows_one_sided", N_("connections of which one direction was seen")},
    {"flows_evicted", N_("connections pushed out at the sensor's cap")},
    {"flows_no_memory", N_("connections there was no memory for")},
    {"packets_truncated", N_("packets cut by the capture (a longer --snaplen helps)")},
    {"packets_fragment_lost", N_("fragments whose other parts never came")},
    {"packets_no_flow", N_("packets there was no memory for")},
    {"packets_not_handed", N_("packets that one worker could not hand to another: the sensor was too slow")},
    {"packets_too_deep", N_("packets in more tunnels than the sensor looks into")},
    {"packets_link_type", N_("packets of a link type that is not known")},
    {"records_no_memory", N_("records that could not be made for lack of memory")},
    {"dropped", N_("packets that the kernel dropped: the sensor was too slow")},
    {"lost", N_("records that never reached Redis")},
};

static void missing_list(struct page *p)
{
    const struct health *h = &p->o->health;
    unsigned n = 0;

    html_raw(&p->h, "<h3>");
    html_say(&p->h, "%s", _("Not seen"));
    html_raw(&p->h, "</h3>\n<ul class=\"missing\">\n");
    for (unsigned i = 0; i < sizeof(missing) / sizeof(*missing); i++) {
        uint64_t v = health_total(h, missing[i].name);

        if (!v)
            continue;
        n++;
        html_rawf(&p->h, "<li><b data-n>%llu</b> ", (unsigned long long)v);
        html_say(&p->h, "%s", _(missing[i].text));
        html_raw(&p->h, "</li>\n");
    }
    html_raw(&p->h, "</ul>\n");
    if (!n) {
        html_raw(&p->h, "<p>");
        html_say(&p->h, "%s", _("Nothing that the sensor knows of: no packet lost, no mail cut, no session encrypted."));
        html_raw(&p->h, "</p>\n");
    }
}

static const char *meaning_of(struct span counter)
{
    static const struct {
        const char *name, *meaning;
    } known[] = {
#define X(field, name, meaning) {name, meaning},
        COUNTERS_DECODE(X)
#undef X
    };

    for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (span_eq(counter, span_cstr(known[i].name)))
            return known[i].meaning;
    return "";
}

static void all_counters(struct page *p)
{
    const struct health *h = &p->o->health;

    html_raw(&p->h, "<details class=\"numbers\"><summary>");
    html_say(&p->h, "%s", _("All counters"));
    html_raw(&p->h, "</summary><table><tbody>\n");
    for (uint32_t i = 0; i < h->counters.n; i++) {
        const char *meaning = meaning_of(h->counters.values[i]);

        html_raw(&p->h, "<tr><th scope=\"row\">");
        html_head(&p->h, h->counters.values[i], 60);
        html_rawf(&p->h, "</th><td class=\"n\" data-n>%llu</td><td>", (unsigned long long)h->total[i]);
        if (*meaning)
            html_say(&p->h, "%s", _(meaning));
        html_raw(&p->h, "</td></tr>\n");
    }
    html_raw(&p->h, "</tbody></table></details>\n");
}

static void head_cells(struct page *p, const char *const *titles, unsigned n)
{
    html_raw(&p->h, "<thead><tr>");
    for (unsigned i = 0; i < n; i++) {
        html_raw(&p->h, i + 1 == n ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
        html_say(&p->h, "%s", titles[i]);
        html_raw(&p->h, "</th>");
    }
    html_raw(&p->h, "</tr></thead><tbody>\n");
}

static void sensors_of_records(struct page *p)
{
    const struct health *h = &p->o->health;
    const char *titles[] = {_("sensor"), _("last word, UTC"), _("statistics")};

    html_raw(&p->h, "<div class=\"list\"><table><caption>");
    html_say(&p->h, "%s", _("Sensors"));
    html_raw(&p->h, "</caption>");
    head_cells(p, titles, 3);
    for (uint32_t i = 0; i < h->names.n; i++) {
        const struct health_sensor *s = h->sensors[i];

        if (!s || !s->records)
            continue;
        html_raw(&p->h, "<tr><th scope=\"row\">");
        html_head(&p->h, h->names.values[i], 60);
        html_raw(&p->h, "</th><td>");
        html_head(&p->h, span_cstr(s->last_seen), 30);
        html_rawf(&p->h, "</td><td class=\"n\">%llu</td></tr>\n", (unsigned long long)s->records);
    }
    html_raw(&p->h, "</tbody></table></div>\n");
}

static void sensors_of_redis(struct page *p)
{
    const char *titles[] = {_("sensor"), _("last word, UTC"), _("reads"), _("packets"), _("records lost")};

    html_raw(&p->h, "<div class=\"list\"><table><caption>");
    html_say(&p->h, "%s", _("Sensors"));
    html_raw(&p->h, "</caption>");
    head_cells(p, titles, 5);
    for (unsigned i = 0; i < p->source->sensors_n; i++) {
        const struct page_sensor *s = &p->source->sensors[i];
        const char *texts[] = {s->last_seen, s->source, s->packets, s->lost};

        html_raw(&p->h, "<tr><th scope=\"row\">");
        html_head(&p->h, span_cstr(s->name), 60);
        html_raw(&p->h, "</th>");
        for (unsigned k = 0; k < 4; k++) {
            html_raw(&p->h, k == 3 ? "<td class=\"n\">" : "<td>");
            html_head(&p->h, span_cstr(texts[k]), 60);
            html_raw(&p->h, "</td>");
        }
        html_raw(&p->h, "</tr>\n");
    }
    html_raw(&p->h, "</tbody></table></div>\n");
}

static void figures(struct page *p)
{
    const struct health *h = &p->o->health;

    html_raw(&p->h, "<dl class=\"figures\">\n");
    page_figure(p, health_total(h, "packets"), _("packets read"));
    page_figure(p, health_total(h, "flows"), _("connections"));
    page_figure(p, health_total(h, "sessions"), _("sessions"));
    page_figure(p, health_total(h, "mails"), _("mails"));
    page_figure(p, health_total(h, "encrypted"), _("encrypted"));
    page_figure(p, health_total(h, "tcp_gaps"), _("holes in connections"));
    html_raw(&p->h, "</dl>\n");
}

void page_health(struct page *p)
{
    const struct health *h = &p->o->health;

    page_section(p, "health", _("The sensor, and what it did not see"));
    html_raw(&p->h, "<p class=\"lead\">");
    if (p->source->from_redis)
        html_say(&p->h, "%s", _("Counted since this Redis was first written to, by all sensors, whatever time this page is about."));
    else if (h->records)
        html_say(&p->h, P_("From %llu record of statistics.", "From %llu records of statistics.", h->records),
                 (unsigned long long)h->records);
    else
        html_say(&p->h, "%s", _("There is no record of statistics for this time: what the sensor lost is not known."));
    if (h->since_start) {
        html_raw(&p->h, " ");
        html_say(&p->h, "%s", _("A sensor of which there is no earlier record is counted since its start."));
    }
    html_raw(&p->h, "</p>\n");
    if (h->records || p->source->from_redis) {
        figures(p);
        missing_list(p);
        if (p->source->from_redis)
            sensors_of_redis(p);
        else
            sensors_of_records(p);
        all_counters(p);
    }
    if (h->full) {
        html_raw(&p->h, "<p class=\"notes warn\">");
        html_say(&p->h, "%s", _("More sensors or counters came than there is room for: some are not counted here."));
        html_raw(&p->h, "</p>\n");
    }
    page_section_end(p);
}
