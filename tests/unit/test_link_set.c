/* SPDX-License-Identifier: Apache-2.0 */
/* link_set: its hash is not keyed at first; who writes URLs that collide makes it keyed, and no link is lost or doubled by that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "decoders/link/link_set.h"

enum { MEET = 30, URL_ROOM = 64 }; /* 30 links: the first 64 slots are enough for them */

struct set_case {
    struct mem m;
    struct arena arena;
    struct suffix *suffix;
    struct link_set set;
};

static const struct hash_key key = {1, 2};
static const struct link_origin origin = {NULL, LINK_IN_TEXT, URL_WITH_SCHEME};

static int open_set(void **state)
{
    static struct set_case c;

    mem_init(&c.m, 0);
    arena_init(&c.arena, &c.m, LIMIT_RECORD_BYTES);
    c.suffix = suffix_new(&c.m, NULL, &key);
    link_set_init(&c.set, &c.m, &key, c.suffix);
    link_set_reset(&c.set, &c.arena);
    *state = &c;
    return 0;
}

static int close_set(void **state)
{
    struct set_case *c = *state;

    link_set_free(&c->set);
    suffix_free(c->suffix);
    arena_free(&c->arena);
    return c->m.used != 0;
}

static struct span numbered(char text[URL_ROOM], unsigned i)
{
    return span_of(text, (size_t)snprintf(text, URL_ROOM, "http://192.0.2.1/%u", i));
}

/* Addresses, so that nobody is asked for a domain. Returns the first number from i on whose URL begins at the slot that where says,
 * of 64; where 64: at any. */
static unsigned next_at(unsigned i, uint32_t where)
{
    char text[URL_ROOM];

    while (where < 64 && (link_set_quick_hash(numbered(text, i)) & 63) != where)
        i++;
    return i;
}

/* Adds n links twice: each is new once, and then itself. */
static void add_all(struct set_case *c, int n, uint32_t where)
{
    char text[URL_ROOM];

    for (int round = 0; round < 2; round++) {
        unsigned number = 0;

        for (int k = 0; k < n; k++, number++) {
            number = next_at(number, where);
            assert_int_equal(link_set_add(&c->set, numbered(text, number), &origin), k);
            assert_true(span_eq(link_set_at(&c->set, k)->url, numbered(text, number)));
        }
        assert_int_equal(c->set.list.n, n);
    }
}

/* Whoever passes more than 16 others turns the set to the keyed hash, in which these URLs are as far from each other as any. */
static void urls_that_collide(void **state)
{
    struct set_case *c = *state;

    add_all(c, LINK_SET_CHAIN + 1, 5);
    assert_false(c->set.keyed);
    link_set_reset(&c->set, &c->arena);
    add_all(c, MEET, 5);
    assert_true(c->set.keyed);
    link_set_reset(&c->set, &c->arena);
    assert_false(c->set.keyed);
}

static void wrapped_links_survive_the_change(void **state)
{
    struct set_case *c = *state;
    int i = link_set_add(&c->set, SPAN("https://www.google.com/url?q=http://192.0.2.9/x"), &origin);

    for (unsigned k = 0, number = 0; k < MEET - 2; k++, number++) {
        char text[URL_ROOM];

        number = next_at(number, 5);
        link_set_add(&c->set, numbered(text, number), &origin);
    }
    assert_true(c->set.keyed);
    link_set_text(&c->set, i, SPAN("shown"), (struct span){NULL, 0});
    assert_true(span_eq(link_set_at(&c->set, i)->text, SPAN("shown")));
    assert_true(span_eq(link_set_at(&c->set, i + 1)->text, SPAN("shown")));
}

/* The usual mail stays with the quick hash, in which every byte counts at every length. */
static void usual_links_do_not_collide(void **state)
{
    struct set_case *c = *state;
    char text[URL_ROOM];
    uint8_t byte;

    add_all(c, 40, 64);
    assert_false(c->set.keyed);
    for (size_t n = 1; n < 48; n++)
        for (size_t i = 0; i < n; i++) {
            memset(text, 'a', n);
            uint32_t before = link_set_quick_hash(span_of(text, n));

            byte = (uint8_t)(1u << (n + i) % 8);
            text[i] = (char)((uint8_t)text[i] ^ byte);
            assert_int_not_equal(link_set_quick_hash(span_of(text, n)), before);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(urls_that_collide, open_set, close_set),
        cmocka_unit_test_setup_teardown(wrapped_links_survive_the_change, open_set, close_set),
        cmocka_unit_test_setup_teardown(usual_links_do_not_collide, open_set, close_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
