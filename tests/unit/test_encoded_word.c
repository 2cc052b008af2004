/* SPDX-License-Identifier: Apache-2.0 */
/* encoded_word: CASES 20. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/encoded_word.h"
#include "tests/unit/split.h"

#define BIT(a) ((anomaly_set)1 << ANOMALY_##a)

static const struct {
    const char *name, *value, *text;
    anomaly_set odd;
} cases[] = {
    {"plain", "Hello, world", "Hello, world", 0},
    {"empty", "", "", 0},
    {"B", "=?utf-8?B?44GK55+l44KJ44Gb?=", "お知らせ", 0},
    {"Q with _", "=?iso-8859-1?Q?caf=E9_au_lait?=", "café au lait", 0},
    {"Q in lower case with lower-case hex", "=?ISO-8859-1?q?caf=e9?=", "café", 0},
    {"Q with blanks in it", "=?utf-8?Q?two words?=", "two words", 0},
    {"Q: = that escapes nothing", "=?utf-8?Q?a=zz=4?=", "a=zz=4", 0},
    {"blanks between words vanish", "=?utf-8?B?44GK?= =?utf-8?B?55+l?=\t =?utf-8?B?44KJ?=", "お知ら", 0},
    {"text between words stays", "=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c", 0},
    {"no blank between words", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab", 0},
    {"abutting text", "Re:=?utf-8?B?44GK?=!", "Re:お!", 0},
    {"inside quotes", "\"=?utf-8?B?44GK?=\" <a@b>", "\"お\" <a@b>", 0},
    {"character split between words", "=?utf-8?B?44GK4w==?= =?utf-8?B?gYw=?=", "おが", 0},
    {"character split between B and Q", "=?utf-8?Q?=E3=81?= =?utf-8?B?iw==?=", "か", 0},
    {"other charset ends the character", "=?utf-8?Q?=E3=81?= =?gbk?Q?a?=", "\xef\xbf\xbd" "a", BIT(HEADER_UNDECODABLE)},
    {"ISO-2022-JP", "=?ISO-2022-JP?B?GyRCJCpDTiRpJDsbKEI=?=", "お知らせ", 0},
    {"ISO-2022-JP goes on in the next word", "=?iso-2022-jp?B?GyRCJCpD?= =?iso-2022-jp?B?TiRpGyhC?=", "お知ら", 0},
    {"ISO-2022-JP with half-width kana", "=?iso-2022-jp?Q?=1B(I1=1B(B?=", "ｱ", 0},
    {"ISO-2022-JP with NEC's circled 1", "=?iso-2022-jp-ms?B?GyRCLSEbKEI=?=", "①", 0},
    {"B without padding", "=?utf-8?B?44GK5w?=", "お\xef\xbf\xbd", BIT(HEADER_UNDECODABLE)},
    {"B without padding, whole", "=?utf-8?B?YQ?=", "a", 0},
    {"B with junk", "=?utf-8?B?44*G K?=", "お", BIT(MIME_BASE64_INVALID)},
    {"B in two padded blocks", "=?utf-8?B?YQ==YQ==?=", "aa", 0},
    {"B empty", "a=?utf-8?B?" "?=b", "ab", 0},
    {"unknown charset that is UTF-8", "=?x-martian?B?44GK?=", "お", BIT(MIME_CHARSET_UNKNOWN)},
    {"language tag", "=?utf-8*ja?B?44GK?=", "お", 0},
    {"charset misdeclared as ASCII", "=?us-ascii?Q?=E3=81=8A?=", "お", 0},
    {"no charset", "=??B?44GK?=", "お", 0},
    {"ks_c_5601-1987", "=?ks_c_5601-1987?B?vsiz5w==?=", "안녕", 0},
    {"x-sjis", "=?x-sjis?B?gqg=?=", "お", 0},
    {"cp932", "=?cp932?B?h0A=?=", "①", 0},
    {"windows-31j", "=?Windows-31J?B?+2I=?=", "珖", 0},
    {"shift_jis", "=?Shift_JIS?Q?=83\\?=", "ソ", 0},
    {"gb2312 carrying GBK", "=?gb2312?B?6UY=?=", "镕", 0},
    {"big5", "=?big5?B?p9q5TA==?=", "我過", 0},
    {"euc-jp", "=?euc-jp?B?pKo=?=", "お", 0},
    {"unicode-1-1-utf-7", "=?unicode-1-1-utf-7?Q?+MEo-?=", "お", 0},
    {"koi8-r", "=?koi8-r?B?8NLJ18XU?=", "Привет", 0},
    {"windows-1252 under Latin-1's name", "=?iso-8859-1?Q?=93x=94?=", "“x”", 0},
    {"raw UTF-8", "お知らせ", "お知らせ", 0},
    {"raw Shift_JIS", "\x82\xa8\x92\x6d\x82\xe7\x82\xb9", "お知らせ", 0},
    {"raw EUC-JP", "\xa4\xaa\xc3\xce\xa4\xe9\xa4\xbb", "お知らせ", 0},
    {"raw GBK", "\xc4\xfa\xb5\xc4\xd5\xca\xbb\xa7\xd2\xd1\xb1\xbb\xb6\xb3\xbd\xe1", "您的帐户已被冻结", 0},
    {"raw Big5", "\xb1\x7a\xaa\xba\xb1\x62\xa4\xe1\xa4\x77\xb3\x51\xad\xe1\xb5\xb2", "您的帳戶已被凍結", 0},
    {"raw EUC-KR", "\xb0\xe8\xc1\xa4\xc0\xcc\x20\xc1\xa4\xc1\xf6\xb5\xc7\xbe\xfa\xbd\xc0\xb4\xcf\xb4\xd9", "계정이 정지되었습니다", 0},
    {"raw Latin-1", "Votre compte a \xe9t\xe9 bloqu\xe9", "Votre compte a été bloqué", 0},
    {"raw ISO-2022-JP", "\x1b$B$*CN$i$;\x1b(B", "お知らせ", 0},
    {"raw beside words", "\x82\xa8 =?utf-8?B?44GK?=", "お お", 0},
    {"not a word: no end", "a =?utf-8?B?44GK", "a =?utf-8?B?44GK", 0},
    {"not a word: no such encoding", "=?utf-8?X?44GK?=", "=?utf-8?X?44GK?=", 0},
    {"not a word: blank in the charset", "=?utf 8?B?44GK?=", "=?utf 8?B?44GK?=", 0},
    {"=? before a word", "=?=?utf-8?B?44GK?=", "=?お", 0},
    {"a ? that ends nothing", "1+1=? 2", "1+1=? 2", 0},
    {"invalid UTF-8 declared", "=?utf-8?Q?a=FFb?=", "a\xef\xbf\xbd" "b", BIT(HEADER_UNDECODABLE)},
    {"overlong UTF-8 is none", "=?utf-8?Q?=C0=AF?=", "\xef\xbf\xbd\xef\xbf\xbd", BIT(HEADER_UNDECODABLE)},
};

static void every_case(void **state)
{
    struct mem m;
    struct charsets *c;

    (void)state;
    mem_init(&m, 0);
    c = charsets_new(&m);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void *base;
        size_t size;
        struct span value = split_guard(span_cstr(cases[i].value), &base, &size);
        struct buf out;
        anomaly_set odd;

        buf_init(&out, &m, 1000);
        odd = encoded_word_decode(c, value, &out);
        if (!span_eq(buf_span(&out), span_cstr(cases[i].text)))
            fail_msg("%s: \"%.*s\", expected \"%s\"", cases[i].name, SPAN_FMT(buf_span(&out)), cases[i].text);
        if (odd != cases[i].odd)
            fail_msg("%s: anomalies %llx", cases[i].name, (unsigned long long)odd);
        buf_free(&out);
        munmap(base, size);
    }
    charsets_free(c);
    assert_int_equal(m.used, 0);
}

/* Whatever the cap, the text ends with a whole character. */
static void caps_never_cut_a_character(void **state)
{
    static const char text[] = "お知らせ🎉é";
    struct mem m;
    struct charsets *c;

    (void)state;
    mem_init(&m, 0);
    c = charsets_new(&m);
    for (size_t max = 1; max < sizeof(text); max++) {
        struct buf out;
        anomaly_set odd;

        buf_init(&out, &m, max);
        odd = encoded_word_decode(c, span_cstr(text), &out);
        assert_true(out.n <= max && out.n + 4 > (max < sizeof(text) - 1 ? max : sizeof(text) - 1));
        assert_true((text[out.n] & 0xc0) != 0x80);
        assert_int_equal(odd, max < sizeof(text) - 1 ? BIT(HEADER_TOO_LARGE) : 0);
        buf_free(&out);
    }
    charsets_free(c);
}

/* 64 KiB of words that never end cost no more than 64 KiB of anything. */
static void hostile_words_are_linear(void **state)
{
    enum { N = 65536 };
    static char value[N + 1];
    struct mem m;
    struct charsets *c;
    struct buf out;

    (void)state;
    for (int i = 0; i < N; i++)
        value[i] = "=?a?b? "[i % 7];
    mem_init(&m, 0);
    c = charsets_new(&m);
    buf_init(&out, &m, N);
    for (int i = 0; i < 200; i++) { /* 13 MB: seconds, were it quadratic */
        buf_clear(&out);
        assert_int_equal(encoded_word_decode(c, span_of(value, N), &out), 0);
        assert_int_equal(out.n, N);
    }
    buf_free(&out);
    charsets_free(c);
}

/* Byte by byte. */
static bool is_plain(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 0x80 || (s.p[i] < 0x20 && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r') ||
            (s.p[i] == '=' && i + 1 < s.n && s.p[i + 1] == '?'))
            return false;
    return true;
}

/* Between pages that nobody may touch. */
static void check_copy(struct span text, bool (*copy)(struct span, uint8_t *))
{
    uint8_t none[300] = {0};
    void *base, *room;
    size_t size, room_size;
    struct span s = split_guard(text, &base, &size), to = split_guard(span_of(none, text.n), &room, &room_size);

    if (copy(s, (uint8_t *)(uintptr_t)to.p) != is_plain(s))
        fail_msg("%zu bytes: plain %d", s.n, !is_plain(s));
    assert_memory_equal(to.p, s.p, s.n);
    munmap(base, size);
    munmap(room, room_size);
}

/* A byte that is not plain, or "=?", also over the border of two blocks, at each place of texts of each length; = and ? apart are plain. */
static void plain_text_is_copied(void **state)
{
    static const char *const rare[] = {"=?", "?=", "==?", "= ?", "=", "\x1b", "\x7f", "\x80", "\xff", "\t", "\r\n", "\x0b", "\x1f"};
    uint8_t text[200];

    (void)state;
    for (size_t n = 1; n < sizeof(text); n += n < 60 || (n > 70 && n < 124) || n > 132 ? 9 : 1)
        for (size_t at = 0; at < n; at++)
            for (size_t r = 0; r < sizeof(rare) / sizeof(*rare); r++) {
                size_t len = strlen(rare[r]) < n - at ? strlen(rare[r]) : n - at;

                memset(text, 'a', sizeof(text));
                memcpy(text + at, rare[r], len);
                check_copy(span_of(text, n), encoded_word_copy);
                check_copy(span_of(text, n), encoded_word_copy_scalar);
            }
    check_copy(span_of(text, 0), encoded_word_copy);
    memset(text, 0, 9);
    check_copy(span_of(text, 9), encoded_word_copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(caps_never_cut_a_character),
        cmocka_unit_test(hostile_words_are_linear),
        cmocka_unit_test(plain_text_is_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
