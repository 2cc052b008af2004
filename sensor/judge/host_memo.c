/* SPDX-License-Identifier: Apache-2.0 */
/* host_memo: one place a hash; the newer host has it. Domains have places of their own: a domain's hosts share the dearest. Of
 * most of both there is nothing to say: such hosts have a mark where the suffixes remember them, which was asked when the link was
 * found; such domains are a hash in a set. */
#include "sensor/judge/host_memo.h"

#include "sensor/judge/name_sound.h"

/* Places; the quiet domains are 64 KB, of which a mail touches its own: an hour's newsletters link to thousands. A host that is
 * not known costs some five thousand instructions. */
enum { QUIET_DOMAINS = 8192, HOSTS = 1024, DOMAINS = 512, WORDS = 512 };

/* What depends on the domain alone. */
struct domain_facts {
    struct lookalike_found found;
    enum lookalike like;
    bool random;
};

/* A word that is not plain, for whose look ICU takes six thousand instructions. */
struct word_place {
    uint64_t hash;
    const struct brand *brand;
};

/* number: of the judge from whom the places borrow; 0: none. marks: of whom the marks at the suffixes speak. Hashes are 0 where a place
 * is free; a host's is with the length of its domain. They stand apart from the facts: a host that is new asks for its hash in vain, and of
 * places with their facts a line each would be cold. */
struct host_memo {
    struct mem *mem;
    struct hash_key key;
    unsigned long number, marks;
    uint64_t quiet_domains[QUIET_DOMAINS], hosts[HOSTS], domains[DOMAINS]; /* hashes */
    struct host_facts host_facts[HOSTS];
    struct domain_facts domain_facts[DOMAINS];
    struct word_place words[WORDS];
};

struct host_memo *host_memo_new(struct mem *m, const struct hash_key *key)
{
    struct host_memo *x = mem_zalloc(m, sizeof(*x));

    if (!x)
        return NULL;
    x->mem = m;
    x->key = *key;
    return x;
}

void host_memo_free(struct host_memo *x)
{
    if (x)
        mem_free(x->mem, x, sizeof(*x));
}

static void turn_to(struct host_memo *x, const struct judge *j)
{
    unsigned long number = j ? j->number : 0;

    if (x->number == number)
        return;
    memset(x->quiet_domains, 0, sizeof(x->quiet_domains));
    memset(x->hosts, 0, sizeof(x->hosts));
    memset(x->domains, 0, sizeof(x->domains));
    memset(x->words, 0, sizeof(x->words));
    x->number = number;
}

static uint64_t hash_of(const struct host_memo *x, struct span name)
{
    uint64_t hash = siphash13(&x->key, name);

    return hash + !hash;
}

/* --- domains --- */

/* Names that people chose stand before a public suffix; what a CDN makes up stands under its own. */
static bool is_random(const struct suffix *s, struct span domain)
{
    size_t dot = span_find(domain, 0, '.');

    return domain.n && name_is_random(span_head(domain, dot)) && suffix_is_icann(s, span_from(domain, dot + 1));
}

static struct domain_facts look_at_domain(const struct judge *j, const struct suffix *s, struct span host, struct span domain)
{
    struct domain_facts f = {.random = is_random(s, domain)};

    if (j)
        f.like = brands_lookalike_domain(j->brands, domain.n ? domain : host, &f.found);
    return f;
}

/* Its hash, and its place is asked for: of a new domain it lies in no cache. A host without a domain has no place among them, since it
 * would meet the domain of that name: 0. */
static uint64_t ask_for_domain(const struct host_memo *x, struct span domain)
{
    uint64_t hash = x && domain.n ? hash_of(x, domain) : 0;

    if (hash)
        __builtin_prefetch(&x->quiet_domains[hash % QUIET_DOMAINS], 1);
    return hash;
}

/* hash: what ask_for_domain gave. */
static struct domain_facts domain_facts(struct host_memo *x, const struct judge *j, const struct suffix *s, struct span host,
                                        struct span domain, uint64_t hash)
{
    struct domain_facts f = {.random = false};
    size_t at = hash % DOMAINS;

    if (!hash)
        return look_at_domain(j, s, host, domain);
    if (x->quiet_domains[hash % QUIET_DOMAINS] == hash)
        return f;
    if (x->domains[at] == hash)
        return x->domain_facts[at];
    f = look_at_domain(j, s, host, domain);
    if (f.random || f.like != LOOKALIKE_NONE) {
        x->domains[at] = hash;
        x->domain_facts[at] = f;
    } else {
        x->quiet_domains[hash % QUIET_DOMAINS] = hash;
    }
    return f;
}

/* --- hosts --- */

static bool is_idn(struct span host)
{
    size_t at = span_find_span(host, 0, SPAN("xn--"));

    while (at < host.n && at && host.p[at - 1] != '.')
        at = span_find_span(host, at + 1, SPAN("xn--"));
    return at < host.n || !span_is_ascii(host);
}

/* Owner and lists. */
static void look_at_tails(const struct judge *j, struct span host, struct host_facts *f)
{
    struct name_tails tails;

    name_tails_of(&tails, host);
    f->owner = brand_of_tails(j->brands, &tails);
    f->shortener = list_has_tail(j->lists, LIST_SHORTENER, &tails);
    f->redirector = list_has_tail(j->lists, LIST_REDIRECTOR, &tails);
}

/* As brands_lookalike, with what is known of the domain. */
static void look_for_brands(const struct brands *b, struct span host, struct host_facts *f)
{
    if (f->owner)
        f->like = LOOKALIKE_NONE;
    else if (f->like == LOOKALIKE_NONE)
        f->like = brands_lookalike_inside(b, host, &f->found);
}

static struct host_facts look_at_host(struct host_memo *x, const struct judge *j, const struct suffix *s, struct span host,
                                      struct span domain)
{
    uint64_t hash = ask_for_domain(x, domain);
    struct host_facts f = {.idn = is_idn(host)};
    struct domain_facts d;

    if (j)
        look_at_tails(j, host, &f);
    d = domain_facts(x, j, s, host, domain, hash);
    f.like = d.like;
    f.found = d.found;
    f.random = d.random;
    if (j)
        look_for_brands(j->brands, host, &f);
    f.any = f.owner || f.like != LOOKALIKE_NONE || f.shortener || f.redirector || f.random || f.idn;
    return f;
}

static void turn_marks_to(struct host_memo *x, const struct suffix *s)
{
    if (x->marks != x->number)
        suffix_unmark(s);
    x->marks = x->number;
}

/* The domain is known by its length. */
void host_facts(struct host_memo *x, const struct judge *j, const struct suffix *s, struct span host, struct span domain,
                struct host_facts *out)
{
    uint64_t hash, own;
    size_t at;

    *out = (struct host_facts){.any = false};
    if (!x) {
        *out = look_at_host(x, j, s, host, domain);
        return;
    }
    turn_to(x, j);
    turn_marks_to(x, s);
    hash = suffix_hash(s, host);
    if (suffix_marked(s, hash, host.n - domain.n))
        return;
    own = hash + domain.n;
    own += !own;
    at = own % HOSTS;
    if (x->hosts[at] == own) {
        *out = x->host_facts[at];
        return;
    }
    *out = look_at_host(x, j, s, host, domain);
    if (out->any || !suffix_mark(s, hash, host.n - domain.n)) {
        x->hosts[at] = own;
        x->host_facts[at] = *out;
    }
}

/* --- words --- */

const struct brand *host_memo_look(struct host_memo *x, const struct judge *j, struct span word)
{
    struct word_place *p;
    uint64_t hash;

    if (!x)
        return brand_of_look(j->brands, word);
    turn_to(x, j);
    hash = hash_of(x, word);
    p = &x->words[hash % WORDS];
    if (p->hash != hash) {
        p->brand = brand_of_look(j->brands, word);
        p->hash = hash;
    }
    return p->brand;
}
