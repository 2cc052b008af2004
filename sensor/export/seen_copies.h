/* SPDX-License-Identifier: Apache-2.0 */
/* seen_copies: relayed copies of mails that went by before (REDIS.md, Copies), among the last some 65,000. */
#ifndef MXTAP_EXPORT_SEEN_COPIES_H
#define MXTAP_EXPORT_SEEN_COPIES_H

#include "sensor/console/copies.h"

struct seen_copies;

/* In m; NULL without memory. */
struct seen_copies *seen_copies_new(struct mem *m);
void seen_copies_free(struct seen_copies *s);

/* True when f is a relayed copy of a mail that was given before, or the other way round. Remembers f. */
bool seen_copies_has(struct seen_copies *s, const struct mail_facts *f);

#endif
