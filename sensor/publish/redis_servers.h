/* SPDX-License-Identifier: Apache-2.0 */
/* redis_servers: the servers of one Redis: the only one, or a cluster's masters, with a link to each and who serves which bucket. */
#ifndef MXTAP_PUBLISH_REDIS_SERVERS_H
#define MXTAP_PUBLISH_REDIS_SERVERS_H

#include "sensor/publish/redis_bucket.h"
#include "sensor/publish/redis_link.h"

struct redis_servers;

/* One server. The link and where are the room's; the rest is its owner's to note. */
struct redis_server {
    struct redis_servers *all;
    struct redis_url at;      /* borrows user, password, TLS; the host is its own in a cluster */
    char host[256], where[300];
    struct redis_link *link;  /* NULL in a cluster while nobody needs it */
    unsigned serves;          /* buckets, by the map */
    unsigned connects;        /* how often it came up */
    unsigned held;            /* the owner's buckets that point here */

    char id[41];              /* run_id from INFO; "" = not known */
    unsigned asked;           /* questions about it under way */
    bool wrong, ready;        /* one of them failed; all are answered well since it came up */
};

/* Called from within redis_servers_work. up and down: of servers that serve a bucket. */
struct redis_servers_events {
    void (*up)(void *owner, struct redis_server *s);
    void (*down)(void *owner, struct redis_server *s, const char *why);
    void (*denied)(void *owner, struct span error); /* log-in refused, or not a cluster */
    void (*map)(void *owner);                       /* some bucket has another server */
    void (*away)(void *owner, const char *why);     /* nobody tells who serves what; tries again by itself */
};

/* url is borrowed for their life. NULL without memory. Nothing is sent before the first work. */
struct redis_servers *redis_servers_new(const struct redis_url *url, const struct redis_servers_events *events,
                                        const struct redis_link_times *times, void *owner);
void redis_servers_free(struct redis_servers *a);

/* As redis_link_poll; a cluster's descriptor is an epoll's. */
int redis_servers_poll(struct redis_servers *a, short *events, int64_t *timeout_us);
void redis_servers_work(struct redis_servers *a);
void redis_servers_stop(struct redis_servers *a);

/* Who serves the bucket, as far as it is known; else NULL. */
struct redis_server *redis_servers_of(const struct redis_servers *a, unsigned bucket);
/* "MOVED 866 192.0.2.7:6379": the bucket's server from now on; the map is asked for again. False: no such answer. */
bool redis_servers_moved(struct redis_servers *a, unsigned bucket, struct span error, const struct redis_server *from);
/* Whom "ASK 866 192.0.2.7:6379" names; NULL: no such answer. Its link may still have to come up. */
struct redis_server *redis_servers_asked(struct redis_servers *a, struct span error, const struct redis_server *from);
/* Something does not fit: asks for the map again, soon. */
void redis_servers_look_again(struct redis_servers *a);

/* Calls each(owner, server) for all that have a link. */
void redis_servers_each(struct redis_servers *a, void (*each)(void *owner, struct redis_server *s));

#endif
