/* SPDX-License-Identifier: Apache-2.0 */
/* conversation: dialogue's events into records of mails, and one record of the session. */
#include "sensor/flows/conversation_state.h"

#include "decoders/smtp/command_line.h"
#include "decoders/smtp/reply.h"
#include "sensor/flows/body_fields.h"
#include "sensor/flows/fingerprint.h"
#include "sensor/flows/identity.h"
#include "sensor/flows/transaction_fields.h"

static struct conversation *of(void *ctx)
{
    return ctx;
}

static struct record **find_open(struct conversation *c, uint32_t id)
{
    struct record **at = &c->open;

    while (*at && (*at)->tx_id != id)
        at = &(*at)->next;
    return at;
}

/* --- what dialogue says --- */

static void on_begin(void *ctx, uint32_t id)
{
    struct conversation *c = of(ctx);
    struct record *r = record_take(c->room->pool);

    if (!r) {
        c->room->counters->records_no_memory++;
        return;
    }
    r->type = RECORD_SMTP;
    r->tx_id = id;
    r->duration_us = c->flow->packet_us; /* until end(): when MAIL FROM came */
    r->next = c->open;
    c->open = r;
}

static void close_reader(struct conversation *c, bool complete)
{
    if (c->reader)
        mail_reader_finish(c->reader, complete);
    c->reader = NULL;
}

/* The reader of this mail, opened at its first byte or not at all: one that found memory later would take
 * the middle of a body for a header. */
static struct mail_reader *reader_for(struct conversation *c, uint32_t id)
{
    struct record *r;

    if (c->reader_tx == id && (c->reader || c->reader_refused))
        return c->reader;
    close_reader(c, false);
    r = *find_open(c, id);
    c->reader = r ? mail_reader_take(c->room->readers, r) : NULL;
    c->reader_refused = !c->reader;
    c->reader_tx = id;
    if (r && !c->reader)
        anomaly_raise(&r->anomalies, ANOMALY_RECORD_TOO_LARGE);
    return c->reader;
}

static void on_content(void *ctx, uint32_t id, struct span bytes)
{
    struct mail_reader *x = reader_for(of(ctx), id);

    if (x)
        mail_reader_push(x, bytes);
}

static uint8_t *on_content_room(void *ctx, uint32_t id, size_t n)
{
    struct mail_reader *x = reader_for(of(ctx), id);

    return x ? mail_reader_room(x, n) : NULL;
}

static void on_content_gap(void *ctx, uint32_t id, uint64_t bytes)
{
    struct mail_reader *x = reader_for(of(ctx), id);

    if (x)
        mail_reader_gap(x, bytes);
}

static void on_content_end(void *ctx, uint32_t id, bool complete)
{
    struct conversation *c = of(ctx);

    if (reader_for(c, id))
        close_reader(c, complete);
}

/* Every mail is counted once, whole or by what cut it. */
static void count_mail(struct conversation *c, const struct smtp_transaction *t)
{
    struct counters *n = c->room->counters;

    n->mails++;
    if (!t->content_seen)
        n->mails_no_data++;
    else if (t->missing)
        n->mails_cut_gap++;
    else if (t->content_complete)
        n->mails_whole++;
    else if (!c->finishing || c->why == FLOW_CLOSED || c->why == FLOW_RESET || c->why == FLOW_REUSED)
        n->mails_cut_close++;
    else if (c->why == FLOW_IDLE)
        n->mails_cut_idle++;
    else if (c->why == FLOW_EVICTED)
        n->mails_cut_evicted++;
    else
        n->mails_cut_end++;
}

static void count_record(struct conversation *c, const struct record *r)
{
    struct counters *n = c->room->counters;

    if (r->outcome == SMTP_ACCEPTED || r->outcome == SMTP_PARTIAL)
        n->accepted++;
    else if (r->outcome == SMTP_REFUSED)
        n->refused++;
    else if (r->outcome == SMTP_DEFERRED)
        n->deferred++;
    n->urls += r->links_n;
    for (uint32_t i = 0; i < r->parts_n; i++)
        n->attachments += r->parts[i].mail->filename.n > 0;
}

/* Records of a flow that is no mail are not made. On the ports given the dialogue tells which is; on ports nobody
 * named nDPI does, unless a server took the HELO: a first line like another protocol's misleads nDPI for good. */
static bool is_mail_flow(const struct conversation *c, const struct smtp_session *s)
{
    if (c->room->options->ports_n)
        return s->is_smtp || s->tls == SMTP_TLS_IMPLICIT;
    if (c->verdict == CLASSIFY_MAIL)
        return true;
    return s->is_smtp && s->helo.p && (c->verdict != CLASSIFY_OTHER || (s->helo_code >= 200 && s->helo_code < 300));
}

static void fill_common(struct conversation *c, struct record *r, const struct smtp_session *s)
{
    identity_fill(r, c->flow, c->room->options);
    r->ts_us = c->flow->packet_us;
    r->source = c->room->source;
    r->live = c->room->options->live;
    if (s->auth_code >= 200 && s->auth_code < 300)
        r->role = ROLE_SUBMISSION;
    r->proto = s->proto;
    r->tls = s->tls;
    r->early_talker = anomaly_has(s->anomalies, ANOMALY_SMTP_EARLY_TALKER);
    r->via = s->via;
    r->client = s->via == SMTP_VIA_TCP ? r->src.ip : s->client.ip;
    ip_unmap(&r->client);
    r->auth_code = s->auth_code;
    r->auth_mechanism = arena_dup(&r->arena, s->auth_mechanism);
    r->auth_user = arena_dup(&r->arena, s->auth_user);
    r->reply.banner = arena_dup(&r->arena, s->banner);
    fingerprint_os(r, c->room->fingerprints, &c->flow->syn);
    if (c->tls && (s->tls == SMTP_TLS_STARTTLS || s->tls == SMTP_TLS_IMPLICIT)) {
        tls_seen_fill(c->tls, r);
        /* Where bytes were lost, what looks like a record may be the middle of one. */
        r->anomalies |= c->missing || c->flow->midstream ? 0 : tls_seen_anomalies(c->tls);
    }
}

static void on_end(void *ctx, const struct smtp_transaction *t)
{
    struct conversation *c = of(ctx);
    struct record **at = find_open(c, t->id), *r = *at;
    struct smtp_session s;
    int64_t began;

    if (!r)
        return;
    *at = r->next;
    r->next = NULL;
    if (c->reader && c->reader_tx == t->id)
        close_reader(c, false);
    dialogue_session(c->dialogue, &s);
    if (!is_mail_flow(c, &s)) {
        record_give_back(r);
        return;
    }
    began = r->duration_us;
    fill_common(c, r, &s);
    transaction_fields(r, t);
    body_fields_greets(r);
    if (!c->flow->seen[0] || !c->flow->seen[1])
        anomaly_raise(&r->anomalies, ANOMALY_TCP_ONE_SIDED);
    r->duration_us = r->ts_us - began;
    if (r->date.valid)
        r->date.skew_s = r->date.utc - r->ts_us / 1000000;
    shortage_tell(&c->shortage, c->room->mem, r);
    count_mail(c, t);
    count_record(c, r);
    c->room->publish(c->room->ctx, r, c->flow);
}

static void on_unkept(void *ctx)
{
    of(ctx)->room->counters->records_no_memory++;
}

static void on_tls(void *ctx, enum smtp_side side, struct span bytes)
{
    struct conversation *c = of(ctx);

    if (!c->tls && !c->tls_begun)
        c->tls = tls_seen_new(c->room->mem);
    c->tls_begun = true;
    if (c->tls)
        tls_seen_push(c->tls, side == SMTP_CLIENT ? TLS_CLIENT : TLS_SERVER, bytes);
}

const struct dialogue_events conversation_events = {
    .begin = on_begin,
    .content = on_content,
    .content_room = on_content_room,
    .content_gap = on_content_gap,
    .content_end = on_content_end,
    .end = on_end,
    .unkept = on_unkept,
    .tls = on_tls,
};

/* --- what tcp_stream says --- */

static enum smtp_side smtp_side_of(const struct conversation *c, int tcp_side)
{
    return tcp_side == c->flow->client_side ? SMTP_CLIENT : SMTP_SERVER;
}

struct conversation *conversation_new(struct conversation_room *room, struct flow *f)
{
    struct conversation *c = mem_zalloc(room->mem, sizeof(*c));
    struct dialogue_options o = {
        .keep_auth_user = room->options->keep_auth_user,
        .proxy_trusted = identity_trusted(room->options, &f->node.end[f->client_side].ip),
        .implicit_tls = f->node.end[!f->client_side].port == 465,
        .midstream = f->midstream,
    };

    if (!c)
        return NULL;
    c->room = room;
    c->flow = f;
    c->verdict = f->foreign ? CLASSIFY_OTHER : CLASSIFY_UNDECIDED;
    c->dialogue = dialogue_new(room->mem, &conversation_events, c, &o);
    f->dialogue = c->dialogue;
    if (c->dialogue)
        return c;
    mem_free(room->mem, c, sizeof(*c));
    return NULL;
}

void conversation_packet(struct conversation *c, const struct packet *p, int64_t ts_us)
{
    const char *name;

    if (c->verdict == CLASSIFY_UNDECIDED)
        c->verdict = (uint8_t)classify_push(c->room->classify, &c->ndpi, p, ts_us, &name);
}

bool conversation_is_foreign(const struct conversation *c)
{
    struct smtp_session s;

    if (c->verdict != CLASSIFY_OTHER ||
        (c->bytes[0] < LIMIT_FOREIGN_BYTES && c->bytes[1] < LIMIT_FOREIGN_BYTES))
        return false;
    dialogue_session(c->dialogue, &s);
    return !s.is_smtp;
}

bool conversation_may_begin(struct span bytes)
{
    struct span line = span_head(bytes, span_find(bytes, 0, '\n'));

    return reply_line_parse(line).reply.code || command_line_certain(line) != VERB_UNKNOWN;
}

/* The records of mails on their way count for the worker's memory like all else a connection holds. They grow where bytes are decoded,
 * where a mail ends and where a hole shows what waited, and are weighed then: a look at each costs cache lines that nothing else needs. */
static void weigh(struct conversation *c)
{
    uint64_t bytes = 0;

    for (const struct record *r = c->open; r; r = r->next)
        bytes += record_weight(r);
    c->room->record_bytes += bytes - c->record_bytes;
    c->record_bytes = bytes;
}

void conversation_data(struct conversation *c, int tcp_side, struct span bytes)
{
    enum smtp_side side = smtp_side_of(c, tcp_side);
    const struct record *open = c->open;
    uint64_t grown = mail_readers_grown(c->room->readers);

    c->bytes[side] += bytes.n;
    shortage_begin(&c->shortage, c->room->mem);
    dialogue_push(c->dialogue, side, bytes);
    shortage_end(&c->shortage, c->room->mem);
    if (c->open != open || grown != mail_readers_grown(c->room->readers))
        weigh(c);
}

/* It belongs to the session, and to the mails on their way; not to those that come after it. */
void conversation_anomaly(struct conversation *c, enum anomaly a)
{
    anomaly_raise(&c->anomalies, a);
    for (struct record *r = c->open; r; r = r->next)
        anomaly_raise(&r->anomalies, a);
}

void conversation_gap(struct conversation *c, int tcp_side, uint64_t bytes)
{
    conversation_anomaly(c, ANOMALY_TCP_GAP);
    c->missing += bytes;
    if (c->tls)
        tls_seen_gap(c->tls, smtp_side_of(c, tcp_side) == SMTP_CLIENT ? TLS_CLIENT : TLS_SERVER);
    shortage_begin(&c->shortage, c->room->mem);
    dialogue_gap(c->dialogue, smtp_side_of(c, tcp_side), bytes);
    shortage_end(&c->shortage, c->room->mem);
    weigh(c);
}

void conversation_end(struct conversation *c, int tcp_side)
{
    shortage_begin(&c->shortage, c->room->mem);
    dialogue_end(c->dialogue, smtp_side_of(c, tcp_side));
    shortage_end(&c->shortage, c->room->mem);
}

static void publish_session(struct conversation *c, const struct smtp_session *s)
{
    struct record *r = record_take(c->room->pool);
    struct counters *n = c->room->counters;

    if (!r) {
        n->records_no_memory++;
        return;
    }
    r->type = RECORD_SESSION;
    fill_common(c, r, s);
    r->session_outcome = s->outcome;
    r->helo = arena_dup(&r->arena, s->helo);
    r->anomalies |= s->anomalies | c->anomalies;
    r->missing = c->missing;
    r->mails = s->mails;
    r->accepted = s->accepted;
    r->refused = s->refused;
    r->rcpt_refused = s->rcpt_refused;
    r->bytes_in = c->bytes[SMTP_CLIENT];
    r->bytes_out = c->bytes[SMTP_SERVER];
    r->duration_us = c->flow->packet_us - c->flow->first_packet_us;
    shortage_tell(&c->shortage, c->room->mem, r);
    n->sessions++;
    n->sessions_encrypted += s->outcome == SMTP_SESSION_ENCRYPTED;
    c->room->publish(c->room->ctx, r, c->flow);
}

/* The server's SYN was not seen, so nobody knows where its bytes begin; a first reply that is no banner shows
 * that they began earlier. */
static bool start_was_lost(const struct conversation *c, const struct smtp_session *s)
{
    const struct tcp_stream_side *server = &c->flow->stream.side[!c->flow->client_side];

    return !c->flow->midstream && !server->syn_seen && c->bytes[SMTP_SERVER] && s->is_smtp && !s->banner_code &&
           s->tls != SMTP_TLS_IMPLICIT;
}

void conversation_finish(struct conversation *c, enum flow_end why)
{
    struct smtp_session s;

    c->finishing = true;
    c->why = (uint8_t)why;
    if (c->flow->midstream)
        conversation_anomaly(c, ANOMALY_TCP_MIDSTREAM);
    if (!c->flow->seen[0] || !c->flow->seen[1])
        anomaly_raise(&c->anomalies, ANOMALY_TCP_ONE_SIDED);
    shortage_begin(&c->shortage, c->room->mem);
    dialogue_finish(c->dialogue);
    dialogue_session(c->dialogue, &s);
    if (start_was_lost(c, &s))
        conversation_anomaly(c, ANOMALY_TCP_GAP);
    if (is_mail_flow(c, &s))
        publish_session(c, &s);
    else
        c->room->counters->flows_not_smtp++;
}

void conversation_free(struct conversation *c)
{
    struct conversation_room *room = c->room;
    struct record *next;

    close_reader(c, false);
    room->record_bytes -= c->record_bytes;
    for (struct record *r = c->open; r; r = next) {
        next = r->next;
        record_give_back(r);
    }
    classify_drop(room->classify, &c->ndpi);
    tls_seen_free(c->tls);
    c->flow->dialogue = NULL;
    dialogue_free(c->dialogue);
    mem_free(room->mem, c, sizeof(*c));
}
