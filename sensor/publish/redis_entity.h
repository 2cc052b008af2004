/* SPDX-License-Identifier: Apache-2.0 */
/* redis_entity: what several records of a batch say of one value becomes one update. */
#ifndef MXTAP_PUBLISH_REDIS_ENTITY_H
#define MXTAP_PUBLISH_REDIS_ENTITY_H

#include "sensor/publish/redis_batch.h"

/* A copy with its texts in strings, NULL without memory. */
struct redis_entity *entity_copy(struct arena *strings, const struct redis_entity *e);
/* What e says is added to `to`. */
void entity_merge(struct arena *strings, struct redis_entity *to, const struct redis_entity *e);

#endif
