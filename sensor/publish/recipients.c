/* SPDX-License-Identifier: Apache-2.0 */
/* recipients: known recipients found in any text by their separator, and replaced. */
#include "sensor/publish/recipients.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/random.h>

enum {
    KNOWN_MAX = LIMIT_SMTP_RCPT + 2 * LIMIT_ADDRESSES + LIMIT_RECEIVED,
    SLOTS = 4096,         /* power of two, over twice KNOWN_MAX: probes stay short */
    LOCAL_MAX = 64,       /* RFC 5321 4.5.3.1.1 */
    DOMAIN_MAX = 255,     /* RFC 5321 4.5.3.1.2 */
    HMAC_TEXT = 16,       /* bytes shown, 32 hex digits */
    OUT_MAX = 1024 * 1024 /* one redacted text; the largest value of a record is far below */
};

struct known {
    struct span local, domain;
    uint64_t hash;
};

struct redactor {
    struct mem *mem;
    struct recipients_policy policy;
    uint64_t base; /* random odd: nobody outside can make two addresses collide */
    uint32_t n;
    struct known known[KNOWN_MAX];
    uint16_t slot[SLOTS]; /* 1 + index into known; 0 = free */
    struct buf out;
};

struct redactor *redactor_new(struct mem *m, const struct recipients_policy *policy)
{
    struct redactor *x;

    if (policy->mode == RECIPIENTS_FULL)
        return NULL;
    x = mem_zalloc(m, sizeof(*x));
    if (!x)
        return NULL;
    x->mem = m;
    x->policy = *policy;
    if (getrandom(&x->base, sizeof(x->base), 0) != sizeof(x->base))
        x->base = (uint64_t)(uintptr_t)x * 0x9e3779b97f4a7c15ULL;
    x->base |= 1;
    buf_init(&x->out, m, OUT_MAX);
    return x;
}

void redactor_free(struct redactor *x)
{
    if (!x)
        return;
    buf_free(&x->out);
    mem_free(x->mem, x, sizeof(*x));
}

static uint64_t domain_hash(const struct redactor *x, struct span s)
{
    uint64_t h = 1;

    for (size_t i = 0; i < s.n; i++)
        h = h * x->base + ascii_lower(s.p[i]);
    return h;
}

/* The local part is hashed from its end to its start, so that a text can be searched leftwards from its
 * separator with one step a byte. */
static uint64_t local_step(const struct redactor *x, uint64_t h, uint8_t c)
{
    return h * x->base + ascii_lower(c) + 1;
}

static uint32_t slot_of(uint64_t h)
{
    return (uint32_t)(h >> 40) & (SLOTS - 1);
}

static const struct known *find(const struct redactor *x, uint64_t hash, struct span local, struct span domain)
{
    for (uint32_t i = slot_of(hash); x->slot[i]; i = (i + 1) & (SLOTS - 1)) {
        const struct known *k = &x->known[x->slot[i] - 1];

        if (k->hash == hash && span_eq_nocase(k->local, local) && span_eq_nocase(k->domain, domain))
            return k;
    }
    return NULL;
}

static void learn(struct redactor *x, struct span address)
{
    size_t at = address.n;
    struct known k;
    uint32_t i;

    while (at && address.p[at - 1] != '@')
        at--;
    if (at < 2 || at == address.n || x->n == KNOWN_MAX)
        return;
    k.local = span_head(address, at - 1);
    k.domain = span_from(address, at);
    k.hash = domain_hash(x, k.domain);
    for (size_t n = k.local.n; n; n--)
        k.hash = local_step(x, k.hash, k.local.p[n - 1]);
    if (find(x, k.hash, k.local, k.domain))
        return;
    x->known[x->n++] = k;
    for (i = slot_of(k.hash); x->slot[i];)
        i = (i + 1) & (SLOTS - 1);
    x->slot[i] = (uint16_t)x->n;
}

/* The address inside the last pair of angle brackets, or all of it. */
static struct span bare_address(struct span s)
{
    size_t open = s.n;

    s = span_trim(s);
    for (size_t i = s.n; i > 0 && open == s.n; i--)
        if (s.p[i - 1] == '<')
            open = i;
    if (open < s.n) {
        s = span_from(s, open);
        s = span_head(s, span_find(s, 0, '>'));
    }
    return s;
}

void redactor_begin(struct redactor *x, const struct record *r)
{
    if (!x)
        return;
    memset(x->slot, 0, sizeof(x->slot));
    x->n = 0;
    for (uint32_t i = 0; i < r->rcpt_n; i++)
        learn(x, bare_address(r->rcpt[i].path));
    for (uint32_t i = 0; i < r->email.to.n; i++)
        learn(x, bare_address(r->email.to.items[i]));
    for (uint32_t i = 0; i < r->email.cc.n; i++)
        learn(x, bare_address(r->email.cc.items[i]));
    for (uint32_t i = 0; i < r->hops_n; i++)
        learn(x, bare_address(r->hops[i].for_));
}

static bool in_domain(uint8_t c)
{
    return ascii_alnum(c) || c == '.' || c == '-' || c == '_' || c >= 0x80;
}

/* Length of the separator at i: 1 for @ and = (VERP), 3 for %40, else 0. */
static size_t separator(struct span s, size_t i)
{
    if (s.p[i] == '@' || s.p[i] == '=')
        return 1;
    return s.p[i] == '%' && s.n - i >= 3 && s.p[i + 1] == '4' && s.p[i + 2] == '0' ? 3 : 0;
}

static struct span domain_at(struct span s, size_t from)
{
    size_t n = 0;

    while (from + n < s.n && n < DOMAIN_MAX && in_domain(s.p[from + n]))
        n++;
    while (n && (s.p[from + n - 1] == '.' || s.p[from + n - 1] == '-'))
        n--;
    return span_of(s.p + from, n);
}

/* The known recipient whose local part ends at byte `end` of s (its separator) and has this domain: the
 * longest one. *start is where it begins. */
static const struct known *match_before(const struct redactor *x, struct span s, size_t floor, size_t end,
                                        struct span domain, size_t *start)
{
    uint64_t h = domain_hash(x, domain);
    const struct known *best = NULL;

    for (size_t i = end; i > floor && end - i < LOCAL_MAX; i--) {
        const struct known *k;

        h = local_step(x, h, s.p[i - 1]);
        k = find(x, h, span_of(s.p + i - 1, end - i + 1), domain);
        if (k) {
            best = k;
            *start = i - 1;
        }
    }
    return best;
}

static void put_hmac(struct redactor *x, const struct known *k)
{
    uint8_t mac[EVP_MAX_MD_SIZE], address[LOCAL_MAX + DOMAIN_MAX + 1];
    unsigned mac_n = 0;
    size_t n = 0;
    char hex[3];

    for (size_t i = 0; i < k->local.n && n < LOCAL_MAX; i++)
        address[n++] = ascii_lower(k->local.p[i]);
    address[n++] = '@';
    for (size_t i = 0; i < k->domain.n && n < sizeof(address); i++)
        address[n++] = ascii_lower(k->domain.p[i]);
    HMAC(EVP_sha256(), x->policy.key.p, (int)x->policy.key.n, address, n, mac, &mac_n);
    for (unsigned i = 0; i < HMAC_TEXT && i < mac_n; i++) {
        snprintf(hex, sizeof(hex), "%02x", mac[i]);
        buf_add(&x->out, span_of(hex, 2));
    }
}

/* Writes what stands for the recipient and its separator; returns where the text goes on. */
static size_t put_replacement(struct redactor *x, const struct known *k, struct span s, size_t sep,
                              size_t sep_n, struct span domain)
{
    if (x->policy.mode == RECIPIENTS_HMAC)
        put_hmac(x, k);
    buf_add(&x->out, span_of(s.p + sep, sep_n));
    if (x->policy.mode == RECIPIENTS_NONE)
        return sep + sep_n + domain.n;
    return sep + sep_n;
}

struct span redactor_apply(const struct redactor *cx, struct span s)
{
    struct redactor *x = (struct redactor *)(uintptr_t)cx;
    size_t kept = 0;

    if (!x || !x->n || !s.n)
        return s;
    buf_clear(&x->out);
    for (size_t i = 0; i < s.n; i++) {
        size_t sep_n = separator(s, i), start = 0;
        struct span domain;
        const struct known *k;

        if (!sep_n)
            continue;
        domain = domain_at(s, i + sep_n);
        k = domain.n ? match_before(x, s, kept, i, domain, &start) : NULL;
        if (!k)
            continue;
        buf_add(&x->out, span_of(s.p + kept, start - kept));
        kept = put_replacement(x, k, s, i, sep_n, domain);
    }
    if (!kept)
        return s;
    buf_add(&x->out, span_from(s, kept));
    return x->out.truncated ? SPAN("") : buf_span(&x->out);
}

struct span redactor_address(const struct redactor *x, struct span path)
{
    if (x && x->policy.mode == RECIPIENTS_NONE)
        return (struct span){NULL, 0};
    return redactor_apply(x, path);
}
