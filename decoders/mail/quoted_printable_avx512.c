/* SPDX-License-Identifier: Apache-2.0 */
/* quoted_printable_avx512: values are laid over the = of their escapes, and what remains of escapes and soft breaks is squeezed out. */
#include "decoders/mail/quoted_printable_avx512.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

enum { BLOCK = 64, SELECT = 0xe4 }; /* of a and b by c: bits of a where c has them */

/* What each byte below 0x80 says as a digit: its value by 16 or by 1; none, a bit of the half that the other digit fills, where it is no digit. */
#define ROW(none) none, none, none, none, none, none, none, none, none, none, none, none, none, none, none, none
#define DIGITS(by, none) {ROW(none), ROW(none), ROW(none), \
    0, 1 * by, 2 * by, 3 * by, 4 * by, 5 * by, 6 * by, 7 * by, 8 * by, 9 * by, none, none, none, none, none, none, \
    LETTERS(by, none), ROW(none), LETTERS(by, none), ROW(none)}
#define LETTERS(by, none) none, 10 * by, 11 * by, 12 * by, 13 * by, 14 * by, 15 * by, none, none, none, none, none, none, none, none, none

static const uint8_t first_digit[128] = DIGITS(16, 1), second_digit[128] = DIGITS(1, 16);

AVX512 static inline __m512i digit(const uint8_t table[128], __m512i x)
{
    return _mm512_permutex2var_epi8(vector_load_avx512(table), x, vector_load_avx512(table + BLOCK));
}

/* A block, and the bytes one and two behind each of its bytes. */
struct block {
    __m512i at, behind, second;
};

/* A bit for each byte of a block, and what the escape that begins there says. */
struct marks {
    __m512i value;
    uint64_t escape;        /* the = of =XX */
    uint64_t soft, soft_cr; /* the = before LF, and before CR LF */
    uint64_t other;         /* = before anything else, and blanks a line ends behind: not for this kernel */
};

AVX512 static inline struct marks look(const struct block *b)
{
    uint64_t equals = vector_equal_avx512(b->at, '='), lf = vector_equal_avx512(b->behind, '\n');
    uint64_t crlf = vector_equal_avx512(b->behind, '\r') & vector_equal_avx512(b->second, '\n');
    __m512i one = digit(first_digit, b->behind), two = digit(second_digit, b->second);
    __m512i none = _mm512_ternarylogic_epi64(one, two, _mm512_set1_epi8(15), SELECT); /* the half of each in which it has no value */
    __m512i high = _mm512_and_si512(_mm512_or_si512(b->behind, b->second), _mm512_set1_epi8((char)0x80));
    uint64_t escape = _mm512_mask_testn_epi8_mask(equals, _mm512_or_si512(none, high), _mm512_set1_epi8(-1));
    struct marks m = {.value = _mm512_or_si512(one, two), .escape = escape, .soft = equals & lf, .soft_cr = equals & crlf};
    uint64_t blank = vector_equal_avx512(b->at, ' ') | vector_equal_avx512(b->at, '\t');

    m.other = (equals & ~(m.escape | m.soft | m.soft_cr)) | (blank & (lf | crlf));
    return m;
}

/* Where three bytes begin of which the last two vanish. */
static inline uint64_t three(const struct marks *m)
{
    return m->escape | m->soft_cr;
}

/* Writes what remains of the bytes of the block that are taken, in a store of a whole block; returns how many they are.
 * from_before: those that an escape or soft break of the block before reaches to. */
AVX512 static inline size_t put(const struct block *b, const struct marks *m, uint64_t from_before, uint64_t taken, uint8_t *out)
{
    uint64_t gone = three(m) << 1 | three(m) << 2 | m->soft << 1 | m->soft | m->soft_cr | from_before;
    uint64_t keep = taken & ~gone;

    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(keep, _mm512_mask_mov_epi8(b->at, m->escape, m->value)));
    return (size_t)__builtin_popcountll(keep);
}

/* Bytes of the next block that belong to what begins at the last two of this one. */
static inline uint64_t beyond(const struct marks *m)
{
    return three(m) >> 63 | three(m) >> 62 | m->soft >> 63;
}

/* Blanks in front of i, which are in out as they are, may be padding: how many. */
static size_t blanks_before(const uint8_t *p, size_t i)
{
    size_t n = 0;

    while (n < i && (p[i - 1 - n] == ' ' || p[i - 1 - n] == '\t'))
        n++;
    return n;
}

/* Where a block begins never hangs on what the one before it holds: so the processor works on some of them at once. */
AVX512 size_t quoted_printable_avx512(const uint8_t *p, size_t n, uint8_t *out, size_t *made)
{
    size_t i = 0, to = *made, blanks;
    uint64_t other = 0, carried = 0;

    while (!other && n - i >= QUOTED_PRINTABLE_BLOCK) {
        struct block b = {vector_load_avx512(p + i), vector_load_avx512(p + i + 1), vector_load_avx512(p + i + 2)};
        struct marks m = look(&b);

        other = m.other;
        to += put(&b, &m, carried, (other & -other) - 1, out + to);
        i += other ? (size_t)__builtin_ctzll(other) : BLOCK;
        carried = other ? 0 : beyond(&m);
    }
    i += (size_t)__builtin_popcountll(carried);
    blanks = blanks_before(p, i);
    *made = to - blanks;
    return i - blanks;
}

#endif
