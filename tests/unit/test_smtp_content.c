/* SPDX-License-Identifier: Apache-2.0 */
/* content: the kernel against its scalar twin, the end of data against a plain reading of RFC 5321.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/smtp/content.h"
#include "tests/unit/split.h"

static uint32_t next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static bool vector_kernel(void)
{
#ifdef __x86_64__
    return vector_has_avx2();
#else
    return false;
#endif
}

/* Bytes in which what matters is frequent. */
static void fill(uint8_t *p, size_t n, uint32_t *seed, unsigned dense)
{
    static const uint8_t odd[] = {'\r', '\n', '.', '\r', '\n', 'x'};

    for (size_t i = 0; i < n; i++)
        p[i] = next_random(seed) % 64 < dense ? odd[next_random(seed) % sizeof(odd)] : 'a';
}

static void kernel_agrees_with_its_twin(void **state)
{
    uint8_t buffer[400];
    uint32_t seed = 12345;

    (void)state;
    for (unsigned round = 0; round < 60000; round++) {
        size_t n = next_random(&seed) % sizeof(buffer), a, b;
        enum line_break before = (enum line_break)(next_random(&seed) % 4);
        unsigned seen_a = 0, seen_b = 0;

        fill(buffer, n, &seed, round % 64);
        a = content_scan(span_of(buffer, n), before, &seen_a);
        b = content_scan_scalar(span_of(buffer, n), before, &seen_b);
        if (a != b || seen_a != seen_b)
            fail_msg("round %u: %zu %zu, seen %u %u", round, a, b, seen_a, seen_b);
    }
}

/* What is said to be plain is, and stands in the copy; of a long text that is plain all is said to be, where there is a kernel. */
static void plain_front(void **state)
{
    uint8_t buffer[400], copy[400];
    uint32_t seed = 4711, found = 0;

    (void)state;
    for (unsigned round = 0; round < 60000; round++) {
        size_t n = next_random(&seed) % sizeof(buffer), plain, stop;
        enum line_break before = (enum line_break)(next_random(&seed) % 4);
        bool copied = round & 1;
        unsigned seen = 0;
        struct span s = span_of(buffer, n);

        fill(buffer, n, &seed, round % 7);
        plain = content_scan_plain(s, before, copied ? copy : NULL);
        stop = content_scan_scalar(span_head(s, plain), before, &seen);
        if (plain > n || stop != plain || (plain && seen))
            fail_msg("round %u: %zu of %zu are not plain", round, plain, n);
        if (copied)
            assert_memory_equal(copy, buffer, plain);
        seen = 0;
        if (content_scan_scalar(s, before, &seen) == n && !seen && n > 64)
            found += plain == n;
    }
    assert_true(found > 1000 || !vector_kernel());
}

static bool exact_kernel(void)
{
#ifdef __x86_64__
    return vector_has_avx512();
#else
    return false;
#endif
}

/* With the wide kernel all that is plain is said to be, however short. */
static void plain_to_the_byte(void **state)
{
    uint8_t buffer[200], copy[200];
    uint32_t seed = 99;

    (void)state;
    for (unsigned round = 0; round < 60000 && exact_kernel(); round++) {
        size_t n = next_random(&seed) % sizeof(buffer), plain, most;
        enum line_break before = (enum line_break)(next_random(&seed) % 4);
        struct span s = span_of(buffer, n);
        unsigned seen = 0;

        fill(buffer, n, &seed, round % 9);
        plain = content_scan_plain(s, before, copy);
        most = plain < n ? plain + 1 : n;
        if (plain < n && content_scan_scalar(span_head(s, most), before, &seen) == most && !seen)
            fail_msg("round %u: %zu of %zu, and the next is plain", round, plain, n);
    }
}

/* Lines of a style sheet begin with dots, to each of which the sender adds one: what comes is whole lines, copied in one go. */
static void dots_in_front_of_lines(void **state)
{
    struct span in = SPAN("..a { color: red }\r\n..b { color: blue }\r\n.c\r\n...\r\n and text behind them\r\n.\r\nQUIT\r\n"), piece = in;
    struct span want = SPAN(".a { color: red }\r\n.b { color: blue }\r\nc\r\n..\r\n and text behind them\r\n");
    uint8_t out[100];
    struct content c;

    (void)state;
    content_init(&c);
    if (!exact_kernel())
        return;
    assert_int_equal(content_plain(&c, &piece, out), want.n);
    assert_memory_equal(out, want.p, want.n);
    assert_true(span_eq(piece, SPAN(".\r\nQUIT\r\n")));
    assert_int_equal(c.delivered, want.n);
    piece = in;
    content_init(&c);
    assert_int_equal(content_plain(&c, &piece, NULL), 0); /* in place: up to the first */
    assert_int_equal(piece.n, in.n);
}

/* What RFC 5321 4.5.2 says, byte by byte, with all bytes at hand. Returns the bytes used, 0: no
 * end. */
static size_t plain_reading(struct span in, uint8_t *out, size_t *out_n)
{
    size_t i = 0;
    bool start = true;

    *out_n = 0;
    while (i < in.n) {
        struct span rest = span_from(in, i);

        if (start && rest.n >= 3 && memcmp(rest.p, ".\r\n", 3) == 0)
            return i + 3;
        if (start && rest.p[0] == '.') {
            i++;
            start = false;
            continue;
        }
        out[(*out_n)++] = rest.p[0];
        start = rest.p[0] == '\n' && i && in.p[i - 1] == '\r';
        i++;
    }
    return 0;
}

static size_t decode(struct span in, size_t cut, uint8_t *out, size_t *out_n)
{
    struct content c;
    size_t at = 0;

    content_init(&c);
    *out_n = 0;
    while (at < in.n) {
        struct span piece = split_next(in, cut, &at), bytes;
        enum content_step step;

        *out_n += content_plain(&c, &piece, out + *out_n); /* as dialogue asks for it */
        while ((step = content_next(&c, &piece, &bytes)) == CONTENT_BYTES) {
            memcpy(out + *out_n, bytes.p, bytes.n);
            *out_n += bytes.n;
        }
        if (step == CONTENT_END)
            return at - piece.n;
    }
    return 0;
}

static void end_is_found_as_the_rfc_says(void **state)
{
    uint8_t in[300], a[300], b[300];
    uint32_t seed = 777;

    (void)state;
    for (unsigned round = 0; round < 40000; round++) {
        size_t n = next_random(&seed) % (round % 64 ? 60 : sizeof(in)), a_n, b_n, end_a; /* few are long: each is cut everywhere */
        struct span s = span_of(in, n);

        fill(in, n, &seed, round % 64 ? 20 + round % 44 : 3);
        end_a = plain_reading(s, a, &a_n);
        for (size_t cut = 0; cut <= n; cut++) {
            size_t how = cut == n ? SPLIT_EACH : cut;
            size_t end_b = decode(s, how, b, &b_n);

            if (end_a != end_b)
                fail_msg("round %u cut %zd: end %zu, not %zu", round, (ssize_t)how, end_b, end_a);
            /* Without an end a last dot or dot and CR may be undecided. */
            if (end_a ? b_n != a_n : b_n > a_n || a_n - b_n > 1)
                fail_msg("round %u cut %zd: %zu bytes, not %zu", round, (ssize_t)how, b_n, a_n);
            assert_memory_equal(a, b, b_n);
        }
    }
}

static void false_ends(void **state)
{
    static const struct {
        const char *in, *form;
        uint64_t at;
    } table[] = {
        {"ab\n.\ncd\r\n.\r\n", "\n.\n", 2},     {"ab\r.\rcd\r\n.\r\n", "\r.\r", 2},
        {"ab\n.\r\ncd\r\n.\r\n", "\n.\r\n", 2}, {"ab\r\n.\ncd\r\n.\r\n", "\r\n.\n", 2},
        {"ab\r\n.\rcd\r\n.\r\n", "\r\n.\r", 2}, {"ab\r.\r\ncd\r\n.\r\n", "\r.\r\n", 2},
        {"ab\n.\rcd\r\n.\r\n", "\n.\r", 2},     {"ab\r.\ncd\r\n.\r\n", "\r.\n", 2},
        {".\ncd\r\n.\r\n", "\r\n.\n", 0},       {"ab\n.c\r\n.\r\n", "", 0},
        {"ab\r\n..\ncd\r\n.\r\n", "", 0},       {"a.\n.b\r\n.\r\n", "", 0},
        {"x\n.\ny\r.\rz\r\n.\r\n", "\n.\n", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct span in = span_cstr(table[i].in);

        for (size_t cut = 0; cut <= in.n; cut++) {
            struct content c;
            size_t at = 0;
            uint64_t offset = 0;
            uint8_t copy[32], form[32]; /* 8 are asked for; more, so that the compiler sees a bound for what is compared */
            size_t n;
            enum content_step step = CONTENT_MORE;

            content_init(&c);
            while (at < in.n && step != CONTENT_END) {
                struct span piece = split_next(in, cut == in.n ? SPLIT_EACH : cut, &at), out;

                if (!content_has_false_end(&c))
                    content_plain(&c, &piece, copy);
                while ((step = content_next(&c, &piece, &out)) == CONTENT_BYTES)
                    ;
            }
            assert_int_equal(step, CONTENT_END);
            n = content_false_end(&c, form, &offset);
            if (!span_eq(span_of(form, n), span_cstr(table[i].form)) ||
                (n && offset != table[i].at))
                fail_msg("case %zu cut %zu: %zu bytes at %d", i, cut, n, (int)offset);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernel_agrees_with_its_twin),
        cmocka_unit_test(plain_front),
        cmocka_unit_test(plain_to_the_byte),
        cmocka_unit_test(dots_in_front_of_lines),
        cmocka_unit_test(end_is_found_as_the_rfc_says),
        cmocka_unit_test(false_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
