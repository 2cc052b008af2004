/* SPDX-License-Identifier: Apache-2.0 */
/* pace: how many strides were granted to whom, under one lock, which is taken once a stride. */
#include "sensor/pace.h"

#include <pthread.h>
#include <stdlib.h>

#include "decoders/base/limits.h"

struct pace {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    unsigned n;
    bool begun, stopped;
    uint64_t end;                /* stopped: nobody gets more strides than that */
    uint64_t awaited;            /* where the slowest must come to for somebody to go on; UINT64_MAX: nobody waits */
    uint64_t granted[LIMIT_WORKERS];
};

struct pace *pace_new(unsigned workers)
{
    struct pace *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->n = workers;
    p->awaited = UINT64_MAX;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->moved, NULL);
    return p;
}

void pace_free(struct pace *p)
{
    if (!p)
        return;
    pthread_cond_destroy(&p->moved);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static uint64_t slowest(const struct pace *p)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < p->n; i++)
        if (p->granted[i] < least)
            least = p->granted[i];
    return least;
}

static uint64_t furthest(const struct pace *p)
{
    uint64_t most = 0;

    for (unsigned i = 0; i < p->n; i++)
        if (p->granted[i] > most)
            most = p->granted[i];
    return most;
}

/* Under the lock. Those who wait on say anew how long. */
static void tell_those_who_wait(struct pace *p)
{
    if (slowest(p) < p->awaited)
        return;
    p->awaited = UINT64_MAX;
    pthread_cond_broadcast(&p->moved);
}

/* Under the lock. Whoever is too far in front waits until it is half as far: a switch of threads costs more than a stride. */
static void wait_for_slowest(struct pace *p, uint64_t granted)
{
    uint64_t until = granted - PACE_AHEAD / 2;

    if (granted <= PACE_AHEAD || slowest(p) >= granted - PACE_AHEAD)
        return;
    while (slowest(p) < until) {
        if (until < p->awaited)
            p->awaited = until;
        pthread_cond_wait(&p->moved, &p->lock);
    }
}

void pace_begin(struct pace *p)
{
    pthread_mutex_lock(&p->lock);
    for (unsigned i = 0; i < p->n && !p->begun && !p->stopped; i++)
        p->granted[i] = 1;
    p->begun |= !p->stopped;
    pthread_cond_broadcast(&p->moved);
    pthread_mutex_unlock(&p->lock);
}

bool pace_wait(struct pace *p)
{
    bool begun;

    pthread_mutex_lock(&p->lock);
    while (!p->begun && !p->stopped)
        pthread_cond_wait(&p->moved, &p->lock);
    begun = p->begun;
    pthread_mutex_unlock(&p->lock);
    return begun;
}

bool pace_next(struct pace *p, unsigned who)
{
    bool may;

    pthread_mutex_lock(&p->lock);
    may = !p->stopped || p->granted[who] < p->end;
    if (may) {
        uint64_t granted = ++p->granted[who];

        tell_those_who_wait(p);
        wait_for_slowest(p, granted);
    }
    pthread_mutex_unlock(&p->lock);
    return may;
}

void pace_leave(struct pace *p, unsigned who)
{
    pthread_mutex_lock(&p->lock);
    p->granted[who] = UINT64_MAX;
    if (!p->begun && !p->stopped) { /* not one file had a frame: nobody else will ever say so */
        p->stopped = true;
        pthread_cond_broadcast(&p->moved);
    }
    tell_those_who_wait(p);
    pthread_mutex_unlock(&p->lock);
}

bool pace_stop(struct pace *p)
{
    bool begun;

    pthread_mutex_lock(&p->lock);
    if (!p->stopped)
        p->end = furthest(p);
    p->stopped = true;
    begun = p->begun;
    pthread_cond_broadcast(&p->moved);
    pthread_mutex_unlock(&p->lock);
    return !begun;
}
