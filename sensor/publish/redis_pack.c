/* SPDX-License-Identifier: Apache-2.0 */
/* redis_pack: the few forms of MessagePack that are needed: str, uint, array32. */
#include "sensor/publish/redis_pack.h"

#include <stdio.h>
#include <time.h>

enum { FIXSTR = 0xa0, STR8 = 0xd9, STR16 = 0xda, STR32 = 0xdb, UINT16 = 0xcd, UINT32 = 0xce, UINT64 = 0xcf, ARRAY32 = 0xdd };

/* A mark, and v in so many bytes, highest first. */
static void put(struct buf *out, uint8_t mark, uint64_t v, unsigned bytes)
{
    uint8_t text[9] = {mark};

    for (unsigned i = 0; i < bytes; i++)
        text[1 + i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
    buf_add(out, span_of(text, 1 + bytes));
}

void pack_text(struct redis_pack *a, struct span s)
{
    if (s.n < 32)
        put(a->out, (uint8_t)(FIXSTR + s.n), 0, 0);
    else if (s.n <= UINT8_MAX)
        put(a->out, STR8, s.n, 1);
    else if (s.n <= UINT16_MAX)
        put(a->out, STR16, s.n, 2);
    else
        put(a->out, STR32, s.n, 4);
    buf_add(a->out, s);
    a->n++;
}

void pack_word(struct redis_pack *a, const char *s)
{
    pack_text(a, span_cstr(s));
}

void pack_number(struct redis_pack *a, uint64_t v)
{
    if (v < 128)
        put(a->out, (uint8_t)v, 0, 0);
    else if (v <= UINT16_MAX)
        put(a->out, UINT16, v, 2);
    else if (v <= UINT32_MAX)
        put(a->out, UINT32, v, 4);
    else
        put(a->out, UINT64, v, 8);
    a->n++;
}

void pack_all(struct redis_pack *a, const struct redis_pack *other)
{
    buf_add(a->out, buf_span(other->out));
    a->out->truncated |= other->out->truncated;
    a->n += other->n;
}

void pack_digits(struct redis_pack *a, int64_t v)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%lld", (long long)v);

    pack_text(a, span_of(text, (size_t)n));
}

void pack_time(struct redis_pack *a, int64_t seconds)
{
    time_t t = (time_t)seconds;
    char text[40] = "1970-01-01T00:00:00Z";
    struct tm tm;

    if (seconds >= 0 && gmtime_r(&t, &tm) && tm.tm_year <= 9999 - 1900)
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    pack_word(a, text);
}

void pack_head(uint32_t n, uint8_t out[PACK_HEAD])
{
    out[0] = ARRAY32;
    for (unsigned i = 0; i < 4; i++)
        out[1 + i] = (uint8_t)(n >> (8 * (3 - i)));
}
