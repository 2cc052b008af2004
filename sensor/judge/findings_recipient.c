/* SPDX-License-Identifier: Apache-2.0 */
/* findings_recipient: the recipient's own address inside a link, plain, percent-encoded or in base64. */
#include "sensor/judge/findings_case.h"

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

/* At the @ and the %40 of url: "local" before it and the domain behind. */
static bool holds_address(struct span url, struct span local, struct span domain)
{
    for (size_t i = 0; i < url.n; i++) {
        struct span rest = span_from(url, i);
        size_t mark = rest.p[0] == '@' ? 1 : rest.p[0] == '%' && span_starts_nocase(rest, SPAN("%40")) ? 3 : 0;

        if (mark && i >= local.n && span_eq_nocase(span_of(url.p + i - local.n, local.n), local) &&
            span_starts_nocase(span_from(rest, mark), domain))
            return true;
    }
    return false;
}

static bool names(const struct link *l, struct span address)
{
    struct span domain = host_of_address(address), local;
    uint8_t base64[BASE64_MAX];
    size_t n;

    if (!domain.n || address.n > ADDRESS_MAX || l->in == LINK_IN_HEADER || span_eq(l->scheme, SPAN("mailto")))
        return false;
    local = span_head(address, address.n - domain.n - 1);
    if (span_find(local, 0, '@') < local.n) /* quoted; and then no mark is looked at twice */
        return false;
    if (holds_address(l->url, local, domain))
        return true;
    n = base64_of(address, base64);
    return n >= 8 && span_find_span(l->url, 0, span_of(base64, n)) < l->url.n;
}

/* A mail to many cannot name each: the first recipients, and the first links, are enough. */
struct span link_names_recipient(const struct finding_case *c)
{
    const struct record *r = c->r;

    for (uint32_t i = 0; i < r->links_n && i < LIMIT_FINDING_PAIRS; i++)
        for (uint32_t k = 0; k < r->rcpt_n && k < LIMIT_FINDING_RCPT; k++)
            if (names(&r->links[i], inside_brackets(r->rcpt[k].path)))
                return r->links[i].url;
    return nothing();
}
