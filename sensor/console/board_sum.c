/* SPDX-License-Identifier: Apache-2.0 */
/* board_sum: whole days from day boards, the rest from hour boards; missing hours are told from empty ones by the
 * day's own sum. */
#include "sensor/console/board_sum.h"

#include <stdlib.h>

enum {
    VALUES_MAX = 4 * 1024 * 1024,
    BYTES_MAX = 512 * 1024 * 1024,
    DAY_H = 24,
    RETENTION_H = 30 * DAY_H /* as the sensors' --redis-retention has it by default */
};

void board_sum_init(struct board_sum *b)
{
    *b = (struct board_sum){.total = 0};
    mem_init(&b->mem, 0);
    value_set_init(&b->values, &b->mem, VALUES_MAX, BYTES_MAX);
}

void board_sum_free(struct board_sum *b)
{
    mem_free(&b->mem, b->mails, b->cap * sizeof(*b->mails));
    mem_free(&b->mem, b->bound, b->cap * sizeof(*b->bound));
    b->mails = b->bound = NULL;
    b->cap = 0;
    value_set_free(&b->values);
}

static bool grow(struct board_sum *b)
{
    uint32_t cap = b->cap ? 2 * b->cap : 256;
    uint64_t *mails = mem_zalloc(&b->mem, cap * sizeof(*mails)), *bound = mem_zalloc(&b->mem, cap * sizeof(*bound));

    if (!mails || !bound) {
        mem_free(&b->mem, mails, cap * sizeof(*mails));
        mem_free(&b->mem, bound, cap * sizeof(*bound));
        return false;
    }
    if (b->cap) {
        memcpy(mails, b->mails, b->cap * sizeof(*mails));
        memcpy(bound, b->bound, b->cap * sizeof(*bound));
    }
    mem_free(&b->mem, b->mails, b->cap * sizeof(*mails));
    mem_free(&b->mem, b->bound, b->cap * sizeof(*bound));
    b->mails = mails;
    b->bound = bound;
    b->cap = cap;
    return true;
}

static void take_value(void *ctx, struct span value, uint64_t mails)
{
    struct board_sum *b = ctx;
    uint32_t i = value_set_add(&b->values, value);

    if (i == VALUE_NONE)
        return;
    if (i >= b->cap && !grow(b)) {
        b->values.full = true;
        return;
    }
    b->mails[i] += mails;
    b->total += mails;
    if (b->size.full)
        b->bound[i] += b->size.least;
}

static bool add_board(struct board_sum *b, struct store *s, enum redis_kind k, struct span period)
{
    if (!store_board(s, k, period, 0, take_value, b, &b->size))
        return false;
    if (b->size.full) {
        b->full = true;
        b->full_least += b->size.least;
    }
    return true;
}

static void gap_add(struct gaps *g, int64_t from, int64_t to)
{
    if (g->n && g->v[g->n - 1].to == from)
        g->v[g->n - 1].to = to;
    else if (g->n < GAPS)
        g->v[g->n++] = (struct gap){from, to};
}

static void take_mails(void *ctx, struct span value, uint64_t mails)
{
    (void)value;
    *(uint64_t *)ctx += mails;
}

/* Mails of each hour of a day and of the whole day, as the boards have them. */
static bool day_sums(struct store *s, enum redis_kind k, int64_t day, uint64_t hours[DAY_H], uint64_t *whole)
{
    struct store_size size = {0};
    char name[12];

    *whole = 0;
    period_name_day(day, name);
    if (!store_board(s, k, span_cstr(name), 0, take_mails, whole, &size))
        return false;
    for (int h = 0; h < DAY_H; h++) {
        hours[h] = 0;
        period_name_hour(day + h, name);
        if (!store_board(s, k, span_cstr(name), 0, take_mails, &hours[h], &size))
            return false;
    }
    return true;
}

/* Which of the hours from..to of one day had mails that their boards no longer hold. */
static bool find_gone(struct board_sum *b, struct store *s, enum redis_kind k, int64_t from, int64_t to)
{
    int64_t day = from / DAY_H * DAY_H;
    uint64_t hours[DAY_H], whole, left = 0;

    if (!day_sums(s, k, day, hours, &whole))
        return false;
    for (int h = 0; h < DAY_H; h++)
        left += hours[h];
    for (int64_t h = from; left < whole && h < to; h++)
        if (hours[h - day] == 0)
            gap_add(&b->hours_gone, h, h + 1);
    return true;
}

/* The hour boards of one day, from..to. */
static bool add_hours(struct board_sum *b, struct store *s, enum redis_kind k, int64_t from, int64_t to)
{
    char name[12];
    bool missing = false;

    for (int64_t h = from; h < to; h++) {
        period_name_hour(h, name);
        if (!add_board(b, s, k, span_cstr(name)))
            return false;
        missing = missing || b->size.members == 0;
    }
    return !missing || find_gone(b, s, k, from, to);
}

bool board_sum_read(struct board_sum *b, struct store *s, enum redis_kind k, const struct period *p, int64_t now_s)
{
    int64_t at = p->from, end;
    unsigned hours;
    char name[12];
    bool ok = true;

    if (p->all) {
        ok = add_board(b, s, k, SPAN(""));
        at = p->to;
    }
    while (ok && (hours = period_board(p, at, name)) != 0) {
        if (hours == DAY_H) {
            ok = add_board(b, s, k, span_cstr(name));
            if (ok && !b->size.members && at + DAY_H <= calendar_hour(&p->calendar, now_s) - RETENTION_H)
                gap_add(&b->days_unknown, at, at + DAY_H);
            at += DAY_H;
            continue;
        }
        end = at / DAY_H * DAY_H + DAY_H;
        end = end < p->to ? end : p->to;
        ok = add_hours(b, s, k, at, end);
        at = end;
    }
    b->members = b->values.n;
    return ok && !b->values.full;
}

static int by_mails(const void *x, const void *y)
{
    const struct value_mails *a = x, *b = y;
    size_t n = a->value.n < b->value.n ? a->value.n : b->value.n;
    int order;

    if (a->mails != b->mails)
        return a->mails > b->mails ? -1 : 1;
    order = memcmp(a->value.p, b->value.p, n);
    return order ? order : (a->value.n > b->value.n) - (a->value.n < b->value.n);
}

uint32_t board_sum_top(const struct board_sum *b, struct value_mails *out, uint32_t n)
{
    struct value_mails *all = b->values.n ? malloc(b->values.n * sizeof(*all)) : NULL;

    if (!all)
        return 0;
    for (uint32_t i = 0; i < b->values.n; i++)
        all[i] = (struct value_mails){b->values.values[i], b->mails[i], b->full_least - b->bound[i]};
    qsort(all, b->values.n, sizeof(*all), by_mails);
    n = n < b->values.n ? n : b->values.n;
    memcpy(out, all, n * sizeof(*all));
    free(all);
    return n;
}
