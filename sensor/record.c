/* SPDX-License-Identifier: Apache-2.0 */
/* record: the pool in which records go round between workers and publisher, and the words for enums. */
#include "sensor/record.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

const struct ip_addr *record_link_ip(const struct record *r, uint32_t i, uint32_t n)
{
    if (r->links[i].ip.family)
        return n ? NULL : &r->links[i].ip;
    return r->link_names && n < r->link_names[i].ips_n ? &r->link_names[i].ips[n] : NULL;
}

/* Records kept of one worker, as many as are usually on their way; and those of them that keep all of their memory, which few
 * are waiting with at once: they are the first to go again. */
enum { POOL_KEEP = 256, POOL_WHOLE = 16 };

/* Every record has its own struct mem, since its arena crosses threads and struct mem is for one at a time. */
struct pooled {
    struct record record;
    struct mem mem;
    struct record_pool *home;
};

struct idle {
    struct record *first; /* the last that came back: it is warm */
    unsigned n;
};

struct record_pool {
    pthread_mutex_t lock;
    struct idle whole, bare;
};

struct record_pool *record_pool_new(void)
{
    struct record_pool *p = calloc(1, sizeof(*p));

    if (p)
        pthread_mutex_init(&p->lock, NULL);
    return p;
}

static struct pooled *pooled_of(struct record *r)
{
    return (struct pooled *)(void *)r;
}

static void pooled_free(struct record *r)
{
    arena_free(&r->arena);
    free(pooled_of(r));
}

static void idle_push(struct idle *l, struct record *r)
{
    r->next = l->first;
    l->first = r;
    l->n++;
}

/* NULL: there is none. */
static struct record *idle_pop(struct idle *l)
{
    struct record *r = l->first;

    if (!r)
        return NULL;
    l->first = r->next;
    l->n--;
    return r;
}

void record_pool_free(struct record_pool *p)
{
    struct record *r;

    if (!p)
        return;
    while ((r = idle_pop(&p->whole)) || (r = idle_pop(&p->bare)))
        pooled_free(r);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static struct record *record_new(struct record_pool *home)
{
    struct pooled *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    x->home = home;
    mem_init(&x->mem, 0);
    arena_init(&x->record.arena, &x->mem, LIMIT_RECORD_BYTES);
    return &x->record;
}

/* All behind the arena is. Less than 2 KiB: from there on glibc's memset takes `rep stosb`, which is long in beginning. */
enum { EMPTIED = sizeof(struct arena) };
_Static_assert(offsetof(struct record, arena) == 0 && sizeof(struct record) - EMPTIED < 2048, "what record_take empties");

struct record *record_take(struct record_pool *p)
{
    struct record *r;

    pthread_mutex_lock(&p->lock);
    r = idle_pop(&p->whole);
    if (!r)
        r = idle_pop(&p->bare);
    pthread_mutex_unlock(&p->lock);
    if (!r)
        return record_new(p);
    __builtin_prefetch(r->arena.first, 1);
    r->arena.mem->refused = 0;
    memset((uint8_t *)r + EMPTIED, 0, sizeof(*r) - EMPTIED);
    return r;
}

void record_give_back(struct record *r)
{
    struct record_pool *p = pooled_of(r)->home;

    arena_rewind(&r->arena);
    pthread_mutex_lock(&p->lock);
    if (p->whole.n < POOL_WHOLE) {
        idle_push(&p->whole, r);
        r = NULL;
    } else if (p->whole.n + p->bare.n < POOL_KEEP) {
        arena_reset(&r->arena);
        idle_push(&p->bare, r);
        r = NULL;
    }
    pthread_mutex_unlock(&p->lock);
    if (r)
        pooled_free(r);
}

const char *smtp_outcome_name(enum smtp_outcome o)
{
    static const char *const names[] = {
        [SMTP_ACCEPTED] = "accepted", [SMTP_PARTIAL] = "partial",       [SMTP_DEFERRED] = "deferred",
        [SMTP_REFUSED] = "refused",   [SMTP_RESET] = "reset",           [SMTP_UNKNOWN] = "unknown",
        [SMTP_UNFINISHED] = "unfinished",
    };

    return names[o];
}

const char *session_outcome_name(enum smtp_session_outcome o)
{
    static const char *const names[] = {
        [SMTP_SESSION_MAIL] = "mail",         [SMTP_SESSION_ENCRYPTED] = "encrypted",
        [SMTP_SESSION_REFUSED] = "refused",   [SMTP_SESSION_DEFERRED] = "deferred",
        [SMTP_SESSION_UNKNOWN] = "unknown",   [SMTP_SESSION_UNFINISHED] = "unfinished",
        [SMTP_SESSION_QUIET] = "quiet",
    };

    return names[o];
}

const char *direction_name(enum record_direction d)
{
    static const char *const names[] = {
        [DIRECTION_INBOUND] = "inbound",
        [DIRECTION_OUTBOUND] = "outbound",
        [DIRECTION_INTERNAL] = "internal",
        [DIRECTION_TRANSIT] = "transit",
    };

    return names[d];
}
