/* SPDX-License-Identifier: Apache-2.0 */
/* quoted_printable_avx2: values are laid over the = of their escapes, and what remains of escapes and soft breaks is squeezed out, 8
 * bytes at a time. */
#include "decoders/mail/quoted_printable_avx2.h"

#ifdef __x86_64__
#include "decoders/base/vector.h"

enum { BLOCK = 32 };

/* A block, and the bytes one and two behind each of its bytes. */
struct block {
    __m256i at, behind, second;
};

/* Ones in each byte of a block at which something begins. */
struct marks {
    __m256i value;   /* what the escape that begins there says */
    __m256i escape;  /* the = of =XX */
    __m256i soft;    /* the = before LF */
    __m256i soft_cr; /* the = before CR LF */
    __m256i other;   /* = before anything else, and blanks a line ends behind: not for this kernel */
};

AVX2 static inline __m256i look_up(__m128i table, __m256i index)
{
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), index);
}

/* A digit: its value; *kinds are zero where it is none, and its value anything. */
AVX2 static inline __m256i digit(__m256i x, __m256i *kinds)
{
    const __m128i rows = _mm_setr_epi8(0, 0, 0, 1, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m128i columns = _mm_setr_epi8(1, 3, 3, 3, 3, 3, 3, 1, 1, 1, 0, 0, 0, 0, 0, 0);
    const __m128i zeros = _mm_setr_epi8(0, 0, 0, '0', 'A' - 10, 0, 'a' - 10, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    __m256i row = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));

    *kinds = _mm256_and_si256(look_up(rows, row), look_up(columns, x));
    return _mm256_sub_epi8(x, look_up(zeros, row));
}

AVX2 static inline struct marks look(const struct block *b)
{
    const __m128i blanks = _mm_setr_epi8(' ', -1, -1, -1, -1, -1, -1, -1, -1, '\t', -1, -1, -1, -1, -1, -1); /* by their last digit */
    __m256i equals = vector_match_avx2(b->at, '='), lf = vector_match_avx2(b->behind, '\n');
    __m256i crlf = _mm256_and_si256(vector_match_avx2(b->behind, '\r'), vector_match_avx2(b->second, '\n'));
    __m256i blank = _mm256_cmpeq_epi8(look_up(blanks, b->at), b->at);
    __m256i kinds1, kinds2, one = digit(b->behind, &kinds1), two = digit(b->second, &kinds2);
    __m256i none = _mm256_cmpeq_epi8(_mm256_min_epu8(kinds1, kinds2), _mm256_setzero_si256());
    struct marks m = {.escape = _mm256_andnot_si256(none, equals), .soft = _mm256_and_si256(equals, lf),
                      .soft_cr = _mm256_and_si256(equals, crlf)};
    __m256i breaks = _mm256_or_si256(lf, crlf);

    m.value = _mm256_or_si256(_mm256_slli_epi16(_mm256_and_si256(one, _mm256_set1_epi8(15)), 4), two);
    m.other = _mm256_or_si256(_mm256_andnot_si256(breaks, _mm256_and_si256(equals, none)), _mm256_and_si256(blank, breaks));
    return m;
}

/* x by k bytes on, behind the last ones of the block before. */
#define ON(before, x, k) _mm256_alignr_epi8(x, _mm256_permute2x128_si256(before, x, 0x21), 16 - (k))

AVX2 static inline uint32_t bits(__m256i x)
{
    return (uint32_t)_mm256_movemask_epi8(x);
}

/* Ones in the first k bytes. */
AVX2 static inline __m256i first(int k)
{
    const __m256i places = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                                            26, 27, 28, 29, 30, 31);

    return _mm256_cmpgt_epi8(_mm256_set1_epi8((char)k), places);
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
PEXT size_t quoted_printable_avx2(const uint8_t *p, size_t n, uint8_t *out, size_t *made)
{
    __m256i two = _mm256_setzero_si256(), one = two; /* of the block before: what the second byte behind vanishes of, and what the first */
    size_t i = 0, to = *made, blanks;
    uint32_t other = 0;

    while (!other && n - i >= QUOTED_PRINTABLE_HALF) {
        struct block b = {vector_load_avx2(p + i), vector_load_avx2(p + i + 1), vector_load_avx2(p + i + 2)};
        struct marks m = look(&b);
        __m256i three = _mm256_or_si256(m.escape, m.soft_cr), next = _mm256_or_si256(three, m.soft);
        __m256i gone = _mm256_or_si256(_mm256_or_si256(ON(one, next, 1), ON(two, three, 2)), _mm256_or_si256(m.soft, m.soft_cr));
        __m256i x = _mm256_blendv_epi8(b.at, m.value, m.escape), keep;
        int k;

        other = bits(m.other);
        k = other ? __builtin_ctz(other) : BLOCK;
        keep = _mm256_andnot_si256(gone, first(k));
        to += vector_squeeze(x, keep, out + to);
        i += (size_t)k;
        two = three;
        one = next;
    }
    if (!other) /* what its end reaches to */
        i += (size_t)__builtin_popcount(bits(one) >> 31 | bits(two) >> 30);
    blanks = blanks_before(p, i);
    *made = to - blanks;
    return i - blanks;
}

#endif
