/* SPDX-License-Identifier: Apache-2.0 */
/* charset_guess: which charset raw 8-bit bytes are in, by validity first and plausibility second. */
#include "decoders/mail/charset_table.h"

/* Points for one character; a byte that is none costs INVALID, as much as many good ones bring. */
enum { COMMON = 6, USUAL = 4, RARE = 1, ODD = -2, UNLIKELY = -6, INVALID = -40 };

/* Reads one character of more than ASCII at p (n bytes are left): its length, or 0 where it is cut
 * off by the end; *points what it says for the charset. */
typedef size_t (*scorer)(const uint8_t *p, size_t n, int *points);

static bool in(uint8_t c, uint8_t low, uint8_t high)
{
    return c >= low && c <= high;
}

static size_t score_shift_jis(const uint8_t *p, size_t n, int *points)
{
    uint8_t a = p[0], b;

    if (in(a, 0xa1, 0xdf)) {
        *points = ODD;
        return 1;
    }
    if (!in(a, 0x81, 0x9f) && !in(a, 0xe0, 0xfc)) {
        *points = INVALID;
        return 1;
    }
    if (n < 2)
        return 0;
    b = p[1];
    *points = RARE;
    if (!in(b, 0x40, 0x7e) && !in(b, 0x80, 0xfc)) {
        *points = INVALID;
        return 1;
    }
    if ((a == 0x82 && in(b, 0x9f, 0xf1)) || (a == 0x83 && b <= 0x96))
        *points = COMMON;
    else if (in(a, 0x81, 0x82) || in(a, 0x88, 0x97))
        *points = USUAL;
    else if (a > 0xea || in(a, 0x84, 0x87))
        *points = ODD;
    return 2;
}

/* A pair of two bytes from 0xa1 on, or one that is cut off or invalid (0x00 as lead in *lead). */
static size_t euc_pair(const uint8_t *p, size_t n, uint8_t *lead, int *points)
{
    *lead = 0;
    if (!in(p[0], 0xa1, 0xfe)) {
        *points = INVALID;
        return 1;
    }
    if (n < 2)
        return 0;
    if (!in(p[1], 0xa1, 0xfe)) {
        *points = INVALID;
        return 1;
    }
    *lead = p[0];
    return 2;
}

static size_t score_euc_jp(const uint8_t *p, size_t n, int *points)
{
    uint8_t lead;
    size_t used;

    if (p[0] == 0x8e) {
        *points = n > 1 && in(p[1], 0xa1, 0xdf) ? RARE : INVALID;
        return n < 2 ? 0 : *points == RARE ? 2 : 1;
    }
    used = euc_pair(p, n, &lead, points);
    if (!lead)
        return used;
    if ((lead == 0xa4 && p[1] <= 0xf3) || (lead == 0xa5 && p[1] <= 0xf6))
        *points = COMMON;
    else if (in(lead, 0xa1, 0xa3) || in(lead, 0xb0, 0xcf))
        *points = USUAL;
    else
        *points = in(lead, 0xd0, 0xf4) || lead == 0xad ? RARE : UNLIKELY;
    return used;
}

/* Whether the pair at p is one of the most frequent characters of a language: n pairs in a row. */
static bool is_frequent(const uint8_t *p, const char *pairs, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        if (p[0] == (uint8_t)pairs[i] && p[1] == (uint8_t)pairs[i + 1])
            return true;
    return false;
}

/* 的一是了不在有人这我您你请中和为到以点 */
static const char frequent_chinese[] =
    "\xb5\xc4\xd2\xbb\xca\xc7\xc1\xcb\xb2\xbb\xd4\xda\xd3\xd0\xc8\xcb\xd5\xe2\xce\xd2"
    "\xc4\xfa\xc4\xe3\xc7\xeb\xd6\xd0\xba\xcd\xce\xaa\xb5\xbd\xd2\xd4\xb5\xe3";

/* 이다는을가에의고하지로니습세요입합기사한은를서시대안자정인리 */
static const char frequent_korean[] =
    "\xc0\xcc\xb4\xd9\xb4\xc2\xc0\xbb\xb0\xa1\xbf\xa1\xc0\xc7\xb0\xed\xc7\xcf\xc1\xf6"
    "\xb7\xce\xb4\xcf\xbd\xc0\xbc\xbc\xbf\xe4\xc0\xd4\xc7\xd5\xb1\xe2\xbb\xe7\xc7\xd1"
    "\xc0\xba\xb8\xa6\xbc\xad\xbd\xc3\xb4\xeb\xbe\xc8\xc0\xda\xc1\xa4\xc0\xce\xb8\xae";

static size_t score_gbk(const uint8_t *p, size_t n, int *points)
{
    uint8_t a = p[0], b;

    *points = INVALID;
    if (!in(a, 0x81, 0xfe))
        return 1;
    if (n < 2)
        return 0;
    b = p[1];
    if (!in(b, 0x40, 0x7e) && !in(b, 0x80, 0xfe))
        return 1;
    if (b < 0xa1)
        *points = a <= 0xa0 || a >= 0xaa ? 0 : ODD;
    else if (is_frequent(p, frequent_chinese, sizeof(frequent_chinese)))
        *points = COMMON;
    else if (in(a, 0xb0, 0xd7) || a == 0xa1 || a == 0xa3)
        *points = USUAL;
    else
        *points = in(a, 0xd8, 0xf7) ? RARE : a == 0xa4 || a == 0xa5 ? 0 : ODD;
    return 2;
}

static size_t score_euc_kr(const uint8_t *p, size_t n, int *points)
{
    uint8_t lead;
    size_t used = euc_pair(p, n, &lead, points);

    if (!lead)
        return used;
    if (is_frequent(p, frequent_korean, sizeof(frequent_korean)))
        *points = COMMON + 1;
    else if (in(lead, 0xb0, 0xc8))
        *points = USUAL - 1;
    else
        *points = in(lead, 0xa1, 0xa3) ? RARE : UNLIKELY;
    return used;
}

static size_t score_big5(const uint8_t *p, size_t n, int *points)
{
    uint8_t a = p[0], b;

    *points = INVALID;
    if (!in(a, 0x81, 0xfe))
        return 1;
    if (n < 2)
        return 0;
    b = p[1];
    if (!in(b, 0x40, 0x7e) && !in(b, 0xa1, 0xfe))
        return 1;
    if (in(a, 0xa4, 0xc6))
        *points = USUAL;
    else if (a == 0xa1)
        *points = USUAL;
    else
        *points = in(a, 0xc9, 0xf9) ? RARE : ODD;
    return 2;
}

/* Letters stand alone among ASCII; one behind the other makes this less likely. */
static size_t score_windows_1252(const uint8_t *p, size_t n, int *points)
{
    bool next_high = n > 1 && p[1] >= 0x80;

    if (p[0] == 0x81 || p[0] == 0x8d || p[0] == 0x8f || p[0] == 0x90 || p[0] == 0x9d)
        *points = INVALID;
    else if (p[0] >= 0xc0 && p[0] != 0xd7 && p[0] != 0xf7)
        *points = next_high ? 0 : USUAL - 1;
    else
        *points = next_high ? ODD : RARE;
    return 1;
}

static int score(struct span s, scorer one)
{
    int total = 0;

    for (size_t i = 0; i < s.n;) {
        int points = 0;
        size_t used = 1;

        if (s.p[i] >= 0x80) {
            used = one(s.p + i, s.n - i, &points);
            if (!used)
                break;
        }
        total += points;
        i += used;
    }
    return total;
}

/* Length of the valid UTF-8 character at p, 0 where the end cuts it, -1 where it is none. */
static int utf8_length(const uint8_t *p, size_t n)
{
    uint8_t a = p[0];
    int need = a < 0x80 ? 1 : in(a, 0xc2, 0xdf) ? 2 : in(a, 0xe0, 0xef) ? 3 : in(a, 0xf0, 0xf4) ? 4 : -1;

    if (need < 0)
        return -1;
    for (int i = 1; i < need; i++) {
        if ((size_t)i == n)
            return 0;
        if ((p[i] & 0xc0) != 0x80)
            return -1;
    }
    return need;
}

static bool is_utf8(struct span s)
{
    for (size_t i = 0; i < s.n;) {
        int used = utf8_length(s.p + i, s.n - i);

        if (used < 0)
            return false;
        if (!used)
            return i > 0;
        i += (size_t)used;
    }
    return true;
}

static bool has_jis_escape(struct span s)
{
    for (size_t i = span_find(s, 0, 0x1b); i + 2 < s.n; i = span_find(s, i + 1, 0x1b))
        if (s.p[i + 1] == '$' || (s.p[i + 1] == '(' && (s.p[i + 2] == 'I' || s.p[i + 2] == 'J')))
            return true;
    return false;
}

const struct charset *charset_guess(struct span bytes)
{
    static const struct {
        enum charset_id id;
        scorer one;
    } candidates[] = {
        {CS_WINDOWS_1252, score_windows_1252}, {CS_SHIFT_JIS, score_shift_jis},
        {CS_EUC_JP, score_euc_jp},             {CS_GBK, score_gbk},
        {CS_EUC_KR, score_euc_kr},             {CS_BIG5, score_big5},
    };
    enum charset_id best = CS_WINDOWS_1252;
    int most = 0;

    if (has_jis_escape(bytes))
        return charset_by_id(CS_ISO_2022_JP);
    if (is_utf8(bytes))
        return charset_by_id(CS_UTF_8);
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        int points = score(bytes, candidates[i].one);

        if (!i || points > most) {
            most = points;
            best = candidates[i].id;
        }
    }
    return charset_by_id(best);
}
