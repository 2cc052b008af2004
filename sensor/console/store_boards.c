/* SPDX-License-Identifier: Apache-2.0 */
/* store_boards: sorted sets: boards and the graph. */
#include "sensor/console/store_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "sensor/language.h"

enum { SCORES_A_TIME = 500 };

/* A score as Redis writes it: an integer of ours, but somebody else may have written anything. */
static uint64_t score_of(const struct redis_reply *r)
{
    return store_number(r);
}

struct board_asked {
    struct store *s;
    store_mails each; /* single server: shown as they come */
    void *ctx;
    struct found *found; /* cluster: kept, to be shown in one order */
    struct store_size *sizes; /* a bucket's, or a value's, each */
    uint64_t bound; /* from how many members on it is trimmed */
    bool choosy;    /* a board: it may lack somebody before that (redis_step_entities.c, floor_of) */
    const char *what;
};

/* --- members of all buckets, as one server would show them --- */

struct member {
    struct span value;
    uint64_t mails;
};

struct found {
    struct arena arena;
    struct member *v;
    size_t n, cap;
    bool no_memory;
};

enum { FOUND_BYTES = 512 << 20, FOUND_FIRST = 1024 };

static void find(struct found *f, struct span value, uint64_t mails)
{
    if (f->n == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : FOUND_FIRST;
        struct member *grown = realloc(f->v, cap * sizeof(*grown));

        f->no_memory |= !grown;
        if (!grown)
            return;
        f->v = grown;
        f->cap = cap;
    }
    f->v[f->n] = (struct member){arena_dup(&f->arena, value), mails};
    f->n += f->v[f->n].value.p != NULL || !value.n;
}

/* ZRANGE REV's order: by score, then by bytes, both falling. */
static int by_rank(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    size_t n = a->value.n < b->value.n ? a->value.n : b->value.n;
    int order;

    if (a->mails != b->mails)
        return a->mails > b->mails ? -1 : 1;
    order = n ? memcmp(b->value.p, a->value.p, n) : 0;
    return order ? order : (b->value.n > a->value.n) - (b->value.n < a->value.n);
}

/* The `most` highest (0 = all). */
static void show(struct found *f, uint64_t most, store_mails each, void *ctx)
{
    if (f->n)
        qsort(f->v, f->n, sizeof(*f->v), by_rank);
    for (size_t i = 0; i < f->n && (!most || i < most); i++)
        each(ctx, f->v[i].value, f->v[i].mails);
}

static void on_members(void *ctx, void *tag, const struct redis_reply *r)
{
    struct board_asked *a = ctx;

    (void)tag;
    if (store_error(a->s, r, a->what))
        return;
    for (size_t i = 0; i + 1 < redis_reply_n(r); i += 2) {
        struct span value = redis_reply_text(redis_reply_item(r, i));
        uint64_t mails = score_of(redis_reply_item(r, i + 1));

        if (a->found)
            find(a->found, value, mails);
        else
            a->each(a->ctx, value, mails);
    }
}

static void ask_members(struct board_asked *a, uint64_t most)
{
    char last[24];

    snprintf(last, sizeof(last), "%lld", most ? (long long)most - 1 : -1LL);
    store_ask(a->s, on_members, a, NULL,
              (const struct span[]){SPAN("ZRANGE"), buf_span(&a->s->key), SPAN("0"), span_cstr(last), SPAN("REV"),
                                    SPAN("WITHSCORES")}, 6);
}

/* --- sizes --- */

/* What somebody may have who is missing on a board of so many members (redis_step_entities.c, floor_of). */
static uint64_t least_there(uint64_t members, uint64_t bound)
{
    uint64_t least = 8 * members < bound ? 0 : (8 * members - bound) * 50 / (8 * bound) + 1;

    return members >= bound || least > 31 ? 31 : least;
}

static void on_card(void *ctx, void *tag, const struct redis_reply *r)
{
    struct board_asked *a = ctx;
    struct store_size *size = &a->sizes[(uintptr_t)tag];
    uint64_t least;

    if (store_error(a->s, r, a->what))
        return;
    size->members = store_number(r);
    size->full = a->bound && size->members >= a->bound;
    if (!a->choosy || !a->bound) {
        size->least = size->full ? size->least : 0;
        return;
    }
    least = least_there(size->members, a->bound);
    if (!size->full || size->least < least)
        size->least = least;
    size->full = size->least > 0;
}

/* Comes before the number of members, which tells whether it means anything. */
static void on_least(void *ctx, void *tag, const struct redis_reply *r)
{
    struct board_asked *a = ctx;

    if (!store_error(a->s, r, a->what) && redis_reply_n(r) == 2)
        a->sizes[(uintptr_t)tag].least = score_of(redis_reply_item(r, 1));
}

/* Size of the set in s->key, and its lowest score. */
static void ask_size(struct board_asked *a, unsigned at)
{
    struct span key = buf_span(&a->s->key);

    store_ask(a->s, on_least, a, (void *)(uintptr_t)at,
              (const struct span[]){SPAN("ZRANGE"), key, SPAN("0"), SPAN("0"), SPAN("WITHSCORES")}, 5);
    store_ask(a->s, on_card, a, (void *)(uintptr_t)at, (const struct span[]){SPAN("ZCARD"), key}, 2);
}

/* What a value may have that no bucket shows: at most the most that any full bucket leaves open. */
static struct store_size sum_of(const struct store_size *sizes, unsigned n)
{
    struct store_size sum = {0};

    for (unsigned i = 0; i < n; i++) {
        sum.members += sizes[i].members;
        sum.full |= sizes[i].full;
        if (sizes[i].full && sizes[i].least > sum.least)
            sum.least = sizes[i].least;
    }
    return sum;
}

/* --- boards --- */

static void bound_of_board(struct board_asked *a)
{
    a->bound = store_bound(a->s, a->s->options.top);
    a->choosy = true;
}

static bool single_board(struct store *s, struct board_asked *a, uint64_t most)
{
    ask_size(a, 0);
    ask_members(a, most);
    return store_wait(s);
}

/* The sizes first: callers want to know the whole's when they see its members. */
static bool merged_board(struct store *s, enum redis_kind k, struct span period, uint64_t most, struct board_asked a,
                         struct store_size *size)
{
    struct store_size sizes[REDIS_BUCKETS] = {{0}};
    struct found found = {.n = 0};
    bool ok;

    a.sizes = sizes;
    a.found = &found;
    arena_init(&found.arena, &s->mem, FOUND_BYTES);
    for (unsigned i = 0; i < s->buckets; i++) {
        key_board(store_key(s, i), span_of(NULL, 0), k, period);
        ask_size(&a, i);
        ask_members(&a, most);
    }
    ok = store_wait(s);
    *size = sum_of(sizes, s->buckets);
    if (ok && !found.no_memory)
        show(&found, most, a.each, a.ctx);
    if (ok && found.no_memory)
        snprintf(s->why, sizeof(s->why), _("no memory for a board"));
    arena_free(&found.arena);
    free(found.v);
    return ok && !found.no_memory;
}

bool store_board(struct store *s, enum redis_kind k, struct span period, uint64_t most, store_mails each, void *ctx,
                 struct store_size *size)
{
    struct board_asked a = {.s = s, .each = each, .ctx = ctx, .sizes = size, .what = N_("boards (top)")};

    bound_of_board(&a);
    *size = (struct store_size){0};
    if (s->buckets > 1)
        return merged_board(s, k, period, most, a, size);
    key_board(store_key(s, 0), span_of(NULL, 0), k, period);
    return single_board(s, &a, most);
}

/* --- the graph: all of a value's is in its bucket --- */

static void graph_key(struct store *s, enum redis_kind k, struct span value, enum redis_kind other)
{
    unsigned bucket = store_bucket(s, k, value);
    struct buf text;

    buf_init(&text, &s->mem, 4096);
    key_of_member(&text, k, value);
    key_graph(store_key(s, bucket), k, buf_span(&text), other);
    buf_free(&text);
}

bool store_graph(struct store *s, enum redis_kind k, struct span value, enum redis_kind other, uint64_t most,
                 store_mails each, void *ctx, struct store_size *size)
{
    struct board_asked a = {s, each, ctx, NULL, size, s->options.fanout, false, "graph's keys"};

    *size = (struct store_size){0};
    graph_key(s, k, value, other);
    return single_board(s, &a, most);
}

bool store_senders(struct store *s, enum redis_kind k, const struct span *values, uint32_t n,
                   struct store_size *sizes)
{
    struct board_asked a = {s, NULL, NULL, NULL, sizes, s->options.fanout, false, "graph's keys"};

    memset(sizes, 0, n * sizeof(*sizes));
    for (uint32_t i = 0; i < n; i++) {
        graph_key(s, k, values[i], KIND_IP);
        store_ask(s, on_card, &a, (void *)(uintptr_t)i, (const struct span[]){SPAN("ZCARD"), buf_span(&s->key)}, 2);
    }
    return store_wait(s);
}

/* --- scores --- */

struct scores_asked {
    struct store *s;
    enum redis_kind kind;
    struct span period;
    const struct span *values;
    const uint32_t *order; /* of the values: bucket by bucket */
    uint64_t *mails;
    bool *absent;
    uint32_t n;
};

static void on_scores(void *ctx, void *tag, const struct redis_reply *r)
{
    struct scores_asked *a = ctx;
    uint32_t from = (uint32_t)(uintptr_t)tag;

    if (store_error(a->s, r, N_("boards (top)")))
        return;
    for (uint32_t i = 0; i < redis_reply_n(r) && from + i < a->n; i++) {
        const struct redis_reply *x = redis_reply_item(r, i);
        uint32_t at = a->order[from + i];

        a->absent[at] = redis_reply_kind(x) == REPLY_NIL;
        a->mails[at] = score_of(x);
    }
}

/* The values order[from..to) are all in one bucket. */
static void ask_scores(struct scores_asked *a, unsigned bucket, uint32_t from, uint32_t to)
{
    struct span args[SCORES_A_TIME + 2] = {SPAN("ZMSCORE")};

    key_board(store_key(a->s, bucket), span_of(NULL, 0), a->kind, a->period);
    args[1] = buf_span(&a->s->key);
    for (; from < to; from += SCORES_A_TIME) {
        uint32_t some = to - from < SCORES_A_TIME ? to - from : SCORES_A_TIME;

        for (uint32_t i = 0; i < some; i++)
            args[i + 2] = a->values[a->order[from + i]];
        store_ask(a->s, on_scores, a, (void *)(uintptr_t)from, args, some + 2);
    }
}

/* order becomes the values' places bucket by bucket; ends[b]: behind those of bucket b. */
static bool sort_by_bucket(struct store *s, enum redis_kind k, const struct span *values, uint32_t n, uint32_t *order,
                           uint32_t ends[REDIS_BUCKETS])
{
    uint8_t *buckets = malloc(n + 1);
    uint32_t at[REDIS_BUCKETS], sum = 0;

    if (!buckets)
        return false;
    memset(ends, 0, REDIS_BUCKETS * sizeof(*ends));
    for (uint32_t i = 0; i < n; i++) {
        buckets[i] = (uint8_t)store_bucket(s, k, values[i]);
        ends[buckets[i]]++;
    }
    for (unsigned b = 0; b < REDIS_BUCKETS; b++) {
        at[b] = sum;
        sum += ends[b];
        ends[b] = sum;
    }
    for (uint32_t i = 0; i < n; i++)
        order[at[buckets[i]]++] = i;
    free(buckets);
    return true;
}

static bool all_scores(struct store *s, struct scores_asked *a, uint32_t *order, struct store_size *size)
{
    struct store_size sizes[REDIS_BUCKETS] = {{0}};
    struct board_asked b = {.s = s, .sizes = sizes, .what = N_("boards (top)")};
    uint32_t ends[REDIS_BUCKETS], from = 0;
    bool ok;

    bound_of_board(&b);
    if (!sort_by_bucket(s, a->kind, a->values, a->n, order, ends)) {
        snprintf(s->why, sizeof(s->why), _("no memory"));
        return false;
    }
    a->order = order;
    for (unsigned i = 0; i < s->buckets; i++) {
        key_board(store_key(s, i), span_of(NULL, 0), a->kind, a->period);
        ask_size(&b, i);
        ask_scores(a, i, from, ends[i]);
        from = ends[i];
    }
    ok = store_wait(s);
    *size = sum_of(sizes, s->buckets);
    return ok;
}

bool store_scores(struct store *s, enum redis_kind k, struct span period, const struct span *values, uint32_t n,
                  uint64_t *mails, bool *absent, struct store_size *size)
{
    struct scores_asked a = {s, k, period, values, NULL, mails, absent, n};
    uint32_t *order = malloc((n + 1) * sizeof(*order));
    bool ok;

    *size = (struct store_size){0};
    for (uint32_t i = 0; i < n; i++) {
        absent[i] = true;
        mails[i] = 0;
    }
    if (!order)
        snprintf(s->why, sizeof(s->why), _("no memory"));
    ok = order && all_scores(s, &a, order, size);
    free(order);
    return ok;
}

/* --- whose days --- */

struct calendar_asked {
    struct store *s;
    struct calendar *out;
};

static void on_calendar(void *ctx, void *tag, const struct redis_reply *r)
{
    struct calendar_asked *a = ctx;
    struct store *s = a->s;
    char name[CALENDAR_NAME], why[CALENDAR_WHY];
    struct span text;

    (void)tag;
    if (store_error(s, r, N_("days (calendar)")) || redis_reply_n(r) != 1)
        return;
    text = redis_reply_text(redis_reply_item(r, 0));
    snprintf(name, sizeof(name), "%.*s", (int)(text.n < sizeof(name) ? text.n : 0), text.n ? (const char *)text.p : "");
    if (!text.n || s->wrong || calendar_parse(name, a->out, why))
        return;
    s->wrong = true;
    snprintf(s->why, sizeof(s->why), _("%s keeps the days of %.60s: %.200s"), s->where, name, why);
}

bool store_calendar(struct store *s, struct calendar *c)
{
    struct calendar_asked a = {s, c};

    buf_add(store_key(s, 0), SPAN(KEY_CALENDAR));
    store_ask(s, on_calendar, &a, NULL, (const struct span[]){SPAN("HMGET"), buf_span(&s->key), SPAN("timezone")}, 3);
    return store_wait(s);
}
