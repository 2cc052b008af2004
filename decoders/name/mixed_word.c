/* SPDX-License-Identifier: Apache-2.0 */
/* mixed_word: a table of the scripts that matter, and one pass. */
#include "decoders/name/mixed_word.h"

#include "decoders/base/escape.h"

enum script { SCRIPT_NONE, SCRIPT_COMMON, SCRIPT_LATIN, SCRIPT_ALIKE };

/* In order; what lies in none of them ends a word. Common belongs to any word: digits, marks, what does not show. */
static const struct {
    uint32_t first, last;
    uint8_t script;
} ranges[] = {
    {'0', '9', SCRIPT_COMMON},         {'A', 'Z', SCRIPT_LATIN},          {'a', 'z', SCRIPT_LATIN},
    {0xad, 0xad, SCRIPT_COMMON},       {0xc0, 0xd6, SCRIPT_LATIN},        {0xd8, 0xf6, SCRIPT_LATIN},
    {0xf8, 0x24f, SCRIPT_LATIN},       {0x250, 0x2af, SCRIPT_LATIN},      {0x300, 0x36f, SCRIPT_COMMON},
    {0x370, 0x373, SCRIPT_ALIKE},      {0x376, 0x377, SCRIPT_ALIKE},      {0x37b, 0x37d, SCRIPT_ALIKE},
    {0x37f, 0x37f, SCRIPT_ALIKE},      {0x386, 0x386, SCRIPT_ALIKE},      {0x388, 0x3ff, SCRIPT_ALIKE},
    {0x400, 0x52f, SCRIPT_ALIKE},      {0x531, 0x556, SCRIPT_ALIKE},      {0x561, 0x587, SCRIPT_ALIKE},
    {0x13a0, 0x13fd, SCRIPT_ALIKE},    {0x1e00, 0x1eff, SCRIPT_LATIN},    {0x1f00, 0x1fff, SCRIPT_ALIKE},
    {0x200b, 0x200d, SCRIPT_COMMON},   {0x2060, 0x2060, SCRIPT_COMMON},   {0x2c60, 0x2c7f, SCRIPT_LATIN},
    {0x2c80, 0x2cf3, SCRIPT_ALIKE},    {0x2de0, 0x2dff, SCRIPT_ALIKE},    {0xa4d0, 0xa4f7, SCRIPT_ALIKE},
    {0xa640, 0xa69f, SCRIPT_ALIKE},    {0xa720, 0xa7ff, SCRIPT_LATIN},    {0xfe00, 0xfe0f, SCRIPT_COMMON},
    {0xfeff, 0xfeff, SCRIPT_COMMON},   {0x1d400, 0x1d7ff, SCRIPT_ALIKE},
};

static enum script script_of(uint32_t c)
{
    size_t low = 0, high = sizeof(ranges) / sizeof(*ranges);

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (c > ranges[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < sizeof(ranges) / sizeof(*ranges) && c >= ranges[low].first ? (enum script)ranges[low].script
                                                                            : SCRIPT_NONE;
}

/* The word that begins at or behind *at; n 0 at the end. *mixed: it has both. */
static struct span next_word(struct span text, size_t *at, bool *mixed)
{
    size_t begin = *at;
    unsigned seen = 0;

    while (*at < text.n) {
        uint32_t c = 0;
        unsigned n = utf8_next(span_from(text, *at), &c);
        enum script s = n ? script_of(c) : SCRIPT_NONE;

        if (s == SCRIPT_NONE && begin < *at)
            break;
        *at += n ? n : 1;
        if (s == SCRIPT_NONE)
            begin = *at;
        seen |= s == SCRIPT_LATIN ? 1u : s == SCRIPT_ALIKE ? 2u : 0;
    }
    *mixed = seen == 3;
    return span_head(span_from(text, begin), *at - begin);
}

/* Whether a character of SCRIPT_ALIKE may begin with this byte. Those of Japanese, Chinese and Korean do not. */
static bool may_begin_alike(uint8_t c)
{
    return (c >= 0xcd && c <= 0xd6) || c == 0xe1 || c == 0xe2 || c == 0xea || c == 0xf0;
}

static bool has_alike(struct span text, size_t at)
{
    while (at < text.n && !may_begin_alike(text.p[at]))
        at++;
    return at < text.n;
}

struct span mixed_word_next(struct span text, size_t *at)
{
    bool mixed = false;

    if (!has_alike(text, *at)) /* most texts are told by that */
        *at = text.n;
    while (*at < text.n) {
        struct span word = next_word(text, at, &mixed);

        if (mixed)
            return word;
    }
    return (struct span){NULL, 0};
}
