/* SPDX-License-Identifier: Apache-2.0 */
/* format_stix: one STIX 2.1 bundle: what was seen of a mail as observed-data, what may be blocked as indicators. */
#include "sensor/export/block_head.h"
#include "sensor/export/escape_forms.h"
#include "sensor/export/json_object.h"
#include "sensor/export/uuid.h"
#include "sensor/language.h"

enum { ID = 64, REFS = 160, NAME_MAX_BYTES = 1 << 20 };

static struct json writer(struct export *x, bool comma)
{
    return (struct json){.out = x->out, .redact = x->redactor, .comma = comma};
}

/* Ids of the objects that one mail's observed-data points at. */
struct refs {
    char id[REFS][ID];
    unsigned n;
};

static void sensor_id(char id[ID])
{
    char uuid[UUID_TEXT];

    uuid_named(uuid_of_mxtap, SPAN("stix identity mxtap"), uuid);
    snprintf(id, ID, "identity--%s", uuid);
}

static void open_domain_object(struct json *j, const char *type, const char *id, const char *created, const char *modified)
{
    char sensor[ID];

    sensor_id(sensor);
    json_open(j, NULL, '{');
    json_word(j, "type", type);
    json_word(j, "spec_version", "2.1");
    json_word(j, "id", id);
    if (strcmp(type, "identity") != 0)
        json_word(j, "created_by_ref", sensor);
    json_word(j, "created", created);
    json_word(j, "modified", modified);
}

static void begin(struct export *x)
{
    char text[64], uuid[UUID_TEXT], id[ID], now[JSON_TIME];
    struct json j = writer(x, false);

    json_object_now(x, now);
    snprintf(text, sizeof(text), "stix bundle %lld", (long long)x->o->now_s);
    uuid_named(uuid_of_mxtap, span_cstr(text), uuid);
    snprintf(id, sizeof(id), "bundle--%s", uuid);
    json_open(&j, NULL, '{');
    json_word(&j, "type", "bundle");
    json_word(&j, "id", id);
    json_open(&j, "objects", '[');
    sensor_id(id);
    open_domain_object(&j, "identity", id, "2023-07-01T00:00:00.000Z", "2023-07-01T00:00:00.000Z");
    json_word(&j, "name", "mxtap " MXTAP_VERSION);
    json_word(&j, "identity_class", "system");
    json_close(&j, '}');
}

static void add_ref(struct refs *r, const char *id)
{
    for (unsigned i = 0; i < r->n; i++)
        if (strcmp(r->id[i], id) == 0)
            return;
    if (r->n < REFS)
        snprintf(r->id[r->n++], ID, "%s", id);
}

/* The id of an observable that name tells: in STIX' own space its properties as canonical JSON, and nothing else (2.9). True where it was
 * not written before. */
static bool new_observable(struct export *x, struct refs *r, const char *type, const uint8_t space[UUID_BYTES], struct span name, char id[ID])
{
    char uuid[UUID_TEXT];
    uint32_t before = x->named.n;

    uuid_named(space, name, uuid);
    snprintf(id, ID, "%s--%s", type, uuid);
    add_ref(r, id);
    return value_set_add(&x->named, span_cstr(id)) != VALUE_NONE && x->named.n > before;
}

/* An observable that is its value: ipv4-addr, ipv6-addr, domain-name, url, email-addr. */
static void put_simple(struct export *x, struct refs *r, const char *type, struct span value, char id[ID])
{
    struct buf name;
    struct json canonical = {.out = &name, .redact = x->redactor}, j = writer(x, true);

    id[0] = 0;
    if (!export_shown(x, value).n)
        return;
    buf_init(&name, x->mem, NAME_MAX_BYTES);
    json_open(&canonical, NULL, '{');
    json_text(&canonical, "value", value);
    json_close(&canonical, '}');
    if (new_observable(x, r, type, uuid_of_stix, buf_span(&name), id)) {
        json_open(&j, NULL, '{');
        json_word(&j, "type", type);
        json_word(&j, "spec_version", "2.1");
        json_word(&j, "id", id);
        json_text(&j, "value", value);
        json_close(&j, '}');
    }
    buf_free(&name);
}

static void put_address(struct export *x, struct refs *r, struct span text)
{
    struct ip_addr ip;
    char id[ID];

    if (ip_parse(text, &ip))
        put_simple(x, r, ip.family == 4 ? "ipv4-addr" : "ipv6-addr", text, id);
}

static bool has_at(struct span s)
{
    size_t at = span_find(s, 0, '@');

    return at && at + 1 < s.n && s.n < 320;
}

/* Who the mail says it is from; "" where that is no address. */
static void put_mailbox(struct export *x, struct refs *r, struct span from, char id[ID])
{
    struct span address = json_object_address(from);

    id[0] = 0;
    if (has_at(address))
        put_simple(x, r, "email-addr", address, id);
}

static void put_header_field(struct json *j, const char *name, struct span value)
{
    if (!value.n)
        return;
    json_open(j, name, '[');
    json_text(j, NULL, value);
    json_close(j, ']');
}

static void put_message(struct export *x, struct refs *r, const struct mail_facts *f)
{
    char from[ID], name[80], id[ID], time[JSON_TIME];
    struct json j = writer(x, true);
    size_t n = mail_facts_count(f, "email.received");

    put_mailbox(x, r, f->from, from);
    snprintf(name, sizeof(name), "stix mail %llu %u", (unsigned long long)f->flow_id, f->tx_id);
    if (!new_observable(x, r, "email-message", uuid_of_mxtap, span_cstr(name), id))
        return;
    json_open(&j, NULL, '{');
    json_word(&j, "type", "email-message");
    json_word(&j, "spec_version", "2.1");
    json_word(&j, "id", id);
    buf_add(x->out, SPAN(",\"is_multipart\":false")); /* bodies are never kept */
    if (json_object_sent(f, time))
        json_word(&j, "date", time);
    if (from[0])
        json_word(&j, "from_ref", from);
    json_text(&j, "subject", f->subject);
    json_text(&j, "message_id", f->message_id);
    if (n) {
        json_open(&j, "received_lines", '[');
        for (size_t i = 0; i < n; i++)
            json_text(&j, NULL, fact_at(f, "email.received.*", i));
        json_close(&j, ']');
    }
    if (f->mailer.n) {
        json_open(&j, "additional_header_fields", '{');
        put_header_field(&j, "X-Mailer", mail_facts_text(f, "email.x_mailer"));
        put_header_field(&j, "User-Agent", mail_facts_text(f, "email.user_agent"));
        json_close(&j, '}');
    }
    json_close(&j, '}');
}

static void put_observed(struct export *x, const struct refs *r, const struct mail_facts *f)
{
    char name[80], uuid[UUID_TEXT], id[ID], time[JSON_TIME];
    struct json j = writer(x, true);

    snprintf(name, sizeof(name), "stix observed %llu %u", (unsigned long long)f->flow_id, f->tx_id);
    uuid_named(uuid_of_mxtap, span_cstr(name), uuid);
    snprintf(id, sizeof(id), "observed-data--%s", uuid);
    json_object_time(x, f, time);
    open_domain_object(&j, "observed-data", id, time, time);
    json_word(&j, "first_observed", time);
    json_word(&j, "last_observed", time);
    json_number(&j, "number_observed", 1);
    json_open(&j, "object_refs", '[');
    for (unsigned i = 0; i < r->n; i++)
        json_word(&j, NULL, r->id[i]);
    json_close(&j, ']');
    if (f->findings_n) {
        json_open(&j, "labels", '[');
        for (unsigned i = 0; i < f->findings_n; i++)
            json_text(&j, NULL, f->findings[i]);
        json_close(&j, ']');
    }
    json_close(&j, '}');
}

static void mail(struct export *x, const struct mail_facts *f)
{
    struct refs r = {.n = 0};
    char id[ID];

    put_address(x, &r, f->origin_ip);
    put_message(x, &r, f);
    for (unsigned i = 0; i < f->links_n; i++) {
        put_simple(x, &r, "url", f->links[i].url, id);
        put_address(x, &r, f->links[i].ip);
    }
    put_observed(x, &r, f);
}

static void put_indicator(struct export *x, const struct block_value *v)
{
    char name[300], uuid[UUID_TEXT], id[ID], time[JSON_TIME], now[JSON_TIME], text[80];
    struct json j = writer(x, true);
    struct buf pattern;

    buf_init(&pattern, x->mem, NAME_MAX_BYTES);
    buf_add(&pattern, v->kind == BLOCK_DOMAIN ? SPAN("[domain-name:value = ")
                      : v->ip.family == 4     ? SPAN("[ipv4-addr:value = ")
                                              : SPAN("[ipv6-addr:value = "));
    stix_literal(&pattern, v->text);
    buf_add_byte(&pattern, ']');
    snprintf(name, sizeof(name), "stix indicator %.*s", SPAN_FMT(span_head(v->text, 250)));
    uuid_named(uuid_of_mxtap, span_cstr(name), uuid);
    snprintf(id, sizeof(id), "indicator--%s", uuid);
    snprintf(time, sizeof(time), "%.10sT00:00:00.000Z", v->first[0] ? v->first : "1970-01-01");
    snprintf(text, sizeof(text), "score %llu, mails %u, last %s", (unsigned long long)v->score, v->mails, v->last);
    json_object_now(x, now); /* the same indicator says more the next time: the last one counts (STIX 2.1, Versioning) */
    open_domain_object(&j, "indicator", id, time, strcmp(now, time) > 0 ? now : time);
    json_text(&j, "name", v->text);
    json_word(&j, "description", text);
    json_open(&j, "indicator_types", '[');
    json_word(&j, NULL, "anomalous-activity");
    json_close(&j, ']');
    json_text(&j, "pattern", buf_span(&pattern));
    json_word(&j, "pattern_type", "stix");
    json_word(&j, "valid_from", time);
    json_close(&j, '}');
    buf_free(&pattern);
}

static void end(struct export *x)
{
    struct json j = writer(x, true);

    for (uint32_t i = 0; i < x->blocks->listed_n; i++)
        put_indicator(x, x->blocks->listed[i]);
    json_close(&j, ']');
    json_close(&j, '}');
    buf_add_byte(x->out, '\n');
}

const struct export_format format_stix = {.name = "stix", .does = N_("a STIX 2.1 bundle: mails, links, and indicators of what may be blocked"),
                                          .mails = true, .blocks = true, .shared = true, .begin = begin, .mail = mail, .end = end};
