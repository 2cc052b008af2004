/* SPDX-License-Identifier: Apache-2.0 */
/* kind_value: the folding of redis_values, for one value that was typed. */
#include "sensor/console/kind_value.h"

#include <stdio.h>

#include "decoders/base/endpoint.h"
#include "sensor/judge/subject_key.h"
#include "sensor/language.h"

bool kind_is_host(enum redis_kind k)
{
    switch (k) {
    case KIND_HELO:
    case KIND_PTR:
    case KIND_FROM_DOMAIN:
    case KIND_ENVELOPE_DOMAIN:
    case KIND_HOST:
    case KIND_DOMAIN:
    case KIND_TLD:
    case KIND_RCPT_DOMAIN:
        return true;
    default:
        return false;
    }
}

static void add_form(struct kind_value *v, struct span form)
{
    for (unsigned i = 0; i < v->n; i++)
        if (span_eq(v->forms[i], form))
            return;
    if (form.n && v->n < KIND_VALUE_FORMS)
        v->forms[v->n++] = form;
}

static struct span escaped(struct arena *a, struct span s)
{
    struct buf text;
    struct span out;

    buf_init(&text, a->mem, 4 * s.n + 64);
    key_text(&text, s);
    out = arena_dup(a, buf_span(&text));
    buf_free(&text);
    return out;
}

static struct span folded_host(struct arena *a, struct span s)
{
    uint8_t *copy;

    while (s.n && s.p[s.n - 1] == '.')
        s.n--;
    copy = arena_alloc(a, s.n + 1);
    for (size_t i = 0; copy && i < s.n; i++)
        copy[i] = ascii_lower(s.p[i]);
    return span_of(copy, copy ? s.n : 0);
}

/* As the sensors write an IPv4 client that a server calls ::ffff:a.b.c.d; then as it was typed: a link may have that as its host. */
static bool read_ip(struct kind_value *v, struct arena *a, struct span typed, char why[128])
{
    char text[IP_TEXT];
    struct ip_addr ip, plain;

    if (!ip_parse(typed, &ip)) {
        snprintf(why, 128, _("is no IP address"));
        return false;
    }
    plain = ip;
    ip_unmap(&plain);
    add_form(v, arena_dup(a, span_of(text, ip_format(&plain, text))));
    add_form(v, arena_dup(a, span_of(text, ip_format(&ip, text))));
    snprintf(why, 128, _("cannot be kept: no memory"));
    return v->n > 0;
}

static bool read_net(struct kind_value *v, struct arena *a, struct span typed, char why[128])
{
    char text[IP_TEXT + 8];
    struct ip_net net;
    size_t n;

    if (!ip_net_parse(typed, &net)) {
        snprintf(why, 128, _("is no network, such as 203.0.113.0/24"));
        return false;
    }
    n = ip_format(&net.ip, text);
    n += (size_t)snprintf(text + n, sizeof(text) - n, "/%u", net.bits);
    add_form(v, arena_dup(a, span_of(text, n)));
    snprintf(why, 128, _("cannot be kept: no memory"));
    return v->n > 0;
}

bool kind_value_read(struct kind_value *v, struct arena *a, enum redis_kind k, const char *typed, char why[128])
{
    struct span s = span_cstr(typed);

    v->n = 0;
    if (k == KIND_IP || k == KIND_CLAIMED_IP || k == KIND_LINK_IP)
        return read_ip(v, a, s, why);
    if (k == KIND_NET)
        return read_net(v, a, s, why);
    if (k == KIND_ASN && span_starts_nocase(s, SPAN("AS")))
        s = span_from(s, 2);
    if (kind_is_host(k))
        add_form(v, escaped(a, folded_host(a, s)));
    else
        add_form(v, escaped(a, s));
    if (k == KIND_SUBJECT)
        add_form(v, escaped(a, subject_key(a, s)));
    add_form(v, s);
    if (!v->n)
        snprintf(why, 128, _("is no value of this kind"));
    return v->n > 0;
}
