/* SPDX-License-Identifier: Apache-2.0 */
/* authentication: "method=verdict (comment) ptype.property=value" pairs, comments stepped over. */
#include "decoders/mail/authentication.h"

#include "decoders/base/scan.h"
#include "decoders/mail/field_word.h"

/* Behind the comment at i, which may hold others. */
static size_t skip_comment(struct span s, size_t i)
{
    int depth = 0;

    do {
        depth += s.p[i] == '(' ? 1 : -1;
        i = depth ? scan_any3(s, i + 1, '(', ')', ')') : i + 1;
    } while (depth && i < s.n);
    return i;
}

/* Behind blanks and comments. */
static size_t skip(struct span s, size_t i)
{
    while (i < s.n && (field_blank(s.p[i]) || s.p[i] == '('))
        i = s.p[i] == '(' ? skip_comment(s, i) : i + 1;
    return i;
}

/* One "key=value" or lone word at i. */
struct pair {
    struct span key, value; /* value absent for a lone word */
};

static size_t read_value(struct span s, size_t i, struct span *value)
{
    size_t end;

    if (i < s.n && s.p[i] == '"') {
        end = span_find(s, i + 1, '"');
        *value = span_of(s.p + i + 1, end - i - 1);
        return end < s.n ? end + 1 : end;
    }
    end = field_word_end(s, i, FIELD_WORD);
    *value = span_of(s.p + i, end - i);
    return end;
}

/* False at the end. */
static bool next_pair(struct span s, size_t *at, struct pair *p)
{
    size_t end;

    p->value = (struct span){NULL, 0};
    *at = skip(s, *at);
    while (*at < s.n && s.p[*at] == ';')
        *at = skip(s, *at + 1);
    if (*at >= s.n)
        return false;
    end = field_word_end(s, *at, FIELD_WORD_EQUALS);
    p->key = span_of(s.p + *at, end - *at);
    *at = skip(s, end);
    if (*at < s.n && s.p[*at] == '=')
        *at = read_value(s, skip(s, *at + 1), &p->value);
    return true;
}

/* Part behind the last @, without the brackets of an address; absent where nothing is left. */
static struct span domain_part(struct span s)
{
    struct span domain = s;

    for (size_t i = span_find(s, 0, '@'); i < s.n; i = span_find(s, i + 1, '@'))
        domain = span_from(s, i + 1);
    while (domain.n && (domain.p[domain.n - 1] == '>' || domain.p[domain.n - 1] == '.'))
        domain.n--;
    if (domain.n && domain.p[0] == '<')
        domain = span_from(domain, 1);
    return domain.n ? domain : (struct span){NULL, 0};
}

static void set(struct span *slot, struct span value)
{
    if (!slot->p && value.n)
        *slot = value;
}

/* "dkim/1" is dkim in its version 1. */
static struct span *verdict_slot(struct authentication *out, struct span key)
{
    key = span_head(key, span_find(key, 0, '/'));
    if (span_eq_nocase(key, SPAN("spf")))
        return &out->spf;
    if (span_eq_nocase(key, SPAN("dkim")))
        return &out->dkim;
    if (span_eq_nocase(key, SPAN("dmarc")))
        return &out->dmarc;
    return span_eq_nocase(key, SPAN("arc")) ? &out->arc : NULL;
}

struct results {
    struct authentication *out;
    bool dkim_counts; /* the dkim verdict being read is the one kept */
    bool weak_spf_domain;
};

/* Of several signatures one that passes is kept, else the first. */
static void take_verdict(struct results *r, struct span *slot, struct span verdict)
{
    struct authentication *out = r->out;

    if (slot != &out->dkim) {
        set(slot, verdict);
        return;
    }
    r->dkim_counts = !slot->p || (!span_eq_nocase(*slot, SPAN("pass")) &&
                                  span_eq_nocase(verdict, SPAN("pass")));
    if (!r->dkim_counts)
        return;
    *slot = verdict;
    out->dkim_domain = (struct span){NULL, 0};
}

static void take_property(struct results *r, const struct pair *p)
{
    struct authentication *out = r->out;

    if (span_eq_nocase(p->key, SPAN("smtp.mailfrom")) || span_eq_nocase(p->key, SPAN("smtp.mail"))) {
        if (r->weak_spf_domain || !out->spf_domain.p)
            out->spf_domain = domain_part(p->value);
        r->weak_spf_domain = !out->spf_domain.p;
    } else if (span_eq_nocase(p->key, SPAN("smtp.helo")) && !out->spf_domain.p) {
        out->spf_domain = domain_part(p->value);
        r->weak_spf_domain = true;
    } else if (r->dkim_counts && span_eq_nocase(p->key, SPAN("header.d"))) {
        out->dkim_domain = domain_part(p->value);
    } else if (r->dkim_counts && span_eq_nocase(p->key, SPAN("header.i"))) {
        set(&out->dkim_domain, domain_part(p->value));
    }
}

void authentication_results_parse(struct span value, struct authentication *out)
{
    struct results r = {out, false, false};
    size_t at = 0;
    struct pair p;

    set(&out->by, authentication_results_by(value));

    while (next_pair(value, &at, &p)) {
        struct span *slot = p.value.p ? verdict_slot(out, p.key) : NULL;

        if (slot)
            take_verdict(&r, slot, p.value);
        else if (p.value.p)
            take_property(&r, &p);
    }
}

struct span authentication_results_by(struct span value)
{
    struct span by = {NULL, 0};
    size_t at = 0;
    struct pair p;

    if (next_pair(value, &at, &p) && !p.value.p)
        set(&by, p.key);
    return by;
}

/* The address, or the first word, behind "domain of " up to the comment's end. */
static struct span designated(struct span s, size_t i)
{
    struct span first = {NULL, 0};

    while (i < s.n && s.p[i] != ')') {
        size_t end = i;

        while (end < s.n && !field_blank(s.p[end]) && s.p[end] != ')')
            end++;
        if (!first.p && end > i)
            first = span_of(s.p + i, end - i);
        if (span_find(span_head(s, end), i, '@') < end)
            return span_of(s.p + i, end - i);
        i = end + (end < s.n && s.p[end] != ')');
    }
    return first;
}

/* "(receiver: domain of a@b designates 1.2.3.4 as permitted sender)", where no properties say it. */
static void read_spf_comment(struct span value, struct authentication *out)
{
    size_t open = span_find(value, 0, '('), colon = span_find(value, open, ':');
    size_t of = span_find_span(value, open, SPAN("domain of "));

    if (colon < value.n && colon < of)
        set(&out->by, span_trim(span_of(value.p + open + 1, colon - open - 1)));
    if (of < value.n)
        set(&out->spf_domain, domain_part(designated(value, of + sizeof("domain of ") - 1)));
}

void received_spf_parse(struct span value, struct authentication *out)
{
    struct span mail_from = {NULL, 0}, helo = {NULL, 0};
    bool begun = false;
    size_t at = 0;
    struct pair p;

    while (next_pair(value, &at, &p)) {
        if (!begun && !p.value.p)
            set(&out->spf, p.key);
        begun = true;
        if (span_eq_nocase(p.key, SPAN("receiver")))
            set(&out->by, p.value);
        else if (span_eq_nocase(p.key, SPAN("envelope-from")))
            mail_from = domain_part(p.value);
        else if (span_eq_nocase(p.key, SPAN("helo")))
            helo = p.value;
    }
    set(&out->spf_domain, mail_from);
    set(&out->spf_domain, helo);
    read_spf_comment(value, out);
}
