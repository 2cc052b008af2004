/* SPDX-License-Identifier: Apache-2.0 */
/* redis_run: places, runs, marks. */
#include "sensor/publish/redis_run.h"

#include <openssl/sha.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/publish/redis_keys.h"

void seq_format(struct redis_seq s, char text[SEQ_TEXT])
{
    text[0] = 0;
    if (!seq_none(s))
        snprintf(text, SEQ_TEXT, "%llu-%llu", (unsigned long long)s.frame, (unsigned long long)s.n);
}

static bool number(struct span s, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]) || *out > UINT64_MAX / 20)
            return false;
        *out = *out * 10 + (s.p[i] - '0');
    }
    return s.n > 0;
}

bool seq_parse(struct span s, struct redis_seq *out)
{
    size_t dash = span_find(s, 0, '-');

    *out = (struct redis_seq){0, 0};
    return dash < s.n && number(span_head(s, dash), &out->frame) && number(span_from(s, dash + 1), &out->n);
}

static struct span escaped(struct buf *texts, struct span s)
{
    size_t from = texts->n;

    key_text(texts, s);
    return span_of(texts->p + from, texts->n - from);
}

static struct span copied(struct buf *texts, struct span s)
{
    size_t from = texts->n;

    buf_add(texts, s);
    return span_of(texts->p + from, texts->n - from);
}

static void digest_of(struct span options, char digest[17])
{
    uint8_t hash[SHA256_DIGEST_LENGTH];

    SHA256(options.p, options.n, hash);
    for (unsigned i = 0; i < 8; i++)
        snprintf(digest + 2 * i, 3, "%02x", hash[i]);
}

static struct redis_run *run_with(const struct run_info *info, unsigned buckets,
                                  struct span (*text)(struct buf *, struct span))
{
    struct redis_run *r = calloc(1, sizeof(*r) + buckets * sizeof(r->marks[0]));
    struct buf texts;

    if (!r)
        return NULL;
    texts = (struct buf){.p = r->texts, .cap = RUN_TEXTS, .max = RUN_TEXTS};
    r->info = *info;
    r->info.name = text(&texts, info->name);
    r->info.source = text(&texts, info->source);
    r->info.options = text(&texts, info->options);
    r->buckets = buckets;
    digest_of(r->info.options, r->digest);
    for (unsigned i = 0; i < buckets; i++)
        r->marks[i].bucket = (uint8_t)i;
    return r;
}

struct redis_run *redis_run_new(const struct run_info *info, unsigned buckets)
{
    struct redis_run *r = run_with(info, buckets, escaped);

    if (r)
        r->state = info->live ? RUN_OPEN : RUN_ASKED;
    return r;
}

struct redis_run *redis_run_restored(const struct run_info *info, unsigned buckets)
{
    struct redis_run *r = run_with(info, buckets, copied);

    if (r)
        r->state = RUN_OPEN;
    return r;
}

size_t redis_run_bytes(const struct redis_run *run)
{
    return sizeof(*run) + run->buckets * sizeof(run->marks[0]);
}

struct redis_run *redis_run_of_mark(const struct redis_mark *m)
{
    uintptr_t first = (uintptr_t)(m - m->bucket);

    return (struct redis_run *)(first - offsetof(struct redis_run, marks));
}

struct redis_seq redis_run_cut(const struct redis_run *run, struct redis_seq from, struct redis_seq to)
{
    struct redis_seq cut = {0, 0};

    if (!seq_less(from, run->furthest))
        return cut;
    for (unsigned i = 0; i < run->buckets; i++) {
        struct redis_seq at = run->marks[i].told.seq;

        if (seq_less(from, at) && seq_less(at, to) && (seq_none(cut) || seq_less(at, cut)))
            cut = at;
    }
    return cut;
}

uint64_t redis_gap_add(struct redis_gap *g, uint64_t from, uint64_t to)
{
    uint64_t before = g->to - g->from;

    if (from >= to)
        return 0;
    if (from > g->to || to < g->from || before == 0) {
        *g = (struct redis_gap){from, to};
        return to - from;
    }
    if (from < g->from)
        g->from = from;
    if (to > g->to)
        g->to = to;
    return g->to - g->from - before;
}
