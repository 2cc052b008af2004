/* SPDX-License-Identifier: Apache-2.0 */
/* lanes: a merge that goes on whenever somebody brings something. */
#include "sensor/publish/lanes.h"

#include <pthread.h>
#include <stdlib.h>

struct lane {
    struct parcel *first, *last;
    unsigned n;
    uint64_t bytes;
    uint64_t passed;
    bool waits; /* somebody, until it has room again */
};

/* A run that begins or ends. */
struct turn {
    struct turn *next;
    uint64_t place;
    bool begins;
    struct run_info run;
    uint64_t packets, bytes;
};

struct lanes {
    struct publisher *publisher;
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct turn *turns, **turns_end;
    unsigned n;
    struct lane lane[];
};

struct lanes *lanes_new(struct publisher *p, unsigned n)
{
    struct lanes *l = calloc(1, sizeof(*l) + n * sizeof(l->lane[0]));

    if (!l)
        return NULL;
    l->publisher = p;
    l->n = n;
    l->turns_end = &l->turns;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->room, NULL);
    return l;
}

void lanes_free(struct lanes *l)
{
    if (!l)
        return;
    for (struct turn *t = l->turns, *next; t; t = next) {
        next = t->next;
        free(t);
    }
    for (unsigned i = 0; i < l->n; i++)
        parcel_free(l->lane[i].first);
    pthread_cond_destroy(&l->room);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

static bool is_before(const struct parcel *a, const struct parcel *b)
{
    return a->place != b->place ? a->place < b->place : a->first_frame < b->first_frame;
}

/* What it holds for as long as it waits. */
static uint64_t bytes_of(const struct parcel *p)
{
    return p->line.n + (p->record ? p->record->arena.used : 0);
}

/* The lane whose first record is the earliest of all, NULL: all are empty. */
static struct lane *earliest(struct lanes *l)
{
    struct lane *best = NULL;

    for (unsigned i = 0; i < l->n; i++) {
        struct lane *x = &l->lane[i];

        if (x->first && (!best || is_before(x->first, best->first)))
            best = x;
    }
    return best;
}

/* No lane can bring anything up to that place any more but what it shows. */
static bool all_passed(const struct lanes *l, uint64_t place)
{
    for (unsigned i = 0; i < l->n; i++)
        if (!l->lane[i].first && l->lane[i].passed < place)
            return false;
    return true;
}

static void let_record_go(struct lanes *l, struct lane *x)
{
    struct parcel *p = x->first;

    x->first = p->next;
    x->n--;
    x->bytes -= bytes_of(p);
    p->next = NULL;
    publisher_pass(l->publisher, p);
}

static void let_turn_go(struct lanes *l)
{
    struct turn *t = l->turns;

    l->turns = t->next;
    if (!l->turns)
        l->turns_end = &l->turns;
    if (t->begins)
        publisher_run_begin(l->publisher, &t->run);
    else
        publisher_run_end(l->publisher, t->packets, t->bytes);
    free(t);
}

/* A quarter of it, or it is empty: to wake somebody for each record takes both workers longer than the record did. */
static bool has_room_again(const struct lane *x)
{
    return x->n <= LIMIT_LANE_RECORDS / 4 * 3 && (!x->n || x->bytes <= LIMIT_LANE_BYTES / 4 * 3);
}

static void tell_those_who_wait(struct lanes *l)
{
    bool any = false;

    for (unsigned i = 0; i < l->n; i++) {
        any |= l->lane[i].waits && has_room_again(&l->lane[i]);
        l->lane[i].waits &= !has_room_again(&l->lane[i]);
    }
    if (any)
        pthread_cond_broadcast(&l->room);
}

/* Under the lock, which is held while the publisher is waited for: nobody could go on anyway. */
static void go_on(struct lanes *l)
{
    bool went = false;

    for (;;) {
        struct lane *x = earliest(l);
        const struct turn *t = l->turns;

        if (t && (!x || t->place < x->first->place)) {
            if (!all_passed(l, t->place))
                break;
            let_turn_go(l);
        } else if (x && all_passed(l, x->first->place)) {
            let_record_go(l, x);
            went = true;
        } else {
            break;
        }
    }
    if (went)
        tell_those_who_wait(l);
}

static bool fits(const struct lane *x, const struct parcel *p)
{
    return !x->n || (x->n < LIMIT_LANE_RECORDS && x->bytes + bytes_of(p) <= LIMIT_LANE_BYTES);
}

void lanes_put(struct lanes *l, unsigned lane, struct parcel *p)
{
    struct lane *x = &l->lane[lane];

    pthread_mutex_lock(&l->lock);
    while (!fits(x, p)) {
        x->waits = true;
        while (x->waits)
            pthread_cond_wait(&l->room, &l->lock);
    }
    p->next = NULL;
    if (x->first)
        x->last->next = p;
    else
        x->first = p;
    x->last = p;
    x->n++;
    x->bytes += bytes_of(p);
    if (x->first == p)
        go_on(l);
    pthread_mutex_unlock(&l->lock);
}

void lanes_passed(struct lanes *l, unsigned lane, uint64_t place)
{
    pthread_mutex_lock(&l->lock);
    l->lane[lane].passed = place;
    go_on(l);
    pthread_mutex_unlock(&l->lock);
}

/* Without memory the turn is lost, as the publisher's own would be. */
static void add_turn(struct lanes *l, const struct turn *t)
{
    struct turn *copy = malloc(sizeof(*copy));

    if (!copy)
        return;
    *copy = *t;
    pthread_mutex_lock(&l->lock);
    *l->turns_end = copy;
    l->turns_end = &copy->next;
    go_on(l);
    pthread_mutex_unlock(&l->lock);
}

void lanes_run_begin(struct lanes *l, uint64_t place, const struct run_info *run)
{
    add_turn(l, &(struct turn){.place = place, .begins = true, .run = *run});
}

void lanes_run_end(struct lanes *l, uint64_t place, uint64_t packets, uint64_t bytes)
{
    add_turn(l, &(struct turn){.place = place, .packets = packets, .bytes = bytes});
}
