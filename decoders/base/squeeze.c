/* SPDX-License-Identifier: Apache-2.0 */
/* squeeze: masks of what is not zero; runs of zero groups as two bytes. */
#include "decoders/base/squeeze.h"

enum { GROUP = 8, RUN_MOST = 255 };

static bool has_room(struct squeezed *out, size_t n)
{
    out->full |= out->room - out->n < n;
    return !out->full;
}

static uint64_t group_at(const uint8_t *p, size_t left)
{
    uint64_t g = 0;

    memcpy(&g, p, left < GROUP ? left : GROUP);
    return g;
}

/* Zeros are written too, and then written over: a jump would be foreseen worse than a store costs. */
static void put_group(struct squeezed *out, uint64_t group)
{
    uint8_t *to = out->p + out->n + 1, bytes[GROUP];
    unsigned mask = 0;

    memcpy(bytes, &group, GROUP);
    for (unsigned i = 0; i < GROUP; i++) {
        *to = bytes[i];
        to += bytes[i] != 0;
        mask |= (unsigned)(bytes[i] != 0) << i;
    }
    out->p[out->n] = (uint8_t)mask;
    out->n = (size_t)(to - out->p);
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
    size_t at = 0;

    while (at < n && has_room(out, 2 * GROUP)) {
        unsigned run = zero_groups(p + at, n - at);

        if (run) {
            at += (size_t)run * GROUP;
            out->p[out->n++] = 0;
            out->p[out->n++] = (uint8_t)run;
        } else {
            put_group(out, group_at(p + at, n - at));
            at += GROUP;
        }
    }
}

void squeeze_text(struct squeezed *out, struct span text)
{
    if (!text.n || !has_room(out, text.n))
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

static bool take_group(struct span *in, uint8_t mask, uint8_t bytes[GROUP])
{
    memset(bytes, 0, GROUP);
    for (unsigned i = 0; i < GROUP; i++)
        if ((mask >> i & 1) && !take(in, &bytes[i]))
            return false;
    return true;
}

bool unsqueeze(struct span *in, void *block, size_t n)
{
    uint8_t *to = block, mask, run, bytes[GROUP];
    size_t at = 0;

    memset(block, 0, n);
    while (at < n) {
        if (!take(in, &mask))
            return false;
        if (mask) {
            if (!take_group(in, mask, bytes))
                return false;
            memcpy(to + at, bytes, n - at < GROUP ? n - at : GROUP);
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
