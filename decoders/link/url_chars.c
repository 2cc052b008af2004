/* SPDX-License-Identifier: Apache-2.0 */
/* url_chars: tables of characters that end a URL in running text. */
#include "decoders/link/url_chars.h"

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
const bool char_path[256] = {LABEL, ['/'] = 1, ['.'] = 1, ['%'] = 1, ['='] = 1, ['&'] = 1, ['?'] = 1};
#undef LABEL
#undef TEN
#undef LETTERS

size_t char_find_stop(struct span s, size_t from)
{
    while (from < s.n && !char_stop[s.p[from]])
        from++;
    return from < s.n ? from : s.n;
}

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
