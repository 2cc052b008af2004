/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_encoding: CASES 26, each in any pieces, decoded and counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "decoders/mail/base64.h"
#include "tests/unit/split.h"

#define B TRANSFER_BASE64
#define Q TRANSFER_QUOTED_PRINTABLE
#define U TRANSFER_UUENCODE

static const struct {
    const char *name;
    enum transfer_encoding encoding;
    const char *in, *out;
    bool odd;
} cases[] = {
    {"base64", B, "SGVsbG8sIHdvcmxkIQ==", "Hello, world!", false},
    {"base64 in lines", B, "SGVs\r\nbG8s\r\n", "Hello,", false},
    {"base64 in odd lines", B, "SG\r\nVsb\nG8\r\ns", "Hello,", false},
    {"base64 without padding", B, "SGVsbG8", "Hello", false},
    {"base64 without padding, one more", B, "SGVsbG", "Hell", false},
    {"base64 lone last character", B, "SGVsb", "Hel", true},
    {"base64 in several padded blocks", B, "SGVsbG8=\r\nSGk=\r\nYQ==", "HelloHia", false},
    {"base64 with blanks between padding", B, "YQ= =YWI=\r\n", "aab", false},
    {"base64 with junk", B, "SG*Vs!bG8=", "Hello", true},
    {"base64 with bytes over 127", B, "SGVs\xe3\x81\x8a" "bG8=", "Hello", true},
    {"base64 with = in the wrong place", B, "=SGVsbG8=", "Hello", true},
    {"base64 with = behind one character", B, "SGVsb=SGk=", "HelHi", true},
    {"base64 with too much padding", B, "SGVsbG8===", "Hello", true},
    {"base64 of nothing", B, "\r\n", "", false},
    {"base64 longer than a vector", B,
     "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2\r\nNzg5",
     "012345678901234567890123456789012345678901234567890123456789", false},
    {"quoted-printable", Q, "a=3Db", "a=b", false},
    {"quoted-printable, lower-case hex", Q, "=e3=81=8a", "お", false},
    {"quoted-printable, soft breaks", Q, "http://a=\r\nb/=\nc", "http://ab/c", false},
    {"quoted-printable, soft break before blanks", Q, "a= \t\r\nb", "ab", false},
    {"quoted-printable, trailing blanks", Q, "a \t\r\nb  \nc", "a\r\nb\nc", false},
    {"quoted-printable, blanks inside lines", Q, "a \tb  c\r\n", "a \tb  c\r\n", false},
    {"quoted-printable, encoded trailing blank", Q, "a=20\r\n", "a \r\n", false},
    {"quoted-printable, encoded blank and bare ones", Q, "a=20  \r\n", "a \r\n", false},
    {"quoted-printable, only blanks", Q, "  \r\n\t\r\n", "\r\n\r\n", false},
    {"quoted-printable, = that escapes nothing", Q, "a=zb=4zc", "a=zb=4zc", true},
    {"quoted-printable, = before =", Q, "==3D", "==", true},
    {"quoted-printable, = and CR", Q, "a=\rb", "a=\rb", true},
    {"quoted-printable, = and blanks and text", Q, "a=  b", "a=  b", true},
    {"quoted-printable, = at the end", Q, "a=", "a", false},
    {"quoted-printable, blanks at the end", Q, "a  ", "a", false},
    {"quoted-printable, =4 at the end", Q, "a=4", "a=4", true},
    {"quoted-printable, blanks and CR and text", Q, "a \rb", "a \rb", false},
    {"quoted-printable, 33 blanks are content", Q, "a                                 \r\nb",
     "a                                 \r\nb", false},
    {"quoted-printable, 32 blanks are padding", Q, "a                                \r\nb", "a\r\nb", false},
    {"quoted-printable, 70 blanks are content", Q,
     "a                                                                      \r\nb",
     "a                                                                      \r\nb", false},
    {"quoted-printable, many blanks inside a line", Q, "a                                        b\r\n",
     "a                                        b\r\n", false},
    {"quoted-printable, = before 40 blanks", Q, "a=                                        \r\nb",
     "a=                                        \r\nb", true},
    {"uuencode", U, "text\r\nbegin 644 a.txt\r\n-2&5L;&\\L('=O<FQD(0``\r\n`\r\nend\r\nmore", "Hello, world!", false},
    {"uuencode in two lines", U, "begin 644 a\n#2&5L\n#;&\\L\n \nend\n", "Hello,", false},
    {"uuencode never begun", U, "beginning of a text\r\nno more", "", false},
    {"uuencode with a short line", U, "begin 644 a\n-2&5L\n`\nend\n", "Hel", true},
    {"7bit", TRANSFER_IDENTITY, "a=3D\r\n", "a=3D\r\n", false},
};

struct ctx {
    enum transfer_encoding encoding;
    size_t room;
};

static char *run_decode(void *ctx, struct span in, size_t cut)
{
    const struct ctx *c = ctx;
    struct transfer_decoder d, counter;
    uint8_t *out = malloc(c->room);
    uint64_t counted = 0, made = 0;
    size_t at = 0, n;
    struct span piece;
    char *text;
    FILE *f = open_memstream(&text, &n);

    transfer_begin(&d, c->encoding);
    transfer_begin(&counter, c->encoding);
    while ((piece = split_next(in, cut, &at)).n) {
        counted += transfer_count(&counter, piece);
        while (piece.n) {
            struct transfer_step step = transfer_push(&d, piece, out, c->room);

            assert_true(step.used > 0 && step.made <= c->room);
            fwrite(out, 1, step.made, f);
            made += step.made;
            piece = span_from(piece, step.used);
        }
    }
    counted += transfer_finish(&counter, NULL);
    n = transfer_finish(&d, out);
    made += n;
    fwrite(out, 1, n, f);
    fputs(d.odd ? "|odd" : "|fine", f);
    fclose(f);
    free(out);
    assert_true(counted == made);
    assert_true(counter.odd == d.odd);
    return text;
}

static void every_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static const size_t rooms[] = {TRANSFER_ROOM, TRANSFER_ROOM + 1, 4096};

        for (size_t k = 0; k < sizeof(rooms) / sizeof(rooms[0]); k++) {
            struct ctx ctx = {cases[i].encoding, rooms[k]};
            char expected[256], *text;

            snprintf(expected, sizeof(expected), "%s|%s", cases[i].out, cases[i].odd ? "odd" : "fine");
            text = split_check(cases[i].name, run_decode, &ctx, span_cstr(cases[i].in));
            if (strcmp(text, expected) != 0)
                fail_msg("%s: \"%s\", expected \"%s\"", cases[i].name, text, expected);
            free(text);
        }
    }
}

static void names(void **state)
{
    static const struct {
        const char *value;
        enum transfer_encoding encoding;
    } values[] = {
        {"base64", B}, {"BASE64 ", B}, {"base64\t(comment)", B}, {"(comment) base64", B}, {"\"base64\"", B},
        {"base64;", B}, {"Quoted-Printable", Q}, {"x-uuencode", U}, {"8bit", TRANSFER_IDENTITY},
        {"", TRANSFER_IDENTITY}, {"  ", TRANSFER_IDENTITY}, {"base65", TRANSFER_UNKNOWN}, {"utf-8", TRANSFER_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_int_equal(transfer_encoding_find(span_cstr(values[i].value)), values[i].encoding);
}

/* Every byte value at every place of texts that end anywhere in a vector. */
static void alphabet_kernel_agrees_with_its_twin(void **state)
{
    uint8_t bytes[50];

    (void)state;
    for (int c = 0; c < 256; c++) {
        for (size_t at = 0; at < sizeof(bytes); at++) {
            bool junk = false, junk_scalar = false;
            void *base;
            size_t size;
            struct span s;

            memset(bytes, 'A', sizeof(bytes));
            bytes[at] = (uint8_t)c;
            s = split_guard(span_of(bytes, at + 1 + (size_t)c % (sizeof(bytes) - at)), &base, &size);
            assert_int_equal(base64_alphabet(s, &junk), base64_alphabet_scalar(s, &junk_scalar));
            assert_int_equal(junk, junk_scalar);
            munmap(base, size);
        }
    }
}

/* As a whole, before an unreadable page, what the decoder gives byte by byte, where no kernel has a part. */
static void whole_as_by_bytes(enum transfer_encoding kind, struct span text)
{
    static uint8_t out[1024], slow[1024];
    struct transfer_decoder d, e;
    size_t made, made_slow = 0, size;
    void *base;
    struct span s = split_guard(text, &base, &size);

    transfer_begin(&d, kind);
    transfer_begin(&e, kind);
    made = transfer_push(&d, s, out, sizeof(out)).made;
    for (size_t i = 0; i < s.n; i++)
        made_slow += transfer_push(&e, span_of(s.p + i, 1), slow + made_slow, TRANSFER_ROOM).made;
    assert_int_equal(made, made_slow);
    assert_memory_equal(out, slow, made);
    assert_int_equal(d.n, e.n);
    assert_int_equal(d.padding, e.padding);
    assert_int_equal(d.odd, e.odd);
    munmap(base, size);
}

/* Every byte at every place of a line. */
static void decoding_kernels_agree_with_their_twin(void **state)
{
    uint8_t line[76];

    (void)state;
    for (int c = 0; c < 256; c++) {
        for (size_t at = 0; at < sizeof(line); at++) {
            for (size_t i = 0; i < sizeof(line); i++)
                line[i] = (uint8_t) "Az09+/bQ"[(i * 5 + (size_t)c) % 8];
            line[at] = (uint8_t)c;
            whole_as_by_bytes(B, span_of(line, sizeof(line)));
        }
    }
}

/* Five lines of every length, the first one behind padding or half a group, the last one cut; one byte of them is turned into each other byte,
 * a line end's too. */
static void lines_agree_with_their_twin(void **state)
{
    static const char *const fronts[] = {"", "QQ=", "Q", "QUJD", "QQ=\r\n", "Q\r\n"};
    uint64_t seed = 2045;

    (void)state;
    for (unsigned round = 0; round < 60000; round++) {
        char text[700];
        const char *front = fronts[round % 6];
        size_t length = seed >> 62 ? 60 + (seed >> 40) % 42 : 76, n = strlen(front);

        memcpy(text, front, n);
        for (size_t line = 0; line < 5; line++, n += 2) {
            for (size_t i = 0; i < length; i++, n++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                text[n] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[seed >> 58];
            }
            memcpy(text + n, "\r\n", 2);
        }
        n -= round % 7 ? 0 : seed >> 57;
        if (round % 5)
            text[(seed >> 32) % n] = (char)(round % 5 == 1 ? '=' : seed >> 20);
        whole_as_by_bytes(B, span_of(text, n));
    }
}

/* Texts made of what quoted-printable turns on, each as a whole and byte by byte: escapes, soft
 * breaks, padding and what only looks like them lie at every place of a block of 32 or 64, and across its end. */
static void quoted_printable_kernel_agrees_with_its_twin(void **state)
{
    static const char *const words[] = {"=E3=81=82", "=0a", "=\r\n", "=\n", "\r\n", "\n", "\r", " ", "\t", "  \r\n", " \n", " \r",
                                        "=20\r\n", "= \r\n", "=4", "=", "=zz", "F", "0", "word", "plain text without anything in it",
                                        "                                 ", "=E3=81=82=E3=81=84=E3=81=86=E3=81=88"};
    uint64_t seed = 2045;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        uint8_t in[400];
        size_t n = 0, kinds = 1 + (size_t)round % (sizeof(words) / sizeof(words[0]));

        while (n < sizeof(in) - 40) {
            const char *w = words[(seed >> 33) % ((seed >> 60) < 3 ? sizeof(words) / sizeof(words[0]) : kinds)];

            memcpy(in + n, w, strlen(w));
            n += strlen(w);
            seed = seed * 6364136223846793005u + 1442695040888963407u;
        }
        whole_as_by_bytes(Q, span_of(in, n));
    }
}

/* Every two bytes behind =, in front of and across a block's end: 22 times 22 of them are an escape. */
static void every_escape(void **state)
{
    static const size_t places[] = {10, 30, 31, 62, 63};
    uint8_t text[140];

    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        size_t at = places[pair % 5];

        memset(text, 'a', sizeof(text));
        text[at] = '=';
        text[at + 1] = (uint8_t)(pair >> 8);
        text[at + 2] = (uint8_t)pair;
        whole_as_by_bytes(Q, span_of(text, sizeof(text)));
    }
}

/* More than a byte counter of the kernel holds. */
static void long_counts(void **state)
{
    enum { N = 100000 };
    static uint8_t bytes[N];
    bool junk = false;

    (void)state;
    memset(bytes, '/', N);
    assert_int_equal(base64_alphabet(span_of(bytes, N), &junk), N);
    assert_false(junk);
}

/* All bytes, encoded here by hand of the alphabet, come back. */
static void round_trip(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t bytes[768], out[1024 + TRANSFER_ROOM];
    char text[1024];
    struct transfer_decoder d;
    struct transfer_step step;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < sizeof(bytes) / 3; i++) {
        uint32_t w = (uint32_t)bytes[i * 3] << 16 | (uint32_t)bytes[i * 3 + 1] << 8 | bytes[i * 3 + 2];

        for (int k = 0; k < 4; k++)
            text[i * 4 + (size_t)k] = alphabet[w >> (18 - 6 * k) & 63];
    }
    transfer_begin(&d, B);
    step = transfer_push(&d, span_of(text, sizeof(text)), out, sizeof(out));
    assert_int_equal(step.made, sizeof(bytes));
    assert_memory_equal(out, bytes, sizeof(bytes));
}

/* Junk right behind whole quanta, in two pieces cut anywhere: kernels of 16 bytes see both at once, and
 * nothing of the junk may reach the bytes in front of it. */
static void base64_junk_behind_quanta(void **state)
{
    static const char in[] = "PGEgaHJl**Zj0iaHR0\r\ncDovL2V4\xca\xf3\r\nYW1wbGUuY29tLw==";
    static const char want[] = "<a href=\"http://example.com/";
    const size_t n = sizeof(in) - 1;

    (void)state;
    for (size_t cut = 0; cut <= n; cut++) {
        struct transfer_decoder d;
        uint8_t got[128], out[128];
        size_t made = 0;

        transfer_begin(&d, TRANSFER_BASE64);
        for (int k = 0; k < 2; k++) {
            struct span piece = k ? span_of(in + cut, n - cut) : span_of(in, cut);

            while (piece.n) {
                struct transfer_step step = transfer_push(&d, piece, out, sizeof(out));

                memcpy(got + made, out, step.made);
                made += step.made;
                piece = span_from(piece, step.used);
            }
        }
        assert_int_equal(made, sizeof(want) - 1);
        assert_memory_equal(got, want, made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_junk_behind_quanta),
        cmocka_unit_test(every_case),
        cmocka_unit_test(names),
        cmocka_unit_test(alphabet_kernel_agrees_with_its_twin),
        cmocka_unit_test(decoding_kernels_agree_with_their_twin),
        cmocka_unit_test(lines_agree_with_their_twin),
        cmocka_unit_test(quoted_printable_kernel_agrees_with_its_twin),
        cmocka_unit_test(every_escape),
        cmocka_unit_test(long_counts),
        cmocka_unit_test(round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
