/* SPDX-License-Identifier: Apache-2.0 */
/* links: one mail's parts go to the tokenizer or the scanner, what they find goes to the set. */
#include "decoders/link/links.h"

#include "decoders/link/content_lines.h"
#include "decoders/link/link_html.h"

struct links {
    struct mem *mem;
    struct link_set set;
    struct link_html html;
    struct url_scan text;
    enum link_in in;
    struct content_lines lines;
    bool is_html, is_lines, open;
    uint64_t refused; /* mem's count when the part began */
};

static void found_in_text(void *ctx, struct span url, enum url_kind kind, bool cut)
{
    struct links *l = ctx;
    struct link_origin origin = {NULL, l->in, URL_WITH_SCHEME};

    if (kind == URL_KIND_BARE) {
        origin.tag = "bare";
        origin.form = URL_BARE;
    }
    if (cut)
        anomaly_raise(&l->set.anomalies, ANOMALY_URL_TOO_LONG);
    link_set_add(&l->set, url, &origin);
}

struct links *links_new(struct mem *m, const struct hash_key *key, const struct suffix *suffix)
{
    struct links *l = mem_zalloc(m, sizeof(*l));

    if (!l)
        return NULL;
    l->mem = m;
    link_set_init(&l->set, m, key, suffix);
    link_html_init(&l->html, m, &l->set);
    url_scan_init(&l->text, m, suffix, found_in_text, l);
    return l;
}

void links_free(struct links *l)
{
    if (!l)
        return;
    link_set_free(&l->set);
    link_html_free(&l->html);
    url_scan_free(&l->text);
    mem_free(l->mem, l, sizeof(*l));
}

void links_show_text(struct links *l, const struct visible_text *to)
{
    l->html.visible.to = *to;
}

void links_remember(struct links *l, struct tag_memo *memo)
{
    link_html_remember(&l->html, memo);
}

void links_reset(struct links *l, struct arena *arena)
{
    l->open = false;
    link_set_reset(&l->set, arena);
}

void links_part_begin(struct links *l, enum link_in in, bool html)
{
    if (l->open)
        links_part_end(l);
    l->open = true;
    l->refused = l->mem->refused;
    l->in = in;
    l->is_html = html;
    l->is_lines = false;
    if (html)
        link_html_begin(&l->html, in);
    else
        url_scan_begin(&l->text, in != LINK_IN_HEADER);
}

void links_part_begin_lines(struct links *l, enum link_in in)
{
    links_part_begin(l, in, false);
    l->is_lines = true;
    content_lines_begin(&l->lines);
}

static void scan_lines(void *ctx, struct span piece)
{
    struct links *l = ctx;

    url_scan_push(&l->text, piece);
}

void links_push(struct links *l, struct span utf8)
{
    /* Of a full set too: the rest of the mail names links that are there, and is seen by others. */
    if (l->is_html)
        link_html_push(&l->html, utf8);
    else if (l->is_lines)
        content_lines_push(&l->lines, utf8, scan_lines, l);
    else
        url_scan_push(&l->text, utf8);
}

void links_push_last(struct links *l, struct span utf8)
{
    url_scan_last(&l->text, utf8, false);
}

void links_gap(struct links *l)
{
    if (l->is_html)
        link_html_gap(&l->html);
    else
        url_scan_gap(&l->text);
    content_lines_begin(&l->lines);
}

static void end_text(struct links *l)
{
    if (l->is_lines)
        content_lines_end(&l->lines, scan_lines, l);
    url_scan_end(&l->text);
}

void links_part_end(struct links *l)
{
    if (!l->open)
        return;
    l->open = false;
    if (l->is_html)
        link_html_end(&l->html);
    else
        end_text(l);
    if (l->mem->refused != l->refused || l->set.arena->refused)
        anomaly_raise(&l->set.anomalies, ANOMALY_RECORD_TOO_LARGE);
}

const struct link *links_all(struct links *l, uint32_t *n)
{
    return link_set_all(&l->set, n);
}

anomaly_set links_anomalies(const struct links *l)
{
    return l->set.anomalies;
}
