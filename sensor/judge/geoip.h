/* SPDX-License-Identifier: Apache-2.0 */
/* geoip: whose network and which country an address is, from files; the only room with <maxminddb.h>. */
#ifndef MXTAP_JUDGE_GEOIP_H
#define MXTAP_JUDGE_GEOIP_H

#include "sensor/record.h"

struct geoip;

/* Opens the databases (GeoLite2/GeoIP2 ASN, City, Country, ISP; DB-IP Lite; IPinfo Lite: told apart by
 * their fields, not by name). NULL with err naming the file and the fault. n 0 gives an empty one. */
struct geoip *geoip_open(const char *const *files, unsigned n, char err[256]);
void geoip_close(struct geoip *g);

/* Adds to *out what the databases know of ip and *out does not have yet; strings go to the arena.
 * Thread-safe: the files are mapped read-only. */
void geoip_lookup(const struct geoip *g, const struct ip_addr *ip, struct arena *a, struct geo *out);

#endif
