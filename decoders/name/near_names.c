/* SPDX-License-Identifier: Apache-2.0 */
/* near_names: one open table of hashes of what is left of names, and a set of how that begins in front of it. */
#include "decoders/name/near_names.h"

#define PRIME ((UINT64_C(1) << 61) - 1)

/* hash: the lower half of one. Where others share it, the name itself is compared. */
struct place {
    uint32_t hash, name; /* its number, from 1 on; 0: free */
};

struct name {
    struct span text;
    uint32_t id;
};

/* places: a power of two, at most half full. fronts: FRONT_BITS of them a place; a bit for each first FRONT bytes of what is
 * left of a name. */
struct near_names {
    struct mem *mem;
    uint64_t point; /* at which texts are polynomials */
    struct place *places;
    uint8_t *fronts;
    uint32_t places_n, used;
    struct name *names;
    uint32_t names_n, names_cap;
};

/* FRONT: what is left of any name has so many bytes and more. */
enum { FIRST_PLACES = 1024, FIRST_NAMES = 16, FRONT = NEAR_SHORTEST - 1, FRONT_BITS = 4 };

static size_t fronts_bytes(uint32_t places_n)
{
    return places_n / (8 / FRONT_BITS);
}

struct near_names *near_names_new(struct mem *m, const struct hash_key *key)
{
    struct near_names *x = mem_zalloc(m, sizeof(*x));

    if (!x)
        return NULL;
    x->mem = m;
    x->point = siphash(key, SPAN("near_names")) % (PRIME - 512) + 256;
    x->places = mem_zalloc(m, FIRST_PLACES * sizeof(*x->places));
    x->fronts = mem_zalloc(m, fronts_bytes(FIRST_PLACES));
    x->places_n = FIRST_PLACES;
    if (!x->places || !x->fronts) {
        near_names_free(x);
        return NULL;
    }
    return x;
}

void near_names_free(struct near_names *x)
{
    if (!x)
        return;
    mem_free(x->mem, x->places, x->places_n * sizeof(*x->places));
    mem_free(x->mem, x->fronts, fronts_bytes(x->places_n));
    mem_free(x->mem, x->names, x->names_cap * sizeof(*x->names));
    mem_free(x->mem, x, sizeof(*x));
}

static uint64_t times(uint64_t a, uint64_t b)
{
    unsigned __int128 t = (unsigned __int128)a * b;
    uint64_t r = (uint64_t)(t & PRIME) + (uint64_t)(t >> 61);

    return r >= PRIME ? r - PRIME : r;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    uint64_t r = a + b;

    return r >= PRIME ? r - PRIME : r;
}

/* What is done with each hash; false ends. */
typedef bool (*take_hash)(void *ctx, uint64_t hash);

/* Of a text of n bytes, at most NEAR_LONGEST: the hashes of its heads, its tails (what they add to a hash), powers of the point. */
struct parts {
    uint64_t head[NEAR_LONGEST + 1], tail[NEAR_LONGEST + 1], power[NEAR_LONGEST + 1];
};

static void take_apart(const struct near_names *x, struct span s, struct parts *p)
{
    p->head[0] = p->power[0] = 1; /* so that no text hashes to 0, and leading bytes count */
    for (size_t i = 0; i < s.n; i++) {
        p->head[i + 1] = plus(times(p->head[i], x->point), s.p[i]);
        p->power[i + 1] = times(p->power[i], x->point);
    }
    p->tail[s.n] = 0;
    for (size_t i = s.n; i-- > 0;)
        p->tail[i] = plus(p->tail[i + 1], times(s.p[i], p->power[s.n - 1 - i]));
}

/* --- how what is left begins --- */

/* Which beginnings of what is left of a text are among those of the names: of all of it and of what lacks later bytes,
 * without byte i, without i and j. */
struct fronts {
    bool whole, one[FRONT], two[FRONT][FRONT + 1];
};

static const struct fronts every_front = {
    true,
    {true, true, true, true, true},
    {{true, true, true, true, true, true}, {true, true, true, true, true, true}, {true, true, true, true, true, true},
     {true, true, true, true, true, true}, {true, true, true, true, true, true}},
};

/* The first eight bytes, the first one on top; zeros behind a shorter text. */
static uint64_t first_bytes(struct span s)
{
    uint64_t w = 0;

    for (size_t i = 0; i < 8; i++)
        w = w << 8 | (i < s.n ? s.p[i] : 0);
    return w;
}

/* w without its byte i. */
static uint64_t without(uint64_t w, unsigned i)
{
    uint64_t from_there = UINT64_MAX >> 8 * i;

    return (w & ~from_there) | (w << 8 & from_there);
}

static size_t front_bit(const struct near_names *x, uint64_t w)
{
    return ((w >> (64 - 8 * FRONT)) * UINT64_C(0x9e3779b97f4a7c15) >> 28) & (8 * fronts_bytes(x->places_n) - 1);
}

static bool has_front(const struct near_names *x, uint64_t w)
{
    size_t bit = front_bit(x, w);

    return x->fronts[bit / 8] >> bit % 8 & 1;
}

/* False: none of them. */
static bool find_fronts(const struct near_names *x, struct span s, struct fronts *f)
{
    uint64_t w = first_bytes(s);
    bool any;

    any = f->whole = has_front(x, w);
    for (unsigned i = 0; i < FRONT; i++) {
        uint64_t one = without(w, i);

        any |= f->one[i] = has_front(x, one);
        for (unsigned j = i + 1; s.n >= NEAR_TWO && j <= FRONT; j++)
            any |= f->two[i][j] = has_front(x, without(one, j - 1));
    }
    return any;
}

static void add_front(const struct near_names *x, uint64_t w)
{
    size_t bit = front_bit(x, w);

    x->fronts[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void add_fronts(const struct near_names *x, struct span s)
{
    uint64_t w = first_bytes(s);

    add_front(x, w);
    for (unsigned i = 0; i < FRONT; i++) {
        add_front(x, without(w, i));
        for (unsigned j = i + 1; s.n >= NEAR_TWO && j <= FRONT; j++)
            add_front(x, without(without(w, i), j - 1));
    }
}

/* --- what is left --- */

/* Without byte i and each one behind it. */
static bool each_pair(const struct near_names *x, struct span s, size_t i, const struct parts *p, const struct fronts *f,
                      take_hash take, void *ctx)
{
    bool later = i < FRONT ? f->one[i] : f->whole;
    size_t end = later ? s.n : i < FRONT ? FRONT + 1 : 0;
    uint64_t head = p->head[i]; /* of what is in front of byte j, without byte i */

    for (size_t j = i + 1; j < end; j++) {
        if ((j <= FRONT && i < FRONT ? f->two[i][j] : later) &&
            !take(ctx, plus(times(head, p->power[s.n - 1 - j]), p->tail[j + 1])))
            return false;
        head = plus(times(head, x->point), s.p[j]);
    }
    return true;
}

/* s itself, without one, and where it is long enough without two of its bytes, each pair once, as far as f lets it be: a hash is two
 * products. A shorter question that is two slips from a name of NEAR_TWO bytes lacks one of its bytes, so one out of it is enough. */
static bool each_left(const struct near_names *x, struct span s, const struct fronts *f, take_hash take, void *ctx)
{
    struct parts p;

    take_apart(x, s, &p);
    if (f->whole && !take(ctx, p.head[s.n]))
        return false;
    for (size_t i = s.n; i-- > 0;)
        if ((i < FRONT ? f->one[i] : f->whole) && !take(ctx, plus(times(p.head[i], p.power[s.n - 1 - i]), p.tail[i + 1])))
            return false;
    for (size_t i = 0; i < s.n && s.n >= NEAR_TWO; i++)
        if (!each_pair(x, s, i, &p, f, take, ctx))
            return false;
    return true;
}

static void place(struct place *places, uint32_t n, struct place p)
{
    uint32_t at = p.hash & (n - 1);

    for (; places[at].name; at = (at + 1) & (n - 1))
        if (places[at].hash == p.hash && places[at].name == p.name)
            return;
    places[at] = p;
}

static bool grow(struct near_names *x)
{
    uint32_t n = x->places_n * 2;
    struct place *places = n > x->places_n ? mem_zalloc(x->mem, n * sizeof(*places)) : NULL;
    uint8_t *fronts = places ? mem_zalloc(x->mem, fronts_bytes(n)) : NULL;

    if (!fronts) {
        mem_free(x->mem, places, n * sizeof(*places));
        return false;
    }
    for (uint32_t i = 0; i < x->places_n; i++)
        if (x->places[i].name)
            place(places, n, x->places[i]);
    mem_free(x->mem, x->places, x->places_n * sizeof(*places));
    mem_free(x->mem, x->fronts, fronts_bytes(x->places_n));
    x->places = places;
    x->fronts = fronts;
    x->places_n = n;
    for (uint32_t i = 0; i < x->names_n; i++)
        add_fronts(x, x->names[i].text);
    return true;
}

static bool keep(void *ctx, uint64_t hash)
{
    struct near_names *x = ctx;

    if (2 * ++x->used > x->places_n && !grow(x))
        return false;
    place(x->places, x->places_n, (struct place){(uint32_t)hash, x->names_n + 1});
    return true;
}

/* Google has its name under two hundred countries: kept once, its places make no heap that each question climbs over. */
static bool is_kept(const struct near_names *x, struct span name)
{
    uint64_t hash = 1;

    for (size_t i = 0; i < name.n; i++)
        hash = plus(times(hash, x->point), name.p[i]);
    for (uint32_t at = (uint32_t)hash & (x->places_n - 1); x->places[at].name; at = (at + 1) & (x->places_n - 1))
        if (x->places[at].hash == (uint32_t)hash && span_eq(x->names[x->places[at].name - 1].text, name))
            return true;
    return false;
}

bool near_names_add(struct near_names *x, struct span name, uint32_t id)
{
    if (name.n < NEAR_SHORTEST || name.n > NEAR_LONGEST || is_kept(x, name))
        return true;
    if (x->names_n == x->names_cap) {
        uint32_t cap = x->names_cap ? x->names_cap * 2 : FIRST_NAMES;
        struct name *names = mem_resize(x->mem, x->names, x->names_cap * sizeof(*names), cap * sizeof(*names));

        if (!names)
            return false;
        x->names = names;
        x->names_cap = cap;
    }
    x->names[x->names_n] = (struct name){name, id};
    if (!each_left(x, name, &every_front, keep, x))
        return false;
    add_fronts(x, name);
    x->names_n++;
    return true;
}

unsigned near_names_distance(struct span a, struct span b)
{
    unsigned rows[3][NEAR_LONGEST + 3];

    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++) {
        unsigned *now = rows[i % 3], *before = rows[(i - 1) % 3], *two = rows[(i + 1) % 3];

        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b.n; j++) {
            unsigned best = before[j - 1] + (a.p[i - 1] != b.p[j - 1]);

            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && two[j - 2] + 1 < best)
                best = two[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[a.n % 3][b.n];
}

enum { AHEAD = 8 };

/* Hashes wait until their places, which are in no cache, have come. */
struct question {
    const struct near_names *x;
    struct span s;
    uint32_t id;
    unsigned slips;
    uint32_t hash[AHEAD]; /* a ring: the last ones of `hashes` */
    unsigned hashes;
};

static bool answer(struct question *q, uint32_t hash)
{
    const struct near_names *x = q->x;
    uint32_t at = hash & (x->places_n - 1);

    for (; x->places[at].name; at = (at + 1) & (x->places_n - 1)) {
        const struct name *name = &x->names[x->places[at].name - 1];
        unsigned slips, most;

        if (x->places[at].hash != hash)
            continue;
        most = name->text.n >= NEAR_TWO ? 2 : 1;
        slips = near_names_distance(q->s, name->text);
        if (!slips || slips > most || slips >= q->slips)
            continue;
        q->slips = slips;
        q->id = name->id;
    }
    return q->slips > 1; /* nearer than one slip is nothing */
}

static bool ask(void *ctx, uint64_t hash)
{
    struct question *q = ctx;
    uint32_t *place = &q->hash[q->hashes++ % AHEAD], oldest = *place;

    __builtin_prefetch(&q->x->places[hash & (q->x->places_n - 1)]);
    *place = (uint32_t)hash;
    return q->hashes <= AHEAD || answer(q, oldest);
}

/* In their order still: of two names as near the first counts. */
static void answer_waiting(struct question *q)
{
    for (unsigned i = q->hashes > AHEAD ? q->hashes - AHEAD : 0; i < q->hashes; i++)
        answer(q, q->hash[i % AHEAD]);
}

uint32_t near_names_find(const struct near_names *x, struct span s, unsigned *slips)
{
    struct question q = {.x = x, .s = s, .slips = 3};
    struct fronts f;

    *slips = 0;
    if (s.n + 1 < NEAR_SHORTEST || s.n > NEAR_LONGEST || !x->names_n)
        return 0;
    if (find_fronts(x, s, &f))
        each_left(x, s, &f, ask, &q);
    answer_waiting(&q);
    *slips = q.id ? q.slips : 0;
    return q.id;
}
