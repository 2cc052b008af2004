/* SPDX-License-Identifier: Apache-2.0 */
/* tag_memo: a place by a tag's length and bytes of its ends and middle; who makes tags meet makes them unknown. */
#include "decoders/link/tag_memo.h"

#include "decoders/base/vector.h"

struct tag_memo *tag_memo_new(struct mem *m)
{
    struct tag_memo *x = mem_zalloc(m, sizeof(*x));

    if (x)
        x->mem = m;
    return x;
}

void tag_memo_free(struct tag_memo *x)
{
    if (x)
        mem_free(x->mem, x, sizeof(*x));
}

/* Below 2^bits. There are 8 bytes at p, whatever n. */
static unsigned place_of(const uint8_t *p, size_t n, unsigned bits)
{
    uint64_t h = le64(p);

    if (n < 8)
        h &= (UINT64_C(1) << 8 * n) - 1;
    else
        h += le64(p + n - 8) * 5 + le64(p + (n - 8) / 2) * 3;
    return tag_memo_hash(h + n, bits);
}

size_t tag_end_scalar(struct span s)
{
    for (size_t i = 0; i < s.n && i < TAG_MEMO_BYTES; i++)
        if (s.p[i] == '>')
            return i;
    return TAG_MEMO_BYTES;
}

#ifdef __x86_64__

/* Half of the tags end in the first 16 bytes: no call, and no test of where a page ends, as memchr has. */
static inline __attribute__((always_inline)) size_t find_end(struct span s)
{
    size_t i = 0;
    unsigned mask;

    for (; i + 16 <= s.n && i < TAG_MEMO_BYTES; i += 16) {
        mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(vector_load(s.p + i), _mm_set1_epi8('>')));
        if (mask) {
            i += (unsigned)__builtin_ctz(mask);
            return i < TAG_MEMO_BYTES ? i : TAG_MEMO_BYTES;
        }
    }
    if (s.n < 16)
        return tag_end_scalar(s);
    if (i >= TAG_MEMO_BYTES)
        return TAG_MEMO_BYTES;
    /* The last 16 bytes, of which some were looked at. */
    mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(vector_load(s.p + s.n - 16), _mm_set1_epi8('>')));
    i = mask ? s.n - 16 + (unsigned)__builtin_ctz(mask) : TAG_MEMO_BYTES;
    return i < TAG_MEMO_BYTES ? i : TAG_MEMO_BYTES;
}

#else

static inline size_t find_end(struct span s)
{
    return tag_end_scalar(s);
}

#endif

size_t tag_end(struct span s)
{
    return find_end(s);
}

static struct known_tag *place_in(struct known_tag *places, unsigned bits, struct span s, size_t *n, bool *met)
{
    size_t end = find_end(s);
    struct known_tag *place;

    if (end == TAG_MEMO_BYTES || s.n < 8)
        return NULL;
    *n = end + 1;
    place = &places[place_of(s.p, end + 1, bits)];
    *met = known_tag_is(place, span_head(s, *n));
    return place;
}

#ifdef __x86_64__

/* A comparison's bits as a number at once: gcc would choose between the two where vectors compare, which costs more than both. */
AVX512 static inline uint64_t as_number(uint64_t bits)
{
    __asm__("" : "+r"(bits));
    return bits;
}

enum { TWO_BLOCKS = 128, FOUR_BLOCKS = 256 };

/* A bit for each byte of a block whose index in the tag, less by before, is below n. */
AVX512 static inline __mmask64 part(size_t n, size_t before)
{
    return n <= before ? 0 : n - before < 64 ? _bzhi_u64(~0ULL, (unsigned)(n - before)) : ~0ULL;
}

/* Is it the tag of n bytes, at most TWO_BLOCKS, that x and y begin with? */
AVX512 static inline bool is_avx512(const struct known_tag *t, __m512i x, __m512i y, size_t n)
{
    __mmask64 low = _mm512_mask_cmpneq_epi8_mask(part(n, 0), x, vector_load_avx512(t->text));
    __mmask64 high = _mm512_mask_cmpneq_epi8_mask(part(n, 64), y, vector_load_avx512(t->text + 64));

    return t->n == n && _kortestz_mask64_u8(low, high);
}

/* Of a longer one, of which x and y are the first two. */
AVX512 static inline struct known_tag *long_avx512(struct known_tag *places, unsigned bits, __m512i x, __m512i y, struct span s, size_t *n,
                                                   bool *met)
{
    __m512i z = vector_load_avx512(s.p + 128), last = vector_load_avx512(s.p + 192);
    uint64_t low = as_number(vector_equal_avx512(z, '>')), high = as_number(vector_equal_avx512(last, '>'));
    size_t all = TWO_BLOCKS + (low ? 0 : 64) + (size_t)__builtin_ctzll(low ? low : high | 1ULL << 63) + 1;
    struct known_tag *place;
    __mmask64 third, end;

    if (all > TAG_MEMO_BYTES)
        return NULL;
    *n = all;
    place = &places[place_of(s.p, all, bits)];
    end = part(all, 192);
    third = _mm512_mask_cmpneq_epi8_mask(part(all, 128), z, vector_load_avx512(place->text + 128));
    end = _mm512_mask_cmpneq_epi8_mask(end, last, _mm512_maskz_loadu_epi8(end, place->text + 192));
    *met = is_avx512(place, x, y, all) && _kortestz_mask64_u8(third, end);
    return place;
}

/* As place_in, of s with FOUR_BLOCKS bytes: the first two are looked at whatever the tag's length, as nobody foresees it. Few tags are
 * longer. */
AVX512 static struct known_tag *place_avx512(struct known_tag *places, unsigned bits, struct span s, size_t *n, bool *met)
{
    __m512i x = vector_load_avx512(s.p), y = vector_load_avx512(s.p + 64);
    uint64_t low = as_number(vector_equal_avx512(x, '>')), high = as_number(vector_equal_avx512(y, '>'));
    struct known_tag *place;

    if (!(low | high))
        return long_avx512(places, bits, x, y, s, n, met);
    *n = (low ? 0 : 64) + (size_t)__builtin_ctzll(low ? low : high) + 1;
    place = &places[place_of(s.p, *n, bits)];
    *met = is_avx512(place, x, y, *n);
    return place;
}

#endif

static struct known_tag *find_place(struct known_tag *places, unsigned bits, struct span s, size_t *n, bool *met)
{
#ifdef __x86_64__
    if (s.n >= FOUR_BLOCKS && vector_has_avx512())
        return place_avx512(places, bits, s, n, met);
#endif
    return place_in(places, bits, s, n, met);
}

struct known_tag *tag_memo_place(struct tag_memo *x, struct span s, size_t *n, bool *met)
{
    return find_place(x->places, TAG_MEMO_PLACE_BITS, s, n, met);
}

struct known_tag *tag_memo_rest(struct tag_memo *x, struct span s, size_t *n, bool *met)
{
    return find_place(x->rests, TAG_MEMO_REST_BITS, s, n, met);
}

struct known_tag *tag_memo_front(struct tag_memo *x, struct span s)
{
    return &x->fronts[tag_memo_hash(le64(s.p), TAG_MEMO_REST_BITS)];
}

void known_tag_set(struct known_tag *t, struct span tag, const struct tag_effect *effect)
{
    t->effect = *effect;
    t->n = (uint8_t)tag.n;
    memcpy(t->text, tag.p, tag.n);
}

void known_word_set(struct known_word *w, struct span tag, const struct tag_effect *effect)
{
    uint8_t text[8] = {0};

    memcpy(text, tag.p, tag.n);
    w->text = le64(text);
    w->effect = *effect;
}
