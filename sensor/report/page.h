/* SPDX-License-Identifier: Apache-2.0 */
/* page: an overview as one HTML file that asks nobody for anything. */
#ifndef MXTAP_REPORT_PAGE_H
#define MXTAP_REPORT_PAGE_H

#include "sensor/report/html.h"
#include "sensor/report/overview.h"

enum {
    PAGE_VALUES = 12,      /* rows of a list of values */
    PAGE_CARDS = 40,       /* campaigns that get a card, the largest */
    PAGE_STATIC_ROWS = 200 /* mails that stand in the page without JavaScript; all stand in its data */
};

struct page_sensor {
    char name[64], last_seen[32], source[256], packets[24], lost[24];
};

/* Where the overview is from, and what its source said of itself. Texts are borrowed. */
struct page_source {
    const char *name;            /* a file's name or a server's, "standard input" */
    bool from_redis;
    int64_t made_s;              /* when the page was made */
    uint64_t lines_bad;          /* lines that are no records */
    uint64_t copies, unread;     /* entries of the stream: relayed copies, such without a record */
    bool stream_ends_inside;     /* the stream does not reach back to the period's beginning */
    uint64_t alert_score;
    struct page_sensor *sensors; /* of Redis */
    unsigned sensors_n;
};

struct page {
    struct html h;
    const struct overview *o;
    const struct page_source *source;
    struct mem mem;
    struct buf scratch, json;
    bool no_memory;
};

/* Writes all of it to file, which its caller finishes. False without memory. */
bool page_write(struct whole_file *file, const struct overview *o, const struct page_source *source);

/* --- its rooms; each writes one section --- */
void page_numbers(struct page *p);
void page_trend(struct page *p);
void page_senders(struct page *p);
void page_campaigns(struct page *p);
void page_register(struct page *p);
void page_health(struct page *p);
/* The register as data for report.js, and the words that it shows. */
void page_data(struct page *p);

/* campaign_graph.c: networks, HELO names, link hosts, servers of the mails of one campaign. */
void campaign_graph(struct page *p, uint32_t campaign);
/* hour_chart.c */
void hour_charts(struct page *p);

/* --- what sections share --- */

/* <section id=...><h2>title</h2>; and its end. */
void page_section(struct page *p, const char *id, const char *title);
void page_section_end(struct page *p);
/* A figure with a name below it. */
void page_figure(struct page *p, uint64_t value, const char *name);
/* "2023-06-24 13:08" in <time>. */
void page_time(struct page *p, int64_t second);
/* A bar of mails as part of most. */
void page_bar(struct page *p, uint64_t mails, uint64_t most);
/* Distinct values of kind `other` among the mails that have `value` of kind k (both of one value a mail); UINT32_MAX without
 * memory. */
uint32_t page_distinct(struct page *p, enum over_kind k, uint32_t value, enum over_kind other);
/* "Japan" for JP in the language of the page; the code itself where it is none. Borrowed until the next call. */
struct span country_name(struct span code);

extern const char page_css[], page_css_end[], page_js[], page_js_end[];

#endif
