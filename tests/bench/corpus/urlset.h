/* SPDX-License-Identifier: Apache-2.0 */
/* The distinct URLs of one mail: the generator's truth about email.url. */
#ifndef BENCH_URLSET_H
#define BENCH_URLSET_H

#include "buf.h"

/* Invariant: slot[i] is 0 or 1 + index of the URL hashed there; at[k] is URL k's offset in text. */
struct urlset {
    struct buf text; /* URLs, each with its zero byte */
    uint32_t *at;
    uint32_t *slot;
    uint32_t count, slots;
};

void urlset_free(struct urlset *s);
void urlset_reset(struct urlset *s);
/* Copies url; one that is already there is not added again. */
void urlset_add(struct urlset *s, const char *url);
/* Borrowed until the next add. */
const char *urlset_get(const struct urlset *s, uint32_t i);

#endif
