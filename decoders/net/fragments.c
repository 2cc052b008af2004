/* SPDX-License-Identifier: Apache-2.0 */
/* fragments: IPv4 and IPv6 datagrams put together again, bounded in number, pieces and packet
 * time. */
#include "decoders/net/fragments.h"

enum { BUCKETS = 1024, HEADER_ROOM = 40, LONGEST = 65535 };

/* Invariant: wire > 0, n <= wire bytes of it were captured. */
struct piece {
    struct piece *next;
    uint32_t offset, wire, n;
    uint8_t bytes[];
};

/* What tells datagrams apart: RFC 791 with the protocol, RFC 8200 4.5 without. No padding: it is
 * hashed. */
struct datagram_key {
    uint8_t src[16], dst[16];
    uint32_t id;
    uint16_t family, protocol;
};

/* Invariant: pieces are sorted by offset and do not overlap. In the list of all, older ones come
 * first by the time of their first fragment. */
struct datagram {
    struct datagram *chain;         /* of its bucket */
    struct datagram *older, *newer; /* of all */
    struct datagram_key key;
    struct piece *pieces;
    int64_t begun_us;
    uint32_t n_pieces;
    uint32_t taken;    /* fragments, copies too */
    uint32_t end;      /* length, known when end_seen */
    anomaly_set anomalies; /* of all its fragments */
    uint8_t protocol, ttl;
    bool end_seen;
};

struct fragments {
    struct mem *mem;
    struct hash_key key;
    struct datagram *bucket[BUCKETS];
    struct datagram *oldest, *newest;
    size_t held;   /* bytes of all pieces with their headers */
    uint32_t n;    /* datagrams */
    uint64_t lost; /* fragments given up, not told yet */
    uint8_t *out;  /* the last datagram put together, HEADER_ROOM + LONGEST bytes once needed */
    uint32_t out_n; /* bytes of it */
};

struct fragments *fragments_new(struct mem *m, const struct hash_key *key)
{
    struct fragments *f = mem_zalloc(m, sizeof(*f));

    if (!f)
        return NULL;
    f->mem = m;
    f->key = *key;
    return f;
}

static struct datagram **bucket_of(struct fragments *f, const struct datagram_key *key)
{
    return &f->bucket[siphash13(&f->key, span_of(key, sizeof(*key))) % BUCKETS];
}

static void free_pieces(struct fragments *f, struct datagram *d)
{
    while (d->pieces) {
        struct piece *p = d->pieces;

        d->pieces = p->next;
        f->held -= sizeof(*p) + p->n;
        explicit_bzero(p->bytes, p->n); /* a password may have come in fragments */
        mem_free(f->mem, p, sizeof(*p) + p->n);
    }
}

static void remove_datagram(struct fragments *f, struct datagram *d)
{
    struct datagram **link = bucket_of(f, &d->key);

    while (*link != d)
        link = &(*link)->chain;
    *link = d->chain;
    *(d->older ? &d->older->newer : &f->oldest) = d->newer;
    *(d->newer ? &d->newer->older : &f->newest) = d->older;
    f->n--;
    free_pieces(f, d);
    mem_free(f->mem, d, sizeof(*d));
}

static void give_up(struct fragments *f, struct datagram *d)
{
    f->lost += d->taken;
    remove_datagram(f, d);
}

void fragments_free(struct fragments *f)
{
    if (!f)
        return;
    while (f->oldest)
        give_up(f, f->oldest);
    mem_free(f->mem, f->out, f->out ? HEADER_ROOM + LONGEST : 0);
    mem_free(f->mem, f, sizeof(*f));
}

uint64_t fragments_lost(struct fragments *f, bool finish)
{
    uint64_t lost;

    while (finish && f->oldest)
        give_up(f, f->oldest);
    lost = f->lost;
    f->lost = 0;
    return lost;
}

static struct datagram_key key_of(const struct packet *p)
{
    struct datagram_key key = {.id = p->fragment.id, .family = p->src.ip.family};

    memcpy(key.src, p->src.ip.b, 16);
    memcpy(key.dst, p->dst.ip.b, 16);
    if (key.family == 4)
        key.protocol = p->fragment.protocol;
    return key;
}

static struct datagram *new_datagram(struct fragments *f, const struct datagram_key *key,
                                     int64_t ts_us)
{
    struct datagram *d, **bucket = bucket_of(f, key);

    while (f->n >= LIMIT_FRAGMENT_DATAGRAMS)
        give_up(f, f->oldest);
    d = mem_zalloc(f->mem, sizeof(*d));
    if (!d)
        return NULL;
    d->key = *key;
    d->begun_us = ts_us;
    d->chain = *bucket;
    *bucket = d;
    d->older = f->newest;
    *(f->newest ? &f->newest->newer : &f->oldest) = d;
    f->newest = d;
    f->n++;
    return d;
}

static struct datagram *find_datagram(struct fragments *f, const struct packet *p, int64_t ts_us)
{
    struct datagram_key key = key_of(p);
    struct datagram *d = *bucket_of(f, &key);

    while (d && memcmp(&d->key, &key, sizeof(key)) != 0)
        d = d->chain;
    return d ? d : new_datagram(f, &key, ts_us);
}

/* bytes is what was captured of wire bytes at offset; they go behind *link. */
static bool insert_piece(struct fragments *f, struct datagram *d, struct piece **link,
                         uint32_t offset, uint32_t wire, struct span bytes)
{
    struct piece *p;

    bytes = span_head(bytes, wire);
    p = d->n_pieces < LIMIT_FRAGMENTS ? mem_resize(f->mem, NULL, 0, sizeof(*p) + bytes.n) : NULL;
    if (!p)
        return false;
    p->next = *link;
    p->offset = offset;
    p->wire = wire;
    p->n = (uint32_t)bytes.n;
    if (bytes.n)
        memcpy(p->bytes, bytes.p, bytes.n);
    *link = p;
    d->n_pieces++;
    f->held += sizeof(*p) + bytes.n;
    return true;
}

static bool same_bytes(const struct piece *old, uint32_t offset, struct span bytes)
{
    struct span had = span_from(span_of(old->bytes, old->n), offset - old->offset);
    size_t n = had.n < bytes.n ? had.n : bytes.n;

    return !n || memcmp(had.p, bytes.p, n) == 0;
}

/* Adds what of [offset, offset + wire) nobody sent before; false: a cap or memory ends the
 * datagram. */
static bool add_bytes(struct fragments *f, struct datagram *d, struct packet *p, uint32_t wire)
{
    struct piece **link = &d->pieces;
    struct span bytes = span_head(p->payload, wire);
    uint32_t offset = p->fragment.offset, n;

    while (wire) {
        while (*link && (*link)->offset + (*link)->wire <= offset)
            link = &(*link)->next;
        if (*link && (*link)->offset <= offset) {
            if (!same_bytes(*link, offset, bytes))
                anomaly_raise(&p->anomalies, ANOMALY_IP_FRAGMENT_OVERLAP);
            n = (*link)->offset + (*link)->wire - offset;
        } else {
            n = *link ? (*link)->offset - offset : wire;
            if (!insert_piece(f, d, link, offset, n < wire ? n : wire, bytes))
                return false;
        }
        n = n < wire ? n : wire;
        offset += n;
        wire -= n;
        bytes = span_from(bytes, n);
    }
    return true;
}

/* No hole up to the end. */
static bool is_complete(const struct datagram *d)
{
    uint32_t at = 0;

    for (const struct piece *p = d->pieces; p && p->offset == at; p = p->next)
        at += p->wire;
    return d->end_seen && at >= d->end;
}

static void put_be16(uint8_t *b, uint32_t x)
{
    b[0] = (uint8_t)(x >> 8);
    b[1] = (uint8_t)x;
}

/* An IPv4 header without options, or an IPv6 header without extensions: none of them matters any
 * more. */
static uint32_t write_header(const struct datagram *d, uint8_t *h)
{
    uint32_t sum = 0;

    memset(h, 0, HEADER_ROOM);
    if (d->key.family == 6) {
        h[0] = 0x60;
        put_be16(h + 4, d->end);
        h[6] = d->protocol;
        h[7] = d->ttl;
        memcpy(h + 8, d->key.src, 16);
        memcpy(h + 24, d->key.dst, 16);
        return 40;
    }
    h[0] = 0x45;
    put_be16(h + 2, d->end + 20);
    put_be16(h + 4, d->key.id);
    h[8] = d->ttl;
    h[9] = d->protocol;
    memcpy(h + 12, d->key.src, 4);
    memcpy(h + 16, d->key.dst, 4);
    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t)h[i] << 8 | h[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    put_be16(h + 10, ~(sum + (sum >> 16)));
    return 20;
}

/* The datagram up to its first byte that was not captured. */
static struct span put_together(struct fragments *f, const struct datagram *d)
{
    uint32_t header, at = 0;
    bool cut = false;

    if (!f->out)
        f->out = mem_resize(f->mem, NULL, 0, HEADER_ROOM + LONGEST);
    else
        explicit_bzero(f->out, f->out_n);
    f->out_n = 0;
    if (!f->out || d->end + (d->key.family == 4 ? 20 : 0) > LONGEST)
        return span_of(NULL, 0);
    header = write_header(d, f->out);
    for (const struct piece *p = d->pieces; p && !cut && at < d->end; p = p->next) {
        uint32_t n = p->n < d->end - at ? p->n : d->end - at;

        memcpy(f->out + header + at, p->bytes, n);
        at += n;
        cut = p->n < p->wire;
    }
    f->out_n = header + at;
    return span_of(f->out, f->out_n);
}

/* What p says of the whole datagram; returns how many of its bytes count. */
static uint32_t take_borders(struct datagram *d, const struct packet *p)
{
    uint32_t wire = p->payload_wire;

    if (p->fragment.more)
        wire &= ~7u; /* pieces are counted in eights; hosts cut the rest off */
    if (!p->fragment.more && !d->end_seen) {
        d->end = p->fragment.offset + wire;
        d->end_seen = true;
    }
    if (!p->fragment.offset) {
        d->protocol = p->fragment.protocol;
        d->ttl = p->ttl;
    }
    return wire;
}

static void expire(struct fragments *f, int64_t ts_us)
{
    while (f->oldest && ts_us - f->oldest->begun_us > LIMIT_FRAGMENT_SECONDS * 1000000ll)
        give_up(f, f->oldest);
}

struct span fragments_push(struct fragments *f, struct packet *p, int64_t ts_us)
{
    struct span whole = {NULL, 0};
    struct datagram *d;
    uint32_t counts;

    expire(f, ts_us);
    d = find_datagram(f, p, ts_us);
    if (!d) {
        f->lost++;
        return whole;
    }
    counts = take_borders(d, p);
    d->taken++;
    if (!add_bytes(f, d, p, counts)) {
        give_up(f, d);
        return whole;
    }
    d->anomalies |= p->anomalies;
    if (is_complete(d)) {
        whole = put_together(f, d);
        p->anomalies = d->anomalies;
        if (!whole.p)
            f->lost += d->taken;
        remove_datagram(f, d);
    }
    while (f->held > LIMIT_FRAGMENT_BYTES)
        give_up(f, f->oldest);
    return whole;
}
