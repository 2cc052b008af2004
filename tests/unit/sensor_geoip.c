/* SPDX-License-Identifier: Apache-2.0 */
/* geoip: each maker's layout, the longest row, several files at once; cut, flipped and changing files never crash.
 * The databases are tests/geo's; tests/geo/make says what is in each. Run from the top of the tree. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "sensor/judge/geoip.h"
#include "sensor/log.h"

#define GEO "tests/geo/"

/* The library (1.7.1) forgets some of a file's metadata when a later part of them is damaged: not ours to free. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libmaxminddb";
}

static struct mem mem;
static struct arena arena;

static struct geo looked_up(const struct geoip *g, const char *address)
{
    struct geo out = {0};
    struct ip_addr ip;

    assert_true(ip_parse(span_cstr(address), &ip));
    geoip_lookup(g, &ip, &arena, &out);
    return out;
}

static struct geoip *opened(const char *const *files, unsigned n)
{
    char err[256] = "";
    struct geoip *g = geoip_open(files, n, err);

    if (!g)
        fail_msg("%s", err);
    return g;
}

/* "asn org country city net", "-" for what is not known. */
static const char *text_of(const struct geo *g)
{
    static char text[512];
    const struct span *parts[] = {&g->org, &g->country, &g->city, &g->net};
    size_t n = (size_t)snprintf(text, sizeof(text), "%u", g->asn);

    for (unsigned i = 0; i < 4; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "|%.*s", SPAN_FMT(parts[i]->p ? *parts[i] : SPAN("-")));
    return text;
}

static void layouts(void **state)
{
    static const struct {
        const char *file, *address, *knows;
    } table[] = {
        {GEO "geolite2-asn.mmdb", "192.0.2.7", "64496|Example Net|-|-|192.0.2.0/25"}, /* a longer row is the other half */
        {GEO "geolite2-asn.mmdb", "192.0.2.200", "64497|Example Net East|-|-|192.0.2.128/25"},
        {GEO "geolite2-asn.mmdb", "2001:db8:1::1", "4200000001|Example Six|-|-|2001:db8::/32"},
        {GEO "geolite2-asn.mmdb", "198.51.100.1", "0|-|-|-|-"},
        {GEO "geoip2-isp.mmdb", "192.0.2.7", "64496|Example Office|-|-|192.0.2.0/24"},
        {GEO "geolite2-country.mmdb", "192.0.2.7", "0|-|JP|-|-"},
        {GEO "geolite2-country.mmdb", "198.51.100.7", "0|-|US|-|-"}, /* registered there; where it is used nobody says */
        {GEO "geolite2-city.mmdb", "192.0.2.7", "0|-|JP|Tokyo|-"},
        {GEO "dbip-city-lite.mmdb", "192.0.2.7", "0|-|JP|Osaka|-"},
        {GEO "dbip-asn-lite.mmdb", "192.0.2.7", "64496|Example Net|-|-|192.0.2.0/24"},
        {GEO "ipinfo-lite.mmdb", "192.0.2.7", "64496|Example Net|JP|-|192.0.2.0/24"},
        {GEO "ipinfo-country-asn.mmdb", "192.0.2.7", "64496|Example Net|JP|-|192.0.2.0/24"},
        {GEO "ip-location-city.mmdb", "192.0.2.7", "0|-|JP|Nagoya|-"},
        {GEO "ipv4-only.mmdb", "192.0.2.7", "64496|Example Office|-|-|192.0.2.0/24"},
        {GEO "ipv4-only.mmdb", "2001:db8::1", "0|-|-|-|-"},
        /* what has the right name and the wrong type or size is left out */
        {GEO "odd-numbers.mmdb", "192.0.2.7", "64496|-|-|-|192.0.2.0/25"},
        {GEO "odd-numbers.mmdb", "192.0.2.200", "0|-|-|-|-"},
        {GEO "odd-numbers.mmdb", "198.51.100.1", "0|-|-|-|-"},
        {GEO "odd-numbers.mmdb", "203.0.113.1", "0|-|-|-|-"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct geoip *g = opened(&table[i].file, 1);
        struct geo found = looked_up(g, table[i].address);

        if (strcmp(text_of(&found), table[i].knows))
            fail_msg("%s %s: got %s, want %s", table[i].file, table[i].address, text_of(&found), table[i].knows);
        geoip_close(g);
    }
}

/* The first file that knows a thing says it; another one says the rest. */
static void several_files(void **state)
{
    static const char *const files[] = {GEO "geolite2-country.mmdb", GEO "dbip-city-lite.mmdb",
                                        GEO "geolite2-city.mmdb", GEO "geoip2-isp.mmdb", GEO "geolite2-asn.mmdb"};
    struct geoip *g = opened(files, 5), *none = opened(NULL, 0);
    struct geo found = looked_up(g, "192.0.2.7"), empty = looked_up(none, "192.0.2.7");

    (void)state;
    assert_string_equal(text_of(&found), "64496|Example Office|JP|Osaka|192.0.2.0/24");
    assert_string_equal(text_of(&empty), "0|-|-|-|-");
    geoip_close(g);
    geoip_close(none);
}

static void faults_are_named(void **state)
{
    static const char *const files[] = {GEO "geolite2-asn.mmdb", "/nonexistent/x.mmdb", "tests/geo/make"};
    char err[256];

    (void)state;
    assert_null(geoip_open(files, 2, err));
    assert_non_null(strstr(err, "/nonexistent/x.mmdb"));
    assert_null(geoip_open(files + 2, 1, err));
    assert_non_null(strstr(err, "tests/geo/make"));
}

static uint8_t *read_file(const char *path, size_t *n)
{
    uint8_t *p = malloc(1 << 16);
    FILE *in = fopen(path, "r");

    assert_non_null(in);
    *n = fread(p, 1, 1 << 16, in);
    fclose(in);
    return p;
}

static void write_file(const char *path, const uint8_t *p, size_t n)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_int_equal(fwrite(p, 1, n, out), n);
    fclose(out);
}

/* Thousands of damaged files would each be named on standard error; quiet(fd) with what quiet(-1) gave ends it. */
static int quiet(int before)
{
    int kept = before < 0 ? dup(STDERR_FILENO) : -1, to = before < 0 ? open("/dev/null", O_WRONLY) : before;

    dup2(to, STDERR_FILENO);
    close(to);
    return kept;
}

/* Opened or named, and whatever is asked answers: the sanitizers of stage asan say the rest. */
static bool survives(const char *path)
{
    static const char *const addresses[] = {"192.0.2.7", "192.0.2.200", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::"};
    char err[256] = "";
    struct geoip *g = geoip_open(&path, 1, err);

    if (!g) {
        assert_non_null(strstr(err, path));
        return false;
    }
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
        looked_up(g, addresses[i]);
    geoip_close(g);
    arena_reset(&arena);
    return true;
}

/* Valgrind, fifty times slower, looks at fewer (MXTAP_CUTS). */
static size_t stride(size_t usual)
{
    return getenv("MXTAP_CUTS") ? 23 * usual : usual;
}

static void cut_anywhere(void **state)
{
    char path[] = "/dev/shm/mxtap-geo-XXXXXX";
    size_t n, opened_n = 0;
    uint8_t *whole = read_file(GEO "geolite2-asn.mmdb", &n);
    int kept = quiet(-1);

    (void)state;
    close(mkstemp(path));
    for (size_t cut = 0; cut < n; cut += stride(1)) {
        write_file(path, whole, cut);
        opened_n += survives(path);
    }
    quiet(kept);
    assert_true(opened_n < n / 4);
    write_file(path, whole, n);
    assert_true(survives(path));
    unlink(path);
    free(whole);
}

static void flipped_anywhere(void **state)
{
    static const char *const files[] = {GEO "geolite2-asn.mmdb", GEO "geolite2-city.mmdb", GEO "ipinfo-lite.mmdb"};
    char path[] = "/dev/shm/mxtap-geo-XXXXXX";
    int kept = quiet(-1);

    (void)state;
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        size_t n, opened_n = 0;
        uint8_t *p = read_file(files[i], &n);

        for (size_t bit = i; bit < 8 * n; bit += stride(7)) { /* every byte, in turn at another of its bits */
            p[bit / 8] ^= (uint8_t)(1 << bit % 8);
            write_file(path, p, n);
            opened_n += survives(path);
            p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_true(opened_n > n / 2 / stride(1)); /* most flips are in the data: it opens, and look-ups go wrong or not */
        free(p);
    }
    quiet(kept);
    unlink(path);
}

/* While it is open: cut to nothing in place (a mapped file would end us by SIGBUS), written over, replaced. */
static void changed_while_open(void **state)
{
    char path[] = "/tmp/mxtap-geo-XXXXXX", other[64];
    const char *name = path;
    size_t n;
    uint8_t *whole = read_file(GEO "geolite2-asn.mmdb", &n);
    struct geoip *g;
    struct geo found;

    (void)state;
    close(mkstemp(path));
    write_file(path, whole, n);
    g = opened(&name, 1);
    assert_int_equal(truncate(path, 0), 0);
    found = looked_up(g, "192.0.2.7");
    assert_int_equal(found.asn, 64496);
    memset(whole, 0xff, n);
    write_file(path, whole, n);
    found = looked_up(g, "192.0.2.7");
    assert_int_equal(found.asn, 64496);
    snprintf(other, sizeof(other), "%s.new", path);
    write_file(other, (const uint8_t *)"x", 1);
    assert_int_equal(rename(other, path), 0);
    found = looked_up(g, "2001:db8::1");
    assert_int_equal(found.asn, 4200000001u);
    geoip_close(g);
    unlink(path);
    free(whole);
}

static int set_up(void **state)
{
    (void)state;
    mem_init(&mem, 0);
    arena_init(&arena, &mem, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return mem.used != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts),      cmocka_unit_test(several_files),    cmocka_unit_test(faults_are_named),
        cmocka_unit_test(cut_anywhere), cmocka_unit_test(flipped_anywhere), cmocka_unit_test(changed_while_open),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
