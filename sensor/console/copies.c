/* SPDX-License-Identifier: Apache-2.0 */
/* copies: publish/redis_copies' rule, told from the record. */
#include "sensor/console/copies.h"

#include "decoders/base/siphash.h"

enum { WITHIN_S = 600, TEXT = 8192 };

/* The parts one after the other, each with its length: no two lists of texts look alike. */
static uint64_t identity_of(const struct mail_facts *f)
{
    static const struct hash_key key = {0x6d78746170, 0x636f70696573}; /* same in every run: order must not tell */
    uint64_t sizes[2] = {f->parts_n, f->parts_size}, parts[4];

    parts[0] = siphash(&key, f->message_id);
    parts[1] = siphash(&key, f->mail_from);
    parts[2] = siphash(&key, f->date);
    parts[3] = siphash(&key, span_of(sizes, sizeof(sizes)));
    return siphash(&key, span_of(parts, sizeof(parts))) | 1;
}

static struct ip_addr address(struct span text)
{
    struct ip_addr ip = {0};

    if (!ip_parse(text, &ip))
        ip = (struct ip_addr){0};
    return ip;
}

void copy_mark_read(struct copy_mark *m, const struct mail_facts *f)
{
    bool ours = f->client_trusted || span_eq(f->direction, SPAN("outbound")) || span_eq(f->direction, SPAN("internal"));

    *m = (struct copy_mark){.flow_id = f->flow_id, .second = mail_facts_second(f)};
    if (!f->message_id.n)
        return;
    m->identity = identity_of(f);
    m->client = address(f->client_ip);
    m->server = address(f->dest_ip);
    if (ours)
        m->named = address(f->relay_ip);
}

static bool same_address(const struct ip_addr *a, const struct ip_addr *b)
{
    return a->family && ip_eq(a, b);
}

bool copy_is(const struct copy_mark *before, const struct copy_mark *later)
{
    if (!later->identity || before->identity != later->identity || before->flow_id == later->flow_id ||
        later->second - before->second > WITHIN_S || before->second - later->second > WITHIN_S)
        return false;
    return same_address(&before->server, &later->client) || same_address(&later->server, &before->client) ||
           same_address(&later->named, &before->client);
}
