/* SPDX-License-Identifier: Apache-2.0 */
/* mail_reader: however a mail's bytes come, and whatever other mails' come between them, what is read of it is what is read of it alone
 * and in one piece. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sensor/flows/mail_reader.h"

enum { KINDS = 6, AT_ONCE = 60 };

static const struct hash_key key = {1, 2};
static struct mem mem;
static struct suffix *suffix;
static struct mail_readers *readers;
static char *mails[KINDS];

static char *mail(const char *head, const char *line, size_t lines, const char *tail)
{
    char *text = malloc(strlen(head) + lines * strlen(line) + strlen(tail) + 1), *to = stpcpy(text, head);

    while (lines--)
        to = stpcpy(to, line);
    strcpy(to, tail);
    return text;
}

/* Shorter than a small block, than a whole one, and longer; one that ends with a long attachment that nobody reads, one whose text
 * stands behind such a one, and one that is nothing but a header. */
static void write_mails(void)
{
    static const char mixed[] = "Subject: mixed\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
                                "http://front.example.com/\r\n--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    static const char base64[] = "UEsDBBQAAAAIAAAAIQAAAAAAAAAAAAAAAAAAAAAAAAAAUEsDBBQAAAAIAAAAIQAAAAAAAAAA\r\n";

    mails[0] = mail("Subject: short\r\n\r\n", "see http://a.example.com/x\r\n", 3, "");
    mails[1] = mail("Subject: some\r\nContent-Type: text/html\r\n\r\n", "<p><a href=\"http://b.example.com/y\">shown</a></p>\r\n", 150, "</html>");
    mails[2] = mail("Subject: long\r\n\r\n", "a line of text, and www.example.org among it\r\n", 2000, "http://end.example.com/");
    mails[3] = mail(mixed, base64, 900, "--b--\r\n");
    mails[4] = mail(mixed, base64, 300, "--b\r\nContent-Type: text/plain\r\n\r\nhttp://behind.example.com/\r\n--b--\r\n");
    mails[5] = mail("Subject: header", " and more of it", 20, "");
}

static int set_up(void **state)
{
    static const struct mail_reader_options options = {.keep_headers = true};

    (void)state;
    mem_init(&mem, 0);
    suffix = suffix_new(&mem, NULL, &(struct hash_key){1, 2});
    readers = mail_readers_new(&mem, &key, suffix, &options);
    write_mails();
    return !suffix || !readers;
}

static int tear_down(void **state)
{
    (void)state;
    mail_readers_free(readers);
    suffix_free(suffix);
    for (int i = 0; i < KINDS; i++)
        free(mails[i]);
    return mem.used != 0;
}

/* One mail under way. */
struct under_way {
    struct record r;
    struct mail_reader *reader;
    int kind;
    size_t at;
};

static void begin(struct under_way *u, int kind)
{
    memset(u, 0, sizeof(*u));
    arena_init(&u->r.arena, &mem, LIMIT_RECORD_BYTES);
    u->kind = kind;
    u->reader = mail_reader_take(readers, &u->r);
    assert_non_null(u->reader);
}

static void push(struct under_way *u, size_t n)
{
    size_t left = strlen(mails[u->kind]) - u->at;

    n = n < left ? n : left;
    mail_reader_push(u->reader, span_of(mails[u->kind] + u->at, n));
    u->at += n;
}

/* The same, put where they would be copied to; more was written there than comes. */
static void push_in_room(struct under_way *u, size_t n)
{
    size_t left = strlen(mails[u->kind]) - u->at, more;
    uint8_t *to;

    n = n < left ? n : left;
    more = 3 * n < left ? 3 * n : left;
    to = mail_reader_room(u->reader, more);
    if (to)
        memcpy(to, mails[u->kind] + u->at, more);
    mail_reader_push(u->reader, span_of(to ? to : (const uint8_t *)mails[u->kind] + u->at, n));
    u->at += n;
}

/* What was read, as text (free it). */
static char *end(struct under_way *u, bool complete)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    mail_reader_finish(u->reader, complete);
    fprintf(out, "%.*s, state %d, anomalies %llx\n%.*s\n", SPAN_FMT(u->r.email.subject), u->r.email.state,
            (unsigned long long)u->r.anomalies, SPAN_FMT(u->r.header_block));
    for (uint32_t i = 0; i < u->r.links_n; i++)
        fprintf(out, "%.*s\n", SPAN_FMT(u->r.links[i].url));
    for (uint32_t i = 0; i < u->r.parts_n; i++)
        fprintf(out, "%.*s %llu %d\n", SPAN_FMT(u->r.parts[i].mail->type), (unsigned long long)u->r.parts[i].mail->size,
                u->r.parts[i].mail->whole);
    fclose(out);
    arena_free(&u->r.arena);
    return text;
}

static char *alone(int kind)
{
    struct under_way u;

    begin(&u, kind);
    push(&u, SIZE_MAX);
    return end(&u, true);
}

static void told_alone(void **state)
{
    static const char *const has[] = {"http://a.example.com/x\n", "http://b.example.com/y\n", "http://end.example.com/\n",
                                      "application/zip 48600 1\n", "http://behind.example.com/\n", "state 3"};

    (void)state;
    for (int i = 0; i < KINDS; i++) {
        char *text = alone(i);

        if (!strstr(text, has[i]))
            fail_msg("mail %d: %s is missing in\n%s", i, has[i], text);
        free(text);
    }
}

/* In pieces of one length, from a byte to all. */
static void in_pieces(void **state)
{
    static const size_t pieces[] = {1, 7, 1460, 4095, 4096, 4097, 8192, 8193, 16383, 16384, 16385};

    (void)state;
    for (size_t k = 0; k < sizeof(pieces) / sizeof(*pieces); k++)
        for (int i = 0; i < KINDS; i++) {
            char *expected = alone(i), *text;
            struct under_way u;

            begin(&u, i);
            while (mails[i][u.at])
                push(&u, pieces[k]);
            text = end(&u, true);
            assert_string_equal(text, expected);
            free(text);
            begin(&u, i);
            while (mails[i][u.at])
                push_in_room(&u, pieces[k]);
            text = end(&u, true);
            assert_string_equal(text, expected);
            free(text);
            free(expected);
        }
}

/* Sixty mails at once, frames of any of them in any order: more than there are whole blocks kept. */
static void at_once(void **state)
{
    struct under_way all[AT_ONCE];
    char *expected[KINDS], *text;

    (void)state;
    srand(5);
    for (int i = 0; i < KINDS; i++)
        expected[i] = alone(i);
    for (int i = 0; i < AT_ONCE; i++)
        begin(&all[i], i % KINDS);
    for (int n = 0; n < 12000; n++) {
        struct under_way *u = &all[rand() % AT_ONCE];

        for (int run = rand() % 3; run >= 0 && mails[u->kind][u->at]; run--)
            (rand() % 2 ? push : push_in_room)(u, 1 + (size_t)(rand() % (rand() % 40 ? 1460 : 20000)));
        if (mails[u->kind][u->at])
            continue;
        text = end(u, true);
        assert_string_equal(text, expected[u->kind]);
        free(text);
        begin(u, rand() % KINDS);
    }
    for (int i = 0; i < AT_ONCE; i++)
        free(end(&all[i], false));
    for (int i = 0; i < KINDS; i++)
        free(expected[i]);
}

/* Bytes are lost: those before it are read before it, those behind it behind it. */
static void with_a_gap(void **state)
{
    struct under_way u;
    char *text;

    (void)state;
    for (size_t piece = 1; piece < 40000; piece = piece * 3 + 1) {
        begin(&u, 4);
        while (u.at < 2000)
            push(&u, piece < 2000 - u.at ? piece : 2000 - u.at);
        mail_reader_gap(u.reader, 500);
        u.at += 500;
        while (mails[4][u.at])
            push(&u, piece);
        text = end(&u, true);
        assert_non_null(strstr(text, "http://front.example.com/\nhttp://behind.example.com/\ntext/plain 25 1\n"));
        assert_non_null(strstr(text, " 0\ntext/plain 26 1\n")); /* what stands before it is not whole */
        free(text);
    }
}

/* No memory at some request: the mail is told as too large or as it is, and nothing is lost of the memory. */
static void refused(void **state)
{
    (void)state;
    for (long n = 1; n < 60; n++)
        for (int i = 0; i < KINDS; i++) {
            struct under_way u;
            uint64_t before = mem.refused;

            while (mail_readers_trim(readers))
                ;
            begin(&u, i);
            mem.fail_after = n;
            while (mails[i][u.at])
                push(&u, 1460);
            free(end(&u, true));
            assert_true(mem.refused == before || u.r.anomalies);
            mem.fail_after = 0;
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_alone), cmocka_unit_test(in_pieces), cmocka_unit_test(at_once),
        cmocka_unit_test(with_a_gap), cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
