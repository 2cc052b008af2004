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
    uint64_t blank;
    uint64_t other; /* = before anything else, and blanks a line ends behind: not for this kernel */
};

AVX512 static inline struct marks look(const struct block *b)
{
    uint64_t equals = vector_equal_avx512(b->at, '='), lf = vector_equal_avx512(b->behind, '\n');
    uint64_t crlf = vector_equal_avx512(b->behind, '\r') & vector_equal_avx512(b->second, '\n');
    struct marks m = {.escape = equals & is_hex(b->behind) & is_hex(b->second),
                      .soft = equals & lf, .soft_cr = equals & crlf,
                      .blank = vector_equal_avx512(b->at, ' ') | vector_equal_avx512(b->at, '\t')};

    m.other = (equals & ~(m.escape | m.soft | m.soft_cr)) | (m.blank & (lf | crlf));
    return m;
}

/* Length of the part of a block that may be taken: blanks at its end may turn out to be padding. */
static inline unsigned whole(const struct marks *m)
{
    uint64_t solid = ~m->blank;

    if (m->other)
        solid &= (m->other & -m->other) - 1;
    return solid ? BLOCK - (unsigned)__builtin_clzll(solid) : 0;
}

/* Writes the first n bytes of the block, decoded, in a store of a whole block; returns how many they are. */
AVX512 static inline size_t put(const struct block *b, const struct marks *m, unsigned n, uint8_t *out)
{
    uint64_t longer = m->escape | m->soft_cr; /* three bytes of which the last two vanish */
    uint64_t gone = longer << 1 | longer << 2 | m->soft << 1 | m->soft | m->soft_cr;
    uint64_t keep = ~gone & ~0ULL >> (BLOCK - n);
    __m512i value = _mm512_or_si512(_mm512_slli_epi16(hex_value(b->behind), 4), hex_value(b->second));

    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(keep, _mm512_mask_mov_epi8(b->at, m->escape, value)));
    return (size_t)__builtin_popcountll(keep);
}

/* How far what begins at the last two bytes of a block reaches beyond it. */
static inline unsigned beyond(const struct marks *m)
{
    uint64_t longer = m->escape | m->soft_cr;

    return longer >> 63 ? 2 : (unsigned)(longer >> 62 | m->soft >> 63);
}

AVX512 size_t quoted_printable_avx512(const uint8_t *p, size_t n, uint8_t *out, size_t *made)
{
    size_t i = 0;

    while (n - i >= QUOTED_PRINTABLE_BLOCK) {
        struct block b = {vector_load_avx512(p + i), vector_load_avx512(p + i + 1), vector_load_avx512(p + i + 2)};
        struct marks m = look(&b);
        unsigned used = whole(&m);

        if (!used)
            break;
        *made += put(&b, &m, used, out + *made);
        i += used;
        if (m.other)
            break;
        if (used == BLOCK)
            i += beyond(&m);
    }
    return i;
}

#endif
