/* SPDX-License-Identifier: Apache-2.0 */
/* charset: labels, converters in any pieces, guesses; what comes out is always valid UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/base/escape.h"
#include "decoders/mail/charset.h"
#include "decoders/mail/utf8_avx2.h"
#include "decoders/mail/utf8_avx512.h"
#include "tests/unit/split.h"

/* in: bytes of the label's charset. lost: something became U+FFFD. */
static const struct {
    const char *label, *in, *out;
    bool lost;
} cases[] = {
    {"utf-8", "お知らせ plain ascii text of some length, then é", "お知らせ plain ascii text of some length, then é", false},
    {"utf8", "a\xff\xe3\x81z\xf0\x9f\x8e", "a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd", true},
    {"UTF-8", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", true},
    {"utf-8", "\xf4\x90\x80\x80|\xe0\x80\xaf|\xc1\xbf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd", true},
    {"shift_jis", "<a href=\"http://example.jp/\">\x82\xa8\x92\x6d\x82\xe7\x82\xb9</a> and more plain text", "<a href=\"http://example.jp/\">お知らせ</a> and more plain text", false},
    {"shift_jis", "\x83\\\x83}\x94\\ \xb1", "ソマ能 ｱ", false},
    {"shift_jis", "a\x82", "a\xef\xbf\xbd", true},
    {"shift_jis", "\x82<b>x", "\xef\xbf\xbd<b>x", true},
    {"sjis", "\x87\x40\xfb\xfc", "①髙", false},
    {"euc-jp", "\xa4\xaa\x8e\xb1\xad\xa1 a", "おｱ① a", false},
    {"iso-2022-jp", "a \x1b$B$*CN$i$;\x1b(B b\x1b$B$*\x1b(J\\\x1b(B", "a お知らせ bお\\", false},
    {"iso-2022-jp", "\x1b$B$*CN$i$;$*CN$i$;$*CN$i$;$*CN$i$;$*\x1b(B.", "お知らせお知らせお知らせお知らせお.", false},
    {"iso-2022-jp", "\x1b$B$*CN$i$;$*CN$i$;$*C\xcei$;$*CN$i$;$*\x1b(B.", "お知らせお知らせお\xef\xbf\xbdﾎ蕕擦\xef\xbf\xbd里蕕擦\xef\xbf\xbd.", true},
    {"iso-2022-jp", "\x1b(I1\x1b$@$*\x1b$(D0!\x1b(B", "ｱお丂", false},
    {"iso-2022-jp", "\x1b$B$*\r\nplain again", "お\r\nplain again", false},
    {"iso-2022-jp", "\x1b$B$*$", "お\xef\xbf\xbd", true},
    {"iso-2022-jp", "a\x1bxb", "a\x1bxb", false},
    {"iso-2022-jp", "\xb1\xb2", "ｱｲ", false},
    {"iso-2022-jp", "\x1b$B$*)!$*\x1b(B", "お\xef\xbf\xbdお", true},
    {"cp50221", "\x1b$B-!\x1b(B", "①", false},
    {"gb2312", "\xd6\xec\xe9\x46\xbb\xf9", "朱镕基", false},
    {"gbk", "\xc4\xe3\xba\xc3, \x81\x30\x81\x30", "你好, \xc2\x80", false},
    {"hz-gb-2312", "~{<:Ky2;S{~} a~~b", "己所不欲 a~b", false},
    {"big5", "\xa7\xda\xb9L", "我過", false},
    {"big5-hkscs", "\x88\x62" "abcdefghijklmnopqrstuvwxyz", "Ê̄abcdefghijklmnopqrstuvwxyz", false},
    {"windows-1258", "a\xec", "á", false},
    {"ks_c_5601-1987", "\xbe\xc8\xb3\xe7 \x81\x41", "안녕 갂", false},
    {"iso-2022-kr", "\x1b$)C\x0e>H3g\x0f abc", "안녕 abc", false},
    /* iconv has a Won in the backslash's place, where a letter of Korean is near; people see what stands in all other plain text. */
    {"johab", "C:\\a \x88\x61\\b and much more of plain text\\c\\\x88\x61\\", "C:\\a 가\\b and much more of plain text\\c\\가\\", false},
    {"utf-7", "Hi +MEowSnfl!", "Hi おお知!", false},
    {"utf-7", "1 +- 1 +AOk-+2D3cAA-.+2D3cAA-+MEo- +", "1 + 1 é🐀.🐀お \xef\xbf\xbd", true},
    /* A first half of a pair without its second, at the end, before a letter and before another; a second alone; half a letter; + before a blank. */
    {"utf-7", "+2D0-x +2D0A6Q- +2D3YPdwA-y +3cA-z +MEo", "\xef\xbf\xbdx \xef\xbf\xbdé \xef\xbf\xbd🐀y \xef\xbf\xbdz お", true},
    {"utf-7", "+MEoA-x+ME! + y+2D0", "お\xef\xbf\xbdx\xef\xbf\xbd! \xef\xbf\xbd y\xef\xbf\xbd", true},
    {"iso-8859-1", "caf\xe9 \x80 \x93q\x94", "café € “q”", false},
    {"windows-1252", "\x81", "\xef\xbf\xbd", true},
    {"iso-8859-2", "\xb1\xe6\xea", "ąćę", false},
    {"koi8-r", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет", false},
    {"windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет", false},
    {"us-ascii", "plain", "plain", false},
    {"us-ascii", "\xe3\x81\x8a under a false name", "お under a false name", false},
    {"us-ascii", "\x82\xa8\x92\x6d\x82\xe7\x82\xb9", "お知らせ", false},
    {"unknown-8bit", "tr\xe8s bien", "très bien", false},
};

/* Labels that mail uses and what they must come to. */
static const struct {
    const char *label, *name; /* NULL: nobody defined it */
} labels[] = {
    {"UTF-8", "UTF-8"}, {"utf8", "UTF-8"}, {"unicode-1-1-utf-8", "UTF-8"},
    {"Shift_JIS", "Shift_JIS"}, {"shift-jis", "Shift_JIS"}, {"x-sjis", "Shift_JIS"}, {"sjis", "Shift_JIS"},
    {"cp932", "Shift_JIS"}, {"MS932", "Shift_JIS"}, {"Windows-31J", "Shift_JIS"}, {"csShiftJIS", "Shift_JIS"},
    {"iso-2022-jp", "ISO-2022-JP"}, {"ISO-2022-JP-MS", "ISO-2022-JP"}, {"iso-2022-jp-2", "ISO-2022-JP"},
    {"EUC-JP", "EUC-JP"}, {"x-euc-jp", "EUC-JP"}, {"eucJP-ms", "EUC-JP"},
    {"gb2312", "GB18030"}, {"GBK", "GB18030"}, {"x-gbk", "GB18030"}, {"gb18030", "GB18030"}, {"cp936", "GB18030"},
    {"big5", "Big5"}, {"Big5-HKSCS", "Big5"}, {"x-x-big5", "Big5"},
    {"euc-kr", "EUC-KR"}, {"ks_c_5601-1987", "EUC-KR"}, {"KSC5601", "EUC-KR"}, {"cp949", "EUC-KR"},
    {"iso-8859-1", "windows-1252"}, {"ISO8859-1", "windows-1252"}, {"latin1", "windows-1252"}, {"cp1252", "windows-1252"},
    {"us-ascii", "unknown"}, {"ascii", "unknown"}, {"ANSI_X3.4-1968", "unknown"}, {"unknown-8bit", "unknown"}, {"", "unknown"},
    {"unicode-1-1-utf-7", "UTF-7"}, {"utf-7", "UTF-7"}, {"'utf-8'", "UTF-8"}, {"\"utf-8\"", "UTF-8"},
    {"iso-8859-15", "ISO-8859-15"}, {"iso-8859-11", "CP874"}, {"koi8-r", "KOI8-R"}, {"windows-1258", "CP1258"},
    {"iso-8859-1:1987", "windows-1252"}, {"ISO_8859-2:1987", "ISO-8859-2"}, {"latin5", "CP1254"}, {"l9", "ISO-8859-15"},
    {"greek", "ISO-8859-7"}, {"csISO88598I", "ISO-8859-8"}, {"x-cp1251", "CP1251"}, {"win-1251", "CP1251"}, {"dos-874", "CP874"},
    {"x-mac-cyrillic", "MAC-CYRILLIC"}, {"x-mac-roman", "MACINTOSH"}, {"ujis", "EUC-JP"}, {"x-shift-jis", "Shift_JIS"},
    {"csISO58GB231280", "GB18030"}, {"euc-cn", "GB18030"}, {"big5-tw", "Big5"}, {"ks_c_5601", "EUC-KR"}, {"iso-ir-149", "EUC-KR"},
    {"unicode-2-0-utf-7", "UTF-7"}, {"uft-8", "UTF-8"}, {"utf-8n", "UTF-8"}, {"ucs-2", "UTF-16BE"}, {"utf-32be", "UTF-32BE"},
    {"7bit", "unknown"}, {"binary", "unknown"}, {"x-unknown", "unknown"}, {"_autodetect", "unknown"},
    {"x-martian", NULL}, {"../../etc/passwd", NULL}, {"utf-8//IGNORE", NULL},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
};

static void every_label(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        const struct charset *cs = charset_find(span_cstr(labels[i].label));

        if (labels[i].name ? !cs || strcmp(charset_name(cs), labels[i].name) != 0 : cs != NULL)
            fail_msg("%s is %s", labels[i].label, cs ? charset_name(cs) : "unheard of");
    }
}

struct collected {
    FILE *out;
    bool valid;
};

/* Strict: whole characters in every call. */
static bool is_valid(struct span s)
{
    for (size_t i = 0; i < s.n;) {
        uint8_t a = s.p[i];
        size_t n = a < 0x80 ? 1 : a >= 0xf0 ? 4 : a >= 0xe0 ? 3 : 2;

        if ((a >= 0x80 && a < 0xc2) || a > 0xf4 || i + n > s.n)
            return false;
        for (size_t k = 1; k < n; k++)
            if ((s.p[i + k] & 0xc0) != 0x80)
                return false;
        i += n;
    }
    return true;
}

static void collect(void *ctx, struct span utf8)
{
    struct collected *c = ctx;

    c->valid = c->valid && is_valid(utf8);
    fwrite(utf8.p, 1, utf8.n, c->out);
}

struct job {
    struct charsets *charsets;
    const struct charset *cs;
};

static char *run_convert(void *ctx, struct span in, size_t cut)
{
    const struct job *job = ctx;
    struct collected c = {NULL, true};
    struct charset_decoder d;
    struct span piece;
    char *text;
    size_t at = 0, n;

    c.out = open_memstream(&text, &n);
    charset_begin(&d, job->charsets, job->cs, collect, &c);
    while ((piece = split_next(in, cut, &at)).n)
        charset_push(&d, piece);
    fputs(charset_end(&d) ? "|whole" : "|lost", c.out);
    fclose(c.out);
    assert_true(c.valid);
    return text;
}

static void check_case(struct job *job, size_t i)
{
    char expected[300], *text;

    job->cs = charset_find(span_cstr(cases[i].label));
    assert_non_null(job->cs);
    snprintf(expected, sizeof(expected), "%s|%s", cases[i].out, cases[i].lost ? "lost" : "whole");
    text = split_check(cases[i].label, run_convert, job, span_cstr(cases[i].in));
    if (strcmp(text, expected) != 0)
        fail_msg("%s (case %zu): \"%s\", expected \"%s\"", cases[i].label, i, text, expected);
    free(text);
}

static void every_conversion(void **state)
{
    struct charset_memos *memos;
    struct mem m;
    struct job job;

    (void)state;
    mem_init(&m, 0);
    job.charsets = charsets_new(&m);
    memos = charset_memos_new(&m);
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        /* Without memory of what iconv said, then with it. */
        if (i == sizeof(cases) / sizeof(cases[0]))
            charsets_remember(job.charsets, memos);
        check_case(&job, i % (sizeof(cases) / sizeof(cases[0])));
    }
    charset_memos_free(memos);
    charsets_free(job.charsets);
    assert_int_equal(m.used, 0);
}

/* Noise in every charset: valid UTF-8, the same in any pieces, and the same whether what iconv said is
 * remembered or not. */
static void noise_stays_valid(void **state)
{
    struct charset_memos *memos;
    uint8_t noise[600];
    uint32_t x = 1;
    struct mem m;
    struct job job;

    (void)state;
    mem_init(&m, 0);
    job.charsets = charsets_new(&m);
    memos = charset_memos_new(&m);
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        char *text, *remembered;

        job.cs = charset_find(span_cstr(labels[i].label));
        if (!job.cs)
            continue;
        for (size_t k = 0; k < sizeof(noise); k++) {
            x = x * 1664525 + 1013904223;
            noise[k] = k % 50 < 25 ? (uint8_t)(x >> 24) : (uint8_t)("a<\x1b$B(J~{+\n\x0e\x0f" [(x >> 24) % 14]);
            if (!noise[k])
                noise[k] = 'n';
        }
        charsets_remember(job.charsets, NULL);
        text = split_check(labels[i].label, run_convert, &job, span_of(noise, sizeof(noise)));
        charsets_remember(job.charsets, memos);
        remembered = split_check(labels[i].label, run_convert, &job, span_of(noise, sizeof(noise)));
        assert_string_equal(text, remembered);
        free(text);
        free(remembered);
    }
    charset_memos_free(memos);
    charsets_free(job.charsets);
}

/* More charsets at once than handles: the last loses what is not ASCII, nothing else happens. */
static void handles_are_capped(void **state)
{
    static const char *const names[] = {"sjis", "euc-jp", "gbk", "big5", "euc-kr", "koi8-r"};
    struct charset_decoder d[6];
    struct collected c = {NULL, true};
    struct mem m;
    struct charsets *all;
    char *text;
    size_t n;

    (void)state;
    mem_init(&m, 0);
    all = charsets_new(&m);
    c.out = open_memstream(&text, &n);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 6; i++)
            charset_begin(&d[i], all, charset_find(span_cstr(names[i])), collect, &c);
        for (int i = 0; i < 6; i++) {
            charset_push(&d[i], SPAN("a\xb0\xa1z"));
            assert_true(charset_end(&d[i]) == (i < LIMIT_CHARSETS_OPEN));
        }
    }
    fclose(c.out);
    assert_true(c.valid);
    free(text);
    charsets_free(all);
}

static void collect_ignored(void *ctx, struct span utf8)
{
    (void)ctx;
    (void)utf8;
}

/* Stateful handles are not shared, and a gap returns to ASCII. */
static void gaps_and_neighbours(void **state)
{
    struct collected c = {NULL, true};
    struct charset_decoder a, b;
    struct mem m;
    struct charsets *all;
    char *text;
    size_t n;

    (void)state;
    mem_init(&m, 0);
    all = charsets_new(&m);
    c.out = open_memstream(&text, &n);
    charset_begin(&a, all, charset_find(SPAN("utf-7")), collect, &c);
    charset_begin(&b, all, charset_find(SPAN("utf-7")), collect_ignored, NULL);
    charset_push(&a, SPAN("+MEo"));
    charset_push(&b, SPAN("x"));
    charset_push(&a, SPAN("-y"));
    charset_end(&a);
    charset_end(&b);
    charset_begin(&a, all, charset_find(SPAN("iso-2022-jp")), collect, &c);
    charset_push(&a, SPAN("\x1b$B$*$"));
    charset_gap(&a);
    charset_push(&a, SPAN("abc"));
    assert_false(charset_end(&a));
    fclose(c.out);
    assert_string_equal(text, "おyお\xef\xbf\xbd" "abc");
    free(text);
    charsets_free(all);
}

/* A converter that a text left in a shifted state or amid a character, at its end, behind a gap, or abandoned, begins anew with the next
 * text: it says of it what it said when it was new. */
static void converters_begin_anew(void **state)
{
    static const struct {
        const char *label, *before, *text;
    } pairs[] = {
        {"iso-2022-kr", "\x1b$)C\x0e>H", ">H3g"},  {"iso-2022-kr", "\x1b$)C\x0e>H3", ">H3g"}, {"iso-2022-kr", "\x1b$)C\x0e\xff\xff", ">H3g"},
        {"utf-7", "+MEo", "MEo-y"},               {"utf-16", "\xff\xfe" "aab", "0B0D"},      {"big5-hkscs", "\x88\x62", "\xa7\xda"},
        {"windows-1258", "a", "\xec"},
    };

    (void)state;
    for (size_t i = 0; i < 3 * sizeof(pairs) / sizeof(*pairs); i++) {
        struct collected c = {NULL, true}, first = {NULL, true};
        struct charset_decoder d;
        struct mem m;
        struct charsets *all;
        const struct charset *cs = charset_find(span_cstr(pairs[i / 3].label));
        char *text, *told;
        size_t n, k;

        mem_init(&m, 0);
        all = charsets_new(&m);
        c.out = open_memstream(&text, &n);
        first.out = open_memstream(&told, &k);
        charset_begin(&d, all, cs, collect, &first);
        charset_push(&d, span_cstr(pairs[i / 3].text));
        charset_end(&d);
        charset_begin(&d, all, cs, collect_ignored, NULL);
        charset_push(&d, span_cstr(pairs[i / 3].before));
        if (i % 3 == 0)
            charset_abandon(&d);
        else if (i % 3 == 1)
            charset_end(&d);
        if (i % 3 == 2) {
            charset_gap(&d);
            charset_end(&d);
        }
        charset_begin(&d, all, cs, collect, &c);
        charset_push(&d, span_cstr(pairs[i / 3].text));
        charset_end(&d);
        fclose(c.out);
        fclose(first.out);
        assert_string_equal(text, told);
        free(text);
        free(told);
        charsets_free(all);
    }
}

#ifdef __x86_64__

/* Bytes at the front that are whole valid characters, one by one. ends[i]: one ends in front of i. */
static size_t valid_one_by_one(struct span s, bool *ends)
{
    size_t i = 0, n;
    uint32_t c;

    memset(ends, 0, s.n + 1);
    ends[0] = true;
    while (i < s.n && (n = utf8_next(span_from(s, i), &c))) {
        i += n;
        ends[i] = true;
    }
    return i;
}

/* To the byte, whole and cut behind each of the bytes from at on. */
static void wide_kernel_agrees(struct span s, size_t at)
{
    bool ends[200];

    for (size_t n = at; n <= s.n; n += n == at + 5 ? s.n - n : 1) {
        size_t valid = valid_one_by_one(span_head(s, n), ends), taken = utf8_valid_avx512(s.p, n);

        if (taken != valid)
            fail_msg("%02x %02x at %zu of %zu: %zu, not %zu", s.p[at], s.p[at + 1], at, n, taken, valid);
        if (n == s.n)
            break;
    }
}

/* Every two bytes of which the first is no ASCII, with what may follow, across the end of a block and inside: the kernel takes no more than
 * whole valid characters, and no more than a block and a cut character less. */
static void utf8_kernel_agrees_with_its_twin(void **state)
{
    static const char *const behind[] = {"aaa", "\x80\x80\x80", "\x80" "aa", "\xbf\xbf" "a", "\xe3\x81\x82"};
    enum { LENGTH = 140, WHOLE = LENGTH - LENGTH % 32 };
    bool ends[LENGTH + 1];
    void *base;
    size_t size;
    static const char room[LENGTH];
    struct span s = split_guard(span_of(room, LENGTH), &base, &size);
    uint8_t *p = (uint8_t *)(uintptr_t)s.p;

    (void)state;
    if (!vector_has_avx2())
        return;
    for (unsigned c = 0x80 << 8; c < 0x10000; c++) {
        for (unsigned k = 0; k < 5; k++) {
            for (size_t at = 0; at < 67; at += at == 1 ? 27 : at == 35 ? 27 : 1) {
                size_t valid, taken;

                memset(p, 'a', LENGTH);
                p[at] = (uint8_t)(c >> 8);
                p[at + 1] = (uint8_t)c;
                memcpy(p + at + 2, behind[k], 3);
                valid = valid_one_by_one(s, ends);
                taken = utf8_valid_avx2(s.p, s.n);
                if (taken > valid || !ends[taken] || taken + 32 + 3 < (valid < WHOLE ? valid : WHOLE))
                    fail_msg("%04x, then %u, at %zu: %zu of %zu", c, k, at, taken, valid);
                if (vector_has_avx512())
                    wide_kernel_agrees(s, at);
            }
        }
    }
    munmap(base, size);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_label),     cmocka_unit_test(every_conversion),
        cmocka_unit_test(noise_stays_valid), cmocka_unit_test(handles_are_capped),
        cmocka_unit_test(gaps_and_neighbours), cmocka_unit_test(converters_begin_anew),
#ifdef __x86_64__
        cmocka_unit_test(utf8_kernel_agrees_with_its_twin),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
