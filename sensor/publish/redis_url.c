/* SPDX-License-Identifier: Apache-2.0 */
/* redis_url: RFC 3986 parts of the few URL forms a Redis is named by. */
#define _GNU_SOURCE
#include "sensor/publish/redis_url.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/base/bytes.h"
#include "sensor/language.h"

enum { PORT_DEFAULT = 6379, PORT_SENTINEL = 26379, DB_MAX = 1023 };

static void wipe(char *s)
{
    if (s)
        explicit_bzero(s, strlen(s));
    free(s);
}

void redis_url_free(struct redis_url *u)
{
    free(u->path);
    free(u->host);
    for (unsigned i = 0; i < u->sentinels_n; i++) {
        free(u->sentinels[i].host);
        if (u->sentinels[i].known)
            freeaddrinfo(u->sentinels[i].known);
    }
    if (u->known)
        freeaddrinfo(u->known);
    free(u->master);
    free(u->user);
    wipe(u->password);
    redis_tls_context_free(u->tls);
    *u = (struct redis_url){0};
}

/* s percent-decoded; NULL for a broken escape, a NUL, or no memory. */
static char *decode(struct span s)
{
    char *out = malloc(s.n + 1);
    size_t n = 0;

    for (size_t i = 0; out && i < s.n; i++) {
        int c = s.p[i];

        if (c == '%') {
            int hi = i + 2 < s.n ? ascii_hex(s.p[i + 1]) : -1;
            int lo = i + 2 < s.n ? ascii_hex(s.p[i + 2]) : -1;

            c = hi < 0 || lo < 0 ? 0 : hi << 4 | lo;
            i += 2;
        }
        if (c == 0) {
            free(out);
            return NULL;
        }
        out[n++] = (char)c;
    }
    if (out)
        out[n] = 0;
    return out;
}

/* All of s as a number up to most; -1 where it is none. */
static long number(struct span s, long most)
{
    long v = 0;

    if (!s.n)
        return -1;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]) || v > most)
            return -1;
        v = v * 10 + (s.p[i] - '0');
    }
    return v <= most ? v : -1;
}

static const char *take_user(struct span *rest, struct redis_url *u)
{
    size_t end = span_find(*rest, 0, '/'), at = end, colon;
    struct span info;

    while (at && rest->p[at - 1] != '@')
        at--;
    if (!at)
        return NULL;
    info = span_head(*rest, at - 1);
    *rest = span_from(*rest, at);
    colon = span_find(info, 0, ':');
    if (colon && !(u->user = decode(span_head(info, colon))))
        return _("the user name is not properly percent-encoded");
    if (colon < info.n && !(u->password = decode(span_from(info, colon + 1))))
        return _("the password is not properly percent-encoded");
    return NULL;
}

static const char *take_db(struct span s, struct redis_url *u)
{
    long db = number(s, DB_MAX);

    if (db < 0)
        return _("the database is not a number from 0 to 1023");
    u->db = (unsigned)db;
    return NULL;
}

/* "host", "host:port", "[address]:port" */
static const char *take_node(struct span s, uint16_t port_default, struct redis_node *node)
{
    bool bracket = s.n && s.p[0] == '[';
    size_t end = span_find(s, 0, bracket ? ']' : ':');
    long port = port_default;

    if (bracket && end == s.n)
        return _("the address has no closing bracket");
    node->host = decode(bracket ? span_of(s.p + 1, end - 1) : span_head(s, end));
    if (!node->host || !node->host[0])
        return _("it names no host");
    end += bracket;
    if (end < s.n) {
        port = s.p[end] == ':' ? number(span_from(s, end + 1), 65535) : -1;
        if (port < 1)
            return _("the port is not a number from 1 to 65535");
    }
    node->port = (uint16_t)port;
    return NULL;
}

static const char *take_host(struct span rest, struct redis_url *u)
{
    size_t slash = span_find(rest, 0, '/');
    struct span db = span_from(rest, slash + 1);
    struct redis_node node = {0};
    const char *wrong = take_node(span_head(rest, slash), PORT_DEFAULT, &node);

    u->host = node.host;
    u->port = node.port;
    if (wrong)
        return wrong;
    return db.n ? take_db(db, u) : NULL;
}

static const char *take_nodes(struct span nodes, uint16_t port_default, struct redis_url *u)
{
    const char *wrong = NULL;
    size_t comma;

    for (; nodes.n && !wrong; nodes = span_from(nodes, comma + 1)) {
        comma = span_find(nodes, 0, ',');
        if (u->sentinels_n == REDIS_SENTINELS)
            return _("it names more than 16 servers");
        wrong = take_node(span_head(nodes, comma), port_default, &u->sentinels[u->sentinels_n++]);
    }
    return wrong || u->sentinels_n ? wrong : _("it names no host");
}

static const char *take_cluster(struct span rest, struct redis_url *u)
{
    size_t slash = span_find(rest, 0, '/');

    u->cluster = true;
    if (slash + 1 < rest.n && !span_eq(span_from(rest, slash + 1), SPAN("0")))
        return _("a cluster has database 0 only");
    return take_nodes(span_head(rest, slash), PORT_DEFAULT, u);
}

static const char *take_sentinels(struct span rest, struct redis_url *u)
{
    size_t slash = span_find(rest, 0, '/');
    struct span name = span_from(rest, slash + 1), db;
    const char *wrong = take_nodes(span_head(rest, slash), PORT_SENTINEL, u);

    if (wrong)
        return wrong;
    slash = span_find(name, 0, '/');
    db = span_from(name, slash + 1);
    u->master = decode(span_head(name, slash));
    if (!u->master || !u->master[0])
        return _("it does not name the master: redis+sentinel://host:26379/NAME");
    return db.n ? take_db(db, u) : NULL;
}

static const char *take_path(struct span rest, struct redis_url *u)
{
    size_t query = span_find(rest, 0, '?');

    if (!rest.n || rest.p[0] != '/')
        return _("a Unix socket needs an absolute path: unix:///run/redis/redis.sock");
    u->path = decode(span_head(rest, query));
    if (!u->path)
        return _("the path is not properly percent-encoded");
    rest = span_from(rest, query + 1);
    if (!rest.n)
        return NULL;
    if (!span_starts_nocase(rest, SPAN("db=")))
        return _("after ? only db= is known");
    return take_db(span_from(rest, 3), u);
}

static const char *parse(struct span s, struct redis_url *u)
{
    static const struct {
        const char *scheme;
        const char *(*take)(struct span rest, struct redis_url *u);
        bool secure;
    } schemes[] = {
        {"redis://", take_host, false},
        {"rediss://", take_host, true},
        {"unix://", take_path, false},
        {"redis+sentinel://", take_sentinels, false},
        {"redis+cluster://", take_cluster, false},
        {"rediss+cluster://", take_cluster, true},
    };
    const char *wrong;

    for (unsigned i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        if (!span_starts_nocase(s, span_cstr(schemes[i].scheme)))
            continue;
        u->secure = schemes[i].secure;
        s = span_from(s, strlen(schemes[i].scheme));
        wrong = take_user(&s, u);
        return wrong ? wrong : schemes[i].take(s, u);
    }
    return _("it begins with none of redis://, rediss://, redis+sentinel://, redis+cluster:// and unix://");
}

int redis_url_parse(const char *text, struct redis_url *out, char *err, unsigned err_n)
{
    const char *wrong;

    *out = (struct redis_url){0};
    wrong = parse(span_cstr(text), out);
    if (!wrong)
        return 0;
    snprintf(err, err_n, _("the Redis URL cannot be used: %s"), wrong);
    redis_url_free(out);
    return -1;
}

bool redis_url_secure(struct redis_url *u, const struct redis_tls_files *files, char *err, unsigned err_n)
{
    char why[TLS_ERR];

    if (!u->secure) {
        snprintf(err, err_n, _("--redis-ca, --redis-cert and --redis-key are for TLS: use a rediss:// or rediss+cluster:// URL"));
        return !files->ca && !files->cert && !files->key;
    }
    u->tls = redis_tls_context_new(files, why);
    if (!u->tls)
        snprintf(err, err_n, "%s", why);
    return u->tls != NULL;
}

void redis_url_show(const struct redis_url *u, char *out, unsigned n)
{
    if (u->path && u->db)
        snprintf(out, n, "unix://%s?db=%u", u->path, u->db);
    else if (u->path)
        snprintf(out, n, "unix://%s", u->path);
    else if (u->cluster)
        snprintf(out, n, "%s+cluster://%s:%u%s", u->secure ? "rediss" : "redis", u->sentinels[0].host,
                 u->sentinels[0].port, u->sentinels_n > 1 ? ",..." : "");
    else if (u->sentinels_n)
        snprintf(out, n, "redis+sentinel://%s:%u%s/%s/%u", u->sentinels[0].host, u->sentinels[0].port,
                 u->sentinels_n > 1 ? ",..." : "", u->master, u->db);
    else
        snprintf(out, n, strchr(u->host, ':') ? "%s://[%s]:%u/%u" : "%s://%s:%u/%u", u->secure ? "rediss" : "redis",
                 u->host, u->port, u->db);
}

/* NULL with why, static. */
static struct addrinfo *resolve(const char *host, uint16_t port, const char **why)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    char service[8];
    int e;

    snprintf(service, sizeof(service), "%u", port);
    e = getaddrinfo(host, service, &hints, &found);
    if (e)
        *why = gai_strerror(e);
    return e ? NULL : found;
}

bool redis_url_resolve(struct redis_url *u, char *err, unsigned err_n)
{
    const char *why = NULL, *host = u->host;
    bool found = u->path != NULL;

    if (host)
        found = (u->known = resolve(host, u->port, &why)) != NULL;
    for (unsigned i = 0; i < u->sentinels_n; i++) {
        host = u->sentinels[i].host;
        u->sentinels[i].known = resolve(host, u->sentinels[i].port, &why);
        found |= u->sentinels[i].known != NULL;
    }
    if (!found)
        snprintf(err, err_n, _("--redis: host %.100s: %s (a capture looks it up once, before it locks itself; an address would do)"), host, why);
    return found;
}
