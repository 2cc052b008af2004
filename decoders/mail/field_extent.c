/* SPDX-License-Identifier: Apache-2.0 */
/* field_extent: a block and the block a byte behind it: no jump for each line. Most names and many fields end in the first block. */
#include "decoders/mail/field_extent.h"

#include "decoders/base/vector.h"

/* Length of the run of a name's bytes at the front (RFC 5322 3.6.8: visible, and no colon). */
static size_t name_run(struct span line)
{
    size_t n = 0;

#ifdef __x86_64__
    for (; n + 16 <= line.n; n += 16) {
        __m128i x = vector_load(line.p + n), visible = _mm_cmpgt_epi8(x, _mm_set1_epi8(' ')); /* signed: none from 0x80 on */
        __m128i end = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(':')), _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7f)));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_andnot_si128(end, visible)) ^ 0xffff;

        if (mask)
            return n + (unsigned)__builtin_ctz(mask);
    }
#endif
    while (n < line.n && line.p[n] > ' ' && line.p[n] != ':' && line.p[n] < 0x7f)
        n++;
    return n;
}

static bool is_url(struct span line, size_t colon)
{
    return line.n > colon + 2 && line.p[colon + 1] == '/' && line.p[colon + 2] == '/';
}

size_t field_name_length(struct span line, size_t *colon)
{
    size_t n = name_run(line);

    if (!n)
        return 0;
    *colon = n;
    while (*colon < line.n && (line.p[*colon] == ' ' || line.p[*colon] == '\t'))
        ++*colon;
    if (*colon == line.n || line.p[*colon] != ':')
        return 0;
    return is_url(line, *colon) ? 0 : n;
}

size_t field_end_scalar(struct span s, size_t from)
{
    for (size_t i = from; i + 1 < s.n; i++)
        if (!s.p[i] || (s.p[i] == '\n' && s.p[i + 1] != ' ' && s.p[i + 1] != '\t'))
            return i;
    return s.n;
}

#ifdef __x86_64__

enum { BLOCK = 64 };

AVX512 static inline uint64_t ends_64(__m512i x, __m512i y)
{
    return vector_equal_avx512(x, 0) | (vector_equal_avx512(x, '\n') & ~(vector_equal_avx512(y, ' ') | vector_equal_avx512(y, '\t')));
}

/* The zeros behind the last bytes are masked away: a NUL is looked for. */
AVX512 static size_t find_64(struct span s, size_t i)
{
    uint64_t found;

    if (i >= s.n)
        return s.n;
    for (; s.n - i > BLOCK; i += BLOCK) {
        found = ends_64(vector_load_avx512(s.p + i), vector_load_avx512(s.p + i + 1));
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    found = ends_64(vector_part_avx512(s.p + i, s.n - i), vector_part_avx512(s.p + i + 1, s.n - i - 1));
    found &= _bzhi_u64(~0ULL, (unsigned)(s.n - i - 1));
    return found ? i + (unsigned)__builtin_ctzll(found) : s.n;
}

AVX2 static inline uint64_t bits_64(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

/* Of 32 bytes, behind each of which y has the next one. Blanks stand in the table at the place that their lower half gives. */
AVX2 static inline __m256i ends_32(__m256i x, __m256i y)
{
    const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', 0, 0, 0, 0, 0, 0));
    __m256i blank = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, y), y);

    return _mm256_or_si256(vector_match_avx2(x, 0), _mm256_andnot_si256(blank, vector_match_avx2(x, '\n')));
}

/* Of the first 64 of 65 bytes. */
AVX2 static inline uint64_t ends_at_avx2(const uint8_t *p)
{
    return bits_64(ends_32(vector_load_avx2(p), vector_load_avx2(p + 1)), ends_32(vector_load_avx2(p + 32), vector_load_avx2(p + 33)));
}

/* Of more than 64 bytes. The last block overlaps the one before: what lies in front of i is masked away. */
AVX2 static size_t find_avx2(struct span s, size_t i)
{
    uint64_t found;
    size_t last = s.n - BLOCK - 1;

    for (; i <= last; i += BLOCK) {
        found = ends_at_avx2(s.p + i);
        if (found)
            return i + (unsigned)__builtin_ctzll(found);
    }
    if (i + 1 >= s.n)
        return s.n;
    found = ends_at_avx2(s.p + last) & UINT64_MAX << (i - last);
    return found ? last + (unsigned)__builtin_ctzll(found) : s.n;
}

static inline __m128i equal(__m128i x, char c)
{
    return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

/* A bit for each place among the first 16 of the 17 bytes at p. */
static inline unsigned ends_16(const uint8_t *p)
{
    __m128i x = vector_load(p), y = vector_load(p + 1), blank = _mm_or_si128(equal(y, ' '), equal(y, '\t'));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(equal(x, 0), _mm_andnot_si128(blank, equal(x, '\n'))));
}

size_t field_end(struct span s, size_t from)
{
    if (vector_has_avx512())
        return find_64(s, from);
    if (s.n > BLOCK && vector_has_avx2())
        return find_avx2(s, from);
    for (; from + 17 <= s.n; from += 16) {
        unsigned mask = ends_16(s.p + from);

        if (mask)
            return from + (unsigned)__builtin_ctz(mask);
    }
    return field_end_scalar(s, from);
}

#else

size_t field_end(struct span s, size_t from)
{
    return field_end_scalar(s, from);
}

#endif

size_t field_unfold_scalar(struct span lines, uint8_t *to)
{
    size_t n = 0;

    for (size_t at = 0, end; at < lines.n; at = end + 1) {
        size_t part;

        end = span_find(lines, at, '\n');
        part = end - at - (end > at && lines.p[end - 1] == '\r');
        memcpy(to + n, lines.p + at, part);
        n += part;
    }
    return n;
}

#ifdef __x86_64__

AVX512 static inline uint64_t kept_64(__m512i x, __m512i y)
{
    return ~(vector_equal_avx512(x, '\n') | (vector_equal_avx512(x, '\r') & vector_equal_avx512(y, '\n')));
}

/* What is written of a whole block ends no later in the room than what was read does in s: the next block's place is not passed.
 * A CR at the very end is as if LF followed. */
AVX512 static size_t unfold_64(struct span s, uint8_t *to)
{
    size_t i = 0, n = 0, left;
    uint64_t kept, last;
    __m512i x;

    for (; s.n - i > BLOCK; i += BLOCK) {
        x = vector_load_avx512(s.p + i);
        kept = kept_64(x, vector_load_avx512(s.p + i + 1));
        _mm512_storeu_si512(to + n, _mm512_maskz_compress_epi8(kept, x));
        n += (unsigned)__builtin_popcountll(kept);
    }
    left = s.n - i;
    if (!left)
        return n;
    x = vector_part_avx512(s.p + i, left);
    last = s.p[s.n - 1] == '\r' ? 1ULL << (left - 1) : 0;
    kept = kept_64(x, vector_part_avx512(s.p + i + 1, left - 1)) & _bzhi_u64(~0ULL, (unsigned)left) & ~last;
    left = (unsigned)__builtin_popcountll(kept);
    _mm512_mask_storeu_epi8(to + n, _bzhi_u64(~0ULL, (unsigned)left), _mm512_maskz_compress_epi8(kept, x));
    return n + left;
}

size_t field_unfold(struct span lines, uint8_t *to)
{
    return vector_has_avx512() ? unfold_64(lines, to) : field_unfold_scalar(lines, to);
}

#else

size_t field_unfold(struct span lines, uint8_t *to)
{
    return field_unfold_scalar(lines, to);
}

#endif

static bool extent_by_parts(struct span s, struct field_extent *f)
{
    f->name_n = field_name_length(s, &f->colon);
    if (!f->name_n)
        return false;
    f->end = field_end(s, f->colon);
    f->one_line = false;
    return f->end < s.n && s.p[f->end];
}

#ifdef __x86_64__

/* Of more than 64 bytes, with AVX-512. What is rare goes by parts: a name without its colon right behind it, what may be a URL. */
AVX512 static bool extent_64(struct span s, struct field_extent *f)
{
    __m512i x = vector_load_avx512(s.p);
    uint64_t ends = ends_64(x, vector_load_avx512(s.p + 1));
    uint64_t stops = _mm512_cmple_epi8_mask(x, _mm512_set1_epi8(' ')) | vector_equal_avx512(x, ':') | vector_equal_avx512(x, 0x7f);
    size_t n = stops ? (unsigned)__builtin_ctzll(stops) : 0;

    if (!n || s.p[n] != ':' || s.p[n + 1] == '/')
        return extent_by_parts(s, f);
    f->name_n = f->colon = n;
    f->one_line = ends && !(vector_equal_avx512(x, '\n') & (ends - 1) & ~ends);
    f->end = ends ? (unsigned)__builtin_ctzll(ends) : find_64(s, BLOCK);
    return f->end < s.n && s.p[f->end];
}

/* What ends a name or is none of it. */
AVX2 static inline __m256i stops_32(__m256i x)
{
    return _mm256_or_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8('!'), x), _mm256_or_si256(vector_match_avx2(x, ':'), vector_match_avx2(x, 0x7f)));
}

/* As extent_64. */
AVX2 static bool extent_avx2(struct span s, struct field_extent *f)
{
    __m256i x = vector_load_avx2(s.p), more = vector_load_avx2(s.p + 32);
    uint64_t ends = bits_64(ends_32(x, vector_load_avx2(s.p + 1)), ends_32(more, vector_load_avx2(s.p + 33)));
    uint64_t stops = bits_64(stops_32(x), stops_32(more));
    size_t n = stops ? (unsigned)__builtin_ctzll(stops) : 0;

    if (!n || s.p[n] != ':' || s.p[n + 1] == '/')
        return extent_by_parts(s, f);
    f->name_n = f->colon = n;
    f->one_line = ends && !(bits_64(vector_match_avx2(x, '\n'), vector_match_avx2(more, '\n')) & (ends - 1) & ~ends);
    f->end = ends ? (unsigned)__builtin_ctzll(ends) : find_avx2(s, BLOCK);
    return f->end < s.n && s.p[f->end];
}

bool field_extent(struct span s, struct field_extent *f)
{
    if (s.n <= BLOCK)
        return extent_by_parts(s, f);
    if (vector_has_avx512())
        return extent_64(s, f);
    return vector_has_avx2() ? extent_avx2(s, f) : extent_by_parts(s, f);
}

#else

bool field_extent(struct span s, struct field_extent *f)
{
    return extent_by_parts(s, f);
}

#endif
