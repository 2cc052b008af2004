/* SPDX-License-Identifier: Apache-2.0 */
/* wait_list: the flows whose streams owe bytes, by when they began to. */
#ifndef MXTAP_FLOWS_WAIT_LIST_H
#define MXTAP_FLOWS_WAIT_LIST_H

#include "sensor/flows/flow_table.h"

/* Invariant: ordered by waits_us, oldest first; who is in no list has waits_us 0. */
struct wait_list {
    struct flow *oldest, *newest;
    int64_t since_us; /* the oldest's waits_us; 0 while there is none */
};

/* f, which is in none, is the newest. */
void wait_list_add(struct wait_list *l, struct flow *f, int64_t now_us);
/* Nothing to do where it is in none. */
void wait_list_remove(struct wait_list *l, struct flow *f);
/* By a difference: to times that a file says a sum might have no room, and whoever is due at once waits anew and is due for ever. */
static inline bool wait_is_over(int64_t since_us, int64_t now_us)
{
    return now_us - since_us >= LIMIT_TCP_HOLE_USEC;
}

/* When the first of them is due, or latest_us where that is not before it. */
static inline int64_t wait_list_until(const struct wait_list *l, int64_t latest_us)
{
    int64_t due_us = l->since_us < INT64_MAX - LIMIT_TCP_HOLE_USEC ? l->since_us + LIMIT_TCP_HOLE_USEC : INT64_MAX;

    return l->oldest && due_us < latest_us ? due_us : latest_us;
}

/* The one whose time has been up for longest, or NULL. Asked at every frame: the time first, since nobody foresees whether there is one. */
static inline struct flow *wait_list_due(const struct wait_list *l, int64_t now_us)
{
    return wait_is_over(l->since_us, now_us) ? l->oldest : NULL;
}

/* All whose time is up, in the order of their first frames, as flows end (flow_table_expire): n of them in an array
 * that the caller frees with mem_free. NULL for fewer than two, and without memory: then they go by age. */
struct flow **wait_list_all_due(const struct wait_list *l, int64_t now_us, struct mem *m, uint32_t *n);

#endif
