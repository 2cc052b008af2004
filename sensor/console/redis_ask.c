/* SPDX-License-Identifier: Apache-2.0 */
/* redis_ask: poll until the answers are there; on a cluster, each from whoever has its slot. */
#include "sensor/console/redis_ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/console/patience.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/publish/redis_args.h"

enum {
    UNDER_WAY = 512, /* commands sent ahead */
    CONNECT_US = 5 * 1000 * 1000,
    REPLY_US = 15 * 1000 * 1000,
    CLUSTER_US = 10 * 1000 * 1000, /* a fail-over takes seconds: until every bucket has a master that answers */
    LOOK_US = 200 * 1000,          /* how soon a stop is seen that came between two calls */
    REDIRECTIONS = 8,
    COMMAND_BYTES = 1 << 20
};

/* One command under way. */
struct asked {
    redis_answer answer;
    void *ctx, *tag;
    unsigned bucket, args_n, redirected;
    struct redis_server *at; /* whom ASK named; NULL: whoever has the bucket */
    bool is_used, is_parked; /* parked: to be sent once that server is up */
    struct buf args;         /* a cluster: to send it elsewhere */
};

struct redis_ask {
    const struct redis_url *url;
    struct redis_servers *servers;
    const volatile sig_atomic_t *stop;
    struct mem mem;
    struct asked asked[UNDER_WAY];
    unsigned n, parked, away;
    bool failed; /* since the last connect: answers are missing */
    bool connecting, in_transaction;
    char why[300];
};

static void set_why(struct redis_ask *a, struct span why)
{
    snprintf(a->why, sizeof(a->why), "%.*s", (int)(why.n < 250 ? why.n : 250), (const char *)why.p);
}

static void fail(struct redis_ask *a, struct span why)
{
    if (!a->failed)
        set_why(a, why);
    a->failed = true;
}

static void on_up(void *owner, struct redis_server *s)
{
    (void)owner;
    (void)s;
}

/* While connecting to a cluster the map may still name a master whose replica is taking over. */
static void on_down(void *owner, struct redis_server *s, const char *why)
{
    struct redis_ask *a = owner;
    char text[600];

    snprintf(text, sizeof(text), "%s: %s", s->where, why);
    if (!a->url->cluster)
        fail(a, span_cstr(why));
    else if (a->connecting)
        set_why(a, span_cstr(text));
    else
        fail(a, span_cstr(text));
}

static void on_denied(void *owner, struct span error)
{
    fail(owner, error);
}

static void on_map(void *owner)
{
    (void)owner;
}

/* Once for every server of the URL: then none of them is there. */
static void on_away(void *owner, const char *why)
{
    struct redis_ask *a = owner;

    if (++a->away >= a->url->sentinels_n)
        fail(a, span_cstr(why));
}

/* Held, so that its link stays: it may serve nobody else yet. */
static void send_to(struct asked *q, struct redis_server *s)
{
    if (q->at)
        q->at->held--;
    q->at = s;
    if (s)
        s->held++;
}

static void free_place(struct redis_ask *a, struct asked *q)
{
    send_to(q, NULL);
    a->parked -= q->is_parked;
    a->n -= q->is_used;
    buf_free(&q->args);
    *q = (struct asked){.is_used = false};
}

static void forget_all(struct redis_ask *a)
{
    for (unsigned i = 0; i < UNDER_WAY; i++)
        free_place(a, &a->asked[i]);
}

struct redis_ask *redis_ask_new(const struct redis_url *url, const volatile sig_atomic_t *stop)
{
    struct redis_ask *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->url = url;
    a->stop = stop;
    mem_init(&a->mem, 0);
    return a;
}

void redis_ask_free(struct redis_ask *a)
{
    if (!a)
        return;
    forget_all(a);
    redis_servers_free(a->servers);
    free(a);
}

/* --- sending --- */

static void on_answer(void *owner, void *tag, const struct redis_reply *r);

static void on_asking(void *owner, void *tag, const struct redis_reply *r)
{
    (void)owner;
    (void)tag;
    (void)r; /* what it is for will tell */
}

static bool is_up(const struct redis_server *s)
{
    return s && s->link && redis_link_is_up(s->link);
}

static void park(struct redis_ask *a, struct asked *q)
{
    a->parked += !q->is_parked;
    q->is_parked = true;
}

static void send_again(struct redis_ask *a, struct asked *q)
{
    struct redis_server *s = q->at ? q->at : redis_servers_of(a->servers, q->bucket);

    if (!is_up(s))
        return;
    if ((q->at && !redis_link_command(s->link, on_asking, NULL, (const struct span[]){SPAN("ASKING")}, 1)) ||
        !redis_link_command_body(s->link, on_answer, q, NULL, 0, buf_span(&q->args), q->args_n))
        fail(a, span_cstr(_("no memory for a command")));
    a->parked -= q->is_parked;
    q->is_parked = false;
}

static void send_parked(struct redis_ask *a)
{
    for (unsigned i = 0; i < UNDER_WAY && a->parked && !a->failed; i++)
        if (a->asked[i].is_parked)
            send_again(a, &a->asked[i]);
}

/* True where the answer was that somebody else is to be asked, which will happen. */
static bool goes_elsewhere(struct redis_ask *a, struct asked *q, const struct redis_reply *r)
{
    struct span error = redis_reply_text(r);
    struct redis_server *from = q->at ? q->at : redis_servers_of(a->servers, q->bucket);
    enum redis_trouble trouble = TROUBLE_OTHER;

    if (redis_reply_kind(r) == REPLY_ERROR && a->url->cluster && !a->in_transaction && from)
        trouble = redis_trouble(error);
    if ((trouble != TROUBLE_MOVED && trouble != TROUBLE_ASK) || q->redirected++ == REDIRECTIONS)
        return false;
    send_to(q, trouble == TROUBLE_ASK ? redis_servers_asked(a->servers, error, from) : NULL);
    if (!q->at && !(trouble == TROUBLE_MOVED && redis_servers_moved(a->servers, q->bucket, error, from)))
        return false;
    park(a, q);
    return true;
}

static void on_answer(void *owner, void *tag, const struct redis_reply *r)
{
    struct redis_ask *a = owner;
    struct asked *q = tag, done;

    if (goes_elsewhere(a, q, r))
        return;
    patience_goes_on();
    done = *q;
    done.args = (struct buf){.p = NULL};
    free_place(a, q);
    done.answer(done.ctx, done.tag, r);
}

/* --- working --- */

/* Lets the links work once. False when a connection failed or somebody wants us to stop. */
static bool step(struct redis_ask *a)
{
    int64_t timeout_us = LOOK_US;
    struct pollfd ready = {.fd = -1};

    patience_waits();
    ready.fd = redis_servers_poll(a->servers, &ready.events, &timeout_us);
    if (poll(&ready, 1, (int)(timeout_us / 1000 + 1)) < 0 && errno != EINTR)
        fail(a, span_cstr(_("poll failed")));
    if (a->stop && *a->stop)
        fail(a, span_cstr(_("interrupted")));
    if (!a->failed)
        redis_servers_work(a->servers);
    if (!a->failed)
        send_parked(a);
    return !a->failed;
}

static bool all_up(const struct redis_ask *a)
{
    unsigned buckets = a->url->cluster ? REDIS_BUCKETS : 1;

    for (unsigned i = 0; i < buckets; i++)
        if (!is_up(redis_servers_of(a->servers, i)))
            return false;
    return true;
}

static bool begin(struct redis_ask *a)
{
    static const struct redis_servers_events events = {
        .up = on_up, .down = on_down, .denied = on_denied, .map = on_map, .away = on_away};
    static const struct redis_link_times times = {.connect = CONNECT_US, .reply = REPLY_US};

    forget_all(a);
    redis_servers_free(a->servers);
    a->servers = redis_servers_new(a->url, &events, &times, a);
    a->failed = a->in_transaction = false;
    a->away = 0;
    if (!a->servers)
        fail(a, span_cstr(_("no memory")));
    return a->servers != NULL;
}

bool redis_ask_connect(struct redis_ask *a)
{
    int64_t until = monotonic_us() + CLUSTER_US;

    if (a->servers && !a->failed && all_up(a))
        return true;
    if (!begin(a))
        return false;
    a->connecting = true;
    set_why(a, span_cstr(_("not every slot of the cluster has a server")));
    redis_servers_work(a->servers);
    while (!a->failed && !all_up(a)) {
        step(a);
        a->failed |= a->url->cluster && monotonic_us() > until;
    }
    a->connecting = false;
    return !a->failed;
}

static struct asked *place(struct redis_ask *a)
{
    while (!a->failed && a->n == UNDER_WAY)
        step(a);
    for (unsigned i = 0; i < UNDER_WAY && !a->failed; i++)
        if (!a->asked[i].is_used)
            return &a->asked[i];
    return NULL;
}

/* A copy of the command, for as long as it may have to go elsewhere. */
static bool keep_args(struct redis_ask *a, struct asked *q, const struct span *args, unsigned n)
{
    bool ok = true;

    buf_init(&q->args, &a->mem, COMMAND_BYTES);
    for (unsigned i = 0; i < n; i++)
        ok = ok && protocol_text(&q->args, args[i]);
    return ok;
}

bool redis_ask_put(struct redis_ask *a, unsigned bucket, redis_answer answer, void *ctx, void *tag,
                   const struct span *args, unsigned n)
{
    struct asked *q = place(a);
    struct redis_server *s = q ? redis_servers_of(a->servers, bucket) : NULL;

    if (!q)
        return false;
    *q = (struct asked){.answer = answer, .ctx = ctx, .tag = tag, .bucket = bucket, .args_n = n, .is_used = true};
    a->n++;
    if (a->url->cluster && !keep_args(a, q, args, n))
        fail(a, span_cstr(_("no memory for a command")));
    else if (a->url->cluster && !is_up(s))
        park(a, q);
    else if (!redis_link_command(s->link, on_answer, q, args, n))
        fail(a, span_cstr(_("no memory for a command")));
    return !a->failed;
}

bool redis_ask_wait(struct redis_ask *a)
{
    while (!a->failed && a->n)
        step(a);
    return !a->failed;
}

void redis_ask_in_transaction(struct redis_ask *a, bool is_in)
{
    a->in_transaction = is_in;
}

const char *redis_ask_why(const struct redis_ask *a)
{
    return a->why;
}
