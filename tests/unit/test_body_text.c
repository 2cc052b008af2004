/* SPDX-License-Identifier: Apache-2.0 */
/* body_text: which mails share a key and which do not; addresses and mixed scripts in text cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "decoders/mail/body_plain.h"
#include "decoders/mail/body_text.h"
#include "decoders/mail/mixed_script.h"
#include "tests/unit/split.h"

#define JA "えきねっとアカウントの自動退会処理について、会員規約および会員規約取扱い規則に基づき、ご利用いただいていない" \
    "アカウントは退会処理させていただいております。続けてご利用になるときは、次のページでログインしてください。"
#define EN "your account has been locked because we saw unusual activity. Please confirm your details within the next two " \
    "days, or it will be closed and all of your orders cancelled. If this was you, nothing needs to be done."

/* The same template, and what changes in it from mail to mail. to: what the To field says; "": nothing. */
static const struct {
    const char *why, *to, *a, *to_b, *b;
    bool same;
} pairs[] = {
    {"the very same", "", EN, "", EN, true},
    {"a number", "", "Order 4711: " EN, "", "Order 919-46486047: " EN, true},
    {"a date, an amount", "", EN " Sent 2023-06-24, 1,280 yen.", "", EN " Sent 2024-01-02, 99,800 yen.", true},
    {"a link", "", EN " https://a8r8m8.shop/x?id=1 now", "", EN " https://tcbnvck.cn/confirm now", true},
    {"a bare host", "", EN " Go to a8r8m8.shop now", "", EN " Go to www.tcbnvck.cn/x now", true},
    {"a mail address", "", "Dear ann@example.jp, " EN, "", "Dear bob.miller@mail.example.net, " EN, true},
    {"the name that To shows", "Ann Lee <ann@example.jp>", "Dear Ann Lee, " EN, "Bob Miller <b@example.jp>",
     "Dear Bob Miller, " EN, true},
    {"the name by which the address goes", "<ann.lee@example.jp>", "Hello ann, " EN, "<miller@example.jp>", "Hello Miller: " EN,
     true},
    {"a name written large", "ANN <x@example.jp>", "dear Ann, " EN, "bob <y@example.jp>", "Dear BOB, " EN, true},
    {"case", "", EN, "", "YOUR ACCOUNT HAS BEEN LOCKED BECAUSE WE SAW UNUSUAL ACTIVITY. PLEASE CONFIRM YOUR DETAILS WITHIN THE "
     "NEXT TWO DAYS, OR IT WILL BE CLOSED AND ALL OF YOUR ORDERS CANCELLED. IF THIS WAS YOU, NOTHING NEEDS TO BE DONE.", true},
    {"white space and line ends", "", "one " EN, "", "one\r\n\r\n\t  " EN "\r\n", true},
    {"a no-break space", "", "Hello there " EN, "", "Hello\xc2\xa0there " EN, true},
    {"punctuation", "", "Hello there, (again) " EN, "", "Hello there again... " EN, true},
    {"a serial number glued to a word", "", EN " ref:AB12-99x", "", EN " ref:QQ77-01z", true},
    {"a digit glued to a word", "", "order A1 of 2 " EN, "", "order QX9 of 2 " EN, true},
    {"an emoji", "", EN " \xf0\x9f\x98\x80", "", EN, true},
    {"Japanese, another number", "", "【重要】2023年6月24日 " JA, "", "【重要】2024年12月1日 " JA, true},
    {"Japanese, full-width digits", "", "番号\xef\xbc\x91\xef\xbc\x92 " JA, "", "番号\xef\xbc\x99 " JA, true},
    {"Japanese, a link in the row", "", JA "https://a8r8m8.shop/で確認", "", JA "https://tcbnvck.cn/?xで確認", true},
    {"Cyrillic case", "", "\xd0\x92\xd0\xb0\xd1\x88 " EN, "", "\xd0\xb2\xd0\xb0\xd1\x88 " EN, true},
    {"as text and again as HTML shows it", "", EN, "", EN "\n" EN, true},
    {"another text", "", EN, "", "we have shipped what you ordered. You can follow the parcel on the page of the carrier, who "
     "brings it tomorrow between nine and noon. Somebody must be there to sign for it, or it goes back to us.", false},
    {"another Japanese text", "", JA, "", "いつもご利用いただきありがとうございます。お支払い方法の情報が更新できませんでした。カードの有効期限を"
     "ご確認のうえ、もう一度ご登録ください。更新できないときは、あなたのアカウントは二十四時間の後に停止されます。ご不明な点はお問い合わせください。", false},
    {"the words in another order", "", EN, "", "nothing needs to be done if this was you. cancelled orders of all your and closed be "
     "will it or, days two next the within details your confirm please activity unusual saw we because locked been has account your",
     false},
};

static void key_of(const char *to, const char *text, char out[BODY_KEY_TEXT + 1])
{
    struct mem m;
    struct arena a;
    struct body_text x;

    mem_init(&m, 0);
    arena_init(&a, &m, 1 << 16);
    body_text_begin(&x, &a);
    if (*to)
        body_text_recipient(&x, span_cstr(to));
    body_text_push(&x, span_cstr(text));
    body_text_break(&x);
    memset(out, 0, BODY_KEY_TEXT + 1);
    if (!body_text_key(&x, (uint8_t *)out))
        strcpy(out, "-");
    arena_free(&a);
}

static void templates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        char a[BODY_KEY_TEXT + 1], b[BODY_KEY_TEXT + 1];

        key_of(pairs[i].to, pairs[i].a, a);
        key_of(pairs[i].to_b, pairs[i].b, b);
        if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0 || (strcmp(a, b) == 0) != pairs[i].same)
            fail_msg("%s: %s and %s, which must %s", pairs[i].why, a, b, pairs[i].same ? "be the same" : "differ");
    }
}

/* Where an unknown name or a sentence changes, most of the four parts of the key stay. */
static void near_keys(void **state)
{
    static const char *const names[] = {"Anna", "Benjamin", "Chiara", "Dmitri", "Eleanor", "Farid", "Giulia", "Hiroshi",
                                        "Ingrid", "Javier", "Katarzyna", "Lars", "Mei", "Noor", "Olga", "Pedro"};
    char first[BODY_KEY_TEXT + 1], key[BODY_KEY_TEXT + 1], text[1024];
    unsigned same = 0, whole = 0;

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        snprintf(text, sizeof(text), "Dear %s, %s Thank you, %s.", names[i], EN, names[i]);
        key_of("", text, i ? key : first);
        for (unsigned part = 0; i && part < 4; part++)
            same += memcmp(key + 4 * part, first + 4 * part, 4) == 0;
        whole += i && strcmp(key, first) == 0;
    }
    assert_in_range(same, 50, 60); /* of 15 times 4 */
    assert_in_range(whole, 10, 15);
}

/* What is told of a text in pieces of any size. */
static const struct {
    const char *what, *text, *told;
} texts[] = {
    {"nothing", "", "- -"},
    {"too short to tell one from another", "Your code is 123456. It is valid for ten minutes.", "- -"},
    {"an address", "Dear Ann@Example.jp, hello", "- - Ann@Example.jp"},
    {"in brackets, quotes, at the end of a sentence", "<a@x.example> \"b@x.example\" (c@x.example). Or d@x.example.",
     "- - a@x.example b@x.example c@x.example d@x.example"},
    {"in a link, in a list, twice", "mailto:ann@x.example https://y.example/?u=bob@x.example,cy@x.example ann@x.example",
     "- - ann@x.example bob@x.example cy@x.example"},
    {"no addresses", "a @ b, @x, x@, @@, x@.", "- -"},
    {"in Japanese text", "お客様ann@x.example様", "- - ann@x.example"},
    {"Amazon with a Cyrillic A", "Dear \xd0\x90mazon customer", "- \xd0\x90mazon"},
    {"the first of two", "p\xd0\xb0ypal and \xd0\x90mazon", "- p\xd0\xb0ypal"},
    {"a usual mixture first", "5 k\xce\xa9, \xd0\xbc\xd0\xb8r, \xd0\x90mazon.", "- \xd0\x90mazon"},
    {"bytes that are no UTF-8", "\xe3 a \xe3\x81 b \xff\xfe \xc3( \xd0 \xf0\x9f\x98", "- -"},
    {"a character cut by the end", "ann@x.example \xe3\x81", "- - ann@x.example"},
    {"an address that two lines cut is none", "ann@x\r\n.example", "- - ann@x"},
};

static char *run(void *ctx, struct span input, size_t cut)
{
    struct mem m;
    struct arena a;
    struct body_text x;
    char *text;
    size_t n, at = 0;
    FILE *out = open_memstream(&text, &n);
    struct span piece, word;
    uint8_t key[BODY_KEY_TEXT];
    const struct span *list;
    uint32_t list_n;

    (void)ctx;
    mem_init(&m, 0);
    arena_init(&a, &m, 1 << 16);
    body_text_begin(&x, &a);
    /* Half of the cuts: the last piece and the border behind it in one. */
    while ((piece = split_next(input, cut, &at)).n)
        if (at == input.n && cut % 2)
            body_text_last(&x, piece);
        else
            body_text_push(&x, piece);
    body_text_break(&x);
    fprintf(out, "%.*s", body_text_key(&x, key) ? BODY_KEY_TEXT : 1, body_text_key(&x, key) ? (char *)key : "-");
    word = body_text_homoglyph(&x);
    fprintf(out, " %.*s", word.n ? (int)word.n : 1, word.n ? (const char *)word.p : "-");
    list = body_text_addresses(&x, &list_n);
    for (uint32_t i = 0; i < list_n; i++)
        fprintf(out, " %.*s", SPAN_FMT(list[i]));
    fclose(out);
    arena_free(&a);
    assert_int_equal(m.used, 0);
    return text;
}

static void every_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        char *told = split_check(texts[i].what, run, NULL, span_cstr(texts[i].text));

        if (strcmp(told, texts[i].told) != 0)
            fail_msg("%s:\n%s\nbut must be\n%s", texts[i].what, told, texts[i].told);
        free(told);
    }
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        free(split_check(pairs[i].why, run, NULL, span_cstr(pairs[i].a)));
        free(split_check(pairs[i].why, run, NULL, span_cstr(pairs[i].b)));
    }
}

/* Words of LIMIT_BODY_WORD bytes, one less and more, at every place of a piece; addresses behind them are still found. */
static void long_words(void **state)
{
    (void)state;
    for (size_t n = LIMIT_BODY_WORD - 2; n <= LIMIT_BODY_WORD + 2; n++)
        for (int high = 0; high < 2; high++) {
            char text[3 * LIMIT_BODY_WORD];
            size_t at = (size_t)sprintf(text, "one ");
            char *told;

            memset(text + at, high ? 0xd0 : 'w', n);
            at += n;
            at += (size_t)sprintf(text + at, "@x.example two ann@x.example ");
            told = split_check("long word", run, NULL, span_of(text, at));
            assert_non_null(strstr(told, " ann@x.example"));
            free(told);
        }
}

/* Found by the fuzzer: a character cut off in front of a word that just fits. */
static void half_a_character_before_a_long_word(void **state)
{
    char text[LIMIT_BODY_WORD + 40];

    (void)state;
    for (size_t n = LIMIT_BODY_WORD - 4; n <= LIMIT_BODY_WORD; n++) {
        size_t at = (size_t)sprintf(text, "\xe3\x81");

        memset(text + at, 'w', n);
        at += n;
        at += (size_t)sprintf(text + at, " ann@x.example ");
        free(split_check("half a character", run, NULL, span_of(text, at)));
    }
}

/* Behind the bytes that make the key: it does not change, and what else is told is still told, wherever the text is cut. */
static void behind_the_key(void **state)
{
    static char text[3 * LIMIT_BODY_TEXT];
    size_t at = 0;
    char *told, *longer, key[BODY_KEY_TEXT + 1];

    (void)state;
    while (at < LIMIT_BODY_TEXT + 40)
        at += (size_t)sprintf(text + at, "%s ", EN);
    told = split_check("key", run, NULL, span_of(text, at));
    memcpy(key, told, BODY_KEY_TEXT);
    key[BODY_KEY_TEXT] = 0;
    at += (size_t)sprintf(text + at, "and then something else ann@x.example p\xd0\xb0ypal \xd0\xbd\xd0\xb5\xd1\x82 ");
    longer = split_check("behind", run, NULL, span_of(text, at));
    assert_memory_equal(longer, key, BODY_KEY_TEXT);
    assert_string_equal(longer + BODY_KEY_TEXT, " p\xd0\xb0ypal ann@x.example");
    free(told);
    free(longer);
}

/* Whether a text has a key, of which bytes are lost (or not) behind so many. */
static bool key_around_a_hole(size_t before, bool lost)
{
    static const char text[] = EN " " EN " " EN " " EN " " EN " " EN " " EN " " EN;
    struct mem m;
    struct arena a;
    struct body_text x;
    uint8_t key[BODY_KEY_TEXT];
    bool told;

    mem_init(&m, 0);
    arena_init(&a, &m, 1 << 16);
    body_text_begin(&x, &a);
    body_text_push(&x, span_of(text, before));
    if (lost)
        body_text_lost(&x);
    body_text_push(&x, span_of(text + before, sizeof(text) - 1 - before));
    body_text_break(&x);
    told = body_text_key(&x, key);
    arena_free(&a);
    return told;
}

/* Of half of the text there is no key: mails would be held together, or apart, by what the capture lost. What is lost behind
 * the bytes that count changes nothing. */
static void lost_text(void **state)
{
    (void)state;
    assert_true(key_around_a_hole(LIMIT_BODY_TEXT / 2, false));
    assert_false(key_around_a_hole(0, true));
    assert_false(key_around_a_hole(LIMIT_BODY_TEXT / 2, true));
    assert_false(key_around_a_hole(LIMIT_BODY_TEXT - 1, true));
    assert_true(key_around_a_hole(LIMIT_BODY_TEXT, true));
}

/* Found by the fuzzer, behind the key, where only pairs are looked at: half a letter at a word's end is no pair with what begins
 * the next word; it was one wherever both came in one piece. */
static void half_a_letter_behind_the_key(void **state)
{
    static char text[3 * LIMIT_BODY_TEXT];
    size_t at = 0;
    char *told;

    (void)state;
    while (at < LIMIT_BODY_TEXT + 40)
        at += (size_t)sprintf(text + at, "%s ", EN);
    at += (size_t)sprintf(text + at, "DM2\xd0\xa0\xd0 xx ");
    told = split_check("half a letter", run, NULL, span_of(text, at));
    assert_string_equal(told + BODY_KEY_TEXT, " -");
    free(told);
}

static void more_addresses_than_are_kept(void **state)
{
    char text[LIMIT_BODY_ADDRESSES * 40], *told, *last;
    size_t at = 0;

    (void)state;
    for (int i = 0; i <= LIMIT_BODY_ADDRESSES; i++)
        at += (size_t)sprintf(text + at, "user%d@x.example ", i);
    told = run(NULL, span_of(text, at), SPLIT_WHOLE);
    last = strrchr(told, ' ');
    assert_string_equal(last, " user31@x.example");
    free(told);
}

static void mixed_scripts(void **state)
{
    static const struct {
        const char *text, *word; /* NULL: none */
    } cases[] = {
        {"", NULL},
        {"Amazon", NULL},
        {"\xd0\x90mazon", "\xd0\x90mazon"},
        {"my \xd0\x90mazon.", "\xd0\x90mazon"},
        {"Appl\xd0\xb5-ID", "Appl\xd0\xb5"},
        {"\xce\x91pple", "\xce\x91pple"},                             /* Greek */
        {"pay\xe2\x80\x8bp\xd0\xb0l", "pay\xe2\x80\x8bp\xd0\xb0l"},   /* with a character of no width inside */
        {"caf\xc3\xa9", NULL},
        {"\xd0\x9c\xd0\xb8\xd1\x80", NULL},                           /* all Cyrillic */
        {"SMS\xd0\xba\xd0\xb8", NULL},                                /* a Russian ending: the last letter looks like none */
        {"IT-\xd0\xbe\xd1\x82\xd0\xb4\xd0\xb5\xd0\xbb", NULL},        /* a hyphen between */
        {"k\xce\xa9 \xce\xbcm \xce\x94t \xce\xb1-Fe", NULL},
        {"\xce\xbf", NULL},
        {"x\xce\xbd", NULL},                                          /* two letters are a formula */
        {"100\xd0\xb0", NULL},
        {"\xd0\x90mazon\xd1\x8f", NULL},                              /* another letter gives it away */
        {"\xe3\x82\xa2\xe3\x83\x9e\xe3\x82\xbe\xe3\x83\xb3" "Amazon", NULL},
        {"\xd0", NULL},
        {"a\xd0", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        void *base;
        size_t size;
        struct span text = split_guard(span_cstr(cases[i].text), &base, &size), word = mixed_script_word(text);

        if (!span_eq(word, span_cstr(cases[i].word)))
            fail_msg("%s: %.*s", cases[i].text, SPAN_FMT(word));
        munmap(base, size);
    }
}

/* body_text asks mixed_script only for words with a byte that such a letter begins with: every letter of two bytes in a Latin word, in front
 * of what counts for the key and behind it, is told where mixed_script tells it. */
static void every_letter_in_a_latin_word(void **state)
{
    unsigned told = 0;

    (void)state;
    for (unsigned c = 0x80; c < 0x800; c++) {
        for (unsigned behind = 0; behind < 2; behind++) {
            char text[LIMIT_BODY_TEXT + 16];
            size_t front = behind ? LIMIT_BODY_TEXT : 0, n = front;
            struct mem m;
            struct arena a;
            struct body_text x;
            struct span word;

            memset(text, ' ', front);
            memcpy(text + n, "AmaXYon", 7);
            text[n + 3] = (char)(0xc0 | c >> 6);
            text[n + 4] = (char)(0x80 | (c & 63));
            n += 7;
            mem_init(&m, 0);
            arena_init(&a, &m, 1 << 16);
            body_text_begin(&x, &a);
            body_text_push(&x, span_of(text, front));
            body_text_push(&x, span_of(text + front, n - front));
            body_text_break(&x);
            word = mixed_script_word(span_of(text + front, n - front));
            assert_true(span_eq(body_text_homoglyph(&x), word));
            told += word.n != 0;
            arena_free(&a);
        }
    }
    assert_int_equal(told, 2 * 65);
}

/* A text longer than what counts, a border behind every so many bytes: told in one with the piece in front, or by itself. */
static void the_last_piece_before_a_border(void **state)
{
    char text[1600];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 7 == 6 ? ' ' : i == 900 || i == 1300 ? '@' : (char)('a' + i * i % 23);
    for (size_t step = 1; step < 500; step++) {
        struct body_text x[2];
        uint8_t key[2][BODY_KEY_TEXT];
        struct arena a;
        struct mem m;
        uint32_t n[2];

        mem_init(&m, 0);
        arena_init(&a, &m, 1 << 16);
        body_text_begin(&x[0], &a);
        body_text_begin(&x[1], &a);
        for (struct span s = span_of(text, sizeof(text)); s.n; s = span_from(s, step)) {
            body_text_push(&x[0], span_head(s, step));
            body_text_break(&x[0]);
            body_text_last(&x[1], span_head(s, step));
            assert_int_equal(x[0].left, x[1].left);
        }
        assert_int_equal(body_text_key(&x[0], key[0]), body_text_key(&x[1], key[1]));
        if (body_text_key(&x[0], key[0]))
            assert_memory_equal(key[0], key[1], BODY_KEY_TEXT);
        body_text_addresses(&x[0], &n[0]);
        body_text_addresses(&x[1], &n[1]);
        assert_int_equal(n[0], n[1]);
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates),
        cmocka_unit_test(near_keys),
        cmocka_unit_test(every_text),
        cmocka_unit_test(half_a_character_before_a_long_word),
        cmocka_unit_test(long_words),
        cmocka_unit_test(behind_the_key),
        cmocka_unit_test(lost_text),
        cmocka_unit_test(half_a_letter_behind_the_key),
        cmocka_unit_test(more_addresses_than_are_kept),
        cmocka_unit_test(the_last_piece_before_a_border),
        cmocka_unit_test(mixed_scripts),
        cmocka_unit_test(every_letter_in_a_latin_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
