/* SPDX-License-Identifier: Apache-2.0 */
/* decoders/name: skeletons and the two forms of IDN hosts, slips, words that mix scripts, words found in a text. Whatever
 * bytes come, spans end where they should (the last byte lies before an unreadable page). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <malloc.h>
#include <cmocka.h>

#include "decoders/link/url_idn.h"
#include "decoders/name/mixed_word.h"
#include "decoders/name/name_fold.h"
#include "decoders/name/near_names.h"
#include "decoders/name/unicode_name.h"
#include "decoders/name/word_finder.h"
#include "tests/unit/split.h"

static struct mem mem;
static struct unicode_names *unicode;

static const char *skeleton(const char *text)
{
    static uint8_t out[2][UNICODE_NAME_OUT + 1];
    static unsigned turn;
    uint8_t *to = out[turn++ % 2];
    void *base;
    size_t size;
    struct span guarded = split_guard(span_cstr(text), &base, &size);

    to[unicode_name_skeleton(unicode, guarded, to)] = 0;
    munmap(base, size);
    return (const char *)to;
}

static void looks_alike(void **state)
{
    static const char *const alike[][2] = {
        {"amazon", "Amazon"},   {"amazon", "amaz0n"}, {"amazon", "arnazon"}, {"amazon", "аmazon"}, {"amazon", "аmаzоn"},
        {"amazon", "ámàzöñ"},   {"paypal", "paypa1"}, {"paypal", "раураl"},  {"apple", "аррlе"},   {"view", "vievv"},
        {"google", "ɡoogle"},   {"line", "1ine"},
    };
    static const char *const apart[][2] = {{"amazon", "amazom"}, {"line", "lime"}, {"rakuten", "rakutan"}};

    (void)state;
    for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++)
        assert_string_equal(skeleton(alike[i][0]), skeleton(alike[i][1]));
    for (size_t i = 0; i < sizeof(apart) / sizeof(*apart); i++)
        assert_string_not_equal(skeleton(apart[i][0]), skeleton(apart[i][1]));
    assert_string_equal(skeleton(""), "");
    assert_string_equal(skeleton("\xff\xfe"), skeleton("\xff\xfe"));
}

/* Kana, ideographs and Hangul take a short way past the tables, which have none of them. */
static void characters_as_tables(void **state)
{
    char quick[URL_IDN_MAX], slow[URL_IDN_MAX];
    size_t quick_n, slow_n;

    (void)state;
    for (uint32_t c = 0; c < 0x30000; c++) {
        bool mapped = url_idn_map(c, quick, &quick_n);

        assert_int_equal(mapped, url_idn_tables(c, slow, &slow_n));
        if (mapped) {
            assert_int_equal(quick_n, slow_n);
            assert_memory_equal(quick, slow, slow_n);
        }
    }
}

/* ASCII takes a short way: beside a character that looks like itself each byte of a host must come out as ICU has it. */
static void ascii_as_icu(void **state)
{
    (void)state;
    for (const char *at = "abcdefghijklmnopqrstuvwxyz0123456789-._ABCXYZ"; *at; at++) {
        const char c = *at, alone[] = {c, 0}, beside[] = {c, '\xe4', '\xb8', '\xad', 0}; /* and U+4E2D */
        const char *by_icu = skeleton(beside);
        size_t n = strlen(by_icu);

        assert_true(n > 3);
        if (strlen(skeleton(alone)) != n - 3 || strncmp(skeleton(alone), by_icu, n - 3))
            fail_msg("%c: '%s' alone, '%s' by ICU", c, skeleton(alone), by_icu);
    }
}

static void two_forms(void **state)
{
    static const struct {
        const char *unicode, *ascii;
    } table[] = {{"аmazon.example", "xn--mazon-3ve.example"}, {"日本語.jp", "xn--wgv71a119e.jp"}, {"bücher.example", "xn--bcher-kva.example"}};
    uint8_t out[UNICODE_NAME_OUT];
    char longer[400];

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        size_t n = unicode_name_to_unicode(unicode, span_cstr(table[i].ascii), out);

        assert_true(span_eq(span_of(out, n), span_cstr(table[i].unicode)));
        n = unicode_name_to_ascii(unicode, span_cstr(table[i].unicode), out);
        assert_true(span_eq(span_of(out, n), span_cstr(table[i].ascii)));
    }
    assert_int_equal(unicode_name_to_ascii(unicode, SPAN("plain.example"), out), 0);
    assert_int_equal(unicode_name_to_unicode(unicode, SPAN("plain.example"), out), 0);
    assert_int_equal(unicode_name_to_unicode(unicode, SPAN("xn--a.example"), out), 0);
    assert_int_equal(unicode_name_to_unicode(unicode, SPAN("xn--99999999999.example"), out), 0);
    memset(longer, 'a', sizeof(longer));
    assert_int_equal(unicode_name_skeleton(unicode, span_of(longer, sizeof(longer)), out), 0);
}

/* What the header promises of ICU's own memory: what is held, and that a call gives back what it took. */
static void icu_memory(void **state)
{
    struct mem m;
    size_t before, held;
    uint8_t out[UNICODE_NAME_OUT];
    char longest[UNICODE_NAME_MAX + 1];
    struct unicode_names *u;

    (void)state;
    mem_init(&m, 0);
    for (size_t i = 0; i + 3 <= UNICODE_NAME_MAX; i += 3)
        memcpy(longest + i, "\xef\xb7\xba", 3); /* U+FDFA: eighteen characters for one */
    before = mallinfo2().uordblks;
    u = unicode_names_new(&m);
    unicode_name_skeleton(u, span_of(longest, UNICODE_NAME_MAX), out);
    held = mallinfo2().uordblks;
    assert_true(held - before < 64 * 1024);
    for (unsigned i = 0; i < 100; i++) {
        unicode_name_skeleton(u, span_of(longest, UNICODE_NAME_MAX), out);
        unicode_name_to_ascii(u, span_of(longest, UNICODE_NAME_MAX), out);
    }
    assert_true(mallinfo2().uordblks <= held + 1024);
    unicode_names_free(u);
    assert_int_equal(m.used, 0);
}

static void distances(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned n;
    } table[] = {{"amazon", "amazon", 0},  {"amazon", "amazom", 1}, {"amazon", "amzaon", 1}, {"amazon", "amazn", 1},
                 {"amazon", "aamazon", 1}, {"amazon", "mazom", 2},  {"", "ab", 2},           {"kitten", "sitting", 3}};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        assert_int_equal(near_names_distance(span_cstr(table[i].a), span_cstr(table[i].b)), table[i].n);
}

/* The hashes find what comparing with every name finds. */
static void near_as_by_all(void **state)
{
    static const struct hash_key key = {5, 6};
    static const char *const names[] = {"amazon", "mastercard", "paypay", "paypal", "mercari", "kuronekoyamato", "smbc-card",
                                        "americanexpress", "bankofamerica", "short", "aname-that-is-too-long-for-it"};
    struct near_names *x = near_names_new(&mem, &key);
    unsigned seed = 1, found_n = 0;

    (void)state;
    for (uint32_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_true(near_names_add(x, span_cstr(names[i]), i + 1));
    for (unsigned round = 0; round < 4000; round++) {
        char text[40];
        size_t n = strlen(names[round % 9]);
        unsigned best = 3, slips;
        uint32_t id;

        memcpy(text, names[round % 9], n);
        for (unsigned k = 0; k < round % 4; k++) {
            seed = seed * 1103515245 + 12345;
            text[(seed >> 16) % n] = (char)('a' + (seed >> 8) % 26);
            if (seed & 0x80000000 && n > 5)
                n--;
        }
        for (uint32_t i = 0; i < 9; i++) {
            unsigned d = near_names_distance(span_of(text, n), span_cstr(names[i]));

            if (d && d <= (strlen(names[i]) >= NEAR_TWO ? 2u : 1u) && d < best)
                best = d;
        }
        id = near_names_find(x, span_of(text, n), &slips);
        assert_int_equal(id ? slips : 3, best);
        found_n += id != 0;
    }
    assert_true(found_n > 500);
    near_names_free(x);
}

/* Google's name under each country: the first one is kept, and as much memory as for one. */
static void near_kept_once(void **state)
{
    static const struct hash_key key = {5, 6};
    struct near_names *x = near_names_new(&mem, &key);
    unsigned slips;
    size_t used;

    (void)state;
    assert_true(near_names_add(x, SPAN("mastercard"), 7));
    used = mem.used;
    for (uint32_t i = 0; i < 5000; i++)
        assert_true(near_names_add(x, SPAN("mastercard"), 8 + i));
    assert_int_equal(mem.used, used);
    assert_int_equal(near_names_find(x, SPAN("mastrecrad"), &slips), 7);
    assert_int_equal(slips, 2);
    /* What is left of a kept name is a name of its own. */
    assert_true(near_names_add(x, SPAN("astercard"), 9));
    assert_int_equal(near_names_find(x, SPAN("astercord"), &slips), 9);
    assert_int_equal(slips, 1);
    near_names_free(x);
}

static void mixed_words(void **state)
{
    static const struct {
        const char *text, *words;
    } table[] = {
        {"Аmazon", "Аmazon"},
        {"mail from Аmazon, really", "Аmazon"},
        {"Аmazon and PаyPal", "Аmazon PаyPal"},
        {"Amazonプライム", ""},
        {"ＡmazonのΑbc", "Αbc"},
        {"Москва, Moscow", ""},
        {"𝐀mazon", "𝐀mazon"},
        {"Ama\xe2\x80\x8bzоn", "Ama\xe2\x80\x8bzоn"},
        {"x\xffАy", "Аy"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        void *base;
        size_t size, at = 0;
        struct span text = split_guard(span_cstr(table[i].text), &base, &size), word;
        char got[256] = "";

        while ((word = mixed_word_next(text, &at)).p)
            snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%.*s", *got ? " " : "", SPAN_FMT(word));
        munmap(base, size);
        assert_string_equal(got, table[i].words);
    }
}

/* The folded text, borders as '|'. */
static void folding(void **state)
{
    static const struct {
        const char *text, *folded;
    } table[] = {
        {"Amazon", "|amazon|"},           {"Amazon Pay", "|amazon|pay|"}, {"ＡＭＡＺＯＮ", "|amazon|"},
        {"ｱﾏｿﾞﾝ", "アマゾン"},            {"ﾊﾟﾋﾟ ｳﾞ ｶﾞ ｱﾞ", "パピヴガアﾞ"}, {"三井 住友", "三井住友"},
        {"A三B", "|a|三|b|"},             {"a.b", "|a|.|b|"},             {"a\xc2\xadz", "|az|"},
        {"é1", "|é1|"},                   {"℡", "|tel|"},                 {"\xff" "a\xff", "?|a|?"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        void *base;
        size_t size, n = 0;
        struct name_fold f;
        char got[128];
        int c;

        name_fold_begin(&f, split_guard(span_cstr(table[i].text), &base, &size));
        while ((c = name_fold_next(&f)) != NAME_END)
            got[n++] = c == NAME_BORDER ? '|' : (char)c;
        got[n] = 0;
        munmap(base, size);
        assert_string_equal(got, table[i].folded);
    }
}

static struct span folded_text(struct span text, char *out)
{
    struct name_fold f;
    size_t n = 0;
    int c;

    name_fold_begin(&f, text);
    while ((c = name_fold_next(&f)) != NAME_END)
        out[n++] = c == NAME_BORDER ? '|' : (char)c;
    assert_int_equal(f.at, text.n);
    assert_true(!n || f.end == text.n);
    return span_of(out, n);
}

/* As a whole it is what it is byte by byte, or nothing, where there is too little room. */
static void whole(struct span text)
{
    uint8_t want[256], got[256];
    size_t n = 0;
    struct name_fold f;
    int c;

    name_fold_begin(&f, text);
    while ((c = name_fold_next(&f)) != NAME_END)
        want[n++] = (uint8_t)c;
    assert_int_equal(name_fold_whole(text, got, sizeof(got)), n);
    assert_memory_equal(got, want, n);
    for (size_t cap = 0; cap < n + 24; cap++) {
        uint8_t *out = malloc(cap + !cap);
        size_t now = out ? name_fold_whole(text, out, cap) : n;

        assert_true(now ? now == n : cap < n + 16 || !n);
        free(out);
    }
}

/* Texts put together from what is told in ways of its own, every three of them, and at the end of a page. */
static void folding_as_a_whole(void **state)
{
    static const char *const pieces[] = {"a", "Zoo", " ", "  ", "7", "-", "\t", "三井", "カ", "、", "ｱﾞ", "Ａ", "℡", "\xff", "é", "\xc2\xad", "\xe4\xb8", ""};
    enum { PIECES = sizeof(pieces) / sizeof(*pieces) };

    (void)state;
    for (size_t i = 0; i < (size_t)PIECES * PIECES * PIECES * PIECES; i += 1 + i % 3) {
        char text[64];
        void *base;
        size_t size;

        snprintf(text, sizeof(text), "%s%s%s%s", pieces[i % PIECES], pieces[i / PIECES % PIECES], pieces[i / PIECES / PIECES % PIECES],
                 pieces[i / PIECES / PIECES / PIECES]);
        whole(split_guard(span_cstr(text), &base, &size));
        munmap(base, size);
    }
}

/* Kana and ideographs are given where they stand: exactly those that no table folds. Twice, then behind a letter and cut. */
static void characters_that_stay(void **state)
{
    (void)state;
    for (uint32_t c = 0x3001; c < 0xa000; c++) {
        const uint8_t p[] = {(uint8_t)(0xe0 | c >> 12), (uint8_t)(0x80 | (c >> 6 & 63)), (uint8_t)(0x80 | (c & 63))};
        char text[16], want[16], out[64], to[URL_IDN_MAX];
        size_t n;

        memcpy(text, p, 3);
        memcpy(text + 3, p, 3);
        assert_true(span_eq(folded_text(span_of(text, 6), out), span_of(text, 6)) == !url_idn_tables(c, to, &n));
        if (url_idn_tables(c, to, &n))
            continue;
        memcpy(text, "ABC", 3);
        text[6] = 'D';
        text[7] = 'E';
        text[8] = 'F';
        memcpy(want, "|abc|", 5);
        memcpy(want + 5, p, 3);
        memcpy(want + 8, "|def|", 5);
        assert_true(span_eq(folded_text(span_of(text, 9), out), span_of(want, 13)));
    }
    for (size_t cut = 1; cut < 3; cut++) {
        struct name_fold f;
        void *base;
        size_t size;

        name_fold_begin(&f, split_guard(span_of("\xe4\xb8\x89", cut), &base, &size));
        for (size_t i = 0; i < cut; i++)
            assert_int_equal(name_fold_next(&f), '?');
        assert_int_equal(name_fold_next(&f), NAME_END);
        munmap(base, size);
    }
}

/* The first hit of all that is left of text, from each place on, is that of a walk. */
static void first_of_all(const struct word_finder *f, struct span text)
{
    for (; text.n; text = span_from(text, 1)) {
        struct word_finder_walk walk = {0, 0};
        uint32_t hit = 0;

        for (size_t i = 0; i < text.n && !hit; i++)
            hit = word_finder_step(f, &walk, text.p[i]);
        assert_int_equal(word_finder_first(f, text), hit);
    }
}

/* How often each of n words stands in text, found by the automaton and by looking for each at every place. */
static void find_words(const char *const *words, uint32_t n, struct span text)
{
    struct word_finder *f = word_finder_new(&mem);
    struct word_finder_walk walk = {0, 0};
    unsigned want[16] = {0}, got[16] = {0};
    uint32_t had;

    for (uint32_t i = 0; i < n; i++)
        assert_true(word_finder_add(f, span_cstr(words[i]), i + 1, &had) && !had);
    assert_true(word_finder_add(f, span_cstr(words[1]), 99, &had) && had == 2);
    assert_true(word_finder_add(f, SPAN(""), 98, &had) && !had);
    assert_true(word_finder_seal(f));
    for (size_t i = 0; i < text.n; i++) {
        for (uint32_t h = word_finder_step(f, &walk, text.p[i]); h; h = word_finder_next(f, h))
            got[word_finder_id(f, h) - 1]++;
        for (unsigned k = 0; k < n; k++)
            want[k] += span_starts_nocase(span_from(text, i), span_cstr(words[k]));
    }
    assert_memory_equal(got, want, sizeof(got));
    first_of_all(f, text);
    word_finder_free(f);
}

/* The automaton finds what looking for each word finds, overlapping and nested ones too. */
static void words_found(void **state)
{
    static const char *const words[] = {"he", "she", "his", "hers", "e", "shes", "aaaa", "aa"};

    (void)state;
    find_words(words, 8, SPAN("ushers she sells his aaaaa shes"));
}

/* Words that have four bytes and more are told by how they begin before a step is taken: at the front and the end of a text, behind one
 * another, in one another, behind what only begins like them. */
static void long_words_found(void **state)
{
    static const char *const one_in_another[] = {"abcdq", "cdxy"}; /* three bytes of the second are there when the first turns out to be none */
    static const char *const words[] = {"abab", "ababa", "babb", "abba", "aaaaaaa", "bbbbc", "cabc", "abcabcab", "bcab", "ccccccccc"};
    uint64_t seed = 1975;

    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        char text[120];

        for (size_t i = 0; i < sizeof(text); i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i] = i > 8 && (seed >> 60) < 14 ? text[i - 2 - round % 6] : (char)('a' + (seed >> 40) % (round % 4 ? 3 : 5));
        }
        find_words(words, 10, span_of(text, sizeof(text)));
    }
    find_words(one_in_another, 2, SPAN("abcdxy abcdq abcdxabcdx cdxy"));
}

/* A walk's window begins with zeros, which are none of the text's. */
static void words_of_zeros(void **state)
{
    struct word_finder *f = word_finder_new(&mem);
    struct word_finder_walk walk = {0, 0};
    unsigned found = 0;
    uint32_t had;

    (void)state;
    assert_true(word_finder_add(f, SPAN("\0\0abc"), 1, &had) && word_finder_seal(f));
    for (const char *c = "abc"; *c; c++)
        found += word_finder_step(f, &walk, (uint8_t)*c) != 0;
    assert_int_equal(found, 0);
    for (size_t i = 0; i < 5; i++)
        found += word_finder_step(f, &walk, (uint8_t)"\0\0abc"[i]) != 0;
    assert_int_equal(found, 1);
    assert_true(word_finder_first(f, SPAN("x\0\0abc")) && !word_finder_first(f, SPAN("abc")));
    word_finder_free(f);
}

static int set_up(void **state)
{
    (void)state;
    mem_init(&mem, 0);
    unicode = unicode_names_new(&mem);
    return unicode == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    unicode_names_free(unicode);
    return mem.used != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_as_tables),
        cmocka_unit_test(looks_alike), cmocka_unit_test(ascii_as_icu),   cmocka_unit_test(two_forms),
        cmocka_unit_test(icu_memory),  cmocka_unit_test(distances),      cmocka_unit_test(near_as_by_all), cmocka_unit_test(near_kept_once),
        cmocka_unit_test(mixed_words), cmocka_unit_test(folding),        cmocka_unit_test(folding_as_a_whole), cmocka_unit_test(words_found),
        cmocka_unit_test(long_words_found), cmocka_unit_test(characters_that_stay), cmocka_unit_test(words_of_zeros),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
