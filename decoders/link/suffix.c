/* SPDX-License-Identifier: Apache-2.0 */
/* suffix: the only file that includes libpsl. */
#include "decoders/link/suffix.h"

#include <libpsl.h>

#include "decoders/link/suffix_rules.h"

enum { HOST_MAX = 255, COUNTRIES = 26 * 26, TAILS = 4096, HOSTS = 32768, WAYS = 2, TAIL_BYTES = 62, LABELS = 9 };

/* Of what is kept of a host: where its domain begins, and its mark. */
enum { AT = 0xff, MARK = 0x100 };

/* What is asked of the list: a suffix by any rule; a TLD that is on it; a suffix that is no private one. */
enum question { IS_SUFFIX, IS_TLD, IS_ICANN, QUESTIONS };

/* One tail of a host and what the list says of it; n 0: free. */
struct tail {
    uint8_t n;
    uint8_t question : 4, yes : 4;
    char text[TAIL_BYTES];
};

/* country[] answers for the two-letter TLDs without a look-up: running text asks for them most. */
struct suffix_list {
    struct mem *mem;
    const psl_ctx_t *psl;
    psl_ctx_t *loaded; /* NULL where psl is the built-in one */
    bool country[COUNTRIES];
    struct suffix_rules *rules; /* NULL: not known */
};

/* Tails and hosts are memories of answers, the newest of each place: whoever picks tails that meet there only makes it as slow
 * as libpsl, some four thousand instructions a tail. Most hosts come again; new ones share their tails. A host has two places,
 * the newer one first. Of it the upper 55 bits of its hash are kept (the lower ones choose its places), below them its mark, and
 * where its registrable domain begins: n where it has none. 0: free. So all hosts take 256 KB: with their texts it was a megabyte,
 * and each look a wait for memory. */
struct suffix {
    struct mem *mem;
    const struct suffix_list *list;
    struct suffix_list *own; /* NULL where list is somebody else's */
    struct tail *tails;      /* TAILS of them */
    uint64_t *hosts;         /* HOSTS of them */
    struct hash_key key;     /* of hosts */
};

static void learn_countries(struct suffix_list *l)
{
    char tld[3] = "aa";

    for (int i = 0; i < COUNTRIES; i++) {
        tld[0] = (char)('a' + i / 26);
        tld[1] = (char)('a' + i % 26);
        l->country[i] = psl_is_public_suffix2(l->psl, tld, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
    }
}

struct suffix_list *suffix_list_open(struct mem *m, const char *file)
{
    struct suffix_list *l = mem_zalloc(m, sizeof(*l));

    if (!l)
        return NULL;
    l->mem = m;
    if (file)
        l->psl = l->loaded = psl_load_file(file);
    else
        l->psl = psl_builtin();
    if (!l->psl) {
        suffix_list_close(l);
        return NULL;
    }
    learn_countries(l);
    return l;
}

void suffix_list_close(struct suffix_list *l)
{
    if (!l)
        return;
    psl_free(l->loaded);
    if (l->rules)
        mem_free(l->mem, l->rules, sizeof(*l->rules));
    mem_free(l->mem, l, sizeof(*l));
}

const char *suffix_builtin_file(void)
{
    return psl_builtin_filename();
}

const char *suffix_builtin_sha1(void)
{
    return psl_builtin_sha1sum();
}

void suffix_list_rules(struct suffix_list *l, struct span text)
{
    if (!l->rules)
        l->rules = mem_zalloc(l->mem, sizeof(*l->rules));
    if (l->rules)
        suffix_rules_add(l->rules, text);
}

struct suffix *suffix_new_by(struct mem *m, const struct suffix_list *l, const struct hash_key *key)
{
    struct suffix *s = mem_zalloc(m, sizeof(*s));

    if (!s)
        return NULL;
    s->mem = m;
    s->key = *key;
    s->list = l;
    s->tails = mem_zalloc(m, TAILS * sizeof(*s->tails));
    s->hosts = mem_zalloc(m, HOSTS * sizeof(*s->hosts));
    if (!s->tails || !s->hosts) {
        suffix_free(s);
        return NULL;
    }
    return s;
}

struct suffix *suffix_new(struct mem *m, const char *file, const struct hash_key *key)
{
    struct suffix_list *l = suffix_list_open(m, file);
    struct suffix *s = l ? suffix_new_by(m, l, key) : NULL;

    if (s)
        s->own = l;
    else
        suffix_list_close(l);
    return s;
}

void suffix_free(struct suffix *s)
{
    if (!s)
        return;
    suffix_list_close(s->own);
    mem_free(s->mem, s->tails, TAILS * sizeof(*s->tails));
    mem_free(s->mem, s->hosts, HOSTS * sizeof(*s->hosts));
    mem_free(s->mem, s, sizeof(*s));
}

void suffix_use(struct suffix *s, const struct suffix_list *l)
{
    suffix_list_close(s->own);
    s->own = NULL;
    s->list = l;
    memset(s->tails, 0, TAILS * sizeof(*s->tails));
    memset(s->hosts, 0, HOSTS * sizeof(*s->hosts));
}

/* Below 2^bits. */
static unsigned place_of(struct span name, unsigned bits)
{
    uint64_t h = name.n, word = 0;

    for (; name.n >= 8; name = span_from(name, 8)) {
        memcpy(&word, name.p, 8);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    word = 0;
    if (name.n)
        memcpy(&word, name.p, name.n);
    return (unsigned)((h ^ word) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits));
}

enum { TAIL_BITS = 12 };
_Static_assert(TAILS == 1 << TAIL_BITS, "place_of gives a place among them");

/* name: at most HOST_MAX bytes, none of them 0. */
static bool ask(const struct suffix *s, struct span name, enum question q)
{
    static const int types[QUESTIONS] = {
        [IS_SUFFIX] = PSL_TYPE_ANY, [IS_TLD] = PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE, [IS_ICANN] = PSL_TYPE_ICANN};
    char text[HOST_MAX + 1];

    if (name.n)
        memcpy(text, name.p, name.n);
    text[name.n] = 0;
    return psl_is_public_suffix2(s->list->psl, text, types[q]) != 0;
}

/* keep: the answer is worth a place. */
static bool answer(const struct suffix *s, struct span name, enum question q, bool keep)
{
    struct tail *t = &s->tails[(place_of(name, TAIL_BITS) + q * (TAILS / QUESTIONS)) % TAILS];

    if (!name.n || name.n > TAIL_BYTES)
        return ask(s, name, q);
    if (t->n != name.n || t->question != q || memcmp(t->text, name.p, name.n)) {
        if (!keep)
            return ask(s, name, q);
        t->n = (uint8_t)name.n;
        t->question = q;
        memcpy(t->text, name.p, name.n);
        t->yes = ask(s, name, q);
    }
    return t->yes;
}

/* Where the label in front of host[at - 1], a dot, begins: at first or behind it. */
static size_t label_before(struct span host, size_t first, size_t at)
{
    for (at--; at > first && host.p[at - 1] != '.';)
        at--;
    return at;
}

/* Where the last LABELS labels of host begin: libpsl looks no further, lest a name of many dots cost its square. */
static size_t last_labels(struct span host)
{
    unsigned dots = 0;

    for (size_t at = host.n; at; at--)
        if (host.p[at - 1] == '.' && ++dots == LABELS)
            return at;
    return 0;
}

static bool is_name(struct span host)
{
    return host.n && host.n <= HOST_MAX && !memchr(host.p, 0, host.n);
}

/* As psl_registrable_domain: one label more than the longest tail that is a suffix. Most tails are known to be none by the rules,
 * which are smaller than what is remembered of tails. Where the domain begins; host.n: there is none. */
static size_t look_up(const struct suffix *s, struct span host)
{
    size_t first = last_labels(host), at = first, dot;

    if (!is_name(host) || host.p[0] == '.')
        return host.n;
    for (;; at = dot + 1) {
        if (s->list->rules)
            at = suffix_rules_next(s->list->rules, host, at);
        dot = span_find(host, at, '.');
        if (dot == host.n || answer(s, span_from(host, at), IS_SUFFIX, at > 0))
            return at > first ? label_before(host, first, at) : host.n;
    }
}

/* The places of a host by its hash, and what is kept of that in them. */
static uint64_t *places_of(const struct suffix *s, uint64_t hash, uint64_t *kept)
{
    *kept = (hash & ~(uint64_t)(MARK | AT)) + (hash <= (MARK | AT) ? (MARK | AT) + 1 : 0);
    return &s->hosts[WAYS * (hash % (HOSTS / WAYS))];
}

/* NULL: the host is not known. Both are looked at without a jump, which would have to wait for them; that it is known is foreseen. */
static uint64_t *place_known(uint64_t *place, uint64_t kept)
{
    place += (place[1] ^ kept) <= (MARK | AT);
    return (*place ^ kept) <= (MARK | AT) ? place : NULL;
}

/* Where the domain of a host that is known, or was looked up now, begins. */
static size_t domain_at(const struct suffix *s, struct span host, uint64_t hash)
{
    uint64_t kept, *place = places_of(s, hash, &kept), *known = place_known(place, kept);

    if (known)
        return *known & AT;
    kept |= look_up(s, host);
    place[1] = place[0];
    place[0] = kept;
    return kept & AT;
}

uint64_t suffix_ask(const struct suffix *s, struct span host)
{
    uint64_t hash = siphash13(&s->key, host), kept;

    __builtin_prefetch(places_of(s, hash, &kept), 1);
    return hash;
}

struct span suffix_answer(const struct suffix *s, struct span host, uint64_t hash)
{
    size_t at;

    if (!host.n || host.n > HOST_MAX)
        return (struct span){NULL, 0};
    at = domain_at(s, host, hash);
    return at < host.n ? span_from(host, at) : (struct span){NULL, 0};
}

struct span suffix_registrable(const struct suffix *s, struct span host)
{
    return suffix_answer(s, host, host.n ? siphash13(&s->key, host) : 0);
}

uint64_t suffix_hash(const struct suffix *s, struct span host)
{
    return siphash13(&s->key, host);
}

bool suffix_marked(const struct suffix *s, uint64_t hash, size_t at)
{
    uint64_t kept, *place = places_of(s, hash, &kept);

    place = place_known(place, kept);
    return place && *place == (kept | MARK | at);
}

bool suffix_mark(const struct suffix *s, uint64_t hash, size_t at)
{
    uint64_t kept, *place = places_of(s, hash, &kept);

    place = place_known(place, kept);
    if (!place || (*place | MARK) != (kept | MARK | at))
        return false;
    *place |= MARK;
    return true;
}

void suffix_unmark(const struct suffix *s)
{
    for (unsigned i = 0; i < HOSTS; i++)
        s->hosts[i] &= ~(uint64_t)MARK;
}

bool suffix_is_tld(const struct suffix *s, struct span tld)
{
    if (tld.n == 2 && (uint8_t)(tld.p[0] - 'a') < 26 && (uint8_t)(tld.p[1] - 'a') < 26)
        return s->list->country[(tld.p[0] - 'a') * 26 + (tld.p[1] - 'a')];
    return is_name(tld) && !memchr(tld.p, '.', tld.n) && answer(s, tld, IS_TLD, true);
}

bool suffix_is_icann(const struct suffix *s, struct span host)
{
    if (!is_name(host) || (s->list->rules && !suffix_rules_may(s->list->rules, host)))
        return false;
    return answer(s, host, IS_ICANN, true);
}
