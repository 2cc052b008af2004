/* SPDX-License-Identifier: Apache-2.0 */
/* geoip: MaxMind databases of several makers, read by the paths at which each keeps a thing. */
#include "sensor/judge/geoip.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>

struct geoip {
    unsigned n;
    MMDB_s file[];
};

struct geoip *geoip_open(const char *const *files, unsigned n, char err[256])
{
    struct geoip *g = calloc(1, sizeof(*g) + n * sizeof(MMDB_s));

    if (!g) {
        snprintf(err, 256, "no memory for --geoip");
        return NULL;
    }
    for (; g->n < n; g->n++) {
        int status = MMDB_open(files[g->n], MMDB_MODE_MMAP, &g->file[g->n]);

        if (status == MMDB_SUCCESS)
            continue;
        snprintf(err, 256, "--geoip %s: %s; name a MaxMind DB (.mmdb) file", files[g->n],
                 status == MMDB_FILE_OPEN_ERROR ? "cannot be opened" : MMDB_strerror(status));
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
        MMDB_close(&g->file[i]);
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

/* A number, or "AS15169" as IPinfo writes it. */
static void find_asn(MMDB_entry_s *e, uint32_t *to)
{
    static const char *const number[][4] = {{"autonomous_system_number"}, {NULL}};
    static const char *const text[][4] = {{"asn"}, {NULL}};
    MMDB_entry_data_s d;
    char digits[12] = "";

    if (*to)
        return;
    if (find(e, number, &d, MMDB_DATA_TYPE_UINT32))
        *to = d.uint32;
    else if (find(e, text, &d, MMDB_DATA_TYPE_UTF8_STRING) && d.data_size > 2 && d.data_size < 13) {
        memcpy(digits, d.utf8_string + 2, d.data_size - 2);
        *to = (uint32_t)strtoul(digits, NULL, 10);
    }
}

static void read_entry(MMDB_entry_s *e, struct arena *a, struct geo *out)
{
    static const char *const org[][4] = {{"autonomous_system_organization"}, {"organization"}, {"isp"},
                                         {"as_name"}, {NULL}};
    static const char *const country[][4] = {{"country", "iso_code"}, {"country_code"}, {"country"},
                                             {"registered_country", "iso_code"}, {NULL}};
    static const char *const city[][4] = {{"city", "names", "en"}, {"city"}, {NULL}};

    find_asn(e, &out->asn);
    find_text(e, org, a, &out->org);
    find_text(e, country, a, &out->country);
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

static void lookup_in(const MMDB_s *db, const struct ip_addr *ip, struct arena *a, struct geo *out)
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
    if (ip->family == 6 && db->metadata.ip_version == 4)
        return;
    found = MMDB_lookup_sockaddr(db, sa, &status);
    if (status != MMDB_SUCCESS || !found.found_entry)
        return;
    read_entry(&found.entry, a, out);
    if (out->asn != asn)
        set_net(ip, found.netmask, db, a, out);
}

void geoip_lookup(const struct geoip *g, const struct ip_addr *ip, struct arena *a, struct geo *out)
{
    for (unsigned i = 0; i < g->n; i++)
        lookup_in(&g->file[i], ip, a, out);
}
