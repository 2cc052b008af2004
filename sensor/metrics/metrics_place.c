/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_place: an address and a port as people write them, and the socket there. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensor/language.h"
#include "sensor/metrics/metrics_state.h"

enum { WAITING = 16 };

union place {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool read_port(struct span s, uint16_t *port)
{
    unsigned v = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]) || i == 5)
            return false;
        v = v * 10 + (unsigned)(s.p[i] - '0');
    }
    *port = (uint16_t)v;
    return s.n && v <= 65535;
}

static bool read_place(const char *text, struct ip_addr *ip, uint16_t *port)
{
    struct span s = span_cstr(text), host;
    size_t colon = s.n;

    while (colon && s.p[colon - 1] != ':')
        colon--;
    if (!colon)
        return ip_parse(SPAN("127.0.0.1"), ip) && read_port(s, port);
    host = span_head(s, colon - 1);
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        return ip_parse(span_from(span_head(host, host.n - 1), 1), ip) && ip->family == 6 && read_port(span_from(s, colon), port);
    return ip_parse(host, ip) && ip->family == 4 && read_port(span_from(s, colon), port);
}

bool metrics_place_good(const char *place, char why[METRICS_ERR])
{
    struct ip_addr ip;
    uint16_t port;

    if (read_place(place, &ip, &port))
        return true;
    snprintf(why, METRICS_ERR, "%s", _("give a port, or an address and a port: 9464, 192.0.2.1:9464, [::1]:9464"));
    return false;
}

static socklen_t fill(union place *p, const struct ip_addr *ip, uint16_t port)
{
    *p = (union place){.any = {0}};
    if (ip->family == 4) {
        p->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&p->v4.sin_addr, ip->b, 4);
        return sizeof(p->v4);
    }
    p->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&p->v6.sin6_addr, ip->b, 16);
    return sizeof(p->v6);
}

/* With the port that the kernel chose where 0 was asked for. */
static void show(int fd, const struct ip_addr *ip, char shown[METRICS_PLACE])
{
    union place p;
    socklen_t n = sizeof(p);
    char text[IP_TEXT];

    ip_format(ip, text);
    if (getsockname(fd, &p.any, &n) != 0)
        p.v4.sin_port = 0;
    snprintf(shown, METRICS_PLACE, ip->family == 4 ? "%s:%u" : "[%s]:%u", text, ntohs(ip->family == 4 ? p.v4.sin_port : p.v6.sin6_port));
}

int metrics_listen(const char *place, char shown[METRICS_PLACE], char err[METRICS_ERR])
{
    struct ip_addr ip = {0};
    uint16_t port = 0;
    union place p;
    socklen_t n;
    int fd, one = 1;

    if (!read_place(place, &ip, &port)) {
        metrics_place_good(place, err);
        return -1;
    }
    n = fill(&p, &ip, port);
    fd = socket(p.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (fd >= 0 && bind(fd, &p.any, n) == 0 && listen(fd, WAITING) == 0) {
        show(fd, &ip, shown);
        return fd;
    }
    snprintf(err, METRICS_ERR, _("--metrics %.60s: %s: name an address of this machine and a port that is free"), place, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}
