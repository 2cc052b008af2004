/* SPDX-License-Identifier: Apache-2.0 */
/* page_register: a table, one line a mail: the latest stand in it, all stand in the page's data, from which report.js fills it. */
#include "sensor/judge/findings.h"
#include "sensor/language.h"
#include "sensor/publish/json.h"
#include "sensor/report/page.h"

enum { CELL = 80 };

/* Columns of the table; report.js fills cells by the same names. text: ROW_TEXTS_N = made of more than one. */
static const struct {
    const char *name, *title;
    enum row_text text;
} columns[] = {
    {"time", N_("seen, UTC"), ROW_TIME},        {"score", N_("score"), ROW_TEXTS_N},
    {"subject", N_("subject"), ROW_SUBJECT},
    {"from", N_("from"), ROW_FROM},             {"date", N_("date and zone"), ROW_DATE},
    {"ip", N_("address"), ROW_IP},              {"country", N_("country"), ROW_COUNTRY},
    {"ptr", N_("reverse name"), ROW_PTR},       {"helo", N_("HELO name"), ROW_HELO},
    {"owner", N_("owner"), ROW_OWNER},          {"mailer", N_("mailer"), ROW_MAILER},
    {"link", N_("link"), ROW_TEXTS_N},          {"link_owner", N_("its server's owner"), ROW_TEXTS_N},
    {"findings", N_("findings"), ROW_TEXTS_N},
};
enum { COLUMNS_N = sizeof(columns) / sizeof(*columns) };

/* --- the table --- */

static void head(struct page *p)
{
    html_raw(&p->h, "<thead><tr>");
    for (unsigned i = 0; i < COLUMNS_N; i++) {
        html_rawf(&p->h, "<th scope=\"col\" data-c=\"%s\"%s>", columns[i].name, i ? "" : " aria-sort=\"descending\"");
        html_say(&p->h, "%s", _(columns[i].title));
        html_raw(&p->h, "</th>");
    }
    html_raw(&p->h, "</tr></thead>\n");
}

static void link_cell(struct page *p, const struct register_row *r)
{
    if (!r->links_n)
        return;
    buf_clear(&p->scratch);
    defang(&p->scratch, r->links[0].host.n ? r->links[0].host : r->links[0].url);
    html_head(&p->h, buf_span(&p->scratch), CELL);
    if (r->links_all > 1)
        html_rawf(&p->h, " <span class=\"count\">+%llu</span>", (unsigned long long)r->links_all - 1);
}

static void link_owner_cell(struct page *p, const struct register_row *r)
{
    if (r->links_n)
        html_head(&p->h, r->links[0].owner.n ? r->links[0].owner : r->links[0].ip, CELL);
}

static void findings_cell(struct page *p, const struct register_row *r)
{
    unsigned shown = 0;

    for (unsigned i = 0; i < r->findings_n; i++) {
        if (!r->findings[i].weight)
            continue;
        html_raw(&p->h, shown++ ? ", " : "");
        html_head(&p->h, r->findings[i].id, CELL);
    }
}

/* "2023-07-02 01:00:04" of "2023-07-02T01:00:04.123456+0000". */
static void time_cell(struct page *p, struct span time)
{
    html_head(&p->h, span_head(time, 10), CELL);
    if (time.n > 11) {
        html_raw(&p->h, " ");
        html_head(&p->h, span_head(span_from(time, 11), 8), CELL);
    }
}

static void cell(struct page *p, const struct register_row *r, unsigned column)
{
    html_rawf(&p->h, "<td data-c=\"%s\" data-label=\"", columns[column].name);
    html_attribute(&p->h, span_cstr(_(columns[column].title)));
    html_raw(&p->h, "\">");
    if (columns[column].text == ROW_TIME)
        time_cell(p, r->text[ROW_TIME]);
    else if (columns[column].text < ROW_TEXTS_N)
        html_head(&p->h, r->text[columns[column].text], CELL);
    else if (strcmp(columns[column].name, "link") == 0)
        link_cell(p, r);
    else if (strcmp(columns[column].name, "link_owner") == 0)
        link_owner_cell(p, r);
    else if (strcmp(columns[column].name, "score") == 0)
        html_rawf(&p->h, "%llu", (unsigned long long)r->score);
    else
        findings_cell(p, r);
    html_raw(&p->h, "</td>");
}

static void lead(struct page *p)
{
    uint32_t n = p->o->register_.n, here = n < PAGE_STATIC_ROWS ? n : PAGE_STATIC_ROWS;

    if (p->o->counted_mails > n) {
        html_raw(&p->h, "<p class=\"lead\">");
        html_say(&p->h, _("The latest %u of %llu mails (-n for more)."), n, (unsigned long long)p->o->counted_mails);
        html_raw(&p->h, "</p>\n");
    }
    html_raw(&p->h, "<p class=\"lead js\">");
    html_say(&p->h, "%s", _("One line a mail; its time opens all that was written down of it."));
    html_raw(&p->h, "</p>\n");
    if (n > here) {
        html_raw(&p->h, "<noscript><p class=\"notes\">");
        html_say(&p->h, _("Without JavaScript only the latest %u stand here."), here);
        html_raw(&p->h, "</p></noscript>\n");
    }
}

void page_register(struct page *p)
{
    const struct mail_register *r = &p->o->register_;

    page_section(p, "register", _("Register"));
    lead(p);
    html_raw(&p->h, "<form class=\"filter js\" role=\"search\"></form>\n<p class=\"found js\" role=\"status\"></p>\n"
             "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"h-register\">\n<table class=\"register\">"
             "<caption>");
    html_say(&p->h, "%s", _("Mails, one line each"));
    html_raw(&p->h, "</caption>\n");
    head(p);
    html_raw(&p->h, "<tbody>\n");
    for (uint32_t i = 0; i < r->n && i < PAGE_STATIC_ROWS; i++) {
        html_raw(&p->h, "<tr>");
        for (unsigned c = 0; c < COLUMNS_N; c++)
            cell(p, r->rows[i], c);
        html_raw(&p->h, "</tr>\n");
    }
    html_raw(&p->h, "</tbody></table></div>\n<p class=\"rest js\"></p>\n");
    page_section_end(p);
}

/* --- the data --- */

/* Elements of an array stay in their places: an absent text is an empty one. */
static void element(struct json *j, struct span s)
{
    if (s.n)
        json_text(j, NULL, s);
    else
        json_word(j, NULL, "");
}

static void element_defanged(struct page *p, struct json *j, struct span s)
{
    buf_clear(&p->scratch);
    defang(&p->scratch, s);
    element(j, buf_span(&p->scratch));
}

static void data_links(struct page *p, struct json *j, const struct register_row *r)
{
    json_open(j, NULL, '[');
    for (unsigned i = 0; i < r->links_n; i++) {
        const struct row_link *l = &r->links[i];

        json_open(j, NULL, '[');
        element_defanged(p, j, l->url);
        element_defanged(p, j, l->host);
        element(j, l->text);
        element(j, l->ip);
        element(j, l->owner);
        element(j, l->country);
        json_close(j, ']');
    }
    json_close(j, ']');
}

/* What a finding of a link saw is a host or a URL. */
static void data_findings(struct page *p, struct json *j, const struct register_row *r)
{
    json_open(j, NULL, '[');
    for (unsigned i = 0; i < r->findings_n; i++) {
        const struct row_finding *f = &r->findings[i];

        json_open(j, NULL, '[');
        element(j, f->id);
        if (span_starts_nocase(f->id, SPAN("link.")))
            element_defanged(p, j, f->evidence);
        else
            element(j, f->evidence);
        json_number(j, NULL, (int64_t)f->weight);
        json_close(j, ']');
    }
    json_close(j, ']');
}

static void data_row(struct page *p, const struct register_row *r, bool first)
{
    struct json j = {.out = &p->json};
    uint32_t campaign = p->o->mails[r->mail].campaign;

    buf_clear(&p->json);
    json_open(&j, NULL, '[');
    for (unsigned i = 0; i < ROW_TEXTS_N; i++)
        element(&j, r->text[i]);
    json_number(&j, NULL, (int64_t)r->score);
    json_number(&j, NULL, campaign == VALUE_NONE ? 0 : (int64_t)campaign + 1);
    data_links(p, &j, r);
    json_number(&j, NULL, (int64_t)r->links_all);
    data_findings(p, &j, r);
    json_number(&j, NULL, (int64_t)r->findings_all);
    json_number(&j, NULL, r->cut);
    json_close(&j, ']');
    html_raw(&p->h, first ? "\n" : ",\n");
    html_data(&p->h, buf_span(&p->json));
}

static void data_rows(struct page *p)
{
    for (uint32_t i = 0; i < p->o->register_.n; i++)
        data_row(p, p->o->register_.rows[i], i == 0);
}

static void flush(struct page *p)
{
    html_data(&p->h, buf_span(&p->json));
    buf_clear(&p->json);
}

/* What each finding means. */
static void data_sentences(struct page *p, struct json *j)
{
    json_open(j, "sentences", '{');
    for (uint32_t i = 0; i < p->o->values[OVER_FINDING].n; i++) {
        struct span id = p->o->values[OVER_FINDING].values[i];
        const char *sentence = finding_sentence(id);

        if (sentence)
            json_text_keyed(j, id, span_cstr(_(sentence)));
    }
    json_close(j, '}');
}

static void data_columns(struct json *j)
{
    json_open(j, "texts", '[');
    for (unsigned i = 0; i < ROW_TEXTS_N; i++)
        json_word(j, NULL, row_text_name(i));
    json_close(j, ']');
    json_open(j, "columns", '[');
    for (unsigned i = 0; i < COLUMNS_N; i++) {
        json_open(j, NULL, '[');
        json_word(j, NULL, columns[i].name);
        json_text(j, NULL, span_cstr(_(columns[i].title)));
        json_close(j, ']');
    }
    json_close(j, ']');
}

/* Words that report.js shows; {n} and {of} are numbers. */
static void data_words(struct json *j)
{
    static const char *const words[][2] = {
        {"search", N_("Search all fields")},
        {"any_finding", N_("Any finding")},
        {"any_country", N_("Any country")},
        {"any_campaign", N_("Any campaign")},
        {"finding", N_("Finding")},
        {"country", N_("Country")},
        {"campaign", N_("Campaign")},
        {"clear", N_("Clear")},
        {"found", N_("{n} of {of} mails")},
        {"all", N_("{of} mails")},
        {"none", N_("No mail is so.")},
        {"more", N_("Show {n} more")},
        {"cut", N_("Texts longer than 16 KiB were cut.")},
        {"links", N_("Links")},
        {"more_links", N_("and {n} more")},
        {"findings", N_("Findings")},
        {"city", N_("city")},
        {"net", N_("network")},
        {"envelope", N_("envelope sender")},
        {"zone", N_("zone")},
        {"os", N_("system by its SYN")},
        {"of_campaign", N_("campaign")},
        {"claimed", N_("claimed address")},
        {"claimed_owner", N_("whose that is")},
        {"outcome", N_("outcome")},
        {"reply", N_("server's reply")},
        {"message_id", "Message-ID"},
        {"sensor", N_("sensor")},
        {"shown_as", N_("shown as")},
        {"sort", N_("Sort by {c}")},
        {"printed", N_("On paper: the first {n} of {of} mails.")},
    };

    json_open(j, "words", '{');
    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
        json_text(j, words[i][0], span_cstr(_(words[i][1])));
    json_close(j, '}');
}

/* Codes and names of the countries that are there. */
static void data_countries(struct page *p, struct json *j)
{
    json_open(j, "countries", '[');
    for (uint32_t i = 0; i < p->o->counted_n[OVER_COUNTRY] && i < 300; i++) {
        struct span code = over_text(p->o, OVER_COUNTRY, p->o->counted[OVER_COUNTRY][i].value);

        json_open(j, NULL, '[');
        element(j, code);
        element(j, country_name(code));
        json_close(j, ']');
    }
    json_close(j, ']');
}

static void data_campaigns(struct page *p, struct json *j)
{
    json_open(j, "campaigns", '[');
    for (uint32_t i = 0; i < p->o->groups_n && i < 1000; i++)
        element(j, span_head(p->o->groups[i].subject, 120));
    json_close(j, ']');
}

void page_data(struct page *p)
{
    struct json j = {.out = &p->json};

    buf_clear(&p->json);
    html_raw(&p->h, "<script type=\"application/json\" id=\"data\">");
    json_open(&j, NULL, '{');
    json_number(&j, "alert", (int64_t)p->source->alert_score);
    data_columns(&j);
    data_words(&j);
    data_sentences(p, &j);
    data_countries(p, &j);
    data_campaigns(p, &j);
    json_open(&j, "rows", '[');
    flush(p);
    data_rows(p);
    html_raw(&p->h, "\n]}</script>\n");
}
