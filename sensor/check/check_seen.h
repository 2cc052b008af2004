/* SPDX-License-Identifier: Apache-2.0 */
/* check_seen: from counts to sentences: what it means that so many were seen, and what to do about it. */
#ifndef MXTAP_CHECK_CHECK_SEEN_H
#define MXTAP_CHECK_CHECK_SEEN_H

#include "sensor/check/glance.h"
#include "sensor/check/said.h"
#include "sensor/options.h"

#define CHECK_NOT_TOLD UINT64_MAX

struct check_seen {
    const struct options *o;
    struct glance *glance;
    unsigned seconds;                      /* that were looked; interfaces only */
    uint64_t received[OPTIONS_INTERFACES]; /* packets that each interface took meanwhile, of any kind; or CHECK_NOT_TOLD */
    struct capture_counts kernel;
};

void check_say_seen(struct said *s, const struct check_seen *seen);

#endif
