/* SPDX-License-Identifier: Apache-2.0 */
/* brands: reads the file of brands, and answers what is whose. */
#include "sensor/judge/brands.h"

#include <stdio.h>
#include <stdlib.h>

#include "decoders/name/name_fold.h"
#include "sensor/judge/brands_state.h"
#include "sensor/judge/operator_file.h"
#include "sensor/language.h"

/* A brand while its lines are read. */
struct reading {
    struct brands *b;
    struct operator_file *file;
    struct list names, domains, asns, nets;
    bool open, no_memory;
};

static uint32_t this_brand(const struct reading *r)
{
    return r->b->list.n - 1;
}

static void finish_brand(struct reading *r)
{
    struct brand *brand;

    if (!r->open)
        return;
    brand = (struct brand *)r->b->list.items + this_brand(r);
    *brand = (struct brand){.name = brand->name, .names = r->names.items, .names_n = r->names.n,
                            .domains = r->domains.items, .domains_n = r->domains.n, .asns = r->asns.items,
                            .asns_n = r->asns.n, .nets = r->nets.items, .nets_n = r->nets.n};
    r->names = r->domains = r->asns = r->nets = (struct list){0};
    r->open = false;
}

static void begin_brand(struct reading *r, struct span name)
{
    struct brand *brand;

    finish_brand(r);
    brand = name.n ? list_add(&r->b->list, &r->b->arena, sizeof(*brand), BRANDS_MOST) : NULL;
    if (!brand && name.n && r->b->list.n < BRANDS_MOST)
        r->no_memory = true;
    else if (!brand)
        operator_file_wrong(r->file, name, name.n ? _("too many brands") : _("a brand needs a name"));
    if (!brand)
        return;
    brand->name = arena_dup(&r->b->arena, name);
    r->no_memory |= !brand->name.p;
    r->open = true;
}

static const char too_many[] = N_("too many of this kind for one brand");

/* NULL with *why, or without memory. */
static struct span *add_text(struct reading *r, struct list *l, struct span text, const char **why)
{
    struct span *slot;

    if (l->n == BRAND_VALUES) {
        *why = _(too_many);
        return NULL;
    }
    slot = list_add(l, &r->b->arena, sizeof(*slot), BRAND_VALUES);

    if (slot)
        *slot = arena_dup(&r->b->arena, text);
    if (!slot || !slot->p) {
        r->no_memory = true;
        return NULL;
    }
    return slot;
}

/* "LINE" in quotes counts only in this case. */
static const char *take_name(struct reading *r, struct span value)
{
    bool exact = value.n > 2 && value.p[0] == '"' && value.p[value.n - 1] == '"';
    const char *why = NULL;
    struct span *slot;

    if (exact)
        value = span_of(value.p + 1, value.n - 2);
    slot = add_text(r, &r->names, value, &why);
    if (slot && !brands_index_name(r->b, this_brand(r), *slot, exact, &why))
        r->no_memory = true;
    return why;
}

/* Lower case of ASCII, in place: the text is the arena's. */
static void lower(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        ((uint8_t *)(uintptr_t)s.p)[i] = ascii_lower(s.p[i]);
}

/* "=target.com": a name that is a common word: only the domain itself counts. */
static const char *take_domain(struct reading *r, struct span value)
{
    bool common_word = value.n && value.p[0] == '=';
    const char *why = NULL;
    struct span *slot;

    value = span_from(value, common_word);
    if (value.n < 3 || span_find(value, 0, '.') == value.n || span_find(value, 0, '/') < value.n)
        return _("no domain name");
    slot = add_text(r, &r->domains, value, &why);
    if (slot)
        lower(*slot);
    if (slot && !brands_index_domain(r->b, this_brand(r), *slot, common_word, &why))
        r->no_memory = true;
    return why;
}

static const char *take_host_word(struct reading *r, struct span value)
{
    struct span copy = arena_dup(&r->b->arena, value);
    const char *why = NULL;

    if (copy.p)
        lower(copy);
    if (!copy.p || !brands_index_host_word(r->b, this_brand(r), copy, &why))
        r->no_memory = true;
    return why;
}

static bool parse_asn(struct span s, uint32_t *out)
{
    uint64_t n = 0;

    if (s.n < 3 || s.n > 12 || !span_starts_nocase(s, SPAN("AS")))
        return false;
    for (size_t i = 2; i < s.n; i++) {
        if (!ascii_digit(s.p[i]))
            return false;
        n = n * 10 + (uint64_t)(s.p[i] - '0');
    }
    *out = (uint32_t)n;
    return n && n <= UINT32_MAX;
}

static const char *take_network(struct reading *r, struct span value)
{
    uint32_t asn, *number;
    struct ip_net net, *slot;

    if (parse_asn(value, &asn)) {
        if (r->asns.n == BRAND_VALUES)
            return _(too_many);
        number = list_add(&r->asns, &r->b->arena, sizeof(*number), BRAND_VALUES);
        if (number)
            *number = asn;
        r->no_memory |= !number;
        return NULL;
    }
    if (!ip_net_parse(value, &net))
        return _("neither AS and its number nor a network");
    if (r->nets.n == BRAND_VALUES)
        return _(too_many);
    slot = list_add(&r->nets, &r->b->arena, sizeof(*slot), BRAND_VALUES);
    if (slot)
        *slot = net;
    r->no_memory |= !slot;
    return NULL;
}

static const struct {
    const char *word;
    const char *(*take)(struct reading *, struct span);
} lines[] = {{"name", take_name}, {"domain", take_domain}, {"host", take_host_word}, {"net", take_network}};

static void take_line(struct reading *r, struct span line)
{
    struct span rest = line, word = operator_word(&rest);
    const char *why;

    if (span_eq(word, SPAN("brand"))) {
        begin_brand(r, rest);
        return;
    }
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        if (!span_eq(word, span_cstr(lines[i].word)))
            continue;
        if (!r->open)
            operator_file_wrong(r->file, line, _("stands before the first brand"));
        while (r->open && rest.n) {
            struct span value = operator_piece(&rest);

            why = value.n ? lines[i].take(r, value) : _("an empty value");
            if (why)
                operator_file_wrong(r->file, value, why);
        }
        return;
    }
    operator_file_wrong(r->file, word, _("no such line: brand, name, domain, host or net"));
}

static bool read_file(struct brands *b, const char *path, char err[256])
{
    struct operator_file file;
    struct reading r = {.b = b, .file = &file};
    struct span line;

    if (!operator_file_open(&file, b->mem, path, err))
        return false;
    while (!r.no_memory && operator_file_next(&file, &line))
        take_line(&r, line);
    finish_brand(&r);
    operator_file_end(&file);
    operator_file_close(&file);
    if (r.no_memory)
        snprintf(err, 256, _("%.150s: no memory for so many brands"), path);
    else if (!b->list.n)
        snprintf(err, 256, _("%.150s: no brand in it; none in its place says that there shall be none"), path);
    return !r.no_memory && b->list.n;
}

struct brands *brands_open(struct mem *m, const struct hash_key *key, const struct unicode_names *unicode,
                           const char *file, char err[256])
{
    struct brands *b = mem_zalloc(m, sizeof(*b));

    snprintf(err, 256, _("no memory for brands"));
    if (!b)
        return NULL;
    b->mem = m;
    b->unicode = unicode;
    arena_init(&b->arena, m, SIZE_MAX);
    b->domains = b->looks = (struct name_set){.mem = m, .key = key};
    b->near = near_names_new(m, key);
    b->names = word_finder_new(m);
    b->inside = word_finder_new(m);
    if (!b->near || !b->names || !b->inside || (file && !read_file(b, file, err)) || !brands_index_seal(b)) {
        brands_close(b);
        return NULL;
    }
    return b;
}

void brands_close(struct brands *b)
{
    if (!b)
        return;
    name_set_free(&b->domains);
    name_set_free(&b->looks);
    near_names_free(b->near);
    word_finder_free(b->names);
    word_finder_free(b->inside);
    arena_free(&b->arena);
    mem_free(b->mem, b, sizeof(*b));
}

uint32_t brands_count(const struct brands *b)
{
    return b->list.n;
}

const struct brand *brands_at(const struct brands *b, uint32_t i)
{
    return (const struct brand *)b->list.items + i;
}

const struct brand *brand_of_tails(const struct brands *b, const struct name_tails *host)
{
    struct span found;
    uint32_t number = name_set_find_tail(&b->domains, host, &found);

    return number ? brands_at(b, brands_word(b, number)->brand) : NULL;
}

const struct brand *brand_of_domain(const struct brands *b, struct span host)
{
    struct name_tails tails;

    name_tails_of(&tails, host);
    return brand_of_tails(b, &tails);
}

bool brand_owns_host(const struct brands *b, const struct brand *brand, struct span host)
{
    return brand && brand_of_domain(b, host) == brand;
}

bool brand_owns_address(const struct brand *brand, const struct ip_addr *ip)
{
    for (uint32_t i = 0; ip->family && i < brand->nets_n; i++)
        if (ip_in_net(ip, &brand->nets[i]))
            return true;
    return false;
}

bool brand_owns_asn(const struct brand *brand, uint32_t asn)
{
    for (uint32_t i = 0; asn && i < brand->asns_n; i++)
        if (brand->asns[i] == asn)
            return true;
    return false;
}

/* "LINE" found as a word: whether it stands there in this case. f stands behind its last byte. */
static bool in_case(const struct name_fold *f, const struct brand_word *w)
{
    return !w->exact || (f->end >= w->text.n && span_eq(span_of(f->text.p + f->end - w->text.n, w->text.n), w->text));
}

static unsigned note(const struct brands *b, uint32_t brand, const struct brand *found[BRANDS_IN_TEXT], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (found[i] == brands_at(b, brand))
            return n;
    found[n] = brands_at(b, brand);
    return n + 1;
}

enum { FOLDED_TEXT = 512 }; /* bytes: most names and subjects fold into these */

/* Nobody's name is in text: told of most of them where they lie folded as a whole. False: it may be. */
static bool names_nobody(const struct brands *b, struct span text)
{
    uint8_t folded[FOLDED_TEXT];
    size_t n = name_fold_whole(text, folded, sizeof(folded));

    return n && !word_finder_first(b->names, span_of(folded, n));
}

unsigned brands_in_text(const struct brands *b, struct span text, const struct brand *found[BRANDS_IN_TEXT])
{
    struct name_fold f;
    struct word_finder_walk walk = {0, 0};
    unsigned n = 0;
    int c;

    if (names_nobody(b, text))
        return 0;
    name_fold_begin(&f, text);
    while (n < BRANDS_IN_TEXT && (c = name_fold_next(&f)) != NAME_END) {
        for (uint32_t h = word_finder_step(b->names, &walk, (uint8_t)c); h && n < BRANDS_IN_TEXT; h = word_finder_next(b->names, h)) {
            const struct brand_word *w = brands_word(b, word_finder_id(b->names, h));

            if (in_case(&f, w))
                n = note(b, w->brand, found, n);
        }
    }
    return n;
}
