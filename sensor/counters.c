/* SPDX-License-Identifier: Apache-2.0 */
/* counters: the table behind the X-macro. */
#include "sensor/counters.h"

#include <stddef.h>

static const struct {
    const char *name, *meaning;
    size_t offset;
} table[] = {
#define X(field, name, meaning) {name, meaning, offsetof(struct counters, field)},
    COUNTERS_DECODE(X)
#undef X
};

const char *counter_name(unsigned i)
{
    return table[i].name;
}

const char *counter_meaning(unsigned i)
{
    return table[i].meaning;
}

static const uint64_t *counter_at(const struct counters *c, unsigned i)
{
    return (const uint64_t *)(const void *)((const char *)c + table[i].offset);
}

uint64_t counter_value(const struct counters *c, unsigned i)
{
    return *counter_at(c, i);
}

void counters_add(struct counters *to, const struct counters *c)
{
    uint64_t *t = (uint64_t *)(void *)to;

    for (unsigned i = 0; i < COUNTERS_N; i++)
        t[i] += *counter_at(c, i);
}
