/* SPDX-License-Identifier: Apache-2.0 */
/* spool_frame: a frame's header, written and believed. */
#include "sensor/publish/spool_frame.h"

#include "decoders/base/siphash.h"

static const struct span magic = {(const uint8_t *)"MXSPOOL3", 8};

static void put_number(uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t number(const uint8_t *p, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

uint64_t frame_check(struct span s)
{
    static const struct hash_key key = {0x6d787461702d7370, 0x6f6f6c2d63686563};

    return siphash(&key, s);
}

void frame_write(const struct frame_header *h, uint8_t out[FRAME_HEADER])
{
    memcpy(out, magic.p, magic.n);
    put_number(out + 8, h->kind, 4);
    put_number(out + 12, h->bytes, 4);
    put_number(out + 16, h->number, 8);
    put_number(out + 24, h->body_check, 8);
    put_number(out + 32, frame_check(span_of(out, 32)), 8);
}

bool frame_read(struct span s, struct frame_header *out)
{
    if (s.n < FRAME_HEADER || memcmp(s.p, magic.p, magic.n) != 0 ||
        number(s.p + 32, 8) != frame_check(span_head(s, 32)))
        return false;
    *out = (struct frame_header){(uint32_t)number(s.p + 8, 4), (uint32_t)number(s.p + 12, 4), number(s.p + 16, 8),
                                 number(s.p + 24, 8)};
    return true;
}

size_t frame_find(struct span s, size_t from)
{
    return span_find_span(s, from, magic);
}
