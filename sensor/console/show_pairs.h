/* SPDX-License-Identifier: Apache-2.0 */
/* show_pairs: what came with a value, kind by kind; a network's and a system's addresses. */
#ifndef MXTAP_CONSOLE_SHOW_PAIRS_H
#define MXTAP_CONSOLE_SHOW_PAIRS_H

#include "sensor/console/report.h"

struct pair_value {
    struct span value;
    uint64_t mails;
};

struct pair_list {
    struct pair_value *v;
    uint32_t n, cap;
    struct store_size size;
};

struct pairs {
    struct arena *arena;
    struct pair_list kinds[KINDS];
    struct pair_list addresses; /* of a network or AS that has no graph key of its own to them */
    struct pair_list *reading;
};

/* Strings live in the arena. */
void pairs_init(struct pairs *p, struct arena *a);

/* The `most` leaders of every kind that can come with k; of a network or AS up to 1,000 addresses. */
bool pairs_read(struct pairs *p, struct store *s, enum redis_kind k, struct span value, unsigned most);

void pairs_put(const struct pairs *p, struct buf *out, unsigned width);
/* "with": {kind: {"members": n, "values": [{"value", "mails"}]}}, "addresses": [...]. */
void pairs_json(const struct pairs *p, struct json *j);

#endif
