/* SPDX-License-Identifier: Apache-2.0 */
/* suffix_rules: one pass over the lines of the list. Who makes names meet only makes them be asked of the list itself. */
#include "decoders/link/suffix_rules.h"

#include "decoders/base/scan.h"
#include "decoders/base/vector.h"

enum { LABELS = 9 }; /* of a name that are looked at: libpsl looks no further, and rules have five */

/* What the set says of a name: a rule is about it; it is the tail of longer rules. */
enum { RULE = 1, LONGER = 2 };

/* 1 to 8 bytes at p. */
static inline uint64_t word_of(const uint8_t *p, size_t n)
{
    uint32_t front, back;

    if (n == 8)
        return le64(p);
    if (n < 4)
        return p[0] | (uint64_t)p[n / 2] << 8 | (uint64_t)p[n - 1] << 16;
    memcpy(&front, p, 4);
    memcpy(&back, p + n - 4, 4);
    return front | (uint64_t)back << 32;
}

static inline uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

/* Of a tail, by its first label and the hash of what is behind that; 0: nothing is. */
static inline uint64_t hash_of(uint64_t behind, struct span label)
{
    uint64_t hash = behind + label.n;

    for (; label.n > 8; label = span_from(label, 8))
        hash = mixed(hash, le64(label.p));
    return label.n ? mixed(hash, word_of(label.p, label.n)) : hash;
}

static void set(uint64_t *names, uint64_t hash, uint64_t what)
{
    uint64_t place = hash >> (64 - SUFFIX_RULES_BITS);

    names[place / 32] |= what << place % 32 * 2;
}

static unsigned get(const uint64_t *names, uint64_t hash)
{
    uint64_t place = hash >> (64 - SUFFIX_RULES_BITS);

    return names[place / 32] >> place % 32 * 2 & (RULE | LONGER);
}

static void set_wildcard(uint64_t *bits, uint64_t hash)
{
    uint64_t place = hash >> (64 - SUFFIX_WILDCARDS_BITS);

    bits[place / 64] |= UINT64_C(1) << place % 64;
}

static bool is_wildcard(const uint64_t *bits, uint64_t hash)
{
    uint64_t place = hash >> (64 - SUFFIX_WILDCARDS_BITS);

    return bits[place / 64] >> place % 64 & 1;
}

/* Where the label that ends at end begins: at from, or behind a dot. */
static inline size_t label_start(struct span name, size_t from, size_t end)
{
#ifdef __x86_64__
    while (end >= from + 16) {
        __m128i dots = _mm_cmpeq_epi8(vector_load(name.p + end - 16), _mm_set1_epi8('.'));
        unsigned at = (unsigned)_mm_movemask_epi8(dots);

        if (at)
            return end - 16 + 32 - (unsigned)__builtin_clz(at);
        end -= 16;
    }
#endif
    while (end > from && name.p[end - 1] != '.')
        end--;
    return end;
}

/* A rule goes up to the first white space. */
static struct span rule_of(struct span line)
{
    size_t n = 0;

    while (line.n && line.p[0] <= ' ')
        line = span_from(line, 1);
    while (n < line.n && line.p[n] > ' ')
        n++;
    return span_head(line, n);
}

static void add_rule(struct suffix_rules *r, struct span rule)
{
    bool wildcard = rule.n > 2 && rule.p[0] == '*' && rule.p[1] == '.';
    uint64_t hash = 0;
    size_t start, end;

    if (wildcard)
        rule = span_from(rule, 2);
    else if (rule.n && rule.p[0] == '!')
        rule = span_from(rule, 1);
    end = rule.n;
    do {
        start = label_start(rule, 0, end);
        hash = hash_of(hash, span_from(span_head(rule, end), start));
        if (start || wildcard)
            set(r->names, hash, LONGER);
        end = start - 1;
    } while (start);
    set(r->names, hash, RULE);
    if (wildcard)
        set_wildcard(r->wildcards, hash);
}

void suffix_rules_add(struct suffix_rules *r, struct span text)
{
    while (text.n) {
        size_t end = span_find(text, 0, '\n');
        struct span rule = rule_of(span_head(text, end));

        if (rule.n && rule.p[0] != '/')
            add_rule(r, rule);
        text = span_from(text, end + 1);
    }
}

/* libpsl leaves out a dot in front (".com"): where a tail begins that has all dots of those in front of `at` that stand together. */
static size_t with_dots(struct span name, size_t first, size_t at)
{
    while (at > first && (at - 1 == first || name.p[at - 2] == '.'))
        at--;
    return at;
}

/* In Punycode. */
static bool is_ace(struct span label)
{
    return label.n >= 4 && !memcmp(label.p, "xn--", 4);
}

/* From the last label on, as long as longer rules may be about more: of most names but the last two are looked at. */
static size_t longest(const struct suffix_rules *r, struct span name, size_t first)
{
    size_t end = name.n, start = label_start(name, first, end), found = start;
    bool wildcard = false;
    uint64_t hash = 0;

    if (end - start < 2) /* libpsl finds things in its list for an empty last label and for one of one byte */
        return start > first ? label_start(name, first, start - 1) : start;
    for (unsigned labels = 0; start < end && labels < LABELS; labels++) {
        struct span label = span_from(span_head(name, end), start);
        unsigned what;

        if (is_ace(label))
            return first;
        hash = hash_of(hash, label);
        what = get(r->names, hash);
        if (wildcard || (what & RULE))
            found = start;
        if (start == first || !(what & LONGER))
            break;
        wildcard = is_wildcard(r->wildcards, hash);
        end = start - 1;
        start = label_start(name, first, end);
    }
    return found;
}

size_t suffix_rules_next(const struct suffix_rules *r, struct span name, size_t at)
{
    if (scan_not_plain(name, at) < name.n)
        return at;
    return with_dots(name, at, longest(r, name, at));
}

bool suffix_rules_may(const struct suffix_rules *r, struct span name)
{
    return !suffix_rules_next(r, name, 0);
}
