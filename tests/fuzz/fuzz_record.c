/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_record: both sides of a connection through dialogue, mail and links into records, and those into JSON
 * under each way of showing recipients: always one valid object, the same in whatever pieces the bytes came. */
#include <stdio.h>
#include <stdlib.h>

#include "sensor/flows/conversation.h"
#include "sensor/judge/enrich.h"
#include "sensor/publish/recipients.h"
#include "tests/fuzz/json_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x) ((x) ? (void)0 : abort())

static const struct suffix *suffix;

/* One run: records come out of its room and become one hash. */
struct run {
    struct conversation_room room;
    struct worker_options options;
    struct counters counters;
    struct mem mem;
    uint64_t hash;
    uint32_t mails, sessions;
    int64_t client_bytes;
};

static uint64_t mix(uint64_t hash, struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ s.p[i]) * UINT64_C(1099511628211);
    return hash;
}

/* FUZZ_SHOW=1: to see in what two runs differ. */
static void look(struct span text)
{
    if (getenv("FUZZ_SHOW"))
        printf("%.*s\n", SPAN_FMT(text));
}

/* What every record says, whatever its fields: it is valid, and no longer than its caps allow. */
static uint64_t show(const struct record *r, enum recipients_mode mode)
{
    struct mem m;
    struct buf out;
    struct json_options o = {.recipients = {mode, SPAN("key")}, .sensor = SPAN("fuzz"), .auth_user = true,
                             .header_block = true};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    mem_init(&m, 0);
    buf_init(&out, &m, 64u << 20);
    o.redactor = redactor_new(&m, &o.recipients);
    CHECK(record_json(&out, r, &o));
    if (json_check(buf_span(&out))) {
        fprintf(stderr, "%s: %.*s\n", json_check(buf_span(&out)), SPAN_FMT(buf_span(&out)));
        abort();
    }
    look(buf_span(&out));
    hash = mix(hash, buf_span(&out));
    redactor_free(o.redactor);
    buf_free(&out);
    CHECK(m.used == 0);
    return hash;
}

/* Sums that hold in every record. */
static void check_record(const struct run *x, const struct record *r)
{
    CHECK(r->duration_us >= 0);
    CHECK(r->rcpt_n <= LIMIT_SMTP_RCPT && r->params_n <= LIMIT_SMTP_PARAMS);
    CHECK(r->links_n <= LIMIT_LINKS && r->parts_n <= LIMIT_MIME_PARTS && r->hops_n <= LIMIT_RECEIVED);
    CHECK(r->hops_n == r->email.received.n || x->mem.refused);
    CHECK(r->type != RECORD_SMTP || (int64_t)r->size <= x->client_bytes);
    CHECK(r->type != RECORD_SESSION || r->mails == x->mails || x->counters.records_no_memory);
    CHECK(r->origin.ip.family || !r->origin.hop);
    CHECK(r->arena.used <= LIMIT_RECORD_BYTES);
}

static void on_publish(void *ctx, struct record *r, const struct flow *f)
{
    struct run *x = ctx;

    (void)f;
    x->mails += r->type == RECORD_SMTP;
    x->sessions += r->type == RECORD_SESSION;
    enrich_record(r, &x->options, &(struct enrich_sources){.suffix = suffix});
    check_record(x, r);
    x->hash = (x->hash ^ show(r, RECIPIENTS_FULL)) * 31 + show(r, (enum recipients_mode)(1 + x->hash % 3));
    record_give_back(r);
}

static void push(struct run *x, struct conversation *c, int side, struct span s, bool each)
{
    x->client_bytes += side == 0 ? (int64_t)s.n : 0;
    if (!each && s.n) {
        uint8_t *copy = malloc(s.n); /* a block of its own: one byte too far is seen */

        memcpy(copy, s.p, s.n);
        conversation_data(c, side, span_of(copy, s.n));
        free(copy);
        return;
    }
    for (size_t i = 0; i < s.n; i++)
        conversation_data(c, side, span_of(s.p + i, 1));
}

/* Wherever it may, and memory is not refused: folded, gone, unfolded; it goes on as if nothing had been. */
static struct conversation *rest(struct run *x, struct conversation *c, struct flow *f)
{
    uint8_t room[8192];
    struct squeezed out = {.p = room, .room = sizeof(room)};

    if (x->mem.fail_after || !conversation_may_rest(c))
        return c;
    conversation_fold(c, &out);
    CHECK(!out.full);
    conversation_folded(c);
    c = conversation_unfold(&x->room, f, span_of(room, out.n));
    CHECK(c);
    return c;
}

/* As fuzz_dialogue: operations of one byte: its low bits choose (0: its own count of bytes, 1..5: up to the next
 * line end, 6: gap, 7: end), bit 3 the side. Upper bits may let packet time pass. */
static struct conversation *drive(struct run *x, struct conversation *c, struct flow *f, struct span in, bool each)
{
    while (in.n) {
        uint8_t op = in.p[0];
        int side = op & 8 ? 1 : 0;
        size_t n;

        in = span_from(in, 1);
        if (each)
            c = rest(x, c, f);
        f->packet_us += op >> 4;
        f->seen[side] = true;
        if ((op & 7) == 7) {
            conversation_end(c, side);
            continue;
        }
        if ((op & 7) == 6) {
            conversation_gap(c, side, (op >> 4) * 7u + 1u);
            continue;
        }
        n = op & 7 ? span_find(in, 0, '\n') + 1 : op >> 4;
        push(x, c, side, span_head(in, n), each);
        in = span_from(in, n);
    }
    return c;
}

static void make_flow(struct flow *f, uint8_t bits)
{
    memset(f, 0, sizeof(*f));
    f->first_packet_us = f->packet_us = (int64_t)bits << 45 >> 3; /* any year */
    f->node.end[0] = (struct endpoint){.ip = {.family = 4, .b = {192, 0, 2, 1}}, .port = 40000};
    f->node.end[1] = (struct endpoint){.ip = {.family = 6, .b = {0x20, 1, 0xd, 0xb8}},
                                  .port = (bits & 12) == 12 ? 465 : 25};
    f->midstream = (bits & 192) == 192;
    f->vlans = bits & 3;
}

static void converse(struct run *x, struct span in, bool each)
{
    struct flow f;
    struct conversation *c;

    make_flow(&f, in.p[0]);
    c = conversation_new(&x->room, &f);
    if (!c)
        return;
    c = drive(x, c, &f, span_from(in, 1), each);
    conversation_finish(c, in.p[0] & 1 ? FLOW_CLOSED : FLOW_IDLE);
    conversation_free(c);
    CHECK(x->sessions <= 1);
    CHECK(x->counters.mails == x->mails);
    CHECK(x->counters.mails == x->counters.mails_whole + x->counters.mails_no_data + x->counters.mails_cut_gap +
                                   x->counters.mails_cut_close + x->counters.mails_cut_idle +
                                   x->counters.mails_cut_evicted + x->counters.mails_cut_end);
}

static uint64_t run(struct span in, bool each, long fail_after)
{
    static struct record_pool *pool;
    static struct ip_net net = {.ip = {.family = 4, .b = {192, 0, 2, 0}}, .bits = 24};
    static struct span authserv = {(const uint8_t *)"mx", 2};
    static const struct hash_key key = {5, 6};
    struct mail_reader_options readers = {.keep_headers = true, .authserv = &authserv, .authserv_n = 1};
    struct run x = {.options = {.ports = {25, 465}, .ports_n = 2, .keep_auth_user = true, .keep_headers = true}};

    if (in.p[0] & 2) {
        x.options.trusted = &net;
        x.options.trusted_n = 1;
    }
    if (!pool)
        pool = record_pool_new();
    mem_init(&x.mem, 0);
    x.room = (struct conversation_room){.mem = &x.mem, .options = &x.options, .pool = pool,
                                        .counters = &x.counters, .source = SPAN("fuzz.pcap"),
                                        .publish = on_publish, .ctx = &x};
    x.room.readers = mail_readers_new(&x.mem, &key, suffix, &readers);
    CHECK(x.room.readers);
    x.mem.fail_after = fail_after;
    converse(&x, in, each);
    mail_readers_free(x.room.readers);
    CHECK(x.mem.used == 0 && x.room.record_bytes == 0);
    return x.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mem suffix_mem;
    struct span in = span_of(data, size);

    if (size < 2)
        return 0;
    if (!suffix)
        suffix = suffix_new(&suffix_mem, NULL, &(struct hash_key){1, 2});
    CHECK(run(in, false, 0) == run(in, true, 0));
    run(in, false, data[size - 1] + 1);
    return 0;
}
