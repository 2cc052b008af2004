/* SPDX-License-Identifier: Apache-2.0 */
/* redis_ask: poll until the answers are there. */
#include "sensor/console/redis_ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    UNDER_WAY = 512, /* commands sent ahead; redis_link takes 1024 */
    CONNECT_US = 5 * 1000 * 1000,
    REPLY_US = 15 * 1000 * 1000,
    LOOK_US = 200 * 1000 /* how soon a stop is seen that came between two calls */
};

struct asked {
    redis_answer answer;
    void *ctx, *tag;
};

struct redis_ask {
    struct redis_link *link;
    const volatile sig_atomic_t *stop;
    struct asked ring[UNDER_WAY];
    unsigned first, n;
    bool failed; /* since the last connect: answers are missing */
    char why[300];
};

static void fail(struct redis_ask *a, struct span why)
{
    if (!a->failed)
        snprintf(a->why, sizeof(a->why), "%.*s", (int)(why.n < 250 ? why.n : 250), (const char *)why.p);
    a->failed = true;
}

static void on_up(void *ctx)
{
    (void)ctx;
}

static void on_down(void *ctx, const char *why)
{
    fail(ctx, span_cstr(why));
}

static void on_denied(void *ctx, struct span error)
{
    fail(ctx, error);
}

static void on_answer(void *ctx, void *tag, const struct redis_reply *r)
{
    struct redis_ask *a = ctx;
    struct asked p = a->ring[a->first];

    (void)tag;
    a->first = (a->first + 1) % UNDER_WAY;
    a->n--;
    p.answer(p.ctx, p.tag, r);
}

struct redis_ask *redis_ask_new(const struct redis_url *url, const volatile sig_atomic_t *stop)
{
    static const struct redis_link_events events = {.up = on_up, .down = on_down, .denied = on_denied};
    static const struct redis_link_times times = {.connect = CONNECT_US, .reply = REPLY_US};
    struct redis_ask *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->stop = stop;
    a->link = redis_link_new(url, &events, &times, a, a);
    if (!a->link) {
        free(a);
        return NULL;
    }
    return a;
}

void redis_ask_free(struct redis_ask *a)
{
    if (!a)
        return;
    redis_link_free(a->link);
    free(a);
}

/* Lets the link work once. False when the connection failed or somebody wants us to stop. */
static bool step(struct redis_ask *a)
{
    int64_t timeout_us = LOOK_US;
    struct pollfd ready = {.fd = -1};

    ready.fd = redis_link_poll(a->link, &ready.events, &timeout_us);
    if (poll(&ready, 1, (int)(timeout_us / 1000 + 1)) < 0 && errno != EINTR)
        fail(a, SPAN("poll failed"));
    if (a->stop && *a->stop)
        fail(a, SPAN("interrupted"));
    if (!a->failed)
        redis_link_work(a->link);
    return !a->failed;
}

bool redis_ask_connect(struct redis_ask *a)
{
    if (redis_link_is_up(a->link) && !a->failed)
        return true;
    if (redis_link_is_up(a->link))
        redis_link_drop(a->link, "asked anew");
    a->failed = false;
    a->n = 0;
    redis_link_work(a->link);
    while (!a->failed && !redis_link_is_up(a->link))
        step(a);
    return !a->failed;
}

bool redis_ask_put(struct redis_ask *a, redis_answer answer, void *ctx, void *tag, const struct span *args,
                   unsigned n)
{
    while (!a->failed && a->n == UNDER_WAY)
        step(a);
    if (a->failed)
        return false;
    /* Its place in the ring first: work may answer at once. */
    a->ring[(a->first + a->n++) % UNDER_WAY] = (struct asked){answer, ctx, tag};
    if (!redis_link_command(a->link, on_answer, NULL, args, n)) {
        a->n--;
        fail(a, SPAN("no memory for a command"));
    }
    return !a->failed;
}

bool redis_ask_wait(struct redis_ask *a)
{
    while (!a->failed && a->n)
        step(a);
    return !a->failed;
}

const char *redis_ask_why(const struct redis_ask *a)
{
    return a->why;
}
