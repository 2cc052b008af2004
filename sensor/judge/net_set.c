/* SPDX-License-Identifier: Apache-2.0 */
/* net_set: open addressing; a network's key is its family, its length and its bits. */
#include "sensor/judge/net_set.h"

enum { FIRST_SLOTS = 64, KEY_BYTES = 18 };

struct net_slot {
    uint8_t key[KEY_BYTES]; /* family, bits, address without its host bits */
    uint32_t value;         /* 0: free */
};

static void make_key(uint8_t key[KEY_BYTES], const struct ip_addr *ip, unsigned bits)
{
    unsigned whole = bits / 8;

    memset(key, 0, KEY_BYTES);
    key[0] = ip->family;
    key[1] = (uint8_t)bits;
    memcpy(key + 2, ip->b, whole);
    if (bits % 8)
        key[2 + whole] = (uint8_t)(ip->b[whole] & (0xff00u >> bits % 8));
}

static struct net_slot *slot_of(const struct net_set *s, const uint8_t key[KEY_BYTES])
{
    uint32_t at = (uint32_t)siphash13(s->key, span_of(key, KEY_BYTES)) & (s->slots_n - 1);
    struct net_slot *slot = &s->slots[at];

    while (slot->value && memcmp(slot->key, key, KEY_BYTES)) {
        at = (at + 1) & (s->slots_n - 1);
        slot = &s->slots[at];
    }
    return slot;
}

static bool grow(struct net_set *s)
{
    struct net_set larger = *s;

    larger.slots_n = s->slots_n ? s->slots_n * 2 : FIRST_SLOTS;
    larger.slots = larger.slots_n > s->slots_n ? mem_zalloc(s->mem, larger.slots_n * sizeof(*s->slots)) : NULL;
    if (!larger.slots)
        return false;
    for (uint32_t i = 0; i < s->slots_n; i++)
        if (s->slots[i].value)
            *slot_of(&larger, s->slots[i].key) = s->slots[i];
    mem_free(s->mem, s->slots, s->slots_n * sizeof(*s->slots));
    *s = larger;
    return true;
}

bool net_set_add(struct net_set *s, const struct ip_net *net, uint32_t value, uint32_t *had)
{
    struct ip_addr ip = net->ip;
    unsigned bits = net->bits;
    uint8_t key[KEY_BYTES];
    struct net_slot *slot;

    *had = 0;
    ip_unmap(&ip);
    if (ip.family != net->ip.family && bits >= 96)
        bits -= 96;
    else
        ip = net->ip;
    if (2 * (s->n + 1) > s->slots_n && !grow(s))
        return false;
    make_key(key, &ip, bits);
    slot = slot_of(s, key);
    *had = slot->value;
    if (slot->value)
        return true;
    memcpy(slot->key, key, KEY_BYTES);
    slot->value = value;
    s->used[ip.family == 6][bits / 64] |= UINT64_C(1) << bits % 64;
    s->n++;
    return true;
}

uint32_t net_set_find(const struct net_set *s, const struct ip_addr *address)
{
    struct ip_addr ip = *address;
    uint8_t key[KEY_BYTES];
    const uint64_t *used;

    if (!s->n || !ip.family)
        return 0;
    ip_unmap(&ip);
    used = s->used[ip.family == 6];
    for (unsigned word = 3; word-- > 0;)
        for (uint64_t left = used[word]; left;) {
            unsigned bit = 63 - (unsigned)__builtin_clzll(left);
            uint32_t value;

            left &= ~(UINT64_C(1) << bit);
            make_key(key, &ip, word * 64 + bit);
            value = slot_of(s, key)->value;
            if (value)
                return value;
        }
    return 0;
}

void net_set_free(struct net_set *s)
{
    mem_free(s->mem, s->slots, s->slots_n * sizeof(*s->slots));
    s->slots = NULL;
    s->slots_n = s->n = 0;
}
