/* SPDX-License-Identifier: Apache-2.0 */
/* suffix: the only file that includes libpsl. */
#include "decoders/link/suffix.h"

#include <libpsl.h>

#include "decoders/link/suffix_rules.h"

enum { HOST_MAX = 255, COUNTRIES = 26 * 26, TAILS = 4096, HOSTS = 32768, WAYS = 2, TAIL_BYTES = 62, LABELS = 9 };

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
 * the newer one first. Of it the upper 56 bits of its hash are kept and, below them, where its registrable domain begins: n
 * where it has none. 0: free. So all hosts take 256 KB: with their texts it was a megabyte, and each look a wait for memory. */
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

static bool terminated(struct span host, char text[HOST_MAX + 1])
{
    if (!host.n || host.n > HOST_MAX || memchr(host.p, 0, host.n))
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = 0;
    return true;
}

/* Below 2^bits. */
static unsigned place_of(const char *text, size_t n, unsigned bits)
{
    uint64_t h = n, word = 0;

    for (; n >= 8; n -= 8, text += 8) {
        memcpy(&word, text, 8);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, text, n);
    return (unsigned)((h ^ word) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits));
}

enum { TAIL_BITS = 12 };
_Static_assert(TAILS == 1 << TAIL_BITS, "place_of gives a place among them");

static bool ask(const struct suffix *s, const char *text, size_t n, enum question q)
{
    static const int types[QUESTIONS] = {
        [IS_SUFFIX] = PSL_TYPE_ANY, [IS_TLD] = PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE, [IS_ICANN] = PSL_TYPE_ICANN};

    if (s->list->rules && !suffix_rules_may(s->list->rules, span_of(text, n)))
        return false;
    return psl_is_public_suffix2(s->list->psl, text, types[q]) != 0;
}

/* text: n bytes and a NUL. keep: the answer is worth a place. */
static bool answer(const struct suffix *s, const char *text, size_t n, enum question q, bool keep)
{
    struct tail *t = &s->tails[(place_of(text, n, TAIL_BITS) + q * (TAILS / QUESTIONS)) % TAILS];

    if (!n || n > TAIL_BYTES)
        return ask(s, text, n, q);
    if (t->n != n || t->question != q || memcmp(t->text, text, n)) {
        if (!keep)
            return ask(s, text, n, q);
        t->n = (uint8_t)n;
        t->question = q;
        memcpy(t->text, text, n);
        t->yes = ask(s, text, n, q);
    }
    return t->yes;
}

/* Where the last LABELS labels of text begin: libpsl looks no further, lest a name of many dots cost its
 * square. */
static const char *last_labels(const char *text, size_t n)
{
    unsigned dots = 0;

    for (const char *p = text + n; p-- > text;)
        if (*p == '.' && ++dots == LABELS)
            return p + 1;
    return text;
}

/* As psl_registrable_domain: one label more than the longest tail that is a suffix. */
static struct span look_up(const struct suffix *s, struct span host)
{
    char text[HOST_MAX + 1];
    const char *at, *found = NULL, *end, *dot;

    if (!terminated(host, text) || text[0] == '.')
        return (struct span){NULL, 0};
    end = text + host.n;
    for (at = last_labels(text, host.n); !answer(s, at, (size_t)(end - at), IS_SUFFIX, at > text); at = dot + 1) {
        dot = memchr(at, '.', (size_t)(end - at));
        if (!dot)
            break;
        found = at;
    }
    return found ? span_from(host, (size_t)(found - text)) : (struct span){NULL, 0};
}

/* Where the domain of a host that is known, or was looked up now, begins. */
static size_t domain_at(const struct suffix *s, struct span host)
{
    uint64_t hash = siphash13(&s->key, host), tag = (hash & ~(uint64_t)0xff) + (hash < 256 ? 256 : 0);
    uint64_t *known = &s->hosts[WAYS * (hash % (HOSTS / WAYS))];
    struct span domain;

    for (int i = 0; i < WAYS; i++)
        if ((known[i] & ~(uint64_t)0xff) == tag)
            return known[i] & 0xff;
    domain = look_up(s, host);
    known[1] = known[0];
    known[0] = tag | (domain.p ? (uint64_t)(domain.p - host.p) : host.n);
    return known[0] & 0xff;
}

struct span suffix_registrable(const struct suffix *s, struct span host)
{
    size_t at;

    if (!host.n || host.n > HOST_MAX)
        return (struct span){NULL, 0};
    at = domain_at(s, host);
    return at < host.n ? span_from(host, at) : (struct span){NULL, 0};
}

bool suffix_is_tld(const struct suffix *s, struct span tld)
{
    char text[HOST_MAX + 1];

    if (tld.n == 2 && (uint8_t)(tld.p[0] - 'a') < 26 && (uint8_t)(tld.p[1] - 'a') < 26)
        return s->list->country[(tld.p[0] - 'a') * 26 + (tld.p[1] - 'a')];
    if (!tld.n || memchr(tld.p, '.', tld.n) || !terminated(tld, text))
        return false;
    return answer(s, text, tld.n, IS_TLD, true);
}

bool suffix_is_icann(const struct suffix *s, struct span host)
{
    char text[HOST_MAX + 1];

    return terminated(host, text) && answer(s, text, host.n, IS_ICANN, true);
}
