/* SPDX-License-Identifier: Apache-2.0 */
/* lookalike: a stranger's host against the brands' domains: by look, by slips, by what stands inside. */
#include "sensor/judge/brands_state.h"

/* host in Unicode where it is in punycode. */
static struct span readable(const struct brands *b, struct span host, uint8_t out[UNICODE_NAME_OUT])
{
    size_t n = unicode_name_has_ace(host) ? unicode_name_to_unicode(b->unicode, host, out) : 0;

    return n ? span_of(out, n) : host;
}

static void fill(const struct brands *b, uint32_t number, struct lookalike_found *found)
{
    const struct brand_word *w = brands_word(b, number);

    *found = (struct lookalike_found){brands_at(b, w->brand), w->text};
}

/* A name that looks like another without being it; *same where it is the very name: `amazon` of amazon.example. */
static uint32_t by_look(const struct brands *b, struct span name, bool whole, bool *same)
{
    uint8_t look[UNICODE_NAME_OUT];
    size_t n = unicode_name_skeleton(b->unicode, name, look);
    uint32_t number = n ? name_set_find(&b->looks, span_of(look, n)) : 0;
    struct span text;

    if (!number)
        return 0;
    text = brands_word(b, number)->text;
    if (!whole)
        text = span_head(text, span_find(text, 0, '.'));
    *same = span_eq_nocase(text, name);
    return *same ? 0 : number;
}

enum lookalike brands_lookalike_domain(const struct brands *b, struct span domain, struct lookalike_found *found)
{
    uint8_t out[UNICODE_NAME_OUT];
    enum lookalike how = LOOKALIKE_SKELETON;
    struct span label;
    uint32_t number;
    unsigned slips;
    bool same = false;

    if (!b->list.n)
        return LOOKALIKE_NONE;
    domain = readable(b, domain, out);
    label = span_head(domain, span_find(domain, 0, '.'));
    number = by_look(b, domain, true, &same);
    if (!number)
        number = by_look(b, label, false, &same);
    if (!number && !same && (number = near_names_find(b->near, label, &slips)))
        how = LOOKALIKE_SLIP;
    if (!number)
        return LOOKALIKE_NONE;
    fill(b, number, found);
    return how;
}

enum lookalike brands_lookalike_inside(const struct brands *b, struct span host, struct lookalike_found *found)
{
    uint8_t out[UNICODE_NAME_OUT], look[UNICODE_NAME_OUT];
    size_t n = b->list.n ? brands_host_look(b, readable(b, host, out), look) : 0;
    uint32_t hit = word_finder_first(b->inside, span_of(look, n));

    if (!hit)
        return LOOKALIKE_NONE;
    fill(b, word_finder_id(b->inside, hit), found);
    return LOOKALIKE_INSIDE;
}

enum lookalike brands_lookalike(const struct brands *b, struct span host, struct span domain,
                                struct lookalike_found *found)
{
    enum lookalike how;

    if (!host.n || brand_of_domain(b, host))
        return LOOKALIKE_NONE;
    how = brands_lookalike_domain(b, domain.n ? domain : host, found);
    return how == LOOKALIKE_NONE ? brands_lookalike_inside(b, host, found) : how;
}

const struct brand *brand_of_look(const struct brands *b, struct span word)
{
    uint8_t look[UNICODE_NAME_OUT];
    size_t n = unicode_name_skeleton(b->unicode, word, look);
    uint32_t number = n ? name_set_find(&b->looks, span_of(look, n)) : 0;

    return number ? brands_at(b, brands_word(b, number)->brand) : NULL;
}
