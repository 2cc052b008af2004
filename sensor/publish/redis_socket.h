/* SPDX-License-Identifier: Apache-2.0 */
/* redis_socket: bytes to and from one server, never blocking, plain or through TLS. */
#ifndef MXTAP_PUBLISH_REDIS_SOCKET_H
#define MXTAP_PUBLISH_REDIS_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/publish/redis_url.h"

enum redis_socket_state { SOCKET_CLOSED, SOCKET_RESOLVING, SOCKET_CONNECTING, SOCKET_HANDSHAKE, SOCKET_OPEN };

struct redis_lookup;
struct redis_socket {
    enum redis_socket_state state;
    int fd;                     /* -1 while closed or resolving */
    struct redis_lookup *lookup; /* the addresses of the host, tried one after the other */
    struct redis_tls *tls;       /* NULL: plain */
    const struct redis_url *url; /* of the connection */
    char why[240];              /* why it is closed */
};

void redis_socket_init(struct redis_socket *s);
/* Begins; the state tells how far it came (CLOSED: why says why not). */
void redis_socket_open(struct redis_socket *s, const struct redis_url *u);
/* Goes on when fd became ready (redis_socket_events) or, while resolving, every few milliseconds. */
void redis_socket_step(struct redis_socket *s);
/* Bytes moved; 0: not now; -1: the connection is over (state CLOSED, why). */
ssize_t redis_socket_send(struct redis_socket *s, const void *p, size_t n);
ssize_t redis_socket_receive(struct redis_socket *s, void *p, size_t n);
/* What to poll for while nothing is to be sent. */
short redis_socket_events(const struct redis_socket *s);
/* Received bytes are there for which poll will not wake anybody. */
bool redis_socket_has_more(const struct redis_socket *s);
void redis_socket_close(struct redis_socket *s);

#endif
