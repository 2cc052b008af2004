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

static void on_field(void *ctx, struct span name, struct span value)
{
    struct seen *s = ctx;

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
        cmocka_unit_test(a_field_of_100_MB_without_a_line_end),
        cmocka_unit_test(a_mail_of_100_MB_without_a_line_end),
        cmocka_unit_test(a_body_of_100_MB_without_a_line_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
