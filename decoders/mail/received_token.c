/* SPDX-License-Identifier: Apache-2.0 */
/* received_token: one pass; ends of words and brackets are looked for in 64 bytes at a time. */
#include "decoders/mail/received_token.h"

#include "decoders/base/scan.h"
#include "decoders/base/vector.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool ends_word(uint8_t c, uint8_t other)
{
    return is_blank(c) || c == '(' || c == other;
}

enum { BLOCK = 64, NOTHING_LOOKED_AT = -BLOCK };

static inline void begin(struct received_ends *e, struct span s, uint8_t other)
{
    e->s = s;
    e->base = (size_t)NOTHING_LOOKED_AT;
    e->other = other;
}

#ifdef __x86_64__

/* Blanks and ( stand in the table at the place that their lower half gives. */
AVX512 static void look_avx512(struct received_ends *e, const uint8_t *p, size_t n)
{
    const __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, '(', '\t', '\n', 0, 0, '\r', 0, 0));
    __m512i x = vector_part_avx512(p, n);

    e->ends = _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, x), x) | vector_equal_avx512(x, e->other);
    e->brackets = vector_equal_avx512(x, '(') | vector_equal_avx512(x, ')');
}

static inline __m128i equal(__m128i x, uint8_t c)
{
    return _mm_cmpeq_epi8(x, _mm_set1_epi8((char)c));
}

static inline void look_16(struct received_ends *e, __m128i x, size_t shift)
{
    __m128i blank = _mm_or_si128(_mm_or_si128(equal(x, ' '), equal(x, '\t')), _mm_or_si128(equal(x, '\r'), equal(x, '\n')));
    __m128i open = equal(x, '('), end = _mm_or_si128(_mm_or_si128(blank, open), equal(x, e->other));

    e->ends |= (uint64_t)(unsigned)_mm_movemask_epi8(end) << shift;
    e->brackets |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(open, equal(x, ')'))) << shift;
}

/* Of at most 64 bytes; the last 16 of them are loaded as such, whatever n is. */
static void look_some(struct received_ends *e, const uint8_t *p, size_t n)
{
    size_t i = 0;

    e->ends = e->brackets = 0;
    if (n < 16) {
        look_16(e, vector_short(p, n), 0);
        return;
    }
    for (; i + 16 <= n; i += 16)
        look_16(e, vector_load(p + i), i);
    if (i < n)
        look_16(e, vector_load(p + n - 16), n - 16);
}

/* The same table; ( and ) differ in one bit. */
AVX2 static inline void look_32(struct received_ends *e, const uint8_t *p, size_t shift)
{
    const __m256i table = _mm256_broadcastsi128_si256(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, '(', '\t', '\n', 0, 0, '\r', 0, 0));
    __m256i x = vector_load_avx2(p), other = _mm256_cmpeq_epi8(x, _mm256_set1_epi8((char)e->other));
    __m256i bracket = _mm256_cmpeq_epi8(_mm256_or_si256(x, _mm256_set1_epi8(1)), _mm256_set1_epi8(')'));

    e->ends |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_or_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, x), x), other)) << shift;
    e->brackets |= (uint64_t)(uint32_t)_mm256_movemask_epi8(bracket) << shift;
}

/* Of 32 bytes to 64; the last 32 overlap the first. */
AVX2 static void look_avx2(struct received_ends *e, const uint8_t *p, size_t n)
{
    e->ends = e->brackets = 0;
    look_32(e, p, 0);
    look_32(e, p + n - 32, n - 32);
}

static inline void look(struct received_ends *e, const uint8_t *p, size_t n)
{
    if (vector_has_avx512())
        look_avx512(e, p, n);
    else if (n >= 32 && vector_has_avx2())
        look_avx2(e, p, n);
    else
        look_some(e, p, n);
}

#else

static void look(struct received_ends *e, const uint8_t *p, size_t n)
{
    e->ends = e->brackets = 0;
    for (size_t i = 0; i < n; i++) {
        e->ends |= (uint64_t)ends_word(p[i], e->other) << i;
        e->brackets |= (uint64_t)(p[i] == '(' || p[i] == ')') << i;
    }
}

#endif

/* The block at i, which is in s. */
static inline void look_at(struct received_ends *e, size_t i)
{
    struct span part = span_head(span_from(e->s, i), BLOCK);

    e->base = i;
    look(e, part.p, part.n);
    if (part.n < BLOCK) {
        e->ends |= UINT64_MAX << part.n;
        e->brackets |= UINT64_MAX << part.n;
    }
}

/* Index of the byte at or after i that ends a word; or s.n. */
static inline size_t word_end(struct received_ends *e, size_t i)
{
    for (; i < e->s.n; i = e->base + BLOCK) {
        if (i - e->base >= BLOCK)
            look_at(e, i);
        if (e->ends >> (i - e->base))
            return i + (unsigned)__builtin_ctzll(e->ends >> (i - e->base));
    }
    return e->s.n;
}

/* The same of brackets. */
static inline size_t next_bracket(struct received_ends *e, size_t i)
{
    for (; i < e->s.n; i = e->base + BLOCK) {
        if (i - e->base >= BLOCK)
            look_at(e, i);
        if (e->brackets >> (i - e->base))
            return i + (unsigned)__builtin_ctzll(e->brackets >> (i - e->base));
    }
    return e->s.n;
}

static void add_token(struct received_tokens *all, enum received_token_kind kind, struct span s)
{
    if (s.n && all->n < LIMIT_RECEIVED_TOKENS)
        all->t[all->n++] = (struct received_token){kind, s};
}

/* Index of the bracket that closes the comment at i; where brackets do not match, from there on (*unclosed), of the first one that
 * closes any, or else (*no_more, so that none is looked for again) of the semicolon before the date: what follows is still read. */
static size_t comment_end(struct received_ends *e, size_t i, bool *unclosed, bool *no_more)
{
    struct span s = e->s;
    size_t first = *no_more ? s.n : next_bracket(e, i + 1);
    int depth = 0;

    if (first < s.n && s.p[first] == ')')
        return first; /* the usual comment holds no other */
    first = span_find(s, first, ')');
    *no_more = first == s.n;
    for (size_t k = i; k < s.n && !*unclosed; k = scan_any3(s, k + 1, '(', ')', ')')) {
        depth += s.p[k] == '(' ? 1 : -1;
        if (!depth)
            return k;
    }
    *unclosed = true;
    return first < s.n ? first : span_find(s, i, ';');
}

void received_tokens_read(struct span s, struct received_tokens *all, struct mail_date *date)
{
    struct received_ends ends;
    bool unclosed = false, no_more = false;
    size_t i = 0;

    begin(&ends, s, ';');
    all->n = 0;
    all->date_at = s.n;
    all->dated = false;
    while (i < s.n) {
        size_t start = i;

        i = word_end(&ends, i);
        add_token(all, RECEIVED_WORD, span_of(s.p + start, i - start));
        if (i == s.n)
            break;
        if (s.p[i] == ';') {
            all->date_at = i + 1;
            add_token(all, RECEIVED_SEMICOLON, span_of(s.p + i, 1));
            all->dated = date_parse_usual(span_from(s, i + 1), date);
            if (all->dated)
                return;
        } else if (s.p[i] == '(') {
            start = i;
            i = comment_end(&ends, i, &unclosed, &no_more);
            add_token(all, RECEIVED_COMMENT, span_trim(span_of(s.p + start + 1, i - start - 1)));
            if (i < s.n && s.p[i] == ';')
                continue;
        }
        i++; /* what ended the word */
    }
}

void received_comment_words(struct span comment, struct received_words *w)
{
    begin(&w->ends, comment, ')');
    w->at = 0;
}

struct span received_comment_word(struct received_words *w)
{
    struct span s = w->ends.s;
    size_t start;

    while (w->at < s.n && ends_word(s.p[w->at], ')'))
        w->at++;
    start = w->at;
    w->at = word_end(&w->ends, start);
    return w->at > start ? span_of(s.p + start, w->at - start) : (struct span){NULL, 0};
}

/* Of three bytes: "TLS" or "SSL". */
static inline bool is_tls(const uint8_t *p)
{
    uint8_t a = p[0] | 0x20, b = p[1] | 0x20, c = p[2] | 0x20;

    return (a == 't' && b == 'l' && c == 's') || (a == 's' && b == 's' && c == 'l');
}

size_t received_tls_find_scalar(struct span s, size_t from)
{
    for (size_t i = from; i + 3 <= s.n; i++)
        if (is_tls(s.p + i))
            return i;
    return s.n;
}

#ifdef __x86_64__

/* A bit for each of 16 bytes at which one begins; 18 are read. */
static inline unsigned tls_in(const uint8_t *p)
{
    const __m128i fold = _mm_set1_epi8(0x20), t = _mm_set1_epi8('t'), l = _mm_set1_epi8('l'), s = _mm_set1_epi8('s');
    __m128i a = _mm_or_si128(vector_load(p), fold), b = _mm_or_si128(vector_load(p + 1), fold), c = _mm_or_si128(vector_load(p + 2), fold);
    __m128i tls = _mm_and_si128(_mm_cmpeq_epi8(a, t), _mm_and_si128(_mm_cmpeq_epi8(b, l), _mm_cmpeq_epi8(c, s)));
    __m128i ssl = _mm_and_si128(_mm_cmpeq_epi8(a, s), _mm_and_si128(_mm_cmpeq_epi8(b, s), _mm_cmpeq_epi8(c, l)));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(tls, ssl));
}

size_t received_tls_find(struct span s, size_t from)
{
    size_t i = from;

    for (; i + 18 <= s.n; i += 16) {
        unsigned found = tls_in(s.p + i);

        if (found)
            return i + (unsigned)__builtin_ctz(found);
    }
    if (i + 3 <= s.n && s.n - from >= 18) { /* the last ones, some of them for the second time */
        unsigned found = tls_in(s.p + s.n - 18);

        return found ? s.n - 18 + (unsigned)__builtin_ctz(found) : s.n;
    }
    return received_tls_find_scalar(s, i);
}

#else

size_t received_tls_find(struct span s, size_t from)
{
    return received_tls_find_scalar(s, from);
}

#endif
