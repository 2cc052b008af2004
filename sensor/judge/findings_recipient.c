/* SPDX-License-Identifier: Apache-2.0 */
/* findings_recipient: the recipient's own address inside a link, plain, percent-encoded or in base64. */
#include "sensor/judge/findings_case.h"

#include "decoders/base/scan.h"

enum { ADDRESS_MAX = 254, BASE64_MAX = (ADDRESS_MAX + 2) / 3 * 4 };

static struct span inside_brackets(struct span path)
{
    path = span_trim(path);
    if (path.n && path.p[0] == '<')
        path = span_from(path, 1);
    return span_head(path, span_find(path, 0, '>'));
}

/* Standard alphabet; the last group, which depends on what follows, is left out. */
static size_t base64_of(struct span s, uint8_t out[BASE64_MAX])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;

    for (size_t i = 0; i + 3 <= s.n; i += 3) {
        uint32_t v = (uint32_t)s.p[i] << 16 | (uint32_t)s.p[i + 1] << 8 | s.p[i + 2];

        for (int shift = 18; shift >= 0; shift -= 6)
            out[n++] = (uint8_t)alphabet[v >> shift & 63];
    }
    return n;
}

/* An address that is looked for. */
struct wanted {
    struct span local, domain;
    uint8_t base64[BASE64_MAX];
    size_t base64_n; /* 0: too short to mean anything */
};

/* False where nothing can be looked for. */
static bool want(struct wanted *w, struct span address)
{
    w->domain = host_of_address(address);
    if (!w->domain.n || address.n > ADDRESS_MAX)
        return false;
    w->local = span_head(address, address.n - w->domain.n - 1);
    if (span_find(w->local, 0, '@') < w->local.n) /* quoted; and then no mark is looked at twice */
        return false;
    w->base64_n = base64_of(address, w->base64);
    if (w->base64_n < 8)
        w->base64_n = 0;
    return true;
}

/* "local" before the mark at i, an @ or a %40, and the domain behind it. */
static bool stands_at(const struct wanted *w, struct span url, size_t i, size_t mark)
{
    return i >= w->local.n && span_eq_nocase(span_of(url.p + i - w->local.n, w->local.n), w->local) &&
           span_starts_nocase(span_from(url, i + mark), w->domain);
}

/* The address, at place i, where an @, a %4 or the beginning of its base64 was found. */
static bool holds_at(const struct wanted *w, struct span url, size_t i)
{
    if (url.p[i] == '@')
        return stands_at(w, url, i, 1);
    if (url.p[i] == '%')
        return i + 2 < url.n && url.p[i + 2] == '0' && stands_at(w, url, i, 3);
    return i + w->base64_n <= url.n && bytes_eq(url.p + i, w->base64, w->base64_n);
}

/* One look at most URLs, for all three. Without base64 its pair is the other one's, and never found. */
static bool holds(const struct wanted *w, struct span url)
{
    const uint8_t pairs[4] = {'%', '4', w->base64_n ? w->base64[0] : '%', w->base64_n ? w->base64[1] : '4'};

    for (size_t i = scan_at_or_pairs(url, 0, pairs); i < url.n; i = scan_at_or_pairs(url, i + 1, pairs))
        if (holds_at(w, url, i))
            return true;
    return false;
}

static bool names(const struct link *l, const struct wanted *w, size_t n)
{
    if (l->in == LINK_IN_HEADER || span_eq(l->scheme, SPAN("mailto")))
        return false;
    for (size_t k = 0; k < n; k++)
        if (holds(&w[k], l->url))
            return true;
    return false;
}

/* A mail to many cannot name each: the first recipients, and the first links, are enough. */
struct span link_names_recipient(const struct finding_case *c)
{
    const struct record *r = c->r;
    struct wanted w[LIMIT_FINDING_RCPT];
    size_t n = 0;

    for (uint32_t k = 0; k < r->rcpt_n && k < LIMIT_FINDING_RCPT && r->links_n; k++)
        n += want(&w[n], inside_brackets(r->rcpt[k].path));
    for (uint32_t i = 0; n && i < r->links_n && i < LIMIT_FINDING_PAIRS; i++)
        if (names(&r->links[i], w, n))
            return r->links[i].url;
    return nothing();
}
