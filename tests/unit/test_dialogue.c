/* SPDX-License-Identifier: Apache-2.0 */
/* dialogue: every file of tests/dialogues whole, byte by byte, at every cut, without memory. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <glob.h>

#include "tests/unit/dialogue_script.c.inc"
#include "tests/unit/split.h"

enum { MOST_CUTS = 1500 };

static char *run_checked(const struct script *s, size_t cut)
{
    struct mem m;
    char *out;

    mem_init(&m, 0);
    out = script_run(s, &m, cut);
    if (!out || m.used) {
        fprintf(stderr, "memory left: %zu\n", m.used);
        abort();
    }
    return out;
}

static void compare(const char *path, const char *what, size_t cut, const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return;
    /* Not by fail_msg, which cuts what it prints. */
    fprintf(stderr, "%s: %s (cut %zd)\n--- expected\n%s\n--- got\n%s\n--- end\n", path, what, (ssize_t)cut, a, b);
    fail_msg("%s: %s", path, what);
}

static void no_secret(const char *path, const struct script *s, const char *out)
{
    for (size_t i = 0; i < s->secrets_n; i++)
        if (strstr(out, s->secrets[i]))
            fail_msg("%s: the secret %s came out:\n%s", path, s->secrets[i], out);
}

/* Wherever nothing is under way: a dialogue that was folded and unfolded goes on as if nothing had been. */
static void check_resting(const char *path, const struct script *s, const char *whole, unsigned *rests)
{
    struct mem m;
    char *out;

    mem_init(&m, 0);
    out = script_run_resting(s, &m, rests);
    assert_int_equal(m.used, 0);
    compare(path, "resting", SPLIT_EACH, whole, out);
    free(out);
}

static void every_allocation_fails(const struct script *s)
{
    struct mem m;
    uint64_t calls;
    char *out;

    mem_init(&m, 0);
    free(script_run(s, &m, SPLIT_EACH));
    calls = m.calls < 400 ? m.calls : 400;
    for (uint64_t n = 1; n <= calls; n++) {
        mem_init(&m, 0);
        m.fail_after = (long)n;
        out = script_run(s, &m, SPLIT_EACH);
        free(out);
        assert_int_equal(m.used, 0);
    }
}

static void check_file(const char *path, unsigned *rests)
{
    struct script s;
    char *whole, *out;
    size_t step;

    script_load(&s, path);
    whole = run_checked(&s, SPLIT_WHOLE);
    if (getenv("UPDATE_TRANSCRIPTS")) {
        FILE *f = fopen(path, "w");

        fprintf(f, "%s%s", s.head, whole);
        fclose(f);
    } else {
        compare(path, "transcript", 0, s.expected, whole);
    }
    no_secret(path, &s, whole);
    out = run_checked(&s, SPLIT_EACH);
    compare(path, "byte by byte", SPLIT_EACH, whole, out);
    free(out);
    check_resting(path, &s, whole, rests);
    step = s.total / split_most(MOST_CUTS) + 1;
    for (size_t cut = 1; cut < s.total; cut += step) {
        out = run_checked(&s, cut);
        compare(path, "cut in two", cut, whole, out);
        free(out);
    }
    if (s.total < 100000)
        every_allocation_fails(&s);
    free(whole);
    script_free(&s);
}

/* A load balancer's header for which memory is refused. Whom it named is lost; it is still no command (version 2 has a QUIT in it), and
 * the peer is not the sender. */
static void a_proxy_header_without_memory(void **state)
{
    static const char *const paths[] = {"tests/dialogues/proxy_v1.txt", "tests/dialogues/proxy_v2.txt", "tests/dialogues/proxy_v2_ipv6_tlv.txt"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct script s;
        struct mem m;
        uint64_t calls = 1;

        script_load(&s, paths[i]);
        for (uint64_t n = 0; n <= calls; n++) {
            char *out;

            mem_init(&m, 0);
            m.fail_after = (long)n; /* 0: none; the truth comes first */
            out = script_run(&s, &m, SPLIT_WHOLE);
            calls = n ? calls : m.calls;
            if (out && !strstr(out, "via=proxy"))
                fail_msg("%s, allocation %llu refused: no word of a proxy:\n%s", paths[i], (unsigned long long)n, out);
            free(out);
        }
        script_free(&s);
    }
}

/* A line of page that begins with start, behind at; NULL where there is none. */
static const char *line_with(const char *page, const char *start)
{
    size_t n = strlen(start);

    for (; page; page = strchr(page, '\n')) {
        page += *page == '\n';
        if (strncmp(page, start, n) == 0)
            return page;
    }
    return NULL;
}

/* Whether the text from `from` to the end of its word stands in the page's block that begins at line: its lines are indented. */
static bool is_in_block(const char *line, const char *from)
{
    size_t block = strcspn(line, "\n"), word = strcspn(from, " \n");

    while (line[block] == '\n' && line[block + 1] == ' ')
        block += 1 + strcspn(line + block + 1, "\n");
    return memmem(line, block, from, word) != NULL;
}

/* One mail of page, a block "end ID ...": its sender and its recipients are those that the mail of this number has in truth. */
static bool is_true_mail(const char *mail, const char *truth)
{
    size_t line = strcspn(mail, "\n");
    const char *from = memmem(mail, line, " from=", 6), *there;
    char start[32];

    snprintf(start, sizeof(start), "end %u ", (unsigned)strtoul(mail + 4, NULL, 10));
    there = line_with(truth, start);
    if (!there || (from && !is_in_block(there, from + 1)))
        return false;
    for (const char *l = mail + line; l[0] == '\n' && l[1] == ' '; l += 1 + strcspn(l + 1, "\n"))
        if (strncmp(l, "\n  rcpt <", 9) == 0 && !is_in_block(there, l + 8))
            return false;
    return true;
}

/* The mail's content, "content ID: n bytes" and its lines, is what truth says of this number. */
static bool is_true_content(const char *content, const char *truth)
{
    size_t n = strcspn(content, "\n");

    while (content[n] == '\n' && content[n + 1] == ' ')
        n += 1 + strcspn(content + n + 1, "\n");
    return memmem(truth, strlen(truth), content, n) != NULL;
}

static void no_mail_made_up(const char *path, uint64_t refused, const char *page, const char *truth)
{
    const char *at = page;

    while ((at = line_with(at, "end ")) && is_true_mail(at, truth))
        at += 4;
    if (at)
        fail_msg("%s, allocation %llu refused: not so: %s", path, (unsigned long long)refused, at);
    at = page;
    while ((at = line_with(at, "content ")) && is_true_content(at, truth))
        at += 8;
    if (at)
        fail_msg("%s, allocation %llu refused: not so: %s", path, (unsigned long long)refused, at);
}

/* Memory is refused for a moment, at each request in turn: that costs mails, or what is known of them; none is made up, and none has the sender
 * or the recipients of another. (A MAIL inside of another one is none where the server says 503, be it that either found no memory.) */
static void a_moment_without_memory(void **state)
{
    static const char *const paths[] = {"tests/dialogues/nested_mail_refused.txt", "tests/dialogues/nested_mail_taken.txt",
                                        "tests/dialogues/nested_mail_three.txt",   "tests/dialogues/nested_mail_other_refusal.txt",
                                        "tests/dialogues/nested_mail_one_by_one.txt", "tests/dialogues/bdat_nested_mail.txt",
                                        "tests/dialogues/several_mails.txt",       "tests/dialogues/pipelined.txt"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        struct script s;
        struct mem m;
        uint64_t calls = 1;

        script_load(&s, paths[i]);
        s.moment = true;
        for (uint64_t n = 1; n <= calls; n++) {
            char *out;

            mem_init(&m, 0);
            m.fail_after = (long)n;
            out = script_run(&s, &m, SPLIT_EACH);
            calls += m.refused != 0;
            if (out && !strstr(out, "! smtp.too_many_pending")) /* a MAIL that had no room to wait counts for itself */
                no_mail_made_up(paths[i], n, out, s.expected);
            free(out);
            assert_int_equal(m.used, 0);
        }
        script_free(&s);
    }
}

static void dialogues(void **state)
{
    const char *only = getenv("DIALOGUE");
    unsigned rests = 0;
    glob_t g;

    (void)state;
    assert_int_equal(glob(only ? only : "tests/dialogues/*.txt", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++)
        check_file(g.gl_pathv[i], &rests);
    printf("%zu dialogues, %u rests\n", g.gl_pathc, rests);
    assert_true(only || rests > 500);
    globfree(&g);
}

static void push_text(struct dialogue *d, enum smtp_side side, const char *text)
{
    dialogue_push(d, side, span_cstr(text));
}

static void count_end(void *ctx, const struct smtp_transaction *t)
{
    assert_int_equal(t->outcome, SMTP_ACCEPTED);
    assert_int_equal(t->id, *(uint32_t *)ctx);
    ++*(uint32_t *)ctx;
}

/* Memory neither grows with the mails of a connection nor stays behind them. */
static void ten_thousand_mails(void **state)
{
    const struct dialogue_events events = {.end = count_end};
    const struct dialogue_options options = {0};
    struct mem m;
    struct dialogue *d;
    uint32_t ended = 0;
    size_t idle;

    (void)state;
    mem_init(&m, 0);
    d = dialogue_new(&m, &events, &ended, &options);
    push_text(d, SMTP_SERVER, "220 mx ESMTP\r\n");
    push_text(d, SMTP_CLIENT, "EHLO client.example\r\n");
    push_text(d, SMTP_SERVER, "250-mx\r\n250 PIPELINING\r\n");
    idle = m.used;
    for (int i = 0; i < 10000; i++) {
        push_text(d, SMTP_CLIENT, "MAIL FROM:<a@c>\r\nRCPT TO:<b@mx>\r\nDATA\r\n");
        push_text(d, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
        push_text(d, SMTP_CLIENT, "Subject: x\r\n\r\nbody\r\n.\r\n");
        push_text(d, SMTP_SERVER, "250 ok queued as A1\r\n");
        assert_int_equal(m.used, idle);
    }
    assert_int_equal(ended, 10000);
    /* What an idle connection costs: ARCHITECTURE.md wants it small. */
    assert_in_range(idle, 1, 900);
    assert_in_range(m.peak, 1, 8192);
    dialogue_finish(d);
    dialogue_free(d);
    assert_int_equal(m.used, 0);
}

/* A mail's bytes are put where they are wanted before its end is seen: of what stands behind it nothing stays there. */
static uint8_t room[512];

static uint8_t *in_room(void *ctx, uint32_t id, size_t n)
{
    (void)id;
    ++*(uint32_t *)ctx;
    return n <= sizeof(room) ? room : NULL;
}

static void no_secret_in_the_room(void **state)
{
    const struct dialogue_events events = {.content_room = in_room};
    const struct dialogue_options options = {0};
    struct mem m;
    struct dialogue *d;
    uint32_t asked = 0;

    (void)state;
    mem_init(&m, 0);
    d = dialogue_new(&m, &events, &asked, &options);
    push_text(d, SMTP_SERVER, "220 mx ESMTP\r\n");
    push_text(d, SMTP_CLIENT, "EHLO client.example\r\n");
    push_text(d, SMTP_SERVER, "250-mx\r\n250 PIPELINING\r\n");
    push_text(d, SMTP_CLIENT, "MAIL FROM:<a@c>\r\nRCPT TO:<b@mx>\r\nDATA\r\n");
    push_text(d, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
    push_text(d, SMTP_CLIENT, "Subject: x\r\n\r\nbody\r\n");
    push_text(d, SMTP_CLIENT, "a line that is longer than a block of what is looked at together, and then the end\r\n.\r\nAUTH PLAIN AGpvZQBzZWNyZXQ=\r\nNOOP\r\n");
    assert_true(asked);
    assert_null(memmem(room, sizeof(room), "pvZQBzZWNyZXQ", 13));
    dialogue_finish(d);
    dialogue_free(d);
    assert_int_equal(m.used, 0);
}

static void note_false_end(void *ctx, const struct smtp_transaction *t)
{
    *(uint64_t *)ctx = t->smuggling.offset;
}

/* Where the false end of a mail is that is sent in pieces of so many bytes. */
static uint64_t false_end_at(struct span mail, size_t piece)
{
    const struct dialogue_events events = {.end = note_false_end};
    const struct dialogue_options options = {0};
    struct mem m;
    struct dialogue *d;
    uint64_t at = 0;

    mem_init(&m, 0);
    d = dialogue_new(&m, &events, &at, &options);
    push_text(d, SMTP_SERVER, "220 mx ESMTP\r\n");
    push_text(d, SMTP_CLIENT, "EHLO client.example\r\n");
    push_text(d, SMTP_SERVER, "250-mx\r\n250 PIPELINING\r\n");
    push_text(d, SMTP_CLIENT, "MAIL FROM:<a@c>\r\nRCPT TO:<b@mx>\r\nDATA\r\n");
    push_text(d, SMTP_SERVER, "250 ok\r\n250 ok\r\n354 go\r\n");
    for (size_t i = 0; i < mail.n; i += piece)
        dialogue_push(d, SMTP_CLIENT, span_head(span_from(mail, i), piece));
    push_text(d, SMTP_SERVER, "250 ok\r\n");
    dialogue_finish(d);
    dialogue_free(d);
    assert_int_equal(m.used, 0);
    return at;
}

/* Text stands behind the first false end, or a line too long for a command, and more of it than is ever kept; behind the second there are commands:
 * that one counts, also where all of it comes at once. */
static void a_false_end_is_judged_by_its_first_line(void **state)
{
    static const char *const first[] = {"text\r\n", "MAIL FROM:<"};
    static const size_t pieces[] = {1, 1460, 100000};
    enum { LONG = 40000 };
    char *mail = malloc(LONG + 200);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = (size_t)sprintf(mail, "Subject: x\r\n\r\nbody\n.\n%s", first[i]), second;

        memset(mail + n, 'x', LONG);
        second = n + LONG + 6;
        n += LONG + (size_t)sprintf(mail + n + LONG, ">\r\nbody\n.\nMAIL FROM:<e@c>\r\nDATA\r\n\r\n.\r\n");
        for (size_t k = 0; k < sizeof(pieces) / sizeof(*pieces); k++)
            assert_int_equal(false_end_at(span_of((const uint8_t *)mail, n), pieces[k]), second + 1);
    }
    free(mail);
}

/* Whole mails in chunks, as many as may be open, before the server says a word. */
static void mails_in_flight(void **state)
{
    const struct dialogue_events events = {.end = count_end};
    const struct dialogue_options options = {0};
    struct mem m;
    struct dialogue *d;
    uint32_t ended = 0;

    (void)state;
    mem_init(&m, 0);
    d = dialogue_new(&m, &events, &ended, &options);
    push_text(d, SMTP_SERVER, "220 mx ESMTP\r\n");
    push_text(d, SMTP_CLIENT, "EHLO client.example\r\n");
    push_text(d, SMTP_SERVER, "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
    for (int i = 0; i < LIMIT_SMTP_TRANSACTIONS; i++)
        push_text(d, SMTP_CLIENT, "MAIL FROM:<a@c>\r\nRCPT TO:<b@mx>\r\nBDAT 6 LAST\r\nhello\n");
    assert_int_equal(ended, 0);
    for (int i = 0; i < LIMIT_SMTP_TRANSACTIONS; i++)
        push_text(d, SMTP_SERVER, "250 ok\r\n250 ok\r\n250 ok queued as A1\r\n");
    assert_int_equal(ended, LIMIT_SMTP_TRANSACTIONS);
    dialogue_finish(d);
    dialogue_free(d);
    assert_int_equal(m.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dialogues),
        cmocka_unit_test(a_proxy_header_without_memory),
        cmocka_unit_test(a_moment_without_memory),
        cmocka_unit_test(ten_thousand_mails),
        cmocka_unit_test(mails_in_flight),
        cmocka_unit_test(no_secret_in_the_room),
        cmocka_unit_test(a_false_end_is_judged_by_its_first_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
