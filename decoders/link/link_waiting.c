/* SPDX-License-Identifier: Apache-2.0 */
/* link_waiting: a buffer of entries, walked once. */
#include "decoders/link/link_waiting.h"

/* A reference, n bytes behind it, or an anchor's text of n bytes and host_n of the host it shows. */
struct entry {
    const char *tag; /* of a reference; NULL: a text */
    int link;        /* of a reference, once added; of a text: the number of its reference */
    uint16_t n, host_n;
};

void waiting_init(struct waiting *w, struct mem *m)
{
    buf_init(&w->entries, m, LIMIT_WAITING);
}

void waiting_free(struct waiting *w)
{
    buf_free(&w->entries);
}

void waiting_begin(struct waiting *w)
{
    buf_clear(&w->entries);
}

static bool keep(struct waiting *w, const struct entry *e, struct span a, struct span b)
{
    size_t had = w->entries.n;

    if (had + sizeof(*e) + a.n + b.n > LIMIT_WAITING)
        return false;
    if (buf_add(&w->entries, span_of(e, sizeof(*e))) && buf_add(&w->entries, a) && buf_add(&w->entries, b))
        return true;
    w->entries.n = had;
    return false;
}

int waiting_keep(struct waiting *w, struct span reference, const char *tag)
{
    struct entry e = {.tag = tag, .link = LINK_NONE, .n = (uint16_t)reference.n};
    size_t at = w->entries.n;

    return reference.n <= LIMIT_URL && keep(w, &e, reference, (struct span){NULL, 0}) ? (int)at : LINK_NONE;
}

void waiting_text(struct waiting *w, int number, struct span text, struct span text_host)
{
    struct entry e = {.link = number, .n = (uint16_t)text.n, .host_n = (uint16_t)text_host.n};

    if (text.n)
        keep(w, &e, text, text_host);
}

static struct entry entry_at(const struct waiting *w, size_t at)
{
    struct entry e;

    memcpy(&e, w->entries.p + at, sizeof(e));
    return e;
}

static void give_text(const struct waiting *w, struct link_set *set, const struct entry *e, struct span bytes)
{
    struct entry reference = entry_at(w, (size_t)e->link);
    struct span host = span_from(bytes, e->n);

    if (reference.link != LINK_NONE)
        link_set_text(set, reference.link, span_head(bytes, e->n), e->host_n ? host : (struct span){NULL, 0});
}

void waiting_end(struct waiting *w, struct link_set *set, waiting_add_fn add, void *ctx)
{
    for (size_t at = 0, next; at < w->entries.n; at = next) {
        struct entry e = entry_at(w, at);
        struct span bytes = span_of(w->entries.p + at + sizeof(e), e.n + e.host_n);

        next = at + sizeof(e) + bytes.n;
        if (!e.tag) {
            give_text(w, set, &e, bytes);
            continue;
        }
        e.link = add(ctx, bytes, e.tag);
        memcpy(w->entries.p + at, &e, sizeof(e));
    }
    waiting_begin(w);
}
