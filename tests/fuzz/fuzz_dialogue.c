/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_dialogue: both sides in pieces, with gaps; checks the order of events and that pieces do not
 * matter. */
#include <inttypes.h>
#include <stdlib.h>

#include "decoders/smtp/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x) ((x) ? (void)0 : abort())

enum { MOST_IDS = 4096 };

struct watch {
    uint64_t hash; /* of all events, contents byte by byte */
    uint32_t next_id, begun, ended;
    bool short_of_memory;
    struct {
        bool begun, content, content_ended, ended;
        uint64_t bytes;
    } mail[MOST_IDS];
};

static void mix(struct watch *w, uint64_t v)
{
    w->hash = (w->hash ^ v) * UINT64_C(1099511628211);
}

static void mix_span(struct watch *w, struct span s)
{
    mix(w, s.p ? s.n : UINT64_MAX);
    for (size_t i = 0; i < s.n; i++)
        mix(w, s.p[i]);
}

static void on_begin(void *ctx, uint32_t id)
{
    struct watch *w = ctx;

    /* A number is left out where memory for a transaction was refused. */
    CHECK(id == w->next_id || (id > w->next_id && w->short_of_memory));
    w->next_id = id + 1;
    w->begun++;
    mix(w, 1);
    w->mail[id % MOST_IDS].begun = true;
}

static void on_content(void *ctx, uint32_t id, struct span bytes)
{
    struct watch *w = ctx;

    CHECK(id < w->next_id && bytes.n && !w->mail[id % MOST_IDS].content_ended &&
          !w->mail[id % MOST_IDS].ended);
    w->mail[id % MOST_IDS].content = true;
    w->mail[id % MOST_IDS].bytes += bytes.n;
    for (size_t i = 0; i < bytes.n; i++)
        mix(w, bytes.p[i]);
}

/* A block of its own: a byte put behind it is seen. Of what came it has no part before it is told. */
static uint8_t *on_content_room(void *ctx, uint32_t id, size_t n)
{
    static uint8_t *room;

    (void)ctx;
    (void)id;
    free(room);
    room = malloc(n);
    return n % 3 ? room : NULL;
}

static void on_content_gap(void *ctx, uint32_t id, uint64_t bytes)
{
    struct watch *w = ctx;

    /* bytes may be 0: something is missing, nobody knows how much (a lost BDAT chunk, a lost beginning). */
    CHECK(id < w->next_id && !w->mail[id % MOST_IDS].content_ended);
    w->mail[id % MOST_IDS].content = true;
    mix(w, bytes);
}

static void on_content_end(void *ctx, uint32_t id, bool complete)
{
    struct watch *w = ctx;

    CHECK(id < w->next_id && !w->mail[id % MOST_IDS].content_ended &&
          !w->mail[id % MOST_IDS].ended);
    w->mail[id % MOST_IDS].content_ended = true;
    mix(w, complete + 2u);
}

static void on_end(void *ctx, const struct smtp_transaction *t)
{
    struct watch *w = ctx;

    CHECK(t->id < w->next_id && w->mail[t->id % MOST_IDS].begun);
    CHECK(!w->mail[t->id % MOST_IDS].ended);
    CHECK(t->content_seen == w->mail[t->id % MOST_IDS].content_ended);
    CHECK(t->content_bytes == w->mail[t->id % MOST_IDS].bytes);
    w->mail[t->id % MOST_IDS].ended = true;
    w->ended++;
    mix(w, t->id);
    mix(w, t->outcome);
    mix(w, t->anomalies);
    mix(w, t->final_code);
    mix(w, t->missing);
    mix(w, t->smuggling.verdict);
    mix_span(w, t->mail_from);
    mix_span(w, t->helo);
    mix_span(w, t->reply_text);
    mix_span(w, t->queued_as);
    for (uint32_t i = 0; i < t->params_n; i++) {
        mix_span(w, t->params[i].key);
        mix_span(w, t->params[i].value);
    }
    for (uint32_t i = 0; i < t->rcpt_n; i++) {
        mix_span(w, t->rcpt[i].path);
        mix(w, t->rcpt[i].code);
    }
}

static void on_unkept(void *ctx)
{
    struct watch *w = ctx;

    mix(w, 7);
}

static void on_tls(void *ctx, enum smtp_side side, struct span bytes)
{
    (void)side;
    for (size_t i = 0; i < bytes.n; i++)
        mix(ctx, bytes.p[i]);
}

static void push(struct dialogue *d, enum smtp_side side, struct span s, bool each)
{
    if (!each) {
        /* A block of its own: one byte too far is seen. */
        uint8_t *copy = malloc(s.n ? s.n : 1);

        memcpy(copy, s.p, s.n);
        dialogue_push(d, side, span_of(copy, s.n));
        free(copy);
        return;
    }
    for (size_t i = 0; i < s.n; i++)
        dialogue_push(d, side, span_of(s.p + i, 1));
}

static void session(struct watch *w, const struct dialogue *d)
{
    struct smtp_session s;

    dialogue_session(d, &s);
    CHECK(s.mails == w->ended);
    mix(w, s.outcome);
    mix(w, s.anomalies);
    mix_span(w, s.banner);
    mix_span(w, s.helo);
    mix_span(w, s.auth_user);
}

/*
 * First byte: options. Then operations: a byte whose low bits choose (0..5 bytes of a side up to
 * its next line end or its own count, 6 gap, 7 end) and what they need.
 */
static uint64_t run(struct span in, bool each, long fail_after)
{
    static struct watch w;
    static const struct dialogue_events events = {.begin = on_begin,
                                                  .content_room = on_content_room,
                                                  .content = on_content,
                                                  .content_gap = on_content_gap,
                                                  .content_end = on_content_end,
                                                  .end = on_end,
                                                  .unkept = on_unkept,
                                                  .tls = on_tls};
    struct dialogue_options o = {0};
    struct dialogue *d;
    struct mem m;
    uint8_t bits = in.p[0];

    memset(&w, 0, sizeof(w));
    o.keep_auth_user = bits & 1;
    o.proxy_trusted = bits & 2;
    o.implicit_tls = (bits & 12) == 12;
    o.one_sided = (bits & 48) == 48;
    o.midstream = (bits & 192) == 192;
    mem_init(&m, 0);
    m.fail_after = fail_after;
    w.short_of_memory = fail_after;
    d = dialogue_new(&m, &events, &w, &o);
    if (!d)
        return 0;
    in = span_from(in, 1);
    while (in.n) {
        uint8_t op = in.p[0];
        enum smtp_side side = op & 8 ? SMTP_SERVER : SMTP_CLIENT;
        size_t n;

        in = span_from(in, 1);
        if ((op & 7) == 7) {
            dialogue_end(d, side);
            continue;
        }
        if ((op & 7) == 6) {
            dialogue_gap(d, side, (op >> 4) * 7u + 1u);
            continue;
        }
        n = op & 7 ? span_find(in, 0, '\n') + 1 : op >> 4;
        push(d, side, span_head(in, n), each);
        in = span_from(in, n < in.n ? n : in.n);
    }
    dialogue_finish(d);
    session(&w, d);
    CHECK(w.begun == w.ended);
    dialogue_free(d);
    CHECK(m.used == 0);
    return w.hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of(data, size);

    if (size < 2)
        return 0;
    CHECK(run(in, false, 0) == run(in, true, 0));
    run(in, false, data[size - 1] + 1);
    return 0;
}
