/* SPDX-License-Identifier: Apache-2.0 */
/* stream_mails: pages small enough that neither side holds much at once. */
#include "sensor/console/stream_mails.h"

#include "sensor/console/patience.h"

enum {
    PAGE_FIRST = 16,
    PAGE_MOST = 200,
    PAGE_BYTES = 8 << 20 /* that a page should have: a sender can fill a record with megabytes */
};

struct walk {
    struct stream_walk *w;
    stream_mail_each each;
    void *ctx;
    bool stopped;
    size_t bytes; /* of this page's records */
};

static bool on_entry(void *ctx, const struct store_entry *e)
{
    struct walk *x = ctx;
    struct stream_mail m = {.entry = e, .json = store_entry_field(e, "json")};
    struct mail_facts facts;

    patience_reads(++x->w->looked);
    x->bytes += m.json.n;
    if (store_entry_field(e, "copy_of").n) {
        x->w->copies++;
        return true;
    }
    if (!m.json.n || !mail_facts_read(&facts, m.json)) {
        x->w->unread++;
        return true;
    }
    m.facts = &facts;
    x->stopped = !x->each(x->ctx, &m);
    mail_facts_free(&facts);
    return !x->stopped;
}

/* As many as fit, by the size of the page before; at most twice as many. */
static unsigned next_page(unsigned asked, size_t bytes)
{
    size_t each = bytes / asked + 1, fit = PAGE_BYTES / each + 1;

    fit = fit < 2 * (size_t)asked ? fit : 2 * (size_t)asked;
    return (unsigned)(fit < PAGE_MOST ? fit : PAGE_MOST);
}

bool stream_mails(struct store *s, struct stream_walk *w, stream_mail_each each, void *ctx)
{
    struct walk x = {.w = w, .each = each, .ctx = ctx};
    unsigned asked = PAGE_FIRST, n = asked;
    size_t bytes = 0;

    w->looked = w->copies = w->unread = 0;
    w->last[0] = 0;
    while (!x.stopped && n == asked && w->looked < w->most) {
        x.bytes = 0;
        if (w->looked)
            asked = next_page(asked, bytes);
        if (w->most - w->looked < asked)
            asked = (unsigned)(w->most - w->looked);
        if (!(w->oldest_first ? store_page_on : store_page)(s, STORE_MAILS, w->last, asked, on_entry, &x, &n))
            return false;
        bytes = x.bytes;
    }
    w->more = x.stopped || n == asked;
    return true;
}
