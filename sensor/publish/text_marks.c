/* SPDX-License-Identifier: Apache-2.0 */
/* text_marks: marks of two bytes are found by looking at each block twice, the second time one byte further. */
#include "sensor/publish/text_marks.h"

static bool is_escape(uint8_t c)
{
    return c < 0x20 || c >= 0x7f || c == '"' || c == '\\';
}

/* Found on the way to MARK_USER, which is both. */
enum { AT = 16, SLASHES = 32 };

static bool is_slash(uint8_t c)
{
    return c == '/' || c == '\\';
}

/* The digits of an escaped / : \ or %, which may be one escaped twice. */
static bool is_mark_in_hex(uint8_t high, uint8_t low)
{
    low = ascii_lower(low);
    return (high == '2' && (low == 'f' || low == '5')) || (high == '3' && low == 'a') || (high == '5' && low == 'c');
}

/* What else may begin a user's name and password: http: with one slash or none, back slashes, a : / or \ escaped under any coding
 * (sensor/publish/coding.h), of which the @ may be none. Asked of the few texts that have an @ and no //. */
static bool may_begin_user(struct span s)
{
    static const bool is_asked[256] = {[':'] = true, ['\\'] = true, ['%'] = true, ['='] = true, ['+'] = true, ['-'] = true};

    for (size_t i = 0; i + 1 < s.n; i++) {
        uint8_t c = s.p[i], before = i ? ascii_lower(s.p[i - 1]) : 0, behind = s.p[i + 1];

        if (!is_asked[c])
            continue;
        if (c == ':' ? before == 'p' || before == 's'
            : c == '\\' ? is_slash(before) || is_slash(behind)
                        : i + 2 < s.n && is_mark_in_hex(behind, s.p[i + 2]))
            return true;
    }
    return false;
}

static unsigned summed_up(struct span s, unsigned found)
{
    if ((found & AT) && ((found & SLASHES) || may_begin_user(s)))
        found |= MARK_USER;
    return found & ~(unsigned)(AT | SLASHES);
}

/* Of the byte at p; another is behind it. */
static unsigned marks_at(const uint8_t *p)
{
    unsigned marks = (is_escape(p[0]) ? MARK_ESCAPE : 0) | (p[0] == '@' ? AT : 0) | (p[0] == '/' && p[1] == '/' ? SLASHES : 0);

    if (p[0] == '4' && p[1] == '0')
        marks |= MARK_NUMBER;
    if ((p[0] == 'i' && p[1] == '8') || (p[0] == 'v' && p[1] == 'L') || (p[0] == 'L' && p[1] == 'y'))
        marks |= MARK_CODED;
    return marks;
}

static unsigned last_mark(struct span s)
{
    return s.n && is_escape(s.p[s.n - 1]) ? MARK_ESCAPE : 0;
}

unsigned text_marks_scalar(struct span s)
{
    unsigned marks = last_mark(s);

    for (size_t i = 0; i + 1 < s.n; i++)
        marks |= marks_at(s.p + i);
    return summed_up(s, marks);
}

#ifdef __x86_64__
#include <immintrin.h>

#include "decoders/base/vector.h"

/* 4 bytes at p, then 4 at q, twice. */
static inline __m128i load_4_4(const uint8_t *p, const uint8_t *q)
{
    __m128i x = vector_two_4(p, q);

    return _mm_unpacklo_epi64(x, x);
}

static inline __m128i is(__m128i block, char c)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(c));
}

static inline __m128i two(__m128i a, __m128i b, const char *text)
{
    return _mm_and_si128(is(a, text[0]), is(b, text[1]));
}

static inline unsigned any(__m128i x, unsigned mark)
{
    return _mm_movemask_epi8(x) ? mark : 0;
}

/* a: bytes; b: the one behind each. Adding 1 makes DEL negative, as all from 0x80 on are: one signed compare for controls too. */
static unsigned marks_sse2(__m128i a, __m128i b)
{
    __m128i steers = _mm_cmplt_epi8(_mm_add_epi8(a, _mm_set1_epi8(1)), _mm_set1_epi8(0x21));
    __m128i coded = _mm_or_si128(_mm_or_si128(two(a, b, "i8"), two(a, b, "vL")), two(a, b, "Ly"));
    __m128i escape = _mm_or_si128(steers, _mm_or_si128(is(a, '"'), is(a, '\\')));
    __m128i at = is(a, '@'), slashes = two(a, b, "//"), number = two(a, b, "40");
    __m128i user = _mm_or_si128(at, slashes);

    if (!_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(coded, number), _mm_or_si128(user, escape))))
        return 0;
    return any(escape, MARK_ESCAPE) | any(at, AT) | any(slashes, SLASHES) | any(number, MARK_NUMBER) | any(coded, MARK_CODED);
}

unsigned text_marks_sse2(struct span s)
{
    unsigned marks = last_mark(s);
    size_t i = 0;

    if (s.n < 17)
        return text_marks_scalar(s);
    for (; i + 17 <= s.n; i += 16)
        marks |= marks_sse2(vector_load(s.p + i), vector_load(s.p + i + 1));
    return summed_up(s, marks | marks_sse2(vector_load(s.p + s.n - 17), vector_load(s.p + s.n - 16)));
}

/*
 * A byte's kind is what the tables of its two halves agree in: a bit for each of 4 i v L @ " \ /. Of the byte behind it: the same
 * bits for the 0 8 L y / that complete five of them. Bytes from 0x80 on have no kind: the shuffle gives 0 for them.
 */
enum { K4 = 1, KI = 2, KV = 4, KL = 8, KAT = 16, KQUOTE = 32, KBACK = 64, KSLASH = -128 };

struct found {
    __m256i kinds, pairs, steers;
};

#define TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

AVX2 static inline __m256i kinds_of(__m256i x, __m256i low, __m256i high)
{
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));

    return _mm256_and_si256(_mm256_shuffle_epi8(low, x), _mm256_shuffle_epi8(high, upper));
}

AVX2 static inline void look(struct found *f, __m256i a, __m256i b)
{
    const __m256i low = TWICE(KAT, 0, KQUOTE, 0, K4, 0, KV, 0, 0, KI, 0, 0, KL | KBACK, 0, 0, KSLASH);
    const __m256i high = TWICE(0, 0, KQUOTE | KSLASH, K4, KAT | KL, KBACK, KI, KV, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i low_behind = TWICE(K4, 0, 0, 0, 0, 0, 0, 0, KI, KL, 0, 0, KV, 0, 0, KSLASH);
    const __m256i high_behind = TWICE(0, 0, KSLASH, K4 | KI, KV, 0, 0, KL, 0, 0, 0, 0, 0, 0, 0, 0);
    __m256i kinds = kinds_of(a, low, high);

    f->kinds = _mm256_or_si256(f->kinds, kinds);
    f->pairs = _mm256_or_si256(f->pairs, _mm256_and_si256(kinds, kinds_of(b, low_behind, high_behind)));
    f->steers = _mm256_or_si256(
        f->steers, _mm256_cmpgt_epi8(_mm256_set1_epi8(0x21), _mm256_add_epi8(a, _mm256_set1_epi8(1))));
}

AVX2 static inline bool some(__m256i x, char bits)
{
    return !_mm256_testz_si256(x, _mm256_set1_epi8(bits));
}

/* 0xff where y says the first and z the second digit of an escaped mark (is_mark_in_hex). */
AVX2 static inline __m256i is_mark_avx2(__m256i y, __m256i z)
{
    __m256i lower = _mm256_or_si256(z, _mm256_set1_epi8(0x20));
    __m256i two = _mm256_and_si256(vector_match_avx2(y, '2'), _mm256_or_si256(vector_match_avx2(lower, 'f'), vector_match_avx2(z, '5')));
    __m256i three = _mm256_and_si256(vector_match_avx2(y, '3'), vector_match_avx2(lower, 'a'));

    return _mm256_or_si256(_mm256_or_si256(two, three), _mm256_and_si256(vector_match_avx2(y, '5'), vector_match_avx2(lower, 'c')));
}

/* Three bytes in a row at p, 32 times, which may begin a user: an escaped mark, p or s and a colon, or a back slash, whatever is beside it. */
AVX2 static inline __m256i begins_user(__m256i x, __m256i y, __m256i z)
{
    __m256i lower = _mm256_or_si256(x, _mm256_set1_epi8(0x20));
    __m256i escapes = _mm256_or_si256(_mm256_or_si256(vector_match_avx2(x, '%'), vector_match_avx2(x, '=')),
                                      _mm256_or_si256(vector_match_avx2(x, '+'), vector_match_avx2(x, '-')));
    __m256i colon = _mm256_and_si256(_mm256_or_si256(vector_match_avx2(lower, 'p'), vector_match_avx2(lower, 's')), vector_match_avx2(y, ':'));

    return _mm256_or_si256(_mm256_or_si256(colon, vector_match_avx2(x, '\\')), _mm256_and_si256(escapes, is_mark_avx2(y, z)));
}

/* From 8 to 32 bytes: both ends, which overlap. */
AVX2 static inline __m256i both_ends(const uint8_t *p, size_t n)
{
    __m128i a;

    if (n >= 16)
        return _mm256_set_m128i(vector_load(p + n - 16), vector_load(p));
    a = vector_two_8(p, p + n - 8);
    return _mm256_set_m128i(a, a);
}

/* As may_begin_user, which is asked only where a mark begins, or a back slash stands in front of the last byte. */
AVX2 static bool may_begin_user_avx2(struct span s)
{
    size_t n = s.n - 2; /* places with two bytes behind them */
    __m256i any = _mm256_setzero_si256();

    if (s.n < 10)
        return may_begin_user(s);
    if (n < 32) {
        any = begins_user(both_ends(s.p, n), both_ends(s.p + 1, n), both_ends(s.p + 2, n));
    } else {
        for (size_t i = 0; i + 32 <= n; i += 32)
            any = _mm256_or_si256(any, begins_user(vector_load_avx2(s.p + i), vector_load_avx2(s.p + i + 1), vector_load_avx2(s.p + i + 2)));
        any = _mm256_or_si256(any, begins_user(vector_load_avx2(s.p + n - 32), vector_load_avx2(s.p + n - 31), vector_load_avx2(s.p + n - 30)));
    }
    return (some(any, -1) || s.p[n] == '\\') && may_begin_user(s);
}

AVX2 static inline unsigned marks_of(const struct found *f, struct span s)
{
    unsigned marks = some(f->steers, -1) || some(f->kinds, KQUOTE | KBACK) ? MARK_ESCAPE : 0;

    if (some(f->kinds, KAT) && (some(f->pairs, KSLASH) || may_begin_user_avx2(s)))
        marks |= MARK_USER;
    if (some(f->pairs, K4 | KI | KV | KL))
        marks |= (some(f->pairs, K4) ? MARK_NUMBER : 0) | (some(f->pairs, KI | KV | KL) ? MARK_CODED : 0);
    return marks;
}

AVX2 static inline __m256i load32(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Fewer than 33 bytes, five at least: both ends, which overlap, in one register. */
AVX2 static inline void look_short(struct found *f, const uint8_t *p, size_t n)
{
    const uint8_t *q;
    __m128i a, b;

    if (n >= 17) {
        q = p + n - 17;
        look(f, _mm256_set_m128i(vector_load(q), vector_load(p)), _mm256_set_m128i(vector_load(q + 1), vector_load(p + 1)));
        return;
    }
    if (n >= 9) {
        q = p + n - 9;
        a = vector_two_8(p, q);
        b = vector_two_8(p + 1, q + 1);
    } else {
        q = p + n - 5;
        a = load_4_4(p, q);
        b = load_4_4(p + 1, q + 1);
    }
    look(f, _mm256_set_m128i(a, a), _mm256_set_m128i(b, b));
}

AVX2 static unsigned text_marks_avx2(struct span s)
{
    struct found f = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};

    if (s.n < 33) {
        look_short(&f, s.p, s.n);
    } else {
        for (size_t i = 0; i + 33 <= s.n; i += 32)
            look(&f, load32(s.p + i), load32(s.p + i + 1));
        look(&f, load32(s.p + s.n - 33), load32(s.p + s.n - 32));
    }
    return marks_of(&f, s) | last_mark(s);
}

unsigned text_marks(struct span s)
{
    if (s.n < 5)
        return text_marks_scalar(s);
    return vector_has_avx2() ? text_marks_avx2(s) : text_marks_sse2(s);
}

#else

unsigned text_marks_sse2(struct span s)
{
    return text_marks_scalar(s);
}

unsigned text_marks(struct span s)
{
    return text_marks_scalar(s);
}

#endif
