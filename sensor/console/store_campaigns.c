/* SPDX-License-Identifier: Apache-2.0 */
/* store_campaigns: the console's only writes: the campaigns of one reckoning take the place of the last. */
#include "sensor/console/store_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "sensor/language.h"

enum { KEPT_SECONDS = 30 * 86400, ARGS = 300 };
static const char *const parts[] = {"ip", "net", "helo", "domain", "traits"};
enum { PARTS = sizeof(parts) / sizeof(*parts) };

struct old_ids {
    struct store *s;
    struct buf *ids; /* each with a NUL behind it */
};

static void on_old(void *ctx, void *tag, const struct redis_reply *r)
{
    struct old_ids *a = ctx;

    (void)tag;
    if (store_error(a->s, r, N_("campaigns")))
        return;
    for (size_t i = 0; i < redis_reply_n(r); i++) {
        buf_add(a->ids, redis_reply_text(redis_reply_item(r, i)));
        buf_add_byte(a->ids, 0);
    }
}

static void on_written(void *ctx, void *tag, const struct redis_reply *r)
{
    struct store *s = ctx;

    (void)tag;
    store_error(s, r, N_("campaigns"));
    /* EXEC's answer holds those of its commands. */
    for (size_t i = 0; i < redis_reply_n(r); i++)
        store_error(s, redis_reply_item(r, i), N_("campaigns"));
}

static bool write_command(struct store *s, const struct span *args, unsigned n)
{
    return store_ask(s, on_written, s, NULL, args, n);
}

static void expire(struct store *s)
{
    char seconds[16];

    snprintf(seconds, sizeof(seconds), "%d", KEPT_SECONDS);
    write_command(s, (const struct span[]){SPAN("EXPIRE"), buf_span(&s->key), span_cstr(seconds)}, 3);
}

static void unlink_key(struct store *s)
{
    write_command(s, (const struct span[]){SPAN("UNLINK"), buf_span(&s->key)}, 2);
}

static void unlink_old(struct store *s, struct span ids)
{
    while (ids.n) {
        size_t end = span_find(ids, 0, 0);
        struct span id = span_head(ids, end);

        key_campaign(store_key(s, 0), id, span_of(NULL, 0));
        unlink_key(s);
        for (unsigned p = 0; p < PARTS; p++) {
            key_campaign(store_key(s, 0), id, span_cstr(parts[p]));
            unlink_key(s);
        }
        ids = span_from(ids, end + 1);
    }
    buf_add(store_key(s, 0), SPAN(KEY_CAMPAIGNS));
    unlink_key(s);
}

bool store_campaigns_begin(struct store *s)
{
    struct buf ids;
    struct old_ids a = {s, &ids};
    bool ok;

    buf_init(&ids, &s->mem, 16 << 20);
    buf_add(store_key(s, 0), SPAN(KEY_CAMPAIGNS));
    store_ask(s, on_old, &a, NULL,
              (const struct span[]){SPAN("ZRANGE"), buf_span(&s->key), SPAN("0"), SPAN("-1")}, 4);
    ok = store_wait(s);
    if (ok) {
        redis_ask_in_transaction(s->ask, true);
        write_command(s, (const struct span[]){SPAN("MULTI")}, 1);
        unlink_old(s, buf_span(&ids));
    }
    buf_free(&ids);
    return ok;
}

bool store_campaign(struct store *s, const struct store_campaign *c)
{
    struct span args[ARGS] = {SPAN("HSET")};
    unsigned n = 2;
    char mails[24];

    key_campaign(store_key(s, 0), c->id, span_of(NULL, 0));
    args[1] = buf_span(&s->key);
    for (unsigned i = 0; i < c->fields_n && n < ARGS; i++)
        args[n++] = c->fields[i];
    write_command(s, args, n);
    expire(s);
    snprintf(mails, sizeof(mails), "%llu", (unsigned long long)c->mails);
    buf_add(store_key(s, 0), SPAN(KEY_CAMPAIGNS));
    return write_command(s, (const struct span[]){SPAN("ZADD"), buf_span(&s->key), span_cstr(mails), c->id}, 4);
}

bool store_campaign_set(struct store *s, struct span id, struct span part, const struct span *members, unsigned n)
{
    struct span args[ARGS] = {SPAN("SADD")};
    unsigned at = 2;

    if (!n)
        return true;
    key_campaign(store_key(s, 0), id, part);
    args[1] = buf_span(&s->key);
    for (unsigned i = 0; i < n && at < ARGS; i++)
        args[at++] = members[i];
    write_command(s, args, at);
    expire(s);
    return true;
}

bool store_campaigns_end(struct store *s)
{
    bool ok;

    buf_add(store_key(s, 0), SPAN(KEY_CAMPAIGNS));
    expire(s);
    write_command(s, (const struct span[]){SPAN("EXEC")}, 1);
    ok = store_wait(s);
    redis_ask_in_transaction(s->ask, false);
    return ok;
}
