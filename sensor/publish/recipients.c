/* SPDX-License-Identifier: Apache-2.0 */
/* recipients: known recipients found in any text by their separator, and replaced. */
#include "sensor/publish/recipients.h"

#include "sensor/publish/text_marks.h"
#include "sensor/publish/url_password.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/random.h>

enum {
    KNOWN_MAX = LIMIT_SMTP_RCPT + 2 * LIMIT_ADDRESSES + LIMIT_RECEIVED,
    SLOTS = 4096,         /* power of two, over twice KNOWN_MAX: probes stay short */
    LOCAL_MAX = LIMIT_SMTP_PATH, /* RFC 5321 4.5.3.1.1 says 64; "reply+" and a token are longer */
    DOMAIN_MAX = 255,     /* RFC 5321 4.5.3.1.2 */
    HMAC_TEXT = 16        /* bytes shown, 32 hex digits */
};

struct known {
    struct span local, domain;
    uint64_t hash;
};

struct redactor {
    struct mem *mem;
    struct recipients_policy policy;
    uint64_t domains[4]; /* a bit for the hash of each known domain: other addresses are told at once */
    uint64_t base; /* random odd: nobody outside can make two addresses collide */
    uint32_t n;
    struct known known[KNOWN_MAX];
    uint16_t slot[SLOTS]; /* 1 + index into known; 0 = free */
    struct rewriter passwords, recipients;
    char hmac[2 * HMAC_TEXT + 1];
};

static bool next_recipient(void *ctx, struct span view, size_t from, struct rewriter_cut *cut);
static bool recipient_possible(struct span s);

struct redactor *redactor_new(struct mem *m, const struct recipients_policy *policy)
{
    struct redactor *x;

    x = mem_zalloc(m, sizeof(*x));
    if (!x)
        return NULL;
    x->mem = m;
    x->policy = *policy;
    if (getrandom(&x->base, sizeof(x->base), 0) != sizeof(x->base))
        x->base = (uint64_t)(uintptr_t)x * 0x9e3779b97f4a7c15ULL;
    x->base |= 1;
    rewriter_init(&x->passwords, m);
    x->passwords.next = url_password_next;
    x->passwords.possible = url_password_possible;
    x->passwords.possible_coded = url_password_coded;
    rewriter_init(&x->recipients, m);
    x->recipients.next = next_recipient;
    x->recipients.possible = recipient_possible;
    x->recipients.ctx = x;
    return x;
}

void redactor_free(struct redactor *x)
{
    if (!x)
        return;
    rewriter_free(&x->passwords);
    rewriter_free(&x->recipients);
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

static void note_domain(struct redactor *x, uint64_t h)
{
    x->domains[h >> 62] |= (uint64_t)1 << (h >> 56 & 63);
}

static bool may_be_domain(const struct redactor *x, uint64_t h)
{
    return x->domains[h >> 62] >> (h >> 56 & 63) & 1;
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
    k.domain.n -= k.domain.p[k.domain.n - 1] == '.';
    k.hash = domain_hash(x, k.domain);
    note_domain(x, k.hash);
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
    x->passwords.withheld = x->recipients.withheld = false;
    if (x->policy.mode == RECIPIENTS_FULL)
        return;
    memset(x->slot, 0, sizeof(x->slot));
    memset(x->domains, 0, sizeof(x->domains));
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

/* Where the next separator stands: @, or = (VERP); s.n where there is none. */
static size_t next_separator(struct span s, size_t from)
{
    static const bool is_one[256] = {['@'] = true, ['='] = true};

    while (from < s.n && !is_one[s.p[from]])
        from++;
    return from;
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

    if (!may_be_domain(x, h))
        return NULL;
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

/* Behind the first word of ASCII in s from `from` on that other letters follow; s.n where there is none. */
static size_t ascii_end(struct span s, size_t from)
{
    for (size_t i = from + 1; i < s.n; i++)
        if (s.p[i] >= 0x80 && s.p[i - 1] < 0x80 && ascii_alnum(s.p[i - 1]))
            return i;
    return s.n;
}

/* In front of the extension of a file's name, where s ends with one. */
static size_t before_extension(struct span s)
{
    static const char *const extensions[] = {"htm", "html", "shtml", "xhtml", "svg", "pdf", "doc", "docx", "docm", "xls",
                                             "xlsx", "xlsm", "ppt", "pptx", "rtf", "txt", "csv", "eml", "msg", "ics", "zip",
                                             "rar", "7z", "gz", "iso", "img", "jpg", "jpeg", "png", "gif", "js", "lnk", "exe"};
    size_t dot = s.n;

    while (dot && s.p[dot - 1] != '.')
        dot--;
    for (size_t i = 0; dot && i < sizeof(extensions) / sizeof(*extensions); i++)
        if (span_eq_nocase(span_from(s, dot), span_cstr(extensions[i])))
            return dot - 1;
    return s.n;
}

static size_t last_dot(struct span s)
{
    size_t at = s.n;

    while (at && s.p[at - 1] != '.')
        at--;
    return at;
}

/* The same where a word may be glued to the domain: Japanese has no blank behind an address, and files are named
 * after people. One label more is another domain. The domain found is put into *domain. */
static const struct known *match(const struct redactor *x, struct span s, size_t floor, size_t end,
                                 struct span *domain, size_t *start)
{
    size_t ends[] = {domain->n, before_extension(*domain), span_find(*domain, 0, '_'),
                     ascii_end(*domain, last_dot(*domain)), ascii_end(*domain, 0)};
    const struct known *k = NULL;

    for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends) && !k; i++) {
        if (!ends[i] || (i && ends[i] == domain->n))
            continue;
        k = match_before(x, s, floor, end, span_head(*domain, ends[i]), start);
        if (k)
            domain->n = ends[i];
    }
    return k;
}

static struct span shown_instead(struct redactor *x, const struct known *k)
{
    uint8_t mac[EVP_MAX_MD_SIZE], address[LOCAL_MAX + DOMAIN_MAX + 1];
    unsigned mac_n = 0;
    size_t n = 0;

    if (x->policy.mode != RECIPIENTS_HMAC)
        return SPAN("");
    for (size_t i = 0; i < k->local.n && n < LOCAL_MAX; i++)
        address[n++] = ascii_lower(k->local.p[i]);
    address[n++] = '@';
    for (size_t i = 0; i < k->domain.n && n < sizeof(address); i++)
        address[n++] = ascii_lower(k->domain.p[i]);
    HMAC(EVP_sha256(), x->policy.key.p, (int)x->policy.key.n, address, n, mac, &mac_n);
    for (unsigned i = 0; i < HMAC_TEXT && i < mac_n; i++)
        snprintf(x->hmac + 2 * i, 3, "%02x", mac[i]);
    return span_cstr(x->hmac);
}

/* For the rewriter: the first known recipient whose separator is at or behind from. */
static bool next_recipient(void *ctx, struct span view, size_t from, struct rewriter_cut *cut)
{
    struct redactor *x = ctx;

    for (size_t i = next_separator(view, from); i < view.n; i = next_separator(view, i + 1)) {
        struct span domain = domain_at(view, i + 1);
        const struct known *k = domain.n ? match(x, view, from, i, &domain, &cut->start) : NULL;
        if (!k)
            continue;
        cut->with = shown_instead(x, k);
        cut->keep = i;
        cut->kept = i + 1;
        cut->end = cut->kept + (x->policy.mode == RECIPIENTS_NONE ? domain.n : 0);
        return true;
    }
    return false;
}

/* An @ or =, or what may be an escape of one. */
static bool recipient_possible(struct span s)
{
    static const char escapes[] = "@=%+-";

    for (size_t i = 0; i < sizeof(escapes) - 1; i++)
        if (s.n && memchr(s.p, escapes[i], s.n))
            return true;
    return false;
}

bool redactor_withheld(const struct redactor *x)
{
    return x && (x->passwords.withheld || x->recipients.withheld);
}

struct span redactor_apply(const struct redactor *x, struct span s)
{
    return x && s.n ? redactor_apply_marked(x, s, text_marks(s)) : s;
}

struct span redactor_apply_marked(const struct redactor *cx, struct span s, unsigned marks)
{
    struct redactor *x = (struct redactor *)(uintptr_t)cx;

    if (url_password_anywhere(s, marks))
        s = rewriter_apply(&x->passwords, s);
    return x->n && s.n ? rewriter_apply(&x->recipients, s) : s;
}

bool redactor_only_marked(const struct redactor *x)
{
    return x && !x->n;
}

struct span redactor_mailbox(const struct redactor *x, struct span mailbox)
{
    if (!x || x->policy.mode == RECIPIENTS_FULL)
        return redactor_apply(x, mailbox);
    return redactor_address(x, bare_address(mailbox));
}

struct span redactor_address(const struct redactor *x, struct span path)
{
    if (x && x->policy.mode == RECIPIENTS_NONE)
        return (struct span){NULL, 0};
    return redactor_apply(x, path);
}
