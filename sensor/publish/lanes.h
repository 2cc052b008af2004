/* SPDX-License-Identifier: Apache-2.0 */
/* lanes: the records of several workers, passed on in the one order in which a single worker would have made them. */
#ifndef MXTAP_PUBLISH_LANES_H
#define MXTAP_PUBLISH_LANES_H

#include "sensor/publish/publisher.h"

/*
 * Each worker has a lane; its records come in the order of (place, first_frame), and so they leave over all lanes. A record
 * leaves when no other lane can bring an earlier one: each has shown one, or said how far it is (lanes_passed). Runs
 * begin and end between records, by their place.
 * Invariant: a lane holds at most LIMIT_LANE_RECORDS records with LIMIT_LANE_BYTES of arenas and lines (one is always let in): whoever has more
 * waits for the others until a quarter of it is free. That ends: they come as far as the first one of the lane that waits, for all read the same
 * input. For replays alone: the publisher may be waited for.
 */
struct lanes;

/* publisher is borrowed. NULL without memory. */
struct lanes *lanes_new(struct publisher *p, unsigned n);
/* Records that have not left are lost. */
void lanes_free(struct lanes *l);

/* Takes p; may sleep. */
void lanes_put(struct lanes *l, unsigned lane, struct parcel *p);
/* Every record of that lane up to this place, it included, has been put. */
void lanes_passed(struct lanes *l, unsigned lane, uint64_t place);

/* At that place, which no record has; copied. Called by whoever reads, before it passes anything on that lies behind. */
void lanes_run_begin(struct lanes *l, uint64_t place, const struct run_info *run);
void lanes_run_end(struct lanes *l, uint64_t place, uint64_t packets, uint64_t bytes);

#endif
