/* SPDX-License-Identifier: Apache-2.0 */
/* quoted_printable_avx512: values are laid over the = of their escapes, and what remains of escapes and soft breaks is squeezed out. */
#include "decoders/mail/quoted_printable_avx512.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

enum { BLOCK = 64 };

AVX512 static inline uint64_t is_hex(__m512i x)
{
    __m512i digit = _mm512_sub_epi8(x, _mm512_set1_epi8('0'));
    __m512i letter = _mm512_sub_epi8(_mm512_or_si512(x, _mm512_set1_epi8(0x20)), _mm512_set1_epi8('a'));

    return _mm512_cmplt_epu8_mask(digit, _mm512_set1_epi8(10)) | _mm512_cmplt_epu8_mask(letter, _mm512_set1_epi8(6));
}

/* Of digits: a letter has bit 6, and its low half begins at 1 for ten. */
AVX512 static inline __m512i hex_value(__m512i x)
{
    __m512i low = _mm512_and_si512(x, _mm512_set1_epi8(15));

    return _mm512_mask_add_epi8(low, _mm512_test_epi8_mask(x, _mm512_set1_epi8(0x40)), low, _mm512_set1_epi8(9));
}

/* A block, and the bytes one and two behind each of its bytes. */
struct block {
    __m512i at, behind, second;
};

/* A bit for each byte of a block. */
struct marks {
    uint64_t escape;        /* the = of =XX */
    uint64_t soft, soft_cr; /* the = before LF, and before CR LF */
    uint64_t other;         /* = before anything else, and blanks a line ends behind: not for this kernel */
};

AVX512 static inline struct marks look(const struct block *b)
{
    uint64_t equals = vector_equal_avx512(b->at, '='), lf = vector_equal_avx512(b->behind, '\n');
    uint64_t crlf = vector_equal_avx512(b->behind, '\r') & vector_equal_avx512(b->second, '\n');
    struct marks m = {.escape = equals & is_hex(b->behind) & is_hex(b->second),
                      .soft = equals & lf, .soft_cr = equals & crlf};
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
    __m512i value = _mm512_or_si512(_mm512_slli_epi16(hex_value(b->behind), 4), hex_value(b->second));

    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(keep, _mm512_mask_mov_epi8(b->at, m->escape, value)));
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
