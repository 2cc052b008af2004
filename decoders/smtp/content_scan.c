/* SPDX-License-Identifier: Apache-2.0 */
/* content_scan: blocks in which every line break is CRLF and no dot begins a line are passed by, others are
 * looked at on bit masks; elsewhere the scalar twin. */
#include "decoders/smtp/content_scan.h"

#include "decoders/base/vector.h"

enum line_break content_break(struct span s, size_t n, enum line_break before)
{
    if (!n)
        return before;
    if (s.p[n - 1] == '\r')
        return BREAK_CR;
    if (s.p[n - 1] != '\n')
        return BREAK_NONE;
    if (n > 1 ? s.p[n - 2] == '\r' : before == BREAK_CR)
        return BREAK_CRLF;
    return BREAK_LF;
}

static size_t scan_from(struct span s, size_t i, bool cr, bool lf, unsigned *seen)
{
    for (; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (cr && c != '\n')
            *seen |= CONTENT_BARE_CR;
        if (c == '.' && (cr || lf))
            return i;
        if (c == '\n' && !cr)
            *seen |= CONTENT_BARE_LF;
        cr = c == '\r';
        lf = c == '\n';
    }
    return s.n;
}

size_t content_scan_scalar(struct span s, enum line_break before, unsigned *seen)
{
    return scan_from(s, 0, before == BREAK_CR, before == BREAK_LF || before == BREAK_CRLF, seen);
}

#ifdef __x86_64__

/* Not zero where a byte of p[0..16) is an LF without a CR before it, a CR's next byte no LF, or a dot
 * behind either. p[-1] is readable. */
static inline __m128i odd16(const uint8_t *p)
{
    const __m128i vcr = _mm_set1_epi8('\r'), vlf = _mm_set1_epi8('\n'), vdot = _mm_set1_epi8('.');
    __m128i x = vector_load(p), y = vector_load(p - 1);
    __m128i behind_cr = _mm_cmpeq_epi8(y, vcr), lf = _mm_cmpeq_epi8(x, vlf);
    __m128i dot = _mm_and_si128(_mm_cmpeq_epi8(x, vdot), _mm_cmpeq_epi8(y, vlf));

    return _mm_or_si128(_mm_xor_si128(behind_cr, lf), dot);
}

/* Of 32 bytes x, in front of each of which y has the one before. */
AVX2 static inline __m256i odd32(__m256i x, __m256i y)
{
    const __m256i vcr = _mm256_set1_epi8('\r'), vlf = _mm256_set1_epi8('\n'), vdot = _mm256_set1_epi8('.');
    __m256i dot = _mm256_and_si256(_mm256_cmpeq_epi8(x, vdot), _mm256_cmpeq_epi8(y, vlf));

    return _mm256_or_si256(_mm256_xor_si256(_mm256_cmpeq_epi8(y, vcr), _mm256_cmpeq_epi8(x, vlf)), dot);
}

enum { BLOCK = 64 };

/* Whether nothing is odd in the 64 bytes at p, which go to `to` if that is not NULL. p[-1] is readable. */
AVX2 static inline __attribute__((always_inline)) bool take_block(const uint8_t *p, uint8_t *to)
{
    __m256i a = vector_load_avx2(p), b = vector_load_avx2(p + 32);
    __m256i odd = _mm256_or_si256(odd32(a, vector_load_avx2(p - 1)), odd32(b, vector_load_avx2(p + 31)));

    if (to) {
        _mm256_storeu_si256((__m256i *)(void *)to, a);
        _mm256_storeu_si256((__m256i *)(void *)(to + 32), b);
    }
    return _mm256_testz_si256(odd, odd);
}

/* Of more than 64 bytes, from the second on. The last block overlaps the one before. */
AVX2 static inline __attribute__((always_inline)) size_t take_plain(struct span s, uint8_t *to)
{
    size_t i = 1, last = s.n - BLOCK;

    for (; i <= last; i += BLOCK)
        if (!take_block(s.p + i, to ? to + i : NULL))
            return i;
    return take_block(s.p + last, to ? to + last : NULL) ? s.n : i;
}

AVX2 static size_t plain_avx2(struct span s, uint8_t *to)
{
    if (!to)
        return take_plain(s, NULL);
    *to = *s.p;
    return take_plain(s, to);
}

/* What a block leaves to the next: whether it ends in CR, in LF; bits of the next one's first byte. */
struct carried {
    uint64_t cr, lf;
};

/* A bit for each byte of x with which something is odd: no LF behind CR, LF behind none, a dot behind LF. */
AVX512 static inline uint64_t odd64(__m512i x, struct carried *c)
{
    uint64_t cr = vector_equal_avx512(x, '\r'), lf = vector_equal_avx512(x, '\n'), dot = vector_equal_avx512(x, '.');
    uint64_t odd = ((cr << 1 | c->cr) ^ lf) | (dot & (lf << 1 | c->lf));

    *c = (struct carried){cr >> 63, lf >> 63};
    return odd;
}

/* Up to the first byte with which something is odd. */
AVX512 static inline __attribute__((always_inline)) size_t take_exactly(struct span s, enum line_break before, uint8_t *to)
{
    struct carried c = {before == BREAK_CR, before == BREAK_LF || before == BREAK_CRLF};
    uint64_t odd, there;
    __m512i x;
    size_t i = 0;

    for (; s.n - i >= BLOCK; i += BLOCK) {
        x = vector_load_avx512(s.p + i);
        if (to)
            _mm512_storeu_si512(to + i, x);
        odd = odd64(x, &c);
        if (odd)
            return i + (size_t)__builtin_ctzll(odd);
    }
    there = _bzhi_u64(~UINT64_C(0), (unsigned)(s.n - i));
    x = _mm512_maskz_loadu_epi8(there, s.p + i);
    if (to)
        _mm512_mask_storeu_epi8(to + i, there, x);
    odd = odd64(x, &c) | ~there; /* fewer than 64 bytes: the end is found behind all else */
    return i + (size_t)__builtin_ctzll(odd);
}

AVX512 static size_t plain_avx512(struct span s, enum line_break before, uint8_t *to)
{
    return to ? take_exactly(s, before, to) : take_exactly(s, before, NULL);
}

size_t content_scan_plain(struct span s, enum line_break before, uint8_t *to)
{
    if (vector_has_avx512())
        return plain_avx512(s, before, to);
    if (s.n <= BLOCK || !vector_has_avx2())
        return 0;
    if ((before == BREAK_CR) != (s.p[0] == '\n') || (s.p[0] == '.' && before != BREAK_NONE))
        return 0;
    return plain_avx2(s, to);
}

/* Index of the first block of 64 bytes at or after i (> 0) in which something is odd, or of the last that is not
 * whole. */
static size_t pass_clean(struct span s, size_t i)
{
    for (; i + 64 <= s.n; i += 64) {
        const uint8_t *p = s.p + i;
        __m128i odd = _mm_or_si128(_mm_or_si128(odd16(p), odd16(p + 16)),
                                   _mm_or_si128(odd16(p + 32), odd16(p + 48)));

        if (_mm_movemask_epi8(odd))
            break;
    }
    return i;
}

/* One bit for each of 64 bytes that equals c. */
static inline uint64_t equal64(const uint8_t *p, char c)
{
    uint64_t m = 0;

    for (int i = 0; i < 4; i++)
        m |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(vector_load(p + 16 * i), _mm_set1_epi8(c)))
             << (16 * i);
    return m;
}

/* The last n (1..64) of 64 bytes at p, in front of which before stands. Returns the dot's index among them, or n. */
static inline size_t look(const uint8_t *p, size_t n, enum line_break before, unsigned *seen)
{
    unsigned skipped = 64 - (unsigned)n;
    uint64_t cr = equal64(p, '\r') >> skipped, lf = equal64(p, '\n') >> skipped;
    uint64_t behind_cr = cr << 1 | (before == BREAK_CR);
    uint64_t behind_lf = lf << 1 | (before == BREAK_LF || before == BREAK_CRLF);
    uint64_t bare_lf = lf & ~behind_cr, bare_cr = behind_cr & ~lf;
    uint64_t hit = equal64(p, '.') >> skipped & (behind_cr | behind_lf);
    uint64_t up_to = hit ? hit ^ (hit - 1) : ~UINT64_C(0) >> skipped; /* the dot and all in front of it */

    *seen |= (bare_lf & up_to ? CONTENT_BARE_LF : 0) | (bare_cr & up_to ? CONTENT_BARE_CR : 0);
    return hit ? (size_t)__builtin_ctzll(hit) : n;
}

size_t content_scan(struct span s, enum line_break before, unsigned *seen)
{
    uint8_t copy[64];
    size_t i = vector_has_avx512() ? plain_avx512(s, before, NULL) : 0, n = 0;

    before = content_break(s, i, before);
    while (i + 64 <= s.n) {
        n = look(s.p + i, 64, before, seen);
        if (n < 64)
            return i + n;
        i = pass_clean(s, i + 64);
        before = content_break(s, i, before);
    }
    if (i == s.n)
        return i;
    n = s.n - i;
    if (s.n >= 64)
        return i + look(s.p + s.n - 64, n, before, seen);
    memset(copy, 0, sizeof(copy));
    memcpy(copy + 64 - n, s.p + i, n);
    return i + look(copy, n, before, seen);
}

#else

size_t content_scan_plain(struct span s, enum line_break before, uint8_t *to)
{
    (void)s;
    (void)before;
    (void)to;
    return 0;
}

size_t content_scan(struct span s, enum line_break before, unsigned *seen)
{
    return content_scan_scalar(s, before, seen);
}

#endif
