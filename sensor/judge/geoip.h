/* SPDX-License-Identifier: Apache-2.0 */
/* geoip: whose network and which country an address is, from files; the only room with <maxminddb.h>. */
#ifndef MXTAP_JUDGE_GEOIP_H
#define MXTAP_JUDGE_GEOIP_H

#include "sensor/record.h"

struct geoip;

/* Opens the databases (GeoLite2/GeoIP2 ASN, City, Country, ISP; DB-IP Lite; IPinfo Lite: told apart by
 * their fields, not by name); the first file that knows a thing says it. files is borrowed for as long as it is open;
 * what is read is a copy in memory, so the files may be replaced, cut or written to. NULL with err naming the file and
 * the fault. n 0 gives an empty one. A file that turns out damaged is named in the log once. */
struct geoip *geoip_open(const char *const *files, unsigned n, char err[256]);
void geoip_close(struct geoip *g);

/* False: no look-up adds anything. */
bool geoip_knows(const struct geoip *g);
/* Adds to *out what the databases know of ip and *out does not have yet; strings go to the arena.
 * Any number of threads at once. */
void geoip_lookup(const struct geoip *g, const struct ip_addr *ip, struct arena *a, struct geo *out);

#endif
