/* SPDX-License-Identifier: Apache-2.0 */
/* dialogue against a model: random pipelined dialogues with a server whose state is known, in random pieces of both sides;
 * every envelope, code, content and outcome must be the model's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/smtp/dialogue.h"

enum { DIALOGUES = 600, MOST_STEPS = 40, MOST_MAILS = 40, MOST_RCPT = 40, MOST_POINTS = 400, TEXT = 24 };

/* --- what is expected --- */

struct mail {
    char from[TEXT], helo[TEXT];
    unsigned mail, data, final;
    char rcpt[MOST_RCPT][TEXT];
    unsigned rcpt_code[MOST_RCPT], rcpt_n;
    bool reset, chunk_refused;
    size_t bytes;
    uint32_t hash;
};

struct text {
    char p[1 << 17];
    size_t n;
};

/* At `at` of its own side: a reply that needs the client's bytes up to `other`, or a place where the client waits for the
 * server's up to there. */
struct point {
    size_t at, other;
};

struct model {
    uint32_t seed;
    struct text client, server;
    struct point reply[MOST_POINTS], barrier[MOST_POINTS];
    unsigned replies, barriers;
    struct mail mail[MOST_MAILS];
    unsigned mails, names;
    struct mail *open;
    bool in_chunks, chunk_failed, offers_chunks;
    char helo[TEXT];
};

static unsigned pick(uint32_t *seed, unsigned n)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % n;
}

static void add(struct text *t, const char *s, size_t n)
{
    if (t->n + n > sizeof(t->p))
        abort();
    memcpy(t->p + t->n, s, n);
    t->n += n;
}

static void __attribute__((format(printf, 2, 3))) say(struct model *m, const char *format, ...)
{
    char line[256];
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    add(&m->client, line, (size_t)n);
    add(&m->client, "\r\n", 2);
}

static unsigned answer(struct model *m, unsigned code)
{
    char line[64];
    size_t n;

    if (pick(&m->seed, 5) == 0) {
        n = (size_t)snprintf(line, sizeof(line), "%03u-250 first of two\r\n", code);
        add(&m->server, line, n);
    }
    n = (size_t)snprintf(line, sizeof(line), "%03u it is\r\n", code);
    add(&m->server, line, n);
    m->reply[m->replies++] = (struct point){m->server.n, m->client.n};
    return code;
}

/* The client reads all replies before it goes on. */
static void wait(struct model *m)
{
    m->barrier[m->barriers++] = (struct point){m->client.n, m->server.n};
}

static unsigned either(struct model *m, unsigned good, unsigned later, unsigned never)
{
    unsigned r = pick(&m->seed, 8);

    return r == 0 ? later : r == 1 ? never : good;
}

/* --- the server's state, and the client's steps --- */

static bool has_rcpt(const struct mail *x)
{
    for (unsigned i = 0; i < x->rcpt_n; i++)
        if (x->rcpt_code[i] < 300)
            return true;
    return false;
}

static void over(struct model *m)
{
    m->open = NULL;
    m->in_chunks = m->chunk_failed = false;
}

static void step_mail(struct model *m)
{
    struct mail *x;

    say(m, "%s:<from%u@c>", pick(&m->seed, 4) ? "MAIL FROM" : "mail from", m->names);
    if (m->open) {
        answer(m, 503);
        m->names++;
        return;
    }
    x = &m->mail[m->mails++];
    snprintf(x->from, TEXT, "<from%u@c>", m->names++);
    memcpy(x->helo, m->helo, TEXT);
    x->hash = 2166136261u;
    x->mail = answer(m, either(m, 250, 451, 550));
    if (x->mail < 300)
        m->open = x;
}

static void step_rcpt(struct model *m)
{
    struct mail *x = m->open;
    unsigned code = !x || m->in_chunks ? 503 : either(m, 250, 450, 550);

    say(m, "RCPT TO:<rcpt%u@mx>", m->names);
    if (x) {
        snprintf(x->rcpt[x->rcpt_n], TEXT, "<rcpt%u@mx>", m->names);
        x->rcpt_code[x->rcpt_n++] = code;
    }
    m->names++;
    answer(m, code);
}

static void expect_content(struct mail *x, const char *s, size_t n)
{
    x->bytes += n;
    for (size_t i = 0; i < n; i++)
        x->hash = (x->hash ^ (uint8_t)s[i]) * 16777619u;
}

static const char *const body[] = {"MAIL FROM:<hidden@c>", "RCPT TO:<hidden@mx>", "DATA", "QUIT", "RSET", ".",
                                   "..", ".QUIT", "250 ok", "354 go", "BDAT 5 LAST", "", "EHLO hidden",
                                   "Subject: x", "STARTTLS", "AUTH PLAIN hidden", "a line of text"};

static const char *body_line(struct model *m)
{
    return body[pick(&m->seed, sizeof(body) / sizeof(*body))];
}

static void send_mail(struct model *m, struct mail *x, bool empty)
{
    for (unsigned i = empty ? 0 : pick(&m->seed, 12); i; i--) {
        const char *line = body_line(m);

        expect_content(x, line, strlen(line));
        expect_content(x, "\r\n", 2);
        say(m, "%s%s", *line == '.' ? "." : "", line);
    }
    say(m, ".");
}

static void step_data(struct model *m)
{
    struct mail *x = m->open;
    unsigned code = !x || m->in_chunks ? 503 : has_rcpt(x) ? either(m, 354, 451, 354) : either(m, 554, 354, 554);
    bool any = x && has_rcpt(x);

    say(m, "DATA");
    answer(m, code);
    if (x && !m->in_chunks)
        x->data = code;
    if (code != 354)
        return;
    if (pick(&m->seed, 4)) /* else the mail is sent ahead of the 354 */
        wait(m);
    send_mail(m, x, !any);
    x->final = answer(m, any ? either(m, 250, 452, 552) : 554);
    over(m);
}

static unsigned chunk_code(struct model *m)
{
    if (!m->open || m->chunk_failed)
        return 503;
    return has_rcpt(m->open) ? either(m, 250, 452, 250) : 554;
}

static void step_chunk(struct model *m)
{
    struct mail *x = m->open;
    const char *line = body_line(m);
    bool last = pick(&m->seed, 2);
    unsigned code;

    if (!m->offers_chunks)
        return;
    say(m, "BDAT %zu%s", strlen(line), last ? " LAST" : "");
    add(&m->client, line, strlen(line));
    code = answer(m, chunk_code(m));
    if (!x)
        return;
    expect_content(x, line, strlen(line));
    m->in_chunks = true;
    m->chunk_failed |= code >= 400;
    if (last) {
        x->final = code;
        over(m);
    } else if (!x->chunk_refused) {
        x->data = code;
        x->chunk_refused = code >= 400;
    }
}

static void step_rset(struct model *m)
{
    say(m, "RSET");
    answer(m, 250);
    if (m->open)
        m->open->reset = true;
    over(m);
}

static void greet(struct model *m, bool accepted)
{
    char line[] = "250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n";

    say(m, accepted ? "EHLO name%u" : "EHLO", m->names);
    if (!accepted) {
        answer(m, 501);
        return;
    }
    if (m->open)
        m->open->reset = true;
    over(m);
    snprintf(m->helo, TEXT, "name%u", m->names++);
    add(&m->server, line, m->offers_chunks ? sizeof(line) - 1 : 24);
    answer(m, 250);
}

static void step_ehlo(struct model *m)
{
    greet(m, pick(&m->seed, 2));
    wait(m); /* RFC 2920 3.1: nothing is sent behind it */
}

static void step_auth(struct model *m)
{
    bool taken = pick(&m->seed, 3);

    say(m, "AUTH LOGIN");
    answer(m, taken ? 334 : 504);
    if (!taken)
        return;
    for (int i = 0; i < 2; i++) {
        if (pick(&m->seed, 2))
            wait(m);
        say(m, "%s", i ? "QUIT" : "DATAdata");
        answer(m, i ? either(m, 235, 454, 535) : 334);
    }
}

static void step_starttls(struct model *m)
{
    bool taken = pick(&m->seed, 2);

    say(m, "STARTTLS");
    answer(m, taken ? 220 : 454);
    if (!taken)
        return;
    wait(m); /* a mirror that decrypts: plain text goes on */
    greet(m, true);
    wait(m);
}

static void step_other(struct model *m)
{
    static const struct {
        const char *line;
        unsigned code;
    } other[] = {{"NOOP", 250},       {"VRFY x", 252},   {"nonsense", 500}, {"", 500},
                 {"RSET x", 501}, {"QUIT x", 501}, {"MAILFROM:<x@y>", 500}};
    unsigned i = pick(&m->seed, sizeof(other) / sizeof(*other));

    say(m, "%s", other[i].line);
    answer(m, other[i].code);
}

static void build(struct model *m, uint32_t seed)
{
    static void (*const steps[])(struct model *) = {
        step_mail, step_mail, step_mail,  step_rcpt, step_rcpt, step_rcpt, step_rcpt,     step_data, step_data,
        step_chunk, step_chunk, step_chunk, step_rset, step_ehlo, step_auth, step_starttls, step_other};

    memset(m, 0, sizeof(*m));
    m->seed = seed;
    m->offers_chunks = pick(&m->seed, 3);
    answer(m, 220);
    wait(m);
    greet(m, true);
    wait(m);
    for (int i = 0; i < MOST_STEPS; i++) {
        steps[pick(&m->seed, sizeof(steps) / sizeof(*steps))](m);
        if (pick(&m->seed, 4) == 0)
            wait(m);
    }
    say(m, "QUIT");
    answer(m, 221);
}

/* --- what RECORD.md makes of it --- */

static enum smtp_outcome by_code(unsigned code)
{
    return code < 500 ? SMTP_DEFERRED : SMTP_REFUSED;
}

static enum smtp_outcome outcome(const struct mail *x)
{
    unsigned refused = 0, later = 0;

    for (unsigned i = 0; i < x->rcpt_n; i++) {
        refused += x->rcpt_code[i] >= 400;
        later += x->rcpt_code[i] / 100 == 4;
    }
    if (x->final / 100 == 2)
        return refused ? SMTP_PARTIAL : SMTP_ACCEPTED;
    if (x->mail >= 400)
        return by_code(x->mail);
    if (x->rcpt_n && refused == x->rcpt_n)
        return later ? SMTP_DEFERRED : SMTP_REFUSED;
    if (x->chunk_refused)
        return by_code(x->data);
    if (x->final >= 400)
        return by_code(x->final);
    if (x->data >= 400)
        return by_code(x->data);
    return x->reset ? SMTP_RESET : SMTP_UNFINISHED;
}

/* --- what comes out --- */

struct seen {
    const struct model *m;
    uint32_t hash[MOST_MAILS], ended;
};

static void on_begin(void *ctx, uint32_t id)
{
    assert_true(id < MOST_MAILS);
    ((struct seen *)ctx)->hash[id] = 2166136261u;
}

static void on_content(void *ctx, uint32_t id, struct span bytes)
{
    struct seen *s = ctx;

    for (size_t i = 0; i < bytes.n; i++)
        s->hash[id] = (s->hash[id] ^ bytes.p[i]) * 16777619u;
}

/* cmocka's own messages do not say which dialogue it was. */
static void same(const struct seen *s, uint32_t id, const char *what, unsigned long want, unsigned long got)
{
    if (want == got)
        return;
    fprintf(stderr, "mail %u: %s is %lu, not %lu\n--- client\n%.*s\n--- server\n%.*s\n", id, what, got, want,
            (int)s->m->client.n, s->m->client.p, (int)s->m->server.n, s->m->server.p);
    fail_msg("a dialogue is not as the model says");
}

static void on_end(void *ctx, const struct smtp_transaction *t)
{
    struct seen *s = ctx;
    const struct mail *x = &s->m->mail[t->id];

    same(s, t->id, "its number below", s->m->mails, s->m->mails > t->id ? s->m->mails : t->id);
    same(s, t->id, "the sender", 1, span_eq(t->mail_from, span_cstr(x->from)));
    same(s, t->id, "the HELO", 1, span_eq(t->helo, span_cstr(x->helo)));
    same(s, t->id, "MAIL's code", x->mail, t->mail_code);
    same(s, t->id, "the outcome", outcome(x), t->outcome);
    s->ended++;
    if (x->mail >= 400)
        return; /* what came behind it is its own only where it was pipelined */
    same(s, t->id, "DATA's code", x->data, t->data_code);
    same(s, t->id, "the final code", x->final, t->final_code);
    same(s, t->id, "the size", x->bytes, t->content_bytes);
    same(s, t->id, "the content", x->hash, s->hash[t->id]);
    same(s, t->id, "recipients", x->rcpt_n, t->rcpt_n);
    for (unsigned i = 0; i < x->rcpt_n; i++) {
        same(s, t->id, "a recipient", 1, span_eq(t->rcpt[i].path, span_cstr(x->rcpt[i])));
        same(s, t->id, "a recipient's code", x->rcpt_code[i], t->rcpt[i].code);
    }
}

/* --- both sides in pieces --- */

static size_t client_may(const struct model *m, size_t server)
{
    for (unsigned i = 0; i < m->barriers; i++)
        if (m->barrier[i].other > server)
            return m->barrier[i].at;
    return m->client.n;
}

static size_t server_may(const struct model *m, size_t client)
{
    size_t end = 0;

    for (unsigned i = 0; i < m->replies && m->reply[i].other <= client; i++)
        end = m->reply[i].at;
    return end;
}

static void play(struct dialogue *d, const struct model *m, uint32_t seed)
{
    static const unsigned sizes[] = {1, 7, 60, 1460, 1 << 16};
    unsigned size = sizes[pick(&seed, 5)];
    size_t at[2] = {0, 0};

    for (;;) {
        size_t may[2] = {client_may(m, at[SMTP_SERVER]), server_may(m, at[SMTP_CLIENT])};
        enum smtp_side side = pick(&seed, 2) ? SMTP_SERVER : SMTP_CLIENT;
        const struct text *t;
        size_t n;

        if (at[side] == may[side])
            side = side == SMTP_SERVER ? SMTP_CLIENT : SMTP_SERVER;
        n = may[side] - at[side];
        if (!n)
            break;
        t = side == SMTP_SERVER ? &m->server : &m->client;
        n = n < size ? n : 1 + pick(&seed, (unsigned)(n < size ? n : size));
        dialogue_push(d, side, span_of(t->p + at[side], n));
        at[side] += n;
    }
    assert_int_equal(at[SMTP_CLIENT], m->client.n);
    assert_int_equal(at[SMTP_SERVER], m->server.n);
}

static void random_dialogues(void **state)
{
    static const struct dialogue_events events = {.begin = on_begin, .content = on_content, .end = on_end};
    const struct dialogue_options options = {0};
    static struct model m;
    unsigned long mails = 0;

    (void)state;
    for (uint32_t i = 1; i <= DIALOGUES; i++) {
        build(&m, i * 2654435761u);
        for (uint32_t way = 1; way <= 4; way++) {
            struct seen s = {.m = &m};
            struct mem mem;
            struct dialogue *d;

            mem_init(&mem, 0);
            d = dialogue_new(&mem, &events, &s, &options);
            play(d, &m, i * 40503u + way);
            dialogue_finish(d);
            same(&s, 0, "mails", m.mails, s.ended);
            dialogue_free(d);
            assert_int_equal(mem.used, 0);
            mails += s.ended;
        }
    }
    printf("%d dialogues, %lu mails\n", DIALOGUES * 4, mails);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_dialogues)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
