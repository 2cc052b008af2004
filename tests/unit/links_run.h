/* SPDX-License-Identifier: Apache-2.0 */
/* links_run: one part through links, as text: a line a link, for the tests of that room. */
#ifndef MXTAP_TESTS_LINKS_RUN_H
#define MXTAP_TESTS_LINKS_RUN_H

#include "decoders/link/links.h"
#include "decoders/link/tag_memo.h"
#include "tests/unit/split.h"

struct links_run {
    const struct suffix *suffix;
    bool html;
    long fail_after; /* struct mem */
    bool brief;      /* tag, URL, text and its host only */
    struct tag_memo *memo;
};

static inline void run_field(FILE *out, const char *name, struct span value)
{
    if (value.p)
        fprintf(out, " %s=%.*s", name, SPAN_FMT(value));
}

static inline void run_print(FILE *out, const struct link *l)
{
    static const struct ip_addr none;
    char ip[IP_TEXT];

    fprintf(out, "%.*s", SPAN_FMT(l->url));
    run_field(out, "tag", span_cstr(l->tag));
    run_field(out, "scheme", l->scheme);
    run_field(out, "host", l->host);
    run_field(out, "domain", l->domain);
    if (l->port)
        fprintf(out, " port=%u", l->port);
    run_field(out, "path", l->path);
    if (!ip_eq(&l->ip, &none)) {
        ip_format(&l->ip, ip);
        fprintf(out, " ip=%s", ip);
    }
    if (l->userinfo)
        fprintf(out, " userinfo");
    run_field(out, "text", l->text);
    run_field(out, "text_host", l->text_host);
    run_field(out, "wrapped", l->wrapped);
    fprintf(out, "\n");
}

/* "a http://x [text] {host}" */
static inline void run_print_brief(FILE *out, const struct link *l)
{
    fprintf(out, "%s %.*s", l->tag ? l->tag : "-", SPAN_FMT(l->url));
    if (l->text.p)
        fprintf(out, " [%.*s]", SPAN_FMT(l->text));
    if (l->text_host.p)
        fprintf(out, " {%.*s}", SPAN_FMT(l->text_host));
    fprintf(out, "\n");
}

static inline void run_push(struct links *l, struct span input, size_t cut)
{
    struct span piece;
    size_t at = 0;

    while ((piece = split_next(input, cut, &at)).n)
        links_push(l, piece);
}

/* split_run: the links of input as text. */
static inline char *links_run(void *ctx, struct span input, size_t cut)
{
    static const struct hash_key key = {1, 2};
    const struct links_run *r = ctx;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct mem m;
    struct arena arena;
    struct links *l;
    uint32_t n = 0;

    mem_init(&m, 0);
    m.fail_after = r->fail_after;
    arena_init(&arena, &m, LIMIT_RECORD_BYTES);
    l = links_new(&m, &key, r->suffix);
    if (l) {
        links_remember(l, r->memo);
        links_reset(l, &arena);
        links_part_begin(l, r->html ? LINK_IN_HTML : LINK_IN_TEXT, r->html);
        run_push(l, input, cut);
        links_part_end(l);
        for (const struct link *all = links_all(l, &n), *i = all; i < all + n; i++)
            r->brief ? run_print_brief(out, i) : run_print(out, i);
        for (int a = 0; a < ANOMALY_COUNT; a++)
            if (anomaly_has(links_anomalies(l), a))
                fprintf(out, "! %s\n", anomaly_name(a));
    }
    links_free(l);
    arena_free(&arena);
    if (m.used)
        fprintf(out, "LEAK %zu\n", m.used);
    fclose(out);
    return text;
}

/* The links of one mail, and the arena that they come to. */
struct mail_links {
    struct mem m;
    struct arena arena;
    struct links *l;
};

static inline struct links *mail_begin(struct mail_links *x, const struct suffix *suffix, size_t room)
{
    static const struct hash_key key = {1, 2};

    mem_init(&x->m, 0);
    arena_init(&x->arena, &x->m, room);
    x->l = links_new(&x->m, &key, suffix);
    links_reset(x->l, &x->arena);
    return x->l;
}

static inline void mail_end(struct mail_links *x)
{
    links_free(x->l);
    arena_free(&x->arena);
    assert_int_equal(x->m.used, 0);
}

#endif
