/* SPDX-License-Identifier: Apache-2.0 */
/* parcel: the pool in which parcels go round; the last one that came back goes out first, since it is warm. */
#include "sensor/publish/parcel.h"

#include <pthread.h>
#include <stdlib.h>

#include "decoders/base/limits.h"

/* As a record's: its memory crosses threads, and struct mem is for one at a time. */
struct pooled {
    struct parcel parcel;
    struct parcel_pool *home;
    struct mem mem;
};

struct parcel_pool {
    pthread_mutex_t lock;
    struct parcel *idle;
    size_t bytes;
};

struct parcel_pool *parcel_pool_new(void)
{
    struct parcel_pool *p = calloc(1, sizeof(*p));

    if (p)
        pthread_mutex_init(&p->lock, NULL);
    return p;
}

static struct parcel *parcel_new(struct parcel_pool *home)
{
    struct pooled *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    x->home = home;
    mem_init(&x->mem, 0);
    buf_init(&x->parcel.line, &x->mem, LIMIT_RECORD_LINE);
    return &x->parcel;
}

struct parcel *parcel_take(struct parcel_pool *p)
{
    struct parcel *x;

    pthread_mutex_lock(&p->lock);
    x = p->idle;
    if (x) {
        p->idle = x->next;
        p->bytes -= parcel_weight(x);
    }
    pthread_mutex_unlock(&p->lock);
    if (!x)
        return parcel_new(p);
    x->next = NULL;
    return x;
}

static void pooled_free(struct parcel *x)
{
    buf_free(&x->line);
    free((struct pooled *)(void *)x);
}

static void give_record_back(struct parcel *x)
{
    if (x->record)
        record_give_back(x->record);
    x->record = NULL;
}

void parcel_free(struct parcel *list)
{
    struct parcel *x;

    while ((x = list) != NULL) {
        list = x->next;
        give_record_back(x);
        pooled_free(x);
    }
}

void parcel_pool_free(struct parcel_pool *p)
{
    if (!p)
        return;
    parcel_free(p->idle);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* False: its pool has enough. */
static bool goes_home(struct parcel *x)
{
    struct parcel_pool *p = ((struct pooled *)(void *)x)->home;
    bool fits;

    pthread_mutex_lock(&p->lock);
    fits = p->bytes + parcel_weight(x) <= LIMIT_PARCEL_BYTES;
    if (fits) {
        p->bytes += parcel_weight(x);
        x->next = p->idle;
        p->idle = x;
    }
    pthread_mutex_unlock(&p->lock);
    return fits;
}

void parcel_give_back(struct parcel *list)
{
    struct parcel *x;

    while ((x = list) != NULL) {
        list = x->next;
        give_record_back(x);
        if (!goes_home(x))
            pooled_free(x);
    }
}
