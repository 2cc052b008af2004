/* SPDX-License-Identifier: Apache-2.0 */
/* store: connection, errors; hashes and streams. Sorted sets are store_boards'. */
#include "sensor/console/store_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "sensor/language.h"

enum { KEY_MAX = 4096 };

/* --- opening --- */

static bool take_url(struct store *s, char err[STORE_ERR])
{
    if (redis_url_parse(s->options.url, &s->url, err, STORE_ERR) != 0 ||
        !redis_url_secure(&s->url, &s->options.tls, err, STORE_ERR))
        return false;
    if (!s->url.password && s->options.password)
        s->url.password = strdup(s->options.password);
    redis_url_show(&s->url, s->where, sizeof(s->where));
    s->buckets = s->url.cluster ? REDIS_BUCKETS : 1;
    return true;
}

struct store *store_open(const struct store_options *o, char err[STORE_ERR])
{
    struct store *s = calloc(1, sizeof(*s));

    if (!s) {
        snprintf(err, STORE_ERR, _("no memory"));
        return NULL;
    }
    s->options = *o;
    mem_init(&s->mem, 0);
    buf_init(&s->key, &s->mem, KEY_MAX);
    if (!take_url(s, err)) {
        store_close(s);
        return NULL;
    }
    s->ask = redis_ask_new(&s->url, o->stop);
    if (!s->ask)
        snprintf(err, STORE_ERR, _("no memory"));
    if (!s->ask || !store_again(s)) {
        if (s->ask)
            snprintf(err, STORE_ERR, "%s", s->why);
        store_close(s);
        return NULL;
    }
    return s;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    redis_ask_free(s->ask);
    redis_url_free(&s->url);
    buf_free(&s->key);
    free(s);
}

bool store_again(struct store *s)
{
    s->wrong = false;
    s->lost = !redis_ask_connect(s->ask);
    if (!s->lost)
        return true;
    snprintf(s->why, sizeof(s->why), _("%s cannot be asked: %s; --redis URL names another server"), s->where, redis_ask_why(s->ask));
    return false;
}

const char *store_where(const struct store *s)
{
    return s->where;
}

bool store_lost(const struct store *s)
{
    return s->lost;
}

const char *store_why(const struct store *s)
{
    return s->why;
}

/* --- asking --- */

struct buf *store_key(struct store *s, unsigned bucket)
{
    char tag[BUCKET_TAG];

    s->bucket = bucket;
    redis_bucket_tag(bucket, tag);
    buf_clear(&s->key);
    buf_add(&s->key, span_cstr(s->options.prefix));
    buf_add(&s->key, SPAN(":"));
    if (s->buckets > 1)
        buf_add(&s->key, span_cstr(tag));
    return &s->key;
}

unsigned store_bucket(struct store *s, enum redis_kind k, struct span value)
{
    if (s->buckets == 1)
        return 0;
    buf_clear(&s->key);
    key_of_member(&s->key, k, value);
    return redis_bucket_of(span_cstr(kind_name(k)), buf_span(&s->key));
}

uint64_t store_bound(const struct store *s, uint64_t whole)
{
    return s->buckets > 1 ? (whole + 15) / 16 : whole;
}

bool store_ask(struct store *s, redis_answer answer, void *ctx, void *tag, const struct span *args, unsigned n)
{
    return redis_ask_put(s->ask, s->bucket, answer, ctx, tag, args, n);
}

bool store_wait(struct store *s)
{
    bool there = redis_ask_wait(s->ask), ok = there && !s->wrong;

    if (!there && !s->wrong)
        snprintf(s->why, sizeof(s->why), _("%s went away: %s"), s->where, redis_ask_why(s->ask));
    s->wrong = false;
    s->lost = !there;
    return ok;
}

bool store_error(struct store *s, const struct redis_reply *r, const char *what)
{
    struct span text = redis_reply_text(r);
    bool other = span_starts_nocase(text, SPAN("WRONGTYPE"));

    if (redis_reply_kind(r) != REPLY_ERROR)
        return false;
    if (s->wrong)
        return true;
    s->wrong = true;
    if (other)
        snprintf(s->why, sizeof(s->why), _("%s is not mxtap's: the %s under %s: have another type; choose another "
                 "--redis-prefix"), s->where, _(what), s->options.prefix);
    else
        snprintf(s->why, sizeof(s->why), "%s %s: %.*s", s->where,
                 redis_trouble(text) == TROUBLE_WAIT ? _("is not ready, try again") : _("refuses"),
                 (int)(text.n < 200 ? text.n : 200), (const char *)text.p);
    return true;
}

uint64_t store_number(const struct redis_reply *r)
{
    struct span text;
    uint64_t v = 0;

    if (redis_reply_kind(r) == REPLY_INTEGER)
        return redis_reply_integer(r) > 0 ? (uint64_t)redis_reply_integer(r) : 0;
    text = redis_reply_text(r);
    for (size_t i = 0; i < text.n && ascii_digit(text.p[i]) && v < UINT64_MAX / 16; i++)
        v = v * 10 + (uint64_t)(text.p[i] - '0');
    return v;
}

/* --- hashes --- */

struct fields_asked {
    struct store *s;
    store_field each;
    void *ctx;
    const char *what;
};

static void on_fields(void *ctx, void *tag, const struct redis_reply *r)
{
    struct fields_asked *a = ctx;

    (void)tag;
    if (store_error(a->s, r, a->what))
        return;
    for (size_t i = 0; i + 1 < redis_reply_n(r); i += 2)
        a->each(a->ctx, redis_reply_text(redis_reply_item(r, i)), redis_reply_text(redis_reply_item(r, i + 1)));
}

static bool ask_hash(struct store *s, const char *what, store_field each, void *ctx)
{
    struct fields_asked a = {s, each, ctx, what};

    store_ask(s, on_fields, &a, NULL, (const struct span[]){SPAN("HGETALL"), buf_span(&s->key)}, 2);
    return store_wait(s);
}

bool store_entity(struct store *s, enum redis_kind k, struct span value, store_field each, void *ctx)
{
    struct buf *key = store_key(s, store_bucket(s, k, value));

    key_entity_stem(key, k);
    key_of_member(key, k, value);
    return ask_hash(s, N_("entities"), each, ctx);
}

bool store_stats(struct store *s, store_field each, void *ctx)
{
    buf_add(store_key(s, 0), SPAN(KEY_STATS));
    return ask_hash(s, N_("statistics (stats)"), each, ctx);
}

bool store_sensor(struct store *s, struct span name, store_field each, void *ctx)
{
    key_sensor(store_key(s, 0), name);
    return ask_hash(s, "sensors", each, ctx);
}

struct seen_asked {
    struct store *s;
    struct store_seen *out;
};

static void copy_time(char out[24], const struct redis_reply *r)
{
    struct span text = redis_reply_text(r);

    snprintf(out, 24, "%.*s", (int)(text.n < 20 ? text.n : 20), text.n ? (const char *)text.p : "");
}

static void on_seen(void *ctx, void *tag, const struct redis_reply *r)
{
    struct seen_asked *a = ctx;
    struct store_seen *out = &a->out[(uintptr_t)tag];

    if (store_error(a->s, r, N_("entities")) || redis_reply_n(r) != 2)
        return;
    copy_time(out->first, redis_reply_item(r, 0));
    copy_time(out->last, redis_reply_item(r, 1));
}

bool store_seen(struct store *s, enum redis_kind k, const struct span *values, uint32_t n, struct store_seen *out)
{
    struct seen_asked a = {s, out};

    memset(out, 0, n * sizeof(*out));
    for (uint32_t i = 0; i < n; i++) {
        struct buf *key = store_key(s, store_bucket(s, k, values[i]));

        key_entity_stem(key, k);
        key_of_member(key, k, values[i]);
        store_ask(s, on_seen, &a, (void *)(uintptr_t)i,
                  (const struct span[]){SPAN("HMGET"), buf_span(key), SPAN("first_seen"), SPAN("last_seen")}, 4);
    }
    return store_wait(s);
}

/* --- streams --- */

enum { ENTRY_FIELDS = 128 };

struct page_asked {
    struct store *s;
    bool (*each)(void *ctx, const struct store_entry *e);
    void *ctx;
    char *before;
    unsigned *n;
};

static struct store_entry entry_of(const struct redis_reply *r, struct span texts[ENTRY_FIELDS])
{
    struct store_entry e = {.texts = texts};
    const struct redis_reply *fields;

    if (redis_reply_n(r) != 2)
        return e;
    e.id = redis_reply_text(redis_reply_item(r, 0));
    fields = redis_reply_item(r, 1);
    for (size_t i = 0; i < redis_reply_n(fields) && e.n < ENTRY_FIELDS; i++)
        texts[e.n++] = redis_reply_text(redis_reply_item(fields, i));
    return e;
}

static void on_page(void *ctx, void *tag, const struct redis_reply *r)
{
    struct page_asked *a = ctx;
    struct span texts[ENTRY_FIELDS];
    struct store_entry e = {.n = 0};
    bool more = true;

    (void)tag;
    if (store_error(a->s, r, N_("streams")))
        return;
    for (size_t i = 0; i < redis_reply_n(r); i++) {
        e = entry_of(redis_reply_item(r, i), texts);
        more = more && a->each(a->ctx, &e);
    }
    *a->n = (unsigned)redis_reply_n(r);
    if (e.id.n && e.id.n < STORE_ID)
        snprintf(a->before, STORE_ID, "%.*s", SPAN_FMT(e.id));
}

static void stream_key(struct store *s, enum store_stream which)
{
    buf_add(store_key(s, 0), which == STORE_MAILS ? SPAN(KEY_MAILS) : SPAN(KEY_SESSIONS));
}

/* The newest first, or the oldest: from `at` on, which itself is left out. */
static bool ask_page(struct store *s, enum store_stream which, bool oldest_first, unsigned most, struct page_asked *a)
{
    char from[STORE_ID + 1], count[16];

    *a->n = 0;
    stream_key(s, which);
    snprintf(from, sizeof(from), "%s%s", a->before[0] ? "(" : oldest_first ? "-" : "+", a->before);
    snprintf(count, sizeof(count), "%u", most);
    store_ask(s, on_page, a, NULL,
              (const struct span[]){oldest_first ? SPAN("XRANGE") : SPAN("XREVRANGE"), buf_span(&s->key), span_cstr(from),
                                    oldest_first ? SPAN("+") : SPAN("-"), SPAN("COUNT"), span_cstr(count)}, 6);
    return store_wait(s);
}

bool store_page(struct store *s, enum store_stream which, char before[STORE_ID], unsigned most,
                bool (*each)(void *ctx, const struct store_entry *e), void *ctx, unsigned *n)
{
    return ask_page(s, which, false, most, &(struct page_asked){s, each, ctx, before, n});
}

bool store_page_on(struct store *s, enum store_stream which, char after[STORE_ID], unsigned most,
                   bool (*each)(void *ctx, const struct store_entry *e), void *ctx, unsigned *n)
{
    return ask_page(s, which, true, most, &(struct page_asked){s, each, ctx, after, n});
}

struct number_asked {
    struct store *s;
    uint64_t *out;
    const char *what;
};

static void on_number(void *ctx, void *tag, const struct redis_reply *r)
{
    struct number_asked *a = ctx;

    (void)tag;
    if (!store_error(a->s, r, a->what))
        *a->out += store_number(r);
}

bool store_stream_length(struct store *s, enum store_stream which, uint64_t *out)
{
    struct number_asked a = {s, out, N_("streams")};

    *out = 0;
    stream_key(s, which);
    store_ask(s, on_number, &a, NULL, (const struct span[]){SPAN("XLEN"), buf_span(&s->key)}, 2);
    return store_wait(s);
}

bool store_distinct(struct store *s, enum redis_kind k, struct span day, uint64_t *out)
{
    struct number_asked a = {s, out, N_("distinct counts (uniq)")};

    *out = 0;
    for (unsigned i = 0; i < s->buckets; i++) {
        key_uniq(store_key(s, i), k, day);
        store_ask(s, on_number, &a, NULL, (const struct span[]){SPAN("PFCOUNT"), buf_span(&s->key)}, 2);
    }
    return store_wait(s);
}

struct span store_entry_field(const struct store_entry *e, const char *name)
{
    struct span wanted = span_cstr(name);

    for (unsigned i = 0; i + 1 < e->n; i += 2)
        if (span_eq(e->texts[i], wanted))
            return e->texts[i + 1];
    return span_of(NULL, 0);
}
