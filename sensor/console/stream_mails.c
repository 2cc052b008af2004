/* SPDX-License-Identifier: Apache-2.0 */
/* stream_mails: pages small enough that neither side holds much at once. */
#include "sensor/console/stream_mails.h"

enum { PAGE = 200 };

struct walk {
    struct stream_walk *w;
    stream_mail_each each;
    void *ctx;
    bool stopped;
};

static bool on_entry(void *ctx, const struct store_entry *e)
{
    struct walk *x = ctx;
    struct stream_mail m = {.entry = e, .json = store_entry_field(e, "json")};
    struct mail_facts facts;

    x->w->looked++;
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

bool stream_mails(struct store *s, struct stream_walk *w, stream_mail_each each, void *ctx)
{
    struct walk x = {w, each, ctx, false};
    unsigned n = PAGE;

    w->looked = w->copies = w->unread = 0;
    w->oldest[0] = 0;
    while (!x.stopped && n == PAGE && w->looked < w->most)
        if (!store_page(s, STORE_MAILS, w->oldest, PAGE, on_entry, &x, &n))
            return false;
    w->more = x.stopped || n == PAGE;
    return true;
}
