/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_links: a part in pieces, HTML or text, with gaps; checks the links' caps and that pieces do not matter. */
#include <stdlib.h>

#include "decoders/link/links.h"
#include "decoders/link/tag_memo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x) ((x) ? (void)0 : abort())

/* First byte: options; second: seed of the pieces. */
enum { IS_HTML = 1, GAPS = 2, SHORT_OF_MEMORY = 4, CONTENT_LINES = 8, IN_HEADER = 16 };

struct cuts {
    uint32_t state; /* 0: everything at once */
};

static size_t next_piece(struct cuts *c, size_t left)
{
    if (!c->state)
        return left;
    c->state = c->state * 1103515245 + 12345;
    return 1 + (c->state >> 16) % 23 < left ? 1 + (c->state >> 16) % 23 : left;
}

static uint64_t mix(uint64_t hash, struct span s)
{
    hash = (hash ^ (s.p ? s.n + 1 : 0)) * UINT64_C(1099511628211);
    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ s.p[i]) * UINT64_C(1099511628211);
    return hash;
}

static void check_link(const struct link *l)
{
    CHECK(l->url.n && l->url.n <= LIMIT_URL);
    CHECK(l->host.n <= 255 && l->domain.n <= l->host.n);
    CHECK(l->text.n <= LIMIT_LINK_TEXT && l->wrapped.n <= LIMIT_URL);
    CHECK(!l->domain.p || (l->domain.p >= l->host.p && l->domain.p + l->domain.n == l->host.p + l->host.n));
    for (size_t i = 0; i < l->scheme.n; i++)
        CHECK(l->scheme.p[i] > ' ' && l->scheme.p[i] < 0x7f);
}

static uint64_t hash_links(struct links *l)
{
    uint32_t n;
    const struct link *all = links_all(l, &n);
    uint64_t hash = links_anomalies(l);

    CHECK(n <= LIMIT_LINKS);
    for (uint32_t i = 0; i < n; i++) {
        check_link(&all[i]);
        CHECK(all[i].host_back <= i);
        CHECK(all[i].host.n == all[i - all[i].host_back].host.n && all[i].domain.n == all[i - all[i].host_back].domain.n);
        CHECK(!all[i].host_back || (all[i].host.n && !memcmp(all[i].host.p, all[i - all[i].host_back].host.p, all[i].host.n)));
        hash = mix(hash, all[i].url);
        hash = mix(hash, all[i].host);
        hash = mix(hash, all[i].text);
        hash = mix(hash, all[i].text_host);
        hash = mix(hash, span_cstr(all[i].tag));
        hash = mix(hash, all[i].wrapped);
    }
    return hash;
}

static void push(struct links *l, struct span text, uint8_t options, struct cuts cuts)
{
    enum link_in in = options & IN_HEADER ? LINK_IN_HEADER : LINK_IN_TEXT;

    if (options & CONTENT_LINES)
        links_part_begin_lines(l, in);
    else
        links_part_begin(l, in, options & IS_HTML);
    for (size_t i = 0; i < text.n;) {
        size_t n = next_piece(&cuts, text.n - i);

        links_push(l, span_head(span_from(text, i), n));
        i += n;
        if ((options & GAPS) && cuts.state >> 24 == 7)
            links_gap(l);
    }
    links_part_end(l);
}

/* Twice with one object: a mail leaves nothing behind for the next. */
static uint64_t run(const struct suffix *suffix, struct tag_memo *memo, struct span text, uint8_t options, struct cuts cuts)
{
    static const struct hash_key key = {3, 4};
    struct mem m;
    struct arena arena;
    struct links *l;
    uint64_t hash = 0;

    mem_init(&m, 0);
    if (options & SHORT_OF_MEMORY)
        m.fail_after = 1 + options / 8;
    arena_init(&arena, &m, LIMIT_RECORD_BYTES);
    l = links_new(&m, &key, suffix);
    if (l)
        links_remember(l, memo);
    for (int mail = 0; l && mail < 2; mail++) {
        uint64_t before = hash;

        arena_reset(&arena);
        links_reset(l, &arena);
        push(l, text, options, cuts);
        hash = hash_links(l);
        CHECK(!mail || hash == before || (options & SHORT_OF_MEMORY));
    }
    links_free(l);
    arena_free(&arena);
    CHECK(m.used == 0);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mem suffix_mem;
    static struct suffix *suffix;
    static struct tag_memo *memo; /* of all inputs so far */
    struct span text = span_of(data + 2, size < 2 ? 0 : size - 2);
    struct cuts cuts = {0};
    uint64_t whole;

    if (size < 2)
        return 0;
    if (!suffix)
        suffix = suffix_new(&suffix_mem, NULL, &(struct hash_key){1, 2});
    if (!memo)
        memo = tag_memo_new(&suffix_mem);
    cuts.state = data[1] + 1u;
    if (data[0] & (GAPS | SHORT_OF_MEMORY)) {
        run(suffix, memo, text, data[0], cuts);
        return 0;
    }
    whole = run(suffix, NULL, text, data[0], (struct cuts){0});
    CHECK(run(suffix, memo, text, data[0], cuts) == whole);
    CHECK(run(suffix, memo, text, data[0], (struct cuts){0}) == whole);
    return 0;
}
