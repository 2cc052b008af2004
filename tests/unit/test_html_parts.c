/* SPDX-License-Identifier: Apache-2.0 */
/* What the HTML tokenizer and its reader are made of, each by itself: places, ends, memory of tags, texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoders/link/copy_until.h"
#include "decoders/link/html.h"
#include "decoders/link/html_value.h"
#include "decoders/link/link_place.h"
#include "decoders/link/link_text.h"
#include "tests/unit/split.h"

static void the_table_of_places_answers(void **state)
{
    static const struct {
        const char *element, *attribute;
        enum place place;
    } rows[] = {
        {"a", "href", PLACE_URL},        {"base", "href", PLACE_BASE},     {"o:p", "href", PLACE_URL},
        {"img", "src", PLACE_URL},       {"img", "alt", PLACE_ALT},        {"area", "alt", PLACE_NONE},
        {"form", "action", PLACE_URL},   {"button", "formaction", PLACE_URL}, {"body", "background", PLACE_URL},
        {"video", "poster", PLACE_URL},  {"object", "data", PLACE_URL},    {"p", "data", PLACE_NONE},
        {"svg", "xlink:href", PLACE_URL}, {"p", "style", PLACE_STYLE},     {"source", "srcset", PLACE_SRCSET},
        {"meta", "content", PLACE_CONTENT}, {"p", "content", PLACE_NONE},  {"a", "class", PLACE_NONE},
        {"q", "cite", PLACE_URL},        {"a", "", PLACE_NONE},            {"img", "longdesc", PLACE_URL},
    };
    struct places p;

    (void)state;
    places_init(&p);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (place_of(&p, element_of(&p, span_cstr(rows[i].element)), span_cstr(rows[i].attribute)) != rows[i].place)
            fail_msg("%s %s", rows[i].element, rows[i].attribute);
    assert_string_equal(element_of(&p, SPAN("v:roundrect"))->name, "v:roundrect");
    assert_string_equal(element_of(&p, SPAN("nothing"))->name, "other");
    assert_string_equal(element_of(&p, SPAN(""))->name, "other");
}

/* The first > at any place, none, and one behind the last byte that counts: as the scalar twin says. */
static void the_end_of_a_tag_is_found(void **state)
{
    uint8_t tag[300];

    (void)state;
    for (size_t n = 0; n <= sizeof(tag); n++)
        for (size_t at = 0; at <= n; at++) {
            struct span s = span_of(tag, n);

            memset(tag, 'x', sizeof(tag));
            tag[at < n ? at : 0] = at < n ? '>' : 'y';
            tag[at < n ? n - 1 : 0] = at < n ? '>' : 'y';
            assert_int_equal(tag_end(s), tag_end_scalar(s));
            assert_int_equal(tag_end(s), at < n && at < TAG_MEMO_BYTES ? at : TAG_MEMO_BYTES);
        }
}

/* Tags of each length, behind them more text or an unreadable page: each is met once it is known, and with any of its bytes changed it is
 * another. A rest is looked for the same way. */
static void long_tags_are_met_by_all_their_bytes(void **state)
{
    const struct tag_effect effect = {.border = true};
    uint8_t bytes[TAG_MEMO_BYTES + 2 + 250];
    struct tag_memo *memo;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    memo = tag_memo_new(&m);
    assert_non_null(memo);
    for (size_t n = 8; n <= TAG_MEMO_BYTES + 2; n++)
        for (size_t behind = 0; behind <= 250; behind += behind < 3 ? 1 : 49) {
            size_t size, end = 0;
            void *base;
            struct known_tag *place;
            bool met = false;
            struct span s;

            memset(bytes, (int)('a' + n % 26), sizeof(bytes));
            bytes[n - 1] = '>';
            bytes[n / 2] = (uint8_t)(n + behind) | 0x80;
            s = split_guard(span_of(bytes, n + behind), &base, &size);
            place = behind % 2 ? tag_memo_place(memo, s, &end, &met) : tag_memo_rest(memo, s, &end, &met);
            assert_int_equal(place != NULL, n <= TAG_MEMO_BYTES);
            assert_false(met);
            if (place)
                known_tag_set(place, span_head(s, n), &effect);
            for (size_t i = 0; place && i < n; i++) {
                place->text[i] ^= 1;
                assert_ptr_equal(behind % 2 ? tag_memo_place(memo, s, &end, &met) : tag_memo_rest(memo, s, &end, &met), place);
                assert_false(met);
                place->text[i] ^= 1;
            }
            if (place)
                (void)(behind % 2 ? tag_memo_place(memo, s, &end, &met) : tag_memo_rest(memo, s, &end, &met));
            assert_true(place ? met && end == n : !met && !end);
            munmap(base, size);
        }
    tag_memo_free(memo);
    assert_int_equal(m.used, 0);
}

/* A tag is met exactly where its place has it, byte by byte and no more; returns its place. */
static struct known_word *short_tag(struct tag_memo *memo, const uint8_t *tag)
{
    size_t n = tag_end_scalar(span_of(tag, 8)) + 1, end = 0;
    uint8_t text[8] = {0};
    bool met = false;
    struct known_word *place = tag_memo_word(memo, tag, &end, &met);

    assert_int_equal(place != NULL, n <= 8);
    if (!place)
        return NULL;
    memcpy(text, tag, n);
    assert_int_equal(end, n);
    assert_int_equal(met, place->text == le64(text));
    return place;
}

/* Tags of up to 8 bytes, whatever stands behind them, and each with one byte changed, or the first taken away. */
static void short_tags_are_met_by_one_word(void **state)
{
    const struct tag_effect effect = {.border = true};
    struct tag_memo *memo;
    struct mem m;

    (void)state;
    mem_init(&m, 0);
    memo = tag_memo_new(&m);
    assert_non_null(memo);
    for (size_t n = 9; n; n--) /* a shorter one takes a longer one's place */
        for (unsigned behind = 0; behind < 256; behind++) {
            uint8_t tag[20];
            struct known_word *place;

            memset(tag, (int)behind, sizeof(tag));
            for (size_t i = 0; i + 1 < n; i++)
                tag[i] = (uint8_t)(i % 3 ? 0xbf - i : 'a' + behind % 26); /* near > with its highest bit */
            tag[n - 1] = '>';
            place = short_tag(memo, tag);
            if (place)
                known_word_set(place, span_of(tag, n), &effect);
            tag[n] ^= 1;
            assert_ptr_equal(short_tag(memo, tag), place);
            assert_true(!place || (place->effect.border && place->text >> 8 * (n - 1) == '>'));
            for (size_t i = 0; i < n; i++) {
                tag[i] ^= 1;
                (void)short_tag(memo, tag);
                tag[i] ^= 1;
            }
            (void)short_tag(memo, tag + 1);
        }
    tag_memo_free(memo);
    assert_int_equal(m.used, 0);
}

/* A byte that ends the copy at each place, either of two; the same bytes, and where, as the scalar twin's. */
static void text_is_copied_up_to_a_byte(void **state)
{
    uint8_t from[70], to[2][70];

    (void)state;
    for (size_t n = 0; n <= sizeof(from); n++)
        for (size_t at = 0; at <= n; at++)
            for (size_t i = 0; i <= n; i++) {
                size_t end;

                for (size_t k = 0; k < sizeof(from); k++)
                    from[k] = (uint8_t)('A' + k % 60);
                if (at < n)
                    from[at] = at % 2 ? '<' : '&';
                end = copy_until(to[0], span_of(from, n), i, '<', '&');
                assert_int_equal(end, copy_until_scalar(to[1], span_of(from, n), i, '<', '&'));
                assert_int_equal(end, at < i ? n : at);
                assert_memory_equal(to[0], from + i, end - i);
                assert_memory_equal(to[1], from + i, end - i);
                from[at < n ? at : 0] = at % 2 ? ' ' : '!';
                end = copy_word(to[0], span_of(from, n), i);
                assert_int_equal(end, copy_word_scalar(to[1], span_of(from, n), i));
                assert_memory_equal(to[0], from + i, end - i);
                assert_memory_equal(to[1], from + i, end - i);
            }
}

/* Byte by byte: what link_text_add does with pieces. */
static size_t folded(const char *text, size_t room, size_t most, char *out)
{
    size_t n = 0;
    bool space = false;

    for (; *text && n < most; text++) {
        if (*text == ' ') {
            space = true;
            continue;
        }
        if (space && n && n < room)
            out[n++] = ' ';
        space = false;
        if (n < room)
            out[n++] = *text;
    }
    return n;
}

/* Texts and alternatives as long as there is room, a little less, a little more, with spaces anywhere. */
static void texts_of_links_are_folded_up_to_their_caps(void **state)
{
    char text[2 * LIMIT_LINK_TEXT + 20], expected[sizeof(text)];
    struct link_text t;

    (void)state;
    srand(5);
    for (size_t cap = LIMIT_LINK_TEXT; cap <= 2 * LIMIT_LINK_TEXT; cap += LIMIT_LINK_TEXT)
        for (int round = 0; round < 4000; round++) {
            size_t length = cap - 10 + (size_t)rand() % 30, n, cut = (size_t)rand() % length;
            bool alt = cap == LIMIT_LINK_TEXT;

            for (size_t i = 0; i < length; i++)
                text[i] = rand() % (round % 50 + 2) ? 'x' : ' ';
            text[length] = 0;
            link_text_begin(&t);
            if (alt)
                link_text_alt(&t, span_cstr(text));
            else
                link_text_add(&t, span_of(text, cut));
            if (!alt)
                link_text_add(&t, span_cstr(text + cut));
            n = folded(text, cap, alt ? cap - 1 : cap, expected);
            assert_int_equal(alt ? t.alt_n : t.n, n);
            assert_memory_equal(alt ? t.alt : t.bytes, expected, n);
        }
}

/* What shows as a space, what does not show, and what only begins like them: each at each place, beside spaces and beside each other. */
static void what_does_not_show_is_dropped(void **state)
{
    static const struct {
        const char *bytes;
        char shows; /* as a space, not at all (0), or as it is (x) */
    } pieces[] = {{"x", 'x'}, {"yz", 'x'}, {" ", ' '}, {"\xc2\xa0", ' '}, {"\xe3\x80\x80", ' '}, {"\xc2\xad", 0}, {"\xcd\x8f", 0},
                  {"\xe2\x80\x8b", 0}, {"\xe2\x80\x8f", 0}, {"\xe2\x81\xa0", 0}, {"\xef\xbb\xbf", 0}, {"\xe3\x80\x81", 'x'},
                  {"\xc2\xa9", 'x'}, {"\xe2\x80\x90", 'x'}, {"\xe2\x82\xac", 'x'}, {"\xef\xbb\xbc", 'x'}, {"\xcd\x8e", 'x'}};
    struct link_text t;

    (void)state;
    srand(6);
    for (int round = 0; round < 40000; round++) {
        char text[200] = "", expected[200] = "";
        size_t n = (size_t)rand() % 40, plain = (size_t)rand() % 20 + 1; /* one piece in so many is not x */
        bool space = false;

        for (size_t i = 0; i < n; i++) {
            size_t k = (size_t)rand() % plain ? 0 : (size_t)rand() % (sizeof(pieces) / sizeof(*pieces));

            strcat(text, pieces[k].bytes);
            space |= pieces[k].shows == ' ';
            if (pieces[k].shows != 'x')
                continue;
            strcat(strcat(expected, space && *expected ? " " : ""), pieces[k].bytes);
            space = false;
        }
        link_text_begin(&t);
        link_text_add(&t, span_cstr(text));
        for (size_t i = 0; i <= t.n; i++)
            assert_int_equal(link_text_hidden(span_of(t.bytes, t.n), i), link_text_hidden_scalar(span_of(t.bytes, t.n), i));
        if (!span_eq(link_text_end(&t), span_cstr(expected)))
            fail_msg("%s gives %.*s", text, SPAN_FMT(link_text_end(&t)));
    }
}

/* A quote and a & at each place, either or both missing, another of each behind them: as the scalar twin says. */
static void the_end_of_a_value_is_found(void **state)
{
    uint8_t text[150];

    (void)state;
    for (size_t n = 0; n <= sizeof(text); n += n < 70 ? 1 : 13)
        for (size_t quote = 0; quote <= n; quote++)
            for (size_t amp = 0; amp <= n; amp++) {
                bool references[2] = {false, false};
                struct span s = span_of(text, n);
                size_t from = (quote + amp) % 5 ? 0 : amp / 2;

                memset(text, 'v', sizeof(text));
                if (n)
                    text[n - 1] = '&';
                if (amp < n)
                    text[amp] = '&';
                if (quote < n)
                    text[quote] = '"';
                assert_int_equal(html_value_end(s, from, '"', &references[0]), html_value_end_scalar(s, from, '"', &references[1]));
                assert_int_equal(references[0], references[1]);
                if (!from && quote < n)
                    assert_int_equal(references[0], amp < quote);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_places_answers),
        cmocka_unit_test(the_end_of_a_tag_is_found),
        cmocka_unit_test(short_tags_are_met_by_one_word),
        cmocka_unit_test(long_tags_are_met_by_all_their_bytes),
        cmocka_unit_test(text_is_copied_up_to_a_byte),
        cmocka_unit_test(the_end_of_a_value_is_found),
        cmocka_unit_test(texts_of_links_are_folded_up_to_their_caps),
        cmocka_unit_test(what_does_not_show_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
