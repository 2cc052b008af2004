/* SPDX-License-Identifier: Apache-2.0 */
/* base64: RFC 2045 6.8, read as mail programs read it: junk is skipped, padding may be missing. */
#include "decoders/mail/base64.h"

#include "decoders/base/vector.h"
#include "decoders/mail/base64_avx2.h"
#include "decoders/mail/base64_avx512.h"

enum { BLANK = 0x81, PAD = 0x82, JUNK = 0x80 };

#define J4 JUNK, JUNK, JUNK, JUNK
#define J16 J4, J4, J4, J4
#define J64 J16, J16, J16, J16

/* Value of a byte, or one of the marks above (all with the high bit). */
static const uint8_t sextet[256] = {
    BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, /* controls */
    BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK,
    BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK,
    BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK, BLANK,
    BLANK, JUNK, JUNK, JUNK, J4, JUNK, JUNK, JUNK, 62, JUNK, JUNK, JUNK, 63, /* space ... / */
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, JUNK, JUNK, JUNK, PAD, JUNK, JUNK, /* 0 ... ? */
    JUNK, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,                    /* @ A ... O */
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, JUNK, JUNK, JUNK, JUNK, JUNK,
    JUNK, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, /* ` a ... o */
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, JUNK, JUNK, JUNK, JUNK, JUNK,
    J64, J64};

static size_t put(uint8_t *out, uint32_t w, size_t n)
{
    out[0] = (uint8_t)(w >> 16);
    if (n > 1)
        out[1] = (uint8_t)(w >> 8);
    if (n > 2)
        out[2] = (uint8_t)w;
    return n;
}

/* The quantum ends with n sextets held (0..4): its bytes, n - 1 of them. */
static size_t flush(struct transfer_decoder *d, uint8_t *out)
{
    uint32_t w = d->bits << (6 * (4 - d->n));
    size_t n = d->n > 1 ? d->n - 1u : 0;

    d->n = 0;
    d->bits = 0;
    return n ? put(out, w, n) : 0;
}

/* What = means here: the quantum's end, its second =, or nothing. Returns bytes due. */
static size_t pad(struct transfer_decoder *d, uint8_t *out)
{
    if (d->n >= 2) {
        d->padding = d->n == 2;
        return flush(d, out);
    }
    if (d->n == 1 || !d->padding)
        d->odd = true;
    d->n = 0;
    d->padding = 0;
    return 0;
}

static size_t one(struct transfer_decoder *d, uint8_t c, uint8_t *out)
{
    uint8_t v = sextet[c];

    if (v < 64) {
        d->padding = 0;
        d->bits = d->bits << 6 | v;
        return ++d->n == 4 ? flush(d, out) : 0;
    }
    if (v == PAD)
        return pad(d, out);
    if (v == JUNK)
        d->odd = true;
    return 0;
}

/* Whole quanta without anything between: returns bytes used, out gets 3 for every 4. */
static size_t bulk_scalar(const uint8_t *p, size_t n, uint8_t *out)
{
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        uint8_t a = sextet[p[i]], b = sextet[p[i + 1]], c = sextet[p[i + 2]], e = sextet[p[i + 3]];

        if ((a | b | c | e) & 0x80)
            break;
        out += put(out, (uint32_t)a << 18 | (uint32_t)b << 12 | (uint32_t)c << 6 | e, 3);
    }
    return i;
}

#ifdef __x86_64__

/* 0xff where lo <= byte <= lo + n - 1: the range is moved to the bottom of the signed bytes. */
static inline __m128i in_range(__m128i x, uint8_t lo, uint8_t n)
{
    return _mm_cmplt_epi8(_mm_add_epi8(x, _mm_set1_epi8((char)(0x80 - lo))),
                          _mm_set1_epi8((char)(0x80 + n)));
}

/* + and / are 0x2b and 0x2f: alike but for bit 2. */
static inline __m128i is_alphabet(__m128i x)
{
    __m128i letter = in_range(_mm_or_si128(x, _mm_set1_epi8(0x20)), 'a', 26);
    __m128i digit = in_range(x, '0', 10);
    __m128i sign = _mm_cmpeq_epi8(_mm_or_si128(x, _mm_set1_epi8(4)), _mm_set1_epi8('/'));

    return _mm_or_si128(letter, _mm_or_si128(digit, sign));
}

/* Values of 16 bytes of the alphabet: each of its five ranges lies at its own distance. */
static inline __m128i sextets(__m128i x)
{
    __m128i shift = _mm_and_si128(in_range(x, 'A', 26), _mm_set1_epi8(0 - 'A'));

    shift = _mm_or_si128(shift, _mm_and_si128(in_range(x, 'a', 26), _mm_set1_epi8(26 - 'a')));
    shift = _mm_or_si128(shift, _mm_and_si128(in_range(x, '0', 10), _mm_set1_epi8(52 - '0')));
    shift = _mm_or_si128(shift, _mm_and_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('+')), _mm_set1_epi8(62 - '+')));
    shift = _mm_or_si128(shift, _mm_and_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('/')), _mm_set1_epi8(63 - '/')));
    return _mm_add_epi8(x, shift);
}

/* Two quanta of 24 bits, each in 32 of q: 6 bytes, and 2 of no meaning behind them. Where the second is
 * junk it has more bits than 24, which must not spill into the first. */
static inline void put_six(uint8_t *out, uint64_t q)
{
    uint64_t bytes = __builtin_bswap64(q << 40 | (q >> 32 & 0xffffff) << 16);

    memcpy(out, &bytes, sizeof(bytes));
}

/* As bulk_scalar. out has room for n bytes. */
static size_t bulk(const uint8_t *p, size_t n, uint8_t *out)
{
    const __m128i even = _mm_set1_epi16(0x00ff), low = _mm_set1_epi32(0x0000ffff);
    size_t i = n >= 32 && vector_has_avx2() ? base64_bulk_avx2(p, n, out) : 0;

    out += i / 4 * 3;
    while (i + 16 <= n) {
        __m128i x = vector_load(p + i);
        unsigned other = ~(unsigned)_mm_movemask_epi8(is_alphabet(x));
        unsigned whole = (unsigned)__builtin_ctz(other) & ~3u; /* other has bits above the 16 */

        x = sextets(x);
        x = _mm_or_si128(_mm_slli_epi16(_mm_and_si128(x, even), 6), _mm_srli_epi16(x, 8));
        x = _mm_or_si128(_mm_slli_epi32(_mm_and_si128(x, low), 12), _mm_srli_epi32(x, 16));
        put_six(out, (uint64_t)_mm_cvtsi128_si64(x));
        put_six(out + 6, (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(x, x)));
        i += whole;
        out += whole / 4 * 3;
        if (whole < 16)
            return i;
    }
    return i + bulk_scalar(p + i, n - i, out);
}

#else

static size_t bulk(const uint8_t *p, size_t n, uint8_t *out)
{
    return bulk_scalar(p, n, out);
}

#endif

/* Lines as nearly all mailers write them, from the front of in on; *made grows by what they make. Returns bytes used. */
static size_t lines(struct transfer_decoder *d, struct span in, uint8_t *out, size_t *made)
{
#ifdef __x86_64__
    size_t length = span_find(span_head(in, BASE64_LINE_MOST + 1), 0, '\r'), used;

    if (length >= BASE64_LINE_LEAST && length <= BASE64_LINE_MOST && length % 4 == 0 && vector_has_avx2()) {
        used = vector_has_avx512() ? base64_lines_avx512(in.p, in.n, length, out + *made) : base64_lines_avx2(in.p, in.n, length, out + *made);
        *made += used / (length + 2) * (length / 4 * 3);
        d->padding = used ? 0 : d->padding;
        return used;
    }
#endif
    (void)d, (void)in, (void)out, (void)made;
    return 0;
}

size_t base64_push(struct transfer_decoder *d, struct span in, uint8_t *out)
{
    size_t made = 0, i = d->n ? 0 : lines(d, in, out, &made);

    while (i < in.n) {
        if (!d->n) {
            size_t used = bulk(in.p + i, in.n - i, out + made);

            made += used / 4 * 3;
            i += used;
            if (used)
                d->padding = 0;
            if (i + 2 <= in.n && in.p[i] == '\r' && in.p[i + 1] == '\n') {
                i += 2;
                i += lines(d, span_from(in, i), out, &made);
                continue;
            }
            if (i == in.n)
                break;
        }
        made += one(d, in.p[i++], out + made);
    }
    return made;
}

size_t base64_finish(struct transfer_decoder *d, uint8_t *out)
{
    uint8_t scratch[3];

    if (d->n == 1)
        d->odd = true;
    return flush(d, out ? out : scratch);
}

size_t base64_alphabet_scalar(struct span s, bool *junk)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        uint8_t v = sextet[s.p[i]];

        n += v < 64;
        *junk |= v == JUNK || v == PAD;
    }
    return n;
}

/* n more sextets, of which what is left over waits for the next; returns the bytes they make. */
static uint64_t count_sextets(struct transfer_decoder *d, size_t n)
{
    if (n)
        d->padding = 0;
    n += d->n;
    d->n = n & 3;
    return n / 4 * 3;
}

bool base64_count_plain(struct transfer_decoder *d, struct span in, uint64_t *made)
{
    bool junk = false;
    size_t n = base64_alphabet(in, &junk);

    if (!junk)
        *made += count_sextets(d, n);
    return !junk;
}

/* A piece without = is looked at once: it would be among the junk. */
uint64_t base64_count(struct transfer_decoder *d, struct span in)
{
    uint64_t made = 0;
    uint8_t scratch[3];

    if (base64_count_plain(d, in, &made))
        return made;
    for (size_t at = 0; at < in.n;) {
        size_t end = span_find(in, at, '=');

        made += count_sextets(d, base64_alphabet(span_of(in.p + at, end - at), &d->odd));
        if (end < in.n)
            made += pad(d, scratch);
        at = end + 1;
    }
    return made;
}

#ifdef __x86_64__

/* Bytes above space, and those from 0x80 on. */
static inline __m128i is_visible(__m128i x)
{
    return _mm_cmpgt_epi8(_mm_add_epi8(x, _mm_set1_epi8((char)0x80)),
                          _mm_set1_epi8((char)(0x80 + ' ')));
}

enum { BLOCKS = 255 }; /* that a byte counter holds without overflow */

static size_t alphabet_sse2(struct span s, bool *junk)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i total = zero, strange = zero, x, fine;
    size_t i = 0;

    while (i + 16 <= s.n) {
        size_t last = s.n - 16 < i + (BLOCKS - 1) * 16 ? s.n - 16 : i + (BLOCKS - 1) * 16;
        __m128i count = zero;

        for (; i <= last; i += 16) {
            x = vector_load(s.p + i);
            fine = is_alphabet(x);
            count = _mm_sub_epi8(count, fine);
            strange = _mm_or_si128(strange, _mm_andnot_si128(fine, is_visible(x)));
        }
        total = _mm_add_epi64(total, _mm_sad_epu8(count, zero));
    }
    x = vector_short(s.p + i, s.n - i); /* the zeros behind it are blanks */
    fine = is_alphabet(x);
    strange = _mm_or_si128(strange, _mm_andnot_si128(fine, is_visible(x)));
    total = _mm_add_epi64(total, _mm_sad_epu8(_mm_sub_epi8(zero, fine), zero));
    *junk |= _mm_movemask_epi8(strange) != 0;
    return (size_t)_mm_cvtsi128_si64(total) + (size_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(total, total));
}

size_t base64_alphabet(struct span s, bool *junk)
{
    size_t n = s.n >= 64 && vector_has_avx2() ? s.n & ~(size_t)31 : 0;

    if (vector_has_avx512())
        return base64_alphabet_avx512(s.p, s.n, junk);
    return (n ? base64_alphabet_avx2(s.p, n, junk) : 0) + alphabet_sse2(span_from(s, n), junk);
}

#else

size_t base64_alphabet(struct span s, bool *junk)
{
    return base64_alphabet_scalar(s, junk);
}

#endif
