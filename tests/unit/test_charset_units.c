/* SPDX-License-Identifier: Apache-2.0 */
/* charset_units: kernels say what is said one at a time; whole charsets come out the same whether iconv is asked or remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/base/processor.h"
#include "decoders/mail/charset.h"
#include "decoders/mail/charset_units.h"
#include "tests/unit/split.h"

static uint32_t draw(uint32_t below)
{
    static uint32_t x = 1;

    x = x * 1664525 + 1013904223;
    return (x >> 8) % below;
}

/* Rows of one length and all mixtures: in every third text all have three bytes, as Japanese does. */
static uint16_t a_character(unsigned text)
{
    static const uint16_t first[] = {1, 0x80, 0x800, 0xe000}, behind[] = {0x80, 0x800, 0xd800, 0xffff};
    unsigned k = text % 3 == 0 ? 2 : draw(text % 3 == 1 ? 4 : 2);

    return draw(8) == 0 ? first[k] : (uint16_t)(first[k] + draw(behind[k] - first[k]));
}

/* Of every length up to some blocks; what is behind the units and behind the room is nobody's. */
static void units_one_at_a_time(void **state)
{
    (void)state;
    for (unsigned text = 0; text < 3000; text++) {
        size_t n = text % 100, made;
        uint16_t *u = malloc((n + CHARSET_UNITS_END) * sizeof(*u));
        uint8_t *out = malloc(3 * n + CHARSET_UNITS_SPARE), *scalar = malloc(3 * n + CHARSET_UNITS_SPARE);

        for (size_t i = 0; i < n; i++)
            u[i] = a_character(text);
        made = charset_units_utf8(u, n, out);
        assert_int_equal(made, charset_units_utf8_scalar(u, n, scalar));
        assert_memory_equal(out, scalar, made);
#ifdef __x86_64__
        if (vector_has_avx2()) {
            assert_int_equal(charset_units_utf8_avx2(u, n, out), made);
            assert_memory_equal(out, scalar, made);
        }
#endif
        free(u);
        free(out);
        free(scalar);
    }
}

/* 0x80 to 0x8f: nothing; up to 0xbf three bytes, where the charset has such at all; else two. */
static void fill(struct charset_bytes *x, bool with_three)
{
    memset(x, 0, sizeof(*x));
    for (unsigned c = 0x90; c < 0x100; c++) {
        bool three = with_three && c < 0xc0;

        x->of[0][c - 0x80] = three ? 0xe2 : 0xc3;
        x->of[1][c - 0x80] = three ? (uint8_t)(c ^ 0x10) : (uint8_t)(c & 0xbf);
        x->of[2][c - 0x80] = three ? 0x94 : 0;
    }
}

/* The characters of p one by one, until one is not known. Returns how many. */
static size_t bytes_scalar(const struct charset_bytes *x, const uint8_t *p, size_t n, uint8_t *out, size_t *made)
{
    size_t i = 0;

    for (*made = 0; i < n; i++) {
        const uint8_t plain[3] = {p[i], 0, 0};

        if (!(p[i] < 0x80 ? p[i] : x->of[0][p[i] - 0x80]))
            break;
        for (unsigned k = 0; k < 3; k++)
            if (p[i] < 0x80 ? plain[k] : x->of[k][p[i] - 0x80])
                out[(*made)++] = p[i] < 0x80 ? plain[k] : x->of[k][p[i] - 0x80];
    }
    return i;
}

/* It stops at NUL, at what is not known, at the end, and where the room is short; never behind. */
static void bytes_one_at_a_time(void **state)
{
    struct charset_bytes x;
    uint8_t in[300], out[1200], scalar[1200];
    size_t longest = 0;

    (void)state;
    for (unsigned text = 0; text < 6000; text++) {
        size_t n = draw(sizeof(in)), room = text % 4 ? sizeof(out) : draw(600), made, same, used, all;

        fill(&x, text % 2);
        for (size_t i = 0; i < n; i++)
            in[i] = text % 8 < 3 && draw(4) ? (uint8_t)(1 + draw(0x7f)) : (uint8_t)(0x90 + draw(0x70));
        if (n && text % 5 == 0)
            in[draw((uint32_t)n)] = draw(2) ? 0 : 0x85;
        memset(out, 'x', sizeof(out));
        used = charset_bytes_utf8(&x, in, n, out, room, &made);
        all = bytes_scalar(&x, in, n, scalar, &same);
        assert_true(used == all || (used < all && (!charset_bytes_kernel() || room - made < CHARSET_BLOCK_ROOM)));
        assert_int_equal(bytes_scalar(&x, in, used, scalar, &same), used);
        assert_int_equal(made, same);
        assert_memory_equal(out, scalar, made);
        for (size_t i = room; i < sizeof(out); i++)
            assert_int_equal(out[i], 'x');
        longest = used > longest ? used : longest;
    }
    assert_int_equal(longest > 256, charset_bytes_kernel());
}

static void to_file(void *file, struct span utf8)
{
    fwrite(utf8.p, 1, utf8.n, file);
}

static char *converted(struct charsets *all, const struct charset *cs, struct span text, size_t *n)
{
    struct charset_decoder d;
    char *out;
    FILE *file = open_memstream(&out, n);

    charset_begin(&d, all, cs, to_file, file);
    charset_push(&d, text);
    charset_end(&d);
    fclose(file);
    return out;
}

/* Every byte, and every byte behind every other, each pair at a line's beginning. */
static size_t whole_charset(const char *before, bool seven_bits, uint8_t *to)
{
    size_t n = 0;

    for (unsigned first = seven_bits ? 0x21 : 0; first < (seven_bits ? 0x80 : 0x100); first++) {
        for (unsigned second = 0; second < 0x100; second++) {
            n += (size_t)sprintf((char *)to + n, "%s", before);
            to[n++] = (uint8_t)first;
            to[n++] = (uint8_t)second;
            if (second % 16 == 0 || seven_bits)
                to[n++] = '\n';
        }
    }
    return n;
}

/* Asked, learnt, and known: three times the same. One at a time, since what is learnt of one charset serves another. */
static void whole_charsets(void **state)
{
    static const struct {
        const char *label, *before;
    } of[] = {
        {"koi8-r", ""}, {"koi8-u", ""}, {"windows-1250", ""}, {"windows-1251", ""}, {"windows-1252", ""}, {"windows-1253", ""},
        {"iso-8859-2", ""}, {"iso-8859-8", ""}, {"cp866", ""}, {"tis-620", ""}, {"viscii", ""}, {"macintosh", ""}, {"shift_jis", ""},
        {"euc-jp", ""}, {"euc-kr", ""}, {"gbk", ""}, {"big5", ""}, {"johab", ""}, {"euc-tw", ""}, {"iso-2022-jp", "\x1b$B"}, {"euc-jp", ""},
    };
    uint8_t *text = malloc(0x10000 * 6);
    struct charset_memos *memos;
    struct charsets *all;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    memos = charset_memos_new(&m);
    all = charsets_new(&m);
    for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
        const struct charset *cs = charset_find(span_cstr(of[i].label));
        struct span s = span_of(text, whole_charset(of[i].before, of[i].before[0] != 0, text));
        size_t asked_n, n;
        char *asked, *out;

        charsets_remember(all, NULL);
        asked = converted(all, cs, s, &asked_n);
        charsets_remember(all, memos);
        for (unsigned round = 0; round < 2; round++) {
            out = converted(all, cs, s, &n);
            if (n != asked_n || memcmp(asked, out, n) != 0)
                fail_msg("%s, round %u: not what iconv says", of[i].label, round);
            free(out);
        }
        free(asked);
    }
    charsets_free(all);
    charset_memos_free(memos);
    assert_int_equal(m.used, 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_one_at_a_time),
        cmocka_unit_test(bytes_one_at_a_time),
        cmocka_unit_test(whole_charsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
