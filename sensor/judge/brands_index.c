/* SPDX-License-Identifier: Apache-2.0 */
/* brands_index: a brand's names and domains in every form under which they are looked for. */
#include "decoders/name/name_fold.h"
#include "sensor/judge/brands_state.h"
#include "sensor/language.h"

enum {
    NAME_FOLDED = 256,   /* bytes of a folded name: longer ones are wrong */
    NAME_WHOLE = 6,      /* Latin names shorter than this are words with both borders */
    HOST_WHOLE = 6,      /* words of hosts: shorter ones stand alone between dots or hyphens */
    HOST_ANYWHERE = 9,   /* and from this length on they are found anywhere */
    LOOK_SHORTEST = 4    /* names of domains that are compared by their look */
};

/* The number of a new word, or 0 without memory. */
static uint32_t new_word(struct brands *b, uint32_t brand, struct span text, bool exact)
{
    struct brand_word *w = list_add(&b->words, &b->arena, sizeof(*w), BRAND_WORDS);

    if (!w)
        return 0;
    *w = (struct brand_word){text, brand, exact};
    return b->words.n;
}

static bool is_others(const struct brands *b, uint32_t had, uint32_t brand)
{
    return had && brands_word(b, had)->brand != brand;
}

/* Bytes of the word that ends with the border at folded[n - 1]. */
static size_t last_word(const uint8_t *folded, size_t n)
{
    size_t at = n - 1;

    while (at && folded[at - 1] != NAME_BORDER)
        at--;
    return n - 1 - at;
}

/* name folded; its last border dropped where it may go on: "amazon" begins "amazonpay". n 0: too long or nothing. */
static size_t fold_name(struct span name, uint8_t out[NAME_FOLDED])
{
    struct name_fold f;
    size_t n = 0;
    int c;

    name_fold_begin(&f, name);
    while ((c = name_fold_next(&f)) != NAME_END) {
        if (n == NAME_FOLDED)
            return 0;
        out[n++] = (uint8_t)c;
    }
    return n && out[n - 1] == NAME_BORDER && last_word(out, n) >= NAME_WHOLE ? n - 1 : n;
}

static bool add_look(struct brands *b, uint32_t number, struct span text)
{
    uint8_t out[UNICODE_NAME_OUT];
    size_t n = unicode_name_skeleton(b->unicode, text, out);
    struct span copy;
    uint32_t had;

    if (!n)
        return true;
    copy = arena_dup(&b->arena, span_of(out, n));
    return copy.p && name_set_add(&b->looks, copy, number, &had);
}

bool brands_index_name(struct brands *b, uint32_t brand, struct span name, bool exact, const char **why)
{
    uint8_t folded[NAME_FOLDED];
    size_t n = fold_name(name, folded);
    uint32_t number, had;

    if (!n) {
        *why = _("no name, or too long a one");
        return true;
    }
    if (exact && !span_is_ascii(name)) {
        *why = _("only a name in ASCII can ask for its case");
        return true;
    }
    number = new_word(b, brand, name, exact);
    if (!number || !word_finder_add(b->names, span_of(folded, n), number, &had))
        return false;
    if (is_others(b, had, brand))
        *why = _("a name of an earlier brand already");
    return had || name.n < LOOK_SHORTEST || !span_is_ascii(name) || add_look(b, number, name);
}

/* Dots and hyphens are one border; one stands at both ends. Bytes in out, 0 when it does not fit. */
size_t brands_host_look(const struct brands *b, struct span host, uint8_t out[UNICODE_NAME_OUT])
{
    size_t n;

    out[0] = '-';
    n = host.n < UNICODE_NAME_MAX ? unicode_name_skeleton(b->unicode, host, out) : 0;
    if (!n || n + 2 > UNICODE_NAME_OUT)
        return 0;
    memmove(out + 1, out, n);
    out[0] = out[n + 1] = '-';
    for (size_t i = 1; i <= n; i++)
        if (out[i] == '.' || out[i] == '_')
            out[i] = '-';
    return n + 2;
}

/* Found in hosts with the borders from and to of its two. */
static bool add_inside(struct brands *b, uint32_t number, struct span word, bool from, bool to)
{
    uint8_t out[UNICODE_NAME_OUT];
    size_t n = brands_host_look(b, word, out);
    uint32_t had;

    return !n || word_finder_add(b->inside, span_of(out + !from, n - !from - !to), number, &had);
}

bool brands_index_host_word(struct brands *b, uint32_t brand, struct span word, const char **why)
{
    uint32_t number;

    if (word.n < 3 || word.n > UNICODE_NAME_MAX) {
        *why = _("a word of a host has 3 to 255 bytes");
        return true;
    }
    number = new_word(b, brand, word, false);
    if (!number)
        return false;
    if (word.n < HOST_WHOLE)
        return add_inside(b, number, word, true, true);
    if (word.n >= HOST_ANYWHERE)
        return add_inside(b, number, word, false, false);
    return add_inside(b, number, word, true, false) && add_inside(b, number, word, false, true);
}

/* What stands before the first dot: the name that was registered, in all but names under other names. */
static bool index_label(struct brands *b, uint32_t number, struct span domain)
{
    const struct brand_word *w = brands_word(b, number);
    struct span label = span_head(domain, span_find(domain, 0, '.'));
    const char *why;

    if (label.n >= LOOK_SHORTEST && !add_look(b, number, label))
        return false;
    if (!near_names_add(b->near, label, number))
        return false;
    return label.n < HOST_WHOLE || brands_index_host_word(b, w->brand, label, &why);
}

bool brands_index_domain(struct brands *b, uint32_t brand, struct span domain, bool common_word, const char **why)
{
    uint32_t number = new_word(b, brand, domain, false), had;
    uint8_t other[UNICODE_NAME_OUT];
    struct span copy;
    size_t n;

    if (!number || !name_set_add(&b->domains, domain, number, &had))
        return false;
    if (had) {
        *why = is_others(b, had, brand) ? _("a domain of an earlier brand already") : _("was there before");
        return true;
    }
    n = unicode_name_to_ascii(b->unicode, domain, other);
    if (!n)
        n = unicode_name_to_unicode(b->unicode, domain, other);
    copy = n ? arena_dup(&b->arena, span_of(other, n)) : domain;
    if (n && (!copy.p || !name_set_add(&b->domains, copy, number, &had)))
        return false;
    if (!add_look(b, number, domain) || !add_inside(b, number, domain, true, true))
        return false;
    return common_word || index_label(b, number, domain);
}

bool brands_index_seal(struct brands *b)
{
    return word_finder_seal(b->names) && word_finder_seal(b->inside);
}
