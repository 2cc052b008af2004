/* SPDX-License-Identifier: Apache-2.0 */
/* redis_socket: non-blocking name look-up, connect, send and receive. */
#define _GNU_SOURCE
#include "sensor/publish/redis_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sensor/language.h"

/* getaddrinfo_a works in a thread of libc's own and must not lose its memory before it ends. */
struct redis_lookup {
    struct gaicb request;
    struct addrinfo hints;
    struct addrinfo *next; /* the address to try next */
    char *host;
    char port[8];
};

void redis_socket_init(struct redis_socket *s)
{
    *s = (struct redis_socket){.fd = -1};
}

static void lookup_free(struct redis_lookup *l)
{
    if (!l)
        return;
    if (gai_error(&l->request) == EAI_INPROGRESS && gai_cancel(&l->request) == EAI_NOTCANCELED)
        return; /* its thread still writes there: a few hundred bytes stay behind */
    if (l->request.ar_result)
        freeaddrinfo(l->request.ar_result);
    free(l->host);
    free(l);
}

void redis_socket_close(struct redis_socket *s)
{
    redis_tls_free(s->tls);
    s->tls = NULL;
    if (s->fd >= 0)
        close(s->fd);
    lookup_free(s->lookup);
    s->lookup = NULL;
    s->fd = -1;
    s->state = SOCKET_CLOSED;
}

static void give_up(struct redis_socket *s, const char *why)
{
    snprintf(s->why, sizeof(s->why), "%s", why);
    redis_socket_close(s);
}

/* The connection stands: TLS begins, or it is open. */
static void connected(struct redis_socket *s)
{
    s->state = SOCKET_OPEN;
    if (!s->url->tls)
        return;
    s->state = SOCKET_HANDSHAKE;
    s->tls = redis_tls_new(s->url->tls, s->fd, s->url->host);
    if (!s->tls)
        give_up(s, _("no memory for TLS"));
}

/* True when the connection is there or on its way. */
static bool connect_to(struct redis_socket *s, int family, const struct sockaddr *a, socklen_t n)
{
    int on = 1;

    s->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd >= 0 && family != AF_UNIX) {
        setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    }
    if (s->fd >= 0 && connect(s->fd, a, n) == 0) {
        connected(s);
        return s->state != SOCKET_CLOSED;
    }
    if (s->fd >= 0 && errno == EINPROGRESS) {
        s->state = SOCKET_CONNECTING;
        return true;
    }
    snprintf(s->why, sizeof(s->why), "%s", strerror(errno));
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    return false;
}

static void connect_next(struct redis_socket *s)
{
    struct redis_lookup *l = s->lookup;

    while (l && l->next) {
        struct addrinfo *a = l->next;

        l->next = a->ai_next;
        if (connect_to(s, a->ai_family, a->ai_addr, a->ai_addrlen))
            return;
    }
    redis_socket_close(s);
}

static void resolve_step(struct redis_socket *s)
{
    int e = gai_error(&s->lookup->request);

    if (e == EAI_INPROGRESS)
        return;
    if (e) {
        give_up(s, gai_strerror(e));
        return;
    }
    s->lookup->next = s->lookup->request.ar_result;
    connect_next(s);
}

/* The addresses that redis_url_resolve found: the URL's, which outlives the connection. */
static void open_known(struct redis_socket *s, const struct redis_url *u)
{
    s->lookup = calloc(1, sizeof(*s->lookup));
    if (!s->lookup) {
        give_up(s, _("no memory"));
        return;
    }
    s->lookup->next = u->known;
    connect_next(s);
}

static void open_host(struct redis_socket *s, const struct redis_url *u)
{
    struct redis_lookup *l = calloc(1, sizeof(*l));
    struct gaicb *list[1];

    if (!l || !(l->host = strdup(u->host))) {
        free(l);
        give_up(s, _("no memory"));
        return;
    }
    snprintf(l->port, sizeof(l->port), "%u", u->port);
    l->hints = (struct addrinfo){.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    l->request = (struct gaicb){.ar_name = l->host, .ar_service = l->port, .ar_request = &l->hints};
    s->lookup = l;
    s->state = SOCKET_RESOLVING;
    list[0] = &l->request;
    if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL))
        give_up(s, _("the name look-up did not start"));
    else
        resolve_step(s);
}

static void open_path(struct redis_socket *s, const struct redis_url *u)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    if (strlen(u->path) >= sizeof(a.sun_path)) {
        give_up(s, _("the path is longer than a Unix socket's may be"));
        return;
    }
    memcpy(a.sun_path, u->path, strlen(u->path));
    if (!connect_to(s, AF_UNIX, (const struct sockaddr *)(const void *)&a, sizeof(a)))
        redis_socket_close(s);
}

void redis_socket_open(struct redis_socket *s, const struct redis_url *u)
{
    redis_socket_close(s);
    s->why[0] = 0;
    s->url = u;
    if (u->path)
        open_path(s, u);
    else if (u->known)
        open_known(s, u);
    else
        open_host(s, u);
}

static void handshake_step(struct redis_socket *s)
{
    enum redis_tls_result r = redis_tls_handshake(s->tls);

    if (r == TLS_DONE)
        s->state = SOCKET_OPEN;
    else if (r == TLS_OVER)
        give_up(s, redis_tls_why(s->tls));
}

static void connect_step(struct redis_socket *s)
{
    struct pollfd ready = {.fd = s->fd, .events = POLLOUT};
    int e = 0;
    socklen_t n = sizeof(e);

    if (poll(&ready, 1, 0) <= 0)
        return;
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &e, &n) == 0 && e == 0) {
        connected(s);
        return;
    }
    snprintf(s->why, sizeof(s->why), "%s", strerror(e));
    close(s->fd);
    s->fd = -1;
    connect_next(s);
}

void redis_socket_step(struct redis_socket *s)
{
    if (s->state == SOCKET_RESOLVING)
        resolve_step(s);
    if (s->state == SOCKET_CONNECTING)
        connect_step(s);
    if (s->state == SOCKET_HANDSHAKE)
        handshake_step(s);
}

short redis_socket_events(const struct redis_socket *s)
{
    if (s->state == SOCKET_CONNECTING)
        return POLLOUT;
    return s->tls && redis_tls_wants_write(s->tls) ? POLLIN | POLLOUT : POLLIN;
}

bool redis_socket_has_more(const struct redis_socket *s)
{
    return s->tls && redis_tls_has_more(s->tls);
}

static ssize_t moved(struct redis_socket *s, ssize_t n)
{
    if (n > 0)
        return n;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    give_up(s, n == 0 ? _("the server closed the connection") : strerror(errno));
    return -1;
}

static ssize_t through_tls(struct redis_socket *s, enum redis_tls_result r, size_t n)
{
    if (r == TLS_OVER)
        give_up(s, redis_tls_why(s->tls));
    return r == TLS_DONE ? (ssize_t)n : r == TLS_AGAIN ? 0 : -1;
}

ssize_t redis_socket_send(struct redis_socket *s, const void *p, size_t n)
{
    enum redis_tls_result r = TLS_AGAIN;
    size_t sent = 0;

    if (s->tls)
        r = redis_tls_write(s->tls, p, n, &sent);
    if (s->tls)
        return through_tls(s, r, sent);
    return moved(s, send(s->fd, p, n, MSG_NOSIGNAL));
}

ssize_t redis_socket_receive(struct redis_socket *s, void *p, size_t n)
{
    enum redis_tls_result r = TLS_AGAIN;
    size_t got = 0;

    if (s->tls)
        r = redis_tls_read(s->tls, p, n, &got);
    if (s->tls)
        return through_tls(s, r, got);
    return moved(s, recv(s->fd, p, n, 0));
}
