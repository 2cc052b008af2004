/* SPDX-License-Identifier: Apache-2.0 */
/* check_redis: is it there, are we let in, is it one that keeps what it is given. */
#include <inttypes.h>
#include <stdlib.h>

#include "sensor/check/check.h"
#include "sensor/console/redis_ask.h"
#include "sensor/language.h"
#include "sensor/publish/redis_keys.h"

enum { WHERE = 300, WORD = 64 };

/* What INFO, TYPE and the calendar answered. "" = not told. */
struct told {
    char version[WORD], policy[WORD], role[WORD], cluster[WORD], type[WORD], days[CALENDAR_NAME], info_refused[200], type_refused[200];
    uint64_t memory, most;
};

static void info_word(struct span info, const char *name, char out[WORD])
{
    size_t at = span_find_span(info, 0, span_cstr(name));
    struct span rest = span_from(info, at + strlen(name));

    if (at < info.n)
        snprintf(out, WORD, "%.*s", SPAN_FMT(span_head(rest, span_find(rest, 0, '\r'))));
}

static void take_refusal(char out[200], struct span text)
{
    snprintf(out, 200, "%.*s", (int)(text.n < 190 ? text.n : 190), (const char *)text.p);
}

static void on_info(void *ctx, void *tag, const struct redis_reply *r)
{
    struct told *t = ctx;
    struct span text = redis_reply_text(r);
    char number[WORD] = "0", most[WORD] = "0";

    (void)tag;
    if (redis_reply_kind(r) == REPLY_ERROR) {
        take_refusal(t->info_refused, text);
        return;
    }
    info_word(text, "redis_version:", t->version);
    info_word(text, "maxmemory_policy:", t->policy);
    info_word(text, "\nrole:", t->role);
    info_word(text, "cluster_enabled:", t->cluster);
    info_word(text, "used_memory:", number);
    info_word(text, "maxmemory:", most);
    t->memory = strtoull(number, NULL, 10);
    t->most = strtoull(most, NULL, 10);
}

static void on_type(void *ctx, void *tag, const struct redis_reply *r)
{
    struct told *t = ctx;
    struct span text = redis_reply_text(r);

    (void)tag;
    if (redis_reply_kind(r) == REPLY_ERROR)
        take_refusal(t->type_refused, text);
    else
        snprintf(t->type, sizeof(t->type), "%.*s", (int)(text.n < WORD - 1 ? text.n : WORD - 1), (const char *)text.p);
}

static void on_days(void *ctx, void *tag, const struct redis_reply *r)
{
    struct told *t = ctx;
    struct span text = redis_reply_n(r) == 1 ? redis_reply_text(redis_reply_item(r, 0)) : span_of(NULL, 0);

    (void)tag;
    if (text.n && text.n < sizeof(t->days))
        snprintf(t->days, sizeof(t->days), "%.*s", SPAN_FMT(text));
}

/* A key of the first bucket. */
static void put_key(struct buf *key, const struct options *o, bool cluster, const char *name)
{
    char tag[BUCKET_TAG];

    redis_bucket_tag(0, tag);
    buf_add(key, span_cstr(o->redis.prefix));
    buf_add(key, SPAN(":"));
    if (cluster)
        buf_add(key, span_cstr(tag));
    buf_add(key, span_cstr(name));
}

static bool ask(struct redis_ask *a, const struct options *o, bool cluster, struct told *t)
{
    uint8_t texts[2][256];
    struct buf key = {.p = texts[0], .cap = sizeof(texts[0]), .max = sizeof(texts[0])},
               calendar = {.p = texts[1], .cap = sizeof(texts[1]), .max = sizeof(texts[1])};

    put_key(&key, o, cluster, KEY_STATS);
    put_key(&calendar, o, cluster, KEY_CALENDAR);
    return redis_ask_connect(a) &&
           redis_ask_put(a, 0, on_info, t, NULL, (const struct span[]){SPAN("INFO")}, 1) &&
           redis_ask_put(a, 0, on_type, t, NULL, (const struct span[]){SPAN("TYPE"), buf_span(&key)}, 2) &&
           redis_ask_put(a, 0, on_days, t, NULL, (const struct span[]){SPAN("HMGET"), buf_span(&calendar), SPAN("timezone")}, 3) &&
           redis_ask_wait(a);
}

/* Redis 6.2 brought ZMSCORE, which the scripts ask with. */
static bool too_old(const char *version)
{
    unsigned major = 0, minor = 0;

    return sscanf(version, "%u.%u", &major, &minor) == 2 && (major < 6 || (major == 6 && minor < 2));
}

static void memory(struct said *s, const struct options *o, const struct told *t)
{
    if (*t->policy && strcmp(t->policy, "noeviction") != 0) {
        said(s, SAID_WRONG, "its maxmemory-policy is %s: once it is full it throws counters away", t->policy);
        said_way_out(s, "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf; mxtap itself forgets what is old");
    }
    if (t->most && t->most <= t->memory + t->memory / 10) {
        said(s, SAID_WRONG, "it holds %" PRIu64 " MB of the %" PRIu64 " MB that its maxmemory allows", t->memory >> 20, t->most >> 20);
        said_way_out(s, "raise maxmemory, or let mxtap keep less (--redis-memory, --redis-retention)");
    }
    if (t->most && o->redis.memory && o->redis.memory != UINT64_MAX && o->redis.memory > t->most)
        said(s, SAID_NOTE, "--redis-memory is %" PRIu64 " MB, its maxmemory only %" PRIu64 " MB: give less than maxmemory, so that old "
             "values go before it refuses new ones", o->redis.memory >> 20, t->most >> 20);
}

static void cannot_be_asked(struct said *s, const char *where, const char *why)
{
    said(s, SAID_WRONG, "%s cannot be asked: %s", where, why);
    if (strstr(why, "NOAUTH") || strstr(why, "WRONGPASS"))
        said_way_out(s, "the first line of --redis-password-file FILE is its password; the user, where it has one, stands in the URL");
    else
        said_way_out(s, "is it running, and does it listen there? redis-cli -u URL PING asks the same; a capture would wait for it and keep "
                        "what it has (--spool)");
}

static void judge_answers(struct said *s, const struct options *o, const struct told *t, const char *where)
{
    if (strncmp(t->type_refused, "NOAUTH", 6) == 0) {
        cannot_be_asked(s, where, t->type_refused);
        return;
    }
    if (strcmp(t->cluster, "1") == 0 && strncmp(o->redis.url, "redis+cluster", 13) != 0 && strncmp(o->redis.url, "rediss+cluster", 14) != 0) {
        said(s, SAID_WRONG, "%s is a node of a cluster, and would refuse most keys", where);
        said_way_out(s, "redis+cluster://HOST:PORT finds all of its nodes");
        return;
    }
    if (*t->type_refused) {
        said(s, SAID_WRONG, "%s lets us in, but refuses: %s", where, t->type_refused);
        said_way_out(s, "the user needs what docs/REDIS.md lists (ACL SETUSER ...)");
        return;
    }
    if (*t->info_refused)
        said(s, SAID_NOTE, "%s lets us in, but not ask what it is (ACL +info): --redis-memory has no effect, its eviction policy is not known",
             where);
    else
        said(s, SAID_OK, "%s answers and lets us in: Redis %s, %" PRIu64 " MB in it", where, t->version, t->memory >> 20);
    if (too_old(t->version)) {
        said(s, SAID_WRONG, "Redis %s is too old: mxtap needs 6.2 or later", t->version);
        said_way_out(s, "Debian 12 has 7.0");
    }
    if (strcmp(t->role, "slave") == 0) {
        said(s, SAID_WRONG, "it is a replica: it refuses to be written to");
        said_way_out(s, "name its master, or its sentinels: redis+sentinel://HOST,HOST/NAME");
    }
    if (*t->type && strcmp(t->type, "none") != 0 && strcmp(t->type, "hash") != 0) {
        said(s, SAID_WRONG, "its key %s:%s is a %s, not mxtap's", o->redis.prefix, KEY_STATS, t->type);
        said_way_out(s, "choose another --redis-prefix, or another database (redis://HOST/1)");
    }
    if (*t->days && strcmp(t->days, calendar_name(&o->redis.calendar)) != 0) {
        said(s, SAID_WRONG, "its days are those of %s, not of %s: a capture would count nothing", t->days, calendar_name(&o->redis.calendar));
        said_way_out(s, "give the other sensors' --timezone, or another --redis-prefix");
    }
    memory(s, o, t);
}

void check_redis(struct said *s, const struct options *o)
{
    struct redis_url url;
    struct redis_ask *a;
    struct told t = {0};
    char err[512] = "", where[WHERE] = "";

    if (!o->redis_wanted)
        return;
    if (redis_url_parse(o->redis.url, &url, err, sizeof(err)) != 0) {
        said(s, SAID_WRONG, "%s", err);
        return;
    }
    redis_url_show(&url, where, sizeof(where));
    if (!redis_url_secure(&url, &o->redis.tls, err, sizeof(err))) {
        said(s, SAID_WRONG, "%s", err);
        redis_url_free(&url);
        return;
    }
    if (!url.password && o->redis.password)
        url.password = strdup(o->redis.password);
    a = redis_ask_new(&url, NULL);
    if (!a)
        said(s, SAID_WRONG, "no memory");
    else if (ask(a, o, url.cluster, &t))
        judge_answers(s, o, &t, where);
    else
        cannot_be_asked(s, where, redis_ask_why(a));
    redis_ask_free(a);
    redis_url_free(&url);
}
