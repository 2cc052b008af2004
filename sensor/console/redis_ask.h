/* SPDX-License-Identifier: Apache-2.0 */
/* redis_ask: one Redis, asked and waited for: redis_servers for people who have nothing else to do meanwhile. */
#ifndef MXTAP_CONSOLE_REDIS_ASK_H
#define MXTAP_CONSOLE_REDIS_ASK_H

#include <signal.h>

#include "sensor/publish/redis_servers.h"

struct redis_ask;

/* url is borrowed for its life. stop, where given, ends every wait once it is not 0. NULL without memory. */
struct redis_ask *redis_ask_new(const struct redis_url *url, const volatile sig_atomic_t *stop);
void redis_ask_free(struct redis_ask *a);

/* Connects and logs in, on a cluster to every master, unless it is connected. False: redis_ask_why tells. */
bool redis_ask_connect(struct redis_ask *a);

/*
 * Sends a command about keys of one bucket (0 on a single server); its answer is given to `answer` (ctx, tag as here)
 * during this or a later call: those of one bucket in order, unless its slot moves meanwhile. Waits itself where too many
 * are under way. False: the connection is gone, no answer will come.
 */
bool redis_ask_put(struct redis_ask *a, unsigned bucket, redis_answer answer, void *ctx, void *tag,
                   const struct span *args, unsigned n);
/* Until every answer has come. False: some will not. */
bool redis_ask_wait(struct redis_ask *a);
/* In a transaction no command goes elsewhere by itself: where a slot has moved, that is its answer. */
void redis_ask_in_transaction(struct redis_ask *a, bool is_in);

/* Why the last call failed, one sentence; the server's own words are among it, so it is to be escaped. */
const char *redis_ask_why(const struct redis_ask *a);

#endif
