/* SPDX-License-Identifier: Apache-2.0 */
/* encoded_word: finds the words, undoes B and Q, and feeds one charset decoder as long as it may. */
#include "decoders/mail/encoded_word.h"

#include "decoders/base/scan.h"
#include "decoders/base/vector.h"
#include "decoders/mail/transfer_encoding.h"

/* Bytes: what a field's text is decoded to fits there, or asks for memory. */
enum { USUAL_TEXT = 256 };

/* One =?charset?X?text?= */
struct word {
    struct span charset, text;
    bool base64;
    size_t end; /* index behind ?= */
};

struct decoding {
    struct buf *out;
    struct charsets *charsets;
    const struct charset *open; /* charset of the words in progress; NULL = none */
    anomaly_set odd;
    uint32_t words;
    struct charset_decoder decoder;
};

static void close_words(struct decoding *d)
{
    if (!d->open)
        return;
    if (!charset_end(&d->decoder))
        anomaly_raise(&d->odd, ANOMALY_HEADER_UNDECODABLE);
    d->open = NULL;
}

static bool decode_as(struct decoding *d, const struct charset *cs, struct span s)
{
    charset_begin(&d->decoder, d->charsets, cs, charset_to_buf, d->out);
    charset_push(&d->decoder, s);
    return charset_end(&d->decoder);
}

/* In the charset that the mail declares elsewhere, if all of s is text in it. UTF-8 needs no declaration. */
static bool decode_as_expected(struct decoding *d, struct span s, const struct charset *guess)
{
    const struct charset *expected = charsets_expected(d->charsets);
    size_t before = d->out->n;

    if (!expected || guess == charset_find(SPAN("utf-8")))
        return false;
    if (decode_as(d, expected, s))
        return true;
    d->out->n = before;
    return false;
}

/* Text between words: as it is where it is ASCII, else as expected, else guessed. */
static void plain(struct decoding *d, struct span s)
{
    const struct charset *guess;

    close_words(d);
    if (!s.n)
        return;
    if (scan_not_plain(s, 0) == s.n) {
        charset_to_buf(d->out, s);
        return;
    }
    guess = charset_guess(s);
    if (!decode_as_expected(d, s, guess) && !decode_as(d, guess, s))
        anomaly_raise(&d->odd, ANOMALY_HEADER_UNDECODABLE);
}

/* Index of the ? that ends the charset, or 0. The charset is a short token: no search runs away. */
static size_t charset_end_at(struct span s, size_t at)
{
    size_t limit = at + LIMIT_CHARSET_LABEL + 16 < s.n ? at + LIMIT_CHARSET_LABEL + 16 : s.n;

    for (size_t i = at; i < limit; i++) {
        if (s.p[i] == '?')
            return i;
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '=')
            return 0;
    }
    return 0;
}

/* Whether an encoded word begins at s[at] ("=?" stands there). *no_end: no ?= follows anywhere. */
static bool read_word(struct span s, size_t at, struct word *w, bool *no_end)
{
    size_t mark = charset_end_at(s, at + 2), end, star;
    uint8_t how;

    if (!mark || mark + 2 >= s.n || s.p[mark + 2] != '?')
        return false;
    how = ascii_lower(s.p[mark + 1]);
    if (how != 'b' && how != 'q')
        return false;
    end = span_find_span(s, mark + 3, SPAN("?="));
    if (end == s.n) {
        *no_end = true;
        return false;
    }
    w->charset = span_of(s.p + at + 2, mark - at - 2);
    star = span_find(w->charset, 0, '*'); /* RFC 2231 5: =?charset*language? */
    w->charset = span_head(w->charset, star);
    w->base64 = how == 'b';
    w->text = span_of(s.p + mark + 3, end - mark - 3);
    w->end = end + 2;
    return true;
}

/* Next word at or after from; *start is where it begins. */
static bool next_word(struct span s, size_t from, struct word *w, size_t *start)
{
    bool no_end = false;

    for (;;) {
        from = scan_pair(s, from, '=', '?');
        if (from == s.n)
            return false;
        if (read_word(s, from, w, &no_end)) {
            *start = from;
            return true;
        }
        if (no_end)
            return false;
        from += 2;
    }
}

size_t encoded_word_length(struct span s, size_t at, bool *no_end)
{
    struct word w;

    if (*no_end || at + 1 >= s.n || s.p[at] != '=' || s.p[at + 1] != '?')
        return 0;
    return read_word(s, at, &w, no_end) ? w.end - at : 0;
}

/* RFC 2047 4.2: Q is quoted-printable with _ for space, without line ends. */
static void push_q(struct decoding *d, struct span s)
{
    uint8_t out[256];
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        int hi = -1, lo = -1;
        uint8_t c = s.p[i];

        if (c == '=' && i + 2 < s.n) {
            hi = ascii_hex(s.p[i + 1]);
            lo = ascii_hex(s.p[i + 2]);
        }
        if (hi >= 0 && lo >= 0) {
            c = (uint8_t)(hi << 4 | lo);
            i += 2;
        } else if (c == '_') {
            c = ' ';
        }
        out[n++] = c;
        if (n == sizeof(out)) {
            charset_push(&d->decoder, span_of(out, n));
            n = 0;
        }
    }
    charset_push(&d->decoder, span_of(out, n));
}

static void push_b(struct decoding *d, struct span s)
{
    struct transfer_decoder b;
    uint8_t out[1024];
    size_t n;

    transfer_begin(&b, TRANSFER_BASE64);
    while (s.n) {
        struct transfer_step step = transfer_push(&b, s, out, sizeof(out));

        charset_push(&d->decoder, span_of(out, step.made));
        s = span_from(s, step.used);
    }
    n = transfer_finish(&b, out);
    charset_push(&d->decoder, span_of(out, n));
    if (b.odd)
        anomaly_raise(&d->odd, ANOMALY_MIME_BASE64_INVALID);
}

static void push_word(struct decoding *d, const struct word *w)
{
    const struct charset *cs = charset_find(w->charset);

    if (!cs) {
        anomaly_raise(&d->odd, ANOMALY_MIME_CHARSET_UNKNOWN);
        cs = charset_unknown();
    }
    if (cs != d->open) {
        close_words(d);
        charset_begin(&d->decoder, d->charsets, cs, charset_to_buf, d->out);
        d->open = cs;
    }
    if (w->base64)
        push_b(d, w->text);
    else
        push_q(d, w->text);
}

static bool all_blank(struct span s)
{
    return span_trim(s).n == 0;
}

static void decode(struct decoding *d, struct span value)
{
    size_t at = 0, start;
    struct word w;

    /* cppcheck-suppress ctuuninitvar ; the caller sets all but the decoder, which charset_begin fills */
    while (d->words < LIMIT_DECODED_WORDS && next_word(value, at, &w, &start)) {
        struct span between = span_of(value.p + at, start - at);

        if (!d->open || !all_blank(between))
            plain(d, between);
        push_word(d, &w);
        at = w.end;
        d->words++;
    }
    plain(d, span_from(value, at));
}

anomaly_set encoded_word_decode(struct charsets *c, struct span value, struct buf *out)
{
    struct decoding d;

    d.out = out;
    d.charsets = c;
    d.open = NULL;
    d.odd = 0;
    d.words = 0;
    if (value.n)
        decode(&d, value);
    if (out->truncated || d.words == LIMIT_DECODED_WORDS)
        anomaly_raise(&d.odd, ANOMALY_HEADER_TOO_LARGE);
    return d.odd;
}

static bool is_plain(struct span s)
{
    return scan_not_plain(s, 0) == s.n && scan_pair(s, 0, '=', '?') == s.n;
}

bool encoded_word_copy_scalar(struct span s, uint8_t *to)
{
    memcpy(to, s.p, s.n);
    return is_plain(s);
}

#ifdef __x86_64__

/* A bit for each byte that is not plain. The table has TAB, LF and CR at their places, and nowhere else what looks them up. */
AVX512 static inline uint64_t not_plain(__m512i x)
{
    const __m512i plain = _mm512_broadcast_i32x4(_mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', -1, -1, '\r', -1, -1));

    return _mm512_mask_cmpneq_epi8_mask(_mm512_cmplt_epi8_mask(x, _mm512_set1_epi8(0x20)), _mm512_shuffle_epi8(plain, x), x);
}

/* One look at each byte, to the end whatever it meets: most values are plain. */
AVX512 static bool copy_avx512(struct span s, uint8_t *to)
{
    uint64_t odd = 0, equals = 0, part;
    size_t i = 0;
    __m512i x;

    for (; s.n - i >= 64; i += 64) {
        x = vector_load_avx512(s.p + i);
        _mm512_storeu_si512(to + i, x);
        odd |= not_plain(x) | (vector_equal_avx512(x, '?') & (vector_equal_avx512(x, '=') << 1 | equals >> 63));
        equals = vector_equal_avx512(x, '=');
    }
    part = _bzhi_u64(~0ULL, (unsigned)(s.n - i));
    x = _mm512_maskz_loadu_epi8(part, s.p + i);
    _mm512_mask_storeu_epi8(to + i, part, x);
    odd |= (not_plain(x) & part) | (vector_equal_avx512(x, '?') & (vector_equal_avx512(x, '=') << 1 | equals >> 63));
    return !odd;
}

/* Not zero where one of 32 bytes is not plain. The same table. */
AVX2 static inline __m256i not_plain_avx2(__m256i x)
{
    const __m256i plain = _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, '\t', '\n', -1, -1, '\r', -1, -1));
    __m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), x);

    return _mm256_andnot_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(plain, x), x), low);
}

/* Likewise where "=?" lies in x and y, the bytes behind each of its. */
AVX2 static inline __m256i marks_avx2(__m256i x, __m256i y)
{
    return _mm256_and_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8('=')), _mm256_cmpeq_epi8(y, _mm256_set1_epi8('?')));
}

/* Of more than 32 bytes. The last 32 are laid over those before. */
AVX2 static bool copy_avx2(struct span s, uint8_t *to)
{
    __m256i odd = _mm256_setzero_si256(), x, y;

    for (size_t i = 0; s.n - i > 32; i += 32) {
        x = vector_load_avx2(s.p + i);
        _mm256_storeu_si256((__m256i *)(void *)(to + i), x);
        odd = _mm256_or_si256(odd, _mm256_or_si256(not_plain_avx2(x), marks_avx2(x, vector_load_avx2(s.p + i + 1))));
    }
    x = vector_load_avx2(s.p + s.n - 33);
    y = vector_load_avx2(s.p + s.n - 32);
    _mm256_storeu_si256((__m256i *)(void *)(to + s.n - 32), y);
    odd = _mm256_or_si256(odd, _mm256_or_si256(not_plain_avx2(y), marks_avx2(x, y)));
    return _mm256_testz_si256(odd, odd);
}

bool encoded_word_copy(struct span s, uint8_t *to)
{
    if (vector_has_avx512())
        return copy_avx512(s, to);
    return s.n > 32 && vector_has_avx2() ? copy_avx2(s, to) : encoded_word_copy_scalar(s, to);
}

#else

bool encoded_word_copy(struct span s, uint8_t *to)
{
    return encoded_word_copy_scalar(s, to);
}

#endif

struct span encoded_word_plain(struct arena *a, struct span value)
{
    struct span none = {NULL, 0};
    uint8_t *room = arena_peek(a, value.n);

    if (!value.p || value.n > LIMIT_TEXT_VALUE)
        return none;
    if (!room)
        return is_plain(value) ? arena_dup(a, value) : none;
    if (!encoded_word_copy(value, room))
        return none;
    return span_of(arena_alloc(a, value.n), value.n);
}

struct span encoded_word_text(struct charsets *c, struct arena *a, struct span value, anomaly_set *set)
{
    struct span text = {NULL, 0};
    uint8_t room[USUAL_TEXT];
    struct buf out;

    if (!value.p || (text = encoded_word_plain(a, value)).p)
        return text;
    buf_init_in(&out, a->mem, LIMIT_TEXT_VALUE, room, sizeof(room));
    *set |= encoded_word_decode(c, value, &out);
    text = arena_dup(a, buf_whole(&out));
    buf_free(&out);
    return text;
}
