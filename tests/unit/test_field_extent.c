/* SPDX-License-Identifier: Apache-2.0 */
/* field_extent: against a plain reading of RFC 5322, with a page behind the text that nobody may read; what is rare stands at each place
 * of a block and beside its borders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/field_extent.h"
#include "decoders/mail/field_name.h"
#include "tests/unit/split.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Byte by byte. */
static bool plain_reading(struct span s, struct field_extent *f)
{
    size_t n = 0, i;

    while (n < s.n && s.p[n] > 0x20 && s.p[n] < 0x7f && s.p[n] != ':')
        n++;
    for (i = n; i < s.n && is_blank(s.p[i]); i++)
        ;
    if (!n || i == s.n || s.p[i] != ':' || (i + 2 < s.n && s.p[i + 1] == '/' && s.p[i + 2] == '/'))
        return false;
    *f = (struct field_extent){.name_n = n, .colon = i, .one_line = true};
    for (; i + 1 < s.n && s.p[i]; i++) {
        if (s.p[i] != '\n')
            continue;
        f->end = i;
        if (!is_blank(s.p[i + 1]))
            return true;
        f->one_line = false;
    }
    return false;
}

static void check(struct span text)
{
    struct field_extent got = {0}, expected = {0};
    void *base;
    size_t size;
    struct span s = split_guard(text, &base, &size);
    bool is = plain_reading(s, &expected);

    if (field_extent(s, &got) != is)
        fail_msg("%zu bytes: a whole field %d", s.n, !is);
    if (is && (got.name_n != expected.name_n || got.colon != expected.colon || got.end != expected.end))
        fail_msg("%zu bytes: %zu %zu %zu, not %zu %zu %zu", s.n, got.name_n, got.colon, got.end, expected.name_n, expected.colon, expected.end);
    assert_false(is && got.one_line && !expected.one_line);
    for (size_t from = 0; from <= s.n; from += from % 64 > 60 || s.n - from < 70 ? 1 : 7) /* what stands in front is not told */
        assert_int_equal(field_end(s, from), field_end_scalar(s, from));
    munmap(base, size);
}

/* What is rare, at each place of a field that is whole without it, of each length. */
static void each_byte_everywhere(void **state)
{
    static const char rare[] = {':', ' ', '\t', '/', '\n', '\r', 0, 0x7f, (char)0x80, (char)0xff, '-'};
    uint8_t text[200];

    (void)state;
    for (size_t n = 1; n < sizeof(text); n += n < 60 || n > 70 ? 13 : 1)
        for (size_t at = 0; at < n; at++)
            for (size_t r = 0; r < sizeof(rare); r++) {
                memset(text, 'a', sizeof(text));
                text[n > 9 ? 8 : 0] = ':';
                text[n - 1] = 'b';
                if (n > 1)
                    text[n - 2] = '\n';
                text[at] = (uint8_t)rare[r];
                check(span_of(text, n));
            }
}

/* Names, folds and ends of any length: few bytes are not what a field is made of. */
static void any_fields(void **state)
{
    uint32_t seed = 99;
    uint8_t text[300];

    (void)state;
    for (int round = 0; round < 60000; round++) {
        size_t n = (seed >> 8) % sizeof(text), name;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = (seed >> 4) % (1U << round % 8) ? 'x' : (uint8_t)"\n \t:/\n\r\n\n -\0\x80"[(seed >> 20) % 13];
        }
        seed = seed * 1664525 + 1013904223;
        name = (seed >> 12) % 80;
        if (n > name && round % 3)
            text[name] = ':';
        check(span_of(text, n));
    }
}

/* Byte by byte: a byte stays unless it is LF, or CR in front of LF or of the end. */
static size_t plain_unfolding(struct span s, uint8_t *to)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\n' && !(s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] == '\n')))
            to[n++] = s.p[i];
    return n;
}

/* Where nobody may read behind the text, nor write behind as much room as it has. */
static void check_unfolding(struct span text, size_t (*unfold)(struct span, uint8_t *))
{
    uint8_t expected[300], none[300] = {0};
    void *base, *room;
    size_t size, room_size;
    struct span s = split_guard(text, &base, &size), to = split_guard(span_of(none, text.n), &room, &room_size);
    uint8_t *out = (uint8_t *)(uintptr_t)to.p;
    size_t n = plain_unfolding(s, expected);

    assert_int_equal(unfold(s, out), n);
    assert_memory_equal(out, expected, n);
    munmap(base, size);
    munmap(room, room_size);
}

/* Line ends anywhere, beside borders of blocks and at the end: CR alone, several of them, a CR whose LF is in the next block. */
static void lines_become_one(void **state)
{
    uint32_t seed = 7;
    uint8_t text[300];

    (void)state;
    for (int round = 0; round < 4000; round++) {
        size_t n = round % sizeof(text);

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = (seed >> 4) % (1U << round % 6) ? 'x' : (uint8_t)"\n\r\t"[(seed >> 20) % 3];
        }
        check_unfolding(span_of(text, n), field_unfold);
        check_unfolding(span_of(text, n), field_unfold_scalar);
    }
}

/* In a mail that folds nothing, nothing is looked at for folds: where there is a kernel, one that ends in its first block is told as one line. */
static void one_line_is_told(void **state)
{
    struct field_extent f;
    struct span s = SPAN("Subject: one\r\nX-Next: and some more bytes, so that a whole block stands here\r\n");

    (void)state;
    assert_true(field_extent(s, &f));
#ifdef __x86_64__
    assert_int_equal(f.one_line, vector_has_avx2());
#endif
    assert_int_equal(f.end, 13);
}

/* Each name that somebody reads, in letters of any case; none of them with one byte changed to any that is not the other case of a letter. */
static void names_are_found(void **state)
{
    static const char *const names[FIELD_NAMES] = {
        NULL, "to", "cc", "bcc", "date", "from", "sender", "subject", "received", "reply-to", "x-mailer", "list-help", "list-post", "message-id",
        "references", "user-agent", "list-owner", "in-reply-to", "return-path", "archived-at", "mime-version", "content-type", "organization",
        "organisation", "received-spf", "list-archive", "list-subscribe", "x-originating-ip", "list-unsubscribe", "content-disposition",
        "authentication-results", "content-transfer-encoding"};

    (void)state;
    assert_int_equal(field_name_find(span_of("", 0)), FIELD_OTHER);
    assert_int_equal(field_name_find(SPAN("content-transfer-encoding-")), FIELD_OTHER);
    for (unsigned i = 1; i < FIELD_NAMES; i++)
        for (size_t at = 0; names[i][at]; at++)
            for (int c = 0; c < 256; c++) {
                uint8_t name[32];
                size_t n = strlen(names[i]);
                bool same = ascii_lower((uint8_t)c) == (uint8_t)names[i][at];
                bool twin = i == FIELD_ORGANIZATION || i == FIELD_ORGANISATION || n == 2; /* s for z; to and co, cc and tc are not both */

                memcpy(name, names[i], n);
                name[at] = (uint8_t)c;
                if (same)
                    assert_int_equal(field_name_find(span_of(name, n)), i);
                else if (!twin)
                    assert_int_equal(field_name_find(span_of(name, n)), FIELD_OTHER);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_everywhere),
        cmocka_unit_test(any_fields),
        cmocka_unit_test(lines_become_one),
        cmocka_unit_test(one_line_is_told),
        cmocka_unit_test(names_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
