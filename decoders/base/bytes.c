/* SPDX-License-Identifier: Apache-2.0 */
/* bytes: spans compared and searched, buffers that keep their caps. */
#define _GNU_SOURCE
#include "decoders/base/bytes.h"

#include "decoders/base/scan.h"
#include "decoders/base/vector.h"

/* Eight bytes folded: bit 7 of each sum says whether the byte is at least A, and whether it is above Z. */
static inline uint64_t lower_8(uint64_t x)
{
    const uint64_t each = 0x0101010101010101u, high = 0x80 * each, low = x & ~high;
    uint64_t upper = (low + (0x80 - 'A') * each) & ~(low + (0x7f - 'Z') * each) & ~x & high;

    return x | upper >> 2;
}

#ifdef __x86_64__

/* Bytes that differ do so in the bit of the case, and are letters. */
static inline bool eq_nocase_16(__m128i a, __m128i b)
{
    const __m128i bit = _mm_set1_epi8(0x20);
    __m128i differ = _mm_xor_si128(a, b), letter = _mm_sub_epi8(_mm_or_si128(a, bit), _mm_set1_epi8('a'));
    __m128i letters = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
    __m128i same = _mm_or_si128(_mm_cmpeq_epi8(differ, _mm_setzero_si128()), _mm_and_si128(letters, _mm_cmpeq_epi8(differ, bit)));

    return _mm_movemask_epi8(same) == 0xffff;
}

/* Of 4 bytes and more. Loads that overlap, so that up to 16 bytes are one comparison. */
static bool eq_nocase_long(const uint8_t *a, const uint8_t *b, size_t n)
{
    if (n < 8)
        return eq_nocase_16(vector_two_4(a, a + n - 4), vector_two_4(b, b + n - 4));
    if (n < 16)
        return eq_nocase_16(vector_two_8(a, a + n - 8), vector_two_8(b, b + n - 8));
    for (size_t i = 0; n - i > 16; i += 16)
        if (!eq_nocase_16(vector_load(a + i), vector_load(b + i)))
            return false;
    return eq_nocase_16(vector_load(a + n - 16), vector_load(b + n - 16));
}

#else

static bool eq_nocase_long(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t i = 0;

    while (i < n && ascii_lower(a[i]) == ascii_lower(b[i]))
        i++;
    return i == n;
}

#endif

bool span_eq_nocase_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
    if (n >= 4)
        return eq_nocase_long(a, b, n);
    for (size_t i = 0; i < n; i++)
        if (ascii_lower(a[i]) != ascii_lower(b[i]))
            return false;
    return true;
}

static inline void lower_copy_8(uint8_t *to, const uint8_t *from)
{
    uint64_t x;

    memcpy(&x, from, 8);
    x = lower_8(x);
    memcpy(to, &x, 8);
}

/* Eight bytes a time, the last eight by a load that overlaps: what was lowered before does not change. */
void ascii_lower_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    size_t i = 0;

    for (; n - i >= 8; i += 8)
        lower_copy_8(to + i, from + i);
    if (n >= 8 && i < n)
        lower_copy_8(to + n - 8, from + n - 8);
    for (; n < 8 && i < n; i++)
        to[i] = ascii_lower(from[i]);
}

bool span_ends_nocase(struct span s, struct span suffix)
{
    return s.n >= suffix.n && span_eq_nocase(span_from(s, s.n - suffix.n), suffix);
}

static inline bool is_blank(uint8_t c)
{
    return c <= ' ' && (0x100002600ULL >> c & 1); /* bits of space, TAB, CR, LF */
}

struct span span_trim_blanks(struct span s)
{
    while (s.n && is_blank(s.p[0]))
        s = span_from(s, 1);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Needles of 2 to 8 bytes, which memmem looks for byte by byte. */
static size_t find_short(struct span s, size_t from, struct span needle)
{
    while ((from = scan_pair(s, from, needle.p[0], needle.p[1])) + needle.n <= s.n) {
        if (bytes_eq(s.p + from, needle.p, needle.n))
            return from;
        from++;
    }
    return s.n;
}

size_t span_find_span(struct span s, size_t from, struct span needle)
{
    const uint8_t *hit;

    if (from >= s.n)
        return s.n;
    if (needle.n >= 2 && needle.n <= 8)
        return find_short(s, from, needle);
    hit = memmem(s.p + from, s.n - from, needle.p, needle.n);
    return hit ? (size_t)(hit - s.p) : s.n;
}

void buf_init(struct buf *b, struct mem *m, size_t max)
{
    *b = (struct buf){.mem = m, .max = max};
}

static bool buf_grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 64;
    uint8_t *p;

    while (cap < need)
        cap *= 2;
    if (cap > b->max)
        cap = b->max;
    p = mem_resize(b->mem, b->lent ? NULL : b->p, b->lent ? 0 : b->cap, cap);
    if (!p)
        return false;
    if (b->lent)
        memcpy(p, b->p, b->n);
    b->lent = false;
    b->p = p;
    b->cap = cap;
    return true;
}

uint8_t *buf_room(struct buf *b, size_t n)
{
    if (n <= b->max - b->n && !b->refused) {
        if (b->n + n <= b->cap || buf_grow(b, b->n + n))
            return b->p + b->n;
        b->refused = true;
    }
    b->truncated = true;
    return NULL;
}

bool buf_add(struct buf *b, struct span s)
{
    bool whole = true;
    uint8_t *to;

    if (s.n > b->max - b->n) {
        s.n = b->max - b->n;
        b->truncated = true;
        whole = false;
    }
    if (!s.n)
        return whole;
    to = buf_room(b, s.n);
    if (!to)
        return false;
    bytes_copy(to, s.p, s.n);
    b->n += s.n;
    return whole;
}

bool buf_add_byte(struct buf *b, uint8_t c)
{
    if (b->n < b->cap && !b->refused) {
        b->p[b->n++] = c;
        return true;
    }
    return buf_add(b, span_of(&c, 1));
}

bool buf_add_number(struct buf *b, uint32_t n)
{
    uint8_t text[10]; /* of 2^32 - 1 */
    size_t at = sizeof(text);

    do
        text[--at] = (uint8_t)('0' + n % 10);
    while (n /= 10);
    return buf_add(b, span_of(text + at, sizeof(text) - at));
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->truncated = b->refused = false;
}

void buf_free(struct buf *b)
{
    if (b->mem && !b->lent)
        mem_free(b->mem, b->p, b->cap);
    buf_init(b, b->mem, b->max);
}
