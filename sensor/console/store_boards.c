/* SPDX-License-Identifier: Apache-2.0 */
/* store_boards: sorted sets: boards and the graph. */
#include "sensor/console/store_state.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCORES_A_TIME = 500 };

/* A score as Redis writes it: an integer of ours, but somebody else may have written anything. */
static uint64_t score_of(const struct redis_reply *r)
{
    return store_number(r);
}

struct board_asked {
    struct store *s;
    store_mails each;
    void *ctx;
    struct store_size *size;
    uint64_t bound;
    const char *what;
};

static void on_members(void *ctx, void *tag, const struct redis_reply *r)
{
    struct board_asked *a = ctx;

    (void)tag;
    if (store_error(a->s, r, a->what))
        return;
    for (size_t i = 0; i + 1 < redis_reply_n(r); i += 2)
        a->each(a->ctx, redis_reply_text(redis_reply_item(r, i)), score_of(redis_reply_item(r, i + 1)));
}

static void on_card(void *ctx, void *tag, const struct redis_reply *r)
{
    struct board_asked *a = ctx;
    struct store_size *size = &a->size[(uintptr_t)tag];

    if (store_error(a->s, r, a->what))
        return;
    size->members = store_number(r);
    size->full = a->bound && size->members >= a->bound;
}

static void on_least(void *ctx, void *tag, const struct redis_reply *r)
{
    struct board_asked *a = ctx;

    (void)tag;
    if (!store_error(a->s, r, a->what) && a->size->full && redis_reply_n(r) == 2)
        a->size->least = score_of(redis_reply_item(r, 1));
}

/* Size of the set in s->key, and its lowest score. */
static void ask_size(struct store *s, struct board_asked *a)
{
    struct span key = buf_span(&s->key);

    store_ask(s, on_card, a, (void *)0, (const struct span[]){SPAN("ZCARD"), key}, 2);
    store_ask(s, on_least, a, NULL,
              (const struct span[]){SPAN("ZRANGE"), key, SPAN("0"), SPAN("0"), SPAN("WITHSCORES")}, 5);
}

static bool ask_members(struct store *s, struct board_asked *a, uint64_t most)
{
    char last[24];

    snprintf(last, sizeof(last), "%lld", most ? (long long)most - 1 : -1LL);
    *a->size = (struct store_size){0};
    ask_size(s, a);
    store_ask(s, on_members, a, NULL,
              (const struct span[]){SPAN("ZRANGE"), buf_span(&s->key), SPAN("0"), span_cstr(last), SPAN("REV"),
                                    SPAN("WITHSCORES")}, 6);
    return store_wait(s);
}

bool store_board(struct store *s, enum redis_kind k, struct span period, uint64_t most, store_mails each, void *ctx,
                 struct store_size *size)
{
    struct board_asked a = {s, each, ctx, size, s->options.top, "boards (top)"};

    key_board(store_key(s), span_of(NULL, 0), k, period);
    return ask_members(s, &a, most);
}

bool store_graph(struct store *s, enum redis_kind k, struct span value, enum redis_kind other, uint64_t most,
                 store_mails each, void *ctx, struct store_size *size)
{
    struct board_asked a = {s, each, ctx, size, s->options.fanout, "graph's keys"};
    struct buf text;

    buf_init(&text, &s->mem, 4096);
    key_of_member(&text, k, value);
    key_graph(store_key(s), k, buf_span(&text), other);
    buf_free(&text);
    return ask_members(s, &a, most);
}

bool store_senders(struct store *s, enum redis_kind k, const struct span *values, uint32_t n,
                   struct store_size *sizes)
{
    struct board_asked a = {s, NULL, NULL, sizes, s->options.fanout, "graph's keys"};
    struct buf text;

    memset(sizes, 0, n * sizeof(*sizes));
    buf_init(&text, &s->mem, 4096);
    for (uint32_t i = 0; i < n; i++) {
        buf_clear(&text);
        key_of_member(&text, k, values[i]);
        key_graph(store_key(s), k, buf_span(&text), KIND_IP);
        store_ask(s, on_card, &a, (void *)(uintptr_t)i, (const struct span[]){SPAN("ZCARD"), buf_span(&s->key)}, 2);
    }
    buf_free(&text);
    return store_wait(s);
}

struct scores_asked {
    struct store *s;
    uint64_t *mails;
    bool *absent;
    uint32_t n;
};

static void on_scores(void *ctx, void *tag, const struct redis_reply *r)
{
    struct scores_asked *a = ctx;
    uint32_t from = (uint32_t)(uintptr_t)tag;

    if (store_error(a->s, r, "boards (top)"))
        return;
    for (uint32_t i = 0; i < redis_reply_n(r) && from + i < a->n; i++) {
        const struct redis_reply *x = redis_reply_item(r, i);

        a->absent[from + i] = redis_reply_kind(x) == REPLY_NIL;
        a->mails[from + i] = score_of(x);
    }
}

bool store_scores(struct store *s, enum redis_kind k, struct span period, const struct span *values, uint32_t n,
                  uint64_t *mails, bool *absent, struct store_size *size)
{
    struct board_asked b = {s, NULL, NULL, size, s->options.top, "boards (top)"};
    struct scores_asked a = {s, mails, absent, n};
    struct span args[SCORES_A_TIME + 2] = {SPAN("ZMSCORE")};

    *size = (struct store_size){0};
    key_board(store_key(s), span_of(NULL, 0), k, period);
    args[1] = buf_span(&s->key);
    ask_size(s, &b);
    for (uint32_t from = 0; from < n; from += SCORES_A_TIME) {
        uint32_t some = n - from < SCORES_A_TIME ? n - from : SCORES_A_TIME;

        for (uint32_t i = 0; i < some; i++) {
            args[i + 2] = values[from + i];
            absent[from + i] = true;
            mails[from + i] = 0;
        }
        store_ask(s, on_scores, &a, (void *)(uintptr_t)from, args, some + 2);
    }
    return store_wait(s);
}
