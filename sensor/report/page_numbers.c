/* SPDX-License-Identifier: Apache-2.0 */
/* page_numbers: how many mails, of whom, when; and what is missing from all that follows. */
#include "sensor/language.h"
#include "sensor/report/page.h"

static void figures(struct page *p)
{
    const struct overview *o = p->o;

    html_raw(&p->h, "<dl class=\"figures\">\n");
    page_figure(p, o->counted_mails, _("mails"));
    page_figure(p, o->outcomes[OVER_ACCEPTED], _("accepted"));
    page_figure(p, o->outcomes[OVER_REFUSED], _("refused"));
    page_figure(p, o->outcomes[OVER_DEFERRED], _("deferred"));
    if (o->outcomes[OVER_OTHER])
        page_figure(p, o->outcomes[OVER_OTHER], _("cut short or unknown"));
    page_figure(p, o->alerts, _("over the alert score"));
    page_figure(p, o->groups_n, _("campaigns"));
    page_figure(p, o->counted_n[OVER_SENDER], _("addresses"));
    page_figure(p, o->counted_n[OVER_NET], _("networks"));
    page_figure(p, o->counted_n[OVER_COUNTRY], _("countries"));
    page_figure(p, o->counted_n[OVER_HELO], _("HELO names"));
    page_figure(p, o->counted_n[OVER_HOST], _("link hosts"));
    if (o->encrypted)
        page_figure(p, o->encrypted, _("encrypted sessions"));
    html_raw(&p->h, "</dl>\n");
}

static bool any_full(const struct overview *o)
{
    for (unsigned k = 0; k < OVER_KINDS; k++)
        if (o->values[k].full)
            return true;
    return false;
}

static void note(struct page *p, const char *format, uint64_t n)
{
    html_raw(&p->h, "<li>");
    html_say(&p->h, format, (unsigned long long)n);
    html_raw(&p->h, "</li>\n");
}

/* Why the counts are too small. */
static void missing(struct page *p)
{
    const struct overview *o = p->o;
    const struct page_source *s = p->source;

    html_raw(&p->h, "<ul class=\"notes warn\">\n");
    if (o->full)
        note(p, _("There were more mails than the %llu that were taken (--limit, or memory): all counts are of these."), o->n);
    if (s->stream_ends_inside)
        note(p, _("Redis keeps the latest mails only (--redis-stream-max), and they may not reach back to the beginning: earlier ones "
                  "would be missing (%llu were found)."), o->n);
    if (any_full(o))
        note(p, _("More than %llu different values of a kind came: later ones are in no list."), LIMIT_REPORT_VALUES);
    if (s->lines_bad)
        note(p, P_("%llu line was no record of mxtap.", "%llu lines were no records of mxtap.", s->lines_bad), s->lines_bad);
    if (s->unread)
        note(p, P_("%llu entry of the stream held no record.", "%llu entries of the stream held no record.", s->unread), s->unread);
    html_raw(&p->h, "</ul>\n");
}

/* The boards of Redis are others' numbers: whoever compares the two should know why they differ. */
static void what_is_counted(struct page *p)
{
    html_raw(&p->h, "<p class=\"notes\">");
    html_say(&p->h, "%s", _("Counted one by one from the mails that Redis still holds (--redis-stream-max). Its own counts, which mxtap top "
                            "shows, may go further back."));
    html_raw(&p->h, "</p>\n");
}

/* What is not counted because it should not be. */
static void left_out(struct page *p)
{
    const struct overview *o = p->o;
    uint64_t copies = o->copies + p->source->copies;

    html_raw(&p->h, "<ul class=\"notes\">\n");
    if (copies)
        note(p, P_("%llu mail seen again on its way inside is left out.", "%llu mails seen again on their way inside are left out.",
                   copies), copies);
    if (o->not_inbound)
        note(p, P_("%llu mail that own users or servers sent is not in this page.",
                   "%llu mails that own users or servers sent are not in this page.", o->not_inbound), o->not_inbound);
    html_raw(&p->h, "</ul>\n");
}

void page_numbers(struct page *p)
{
    page_section(p, "numbers", _("In numbers"));
    figures(p);
    if (p->source->from_redis)
        what_is_counted(p);
    missing(p);
    left_out(p);
    if (p->o->counted_mails)
        hour_charts(p);
    page_section_end(p);
}
