/* SPDX-License-Identifier: Apache-2.0 */
/* geoip: MaxMind databases of several makers, read by the paths at which each keeps a thing. */
#include "sensor/judge/geoip.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/judge/file_copy.h"
#include "sensor/language.h"
#include "sensor/log.h"

struct database {
    MMDB_s db;
    const char *path;
    atomic_bool said; /* that it is damaged: once is enough */
};

struct geoip {
    unsigned n;
    struct database file[];
};

/* Of a copy: the file itself may be cut or written to while it is mapped, which would end us by a signal. */
static bool open_one(struct database *d, char err[256])
{
    char copy[FILE_COPY_PATH], why[128] = "";
    int fd = file_copy(d->path, copy, why), status;

    if (fd < 0) {
        snprintf(err, 256, "--geoip %.100s: %s", d->path, why);
        return false;
    }
    status = MMDB_open(copy, MMDB_MODE_MMAP, &d->db);
    file_copy_close(fd);
    if (status == MMDB_SUCCESS)
        return true;
    snprintf(err, 256, _("--geoip %.100s: %.60s; name a MaxMind DB (.mmdb) file"), d->path, MMDB_strerror(status));
    return false;
}

struct geoip *geoip_open(const char *const *files, unsigned n, char err[256])
{
    struct geoip *g = calloc(1, sizeof(*g) + n * sizeof(struct database));

    if (!g) {
        snprintf(err, 256, _("no memory for --geoip"));
        return NULL;
    }
    for (; g->n < n; g->n++) {
        g->file[g->n].path = files[g->n];
        if (open_one(&g->file[g->n], err))
            continue;
        geoip_close(g);
        return NULL;
    }
    return g;
}

void geoip_close(struct geoip *g)
{
    if (!g)
        return;
    for (unsigned i = 0; i < g->n; i++)
        MMDB_close(&g->file[i].db);
    free(g);
}

/* The first of these paths that holds a value of this type. */
static bool find(MMDB_entry_s *e, const char *const (*paths)[4], MMDB_entry_data_s *out, uint32_t type)
{
    for (; (*paths)[0]; paths++)
        if (MMDB_aget_value(e, out, *paths) == MMDB_SUCCESS && out->has_data && out->type == type)
            return true;
    return false;
}

static void find_text(MMDB_entry_s *e, const char *const (*paths)[4], struct arena *a, struct span *to)
{
    MMDB_entry_data_s d;

    if (!to->p && find(e, paths, &d, MMDB_DATA_TYPE_UTF8_STRING))
        *to = arena_dup(a, span_of(d.utf8_string, d.data_size));
}

/* The writers of these files choose the type by the number's size. */
static uint64_t number_of(const MMDB_entry_data_s *d)
{
    switch (d->type) {
    case MMDB_DATA_TYPE_UINT16: return d->uint16;
    case MMDB_DATA_TYPE_UINT32: return d->uint32;
    case MMDB_DATA_TYPE_UINT64: return d->uint64;
    case MMDB_DATA_TYPE_INT32: return d->int32 > 0 ? (uint64_t)d->int32 : 0;
    default: return 0;
    }
}

/* "AS15169", as IPinfo writes it, or digits alone; 0 where it is neither. */
static uint64_t number_in(const MMDB_entry_data_s *d)
{
    struct span s = span_of(d->utf8_string, d->data_size);
    uint64_t n = 0;

    if (span_starts_nocase(s, SPAN("AS")))
        s = span_from(s, 2);
    if (s.n > 10)
        return 0;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]))
            return 0;
        n = n * 10 + (uint64_t)(s.p[i] - '0');
    }
    return n;
}

static void find_asn(MMDB_entry_s *e, uint32_t *to)
{
    static const char *const names[] = {"autonomous_system_number", "asn", "as_number"};
    MMDB_entry_data_s d;
    uint64_t n = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !n && !*to; i++) {
        const char *const path[] = {names[i], NULL};

        if (MMDB_aget_value(e, &d, path) == MMDB_SUCCESS && d.has_data)
            n = d.type == MMDB_DATA_TYPE_UTF8_STRING ? number_in(&d) : number_of(&d);
    }
    if (n && n <= UINT32_MAX)
        *to = (uint32_t)n;
}

/* Two letters; IPinfo keeps a whole name under the word that others use for the code. */
static void find_country(MMDB_entry_s *e, struct arena *a, struct span *to)
{
    static const char *const paths[][4] = {{"country", "iso_code"}, {"country_code"}, {"country"},
                                           {"registered_country", "iso_code"}, {NULL}};
    MMDB_entry_data_s d;

    for (size_t i = 0; !to->p && paths[i][0]; i++)
        if (MMDB_aget_value(e, &d, paths[i]) == MMDB_SUCCESS && d.has_data && d.type == MMDB_DATA_TYPE_UTF8_STRING &&
            d.data_size == 2)
            *to = arena_dup(a, span_of(d.utf8_string, 2));
}

static void read_entry(MMDB_entry_s *e, struct arena *a, struct geo *out)
{
    static const char *const org[][4] = {{"autonomous_system_organization"}, {"organization"}, {"isp"},
                                         {"as_name"}, {"as_org"}, {NULL}};
    static const char *const city[][4] = {{"city", "names", "en"}, {"city"}, {NULL}};

    find_asn(e, &out->asn);
    find_text(e, org, a, &out->org);
    find_country(e, a, &out->country);
    find_text(e, city, a, &out->city);
}

/* The row's prefix; an IPv4 row of an IPv6 tree counts from bit 96. */
static void set_net(const struct ip_addr *ip, unsigned bits, const MMDB_s *db, struct arena *a,
                    struct geo *out)
{
    char text[IP_TEXT], whole[IP_TEXT + 8];
    struct ip_net net;

    if (out->net.p)
        return;
    if (ip->family == 4 && db->metadata.ip_version == 6)
        bits = bits > 96 ? bits - 96 : 0;
    ip_format(ip, text);
    snprintf(whole, sizeof(whole), "%s/%u", text, bits);
    if (!ip_net_parse(span_cstr(whole), &net))
        return;
    ip_format(&net.ip, text);
    snprintf(whole, sizeof(whole), "%s/%u", text, bits);
    out->net = arena_dup(a, span_cstr(whole));
}

static void say_damaged(struct database *d, int status)
{
    if (!atomic_exchange(&d->said, true))
        log_line(LOG_TROUBLE, "--geoip %s: damaged: %s; what it says of some addresses is left out", d->path,
                 MMDB_strerror(status));
}

static void lookup_in(struct database *d, const struct ip_addr *ip, struct arena *a, struct geo *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const struct sockaddr *sa = (const struct sockaddr *)(const void *)&v4;
    MMDB_lookup_result_s found;
    uint32_t asn = out->asn;
    int status;

    memcpy(&v4.sin_addr, ip->b, 4);
    memcpy(&v6.sin6_addr, ip->b, 16);
    if (ip->family == 6)
        sa = (const struct sockaddr *)(const void *)&v6;
    if (ip->family == 6 && d->db.metadata.ip_version == 4)
        return;
    found = MMDB_lookup_sockaddr(&d->db, sa, &status);
    if (status != MMDB_SUCCESS)
        say_damaged(d, status);
    if (status != MMDB_SUCCESS || !found.found_entry)
        return;
    read_entry(&found.entry, a, out);
    if (out->asn != asn)
        set_net(ip, found.netmask, &d->db, a, out);
}

bool geoip_knows(const struct geoip *g)
{
    return g->n > 0;
}

void geoip_lookup(const struct geoip *g, const struct ip_addr *ip, struct arena *a, struct geo *out)
{
    for (unsigned i = 0; ip->family && i < g->n; i++)
        lookup_in((struct database *)(uintptr_t)&g->file[i], ip, a, out);
}
