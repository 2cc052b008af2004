/* SPDX-License-Identifier: Apache-2.0 */
/* redis_forms: how a batch's parts are spelled in the step's operations; redis_step.c reads them in this order. */
#ifndef MXTAP_PUBLISH_REDIS_FORMS_H
#define MXTAP_PUBLISH_REDIS_FORMS_H

#include "sensor/publish/redis_batch.h"
#include "sensor/publish/redis_pack.h"

/* What stands before a kind's entities of one hour: the kind, the hour, whether the lifetimes of its boards begin anew, and the kinds
 * of which entities may have graph keys, each with its number. */
void form_kind(struct redis_pack *a, enum redis_kind k, struct span hour, bool anew);
enum { FORM_SEVERAL = 32, FORM_OFTEN = 64 };
/* The place of the other kind among those of k, from 1 on. */
unsigned form_place(enum redis_kind k, enum redis_kind other);
/* Times of a step's entities, each once: first and last as texts, and the last as a number in digits. */
struct form_times {
    struct redis_pack pack;
    struct {
        int64_t first, last;
        uint32_t place;
    } recent[16];
    unsigned next;
};

void form_times_begin(struct form_times *t, struct buf *out);
/* more: elements of its pairs, which stand behind it. */
void form_entity(struct redis_pack *a, struct form_times *t, const struct redis_entity *e, unsigned more);
/* Behind the last operation: the times and how many elements they are. */
void form_times_end(struct redis_pack *a, const struct form_times *t);

#endif
