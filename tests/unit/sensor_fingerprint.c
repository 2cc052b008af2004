/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint: what is remembered of a SYN is what would be written of it anew, whoever has its place meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "sensor/flows/fingerprint.h"

/* Of a few hundred hosts: usual layouts, every TTL, some windows; one of three says more than a place holds. */
static struct syn syn_of(unsigned i)
{
    struct syn s = {.seen = 1, .quirks = i % 3 ? 3 : 0xffff, .mss = 1460, .window = (uint16_t)(29200 + i % 5), .ttl = (uint8_t)i, .scale = 7};
    static const uint8_t layout[] = {0x32, 0x14, 0x56};

    s.items = i % 3 ? 5 : 22; /* as syn makes them: the number behind the last one is there */
    for (size_t k = 0; k < sizeof(s.layout); k++)
        s.layout[k] = (uint8_t)(layout[k % 3] + (i & 1));
    return s;
}

static void remembered_is_written(void **state)
{
    struct mem m;
    struct record a = {0}, b = {0};
    struct fingerprints *x;

    (void)state;
    mem_init(&m, 0);
    arena_init(&a.arena, &m, 1 << 20);
    arena_init(&b.arena, &m, 1 << 20);
    x = fingerprints_new(&m);
    for (unsigned i = 0; i < 3000; i++) {
        struct syn s = syn_of(i * 7 % 400 * (i % 2)); /* one of them every other time */

        fingerprint_os(&a, x, &s);
        fingerprint_os(&b, NULL, &s);
        assert_true(a.os.signature.n && span_eq(a.os.signature, b.os.signature));
        assert_true(span_eq(a.os.guess, b.os.guess));
        assert_int_equal(a.os.ttl, s.ttl);
        arena_reset(&a.arena);
        arena_reset(&b.arena);
    }
    fingerprints_free(x);
    arena_free(&a.arena);
    arena_free(&b.arena);
    assert_int_equal(m.used, 0);
}

static void no_syn_no_fingerprint(void **state)
{
    struct record r = {0};
    struct syn s = {0};

    (void)state;
    fingerprint_os(&r, NULL, &s);
    assert_null(r.os.signature.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembered_is_written),
        cmocka_unit_test(no_syn_no_fingerprint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
