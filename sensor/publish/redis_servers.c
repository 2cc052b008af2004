/* SPDX-License-Identifier: Apache-2.0 */
/* redis_servers: links as the map needs them; the map from whoever answers; one epoll for all of them. */
#include "sensor/publish/redis_servers.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sensor/log.h"
#include "sensor/publish/redis_slots.h"

enum {
    /* Each of 64 buckets has one master; the URL's servers, and some that had buckets until just now. */
    SERVERS = REDIS_BUCKETS + REDIS_SENTINELS + 16,
    LOOK_US = 300 * 1000 /* between two looks at a map that does not work (a fail-over takes seconds) */
};

struct redis_servers {
    const struct redis_url *url;
    struct redis_servers_events events;
    struct redis_link_times times;
    void *owner;
    struct redis_server *v[SERVERS];
    unsigned n;
    struct redis_server *map[REDIS_BUCKETS];
    int epoll; /* -1: a single server */
    bool stopped;
    bool stale;                   /* the map is to be asked for */
    struct redis_server *asking;  /* whom; NULL: nobody */
    bool asked;                   /* the question is on its way */
    unsigned turn;                /* who is next */
    int64_t next_look;
};

/* --- servers and their links --- */

/* What was learnt of it, but for its run_id, is of another connection. */
static void forget_check(struct redis_server *s)
{
    s->asked = 0;
    s->wrong = s->ready = false;
}

static void on_up(void *ctx)
{
    struct redis_server *s = ctx;

    s->connects++;
    forget_check(s);
    if (s->serves)
        s->all->events.up(s->all->owner, s);
}

/* Whoever does not serve says nothing; the next one is asked. */
static void on_down(void *ctx, const char *why)
{
    struct redis_server *s = ctx;
    struct redis_servers *a = s->all;

    forget_check(s);
    if (a->asking == s) {
        a->asking = NULL;
        a->next_look = monotonic_us() + LOOK_US;
        if (!s->serves)
            a->events.away(a->owner, why);
    }
    if (a->epoll >= 0)
        redis_servers_look_again(a);
    if (s->serves || s->held)
        a->events.down(a->owner, s, why);
}

static void on_denied(void *ctx, struct span error)
{
    struct redis_server *s = ctx;

    s->all->events.denied(s->all->owner, error);
}

static bool open_link(struct redis_server *s)
{
    static const struct redis_link_events events = {.up = on_up, .down = on_down, .denied = on_denied};

    if (!s->link)
        s->link = redis_link_new(&s->at, &events, &s->all->times, s, s->all->owner);
    return s->link != NULL;
}

static void free_server(struct redis_server *s)
{
    redis_link_free(s->link);
    free(s);
}

/* A place in a full table: that of a server that nobody needs. */
static unsigned free_place(struct redis_servers *a)
{
    unsigned i = 0;

    if (a->n < SERVERS)
        return a->n++;
    while (i < SERVERS && (a->v[i]->serves || a->v[i]->held || a->v[i] == a->asking))
        i++;
    if (i < SERVERS)
        free_server(a->v[i]);
    return i;
}

static struct redis_server *new_server(struct redis_servers *a, struct span host, uint16_t port)
{
    struct redis_server *s = calloc(1, sizeof(*s));
    unsigned at;

    if (!s)
        return NULL;
    at = free_place(a);
    if (at == SERVERS || host.n >= sizeof(s->host)) {
        free(s);
        return NULL;
    }
    memcpy(s->host, host.p, host.n);
    s->all = a;
    s->at = (struct redis_url){.host = s->host, .port = port, .user = a->url->user, .password = a->url->password,
                               .secure = a->url->secure, .tls = a->url->tls};
    snprintf(s->where, sizeof(s->where), "%s:%u", s->host, port);
    a->v[at] = s;
    return s;
}

static struct redis_server *server_at(struct redis_servers *a, struct span host, uint16_t port)
{
    if (!host.n || memchr(host.p, 0, host.n))
        return NULL;
    for (unsigned i = 0; i < a->n; i++)
        if (a->v[i]->at.port == port && span_eq(span_cstr(a->v[i]->host), host))
            return a->v[i];
    return new_server(a, host, port);
}

/* --- opening --- */

/* The only server is the URL's, whatever it is: a host, a socket, sentinels. */
static bool open_single(struct redis_servers *a)
{
    struct redis_server *s = calloc(1, sizeof(*s));

    if (!s)
        return false;
    a->v[a->n++] = s;
    s->all = a;
    s->at = *a->url;
    s->serves = 1;
    redis_url_show(a->url, s->where, sizeof(s->where));
    a->map[0] = s;
    return open_link(s);
}

static bool open_cluster(struct redis_servers *a)
{
    a->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (a->epoll < 0)
        return false;
    a->stale = true;
    for (unsigned i = 0; i < a->url->sentinels_n; i++) {
        const struct redis_node *node = &a->url->sentinels[i];
        struct redis_server *s = server_at(a, span_cstr(node->host), node->port);

        if (!s)
            return false;
        s->at.known = node->known;
    }
    return true;
}

struct redis_servers *redis_servers_new(const struct redis_url *url, const struct redis_servers_events *events,
                                        const struct redis_link_times *times, void *owner)
{
    struct redis_servers *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->url = url;
    a->events = *events;
    a->times = *times;
    a->owner = owner;
    a->epoll = -1;
    if (url->cluster ? open_cluster(a) : open_single(a))
        return a;
    redis_servers_free(a);
    return NULL;
}

void redis_servers_free(struct redis_servers *a)
{
    if (!a)
        return;
    for (unsigned i = 0; i < a->n; i++)
        free_server(a->v[i]);
    if (a->epoll >= 0)
        close(a->epoll);
    free(a);
}

void redis_servers_stop(struct redis_servers *a)
{
    a->stopped = true;
    for (unsigned i = 0; i < a->n; i++)
        if (a->v[i]->link)
            redis_link_stop(a->v[i]->link);
}

/* --- the map --- */

struct redis_server *redis_servers_of(const struct redis_servers *a, unsigned bucket)
{
    return a->map[bucket];
}

void redis_servers_look_again(struct redis_servers *a)
{
    a->stale = true;
}

static void set_map(struct redis_servers *a, unsigned bucket, struct redis_server *s)
{
    if (a->map[bucket])
        a->map[bucket]->serves--;
    a->map[bucket] = s;
    s->serves++;
    open_link(s);
}

struct redis_server *redis_servers_asked(struct redis_servers *a, struct span error, const struct redis_server *from)
{
    struct redis_server *s = NULL;
    struct span host;
    uint16_t port;

    if (redis_redirection(error, &host, &port))
        s = server_at(a, host.n ? host : span_cstr(from->host), port);
    return s && open_link(s) ? s : NULL;
}

bool redis_servers_moved(struct redis_servers *a, unsigned bucket, struct span error, const struct redis_server *from)
{
    struct redis_server *s = a->epoll < 0 ? NULL : redis_servers_asked(a, error, from);

    if (!s)
        return false;
    if (a->map[bucket] != s)
        set_map(a, bucket, s);
    redis_servers_look_again(a);
    return true;
}

struct taking {
    struct redis_servers *a;
    bool changed, known[REDIS_BUCKETS];
};

static void take_range(void *ctx, const struct redis_range *range)
{
    struct taking *t = ctx;
    struct redis_server *s = NULL;

    for (unsigned b = 0; b < REDIS_BUCKETS; b++) {
        unsigned slot = redis_bucket_slot(b);

        if (slot < range->from || slot > range->to)
            continue;
        if (!s)
            s = server_at(t->a, range->host.n ? range->host : span_cstr(t->a->asking->host), range->port);
        if (!s)
            return;
        t->known[b] = true;
        if (t->a->map[b] != s) {
            set_map(t->a, b, s);
            t->changed = true;
        }
    }
}

/* The map is good when every bucket has a server and all of those are up; else it is asked for again. */
static bool map_is_good(const struct redis_servers *a, const struct taking *t)
{
    for (unsigned b = 0; b < REDIS_BUCKETS; b++)
        if (!t->known[b] || !a->map[b]->link || !redis_link_is_up(a->map[b]->link))
            return false;
    return true;
}

static void on_slots(void *owner, void *tag, const struct redis_reply *r)
{
    struct redis_server *s = tag;
    struct redis_servers *a = s->all;
    struct taking t = {.a = a};

    a->asked = false;
    a->next_look = monotonic_us() + LOOK_US;
    if (redis_slots_read(r, take_range, &t)) {
        a->stale = !map_is_good(a, &t);
        a->asking = NULL;
        if (t.changed)
            a->events.map(owner);
        return;
    }
    a->asking = NULL;
    if (redis_trouble(redis_reply_text(r)) != TROUBLE_WAIT)
        a->events.denied(owner, redis_reply_text(r));
}

/* One that is up if there is one, else whoever's turn it is. */
static struct redis_server *whom_to_ask(struct redis_servers *a)
{
    struct redis_server *s = NULL;

    for (unsigned i = 0; i < a->n; i++) {
        s = a->v[(a->turn + i) % a->n];
        if (s->link && redis_link_is_up(s->link)) {
            a->turn = (a->turn + i + 1) % a->n;
            return s;
        }
    }
    s = a->v[a->turn];
    a->turn = (a->turn + 1) % a->n;
    return s;
}

static void look(struct redis_servers *a)
{
    if (!a->stale || a->asked || (!a->asking && monotonic_us() < a->next_look))
        return;
    if (!a->asking) {
        a->asking = whom_to_ask(a);
        if (!open_link(a->asking))
            a->asking = NULL;
    }
    if (a->asking && redis_link_is_up(a->asking->link))
        a->asked = redis_link_command(a->asking->link, on_slots, a->asking,
                                      (const struct span[]){SPAN("CLUSTER"), SPAN("SLOTS")}, 2);
}

/* --- working --- */

static bool is_needed(const struct redis_servers *a, const struct redis_server *s)
{
    return s->serves || s->held || a->asking == s || (s->link && redis_link_pending(s->link));
}

void redis_servers_work(struct redis_servers *a)
{
    for (unsigned i = 0; i < a->n && !a->stopped; i++)
        if (a->v[i]->link)
            redis_link_work(a->v[i]->link);
    if (a->epoll < 0 || a->stopped)
        return;
    if (!a->asking)
        a->asked = false;
    look(a);
    for (unsigned i = 0; i < a->n && !a->stale; i++) {
        if (a->v[i]->link && !is_needed(a, a->v[i])) {
            redis_link_free(a->v[i]->link);
            a->v[i]->link = NULL;
        }
    }
}

/* An epoll forgets a descriptor that was closed, so that a new one under its number is not known to it. */
static void watch(struct redis_servers *a, int fd, short events)
{
    struct epoll_event e = {.events = (events & POLLIN ? EPOLLIN : 0) | (events & POLLOUT ? EPOLLOUT : 0)};

    e.data.fd = fd;
    if (epoll_ctl(a->epoll, EPOLL_CTL_MOD, fd, &e) != 0 && errno == ENOENT)
        epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &e);
}

int redis_servers_poll(struct redis_servers *a, short *events, int64_t *timeout_us)
{
    if (a->stopped)
        return -1;
    if (a->epoll < 0)
        return redis_link_poll(a->v[0]->link, events, timeout_us);
    for (unsigned i = 0; i < a->n; i++) {
        short wanted = 0;
        int fd = a->v[i]->link ? redis_link_poll(a->v[i]->link, &wanted, timeout_us) : -1;

        if (fd >= 0)
            watch(a, fd, wanted);
    }
    if (a->stale && !a->asking) {
        int64_t left = a->next_look - monotonic_us();

        if (left < *timeout_us)
            *timeout_us = left > 0 ? left : 0;
    }
    *events = POLLIN;
    return a->epoll;
}

void redis_servers_each(struct redis_servers *a, void (*each)(void *owner, struct redis_server *s))
{
    for (unsigned i = 0; i < a->n; i++)
        if (a->v[i]->link)
            each(a->owner, a->v[i]);
}
