/* SPDX-License-Identifier: Apache-2.0 */
/* age_lists: the flows of a table by how long they have been silent. */
#ifndef MXTAP_FLOWS_AGE_LISTS_H
#define MXTAP_FLOWS_AGE_LISTS_H

#include "sensor/flows/flow_table.h"

struct age_list {
    struct flow_node *oldest, *newest;
};

/* Invariants: each list is ordered by last_us; who rests or is busy was silent for longer than the awake of his age;
 * cheap counts the nodes of classes in front of AGE_OPEN. All zero: empty. */
struct age_lists {
    struct age_list list[FLOW_STATES][AGE_CLASSES];
    uint32_t cheap;
};

/* Which age class one that is awake belongs to now. */
enum flow_age age_of_flow(const struct flow *f);

/* x becomes the newest of that list; it is in none. */
void age_enlist(struct age_lists *l, struct flow_node *x, enum flow_age age, enum flow_state state);
/* x wakes: it becomes the oldest of those of its age who are awake. */
void age_enlist_woken(struct age_lists *l, struct flow_node *x);
void age_unlist(struct age_lists *l, struct flow_node *x);

/* Of the ages [from, to) the one that was silent for longest, but for one (NULL: of all). NULL: there is none. */
struct flow_node *age_oldest(const struct age_lists *l, int from, int to, const struct flow_node *but);

/* The nodes that are older than their age allows (all: every one), written to into unless that is NULL. How many. */
uint32_t age_gather(const struct age_lists *l, int64_t now_us, bool all, struct flow_node **into);
/* One of them; NULL: there is none. */
struct flow_node *age_any(const struct age_lists *l, int64_t now_us, bool all);
/* The next who is awake, may rest and has been silent for LIMIT_FLOW_REST_USEC. NULL: nobody is. */
struct flow_node *age_silent(const struct age_lists *l, int64_t now_us);
/* Until when age_gather and, where rests is true, age_silent give nothing, whoever comes or is touched meanwhile. */
int64_t age_next_due(const struct age_lists *l, int64_t now_us, bool rests);

#endif
