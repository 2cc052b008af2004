/* SPDX-License-Identifier: Apache-2.0 */
/* redis_link: one connection to Redis: log-in, commands in order, their replies, time-outs; drops rather than guesses. */
#ifndef MXTAP_PUBLISH_REDIS_LINK_H
#define MXTAP_PUBLISH_REDIS_LINK_H

#include "decoders/base/bytes.h"
#include "sensor/publish/redis_url.h"

/* A reply, borrowed for the call that shows it. */
struct redis_reply;
enum redis_reply_kind { REPLY_NIL, REPLY_INTEGER, REPLY_TEXT, REPLY_ERROR, REPLY_ARRAY };

enum redis_reply_kind redis_reply_kind(const struct redis_reply *r);
struct span redis_reply_text(const struct redis_reply *r); /* TEXT, ERROR; else absent */
int64_t redis_reply_integer(const struct redis_reply *r);  /* INTEGER; else 0 */
size_t redis_reply_n(const struct redis_reply *r);         /* ARRAY; else 0 */
const struct redis_reply *redis_reply_item(const struct redis_reply *r, size_t i); /* i < n */

/* What an error means for the sender (REDIS.md, Delivery 6). */
enum redis_trouble {
    TROUBLE_WAIT,      /* LOADING BUSY OOM MISCONF TRYAGAIN CLUSTERDOWN ...: the same again later */
    TROUBLE_READONLY,  /* a replica: connect anew, then as above */
    TROUBLE_NOSCRIPT,  /* load the script again */
    TROUBLE_MOVED,     /* a cluster: another server has the slot */
    TROUBLE_ASK,       /* a cluster: the slot is on its way to another server */
    TROUBLE_DENIED,    /* NOAUTH WRONGPASS NOPERM: stop */
    TROUBLE_OTHER
};
/* Also finds the class inside "ERR Error running script ... -OOM ...", as Redis up to 6 words it. */
enum redis_trouble redis_trouble(struct span error);

struct redis_link;

/* Called from within redis_link_work, with the link's ctx. */
struct redis_link_events {
    void (*up)(void *ctx);                    /* logged in, database selected */
    void (*down)(void *ctx, const char *why); /* was up, or could not be reached; tries again by itself */
    void (*denied)(void *ctx, struct span error); /* log-in refused; the link has stopped */
};
/* The reply to one command (owner: the link's); never called for commands that were under way when the link went down. */
typedef void (*redis_answer)(void *owner, void *tag, const struct redis_reply *r);

struct redis_link_times { /* microseconds; 0 = default */
    int64_t connect, reply; /* until a connection stands; without any reply while one is due */
};

/* url is borrowed for the link's life. NULL without memory. Nothing is sent before the first work. */
struct redis_link *redis_link_new(const struct redis_url *url, const struct redis_link_events *events,
                                  const struct redis_link_times *times, void *ctx, void *owner);
void redis_link_free(struct redis_link *l);

/* Descriptor to poll or -1, the events, and when work must be called at the latest (*timeout_us is lowered). */
int redis_link_poll(const struct redis_link *l, short *events, int64_t *timeout_us);
void redis_link_work(struct redis_link *l);
/* Drops the connection and connects anew after its backoff. */
void redis_link_drop(struct redis_link *l, const char *why);
void redis_link_stop(struct redis_link *l);

bool redis_link_is_up(const struct redis_link *l);
/* Commands sent whose replies are still to come. */
unsigned redis_link_pending(const struct redis_link *l);

/* False when the link is down or memory is refused: nothing was sent. */
bool redis_link_command(struct redis_link *l, redis_answer answer, void *tag, const struct span *args,
                        unsigned n);
/* The same, its last `body_n` arguments already in protocol form. */
bool redis_link_command_body(struct redis_link *l, redis_answer answer, void *tag, const struct span *args,
                             unsigned n, struct span body, unsigned body_n);
#endif
