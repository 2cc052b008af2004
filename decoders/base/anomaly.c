/* SPDX-License-Identifier: Apache-2.0 */
/* anomaly: the table behind the names. */
#include "decoders/base/anomaly.h"

static const struct {
    const char *name, *sentence;
} table[] = {
#define X(name, text, why) {text, why},
    ANOMALIES(X)
#undef X
};

const char *anomaly_name(enum anomaly a)
{
    return table[a].name;
}

const char *anomaly_sentence(enum anomaly a)
{
    return table[a].sentence;
}
