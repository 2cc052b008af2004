/* SPDX-License-Identifier: Apache-2.0 */
/* long lines: CASES 21: a header value of 756 kB and 100 MB without a line end: read on, and in bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/message.h"
#include "tests/unit/split.h"

enum { PIECE = 1460, LONG_VALUE = 756 * 1000 };
#define LONG_LINE (100UL * 1000 * 1000)

/* What of a mail is looked at here. */
struct seen {
    char subject[32];
    size_t longest; /* bytes of the longest field */
    uint64_t text;
    anomaly_set odd;
};

static void on_field(void *ctx, enum field_name which, struct span name, struct span value)
{
    struct seen *s = ctx;

    (void)which;
    if (value.n > s->longest)
        s->longest = value.n;
    if (span_eq_nocase(name, SPAN("subject")))
        snprintf(s->subject, sizeof(s->subject), "%.*s", SPAN_FMT(span_head(value, 20)));
}

static void on_text(void *ctx, const struct mail_part *part, struct span utf8)
{
    (void)part;
    ((struct seen *)ctx)->text += utf8.n;
}

static void on_part(void *ctx, const struct mail_part *part)
{
    (void)ctx;
    (void)part;
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    anomaly_raise(&((struct seen *)ctx)->odd, a);
}

static void on_header_end(void *ctx)
{
    (void)ctx;
}

static const struct message_events events = {
    .field = on_field, .header_end = on_header_end, .part_begin = on_part,
    .text = on_text,   .part_end = on_part,         .anomaly = on_anomaly,  .other_fields = true,
};
/* As those who do not read X- fields: they may be passed by whole. */
static const struct message_events passing = {
    .field = on_field, .header_end = on_header_end, .part_begin = on_part,
    .text = on_text,   .part_end = on_part,         .anomaly = on_anomaly,
};

static void push_run(struct message *x, char c, size_t n)
{
    uint8_t piece[PIECE];

    memset(piece, c, sizeof(piece));
    for (; n; n -= n < PIECE ? n : PIECE)
        message_push(x, span_of(piece, n < PIECE ? n : PIECE));
}

/* before, then n times x, then after. What it took at most is in m->peak. */
static struct seen read_mail(struct mem *m, const char *before, size_t n, const char *after)
{
    struct seen s = {0};
    struct arena arena;
    struct message *x;

    mem_init(m, 0);
    arena_init(&arena, m, LIMIT_RECORD_BYTES);
    x = message_new(m, &events, false);
    assert_non_null(x);
    message_reset(x, &arena, &s);
    message_push(x, span_cstr(before));
    push_run(x, 'x', n);
    message_push(x, span_cstr(after));
    message_finish(x, true);
    assert_int_equal(message_state(x), MESSAGE_DONE);
    message_free(x);
    arena_free(&arena);
    assert_int_equal(m->used, 0);
    return s;
}

static void a_value_of_756_kB(void **state)
{
    struct mem m;
    struct seen s = read_mail(&m, "X-Huge: ", LONG_VALUE, "\r\nSubject: behind\r\n\r\nbody\r\n");

    (void)state;
    assert_string_equal(s.subject, "behind");
    assert_true(s.longest > LIMIT_HEADER_FIELD - 16 && s.longest <= LIMIT_HEADER_FIELD);
    assert_int_equal(s.text, 6);
    assert_true(anomaly_has(s.odd, ANOMALY_HEADER_TOO_LARGE));
    assert_true(m.peak < 1024 * 1024);
}

static void a_folded_value_of_756_kB(void **state)
{
    struct mem m;
    struct seen s = read_mail(&m, "Subject: begins\r\n ", LONG_VALUE, "\r\nX-A: b\r\n\r\nbody\r\n");

    (void)state;
    assert_memory_equal(s.subject, "begins xxx", 10);
    assert_int_equal(s.text, 6);
    assert_true(anomaly_has(s.odd, ANOMALY_HEADER_TOO_LARGE));
    assert_true(m.peak < 1024 * 1024);
}

/* A folded field of n bytes with the Subject behind it, in pieces of this size. */
static struct seen read_folded(const struct message_events *e, const char *name, size_t n, size_t piece)
{
    static const char behind[] = "\r\nSubject: behind\r\n\r\nbody\r\n";
    size_t length = n + sizeof(behind) - 1;
    char *mail = malloc(length + 1);
    struct seen s = {0};
    struct arena arena;
    struct message *x;
    struct mem m;

    memset(mail, 'x', n);
    memcpy(mail, name, strlen(name));
    for (size_t i = strlen(name) + 60; i + 3 < n; i += 70)
        memcpy(mail + i, "\r\n ", 3);
    memcpy(mail + n, behind, sizeof(behind));
    mem_init(&m, 0);
    arena_init(&arena, &m, LIMIT_RECORD_BYTES);
    x = message_new(&m, e, false);
    message_reset(x, &arena, &s);
    for (size_t at = 0; at < length; at += piece)
        message_push(x, span_head(span_of(mail + at, length - at), piece));
    message_finish(x, true);
    message_free(x);
    arena_free(&arena);
    free(mail);
    return s;
}

/* The cap is on what is left without the line ends. Around it, and around the cap of one line, it is all one whether the field lies in one piece,
 * and whether anybody reads it. */
static void a_folded_field_about_the_cap(void **state)
{
    size_t folded = LIMIT_HEADER_FIELD + LIMIT_HEADER_FIELD / 68 * 2; /* 68 of 70 bytes stay */

    (void)state;
    for (size_t n = LIMIT_HEADER_FIELD - 60; n < folded + 100; n = n == LIMIT_HEADER_FIELD + 60 ? folded - 100 : n + 1) {
        struct seen whole = read_folded(&events, "X-A: ", n, n + 100), pieces = read_folded(&events, "X-A: ", n, 4096);
        struct seen passed = read_folded(&passing, "X-A: ", n, n + 100), known = read_folded(&passing, "Received: ", n, n + 100);

        assert_int_equal(whole.longest, pieces.longest);
        assert_true(whole.odd == pieces.odd);
        assert_true(passed.odd == pieces.odd);
        assert_string_equal(passed.subject, "behind");
        assert_string_equal(whole.subject, "behind");
        assert_int_equal(passed.longest, sizeof("behind") - 1);
        assert_true(known.longest >= whole.longest - 5);
        assert_true(n < folded - 60 ? !anomaly_has(whole.odd, ANOMALY_HEADER_TOO_LARGE) : n < folded + 60 || anomaly_has(whole.odd, ANOMALY_HEADER_TOO_LARGE));
    }
}

static void a_field_of_100_MB_without_a_line_end(void **state)
{
    struct mem m;
    struct seen s = read_mail(&m, "Subject: ", LONG_LINE, "");

    (void)state;
    assert_string_equal(s.subject, "xxxxxxxxxxxxxxxxxxxx");
    assert_int_equal(s.text, 0);
    assert_true(anomaly_has(s.odd, ANOMALY_HEADER_TOO_LARGE));
    assert_true(m.peak < 1024 * 1024);
}

static void a_mail_of_100_MB_without_a_line_end(void **state)
{
    struct mem m;
    struct seen s = read_mail(&m, "", LONG_LINE, "");

    (void)state;
    assert_int_equal(s.text, LONG_LINE);
    assert_true(anomaly_has(s.odd, ANOMALY_HEADER_MISSING));
    assert_true(m.peak < 1024 * 1024);
}

static void a_body_of_100_MB_without_a_line_end(void **state)
{
    struct mem m;
    struct seen s = read_mail(&m, "Subject: a\r\n\r\n", LONG_LINE, "");

    (void)state;
    assert_string_equal(s.subject, "a");
    assert_int_equal(s.text, LONG_LINE);
    assert_int_equal(s.odd, 0);
    assert_true(m.peak < 1024 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_of_756_kB),
        cmocka_unit_test(a_folded_value_of_756_kB),
        cmocka_unit_test(a_folded_field_about_the_cap),
        cmocka_unit_test(a_field_of_100_MB_without_a_line_end),
        cmocka_unit_test(a_mail_of_100_MB_without_a_line_end),
        cmocka_unit_test(a_body_of_100_MB_without_a_line_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
