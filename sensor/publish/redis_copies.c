/* SPDX-License-Identifier: Apache-2.0 */
/* redis_copies: a ring of mails, found by a keyed hash of what a relay leaves alone. */
#include "sensor/publish/redis_copies.h"

enum {
    SLOTS = 131072, /* power of two, twice LIMIT_REDIS_COPIES */
    WITHIN_US = 600 * 1000000,
    LOOKED_AT = 64 /* mails of one slot: somebody may send the same mail for ever */
};

struct seen {
    uint64_t hash;  /* of Message-ID, envelope sender, Date and the parts' sizes */
    uint64_t check; /* the same under another key: 128 bits do not meet by chance */
    int64_t ts_us;
    uint64_t flow_id;
    uint32_t tx_id;
    uint32_t older, newer; /* 1 + index: its neighbours in the same slot */
    struct ip_addr client, server;
};

struct redis_copies {
    struct mem *mem;
    struct hash_key key, check_key;
    uint64_t n; /* ever seen; index = n % LIMIT_REDIS_COPIES */
    uint32_t slots[SLOTS];
    struct seen ring[LIMIT_REDIS_COPIES];
    struct buf text;
};

struct redis_copies *redis_copies_new(struct mem *m, const struct hash_key *key)
{
    struct redis_copies *c = mem_zalloc(m, sizeof(*c));

    if (!c)
        return NULL;
    c->mem = m;
    c->key = *key;
    c->check_key = (struct hash_key){key->k1 ^ 0x9e3779b97f4a7c15ULL, key->k0};
    buf_init(&c->text, m, 64 * 1024);
    return c;
}

void redis_copies_free(struct redis_copies *c)
{
    if (!c)
        return;
    buf_free(&c->text);
    mem_free(c->mem, c, sizeof(*c));
}

static void add_part(struct redis_copies *c, struct span s)
{
    uint64_t n = s.n;

    buf_add(&c->text, span_of(&n, sizeof(n))); /* so that no two lists of texts look alike */
    buf_add(&c->text, s);
}

static struct span identity(struct redis_copies *c, const struct record *r)
{
    uint64_t sizes[2] = {r->parts_n, 0};

    for (uint32_t i = 0; i < r->parts_n; i++)
        sizes[1] += r->parts[i].mail->size;
    buf_clear(&c->text);
    add_part(c, r->email.message_id);
    add_part(c, r->mail_from);
    add_part(c, r->email.date);
    add_part(c, span_of(sizes, sizeof(sizes)));
    return buf_span(&c->text);
}

/* The entry about to be overwritten is the oldest of all, so the last of its slot. */
static void unlink_oldest(struct redis_copies *c, const struct seen *old)
{
    if (old->newer)
        c->ring[old->newer - 1].older = 0;
    else
        c->slots[old->hash & (SLOTS - 1)] = 0;
}

static void remember(struct redis_copies *c, const struct seen *s)
{
    uint32_t index = (uint32_t)(c->n % LIMIT_REDIS_COPIES);
    uint32_t *slot = &c->slots[s->hash & (SLOTS - 1)];

    if (c->n++ >= LIMIT_REDIS_COPIES)
        unlink_oldest(c, &c->ring[index]);
    c->ring[index] = *s;
    c->ring[index].older = *slot;
    if (*slot)
        c->ring[*slot - 1].newer = index + 1;
    *slot = index + 1;
}

/* The earlier mail's server sent it on, or the other way round; or a relay of ours names the earlier client. */
static bool is_next_hop(const struct seen *before, const struct seen *now, const struct record *r)
{
    bool ours = r->client_trusted || r->direction == DIRECTION_OUTBOUND || r->direction == DIRECTION_INTERNAL;

    if (ip_eq(&before->server, &now->client) || ip_eq(&now->server, &before->client))
        return true;
    return ours && r->hops_n && ip_eq(&r->hops[0].ip, &before->client);
}

struct redis_copy redis_copies_look(struct redis_copies *c, const struct record *r)
{
    struct redis_copy copy = {.is_copy = false};
    struct seen now = {.ts_us = r->ts_us, .flow_id = r->flow_id, .tx_id = r->tx_id};
    unsigned looked = 0;
    struct span id;

    if (r->type != RECORD_SMTP || !r->email.message_id.n)
        return copy;
    id = identity(c, r);
    now.hash = siphash(&c->key, id);
    now.check = siphash(&c->check_key, id);
    now.client = r->client.family ? r->client : r->src.ip;
    now.server = r->dst.ip;
    for (uint32_t at = c->slots[now.hash & (SLOTS - 1)]; at && looked < LOOKED_AT; looked++) {
        const struct seen *s = &c->ring[at - 1];

        if (s->hash == now.hash && s->check == now.check && s->flow_id != now.flow_id &&
            now.ts_us - s->ts_us <= WITHIN_US && s->ts_us - now.ts_us <= WITHIN_US &&
            is_next_hop(s, &now, r)) /* the last match is the first copy seen */
            copy = (struct redis_copy){true, s->flow_id, s->tx_id};
        at = s->older;
    }
    remember(c, &now);
    return copy;
}
