/* SPDX-License-Identifier: Apache-2.0 */
/* body_plain: bytes are told apart 64 at a time, and where something is no plain word is found for all of them at once: so where a word begins does
 * not hang on the one before. */
#include "decoders/mail/body_plain.h"

#include "decoders/base/vector.h"

enum { MARKS = 64, LETTERS_MOST = 16 };

struct body_marks body_marks_scalar(const uint8_t *p, size_t n)
{
    struct body_marks m = {0, 0, 0, 0, 0};

    for (size_t i = 0; i < n; i++) {
        uint64_t bit = UINT64_C(1) << i;

        if (p[i] == 0xc3 && i + 1 < n && (p[i + 1] & 0xc0) == 0x80) {
            m.letter |= 3 * bit;
            m.kept |= bit | (p[i + 1] == 0x97 || p[i + 1] == 0x9f ? 2 * bit : 0);
        }
        if (p[i] <= ' ' || p[i] == 0x7f)
            m.blank |= bit;
        else if (ascii_alpha(p[i]))
            m.letter |= bit;
        else if (p[i] < 0x7f)
            m.bare |= bit;
        if ((m.bare & bit) && !ascii_digit(p[i]) && p[i] != '@')
            m.sign |= bit;
    }
    return m;
}

/* The first n bytes of a word of at most 16 letters, in small letters, zeros behind them. */
struct folded {
    uint64_t front, back;
};

static inline uint64_t hash_of(struct folded w, unsigned n)
{
    uint64_t one = body_key_block(0, w.front), two = body_key_block(one, w.back);

    return n > 8 ? two : one; /* no jump hangs on a word's length */
}

typedef struct body_marks (*marks_fn)(const uint8_t *p, size_t n);
/* A word in small letters: bit 5 is set in all of its bytes but those of kept. Up to end all can be read. */
typedef struct folded (*fold_fn)(const uint8_t *p, unsigned n, uint64_t kept, const uint8_t *end);

/* Bit 5 was set in all of a word's bytes, and is cleared in those of kept. */
static inline struct folded without_bits(struct folded w, uint64_t kept)
{
    for (; kept; kept &= kept - 1) {
        unsigned i = (unsigned)__builtin_ctzll(kept);

        w.front ^= i < 8 ? UINT64_C(0x20) << 8 * i : 0;
        w.back ^= i < 8 ? 0 : UINT64_C(0x20) << 8 * (i - 8);
    }
    return w;
}

/* Of a block, up to where something is no plain word: where words begin, and the bytes behind them. */
struct words {
    uint64_t begin, behind;
    unsigned limit; /* where the first word begins that is none, or is not known to end; 63 at most */
    bool goes_on;   /* it is the block's end that cuts it */
};

static inline uint64_t below(unsigned n)
{
    return (UINT64_C(1) << n) - 1;
}

/* blank: m's, and what lies behind the text's end, where that ends a word. What is behind the highest bit is not known. */
static inline struct words words_of(const struct body_marks *m, uint64_t blank)
{
    const uint64_t known = UINT64_MAX >> 1;
    uint64_t letters = m->letter & known, bare = m->bare & known, sign_last = m->sign & blank >> 1;
    uint64_t wrong = ~((blank & known) | letters | bare) | (bare & letters >> 1) | (letters & (bare & ~sign_last) >> 1);
    unsigned stop = (unsigned)__builtin_ctzll(wrong);
    uint64_t before = blank & below(stop);
    unsigned limit = before ? MARKS - (unsigned)__builtin_clzll(before) : 0;

    return (struct words){letters & ~(letters << 1) & below(limit), ~letters & letters << 1 & below(limit), limit, stop == MARKS - 1};
}

/* A block's words that are plain, each found without the one before it. Returns the index behind what was used. */
static inline __attribute__((always_inline)) unsigned take_words(struct body_key *k, struct span s, const struct body_marks *m, struct words *w,
                                                                 fold_fn fold)
{
    for (; w->begin; w->begin &= w->begin - 1, w->behind &= w->behind - 1) {
        unsigned at = (unsigned)__builtin_ctzll(w->begin), n = (unsigned)__builtin_ctzll(w->behind) - at;

        if (n > LETTERS_MOST) {
            w->goes_on = false;
            return at;
        }
        body_key_word(k, hash_of(fold(s.p + at, n, m->kept >> at & below(n), s.p + s.n), n));
    }
    return w->limit;
}

static inline __attribute__((always_inline)) size_t take(struct body_key *k, struct span s, size_t i, bool last, marks_fn marks, fold_fn fold)
{
    while (i < s.n) {
        size_t there = s.n - i < MARKS ? s.n - i : MARKS;
        struct body_marks m = marks(s.p + i, there);
        struct words w = words_of(&m, m.blank | (last && there < MARKS ? UINT64_MAX << there : 0));
        unsigned used = take_words(k, span_from(s, i), &m, &w, fold);

        i += used < there ? used : there;
        if (!used || !w.goes_on)
            break;
    }
    return i;
}

#ifdef __x86_64__

static inline unsigned mask_of(__m128i x)
{
    return (unsigned)_mm_movemask_epi8(x);
}

static inline __m128i splat(uint8_t c)
{
    return _mm_set1_epi8((char)c);
}

/* Bytes of x from low on, width of them: brought to the bottom of the signed numbers, one comparison. */
static inline __m128i in_range(__m128i x, uint8_t low, uint8_t width)
{
    return _mm_cmplt_epi8(_mm_add_epi8(x, splat((uint8_t)(0x80 - low))), splat((uint8_t)(0x80 + width)));
}

/* Bits of one meaning each, for 64 bytes: what Latin-1 has in UTF-8. */
struct latin {
    uint64_t first, behind, kept; /* C3; 80 to BF; 97 and 9F */
};

/* Behind the last byte nothing is known, so a first byte there is none. */
static inline void add_latin(struct body_marks *m, struct latin x)
{
    uint64_t first = x.first & x.behind >> 1, behind = first << 1;

    m->letter |= first | behind;
    m->kept = first | (behind & x.kept);
}

static inline struct body_marks marks_16(__m128i x)
{
    unsigned letter = mask_of(in_range(_mm_or_si128(x, splat(0x20)), 'a', 26)), high = mask_of(x);
    unsigned blank = (mask_of(_mm_cmplt_epi8(x, splat(0x21))) & ~high) | mask_of(_mm_cmpeq_epi8(x, splat(0x7f)));
    unsigned no_sign = mask_of(_mm_or_si128(in_range(x, '0', 10), _mm_cmpeq_epi8(x, splat('@')))), bare = ~(blank | letter | high) & 0xffff;

    return (struct body_marks){blank, letter, bare & ~no_sign, bare, 0};
}

static inline struct latin latin_16(__m128i x)
{
    return (struct latin){mask_of(_mm_cmpeq_epi8(x, splat(0xc3))), mask_of(_mm_cmplt_epi8(x, splat(0xc0))),
                          mask_of(_mm_cmpeq_epi8(_mm_or_si128(x, splat(8)), splat(0x9f)))};
}

static inline void add_marks(struct body_marks *m, struct latin *l, __m128i x, size_t at)
{
    struct body_marks part = marks_16(x);
    struct latin more = latin_16(x);

    l->first |= more.first << at;
    l->behind |= more.behind << at;
    l->kept |= more.kept << at;
    m->blank |= part.blank << at;
    m->letter |= part.letter << at;
    m->sign |= part.sign << at;
    m->bare |= part.bare << at;
}

/* The last 16 bytes are loaded as such, whatever n is. */
static inline struct body_marks marks_sse2(const uint8_t *p, size_t n)
{
    struct body_marks m = {0, 0, 0, 0, 0};
    struct latin l = {0, 0, 0};
    uint64_t there = n < MARKS ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
    size_t i = 0;

    for (; i + 16 <= n; i += 16)
        add_marks(&m, &l, vector_load(p + i), i);
    if (i < n)
        add_marks(&m, &l, n < 16 ? vector_short(p, n) : vector_load(p + n - 16), n < 16 ? 0 : n - 16);
    add_latin(&m, (struct latin){l.first & there, l.behind & there, l.kept});
    return (struct body_marks){m.blank & there, m.letter & there, m.sign & there, m.bare & there, m.kept};
}

static const uint64_t small = UINT64_C(0x2020202020202020);

static inline struct folded fold_words(const uint8_t *p, unsigned n, uint64_t kept, const uint8_t *end)
{
    unsigned front = n < 8 ? n : 8, back = n - front;
    struct folded w = {vector_word(p, front) | small >> (64 - 8 * front), back ? vector_word(p + 8, back) | small >> (64 - 8 * back) : 0};

    (void)end;
    return without_bits(w, kept);
}

AVX2 static inline uint32_t mask_avx2(__m256i x)
{
    return (uint32_t)_mm256_movemask_epi8(x);
}

AVX2 static inline __m256i splat_avx2(uint8_t c)
{
    return _mm256_set1_epi8((char)c);
}

AVX2 static inline __m256i in_range_avx2(__m256i x, uint8_t low, uint8_t width)
{
    return _mm256_cmpgt_epi8(splat_avx2((uint8_t)(0x80 + width)), _mm256_add_epi8(x, splat_avx2((uint8_t)(0x80 - low))));
}

/* As add_marks of 32 bytes; what is of Latin-1 only where there may be some. */
AVX2 static inline void add_marks_avx2(struct body_marks *m, struct latin *l, __m256i x, size_t at)
{
    uint32_t high = mask_avx2(x), letter = mask_avx2(in_range_avx2(_mm256_or_si256(x, splat_avx2(0x20)), 'a', 26));
    uint32_t blank = (mask_avx2(_mm256_cmpgt_epi8(splat_avx2(0x21), x)) & ~high) | mask_avx2(_mm256_cmpeq_epi8(x, splat_avx2(0x7f)));
    uint32_t no_sign = mask_avx2(_mm256_or_si256(in_range_avx2(x, '0', 10), _mm256_cmpeq_epi8(x, splat_avx2('@'))));
    uint32_t bare = ~(blank | letter | high);

    m->blank |= (uint64_t)blank << at;
    m->letter |= (uint64_t)letter << at;
    m->sign |= (uint64_t)(bare & ~no_sign) << at;
    m->bare |= (uint64_t)bare << at;
    if (!high)
        return;
    l->first |= (uint64_t)mask_avx2(_mm256_cmpeq_epi8(x, splat_avx2(0xc3))) << at;
    l->behind |= (uint64_t)mask_avx2(_mm256_cmpgt_epi8(splat_avx2(0xc0), x)) << at;
    l->kept |= (uint64_t)mask_avx2(_mm256_cmpeq_epi8(_mm256_or_si256(x, splat_avx2(8)), splat_avx2(0x9f))) << at;
}

/* The last 32 bytes are loaded as such, whatever n is from 32 on. */
AVX2 static inline struct body_marks marks_avx2(const uint8_t *p, size_t n)
{
    struct body_marks m = {0, 0, 0, 0, 0};
    struct latin l = {0, 0, 0};

    if (n < 32)
        return marks_sse2(p, n);
    add_marks_avx2(&m, &l, vector_load_avx2(p), 0);
    add_marks_avx2(&m, &l, vector_load_avx2(p + n - 32), n - 32);
    add_latin(&m, l);
    return m;
}

/* Sixteen bytes at once, what is behind the word cut away: no jump hangs on its length. */
PEXT static inline struct folded fold_pext(const uint8_t *p, unsigned n, uint64_t kept, const uint8_t *end)
{
    uint64_t front, back, folded = below(n) & ~kept;

    if (end - p < LETTERS_MOST)
        return fold_words(p, n, kept, end);
    memcpy(&front, p, 8);
    memcpy(&back, p + 8, 8);
    front = _bzhi_u64(front, 8 * n);
    back = _bzhi_u64(back, n > 8 ? 8 * (n - 8) : 0);
    return (struct folded){front | _pdep_u64(folded, small), back | _pdep_u64(folded >> 8, small)};
}

PEXT static size_t take_pext(struct body_key *k, struct span s, size_t i, bool last)
{
    return take(k, s, i, last, marks_avx2, fold_pext);
}

AVX2 static struct body_marks marks_at_avx2(const uint8_t *p, size_t n)
{
    return marks_avx2(p, n);
}

AVX512 static inline struct body_marks marks_avx512(const uint8_t *p, size_t n)
{
    __m512i x = vector_part_avx512(p, n);
    uint64_t there = _bzhi_u64(UINT64_MAX, (unsigned)n);
    uint64_t blank = _mm512_cmple_epu8_mask(x, _mm512_set1_epi8(' ')) | vector_equal_avx512(x, 0x7f);
    __m512i in_letters = _mm512_sub_epi8(_mm512_or_si512(x, _mm512_set1_epi8(0x20)), _mm512_set1_epi8('a'));
    uint64_t letter = _mm512_cmplt_epu8_mask(in_letters, _mm512_set1_epi8(26));
    uint64_t digit = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(x, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));

    uint64_t bare = ~(blank | letter | _mm512_movepi8_mask(x)) & there;

    struct body_marks m = {blank & there, letter & there, bare & ~(digit | vector_equal_avx512(x, '@')), bare, 0};
    struct latin l = {vector_equal_avx512(x, 0xc3), _mm512_cmplt_epi8_mask(x, _mm512_set1_epi8((char)0xc0)),
                      vector_equal_avx512(_mm512_or_si512(x, _mm512_set1_epi8(8)), 0x9f)};

    add_latin(&m, l);
    return m;
}

AVX512 static inline struct folded fold_avx512(const uint8_t *p, unsigned n, uint64_t kept, const uint8_t *end)
{
    __mmask64 letters = (UINT64_C(1) << n) - 1;
    __m128i x = _mm512_castsi512_si128(_mm512_or_si512(_mm512_maskz_loadu_epi8(letters, p), _mm512_maskz_set1_epi8(letters, 0x20)));

    (void)end;
    return without_bits((struct folded){(uint64_t)_mm_cvtsi128_si64(x), (uint64_t)_mm_extract_epi64(x, 1)}, kept);
}

AVX512 static size_t take_avx512(struct body_key *k, struct span s, size_t i, bool last)
{
    return take(k, s, i, last, marks_avx512, fold_avx512);
}

AVX512 static struct body_marks marks_at_avx512(const uint8_t *p, size_t n)
{
    return marks_avx512(p, n);
}

struct body_marks body_marks_at(const uint8_t *p, size_t n)
{
    if (vector_has_avx512())
        return marks_at_avx512(p, n);
    return vector_has_avx2() ? marks_at_avx2(p, n) : marks_sse2(p, n);
}

size_t body_plain_words(struct body_key *k, struct span s, size_t i, bool last)
{
    if (vector_has_avx512())
        return take_avx512(k, s, i, last);
    return vector_has_pext() ? take_pext(k, s, i, last) : take(k, s, i, last, marks_sse2, fold_words);
}

#else

static struct folded fold_scalar(const uint8_t *p, unsigned n, uint64_t kept, const uint8_t *end)
{
    struct folded w = {0, 0};

    (void)end;
    for (unsigned i = 0; i < n; i++) {
        uint64_t c = (uint64_t)(p[i] | 0x20) << 8 * (i % 8);

        w.front |= i < 8 ? c : 0;
        w.back |= i < 8 ? 0 : c;
    }
    return without_bits(w, kept);
}

struct body_marks body_marks_at(const uint8_t *p, size_t n)
{
    return body_marks_scalar(p, n);
}

size_t body_plain_words(struct body_key *k, struct span s, size_t i, bool last)
{
    return take(k, s, i, last, body_marks_scalar, fold_scalar);
}

#endif
