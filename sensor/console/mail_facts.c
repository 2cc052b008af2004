/* SPDX-License-Identifier: Apache-2.0 */
/* mail_facts: jansson's values looked up by the names of RECORD.md. */
#define _GNU_SOURCE /* timegm */
#include "sensor/console/mail_facts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/console/kind_value.h"

enum { DEPTH = 16 };

static struct span text_of(const json_t *v)
{
    return json_is_string(v) ? span_of(json_string_value(v), json_string_length(v)) : span_of(NULL, 0);
}

static struct span text(const json_t *object, const char *name)
{
    return text_of(json_object_get(object, name));
}

static uint64_t number(const json_t *object, const char *name)
{
    json_int_t v = json_integer_value(json_object_get(object, name));

    return v > 0 ? (uint64_t)v : 0;
}

static void read_origin(struct mail_facts *f, const json_t *mxtap)
{
    const json_t *origin = json_object_get(mxtap, "origin"), *claimed = json_object_get(mxtap, "claimed");
    const json_t *hop = json_array_get(json_object_get(mxtap, "received"), 0);

    f->client_ip = text(json_object_get(mxtap, "client"), "ip");
    f->relay_ip = text(hop, "ip");
    f->origin_ip = text(origin, "ip");
    f->helo = text(origin, "helo");
    f->ptr = text(origin, "ptr");
    f->net = text(origin, "net");
    f->org = text(origin, "org");
    f->country = text(origin, "country");
    f->city = text(origin, "city");
    f->asn = number(origin, "asn");
    f->client_trusted = number(origin, "hop") > 0;
    f->claimed_ip = text(claimed, "ip");
    f->claimed_org = text(claimed, "org");
    f->claimed_country = text(claimed, "country");
}

static void read_links(struct mail_facts *f, const json_t *links)
{
    for (size_t i = 0; i < json_array_size(links) && f->links_n < FACT_LINKS; i++) {
        const json_t *l = json_array_get(links, i), *geo = json_object_get(l, "geo");

        f->links[f->links_n++] = (struct mail_link){
            text(l, "url"), text(l, "host"), text(l, "domain"), text(l, "path"), text(l, "tag"),
            text_of(json_array_get(json_object_get(l, "ip"), 0)),
            text(l, "text"), text(l, "wrapped"), text(geo, "org"), text(geo, "country"), number(geo, "asn")};
    }
    f->links_all = json_array_size(links);
}

static void add_text(struct span *list, unsigned *n, unsigned most, struct span s)
{
    if (s.n && *n < most)
        list[(*n)++] = s;
}

static void read_parts(struct mail_facts *f, const json_t *parts)
{
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *p = json_array_get(parts, i);

        f->parts_n++;
        f->parts_size += number(p, "size");
        add_text(f->files, &f->files_n, FACT_FILES, text(p, "filename"));
        if (text(p, "filename").n)
            add_text(f->hashes, &f->hashes_n, FACT_FILES, text(p, "sha256"));
    }
}

static void read_findings(struct mail_facts *f, const json_t *findings)
{
    f->findings_all = json_array_size(findings);
    for (size_t i = 0; i < f->findings_all && f->findings_n < FACT_FINDINGS; i++) {
        const json_t *one = json_array_get(findings, i);

        f->evidence[f->findings_n] = text(one, "evidence");
        f->weights[f->findings_n] = number(one, "weight");
        add_text(f->findings, &f->findings_n, FACT_FINDINGS, text(one, "id"));
    }
}

static void read_rcpt(struct mail_facts *f, const json_t *rcpt)
{
    for (size_t i = 0; i < json_array_size(rcpt); i++)
        add_text(f->rcpt, &f->rcpt_n, FACT_RCPT, text_of(json_array_get(rcpt, i)));
}

static void read_numbers(struct mail_facts *f, const json_t *mxtap)
{
    const json_t *date = json_object_get(mxtap, "date"), *os = json_object_get(mxtap, "os");

    f->zone = text(date, "zone");
    f->date_utc = text(date, "utc");
    f->os = text(os, "signature");
    f->os_guess = text(os, "guess");
    f->ja4 = text(json_object_get(mxtap, "tls"), "ja4");
    f->reply_text = text(json_object_get(mxtap, "reply"), "text");
    f->score = number(mxtap, "score");
    f->size = number(mxtap, "size");
}

static void read_mail(struct mail_facts *f, const json_t *doc, const json_t *mxtap)
{
    const json_t *smtp = json_object_get(doc, "smtp"), *email = json_object_get(doc, "email");

    f->mail_from = text(smtp, "mail_from");
    f->from = text(email, "from");
    f->subject = text(email, "subject");
    f->message_id = text(email, "message_id");
    f->date = text(email, "date");
    f->mailer = text(email, "x_mailer");
    if (!f->mailer.n)
        f->mailer = text(email, "user_agent");
    f->subject_key = text(mxtap, "subject_key");
    f->body_key = text(mxtap, "body_key");
    read_numbers(f, mxtap);
    read_origin(f, mxtap);
    if (!f->origin_ip.n)
        f->helo = text(smtp, "helo");
    read_links(f, json_object_get(mxtap, "links"));
    read_parts(f, json_object_get(mxtap, "parts"));
    read_findings(f, json_object_get(mxtap, "findings"));
    read_rcpt(f, json_object_get(smtp, "rcpt_to"));
}

bool mail_facts_read(struct mail_facts *f, struct span line)
{
    json_t *doc = json_loadb((const char *)line.p, line.n, JSON_ALLOW_NUL, NULL);
    const json_t *mxtap;

    memset(f, 0, sizeof(*f));
    if (!json_is_object(doc)) {
        json_decref(doc);
        return false;
    }
    f->doc = doc;
    mxtap = json_object_get(doc, "mxtap");
    f->timestamp = text(doc, "timestamp");
    f->event_type = text(doc, "event_type");
    f->flow_id = number(doc, "flow_id");
    f->tx_id = (uint32_t)number(doc, "tx_id");
    f->src_ip = text(doc, "src_ip");
    f->dest_ip = text(doc, "dest_ip");
    f->sensor = text(mxtap, "sensor");
    f->direction = text(mxtap, "direction");
    f->role = text(mxtap, "role");
    f->outcome = text(mxtap, "outcome");
    f->tls_how = text(json_object_get(mxtap, "tls"), "how");
    read_mail(f, doc, mxtap);
    if (!f->client_ip.n)
        f->client_ip = f->src_ip;
    return true;
}

void mail_facts_free(struct mail_facts *f)
{
    json_decref(f->doc);
    f->doc = NULL;
}

void mail_facts_counters(const struct mail_facts *f, void (*each)(void *ctx, struct span name, uint64_t value), void *ctx)
{
    json_t *counters = json_object_get(json_object_get(f->doc, "mxtap"), "counters");

    for (void *at = json_object_iter(counters); at; at = json_object_iter_next(counters, at)) {
        json_int_t v = json_integer_value(json_object_iter_value(at));

        each(ctx, span_cstr(json_object_iter_key(at)), v > 0 ? (uint64_t)v : 0);
    }
}

/* --- a field by its path --- */

static const json_t *at_path(const struct mail_facts *f, const char *path)
{
    const json_t *v = f->doc;
    char name[64];

    while (v && *path) {
        size_t n = strcspn(path, ".");

        snprintf(name, sizeof(name), "%.*s", (int)n, path);
        v = json_is_array(v) ? json_array_get(v, (size_t)strtoul(name, NULL, 10)) : json_object_get(v, name);
        path += n + (path[n] == '.');
    }
    return v;
}

struct span mail_facts_text(const struct mail_facts *f, const char *path)
{
    return text_of(at_path(f, path));
}

int64_t mail_facts_number(const struct mail_facts *f, const char *path)
{
    return json_integer_value(at_path(f, path));
}

size_t mail_facts_count(const struct mail_facts *f, const char *path)
{
    return json_array_size(at_path(f, path));
}

/* --- any field --- */

/* A record is five levels deep; what is deeper is none of ours and not looked at. */
static bool any_below(json_t *v, unsigned depth, bool (*is)(void *ctx, struct span text), void *ctx)
{
    char digits[32];

    if (json_is_string(v))
        return is(ctx, text_of(v));
    if (json_is_integer(v))
        return is(ctx, span_of(digits, (size_t)snprintf(digits, sizeof(digits), "%lld",
                                                        (long long)json_integer_value(v))));
    if (depth == DEPTH)
        return false;
    for (void *at = json_object_iter(v); at; at = json_object_iter_next(v, at))
        if (any_below(json_object_iter_value(at), depth + 1, is, ctx))
            return true;
    for (size_t i = 0; i < json_array_size(v); i++)
        if (any_below(json_array_get(v, i), depth + 1, is, ctx))
            return true;
    return false;
}

bool mail_facts_any(const struct mail_facts *f, bool (*is)(void *ctx, struct span text), void *ctx)
{
    return any_below(f->doc, 0, is, ctx);
}

/* --- kinds --- */

static bool same(struct span s, struct span value, bool host, struct buf *scratch)
{
    if (!s.n)
        return false;
    while (host && s.n && s.p[s.n - 1] == '.')
        s.n--;
    buf_clear(scratch);
    key_text(scratch, s);
    return host ? span_eq_nocase(buf_span(scratch), value) : span_eq(buf_span(scratch), value);
}

/* "Name <user@mail.example.net>" is of the domain example.net. */
static bool of_domain(struct span address, struct span domain)
{
    size_t at = address.n;

    while (address.n && (address.p[address.n - 1] == '>' || address.p[address.n - 1] == '.'))
        address.n--;
    if (address.n <= domain.n || !span_ends_nocase(address, domain))
        return false;
    at = address.n - domain.n;
    return address.p[at - 1] == '@' || address.p[at - 1] == '.';
}

/* The address in "Name <user@example.net>", or all of it. */
static struct span bare_address(struct span from)
{
    size_t open = from.n;

    while (open && from.p[open - 1] != '<')
        open--;
    return open ? span_head(span_from(from, open), span_find(span_from(from, open), 0, '>')) : span_trim(from);
}

static struct span last_label(struct span host)
{
    size_t at = host.n;

    while (at && host.p[at - 1] != '.')
        at--;
    return span_from(host, at);
}

static bool link_has(const struct mail_link *l, enum redis_kind k, struct span value, struct buf *scratch)
{
    switch (k) {
    case KIND_URL:
        return same(l->url, value, false, scratch);
    case KIND_HOST:
        return same(l->host, value, true, scratch);
    case KIND_DOMAIN:
        return same(l->domain, value, true, scratch);
    case KIND_TLD:
        return l->domain.n && same(last_label(l->host), value, true, scratch);
    case KIND_LINK_IP:
        return same(l->ip, value, false, scratch);
    default:
        return false;
    }
}

static bool list_has(const struct span *list, unsigned n, struct span value, struct buf *scratch)
{
    for (unsigned i = 0; i < n; i++)
        if (same(list[i], value, false, scratch))
            return true;
    return false;
}

static bool rcpt_has(const struct mail_facts *f, struct span value)
{
    for (unsigned i = 0; i < f->rcpt_n; i++)
        if (of_domain(f->rcpt[i], value))
            return true;
    return false;
}

static bool asn_is(const struct mail_facts *f, struct span value)
{
    char digits[32];

    return f->asn && span_eq(value, span_of(digits, (size_t)snprintf(digits, sizeof(digits), "%llu",
                                                                     (unsigned long long)f->asn)));
}

/* The one text that a mail has of a kind; absent for kinds of which it has many. */
static struct span single(const struct mail_facts *f, enum redis_kind k)
{
    switch (k) {
    case KIND_IP: return f->origin_ip;
    case KIND_NET: return f->net;
    case KIND_COUNTRY: return f->country;
    case KIND_CITY: return f->city;
    case KIND_HELO: return f->helo;
    case KIND_PTR: return f->ptr;
    case KIND_CLAIMED_IP: return f->claimed_ip;
    case KIND_FROM: return bare_address(f->from);
    case KIND_SUBJECT: return f->subject_key;
    case KIND_MAILER: return f->mailer;
    case KIND_TLS: return f->ja4;
    case KIND_OS: return f->os;
    default: return span_of(NULL, 0);
    }
}

bool mail_facts_has(const struct mail_facts *f, enum redis_kind k, struct span value, struct buf *scratch)
{
    for (unsigned i = 0; i < f->links_n; i++)
        if (link_has(&f->links[i], k, value, scratch))
            return true;
    switch (k) {
    case KIND_ASN:
        return asn_is(f, value);
    case KIND_FROM_DOMAIN:
        return of_domain(bare_address(f->from), value);
    case KIND_ENVELOPE_DOMAIN:
        return of_domain(f->mail_from, value);
    case KIND_RCPT_DOMAIN:
        return rcpt_has(f, value);
    case KIND_ATTACHMENT:
        return list_has(f->files, f->files_n, value, scratch) || list_has(f->hashes, f->hashes_n, value, scratch);
    case KIND_FINDING:
        return list_has(f->findings, f->findings_n, value, scratch);
    default:
        return same(single(f, k), value, kind_is_host(k) || k == KIND_FROM, scratch);
    }
}

bool mail_facts_counts(const struct mail_facts *f)
{
    return !span_eq(f->role, SPAN("submission")) && (!f->direction.n || span_eq(f->direction, SPAN("inbound")));
}

/* "2023-07-01T07:06:08.123456+0000" */
int64_t mail_facts_second(const struct mail_facts *f)
{
    struct tm tm = {0};
    char text[20];

    if (f->timestamp.n < 19)
        return 0;
    snprintf(text, sizeof(text), "%.19s", (const char *)f->timestamp.p);
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
               &tm.tm_sec) != 6)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    return timegm(&tm);
}
