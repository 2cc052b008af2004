/* SPDX-License-Identifier: Apache-2.0 */
/* redis_link: hiredis's reader turns bytes into replies; everything else of a connection is here. */
#include "sensor/publish/redis_link.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/publish/redis_args.h"
#include "sensor/publish/redis_socket.h"

enum {
    BACKOFF_FIRST_US = 50 * 1000,
    BACKOFF_MOST_US = 2 * 1000 * 1000,
    CONNECT_US = 5 * 1000 * 1000,
    REPLY_US = 15 * 1000 * 1000, /* a step takes 10 ms; a server that forks or swaps gets its time */
    RESOLVE_US = 20 * 1000,      /* how often a name look-up is asked after */
    PENDING_FIRST = 256,         /* commands under way: a few steps */
    PENDING_MAX = 1 << 20,       /* after a loss: a marker for each run and bucket whose batches are kept */
    OUT_MAX = 256 * 1024 * 1024, /* bytes to be sent: a few batches, one of which may hold a huge record */
    READ_BYTES = 16 * 1024
};

struct pending {
    redis_answer answer;
    void *tag;
};

struct redis_link {
    const struct redis_url *url;
    struct redis_link_events events;
    struct redis_link_times times;
    void *ctx, *owner;
    struct redis_socket socket;
    struct redis_url at;         /* borrows: the server connected to, where sentinels name it */
    char master[256];            /* the master's host as a sentinel told it; "" = to be asked for */
    unsigned sentinel;           /* whom to ask */
    bool seeking;                /* connected to a sentinel */
    redisReader *reader;
    struct mem mem;
    struct buf out;
    size_t sent; /* of out */
    struct pending *pending; /* a ring */
    unsigned pending_cap, first, n;
    bool up, stopped;
    int64_t next_try, began, last_reply, backoff;
};

struct redis_link *redis_link_new(const struct redis_url *url, const struct redis_link_events *events,
                                  const struct redis_link_times *times, void *ctx, void *owner)
{
    struct redis_link *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->url = url;
    l->events = *events;
    l->times = *times;
    if (!l->times.connect)
        l->times.connect = CONNECT_US;
    if (!l->times.reply)
        l->times.reply = REPLY_US;
    l->ctx = ctx;
    l->owner = owner;
    l->backoff = BACKOFF_FIRST_US;
    redis_socket_init(&l->socket);
    mem_init(&l->mem, 0);
    buf_init(&l->out, &l->mem, OUT_MAX);
    return l;
}

/* Whatever was half sent or half read is void: the batches are kept by their owner, not here. */
static void forget(struct redis_link *l)
{
    redis_socket_close(&l->socket);
    if (l->reader)
        redisReaderFree(l->reader);
    l->reader = NULL;
    /* What was to be sent may hold the password (AUTH). */
    if (l->out.p)
        explicit_bzero(l->out.p, l->out.n);
    buf_free(&l->out);
    l->sent = 0;
    l->first = l->n = 0;
    l->up = false;
}

void redis_link_free(struct redis_link *l)
{
    if (!l)
        return;
    forget(l);
    free(l->pending);
    free(l);
}

void redis_link_drop(struct redis_link *l, const char *why)
{
    char text[200];

    snprintf(text, sizeof(text), "%s", why); /* why may be the socket's own text */
    forget(l);
    /* Whatever went wrong, the master may be another one now. */
    l->master[0] = 0;
    if (l->seeking)
        l->sentinel = (l->sentinel + 1) % l->url->sentinels_n;
    l->next_try = monotonic_us() + l->backoff;
    l->backoff = l->backoff * 2 < BACKOFF_MOST_US ? l->backoff * 2 : BACKOFF_MOST_US;
    l->events.down(l->ctx, text);
}

void redis_link_stop(struct redis_link *l)
{
    forget(l);
    l->stopped = true;
}

bool redis_link_is_up(const struct redis_link *l)
{
    return l->up;
}

unsigned redis_link_pending(const struct redis_link *l)
{
    return l->n;
}

int redis_link_poll(const struct redis_link *l, short *events, int64_t *timeout_us)
{
    int64_t now = monotonic_us(), at = 0;

    if (l->stopped)
        return -1;
    if (l->socket.state == SOCKET_CLOSED)
        at = l->next_try;
    else if (l->socket.state == SOCKET_RESOLVING)
        at = now + RESOLVE_US;
    else if (!l->up)
        at = l->began + l->times.connect;
    else if (l->n)
        at = l->last_reply + l->times.reply;
    if (at && at - now < *timeout_us)
        *timeout_us = at > now ? at - now : 0;
    *events = redis_socket_events(&l->socket);
    if (l->sent < l->out.n)
        *events |= POLLOUT;
    return l->socket.fd;
}

/* Room for one more command under way. */
static bool has_place(struct redis_link *l)
{
    unsigned cap = l->pending_cap ? 2 * l->pending_cap : PENDING_FIRST;
    struct pending *p;

    if (l->n < l->pending_cap)
        return true;
    p = l->n < PENDING_MAX ? malloc(cap * sizeof(*p)) : NULL;
    if (!p)
        return false;
    for (unsigned i = 0; i < l->n; i++)
        p[i] = l->pending[(l->first + i) % l->pending_cap];
    free(l->pending);
    l->pending = p;
    l->pending_cap = cap;
    l->first = 0;
    return true;
}

bool redis_link_command_body(struct redis_link *l, redis_answer answer, void *tag, const struct span *args,
                             unsigned n, struct span body, unsigned body_n)
{
    size_t before = l->out.n;
    bool ok;

    if (l->socket.state != SOCKET_OPEN || !has_place(l))
        return false;
    ok = protocol_number(&l->out, '*', n + body_n);
    for (unsigned i = 0; ok && i < n; i++)
        ok = protocol_text(&l->out, args[i]);
    ok = ok && buf_add(&l->out, body);
    if (!ok) {
        l->out.n = before;
        return false;
    }
    if (!l->n)
        l->last_reply = monotonic_us();
    l->pending[(l->first + l->n++) % l->pending_cap] = (struct pending){answer, tag};
    return true;
}

bool redis_link_command(struct redis_link *l, redis_answer answer, void *tag, const struct span *args,
                        unsigned n)
{
    return redis_link_command_body(l, answer, tag, args, n, span_of(NULL, 0), 0);
}

static void log_in_answer(void *ctx, void *tag, const struct redis_reply *r)
{
    struct redis_link *l = ctx;

    (void)tag;
    if (redis_reply_kind(r) != REPLY_ERROR || l->stopped)
        return;
    if (redis_trouble(redis_reply_text(r)) == TROUBLE_WAIT) {
        redis_link_drop(l, (const char *)redis_reply_text(r).p);
        return;
    }
    l->stopped = true;
    l->events.denied(l->ctx, redis_reply_text(r));
}

/* {host, port} of the master, or nil. */
static void master_answer(void *ctx, void *tag, const struct redis_reply *r)
{
    struct redis_link *l = ctx;
    struct span host, port;
    char text[8] = "";

    (void)tag;
    if (redis_reply_kind(r) != REPLY_ARRAY || redis_reply_n(r) != 2) {
        redis_link_drop(l, redis_reply_kind(r) == REPLY_ERROR ? (const char *)redis_reply_text(r).p :
                        _("the sentinel knows no master of this name"));
        return;
    }
    host = redis_reply_text(redis_reply_item(r, 0));
    port = redis_reply_text(redis_reply_item(r, 1));
    if (!host.n || host.n >= sizeof(l->master) || !port.n || port.n >= sizeof(text)) {
        redis_link_drop(l, _("the sentinel's answer names no server"));
        return;
    }
    memcpy(text, port.p, port.n);
    forget(l);
    memcpy(l->master, host.p, host.n);
    l->master[host.n] = 0;
    l->at = (struct redis_url){.host = l->master, .port = (uint16_t)strtoul(text, NULL, 10)};
    l->next_try = monotonic_us();
}

/* The server to connect to now: the one of the URL, a sentinel, or the master that it named. */
static const struct redis_url *target(struct redis_link *l)
{
    const struct redis_node *node = &l->url->sentinels[l->sentinel];

    l->seeking = l->url->sentinels_n && !l->master[0];
    if (l->seeking)
        l->at = (struct redis_url){.host = node->host, .port = node->port, .known = node->known};
    return l->url->sentinels_n ? &l->at : l->url;
}

static void log_in(struct redis_link *l)
{
    const struct redis_url *u = l->url;
    char db[16];

    l->reader = redisReaderCreate();
    if (l->seeking) {
        redis_link_command(l, master_answer, l, (const struct span[]){SPAN("SENTINEL"), SPAN("get-master-addr-by-name"),
                                                                      span_cstr(u->master)}, 3);
        return;
    }
    if (u->password && u->user)
        redis_link_command(l, log_in_answer, l, (const struct span[]){SPAN("AUTH"), span_cstr(u->user),
                                                                      span_cstr(u->password)}, 3);
    else if (u->password)
        redis_link_command(l, log_in_answer, l,
                           (const struct span[]){SPAN("AUTH"), span_cstr(u->password)}, 2);
    snprintf(db, sizeof(db), "%u", u->db);
    if (u->db)
        redis_link_command(l, log_in_answer, l, (const struct span[]){SPAN("SELECT"), span_cstr(db)}, 2);
    if (!l->n) {
        l->up = true;
        l->events.up(l->ctx);
    }
}

/* One reply is there: to whom it belongs is known by its place. */
static void dispatch(struct redis_link *l, const struct redis_reply *r)
{
    struct pending p;
    bool log_in_over;

    if (!l->n) {
        redis_link_drop(l, _("a reply that no command asked for"));
        return;
    }
    p = l->pending[l->first];
    l->first = (l->first + 1) % l->pending_cap;
    l->n--;
    l->last_reply = monotonic_us();
    log_in_over = !l->up && !l->n;
    if (p.answer == log_in_answer || p.answer == master_answer) {
        p.answer(l, p.tag, r);
    } else {
        if (redis_reply_kind(r) != REPLY_ERROR)
            l->backoff = BACKOFF_FIRST_US;
        p.answer(l->owner, p.tag, r);
    }
    if (log_in_over && l->reader && !l->stopped) {
        l->up = true;
        l->events.up(l->ctx);
    }
}

static void read_replies(struct redis_link *l)
{
    char bytes[READ_BYTES];
    ssize_t n;

    while (l->reader && (n = redis_socket_receive(&l->socket, bytes, sizeof(bytes))) != 0) {
        void *reply = NULL;

        if (n < 0 || redisReaderFeed(l->reader, bytes, (size_t)n) != REDIS_OK) {
            redis_link_drop(l, n < 0 ? l->socket.why : _("no memory for an answer"));
            return;
        }
        while (l->reader && redisReaderGetReply(l->reader, &reply) == REDIS_OK && reply) {
            dispatch(l, reply);
            freeReplyObject(reply);
            reply = NULL;
        }
        if (l->reader && l->reader->err)
            redis_link_drop(l, _("the answer is not Redis protocol"));
        if ((size_t)n < sizeof(bytes) && !redis_socket_has_more(&l->socket))
            return;
    }
}

static void write_out(struct redis_link *l)
{
    while (l->sent < l->out.n) {
        ssize_t n = redis_socket_send(&l->socket, l->out.p + l->sent, l->out.n - l->sent);

        if (n < 0)
            redis_link_drop(l, l->socket.why);
        if (n <= 0)
            return;
        l->sent += (size_t)n;
    }
    l->sent = 0;
    buf_clear(&l->out);
}

static void time_out(struct redis_link *l)
{
    int64_t now = monotonic_us();

    if (l->socket.state != SOCKET_CLOSED && !l->up && now - l->began >= l->times.connect)
        redis_link_drop(l, _("no connection in time"));
    else if (l->up && l->n && now - l->last_reply >= l->times.reply)
        redis_link_drop(l, _("no answer in time"));
}

void redis_link_work(struct redis_link *l)
{
    bool opening = l->socket.state != SOCKET_OPEN;

    if (l->stopped)
        return;
    if (l->socket.state == SOCKET_CLOSED) {
        if (monotonic_us() < l->next_try)
            return;
        l->began = monotonic_us();
        redis_socket_open(&l->socket, target(l));
    } else if (opening) {
        redis_socket_step(&l->socket);
    }
    if (l->socket.state == SOCKET_CLOSED)
        redis_link_drop(l, l->socket.why);
    else if (opening && l->socket.state == SOCKET_OPEN)
        log_in(l);
    if (l->socket.state == SOCKET_OPEN)
        read_replies(l);
    if (l->socket.state == SOCKET_OPEN)
        write_out(l);
    time_out(l);
}
