/* SPDX-License-Identifier: Apache-2.0 */
/* redis_url: where a Redis is and who we are there, from one URL. */
#ifndef MXTAP_PUBLISH_REDIS_URL_H
#define MXTAP_PUBLISH_REDIS_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/publish/redis_tls.h"

enum { REDIS_SENTINELS = 16 };

struct addrinfo;
struct redis_node {
    char *host; /* owned */
    uint16_t port;
    struct addrinfo *known; /* owned: see redis_url_resolve; NULL: looked up at each connection */
};

/* Strings are owned, NULL where the URL does not say. Either path, host or sentinels are set. */
struct redis_url {
    char *path;            /* Unix socket */
    char *host;
    char *user, *password;
    uint16_t port;
    struct addrinfo *known; /* of host, as in redis_node */
    unsigned db;
    struct redis_node sentinels[REDIS_SENTINELS]; /* redis+sentinel://: they know where the master is; redis+cluster://: some of its nodes */
    unsigned sentinels_n;
    char *master;          /* its name there */
    bool cluster;
    bool secure;                    /* rediss://, rediss+cluster://: redis_url_secure must follow */
    struct redis_tls_context *tls;  /* owned; NULL: plain */
};

/*
 * redis://[user:password@]host[:port][/db], the same with rediss:// (TLS),
 * redis+sentinel://[user:password@]host[:port][,host[:port]...]/name[/db] (port 26379),
 * redis+cluster://[user:password@]host[:port][,host[:port]...] (rediss+cluster:// with TLS), and unix://[user:password@]/path[?db=n]; every part is
 * percent-decoded; host may be an IPv6 address in brackets. 0, or -1 with one sentence in err that never
 * holds the password.
 */
int redis_url_parse(const char *text, struct redis_url *out, char *err, unsigned err_n);
/* Reads the certificates for a rediss:// URL. False with one line in err; also where files are given for a URL without TLS. */
bool redis_url_secure(struct redis_url *u, const struct redis_tls_files *files, char *err, unsigned err_n);
/* Looks the hosts up now, waiting for the answers, and keeps their addresses: for a process that may not ask later. Of several nodes one
 * known is enough. False with one line in err. */
bool redis_url_resolve(struct redis_url *u, char *err, unsigned err_n);
/* Wipes the password before its memory goes back. */
void redis_url_free(struct redis_url *u);
/* For people: "redis://host:6379/0", "unix:///path"; without user and password. */
void redis_url_show(const struct redis_url *u, char *out, unsigned n);

#endif
