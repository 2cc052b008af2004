/* SPDX-License-Identifier: Apache-2.0 */
/* received_token: where words, comments, addresses and TLS's words of a Received field begin and end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "decoders/mail/received.h"
#include "decoders/mail/received_token.h"
#include "tests/unit/split.h"

static bool ends_word(uint8_t c, uint8_t other)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '(' || c == other;
}

/* The next word at or behind *at, byte by byte. */
static struct span slow_word(struct span s, size_t *at, uint8_t other)
{
    size_t start;

    while (*at < s.n && ends_word(s.p[*at], other))
        ++*at;
    for (start = *at; *at < s.n && !ends_word(s.p[*at], other);)
        ++*at;
    return span_of(s.p + start, *at - start);
}

static void compare_words(struct span s)
{
    struct received_words words;
    struct received_tokens all;
    struct mail_date date;
    struct span fast, slow;
    size_t at = 0;

    received_comment_words(s, &words);
    do {
        fast = received_comment_word(&words);
        slow = slow_word(s, &at, ')');
        assert_int_equal(fast.n, slow.n);
        assert_true(!slow.n || fast.p == slow.p);
    } while (slow.n);

    if (span_find(s, 0, '(') < s.n)
        return;
    received_tokens_read(s, &all, &date);
    at = 0;
    for (unsigned i = 0; i < all.n; i++) {
        if (all.t[i].kind != RECEIVED_WORD)
            continue;
        slow = slow_word(s, &at, ';');
        assert_ptr_equal(all.t[i].text.p, slow.p);
        assert_int_equal(all.t[i].text.n, slow.n);
    }
    assert_int_equal(slow_word(s, &at, ';').n, 0);
}

/* Words of all lengths up to beyond a block of 64, cut by every byte at every place, and a field that ends anywhere before unreadable
 * memory: words are where a walk byte by byte finds them. */
static void words_end_where_the_twin_says(void **state)
{
    enum { MOST = 160 };
    static const char room[MOST];
    void *base;
    size_t size;
    struct span guarded = split_guard(span_of(room, MOST), &base, &size);
    uint8_t *text = (uint8_t *)(uintptr_t)guarded.p;

    (void)state;
    for (size_t n = 1; n < MOST; n += n < 40 || (n > 60 && n < 70) || n > 124 ? 1 : 7) {
        for (size_t at = 0; at < n; at += n < 40 ? 1 : 5) {
            for (int c = 0; c < 256; c++) {
                memset(text, c % 3 ? 'w' : 0x1f, MOST);
                text[MOST - n + at] = (uint8_t)c;
                text[MOST - n + at / 2] = c & 1 ? ' ' : 'v';
                compare_words(span_of(text + MOST - n, n));
            }
        }
    }
    munmap(base, size);
}

/* A comment from any place to any other, across blocks of 64: its inside is one token, what stands before and behind it are others. */
static void comments_end_at_their_brackets(void **state)
{
    char text[200];

    (void)state;
    for (size_t open = 1; open < 140; open += open < 60 || open > 66 ? 9 : 1)
        for (size_t close = open + 2; close < 190; close += close < 60 || (close > 66 && close < 124) || close > 130 ? 11 : 1)
            for (int nested = 0; nested < 2; nested++) {
                struct received_tokens all;
                struct mail_date date;

                memset(text, 'w', sizeof(text));
                text[open] = '(';
                text[close] = ')';
                if (nested && close > open + 4) {
                    text[open + 1] = '(';
                    text[close - 2] = ')';
                }
                received_tokens_read(span_of(text, sizeof(text)), &all, &date);
                assert_int_equal(all.n, 3);
                assert_int_equal(all.t[0].text.n, open);
                assert_int_equal(all.t[1].kind, RECEIVED_COMMENT);
                assert_ptr_equal(all.t[1].text.p, text + open + 1);
                assert_int_equal(all.t[1].text.n, close - open - 1);
                assert_int_equal(all.t[2].text.n, sizeof(text) - close - 1);
            }
}

/* What begins as no address does is not looked at further; each way to write one begins as one does. */
static void addresses_are_seen(void **state)
{
    static const char *const texts[] = {"1.2.3.4", "255.255.255.255", "19.2.3.4", "::1", "::", "a::", "abcd:1::", "::ffff:192.0.2.7", "1::2", "2001:db8::1%4",
                                        "1.2.3.4:25", "fe80::1", "1:2:3:4:5:6:7:8", "1.2.3", "1234.1.1.1", "abcde::", "a.b.c.d", "beef", "x::1"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct span text = span_cstr(texts[i]), plain = span_head(text, span_find(text, 0, '%'));
        struct ip_addr ip = {0};
        struct received r;
        char field[80];

        if (!ip_parse(plain, &ip))
            ip_parse(span_head(plain, span_find(plain, 0, ':')), &ip);
        ip_unmap(&ip);
        snprintf(field, sizeof(field), "from x.example ([%s]) by y.example", texts[i]);
        received_parse(span_cstr(field), &r);
        assert_memory_equal(&r.ip, &ip, sizeof(ip));
    }
}

/* Both names at every place of texts of every length, whole, cut by the text's end, and with one byte of them turned into each other
 * byte. */
static void tls_is_found_where_the_twin_says(void **state)
{
    static const char *const names[] = {"TLS", "sSl", "tls", "SSTLS", "TLSSL"};
    enum { MOST = 80 };
    static const char room[MOST];
    void *base;
    size_t size;
    struct span guarded = split_guard(span_of(room, MOST), &base, &size);
    uint8_t *text = (uint8_t *)(uintptr_t)guarded.p;

    (void)state;
    for (unsigned k = 0; k < 5 * 256; k++) {
        const char *name = names[k % 5];

        for (size_t n = 1; n <= MOST; n += n < 40 ? 1 : 3) {
            for (size_t at = 0; at < n; at++) {
                struct span s = span_of(text + MOST - n, n);
                size_t fits = n - at < strlen(name) ? n - at : strlen(name);

                memset(text, k & 1 ? 's' : ' ', MOST);
                memcpy(text + MOST - n + at, name, fits);
                text[MOST - n + at + k % fits] = k < 512 ? text[MOST - n + at + k % fits] : (uint8_t)(k / 5);
                assert_int_equal(received_tls_find(s, 0), received_tls_find_scalar(s, 0));
                assert_int_equal(received_tls_find(s, at / 2), received_tls_find_scalar(s, at / 2));
            }
        }
    }
    munmap(base, size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_end_where_the_twin_says),
        cmocka_unit_test(comments_end_at_their_brackets),
        cmocka_unit_test(addresses_are_seen),
        cmocka_unit_test(tls_is_found_where_the_twin_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
