/* SPDX-License-Identifier: Apache-2.0 */
/* bytes: a borrowed span, an owned capped buffer, an arena that is emptied at once. */
#ifndef MXTAP_BASE_BYTES_H
#define MXTAP_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "decoders/base/mem.h"
#include "decoders/base/processor.h"

/* Borrowed bytes: somebody else owns them; valid only as long as the function that hands them out
 * says. p NULL = absent (n is 0 then); p not NULL with n 0 = present and empty. Never NUL-terminated. */
struct span {
    const uint8_t *p;
    size_t n;
};

#define SPAN(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})
#define SPAN_INIT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1} /* as SPAN, in the initialiser of a table */
#define SPAN_FMT(s) (int)(s).n, (const char *)(s).p /* for %.*s in tests and own text only */

static inline struct span span_of(const void *p, size_t n)
{
    return (struct span){(const uint8_t *)p, n};
}

static inline struct span span_cstr(const char *s)
{
    return span_of(s, s ? strlen(s) : 0);
}

/* The part of s from byte at on (at > s.n gives the empty end). */
static inline struct span span_from(struct span s, size_t at)
{
    if (at > s.n)
        at = s.n;
    return (struct span){s.p ? s.p + at : NULL, s.n - at};
}

static inline struct span span_head(struct span s, size_t n)
{
    return (struct span){s.p, n < s.n ? n : s.n};
}

/* Most of what is compared is a few bytes: two loads of each, which overlap, instead of a call. */
static inline bool bytes_eq(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint64_t a8, b8, a8_end, b8_end;
    uint32_t a4, b4, a4_end, b4_end;

    if (n > 16)
        return memcmp(a, b, n) == 0;
    if (n >= 8) {
        memcpy(&a8, a, 8);
        memcpy(&b8, b, 8);
        memcpy(&a8_end, a + n - 8, 8);
        memcpy(&b8_end, b + n - 8, 8);
        return ((a8 ^ b8) | (a8_end ^ b8_end)) == 0;
    }
    if (n >= 4) {
        memcpy(&a4, a, 4);
        memcpy(&b4, b, 4);
        memcpy(&a4_end, a + n - 4, 4);
        memcpy(&b4_end, b + n - 4, 4);
        return ((a4 ^ b4) | (a4_end ^ b4_end)) == 0;
    }
    return !n || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

/* Most of what is copied is a few bytes, for which a call and a jump by length cost more than the copy: the two halves overlap. */
static inline void bytes_copy(uint8_t *to, const uint8_t *p, size_t n)
{
    if (n > 64) {
        memcpy(to, p, n);
    } else if (n > 32) {
        memcpy(to, p, 32);
        memcpy(to + (n - 32), p + (n - 32), 32);
    } else if (n >= 16) {
        memcpy(to, p, 16);
        memcpy(to + (n - 16), p + (n - 16), 16);
    } else if (n >= 8) {
        memcpy(to, p, 8);
        memcpy(to + (n - 8), p + (n - 8), 8);
    } else if (n >= 4) {
        memcpy(to, p, 4);
        memcpy(to + (n - 4), p + (n - 4), 4);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = p[i];
    }
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && bytes_eq(a.p, b.p, a.n);
}

/* span_find, where the processor has AVX-512. */
size_t span_find_avx512(struct span s, size_t from, uint8_t c);

/* Index of byte c at or after from, or s.n. */
static inline size_t span_find(struct span s, size_t from, uint8_t c)
{
    const uint8_t *hit;

#ifdef __x86_64__
    if (vector_has_avx512())
        return span_find_avx512(s, from, c);
#endif
    hit = from < s.n ? (const uint8_t *)memchr(s.p + from, c, s.n - from) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

/* Numbers in network order. */
static inline uint16_t be16(const uint8_t *b)
{
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t be32(const uint8_t *b)
{
    return (uint32_t)be16(b) << 16 | be16(b + 2);
}

/* Eight bytes as one number: the first is the lowest. */
static inline uint64_t le64(const uint8_t *b)
{
    uint64_t x;

    memcpy(&x, b, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

/* Without the spaces, tabs, CR and LF at both ends, which most have none of. */
struct span span_trim_blanks(struct span s);
static inline struct span span_trim(struct span s)
{
    return s.n && s.p[0] > ' ' && s.p[s.n - 1] > ' ' ? s : span_trim_blanks(s);
}

/* Index of the first occurrence of needle at or after from, or s.n. */
size_t span_find_span(struct span s, size_t from, struct span needle);

static inline uint8_t ascii_lower(uint8_t c)
{
    return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

/* No byte from 0x80 on. To the end, whatever it meets: so the compiler can take 16 bytes a step. */
static inline bool span_is_ascii(struct span s)
{
    uint8_t all = 0;

    for (size_t i = 0; i < s.n; i++)
        all |= s.p[i];
    return all < 0x80;
}

/* n bytes of from in lower case, to to, which may be from itself. */
void ascii_lower_copy(uint8_t *to, const uint8_t *from, size_t n);

static inline bool ascii_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}

static inline bool ascii_alpha(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static inline bool ascii_alnum(uint8_t c)
{
    return ascii_alpha(c) || ascii_digit(c);
}

/* ASCII case folded; other bytes compare as they are. */
bool span_eq_nocase_bytes(const uint8_t *a, const uint8_t *b, size_t n);

/* Most of the names that are compared differ in length or in their first byte. */
static inline bool span_eq_nocase(struct span a, struct span b)
{
    return a.n == b.n && (!a.n || (ascii_lower(a.p[0]) == ascii_lower(b.p[0]) &&
                                   span_eq_nocase_bytes(a.p + 1, b.p + 1, a.n - 1)));
}

static inline bool span_starts_nocase(struct span s, struct span prefix)
{
    return s.n >= prefix.n && span_eq_nocase(span_head(s, prefix.n), prefix);
}

bool span_ends_nocase(struct span s, struct span suffix);

/* 0..15, or -1. */
static inline int ascii_hex(uint8_t c)
{
    unsigned digit = c - (unsigned)'0', letter = (c | 0x20U) - 'a';

    return digit < 10 ? (int)digit : letter < 6 ? (int)letter + 10 : -1;
}

/*
 * An owned buffer that never holds more than max bytes. What does not fit (by max or by refused
 * memory) is dropped, and truncated is set: the caller raises the anomaly. Once memory was refused
 * all that follows is dropped too, so that no text ever lacks its middle.
 */
struct buf {
    uint8_t *p;
    size_t n, cap, max;
    struct mem *mem;
    bool truncated;
    bool refused; /* by mem: what is in it is a piece of something */
    bool lent;    /* p is the room that its holder lent it */
};

void buf_init(struct buf *b, struct mem *m, size_t max);
/* The same, beginning in n bytes of room (borrowed until buf_free; n <= max): memory is asked for by what does not fit there. */
static inline void buf_init_in(struct buf *b, struct mem *m, size_t max, uint8_t *room, size_t n)
{
    *b = (struct buf){.p = room, .cap = n, .max = max, .mem = m, .lent = true};
}
/* Appends as much of s as fits; true when all of it did. */
bool buf_add(struct buf *b, struct span s);
bool buf_add_byte(struct buf *b, uint8_t c);
/* In decimal. */
bool buf_add_number(struct buf *b, uint32_t n);
/* Makes room for n more bytes and returns where they go (the caller raises b->n); NULL if refused. */
uint8_t *buf_room(struct buf *b, size_t n);
/* Empties, keeps the memory; buf_free gives it back (n, cap 0: usable again). */
void buf_clear(struct buf *b);
void buf_free(struct buf *b);

/* Borrowed until the next call on b. */
static inline struct span buf_span(const struct buf *b)
{
    return (struct span){b->p, b->n};
}

/* What was put into b, empty if nothing was; absent where memory was refused for a part of it. */
static inline struct span buf_whole(const struct buf *b)
{
    if (b->refused)
        return (struct span){NULL, 0};
    return b->p ? buf_span(b) : SPAN("");
}

/*
 * Memory that lives until arena_reset/arena_free: one mail's strings. Blocks are never moved, so a
 * span into the arena stays good until then. Never holds more than max bytes.
 */
struct arena_block;
struct arena {
    struct mem *mem;
    struct arena_block *first, *second;  /* in the list of all blocks */
    struct arena_block *current;         /* NULL: none is in use */
    uint8_t *at, *end;                   /* free bytes of the current one */
    size_t first_size;                   /* of the first block's data */
    size_t held;                         /* bytes of all blocks */
    size_t used, max; /* bytes handed out, cap */
    size_t aside;     /* of max, what arena_set_aside keeps from all who ask */
    bool refused;     /* a request did not fit: something is missing, say so */
};

void arena_init(struct arena *a, struct mem *m, size_t max);
/* n bytes, aligned for any type, not zeroed; NULL when refused. */
void *arena_alloc(struct arena *a, size_t n);
/* Where the next n bytes will be, if a request for them asks for no memory and leaves 16 bytes; else NULL. Whoever writes there takes them by
 * arena_alloc, or leaves them. */
static inline uint8_t *arena_peek(const struct arena *a, size_t n)
{
    size_t under_cap = a->max - a->used - a->aside, free = (size_t)(a->end - a->at), most = free < under_cap ? free : under_cap;

    return most >= 32 && n <= most - 32 ? a->at : NULL; /* n becomes a multiple of 16 at most */
}
/* n bytes, zeroed and aligned; NULL when refused. */
void *arena_zalloc(struct arena *a, size_t n);
/* A copy of s; {NULL,0} when s is absent or memory was refused. An empty s gives an empty, present copy. */
struct span arena_dup(struct arena *a, struct span s);
/* The same in lower case. */
struct span arena_dup_lower(struct arena *a, struct span s);
/* Of what is left under max, n bytes, aligned, are kept from all who ask: an owner who asks last has his room. False where less is left. No
 * memory is asked for yet. */
bool arena_set_aside(struct arena *a, size_t n);
/* n bytes of what was set aside, if memory is not refused; the rest of it is for all again. */
void *arena_take_aside(struct arena *a, size_t n);
/* Forgets everything, keeps the first block for the next mail. */
void arena_reset(struct arena *a);
/* The same, but keeps blocks of 31 KB together: what a usual mail takes. */
void arena_rewind(struct arena *a);
void arena_free(struct arena *a);

/*
 * A list in an arena, grown by doubling: element type is the caller's, size bytes each.
 * Never more than max elements; full is set when one did not fit.
 */
struct list {
    void *items;
    uint32_t n, cap, max;
    bool full;
};

/* A new zeroed element at the end, or NULL (list full, memory refused). Older elements may move. */
void *list_add(struct list *l, struct arena *a, size_t size, uint32_t max);

#endif
