/* SPDX-License-Identifier: Apache-2.0 */
/* url_password: what stands between the first colon and the last @ of a URL's authority. */
#define _GNU_SOURCE /* memmem */
#include "sensor/publish/url_password.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { AT = 1, NUMBER = 2, CODED = 4, SHORTEST = 7 /* //a:b@c */ };

/*
 * Which of an @, 40, and the middle of "://" in base64 (i8, vL, Ly: two letters of it, one for each alignment; what is looked at for
 * nothing costs little) begin at p; one more byte is there.
 */
static unsigned begins(const uint8_t *p)
{
    unsigned what = (p[0] == '@' ? AT : 0) | (p[0] == '4' && p[1] == '0' ? NUMBER : 0);

    if ((p[0] == 'i' && p[1] == '8') || (p[0] == 'v' && p[1] == 'L') || (p[0] == 'L' && p[1] == 'y'))
        what |= CODED;
    return what;
}

#ifdef __SSE2__
enum { BLOCK = 16 };

static __m128i is(__m128i block, char c)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(c));
}

static __m128i two(__m128i a, __m128i b, const char *text)
{
    return _mm_and_si128(is(a, text[0]), is(b, text[1]));
}

/* The same of each of the next 16 bytes. */
static unsigned begins_block(const uint8_t *p)
{
    __m128i a = _mm_loadu_si128((const void *)p), b = _mm_loadu_si128((const void *)(p + 1));
    __m128i coded = _mm_or_si128(_mm_or_si128(two(a, b, "i8"), two(a, b, "vL")), two(a, b, "Ly"));
    __m128i at = is(a, '@'), number = two(a, b, "40");

    if (!_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(coded, number), at)))
        return 0;
    return (_mm_movemask_epi8(at) ? AT : 0) | (_mm_movemask_epi8(number) ? NUMBER : 0) |
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
    for (; i + BLOCK + 1 <= s.n; i += BLOCK)
        what |= begins_block(s.p + i);
    if (i && i + 1 < s.n)
        return what | begins_block(s.p + s.n - 1 - BLOCK);
    for (; i + 1 < s.n; i++)
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
