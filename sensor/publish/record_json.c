/* SPDX-License-Identifier: Apache-2.0 */
/* record_json: RECORD.md in code, key by key in its order. */
#include "sensor/publish/record_json.h"

#include <stdio.h>
#include <time.h>

#include "sensor/publish/json.h"
#include "sensor/publish/record_json_link.h"
#include "sensor/publish/record_json_mail.h"
#include "sensor/publish/recipients.h"
#include "sensor/publish/text_memo.h"

bool recipients_mode_parse(struct span s, enum recipients_mode *out)
{
    static const char *const names[] = {
        [RECIPIENTS_FULL] = "full",
        [RECIPIENTS_DOMAIN] = "domain",
        [RECIPIENTS_HMAC] = "hmac",
        [RECIPIENTS_NONE] = "none",
    };

    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (span_eq(s, span_cstr(names[i]))) {
            *out = (enum recipients_mode)i;
            return true;
        }
    }
    return false;
}

void json_ip_named(struct json *j, struct json_name name, size_t n, const struct ip_addr *a)
{
    struct span text = text_memo_ip(a);

    if (text.n)
        json_word_named(j, name, n, text);
}

void json_geo(struct json *j, const struct geo *g)
{
    if (g->asn)
        json_number(j, "asn", g->asn);
    json_text(j, "org", g->org);
    json_text(j, "country", g->country);
    json_text(j, "city", g->city);
    json_text(j, "net", g->net);
}

void json_geo_object(struct json *j, const char *key, const struct geo *g)
{
    if (!g->asn && !(g->org.n | g->country.n | g->city.n | g->net.n))
        return;
    json_open(j, key, '{');
    json_geo(j, g);
    json_close(j, '}');
}

/* A time with a year of more than four digits, as a broken capture may have. */
static void far_timestamp(struct json *j, int64_t seconds, int64_t rest)
{
    char day[32], text[64];
    time_t t = (time_t)seconds;
    struct tm tm;

    if (!gmtime_r(&t, &tm))
        return;
    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text, sizeof(text), "%s.%06d+0000", day, (int)rest);
    json_word(j, "timestamp", text);
}

/* EVE's form of a time: 2023-07-01T07:06:08.123456+0000. */
static void json_timestamp(struct json *j, int64_t ts_us)
{
    int64_t seconds = ts_us / 1000000, rest = ts_us % 1000000;
    struct span date;
    char text[64];
    size_t n;

    if (rest < 0) {
        rest += 1000000;
        seconds--;
    }
    date = text_memo_date(seconds);
    n = date.n;
    if (!n) {
        far_timestamp(j, seconds, rest);
        return;
    }
    memcpy(text, date.p, n);
    text[n - 1] = '.'; /* in place of the Z */
    for (size_t i = n + 6; i-- > n; rest /= 10)
        text[i] = (char)('0' + rest % 10);
    memcpy(text + n + 6, "+0000", 5);
    json_word_span(j, "timestamp", span_of(text, n + 11));
}

static void json_where(struct json *j, const struct record *r)
{
    if (r->live)
        json_text(j, "in_iface", r->source);
    else
        json_text(j, "pcap_filename", r->source);
    if (r->type == RECORD_STATS)
        return;
    json_ip(j, "src_ip", &r->src.ip);
    json_number(j, "src_port", r->src.port);
    json_ip(j, "dest_ip", &r->dst.ip);
    json_number(j, "dest_port", r->dst.port);
    json_word(j, "proto", "TCP");
    if (r->vlans) {
        json_open(j, "vlan", '[');
        for (unsigned i = 0; i < r->vlans; i++)
            json_number(j, NULL, r->vlan[i]);
        json_close(j, ']');
    }
    json_word(j, "community_id", r->community_id);
    if (r->type == RECORD_SMTP)
        json_number(j, "tx_id", r->tx_id);
}

static void json_envelope(struct json *j, const struct record *r)
{
    struct json_mark m = json_try(j, "smtp", '{');

    json_text(j, "helo", r->helo);
    json_text(j, "mail_from", r->mail_from);
    if (r->rcpt_n) {
        struct json_mark list = json_try(j, "rcpt_to", '[');

        for (uint32_t i = 0; i < r->rcpt_n; i++) { /* parallel to reply.rcpt: "RCPT TO:" without a path is one too */
            struct span shown = redactor_address(j->redact, r->rcpt[i].path.n ? r->rcpt[i].path : SPAN(""));

            if (shown.p)
                json_shown_named(j, (struct json_name){{0, 0}}, 0, shown);
        }
        json_end_try(j, list, ']');
    }
    json_end_try(j, m, '}');
}

static void json_client(struct json *j, const struct record *r)
{
    static const struct span via[] = {
        [SMTP_VIA_TCP] = SPAN_INIT("tcp"),
        [SMTP_VIA_PROXY] = SPAN_INIT("proxy"),
        [SMTP_VIA_XCLIENT] = SPAN_INIT("xclient"),
        [SMTP_VIA_XFORWARD] = SPAN_INIT("xforward"),
    };

    json_open(j, "client", '{');
    json_ip(j, "ip", &r->client);
    json_word_span(j, "via", via[r->via]);
    json_close(j, '}');
}

static void json_tls_seen(struct json *j, const struct record_tls *t)
{
    json_text(j, "version", t->version);
    json_text(j, "cipher", t->cipher);
    json_text(j, "sni", t->sni);
    json_text(j, "alpn", t->alpn);
    json_text(j, "ja3", t->ja3);
    json_text(j, "ja4", t->ja4);
    json_text(j, "ja3s", t->ja3s);
    json_text(j, "subject", t->subject);
    json_text(j, "issuer", t->issuer);
    json_text(j, "not_after", t->not_after);
}

static void json_auth_tls(struct json *j, const struct record *r, const struct json_options *o)
{
    static const char *const how[] = {
        [SMTP_TLS_NONE] = NULL,
        [SMTP_TLS_STARTTLS] = "starttls",
        [SMTP_TLS_IMPLICIT] = "implicit",
        [SMTP_TLS_REFUSED] = "refused",
    };

    if (r->auth_mechanism.p) {
        json_open(j, "auth", '{');
        json_text(j, "mechanism", r->auth_mechanism);
        if (r->auth_code)
            json_number(j, "code", r->auth_code);
        if (o->auth_user)
            json_text(j, "user", r->auth_user);
        json_close(j, '}');
    }
    if (r->tls != SMTP_TLS_NONE) {
        json_open(j, "tls", '{');
        json_word(j, "how", how[r->tls]);
        json_tls_seen(j, &r->tls_seen);
        json_close(j, '}');
    }
}

static void json_os(struct json *j, const struct record_os *os)
{
    if (!os->signature.p)
        return;
    json_open(j, "os", '{');
    json_piece(j, "signature", os->signature, true); /* words of our own */
    json_number(j, "ttl", os->ttl);
    json_piece(j, "guess", os->guess, true);
    json_close(j, '}');
}

static void json_head(struct json *j, const struct record *r, const struct json_options *o)
{
    static const char *const proto[] = {
        [SMTP_PROTO_UNKNOWN] = NULL,
        [SMTP_PROTO_SMTP] = "smtp",
        [SMTP_PROTO_ESMTP] = "esmtp",
        [SMTP_PROTO_LMTP] = "lmtp",
    };

    json_word(j, "version", MXTAP_VERSION);
    json_text(j, "sensor", o->sensor);
    if (r->type == RECORD_STATS)
        return;
    json_word(j, "direction", direction_name(r->direction));
    json_word(j, "role", r->role == ROLE_SUBMISSION ? "submission" : "relay");
    json_word(j, "outcome",
              r->type == RECORD_SMTP ? smtp_outcome_name(r->outcome)
                                     : session_outcome_name(r->session_outcome));
    json_reply(j, r);
    json_word(j, "proto", proto[r->proto]);
    json_mail_params(j, r);
    json_client(j, r);
}

/* Last: what was withheld is known by then. */
static void json_tail(struct json *j, const struct record *r)
{
    anomaly_set anomalies = r->anomalies;

    if (redactor_withheld(j->redact))
        anomaly_raise(&anomalies, ANOMALY_RECORD_TOO_LARGE);
    if (anomalies) {
        json_open(j, "anomalies", '[');
        for (int i = 0; i < ANOMALY_COUNT; i++)
            if (anomaly_has(anomalies, (enum anomaly)i))
                json_word(j, NULL, anomaly_name((enum anomaly)i));
        json_close(j, ']');
    }
    json_smuggling(j, r);
    if (r->missing)
        json_number(j, "missing", (int64_t)r->missing);
    if (r->duration_us >= 0)
        json_number(j, "duration_ms", r->duration_us / 1000);
}

static void json_session_counts(struct json *j, const struct record *r)
{
    json_number(j, "mails", r->mails);
    json_number(j, "accepted", r->accepted);
    json_number(j, "rcpt_refused", r->rcpt_refused);
    json_number(j, "bytes_in", (int64_t)r->bytes_in);
    json_number(j, "bytes_out", (int64_t)r->bytes_out);
}

static void json_counters(struct json *j, const struct record *r)
{
    json_open(j, "counters", '{');
    for (unsigned i = 0; i < COUNTERS_N; i++)
        json_number(j, counter_name(i), (int64_t)counter_value(r->counters, i));
    for (uint32_t i = 0; i < r->protocols_n; i++)
        json_number(j, r->protocols[i].name, (int64_t)r->protocols[i].flows);
    json_close(j, '}');
}

static void json_health(struct json *j, const struct record_health *h)
{
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {
        {"received", h->received},     {"kernel_dropped", h->kernel_dropped},
        {"interface_dropped", h->interface_dropped},
        {"packets_s", h->packets_s},   {"bits_s", h->bits_s},
        {"mails_s", h->mails_s},       {"queued", h->queued},
        {"lost", h->lost},             {"memory", h->memory},
    };

    json_open(j, "health", '{');
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        json_number(j, fields[i].name, (int64_t)fields[i].value);
    json_close(j, '}');
}

/* What of it is on the operator's own lists. */
static void json_watched(struct json *j, const struct record *r)
{
    if (!r->watched_n)
        return;
    json_open(j, "watched", '[');
    for (uint32_t i = 0; i < r->watched_n; i++) {
        json_open(j, NULL, '{');
        json_text(j, "list", r->watched[i].list);
        json_text(j, "value", r->watched[i].value);
        json_text(j, "label", r->watched[i].label);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_mxtap(struct json *j, const struct record *r, const struct json_options *o, struct mail_written *written)
{
    json_open(j, "mxtap", '{');
    json_head(j, r, o);
    if (r->type == RECORD_STATS) {
        json_counters(j, r);
        if (r->health)
            json_health(j, r->health);
    } else {
        if (r->type == RECORD_SMTP)
            json_chain(j, r, written);
        json_geo_object(j, "src_geo", &r->src_geo);
        json_geo_object(j, "dest_geo", &r->dest_geo);
        json_auth_tls(j, r, o);
        json_os(j, &r->os);
        if (r->type == RECORD_SMTP)
            json_mail(j, r, o, written);
        json_watched(j, r);
        json_tail(j, r);
        if (r->type == RECORD_SESSION)
            json_session_counts(j, r);
    }
    json_close(j, '}');
}

bool record_json(struct buf *out, const struct record *r, const struct json_options *o)
{
    static const struct span type[] = {
        [RECORD_SMTP] = SPAN_INIT("smtp"),
        [RECORD_SESSION] = SPAN_INIT("session"),
        [RECORD_STATS] = SPAN_INIT("stats"),
    };
    struct json j = {.out = out, .redact = o->redactor};
    struct mail_written written;

    links_written_begin(&written.links);
    written.hops_plain = 0;
    out->truncated = false;
    redactor_begin(o->redactor, r);
    j.only_marked = redactor_only_marked(o->redactor);
    json_open(&j, NULL, '{');
    json_timestamp(&j, r->ts_us);
    json_word_span(&j, "event_type", type[r->type]);
    if (r->type != RECORD_STATS)
        json_number(&j, "flow_id", (int64_t)r->flow_id);
    json_where(&j, r);
    if (r->type != RECORD_STATS)
        json_envelope(&j, r);
    if (r->has_email)
        json_email(&j, r, &written);
    json_mxtap(&j, r, o, &written);
    json_close(&j, '}');
    return !out->truncated;
}
