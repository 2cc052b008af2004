/* SPDX-License-Identifier: Apache-2.0 */
/* plain_text: letters of two and three bytes by one load each; ASCII in runs. */
#include "sensor/publish/plain_text.h"

#include "decoders/base/escape.h"
#include "decoders/base/scan.h"

static bool steers_terminal(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Leading bytes, a bit each, behind which continuations make a character, and none that steers: of two bytes all from C3 on but D8
 * (U+061C); of three all but E0 and ED, whose next byte has bounds of its own, and E2 (U+2000 to 2FFF). EF has U+FEFF. */
enum { PAIRS_FROM = 3, PAIRS_BUT = 0xd8 - 0xc0, THREES = 0x5ffa | 0x8000, FEFF = 0xbfbbef };

/* The four bytes at p, the first of them lowest. */
static inline uint32_t four(const uint8_t *p)
{
    uint32_t w;

    memcpy(&w, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap32(w);
#endif
    return w;
}

static inline bool is_three(uint32_t w)
{
    return (w & 0xc0c0f0) == 0x8080e0 && (THREES >> (w & 15) & 1) && (w & 0xffffff) != FEFF;
}

static inline bool is_pair(uint32_t w)
{
    unsigned lead = w & 31;

    return (w & 0xc0e0) == 0x80c0 && lead >= PAIRS_FROM && lead != PAIRS_BUT;
}

/* Behind the letters at i, while four bytes are left. */
static inline size_t letters_end(struct span s, size_t i)
{
    while (i + 4 <= s.n) {
        uint32_t w = four(s.p + i);

        if (is_three(w))
            i += 3;
        else if (is_pair(w))
            i += 2;
        else
            break;
    }
    return i;
}

size_t plain_text_end(struct span s, size_t from)
{
    size_t i = from, n;
    uint32_t c;

    do {
        i = letters_end(s, i);
        if (i < s.n && s.p[i] < 0x80)
            i = scan_json(s, i);
        if (i == s.n || s.p[i] < 0x80)
            return i;
        n = utf8_next(span_from(s, i), &c);
        if (!n || steers_terminal(c))
            return i;
        i += n;
    } while (i < s.n);
    return i;
}
