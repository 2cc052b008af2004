/* SPDX-License-Identifier: Apache-2.0 */
/* name_set: what is in is found and nothing else is, whatever the marks in front of the table say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "sensor/judge/name_set.h"

enum { NAMES = 5000, NAME = 32 };

static const struct hash_key key = {7, 8};
static char names[NAMES][NAME];

static void add(struct name_set *s, const char *text, uint32_t value)
{
    uint32_t had;

    assert_true(name_set_add(s, span_cstr(text), value, &had));
    assert_int_equal(had, 0);
}

/* The set grows ten times meanwhile; names of every length, the first and last bytes of many the same. */
static void all_are_found(void **state)
{
    struct mem mem;
    struct name_set s = {.mem = &mem, .key = &key};
    uint32_t had;

    (void)state;
    mem_init(&mem, 0);
    for (uint32_t i = 0; i < NAMES; i++) {
        snprintf(names[i], NAME, "%.*s%u%s", (int)(i % 9), "mailmail", i, i % 3 ? "" : ".example");
        add(&s, names[i], i + 1);
    }
    for (uint32_t i = 0; i < NAMES; i++) {
        char other[NAME + 1];

        assert_int_equal(name_set_find(&s, span_cstr(names[i])), i + 1);
        snprintf(other, sizeof(other), "%.*sx", NAME - 1, names[i]);
        assert_int_equal(name_set_find(&s, span_cstr(other)), 0);
        assert_true(name_set_add(&s, span_cstr(names[i]), 1, &had));
        assert_int_equal(had, i + 1);
    }
    name_set_free(&s);
    assert_int_equal(mem.used, 0);
}

/* Every memory that is refused leaves the set as it was. */
static void memory_refused(void **state)
{
    struct mem mem;
    struct name_set s = {.mem = &mem, .key = &key};
    uint32_t had, n = 0;

    (void)state;
    mem_init(&mem, 20000);
    while (n < NAMES) {
        snprintf(names[n], NAME, "%u.example", n);
        if (!name_set_add(&s, span_cstr(names[n]), n + 1, &had))
            break;
        n++;
    }
    assert_in_range(n, 100, NAMES - 1);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(name_set_find(&s, span_cstr(names[i])), i + 1);
    name_set_free(&s);
    assert_int_equal(mem.used, 0);
}

/* The nearest domain above, within the last labels; a final dot begins no label, one in front begins an empty one. */
static void domains(void **state)
{
    static const struct {
        const char *host;
        uint32_t value;
        const char *found;
    } table[] = {
        {"example.com", 1, "example.com"},
        {"a.b.example.com", 1, "example.com"},
        {"x.mail.example.com", 2, "mail.example.com"},
        {"notexample.com", 0, ""},
        {"com", 0, ""},
        {"", 0, ""},
        {".", 0, ""},
        {"..example.com", 1, "example.com"},
        {"example.com.", 0, ""},
        {"jp", 3, "jp"},
        {"mail.jp", 3, "jp"},
        {"b.c.d.e.f.g.h.i.j", 4, "b.c.d.e.f.g.h.i.j"}, /* nine labels */
        {"a.b.c.d.e.f.g.h.i.j", 4, "b.c.d.e.f.g.h.i.j"},
        {"0.1.2.3.4.5.6.7.8.9", 0, ""},                /* in the set, and one label too long to be looked for */
    };
    struct mem mem;
    struct name_set s = {.mem = &mem, .key = &key};
    struct span found;

    (void)state;
    mem_init(&mem, 0);
    assert_int_equal(name_set_find_domain(&s, SPAN("example.com"), &found), 0);
    add(&s, "example.com", 1);
    add(&s, "mail.example.com", 2);
    add(&s, "jp", 3);
    add(&s, "b.c.d.e.f.g.h.i.j", 4);
    add(&s, "0.1.2.3.4.5.6.7.8.9", 5);
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        uint32_t value = name_set_find_domain(&s, span_cstr(table[i].host), &found);

        if (value != table[i].value || !span_eq(found, span_cstr(table[i].found)))
            fail_msg("%s: %u %.*s", table[i].host, value, (int)found.n, found.p ? (const char *)found.p : "");
    }
    name_set_free(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_found),
        cmocka_unit_test(memory_refused),
        cmocka_unit_test(domains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
