/* SPDX-License-Identifier: Apache-2.0 */
/* kind_value: what a person types for a value, as Redis has it. */
#ifndef MXTAP_CONSOLE_KIND_VALUE_H
#define MXTAP_CONSOLE_KIND_VALUE_H

#include "sensor/publish/redis_keys.h"

/* The forms under which a typed value may be stored, likeliest first: folded as the sensor folds it and
 * escaped; as it was typed, for values copied from a table. Spans live in the arena. */
enum { KIND_VALUE_FORMS = 3 };
struct kind_value {
    struct span forms[KIND_VALUE_FORMS];
    unsigned n;
};

/* False with a sentence in why for what can be no value of the kind (an ip that is none). */
bool kind_value_read(struct kind_value *v, struct arena *a, enum redis_kind k, const char *typed, char why[128]);

/* True for kinds whose values are names of hosts: in lower case, without a final dot. */
bool kind_is_host(enum redis_kind k);

#endif
