/* SPDX-License-Identifier: Apache-2.0 */
/* parcel: a finished record on its way to the sinks, with the line that stands for it. */
#ifndef MXTAP_PUBLISH_PARCEL_H
#define MXTAP_PUBLISH_PARCEL_H

#include "sensor/record.h"

/* It changes hands whole: worker -> publisher -> back to the pool it came from. One thread touches it at a time. */
struct parcel {
    struct parcel *next;         /* list of whoever holds it */
    struct record *record;       /* NULL: no sink wants more than its line; else it goes back with the parcel */
    uint64_t place, first_frame; /* the record's: the order in which parcels leave */
    bool live;
    bool has_line;               /* false: no sink wants it, or there was no memory for it */
    struct buf line;             /* the JSON object and its line end; counted in a struct mem of the parcel's own */
};

/* Parcels go round as records do, in a pool for each thread that fills them: another one's would be cold, and its memory another
 * thread's heap. Thread-safe. All parcels are back, or freed, when a pool ends. */
struct parcel_pool;
struct parcel_pool *parcel_pool_new(void);
void parcel_pool_free(struct parcel_pool *p);
/* An empty parcel, or NULL when there is no memory. */
struct parcel *parcel_take(struct parcel_pool *p);
/* A list of them, linked by next, each to its own pool; their records go back too. */
void parcel_give_back(struct parcel *list);
/* The same, but nobody gets them. */
void parcel_free(struct parcel *list);

/* Bytes that it holds, its record's too. */
static inline size_t parcel_weight(const struct parcel *x)
{
    return sizeof(*x) + mem_weight(x->line.mem) + (x->record ? record_weight(x->record) : 0);
}

#endif
