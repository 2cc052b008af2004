/* SPDX-License-Identifier: Apache-2.0 */
/* block_rules: each doubt decides against blocking: a phishing mail that comes once more does less harm than a provider that is cut off. */
#include "sensor/export/block_rules.h"

static bool in_nets(const struct ip_net *nets, unsigned n, const struct ip_addr *ip)
{
    for (unsigned i = 0; i < n; i++)
        if (ip_in_net(ip, &nets[i]))
            return true;
    return false;
}

static bool brand_sends_from(const struct brands *b, const struct mail_facts *f, const struct ip_addr *ip)
{
    for (uint32_t i = 0; i < brands_count(b); i++) {
        const struct brand *brand = brands_at(b, i);

        if (brand_owns_address(brand, ip) || (f->asn && f->asn <= UINT32_MAX && brand_owns_asn(brand, (uint32_t)f->asn)))
            return true;
    }
    return false;
}

static bool found(const struct mail_facts *f, const char *id)
{
    for (unsigned i = 0; i < f->findings_n; i++)
        if (span_eq(f->findings[i], span_cstr(id)))
            return true;
    return false;
}

static struct span lower_name(struct span s, char name[256])
{
    while (s.n && s.p[s.n - 1] == '.')
        s.n--;
    s = span_head(s, 255);
    for (size_t i = 0; i < s.n; i++)
        name[i] = (char)ascii_lower(s.p[i]);
    return span_of(name, s.n);
}

/* A reverse name is its owner's word, so one that is refuted says nothing; and a subscriber's line is no machine of its
 * provider's. */
static enum block_verdict by_reverse_name(const struct judge *j, const struct mail_facts *f)
{
    char name[256];
    struct span ptr = lower_name(f->ptr, name);

    if (!ptr.n || found(f, "ptr.not_confirmed") || found(f, "ptr.dynamic"))
        return BLOCK_LISTED;
    if (brand_of_domain(j->brands, ptr))
        return BLOCK_BRAND;
    if (list_has(j->lists, LIST_FREE_MAIL, ptr))
        return BLOCK_FREE_MAIL;
    return list_has(j->lists, LIST_BULK_SENDER, ptr) ? BLOCK_BULK_SENDER : BLOCK_LISTED;
}

enum block_verdict block_rule_address(const struct blocklist_options *o, const struct mail_facts *f, const struct ip_addr *ip)
{
    if (in_nets(o->home, o->home_n, ip))
        return BLOCK_HOME;
    if (in_nets(o->trusted, o->trusted_n, ip))
        return BLOCK_TRUSTED;
    if (!ip_is_public(ip))
        return BLOCK_NOT_PUBLIC;
    if (brand_sends_from(o->judge->brands, f, ip))
        return BLOCK_BRAND;
    return by_reverse_name(o->judge, f);
}

/* docs.google.com is under google.com: who blocks that blocks both. */
static bool is_under(struct span name, struct span domain)
{
    return name.n > domain.n && name.p[name.n - domain.n - 1] == '.' && span_ends_nocase(name, domain);
}

static bool brand_under(const struct brands *b, struct span domain)
{
    for (uint32_t i = 0; i < brands_count(b); i++)
        for (uint32_t k = 0; k < brands_at(b, i)->domains_n; k++)
            if (is_under(brands_at(b, i)->domains[k], domain))
                return true;
    return false;
}

static bool on_list(const struct domain_lists *l, enum domain_list which, struct span domain)
{
    if (list_has(l, which, domain))
        return true;
    for (uint32_t i = 0; i < list_count(l, which); i++)
        if (is_under(list_at(l, which, i), domain))
            return true;
    return false;
}

/* As brands and lists may have it, in punycode or in Unicode. */
static enum block_verdict by_name(const struct judge *j, struct span domain)
{
    static const struct {
        enum domain_list list;
        enum block_verdict verdict;
    } lists[] = {{LIST_FREE_MAIL, BLOCK_FREE_MAIL},     {LIST_SHORTENER, BLOCK_SHORTENER},     {LIST_REDIRECTOR, BLOCK_REDIRECTOR},
                 {LIST_SHARED_HOST, BLOCK_SHARED_HOST}, {LIST_BULK_SENDER, BLOCK_BULK_SENDER}};

    if (brand_of_domain(j->brands, domain) || brand_under(j->brands, domain))
        return BLOCK_BRAND;
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        if (on_list(j->lists, lists[i].list, domain))
            return lists[i].verdict;
    return BLOCK_LISTED;
}

enum block_verdict block_rule_domain(const struct blocklist_options *o, struct span name)
{
    uint8_t unicode[UNICODE_NAME_OUT];
    size_t n = unicode_name_to_unicode(o->judge->unicode, name, unicode);
    enum block_verdict v = by_name(o->judge, name);

    return v == BLOCK_LISTED && n ? by_name(o->judge, span_of(unicode, n)) : v;
}

/* Two labels or more of letters, digits and hyphens between them, the last one no number (RFC 1123 2.1, RFC 3696 2). */
static bool is_name(struct span s)
{
    size_t label = 0, labels = 1;
    bool number = true;

    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (c == '.') {
            if (!label || s.p[i - 1] == '-')
                return false;
            label = 0, number = true, labels++;
            continue;
        }
        if (!ascii_alnum(c) && (c != '-' || !label))
            return false;
        number = number && ascii_digit(c);
        if (++label > 63)
            return false;
    }
    return label && labels > 1 && !number && s.p[s.n - 1] != '-';
}

size_t block_name_read(const struct judge *j, struct span s, char name[BLOCK_NAME_MAX + 1])
{
    uint8_t ascii[UNICODE_NAME_OUT];
    char lower[256];
    size_t n;

    if (!s.n || s.n > 255)
        return 0;
    s = lower_name(s, lower);
    n = unicode_name_to_ascii(j->unicode, s, ascii);
    if (n)
        s = span_of(ascii, n);
    if (!s.n || s.n > BLOCK_NAME_MAX || !is_name(s))
        return 0;
    memcpy(name, s.p, s.n);
    name[s.n] = 0;
    return s.n;
}

bool block_link_followed(struct span in, struct span tag)
{
    static const char *const followed[] = {"bare", "a", "area", "form", "button", "input", "meta", "iframe", "frame", "base"};

    if (span_eq(in, SPAN("header")))
        return false;
    for (size_t i = 0; i < sizeof(followed) / sizeof(*followed); i++)
        if (span_eq(tag, span_cstr(followed[i])))
            return true;
    return !tag.n;
}
