/* SPDX-License-Identifier: Apache-2.0 */
/* recipients: known recipients found in any text by their separator, and replaced. */
#include "sensor/publish/recipients.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/random.h>

enum {
    KNOWN_MAX = LIMIT_SMTP_RCPT + 2 * LIMIT_ADDRESSES + LIMIT_RECEIVED,
    SLOTS = 4096,         /* power of two, over twice KNOWN_MAX: probes stay short */
    LOCAL_MAX = LIMIT_SMTP_PATH, /* RFC 5321 4.5.3.1.1 says 64; "reply+" and a token are longer */
    DOMAIN_MAX = 255,     /* RFC 5321 4.5.3.1.2 */
    HMAC_TEXT = 16,       /* bytes shown, 32 hex digits */
    OUT_MAX = 1024 * 1024, /* one redacted text; the largest value of a record is far below */
    CODED_MIN = 8,        /* a@b.cd in base64 */
    AGAIN_MAX = 4,
    CODED_MAX = 4096      /* letters of one run looked at: a whole URL's */
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
    struct buf out, whole;      /* text without its recipients; text with its base64 runs written anew */
    uint8_t decoded[CODED_MAX]; /* one run */
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
    buf_init(&x->whole, m, OUT_MAX);
    return x;
}

void redactor_free(struct redactor *x)
{
    if (!x)
        return;
    buf_free(&x->out);
    buf_free(&x->whole);
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

/* Whether a known recipient stands in s in clear; then x->out is s without it. */
static bool apply_clear(struct redactor *x, struct span s)
{
    size_t kept = 0;

    buf_clear(&x->out);
    for (size_t i = 0; i < s.n; i++) {
        size_t sep_n = separator(s, i), start = 0;
        struct span domain;
        const struct known *k;

        if (!sep_n)
            continue;
        domain = domain_at(s, i + sep_n);
        k = domain.n ? match(x, s, kept, i, &domain, &start) : NULL;
        if (!k)
            continue;
        buf_add(&x->out, span_of(s.p + kept, start - kept));
        kept = put_replacement(x, k, s, i, sep_n, domain);
    }
    if (kept)
        buf_add(&x->out, span_from(s, kept));
    return kept > 0;
}

/* --- base64, as links carry whom they were sent to --- */

static size_t coded_run(struct span s, size_t from)
{
    size_t n = 0;

    while (from + n < s.n && n < CODED_MAX && ascii_alnum(s.p[from + n]))
        n++;
    return n;
}

static unsigned sextet(uint8_t c)
{
    if (ascii_digit(c))
        return c - '0' + 52U;
    return c >= 'a' ? c - 'a' + 26U : c - 'A' + 0U;
}

/* Of the alphabet only letters and digits: an address in ASCII makes no + and, but for ? and DEL, no /, and
 * both may stand around it in a URL. */
static struct span decode(uint8_t *out, struct span run)
{
    uint32_t bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < run.n; i++) {
        bits = bits << 6 | sextet(run.p[i]);
        if (i % 4)
            out[n++] = (uint8_t)(bits >> (6 - i % 4 * 2));
    }
    return span_of(out, n);
}

static void encode(struct buf *out, struct span s)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < s.n; i += 3) {
        size_t n = s.n - i < 3 ? s.n - i : 3;
        uint32_t bits = (uint32_t)s.p[i] << 16 | (n > 1 ? (uint32_t)s.p[i + 1] << 8 : 0) | (n > 2 ? s.p[i + 2] : 0U);

        for (size_t k = 0; k <= n; k++)
            buf_add_byte(out, (uint8_t)letters[bits >> (18 - 6 * k) & 63]);
    }
}

/* The run begins where the coding does, or up to three letters before it. */
static bool apply_run(struct redactor *x, struct span run)
{
    for (size_t skip = 0; skip < 4 && run.n - skip >= CODED_MIN; skip++) {
        if (!apply_clear(x, decode(x->decoded, span_from(run, skip))))
            continue;
        buf_add(&x->whole, span_head(run, skip));
        encode(&x->whole, buf_span(&x->out));
        return true;
    }
    return false;
}

/* Whether a known recipient stands in s in base64; then x->whole is s without it. */
static bool apply_coded(struct redactor *x, struct span s)
{
    size_t kept = 0, n;

    buf_clear(&x->whole);
    for (size_t i = 0; i < s.n; i += n ? n : 1) {
        size_t before = x->whole.n;

        n = coded_run(s, i);
        if (n < CODED_MIN)
            continue;
        buf_add(&x->whole, span_of(s.p + kept, i - kept));
        if (apply_run(x, span_of(s.p + i, n)))
            kept = i + n;
        else
            x->whole.n = before;
    }
    if (kept)
        buf_add(&x->whole, span_from(s, kept));
    return kept > 0;
}

/* What a replacement leaves may, with its neighbours, spell another recipient (a=b@c without its a is =b@c):
 * it is looked at again, and a text that goes on like that is withheld. */
static struct span settled(struct redactor *x)
{
    for (int again = 0; again < AGAIN_MAX && !x->out.truncated; again++) {
        buf_clear(&x->whole);
        if (!buf_add(&x->whole, buf_span(&x->out)))
            break;
        if (!apply_clear(x, buf_span(&x->whole)))
            return buf_span(&x->whole);
    }
    return SPAN("");
}

struct span redactor_apply(const struct redactor *cx, struct span s)
{
    struct redactor *x = (struct redactor *)(uintptr_t)cx;
    bool coded;

    if (!x || !x->n || !s.n)
        return s;
    coded = apply_coded(x, s);
    if (coded && x->whole.truncated)
        return SPAN("");
    if (coded)
        s = buf_span(&x->whole);
    return apply_clear(x, s) ? settled(x) : s;
}

struct span redactor_address(const struct redactor *x, struct span path)
{
    if (x && x->policy.mode == RECIPIENTS_NONE)
        return (struct span){NULL, 0};
    return redactor_apply(x, path);
}
