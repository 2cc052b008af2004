/* SPDX-License-Identifier: Apache-2.0 */
/* suffix_rules: one pass over the lines of the list. Who makes names meet only makes them be asked of the list itself. */
#include "decoders/link/suffix_rules.h"

#include "decoders/base/scan.h"

static uint64_t hash_of(struct span name)
{
    uint64_t h = name.n, word;

    for (; name.n; name = span_from(name, 8)) {
        word = 0;
        memcpy(&word, name.p, name.n < 8 ? name.n : 8);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    return h * UINT64_C(0x9e3779b97f4a7c15);
}

static void set(uint64_t *bits, unsigned n, struct span name)
{
    uint64_t bit = hash_of(name) >> (64 - n);

    bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool has(const uint64_t *bits, unsigned n, uint64_t hash)
{
    uint64_t bit = hash >> (64 - n);

    return bits[bit / 64] >> bit % 64 & 1;
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
    if (rule.n > 2 && rule.p[0] == '*' && rule.p[1] == '.') {
        rule = span_from(rule, 2);
        set(r->wildcards, SUFFIX_WILDCARDS_BITS, rule);
    } else if (rule.n && rule.p[0] == '!') {
        rule = span_from(rule, 1);
    }
    set(r->names, SUFFIX_RULES_BITS, rule);
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

size_t suffix_rules_next(const struct suffix_rules *r, struct span name, size_t at)
{
    struct span tail = span_from(name, at);
    uint64_t hash = hash_of(tail), behind;

    if (scan_not_plain(tail, 0) < tail.n || span_find_span(tail, 0, SPAN("xn--")) < tail.n)
        return at;
    for (;; hash = behind) {
        size_t dot = span_find(tail, 0, '.');

        /* libpsl leaves out a dot in front (".com"), and finds things in its list for an empty last label and for one of one byte. */
        if (!dot || dot + 2 >= tail.n)
            break;
        tail = span_from(tail, dot + 1);
        behind = hash_of(tail);
        if (has(r->names, SUFFIX_RULES_BITS, hash) || has(r->wildcards, SUFFIX_WILDCARDS_BITS, behind))
            return name.n - tail.n - dot - 1;
    }
    return name.n - tail.n;
}

bool suffix_rules_may(const struct suffix_rules *r, struct span name)
{
    return !suffix_rules_next(r, name, 0);
}
