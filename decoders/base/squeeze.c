/* SPDX-License-Identifier: Apache-2.0 */
/* squeeze: masks of what is not zero; runs of zero groups as two bytes. */
#include "decoders/base/squeeze.h"

enum { GROUP = 8, RUN_MOST = 255 };

static bool has_room(struct squeezed *out, const uint8_t *to, size_t n)
{
    out->full |= (size_t)(out->p + out->room - to) < n;
    return !out->full;
}

static uint64_t group_at(const uint8_t *p, size_t left)
{
    uint64_t g = 0;

    if (left >= GROUP)
        memcpy(&g, p, GROUP);
    else
        memcpy(&g, p, left);
    return g;
}

static const uint8_t bits[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4}; /* that are set in each number */

/* Which of its bytes are not zero: 0x80 in each of them. */
static uint64_t bytes_set(uint64_t group)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);

    return (((group & low) + low) | group) & ~low;
}

/* Its mask, then its bytes that are not zero: pairs close up, then pairs of pairs, then the halves. By loops over bytes, or by
 * jumps nobody can foresee, a fold took three times as long. 1 + GROUP bytes at to are written, the end of those that count is
 * returned. */
static uint8_t *put_group(uint8_t *to, uint64_t group)
{
    uint64_t set = bytes_set(group) >> 7, first = (set & UINT64_C(0x0001000100010001)) * 0xffff;
    unsigned mask = (unsigned)(set * UINT64_C(0x0102040810204080) >> 56);
    uint64_t pairs = (group & first) | (group >> 8 & UINT64_C(0x00ff00ff00ff00ff) & ~first);
    uint64_t low = (pairs & 0xffff) | (pairs >> 16 & 0xffff) << 8 * bits[mask & 3];
    uint64_t high = (pairs >> 32 & 0xffff) | pairs >> 48 << 8 * bits[mask >> 4 & 3];

    *to++ = (uint8_t)mask;
    low |= high << 8 * bits[mask & 15];
    memcpy(to, &low, GROUP);
    return to + bits[mask & 15] + bits[mask >> 4];
}

/* Groups of zeros at p, as many as a run may have. Most of a block is zeros: four groups a time. */
static unsigned zero_groups(const uint8_t *p, size_t n)
{
    enum { FOUR = 4 * GROUP };
    unsigned run = 0;
    size_t at = 0;

    for (; n - at >= FOUR && run + 4 <= RUN_MOST; at += FOUR, run += 4) {
        uint64_t g[4];

        memcpy(g, p + at, FOUR);
        if (g[0] | g[1] | g[2] | g[3])
            break;
    }
    for (; at < n && run < RUN_MOST && !group_at(p + at, n - at); at += GROUP)
        run++;
    return run;
}

void squeeze(struct squeezed *out, const void *block, size_t n)
{
    const uint8_t *p = block;
    uint8_t *to = out->p + out->n;
    size_t at = 0;

    while (at < n && has_room(out, to, 2 * GROUP)) {
        uint64_t group = group_at(p + at, n - at);
        unsigned run;

        if (group) {
            to = put_group(to, group);
            at += GROUP;
            continue;
        }
        run = zero_groups(p + at, n - at);
        at += (size_t)run * GROUP;
        *to++ = 0;
        *to++ = (uint8_t)run;
    }
    out->n = (size_t)(to - out->p);
}

void squeeze_text(struct squeezed *out, struct span text)
{
    if (!text.n || !has_room(out, out->p + out->n, text.n))
        return;
    memcpy(out->p + out->n, text.p, text.n);
    out->n += text.n;
}

static bool take(struct span *in, uint8_t *out)
{
    if (!in->n)
        return false;
    *out = *in->p;
    *in = span_from(*in, 1);
    return true;
}

/* The group whose mask that is, off the front of *in, pair by pair without a jump. False: *in ends before. */
static bool take_group(struct span *in, unsigned mask, uint64_t *group)
{
    size_t n = (size_t)bits[mask & 15] + bits[mask >> 4];
    uint64_t rest;

    if (in->n < n)
        return false;
    rest = group_at(in->p, in->n);
    *group = 0;
    for (unsigned pair = 0; pair < GROUP / 2; pair++, mask >>= 2) {
        unsigned some = 8 * bits[mask & 3];

        *group |= (rest & ((UINT64_C(1) << some) - 1)) << 8 * (~mask & 1) << 16 * pair;
        rest >>= some;
    }
    *in = span_from(*in, n);
    return true;
}

static void put_at(uint8_t *to, uint64_t group, size_t left)
{
    if (left >= GROUP)
        memcpy(to, &group, GROUP);
    else
        memcpy(to, &group, left);
}

bool unsqueeze(struct span *in, void *block, size_t n)
{
    uint8_t *to = block, mask, run;
    uint64_t group;
    size_t at = 0;

    memset(block, 0, n);
    while (at < n) {
        if (!take(in, &mask))
            return false;
        if (mask) {
            if (!take_group(in, mask, &group))
                return false;
            put_at(to + at, group, n - at);
            at += GROUP;
        } else {
            if (!take(in, &run))
                return false;
            at += (size_t)run * GROUP;
        }
    }
    return true;
}

struct span unsqueeze_text(struct span *in, size_t n)
{
    struct span text = {NULL, 0};

    if (n <= in->n) {
        text = span_head(*in, n);
        *in = span_from(*in, n);
    }
    return text;
}

/* XOR, but that the results 0 (for base itself) and base (for 0) change places with those nobody gets otherwise. */
uint64_t squeeze_near(uint64_t value, uint64_t base)
{
    if (base < 2 || !value)
        return value;
    if (value == base)
        return 1;
    return value == (base ^ 1) ? base : value ^ base;
}

uint64_t squeeze_back(uint64_t value, uint64_t base)
{
    if (base < 2 || !value)
        return value;
    if (value == 1)
        return base;
    return value == base ? base ^ 1 : value ^ base;
}
