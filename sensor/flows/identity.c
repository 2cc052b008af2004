/* SPDX-License-Identifier: Apache-2.0 */
/* identity: flow_id and Community ID v1 (seed 0), and which side of the house an address is on. */
#include "sensor/flows/identity.h"

#include <netinet/in.h>
/* SHA1_Init and its kin: what OpenSSL 3 wants instead looks the digest up by its name and asks for six blocks of memory, four
 * thousand instructions for 32 bytes, once a connection. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

bool identity_in(const struct ip_net *nets, unsigned n, const struct ip_addr *a)
{
    for (unsigned i = 0; i < n; i++)
        if (ip_in_net(a, &nets[i]))
            return true;
    return false;
}

bool identity_trusted(const struct worker_options *o, const struct ip_addr *a)
{
    return identity_in(o->trusted, o->trusted_n, a);
}

static size_t put_ip(uint8_t *to, const struct ip_addr *a)
{
    size_t n = a->family == 4 ? 4 : 16;

    memcpy(to, a->b, n);
    return n;
}

static size_t put_port(uint8_t *to, uint16_t port)
{
    to[0] = (uint8_t)(port >> 8);
    to[1] = (uint8_t)port;
    return 2;
}

/* Community ID v1: the smaller end first, so both directions of a connection share it. */
static void community_id(char out[40], const struct endpoint *a, const struct endpoint *b)
{
    int order = memcmp(a->ip.b, b->ip.b, 16);
    bool swap = order > 0 || (order == 0 && a->port > b->port);
    const struct endpoint *lo = swap ? b : a, *hi = swap ? a : b;
    uint8_t in[2 + 16 + 16 + 2 + 4] = {0, 0}, sum[SHA_DIGEST_LENGTH];
    size_t n = 2;
    SHA_CTX sha;

    n += put_ip(in + n, &lo->ip);
    n += put_ip(in + n, &hi->ip);
    in[n++] = IPPROTO_TCP;
    in[n++] = 0;
    n += put_port(in + n, lo->port);
    n += put_port(in + n, hi->port);
    SHA1_Init(&sha);
    SHA1_Update(&sha, in, n);
    SHA1_Final(sum, &sha);
    memcpy(out, "1:", 2);
    EVP_EncodeBlock((unsigned char *)out + 2, sum, sizeof(sum));
}

/* The same for every run over the same capture: its key is public, which is fine, since nothing is looked
 * up by it here. 53 bits, so that JavaScript keeps it. */
static uint64_t flow_id(const struct flow *f)
{
    static const struct hash_key key = {0x6d78746170666c6fULL, 0x77696431ULL};
    uint8_t in[2 * (16 + 2) + 8];
    size_t n = 0;

    for (int i = 0; i < 2; i++) {
        memcpy(in + n, f->node.end[i].ip.b, 16);
        n += 16;
        n += put_port(in + n, f->node.end[i].port);
    }
    memcpy(in + n, &f->first_packet_us, 8);
    return siphash(&key, span_of(in, sizeof(in))) >> 11;
}

static enum record_direction direction(const struct worker_options *o, const struct ip_addr *src,
                                       const struct ip_addr *dst)
{
    bool from_home, to_home;

    if (!o->home_n)
        return DIRECTION_INBOUND;
    from_home = identity_in(o->home, o->home_n, src);
    to_home = identity_in(o->home, o->home_n, dst);
    if (from_home)
        return to_home ? DIRECTION_INTERNAL : DIRECTION_OUTBOUND;
    return to_home ? DIRECTION_INBOUND : DIRECTION_TRANSIT;
}

void identity_fill(struct record *r, struct flow *f, const struct worker_options *o)
{
    r->src = f->node.end[f->client_side];
    r->dst = f->node.end[!f->client_side];
    memcpy(r->vlan, f->vlan, sizeof(r->vlan));
    r->vlans = f->vlans;
    r->flow_id = flow_id(f);
    if (!f->community_id[0])
        community_id(f->community_id, &r->src, &r->dst);
    memcpy(r->community_id, f->community_id, sizeof(r->community_id));
    r->direction = direction(o, &r->src.ip, &r->dst.ip);
    r->role = r->dst.port == 465 || r->dst.port == 587 ? ROLE_SUBMISSION : ROLE_RELAY;
}
