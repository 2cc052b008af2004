/* SPDX-License-Identifier: Apache-2.0 */
/* glance: a table of connections by their ends; no byte of a stream is put into order, nothing is kept of what is said. */
#include "sensor/check/glance.h"

#include <stdlib.h>

enum { TO_SERVER, FROM_SERVER };

struct connection {
    struct endpoint client, server; /* server.ip.family 0: the place is free */
    uint64_t packets[2];
    uint32_t seq[2];   /* of the last segment with payload, by side */
    uint16_t ip_id[2];
    bool speaks[2];    /* more was seen of that side than SYN or RST: the other side must have spoken too */
    bool tls, text;
};

/* Invariant: counts.connections places are taken, so that a search always meets a free one. */
enum { PLACES = 2 * LIMIT_GLANCE_CONNECTIONS };

struct glance {
    const uint16_t *ports;
    unsigned ports_n;
    struct hash_key key;
    struct glance_counts counts;
    struct connection *places;
    struct glance_server *servers;
};

struct glance *glance_new(const uint16_t *ports, unsigned ports_n, const struct hash_key *key)
{
    struct glance *l = calloc(1, sizeof(*l));

    if (l)
        l->places = calloc(PLACES, sizeof(*l->places));
    if (!l || !l->places) {
        free(l);
        return NULL;
    }
    l->ports = ports;
    l->ports_n = ports_n;
    l->key = *key;
    return l;
}

void glance_free(struct glance *l)
{
    if (!l)
        return;
    free(l->places);
    free(l->servers);
    free(l);
}

const struct glance_counts *glance_counts(const struct glance *l)
{
    return &l->counts;
}

static bool is_mail_port(const struct glance *l, uint16_t port)
{
    for (unsigned i = 0; i < l->ports_n; i++)
        if (l->ports[i] == port)
            return true;
    return false;
}

static bool same_end(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && ip_eq(&a->ip, &b->ip);
}

/* Written byte by byte: a struct's padding is not part of it. */
static size_t put_end(uint8_t *out, const struct endpoint *e)
{
    memcpy(out, e->ip.b, sizeof(e->ip.b));
    out[16] = e->ip.family;
    out[17] = (uint8_t)(e->port >> 8);
    out[18] = (uint8_t)e->port;
    return 19;
}

/* The place of that connection, or the free one where it would be. */
static size_t place_of(const struct glance *l, const struct endpoint *client, const struct endpoint *server)
{
    uint8_t ends[38];
    size_t n = put_end(ends, client), at;

    n += put_end(ends + n, server);
    at = (size_t)(siphash13(&l->key, span_of(ends, n)) % PLACES);
    while (l->places[at].server.ip.family &&
           !(same_end(&l->places[at].client, client) && same_end(&l->places[at].server, server)))
        at = (at + 1) % PLACES;
    return at;
}

static bool is_known(const struct glance *l, const struct endpoint *client, const struct endpoint *server)
{
    return l->places[place_of(l, client, server)].server.ip.family != 0;
}

/* NULL at the cap. */
static struct connection *connection_of(struct glance *l, const struct endpoint *client, const struct endpoint *server)
{
    size_t at = place_of(l, client, server);

    if (l->places[at].server.ip.family)
        return &l->places[at];
    if (l->counts.connections == LIMIT_GLANCE_CONNECTIONS) {
        l->counts.connections_more++;
        return NULL;
    }
    l->counts.connections++;
    l->places[at].client = *client;
    l->places[at].server = *server;
    return &l->places[at];
}

/* A record of SSL 3 to TLS 1.3 begins (RFC 8446, 5.1): most segments of a TLS stream do not, but some do in each direction. */
static bool begins_tls(struct span s)
{
    return s.n >= 5 && s.p[0] >= 20 && s.p[0] <= 23 && s.p[1] == 3 && s.p[2] <= 4 &&
           ((unsigned)s.p[3] << 8 | s.p[4]) <= 16384 + 2048;
}

/* What STARTTLS is asked for with, and what stands before it, is readable in an encrypted session too: TLS decides. */
static void take_payload(struct glance *l, struct connection *c, const struct packet *p, int side)
{
    bool again = c->packets[side] && c->seq[side] == p->seq && c->ip_id[side] == p->ip_id && p->ip_id;

    l->counts.payloads++;
    l->counts.twice += again;
    c->seq[side] = p->seq;
    c->ip_id[side] = p->ip_id;
    if (begins_tls(p->payload))
        c->tls = true;
    else
        c->text = true;
}

static void take_segment(struct glance *l, const struct packet *p)
{
    bool to_server = is_mail_port(l, p->dst.port);
    int side = to_server ? TO_SERVER : FROM_SERVER;
    struct connection *c;

    if (!to_server && !is_mail_port(l, p->src.port)) {
        l->counts.other++;
        return;
    }
    /* Both are mail ports, as between some relays: who answers a SYN is the server, else who was sent the first packet seen. */
    if (to_server && is_mail_port(l, p->src.port) &&
        ((p->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) || is_known(l, &p->dst, &p->src)))
        side = FROM_SERVER;
    l->counts.mail++;
    l->counts.tagged += p->vlans > 0;
    l->counts.tunnelled += p->encapsulations > 0;
    if (p->vlans)
        l->counts.vlan[(p->vlan[0] & 4095) / 8] |= (uint8_t)(1 << (p->vlan[0] & 7));
    c = side == TO_SERVER ? connection_of(l, &p->src, &p->dst) : connection_of(l, &p->dst, &p->src);
    if (!c)
        return;
    if (p->payload.n)
        take_payload(l, c, p, side);
    c->packets[side]++;
    c->speaks[side] |= (p->flags & TCP_ACK) && !(p->flags & TCP_RST);
}

void glance_frame(struct glance *l, const struct frame *f)
{
    struct glance_counts *n = &l->counts;
    struct packet p;

    n->frames++;
    if (!n->first_us)
        n->first_us = f->ts_us;
    n->last_us = f->ts_us > n->last_us ? f->ts_us : n->last_us;
    switch (packet_decode(&p, f->link_type, f->bytes, f->wire, 0)) {
    case PACKET_TCP:
        n->cut += p.payload_wire > p.payload.n;
        take_segment(l, &p);
        break;
    case PACKET_FRAGMENT: n->fragments++; break;
    case PACKET_TRUNCATED: n->cut++; break;
    case PACKET_MALFORMED: case PACKET_CHECKSUM: n->malformed++; break;
    case PACKET_TOO_DEEP: n->too_deep++; break;
    case PACKET_LINK_TYPE: n->link_type++; break;
    case PACKET_UDP: case PACKET_OTHER: case PACKET_NOT_IP: n->other++; break;
    }
}

static int by_server(const void *pa, const void *pb)
{
    const struct connection *a = pa, *b = pb;
    int ip = memcmp(&a->server.ip, &b->server.ip, sizeof(a->server.ip));

    return ip ? ip : (int)a->server.port - (int)b->server.port;
}

static int by_packets(const void *pa, const void *pb)
{
    const struct glance_server *a = pa, *b = pb;
    uint64_t na = a->packets[0] + a->packets[1], nb = b->packets[0] + b->packets[1];

    return na == nb ? memcmp(&a->at.ip, &b->at.ip, sizeof(a->at.ip)) : na < nb ? 1 : -1;
}

static void add_connection(struct glance_server *s, const struct connection *c)
{
    bool both = c->packets[TO_SERVER] && c->packets[FROM_SERVER];

    s->connections++;
    s->both += both;
    for (int side = 0; side < 2; side++) {
        s->packets[side] += c->packets[side];
        s->one[side] += !both && c->speaks[side];
    }
    s->encrypted += c->tls;
    s->readable += c->text && !c->tls;
}

/* A copy is sorted, so that looking may go on. */
const struct glance_server *glance_servers(struct glance *l, unsigned *n)
{
    struct connection *sorted = malloc((l->counts.connections + 1) * sizeof(*sorted));
    size_t kept = 0;

    *n = 0;
    free(l->servers);
    l->servers = calloc(l->counts.connections + 1, sizeof(*l->servers));
    for (size_t i = 0; i < PLACES && sorted; i++)
        if (l->places[i].server.ip.family)
            sorted[kept++] = l->places[i];
    if (kept)
        qsort(sorted, kept, sizeof(*sorted), by_server);
    for (size_t i = 0; i < kept && l->servers; i++) {
        if (!*n || !same_end(&l->servers[*n - 1].at, &sorted[i].server))
            l->servers[(*n)++].at = sorted[i].server;
        add_connection(&l->servers[*n - 1], &sorted[i]);
    }
    free(sorted);
    if (*n)
        qsort(l->servers, *n, sizeof(*l->servers), by_packets);
    return *n ? l->servers : NULL;
}
