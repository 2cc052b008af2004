/* SPDX-License-Identifier: Apache-2.0 */
/* redis_record: what one record adds to Redis: which kinds, which pairs, which counters, which streams. */
#ifndef MXTAP_PUBLISH_REDIS_RECORD_H
#define MXTAP_PUBLISH_REDIS_RECORD_H

#include "sensor/publish/record_json.h"
#include "sensor/publish/redis_batch.h"

struct redis_recorder;

/* json, its redactor and the calendar of the boards are borrowed. alert_score 0: no alerts by score. buckets: 1, or a cluster's. NULL without memory. */
struct redis_recorder *redis_recorder_new(struct mem *m, const struct json_options *json, const struct calendar *calendar,
                                          int alert_score, unsigned buckets);
void redis_recorder_free(struct redis_recorder *x);

/* Another mail of which this one is a relayed copy (REDIS.md, Copies). */
struct redis_copy {
    bool is_copy;
    uint64_t flow_id;
    uint32_t tx_id;
};

/* Stages r (RECORD_SMTP or RECORD_SESSION) into b. What is staged lives until the next call. */
void redis_record_stage(struct redis_recorder *x, struct redis_batch *b, const struct record *r,
                        const struct redis_copy *copy);

/* Whether entities of kind k have a graph key to `other`. */
bool redis_record_has_pair(enum redis_kind k, enum redis_kind other);

#endif
