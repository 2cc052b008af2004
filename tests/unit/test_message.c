/* SPDX-License-Identifier: Apache-2.0 */
/* message: every mail of tests/mails against its expected transcript, whole, in pieces, without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>

#include "decoders/mail/header_once.h"
#include "tests/unit/mail_transcript.h"

#define FOLDER "tests/mails/"
enum { MAILS = 512, NAME = 256 };

struct file {
    uint8_t *p;
    size_t n;
};

static struct file read_file(const char *path)
{
    struct file f = {NULL, 0};
    FILE *in = fopen(path, "rb");
    size_t size;

    if (!in)
        return f;
    fseek(in, 0, SEEK_END);
    size = (size_t)ftell(in);
    rewind(in);
    f.p = malloc(size * 2 + 1);
    f.n = fread(f.p, 1, size, in);
    fclose(in);
    return f;
}

/* Files are kept with LF for people; on the wire lines end in CRLF. NAME.raw.eml is taken as it is. */
static struct file read_mail(const char *path)
{
    struct file f = read_file(path), wire;

    if (strstr(path, ".raw.eml"))
        return f;
    wire.p = malloc(f.n * 2 + 1);
    wire.n = 0;
    for (size_t i = 0; i < f.n; i++) {
        if (f.p[i] == '\n')
            wire.p[wire.n++] = '\r';
        wire.p[wire.n++] = f.p[i];
    }
    free(f.p);
    return wire;
}

struct how {
    bool want_bytes;
    long fail_after;
    enum transcript_others others;
};

static char *run_mail(void *ctx, struct span input, size_t cut)
{
    const struct how *how = ctx;
    struct transcript t;
    struct mem m;
    size_t at = 0;
    char *page;

    mem_init(&m, 0);
    m.fail_after = how->fail_after;
    if (transcript_begin(&t, &m, how->want_bytes, how->others)) {
        struct span piece;

        while ((piece = split_next(input, cut, &at)).n)
            message_push(t.message, piece);
    }
    page = transcript_end(&t, true);
    assert_int_equal(m.used, 0);
    return page;
}

/* The next line of a page that names a part, NULL where none does; *n: of its "part type/subtype". */
static const char *next_part(const char *page, size_t *n)
{
    const char *p = strncmp(page, "part ", 5) == 0 ? page : strstr(page, "\npart ");

    if (!p)
        return NULL;
    p += *p == '\n';
    *n = 5 + strcspn(p + 5, " \n");
    return p;
}

/* Parts may be missing from page, but each that is there is one of the mail's, in their order. */
static void no_part_made_up(const char *page, const char *expected)
{
    size_t n = 0, m = 0;
    const char *at = expected;

    for (const char *p = page; (p = next_part(p, &n)); p += n) {
        do {
            at = next_part(at, &m);
            if (!at)
                fail_msg("%.*s is no part of\n%s--- found\n%s", (int)n, p, expected, page);
            at += m;
        } while (n != 5 && (m != n || memcmp(at - m, p, n) != 0)); /* 5: its type was not kept */
    }
}

enum { BYTEWISE_MOST = 4096 };

/* Whatever is refused, nothing crashes, leaks or is made up, until a run is refused nothing. (Byte by byte a buffer's later
 * room may be what is refused: what it already holds is not all then.) */
static void without_memory(struct span mail, const char *expected)
{
    bool done[2] = {false, mail.n > BYTEWISE_MOST};

    for (long n = 1; !done[0] || !done[1]; n++) {
        for (int bytewise = 0; bytewise < 2; bytewise++) {
            struct how how = {false, n, OTHERS_SHOWN};
            char *page;

            if (done[bytewise])
                continue;
            page = run_mail(&how, mail, bytewise ? SPLIT_EACH : SPLIT_WHOLE);
            no_part_made_up(page, expected);
            done[bytewise] = n > 1 && strcmp(page, expected) == 0;
            free(page);
        }
        assert_true(n < 10000);
    }
}

static void expect_page(const char *path, const char *page)
{
    char expect_path[NAME * 2];
    struct file expected;

    snprintf(expect_path, sizeof(expect_path), "%.*s.expect", (int)(strlen(path) - 4), path);
    if (getenv("MXTAP_WRITE_EXPECTED")) {
        FILE *out = fopen(expect_path, "wb");

        fputs(page, out);
        fclose(out);
    }
    expected = read_file(expect_path);
    if (!expected.p)
        fail_msg("%s is missing; the page is\n%s", expect_path, page);
    expected.p[expected.n] = 0;
    if (strcmp((char *)expected.p, page) != 0)
        fail_msg("%s\n--- expected\n%s--- found\n%s", path, (char *)expected.p, page);
    free(expected.p);
}

/* Fields that nobody reads may be passed by whole: they count, and are as strange, as if they were told. */
static void pass_others(const char *path, struct span mail)
{
    struct how leaves_out = {false, 0, OTHERS_LEFT_OUT}, passes = {false, 0, OTHERS_PASSED};
    char *page = run_mail(&leaves_out, mail, SPLIT_WHOLE), *passed = split_check(path, run_mail, &passes, mail);

    assert_string_equal(page, passed);
    free(passed);
    free(page);
}

static void one_mail(void **state)
{
    const char *path = *state;
    struct file mail = read_mail(path);
    struct span bytes = span_of(mail.p, mail.n);
    struct how how = {false, 0, OTHERS_SHOWN}, wants = {true, 0, OTHERS_SHOWN};
    char *page = split_check(path, run_mail, &how, bytes), *again;

    expect_page(path, page);
    again = split_check(path, run_mail, &wants, bytes);
    assert_string_equal(page, again);
    pass_others(path, bytes);
    without_memory(bytes, page);
    free(again);
    free(page);
    free(mail.p);
}

/* A mail whose bytes from..to were never seen, whole or byte by byte. */
static char *run_gap(struct span mail, size_t from, size_t to, bool bytewise)
{
    struct transcript t;
    struct mem m;

    mem_init(&m, 0);
    transcript_begin(&t, &m, false, OTHERS_SHOWN);
    for (size_t i = 0; i < mail.n; i++) {
        if (i == from) {
            message_gap(t.message, to - from);
            i = to - 1;
        } else if (bytewise) {
            message_push(t.message, span_of(mail.p + i, 1));
        } else {
            size_t n = (i < from ? from : mail.n) - i;

            message_push(t.message, span_of(mail.p + i, n));
            i += n - 1;
        }
    }
    return transcript_end(&t, true);
}

static void gaps_lose_what_they_must_and_no_more(void **state)
{
    static const char mail[] =
        "Subject: one\r\nX-A: folded\r\n over\r\nFrom: a@b\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\n\r\nfirst text\r\n--b\r\nContent-Type: text/html\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nPGEgaHJlZj0i\r\naHR0cDovL2EiPg==\r\n"
        "--b\r\n\r\nlast\r\n--b--\r\n";
    static const struct {
        const char *lost, *kept[6], *gone[3];
    } cases[] = {
        {"one\r\nX-A: fol", {"From: a@b\n", "| first text", "| last"}, {"Subject", "X-A"}},
        {"over\r\nFr", {"Subject: one\n", "Content-Type: multi", "| last"}, {"From", "X-A"}},
        {"t text\r\n--b\r\nConte", {"| firsnt-Type", "| last"}, {"<a"}},
        {"0i\r\naHR0cDovL2E", {"| <a hre", "| last"}, {"http"}},
        {"over", {"From: a@b", "| first text", "| <a href=\"http://a\">"}, {"X-A"}},
        {"irst te", {"| fxt\\\nend 3 bytes, not whole\n", "| last\\\nend 4 bytes\n"}, {"<a href=\"http://a\">\\\nend 19 bytes, not"}},
        {"base64\r\n\r\nPGEg", {"first text\\\nend 10 bytes\n", "bytes, not whole\n", "| last\\\nend 4 bytes\n"}, {"<a"}},
        /* the part may be of any type: none is told, and its text is read all the same */
        {"Type: text/html\r\nContent-Transfer-Encoding: base64", {"| first text", "part  (plain text)\n| PGEg"}, {"text/html", "<a"}},
        /* the fields of two parts' headers, read as the mail's, are not twice in its header */
        {"\r\n--b\r\n\r\nfirst text\r\n--", {"Content-Type: multipart", "Content-Transfer-Encoding: base64"}, {"duplicate"}},
    };
    struct span all = span_cstr(mail);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t from = span_find_span(all, 0, span_cstr(cases[i].lost));
        size_t to = from + strlen(cases[i].lost);
        char *page, *bytewise;

        assert_true(from < all.n);
        page = run_gap(all, from, to, false);
        bytewise = run_gap(all, from, to, true);
        assert_string_equal(page, bytewise);
        for (int k = 0; k < 6 && cases[i].kept[k]; k++)
            if (!strstr(page, cases[i].kept[k]))
                fail_msg("lost \"%s\": no \"%s\" in\n%s", cases[i].lost, cases[i].kept[k], page);
        for (int k = 0; k < 3 && cases[i].gone[k]; k++)
            if (strstr(page, cases[i].gone[k]))
                fail_msg("lost \"%s\": \"%s\" in\n%s", cases[i].lost, cases[i].gone[k], page);
        free(page);
        free(bytewise);
    }
}

/* A field may be told as soon as its end is seen, or only when the bytes behind it are lost: by the pieces they came in. */
static void what_stood_in_front_of_a_hole_does_not_hang_on_pieces(void **state)
{
    static const char mail[] = "Subject: a\r\nX-A: b\r\n folded\r\nSubject: c\r\nX-B: d\r\nnoise\r\nFrom: e@f\r\n\r\ntext\r\n";
    struct span all = span_cstr(mail);
    size_t twice = span_find_span(all, 0, SPAN("X-B"));

    (void)state;
    for (size_t from = 1; from + 1 < all.n; from++) {
        for (size_t to = from + 1; to < all.n; to += 7) {
            char *page = run_gap(all, from, to, false), *bytewise = run_gap(all, from, to, true);

            assert_string_equal(page, bytewise);
            if (from >= twice && !strstr(page, "header.duplicate"))
                fail_msg("lost %zu to %zu: two subjects stood in front of it:\n%s", from, to, page);
            free(page);
            free(bytewise);
        }
    }
}

static void a_cut_mail_stays_where_it_was_cut(void **state)
{
    static const struct {
        const char *mail, *page;
    } cases[] = {
        {"", "state: empty\n"},
        {"Subj", "state: in the header\n"},
        {"Subject: a\r\nFrom: x", "Subject: a\nstate: in the header\n"},
        {"Subject: a\r\n\r\nhal",
         "Subject: a\n--- header ends\npart text/plain (plain text)\n| hal\\\nend 3 bytes, not whole\nstate: in the body\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct transcript t;
        struct mem m;
        char *page;

        mem_init(&m, 0);
        transcript_begin(&t, &m, false, OTHERS_SHOWN);
        message_push(t.message, span_cstr(cases[i].mail));
        page = transcript_end(&t, false);
        assert_string_equal(page, cases[i].page);
        free(page);
    }
}

/* Names are looked up by their length: every one of RFC 5322 3.6 is found, and none beside them. */
static void fields_that_stand_once(void **state)
{
    static const char *const once[] = {"date", "FROM", "Sender", "Reply-To", "to", "cC", "bcc", "Message-Id", "In-Reply-To", "references",
                                       "Subject", "MIME-Version", "content-type", "Content-Disposition", "CONTENT-TRANSFER-ENCODING"};
    static const char *const often[] = {"", "x", "re", "received", "Comments", "Keywords", "X-Subject", "Fro", "Content-Languag",
                                        "Authentication-Results", "Content-Transfer-Encodings", "a name that is longer than each of them"};
    field_set seen = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
        assert_false(header_once_again(&seen, field_name_find(span_cstr(once[i]))));
        assert_true(header_once_again(&seen, field_name_find(span_cstr(once[i]))));
    }
    for (size_t i = 0; i < 2 * sizeof(often) / sizeof(often[0]); i++)
        assert_false(header_once_again(&seen, field_name_find(span_cstr(often[i / 2]))));
}

static int find_mails(char (*names)[NAME])
{
    struct dirent **list;
    int n = 0, all = scandir(FOLDER, &list, NULL, alphasort);

    for (int i = 0; i < all; i++) {
        size_t length = strlen(list[i]->d_name);

        if (n < MAILS && length > 4 && strcmp(list[i]->d_name + length - 4, ".eml") == 0)
            snprintf(names[n++], NAME, FOLDER "%.200s", list[i]->d_name);
        free(list[i]);
    }
    if (all >= 0)
        free(list);
    return n;
}

int main(void)
{
    static char names[MAILS][NAME];
    static struct CMUnitTest tests[MAILS + 4];
    int n = find_mails(names);

    if (n < 40) {
        fprintf(stderr, "%d mails in " FOLDER ": run from the top of the tree\n", n);
        return 1;
    }
    for (int i = 0; i < n; i++)
        tests[i] = (struct CMUnitTest){names[i], one_mail, NULL, NULL, names[i]};
    tests[n] = (struct CMUnitTest)cmocka_unit_test(gaps_lose_what_they_must_and_no_more);
    tests[n + 1] = (struct CMUnitTest)cmocka_unit_test(a_cut_mail_stays_where_it_was_cut);
    tests[n + 2] = (struct CMUnitTest)cmocka_unit_test(fields_that_stand_once);
    tests[n + 3] = (struct CMUnitTest)cmocka_unit_test(what_stood_in_front_of_a_hole_does_not_hang_on_pieces);
    return _cmocka_run_group_tests("message", tests, (size_t)n + 4, NULL, NULL);
}
