/* SPDX-License-Identifier: Apache-2.0 */
/* export_walk: the mails that were asked for, from the stream or from JSON lines, oldest first, each once. */
#ifndef MXTAP_EXPORT_WALK_H
#define MXTAP_EXPORT_WALK_H

#include "sensor/console/questions.h"
#include "sensor/console/mail_facts.h"

typedef void (*export_walk_each)(void *ctx, const struct mail_facts *f);

struct export_walk_counts {
    uint64_t looked, copies; /* mails; of them relayed copies, which are left out */
};

/* Says itself what went wrong; the program's status. */
int export_walk(const struct question_options *o, struct mem *m, export_walk_each each, void *ctx,
                struct export_walk_counts *counts);

#endif
