/* SPDX-License-Identifier: Apache-2.0 */
/* board_sum: the boards of a period added up, and what they cannot tell. */
#ifndef MXTAP_CONSOLE_BOARD_SUM_H
#define MXTAP_CONSOLE_BOARD_SUM_H

#include "sensor/console/period.h"
#include "sensor/console/store.h"
#include "sensor/console/value_set.h"

/* Mails of a value: at least `mails`; on full boards where it is missing, fewer than `more` besides. */
struct value_mails {
    struct span value;
    uint64_t mails, more;
};

enum { GAPS = 64 };
/* A run of hours: from, behind the last. */
struct gap {
    int64_t from, to;
};
struct gaps {
    struct gap v[GAPS];
    unsigned n;
};

struct board_sum {
    struct mem mem;
    struct value_set values;
    uint64_t *mails, *bound;   /* by value's number; bound: the least of the full boards it is on */
    uint32_t cap;
    uint64_t total;            /* of all values */
    uint64_t members;          /* distinct values; of a full board, those it holds */
    uint64_t full_least;       /* of all full boards together */
    bool full;
    struct gaps hours_gone;    /* their day board knows of more mails than the hours that are left */
    struct gaps days_unknown;  /* no board: no mail, or longer ago than Redis keeps */
    struct store_size size;    /* of the board being read */
};

void board_sum_init(struct board_sum *b);
void board_sum_free(struct board_sum *b);

/* All of a kind's values in a period. False: store_why, or "too many values" (b->values.full). */
bool board_sum_read(struct board_sum *b, struct store *s, enum redis_kind k, const struct period *p, int64_t now_s);

/* The n with most mails, most first, equal ones in byte order; returns how many. out[n]. */
uint32_t board_sum_top(const struct board_sum *b, struct value_mails *out, uint32_t n);

#endif
