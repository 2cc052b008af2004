/* SPDX-License-Identifier: Apache-2.0 */
/* fragment_pairs: a byte a place; nobody ever has to clear them. */
#include "sensor/fragment_pairs.h"

/* The same for both directions, and nobody outside knows which pairs share it. */
static uint32_t place_of(const struct share *s, const struct packet *p)
{
    const struct endpoint a = {.ip = p->src.ip}, b = {.ip = p->dst.ip};

    return ((share_sum(&a, &b) + s->add) * s->times[0] >> 16) % FRAGMENT_PLACES;
}

static uint8_t minute_of(int64_t ts_us)
{
    return (uint8_t)((uint64_t)ts_us / FRAGMENT_MINUTE_US % UINT8_MAX + 1);
}

void fragment_pairs_note(struct fragment_pairs *x, const struct share *s, const struct packet *p, int64_t ts_us)
{
    atomic_store_explicit(&x->minute[place_of(s, p)], minute_of(ts_us), memory_order_relaxed);
}

bool fragment_pairs_has(const struct fragment_pairs *x, const struct share *s, const struct packet *p, int64_t ts_us)
{
    uint8_t last = atomic_load_explicit(&x->minute[place_of(s, p)], memory_order_relaxed);

    return last && (last == minute_of(ts_us) || last == minute_of(ts_us - FRAGMENT_MINUTE_US));
}
