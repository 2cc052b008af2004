/* SPDX-License-Identifier: Apache-2.0 */
/* redis_record: values into boards, entities and pairs; outcomes into stats; the record into its stream. */
#include "sensor/publish/redis_record.h"

#include <stdio.h>
#include <time.h>

#include "sensor/publish/recipients.h"
#include "sensor/publish/redis_harvest.h"
#include "sensor/publish/redis_values.h"

enum {
    SCRATCH_MAX = 8 * 1024 * 1024, /* one record's names and texts; every value at its cap needs under 1 MB */
    JSON_MAX = 32 * 1024 * 1024,   /* as sink_json's line */
    FIELDS_MAX = 40
};

struct redis_recorder {
    struct mem *mem;
    const struct json_options *json;
    const struct calendar *calendar;
    int alert_score;
    struct arena arena;
    char hour[PERIOD_HOUR + 1]; /* the record's */
    struct buf key, line;
    struct redis_values values;
};

struct redis_recorder *redis_recorder_new(struct mem *m, const struct json_options *json, const struct calendar *calendar,
                                          int alert_score, unsigned buckets)
{
    struct redis_recorder *x = mem_zalloc(m, sizeof(*x));

    if (!x)
        return NULL;
    x->mem = m;
    x->json = json;
    x->calendar = calendar;
    x->alert_score = alert_score;
    arena_init(&x->arena, m, SCRATCH_MAX);
    buf_init(&x->key, m, SCRATCH_MAX);
    buf_init(&x->line, m, JSON_MAX);
    x->values.buckets = buckets;
    x->values.arena = &x->arena;
    buf_init(&x->values.text, m, SCRATCH_MAX);
    x->values.redactor = json->redactor;
    return x;
}

void redis_recorder_free(struct redis_recorder *x)
{
    if (!x)
        return;
    arena_free(&x->arena);
    buf_free(&x->key);
    buf_free(&x->line);
    buf_free(&x->values.text);
    mem_free(x->mem, x, sizeof(*x));
}

/* What key holds, kept until the next record. */
static struct span kept_key(struct redis_recorder *x)
{
    struct span s = arena_dup(&x->arena, buf_span(&x->key));

    buf_clear(&x->key);
    return s;
}

static struct span board_key(struct redis_recorder *x, struct span class_, enum redis_kind k, struct span period)
{
    key_board(&x->key, class_, k, period);
    return kept_key(x);
}

/* Mail that is no inbound relayed one: by day and of all time only. */
static void stage_boards(struct redis_recorder *x, struct redis_batch *b, struct span class_)
{
    for (enum redis_kind k = 0; k < KINDS; k++) {
        const struct redis_value_list *l = &x->values.kinds[k];
        struct span all, day;

        if (!l->n)
            continue;
        all = board_key(x, class_, k, span_of(NULL, 0));
        day = board_key(x, class_, k, span_of(x->hour, PERIOD_DAY));
        for (unsigned i = 0; i < l->n; i++) {
            redis_stage_bucket(b, l->v[i].bucket);
            redis_stage_board(b, BOARD_ALL_TIME, all, l->v[i].member, 1);
            redis_stage_board(b, BOARD_DAY, day, l->v[i].member, 1);
        }
    }
}

static bool is_accepted(const struct record *r)
{
    return r->type == RECORD_SMTP && (r->outcome == SMTP_ACCEPTED || r->outcome == SMTP_PARTIAL);
}

static void stage_entities(struct redis_recorder *x, struct redis_batch *b, const struct record *r)
{
    bool mail = r->type == RECORD_SMTP;
    struct redis_entity e = {.mails = mail, .sessions = !mail, .accepted = is_accepted(r)};

    e.hour = span_of(x->hour, PERIOD_HOUR);
    e.refused = mail && r->outcome == SMTP_REFUSED;
    e.first = e.last = r->ts_us / 1000000;
    e.score = r->score;
    for (e.kind = 0; e.kind < KINDS; e.kind++) {
        struct redis_value_list *l = &x->values.kinds[e.kind];

        for (unsigned i = 0; i < l->n; i++) {
            e.value = l->v[i].key;
            e.member = l->v[i].member;
            e.facts_n = l->v[i].facts_n;
            memcpy(e.facts, l->v[i].facts, sizeof(e.facts));
            redis_stage_bucket(b, l->v[i].bucket);
            l->v[i].staged = redis_stage_entity(b, &e);
        }
    }
}

/* The pairs of REDIS.md; url has none. Pairs of a link's own address are staged link by link. */
static const struct {
    enum redis_kind a, b;
    bool one_way;
} pairs[] = {
    {KIND_IP, KIND_HELO, false},         {KIND_IP, KIND_FROM_DOMAIN, false},
    {KIND_IP, KIND_ENVELOPE_DOMAIN, false}, {KIND_ENVELOPE_DOMAIN, KIND_FROM_DOMAIN, false},
    {KIND_IP, KIND_SUBJECT, false},      {KIND_IP, KIND_MAILER, false},
    {KIND_IP, KIND_HOST, false},         {KIND_IP, KIND_DOMAIN, false},
    {KIND_IP, KIND_CLAIMED_IP, false},   {KIND_HELO, KIND_HOST, false},
    {KIND_SUBJECT, KIND_HOST, false},    {KIND_SUBJECT, KIND_ASN, false},
    {KIND_NET, KIND_HELO, false},        {KIND_NET, KIND_IP, false},
    {KIND_ASN, KIND_NET, true},          {KIND_TLS, KIND_IP, false},
};

bool redis_record_has_pair(enum redis_kind k, enum redis_kind other)
{
    bool of_links = k == KIND_HOST || k == KIND_DOMAIN, of_ip = k == KIND_LINK_IP;

    if ((of_links && other == KIND_LINK_IP) || (of_ip && (other == KIND_HOST || other == KIND_DOMAIN)))
        return true;
    for (unsigned p = 0; p < sizeof(pairs) / sizeof(*pairs); p++)
        if ((pairs[p].a == k && pairs[p].b == other) ||
            (pairs[p].b == k && pairs[p].a == other && !pairs[p].one_way))
            return true;
    return false;
}

static void stage_pair(struct redis_recorder *x, struct redis_batch *b, enum redis_kind ka,
                       const struct redis_value *va, enum redis_kind kb, const struct redis_value *vb)
{
    buf_add(&x->key, span_of(x->hour, PERIOD_HOUR));
    key_graph(&x->key, ka, va->key, kb);
    redis_stage_bucket(b, va->bucket);
    redis_stage_pair(b, va->staged, kept_key(x), kb, vb->member);
}

/* Whether an earlier link of this mail had the same pair: a mail counts once. */
static bool pair_was_there(const struct redis_values *v, unsigned at, bool domain)
{
    const struct redis_link_values *l = &v->links[at];

    for (unsigned i = 0; i < at; i++)
        if (v->links[i].link_ip == l->link_ip &&
            (domain ? v->links[i].domain == l->domain : v->links[i].host == l->host))
            return true;
    return false;
}

static void stage_link_pairs(struct redis_recorder *x, struct redis_batch *b)
{
    const struct redis_values *v = &x->values;

    for (unsigned i = 0; i < v->links_n; i++) {
        const struct redis_link_values *l = &v->links[i];
        const struct redis_value *ip;

        if (l->link_ip < 0)
            continue;
        ip = &v->kinds[KIND_LINK_IP].v[l->link_ip];
        if (l->host >= 0 && !pair_was_there(v, i, false)) {
            stage_pair(x, b, KIND_HOST, &v->kinds[KIND_HOST].v[l->host], KIND_LINK_IP, ip);
            stage_pair(x, b, KIND_LINK_IP, ip, KIND_HOST, &v->kinds[KIND_HOST].v[l->host]);
        }
        if (l->domain >= 0 && !pair_was_there(v, i, true)) {
            stage_pair(x, b, KIND_DOMAIN, &v->kinds[KIND_DOMAIN].v[l->domain], KIND_LINK_IP, ip);
            stage_pair(x, b, KIND_LINK_IP, ip, KIND_DOMAIN, &v->kinds[KIND_DOMAIN].v[l->domain]);
        }
    }
}

static void stage_pairs(struct redis_recorder *x, struct redis_batch *b, unsigned p)
{
    const struct redis_value_list *as = &x->values.kinds[pairs[p].a], *bs = &x->values.kinds[pairs[p].b];

    for (unsigned i = 0; i < as->n; i++) {
        for (unsigned j = 0; j < bs->n; j++) {
            stage_pair(x, b, pairs[p].a, &as->v[i], pairs[p].b, &bs->v[j]);
            if (!pairs[p].one_way)
                stage_pair(x, b, pairs[p].b, &bs->v[j], pairs[p].a, &as->v[i]);
        }
    }
}

static void stage_graph(struct redis_recorder *x, struct redis_batch *b)
{
    for (unsigned p = 0; p < sizeof(pairs) / sizeof(*pairs); p++)
        stage_pairs(x, b, p);
    stage_link_pairs(x, b);
}

/* TLS hides the mails: who greets like whom is known of sessions only. */
static void stage_graph_of_session(struct redis_recorder *x, struct redis_batch *b)
{
    for (unsigned p = 0; p < sizeof(pairs) / sizeof(*pairs); p++)
        if (pairs[p].a == KIND_TLS)
            stage_pairs(x, b, p);
}

static void stage_stats(struct redis_batch *b, const struct record *r, bool is_copy)
{
    struct span stats = SPAN(KEY_STATS);

    if (is_copy) {
        redis_stage_count(b, stats, SPAN("copies"), 1);
        return;
    }
    if (r->type == RECORD_SESSION) {
        redis_stage_count(b, stats, SPAN("sessions"), 1);
        redis_stage_count(b, stats, SPAN("encrypted"), r->tls == SMTP_TLS_STARTTLS || r->tls == SMTP_TLS_IMPLICIT);
        return;
    }
    redis_stage_count(b, stats, SPAN("mails"), 1);
    redis_stage_count(b, stats, is_accepted(r) ? SPAN("accepted") : span_cstr(smtp_outcome_name(r->outcome)), 1);
    redis_stage_count(b, stats, SPAN("urls"), r->links_n);
}

/* The main fields of a stream entry, in turn with their names. */
struct fields {
    struct span *texts;
    unsigned n;
};

static void put(struct fields *f, const char *name, struct span text)
{
    if (!text.n || f->n + 2 > FIELDS_MAX)
        return;
    f->texts[f->n++] = span_cstr(name);
    f->texts[f->n++] = text;
}

static struct span printed(struct redis_recorder *x, const char *text)
{
    return arena_dup(&x->arena, span_cstr(text));
}

static void put_number(struct redis_recorder *x, struct fields *f, const char *name, uint64_t n)
{
    char text[32];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
    put(f, name, printed(x, text));
}

static void put_ip(struct redis_recorder *x, struct fields *f, const char *name, const struct ip_addr *ip)
{
    char text[IP_TEXT];

    ip_format(ip, text);
    put(f, name, printed(x, text));
}

static void put_text(struct redis_recorder *x, struct fields *f, const char *name, struct span s)
{
    put(f, name, values_text(&x->values, s));
}

static void put_time(struct redis_recorder *x, struct fields *f, int64_t ts_us)
{
    time_t t = (time_t)(ts_us / 1000000);
    char day[32], text[48];
    struct tm tm;

    if (ts_us < 0 || !gmtime_r(&t, &tm))
        return;
    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text, sizeof(text), "%s.%06dZ", day, (int)(ts_us % 1000000));
    put(f, "timestamp", printed(x, text));
}

static void put_copy(struct redis_recorder *x, struct fields *f, const struct redis_copy *copy)
{
    char text[48];

    if (!copy->is_copy)
        return;
    snprintf(text, sizeof(text), "%llu:%u", (unsigned long long)copy->flow_id, copy->tx_id);
    put(f, "copy_of", printed(x, text));
}

static void put_mail(struct redis_recorder *x, struct fields *f, const struct record *r)
{
    put_number(x, f, "tx_id", r->tx_id);
    put_ip(x, f, "ip", r->origin.ip.family ? &r->origin.ip : &r->src.ip);
    put_text(x, f, "mail_from", r->mail_from);
    put_text(x, f, "from", r->email.from);
    put_text(x, f, "subject", r->email.subject);
    put(f, "outcome", span_cstr(smtp_outcome_name(r->outcome)));
    put_number(x, f, "links", r->links_n);
    put_number(x, f, "score", r->score > 0 ? (uint64_t)r->score : 0);
}

/* "list: value (label)" of the first: the alert's reason in words. */
static void put_watched(struct redis_recorder *x, struct fields *f, const struct record *r)
{
    const struct record_watch *w = r->watched;
    struct buf text;

    if (!r->watched_n)
        return;
    buf_init(&text, x->mem, LIMIT_TEXT_VALUE);
    buf_add(&text, w->list);
    buf_add(&text, SPAN(": "));
    buf_add(&text, w->value);
    if (w->label.n) {
        buf_add(&text, SPAN(" ("));
        buf_add(&text, w->label);
        buf_add_byte(&text, ')');
    }
    put_text(x, f, "watched", buf_span(&text));
    buf_free(&text);
}

static unsigned collect_fields(struct redis_recorder *x, struct span *texts, const struct record *r,
                               const struct redis_copy *copy)
{
    struct fields f = {texts, 0};

    put_time(x, &f, r->ts_us);
    put_text(x, &f, "sensor", x->json->sensor);
    put_number(x, &f, "flow_id", r->flow_id);
    put_ip(x, &f, "src_ip", &r->src.ip);
    put_ip(x, &f, "dest_ip", &r->dst.ip);
    put(&f, "direction", span_cstr(r->role == ROLE_SUBMISSION ? "submission" : direction_name(r->direction)));
    put_text(x, &f, "helo", r->helo);
    if (r->type == RECORD_SMTP)
        put_mail(x, &f, r);
    else
        put(&f, "outcome", span_cstr(session_outcome_name(r->session_outcome)));
    put_watched(x, &f, r);
    put_copy(x, &f, copy);
    put(&f, "json", buf_span(&x->line));
    return f.n;
}

/* What is on an operator's list is one whatever its score, a connection too. */
static bool is_alert(const struct redis_recorder *x, const struct record *r)
{
    return r->watched_n || (r->type == RECORD_SMTP && x->alert_score > 0 && r->score >= x->alert_score);
}

static void stage_streams(struct redis_recorder *x, struct redis_batch *b, const struct record *r,
                          const struct redis_copy *copy)
{
    bool mail = r->type == RECORD_SMTP;
    struct span *texts = arena_alloc(&x->arena, FIELDS_MAX * sizeof(*texts));
    unsigned n;

    if (!texts)
        return;
    n = collect_fields(x, texts, r, copy);
    redis_stage_list(b, LIST_STREAM, mail ? SPAN(KEY_MAILS) : SPAN(KEY_SESSIONS), texts, n);
    if (is_alert(x, r) && !copy->is_copy)
        redis_stage_list(b, LIST_ALERT, SPAN(KEY_ALERTS), texts, n);
}

/* Mail that leaves, stays inside or is handed in by our own users is no sender to be known: it only has
 * boards of its own. */
static struct span class_of(const struct record *r)
{
    if (r->role == ROLE_SUBMISSION)
        return SPAN("submission");
    if (r->direction != DIRECTION_INBOUND)
        return span_cstr(direction_name(r->direction));
    return span_of(NULL, 0);
}

static void stage_values(struct redis_recorder *x, struct redis_batch *b, const struct record *r)
{
    struct span class_ = class_of(r);

    if (r->type == RECORD_SESSION) {
        if (class_.n)
            return;
        values_of_session(&x->values, r);
        stage_entities(x, b, r);
        stage_graph_of_session(x, b);
        return;
    }
    values_of_mail(&x->values, r, &x->json->recipients);
    if (class_.n) {
        stage_boards(x, b, class_);
        return;
    }
    stage_entities(x, b, r);
    stage_graph(x, b);
    redis_stage_harvest(b, &x->arena, r, &x->values, span_of(x->hour, PERIOD_DAY));
}

void redis_record_stage(struct redis_recorder *x, struct redis_batch *b, const struct record *r,
                        const struct redis_copy *copy)
{
    arena_reset(&x->arena);
    buf_clear(&x->line);
    key_period(x->calendar, r->ts_us, x->hour);
    redis_stage_begin(b);
    /* First the JSON: it tells the redactor whose recipients are to be hidden. */
    if (!record_json(&x->line, r, x->json))
        buf_clear(&x->line);
    stage_stats(b, r, copy->is_copy);
    if (!copy->is_copy)
        stage_values(x, b, r);
    redis_stage_bucket(b, 0);
    stage_streams(x, b, r, copy);
}
