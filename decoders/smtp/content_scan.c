/* SPDX-License-Identifier: Apache-2.0 */
/* content_scan: three compares a block of 64 bytes, the rest on bit masks; elsewhere the scalar
 * twin. */
#include "decoders/smtp/content_scan.h"

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

#ifdef __SSE2__
#include <emmintrin.h>

/* One bit for each of 64 bytes that equals c. */
static inline uint64_t equal64(const __m128i x[4], __m128i c)
{
    uint64_t m = 0;

    for (int i = 0; i < 4; i++)
        m |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x[i], c)) << (16 * i);
    return m;
}

size_t content_scan(struct span s, enum line_break before, unsigned *seen)
{
    const __m128i vcr = _mm_set1_epi8('\r'), vlf = _mm_set1_epi8('\n'), vdot = _mm_set1_epi8('.');
    uint64_t cr_in = before == BREAK_CR, lf_in = before == BREAK_LF || before == BREAK_CRLF;
    uint64_t odd_lf = 0, odd_cr = 0;
    size_t i = 0;

    for (; i + 64 <= s.n; i += 64) {
        const __m128i *p = (const __m128i *)(const void *)(s.p + i);
        __m128i x[4] = {_mm_loadu_si128(p), _mm_loadu_si128(p + 1), _mm_loadu_si128(p + 2),
                        _mm_loadu_si128(p + 3)};
        uint64_t cr = equal64(x, vcr), lf = equal64(x, vlf);
        uint64_t behind_cr = cr << 1 | cr_in, behind_lf = lf << 1 | lf_in;
        uint64_t bare_lf = lf & ~behind_cr, bare_cr = behind_cr & ~lf, hit = 0;

        if (behind_cr | behind_lf)
            hit = equal64(x, vdot) & (behind_cr | behind_lf);
        if (hit) {
            uint64_t up_to = hit ^ (hit - 1); /* the dot and all in front of it */

            *seen |= (odd_lf | (bare_lf & up_to)) ? CONTENT_BARE_LF : 0;
            *seen |= (odd_cr | (bare_cr & up_to)) ? CONTENT_BARE_CR : 0;
            return i + (size_t)__builtin_ctzll(hit);
        }
        odd_lf |= bare_lf;
        odd_cr |= bare_cr;
        cr_in = cr >> 63;
        lf_in = lf >> 63;
    }
    *seen |= (odd_lf ? CONTENT_BARE_LF : 0) | (odd_cr ? CONTENT_BARE_CR : 0);
    return scan_from(s, i, cr_in, lf_in, seen);
}

#else

size_t content_scan(struct span s, enum line_break before, unsigned *seen)
{
    return content_scan_scalar(s, before, seen);
}

#endif
