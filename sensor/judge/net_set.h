/* SPDX-License-Identifier: Apache-2.0 */
/* net_set: networks and a number for each; the longest one around an address is found by keyed hash, one question
 * for each prefix length in use: flat in their number. */
#ifndef MXTAP_JUDGE_NET_SET_H
#define MXTAP_JUDGE_NET_SET_H

#include "decoders/base/endpoint.h"
#include "decoders/base/siphash.h"

/* Invariant: as name_set's; used has a bit for each prefix length that some network has. */
struct net_set {
    struct mem *mem;
    const struct hash_key *key;
    struct net_slot *slots;
    uint32_t slots_n, n;
    uint64_t used[2][3]; /* IPv4, IPv6; bit b for /b */
};

/* value 1 or more. *had as in name_set. ::ffff:0:0/96 and what is inside it counts as IPv4. */
bool net_set_add(struct net_set *s, const struct ip_net *net, uint32_t value, uint32_t *had);
/* The value of the longest network that ip is in, or 0. */
uint32_t net_set_find(const struct net_set *s, const struct ip_addr *ip);
void net_set_free(struct net_set *s);

#endif
