/* SPDX-License-Identifier: Apache-2.0 */
/* titles: kinds, traits, fields and outcomes as people read them. In English they are the names that Redis and JSON
 * have, so that what is read on a page can be typed into redis-cli. */
#ifndef MXTAP_SENSOR_TITLES_H
#define MXTAP_SENSOR_TITLES_H

#include "decoders/base/bytes.h"

/* The title of a name of ours ("helo", "first_seen", "accepted") in the language of the run; a name that is not known
 * stays as it is. Static, or name itself. */
const char *title_of(const char *name);
/* The same for a field as Redis has it. */
struct span title_of_span(struct span name);

#endif
