/* SPDX-License-Identifier: Apache-2.0 */
/* redis_harvest: who asks for recipients that are not there, added up over the day and all sensors. */
#ifndef MXTAP_PUBLISH_REDIS_HARVEST_H
#define MXTAP_PUBLISH_REDIS_HARVEST_H

#include "sensor/publish/redis_batch.h"
#include "sensor/publish/redis_values.h"

/* Stages the mail's recipients that were refused as unknown, for its client. Strings go to a, which lives until the batch
 * has applied them. */
void redis_stage_harvest(struct redis_batch *b, struct arena *a, const struct record *r, const struct redis_values *v,
                         struct span day);

#endif
