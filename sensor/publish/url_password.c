/* SPDX-License-Identifier: Apache-2.0 */
/* url_password: what stands between the first colon and the last @ of a URL's authority. */
#define _GNU_SOURCE /* memmem */
#include "sensor/publish/url_password.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { AT = 1, NUMBER = 2, CODED = 4, SHORTEST = 7 /* //a:b@c */ };

/* Which of an @, 40, and :// in base64 (three letters tell, at each alignment) begin at p; two more bytes are there. */
static unsigned begins(const uint8_t *p)
{
    unsigned what = (p[0] == '@' ? AT : 0) | (p[0] == '4' && p[1] == '0' ? NUMBER : 0);

    if ((p[0] == 'O' && p[1] == 'i' && p[2] == '8') || (p[0] == 'o' && p[1] == 'v' && p[2] == 'L') ||
        (p[0] == '6' && p[1] == 'L' && p[2] == 'y'))
        what |= CODED;
    return what;
}

#ifdef __SSE2__
enum { BLOCK = 16 };

static __m128i is(__m128i block, char c)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(c));
}

static __m128i three(__m128i a, __m128i b, __m128i c, const char *text)
{
    return _mm_and_si128(_mm_and_si128(is(a, text[0]), is(b, text[1])), is(c, text[2]));
}

/* The same of each of the next 16 bytes. */
static unsigned begins_block(const uint8_t *p)
{
    __m128i a = _mm_loadu_si128((const void *)p), b = _mm_loadu_si128((const void *)(p + 1));
    __m128i c = _mm_loadu_si128((const void *)(p + 2));
    __m128i number = _mm_and_si128(is(a, '4'), is(b, '0'));
    __m128i coded = _mm_or_si128(_mm_or_si128(three(a, b, c, "Oi8"), three(a, b, c, "ovL")), three(a, b, c, "6Ly"));

    return (_mm_movemask_epi8(is(a, '@')) ? AT : 0) | (_mm_movemask_epi8(number) ? NUMBER : 0) |
           (_mm_movemask_epi8(coded) ? CODED : 0);
}
#else
enum { BLOCK = 1 };

static unsigned begins_block(const uint8_t *p)
{
    return begins(p);
}
#endif

/* This passes over every text of every record. An @ in the last two bytes has no host behind it. */
static unsigned seen(struct span s)
{
    unsigned what = 0;
    size_t i = 0;

    if (s.n < SHORTEST)
        return 0;
    for (; i + BLOCK + 2 <= s.n; i += BLOCK)
        what |= begins_block(s.p + i);
    if (i && i + 2 < s.n)
        return what | begins_block(s.p + s.n - 2 - BLOCK);
    for (; i + 2 < s.n; i++)
        what |= begins(s.p + i);
    return what;
}

static bool holds_slashes(struct span s)
{
    size_t i = span_find(s, 0, '/');

    while (i + 1 < s.n && s.p[i + 1] != '/')
        i = span_find(s, i + 1, '/');
    return i + 1 < s.n;
}

/* %40, =40, +40, -40, %2540. */
static bool holds_escaped_at(struct span s)
{
    for (size_t i = 1; i + 1 < s.n; i++)
        if (s.p[i] == '4' && s.p[i + 1] == '0' && memchr("%=+-5", s.p[i - 1], 5))
            return true;
    return false;
}

static bool possible(struct span s, unsigned what)
{
    return ((what & AT) && holds_slashes(s)) || ((what & NUMBER) && holds_escaped_at(s));
}

bool url_password_possible(struct span s)
{
    return possible(s, seen(s));
}

bool url_password_anywhere(struct span s)
{
    unsigned what = seen(s);

    return (what & CODED) || possible(s, what);
}

static bool ends_authority(uint8_t c)
{
    return c <= ' ' || c == '/' || c == '?' || c == '#' || c == '\\' || c == '<' || c == '>' || c == '"';
}

/* The password of the authority at `from`; absent where it has none, or but the mask. *end: of the authority. */
static struct span password_at(struct span s, size_t from, size_t *end)
{
    size_t colon = s.n, at = s.n, i = from;

    for (; i < s.n && !ends_authority(s.p[i]); i++) {
        if (s.p[i] == ':' && colon == s.n)
            colon = i;
        if (s.p[i] == '@')
            at = i;
    }
    *end = i;
    if (at == s.n || colon + 1 >= at)
        return span_of(NULL, 0);
    s = span_of(s.p + colon + 1, at - colon - 1);
    return span_eq(s, SPAN("***")) ? span_of(NULL, 0) : s;
}

bool url_password_next(void *ctx, struct span view, size_t from, struct rewriter_cut *cut)
{
    (void)ctx;
    while (from < view.n) {
        const uint8_t *slashes = memmem(view.p + from, view.n - from, "//", 2);
        struct span password;

        if (!slashes)
            return false;
        from = (size_t)(slashes - view.p) + 2;
        password = password_at(view, from, &from);
        if (!password.p)
            continue;
        cut->start = (size_t)(password.p - view.p);
        cut->keep = cut->kept = cut->end = cut->start + password.n;
        cut->with = SPAN("***");
        return true;
    }
    return false;
}
