/* SPDX-License-Identifier: Apache-2.0 */
/* url_chars: tables of characters that end a URL in running text. */
#include "decoders/link/url_chars.h"

#include "decoders/base/vector.h"

/* RFC 3986 excludes all of these from URLs. */
const bool char_stop[256] = {
    [0] = 1,  [1] = 1,  [2] = 1,  [3] = 1,  [4] = 1,  [5] = 1,  [6] = 1,  [7] = 1,   [8] = 1,
    [9] = 1,  [10] = 1, [11] = 1, [12] = 1, [13] = 1, [14] = 1, [15] = 1, [16] = 1,  [17] = 1,
    [18] = 1, [19] = 1, [20] = 1, [21] = 1, [22] = 1, [23] = 1, [24] = 1, [25] = 1,  [26] = 1,
    [27] = 1, [28] = 1, [29] = 1, [30] = 1, [31] = 1, [' '] = 1, ['<'] = 1, ['>'] = 1, ['"'] = 1,
    ['`'] = 1, ['{'] = 1, ['}'] = 1, ['|'] = 1, ['\\'] = 1, ['^'] = 1, [127] = 1,
};

#define TEN(c) [c] = 1, [c + 1] = 1, [c + 2] = 1, [c + 3] = 1, [c + 4] = 1, \
               [c + 5] = 1, [c + 6] = 1, [c + 7] = 1, [c + 8] = 1, [c + 9] = 1
#define LETTERS(a) TEN(a), TEN(a + 10), [a + 20] = 1, [a + 21] = 1, [a + 22] = 1, [a + 23] = 1, [a + 24] = 1, \
                   [a + 25] = 1
#define LABEL TEN('0'), LETTERS('a'), LETTERS('A'), ['-'] = 1, ['_'] = 1
const bool char_label[256] = {LABEL};
static const bool of_host[256] = {LABEL, ['.'] = 1};
static const bool of_path[256] = {LABEL, ['/'] = 1, ['.'] = 1, ['%'] = 1, ['='] = 1, ['&'] = 1, ['?'] = 1};
#undef LABEL
#undef TEN
#undef LETTERS

size_t char_find_stop(struct span s, size_t from)
{
    while (from < s.n && !char_stop[s.p[from]])
        from++;
    return from < s.n ? from : s.n;
}

static size_t end_of(const bool plain[256], struct span s, size_t i)
{
    while (i < s.n && plain[s.p[i]])
        i++;
    return i;
}

size_t char_host_end_scalar(struct span s, size_t from)
{
    return end_of(of_host, s, from);
}

size_t char_path_end_scalar(struct span s, size_t from)
{
    return end_of(of_path, s, from);
}

#ifdef __x86_64__

static inline __m128i equal(__m128i x, char c)
{
    return _mm_cmpeq_epi8(x, _mm_set1_epi8(c));
}

/* 0xff for each byte of x from first on, most of them. */
static inline __m128i among(__m128i x, char first, char most)
{
    __m128i from = _mm_sub_epi8(x, _mm_set1_epi8(first));

    return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8((char)(most - 1))), from);
}

/* Letters, - . / 0 to 9, and _. */
static inline __m128i common(__m128i x)
{
    __m128i letters = among(_mm_or_si128(x, _mm_set1_epi8(0x20)), 'a', 26);

    return _mm_or_si128(_mm_or_si128(letters, among(x, '-', 13)), equal(x, '_'));
}

size_t char_host_end(struct span s, size_t from)
{
    size_t i = from;

    for (; i + 16 <= s.n; i += 16) {
        __m128i x = vector_load(s.p + i);
        unsigned ends = ~(unsigned)_mm_movemask_epi8(_mm_andnot_si128(equal(x, '/'), common(x))) & 0xffff;

        if (ends)
            return i + (unsigned)__builtin_ctz(ends);
    }
    return char_host_end_scalar(s, i);
}

/* = and ? are one bit from each other. */
size_t char_path_end(struct span s, size_t from)
{
    size_t i = from;

    for (; i + 16 <= s.n; i += 16) {
        __m128i x = vector_load(s.p + i), query = _mm_or_si128(among(x, '%', 2), equal(_mm_or_si128(x, _mm_set1_epi8(2)), '?'));
        unsigned ends = ~(unsigned)_mm_movemask_epi8(_mm_or_si128(query, common(x))) & 0xffff;

        if (ends)
            return i + (unsigned)__builtin_ctz(ends);
    }
    return char_path_end_scalar(s, i);
}

#else

size_t char_host_end(struct span s, size_t from)
{
    return char_host_end_scalar(s, from);
}

size_t char_path_end(struct span s, size_t from)
{
    return char_path_end_scalar(s, from);
}

#endif

struct range {
    uint32_t first, last;
    enum char_class class;
};

/* In order; what stands in no range is a letter. */
static const struct range ranges[] = {
    {0x80, 0xa9, CHAR_STOP},       /* C1, no-break space, marks, « © */
    {0xab, 0xb4, CHAR_STOP},       /* soft hyphen, ° ± */
    {0xb6, 0xb9, CHAR_STOP},       /* ¶ middle dot */
    {0xbb, 0xbf, CHAR_STOP},       /* » ¿ */
    {0xd7, 0xd7, CHAR_STOP},       /* × */
    {0x2000, 0x206f, CHAR_STOP},   /* spaces, dashes, quotation marks, bullets, bidi, zero width */
    {0x20a0, 0x20cf, CHAR_STOP},   /* currency */
    {0x2190, 0x2bff, CHAR_STOP},   /* arrows, box drawing, shapes, dingbats */
    {0x2e00, 0x2e7f, CHAR_STOP},   /* punctuation */
    {0x2e80, 0x2fdf, CHAR_CJK},    /* radicals */
    {0x2ff0, 0x3004, CHAR_STOP},   /* ideographic space 、。〃 */
    {0x3005, 0x3007, CHAR_CJK},    /* 々〆〇 */
    {0x3008, 0x3020, CHAR_STOP},   /* 〈「【〜 */
    {0x3021, 0x302f, CHAR_CJK},
    {0x3030, 0x3040, CHAR_STOP},
    {0x3041, 0x309f, CHAR_KANA},
    {0x30a0, 0x30a0, CHAR_STOP},
    {0x30a1, 0x30fa, CHAR_CJK},    /* katakana */
    {0x30fb, 0x30fb, CHAR_STOP},   /* ・ */
    {0x30fc, 0x31ff, CHAR_CJK},    /* ー, bopomofo, hangul jamo */
    {0x3200, 0x33ff, CHAR_STOP},   /* enclosed and squared */
    {0x3400, 0x9fff, CHAR_CJK},
    {0xa960, 0xa97f, CHAR_CJK},
    {0xac00, 0xd7ff, CHAR_CJK},    /* hangul */
    {0xe000, 0xf8ff, CHAR_STOP},   /* private use: carriers' pictures */
    {0xf900, 0xfaff, CHAR_CJK},
    {0xfe00, 0xfe6f, CHAR_STOP},   /* variation selectors, vertical and small forms */
    {0xfeff, 0xff65, CHAR_STOP},   /* full-width ASCII （）．，：； and half-width ｡｢｣､･ */
    {0xff66, 0xffdc, CHAR_CJK},    /* half-width katakana */
    {0xffdd, 0xffff, CHAR_STOP},
    {0x1f000, 0x1faff, CHAR_STOP}, /* emoji */
    {0x20000, 0x3ffff, CHAR_CJK},
    {0xe0000, 0x10ffff, CHAR_STOP},
};

static enum char_class class_of(uint32_t c)
{
    size_t low = 0, high = sizeof(ranges) / sizeof(*ranges);

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (c > ranges[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < sizeof(ranges) / sizeof(*ranges) && c >= ranges[low].first)
        return ranges[low].class;
    return CHAR_LETTER;
}

static size_t sequence_length(uint8_t lead)
{
    if (lead >= 0xf0)
        return lead < 0xf5 ? 4 : 1;
    if (lead >= 0xe0)
        return 3;
    return lead >= 0xc2 ? 2 : 1;
}

enum char_class char_class_wide(struct span s, size_t at, size_t *n)
{
    uint8_t lead = s.p[at];
    uint32_t c;
    size_t length;

    *n = 1;
    length = sequence_length(lead);
    if (length == 1)
        return CHAR_STOP;
    c = lead & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (at + i >= s.n)
            return CHAR_CUT;
        if ((s.p[at + i] & 0xc0) != 0x80)
            return CHAR_STOP;
        c = c << 6 | (s.p[at + i] & 0x3fu);
    }
    *n = length;
    return class_of(c);
}
