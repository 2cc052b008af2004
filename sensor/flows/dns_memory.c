/* SPDX-License-Identifier: Apache-2.0 */
/* dns_memory: questions wait for their answers in one table, answers for a mail in another. */
#include "sensor/flows/dns_memory.h"

#include "decoders/net/dns_answer.h"
#include "sensor/flows/aged_table.h"

enum { ANSWER_BUCKETS = 1 << 17, QUESTION_BUCKETS = 1 << 15, PORT = 53 };

enum { ZONES = 1024 }; /* bits */

struct dns_memory {
    struct aged_table *questions, *answers;
    struct hash_key key;
    struct counters *counters;
    int64_t lacks_until_us; /* packet time; 0 = nothing was lost */
    uint64_t order; /* of the answers put so far: tells which of two is the later one */
    uint64_t zones[ZONES / 64]; /* note_zone */
};

struct question {
    int64_t asked_us;
    uint64_t digest; /* of the answer that was believed */
    bool answered;
};

/* Values follow: struct ip_addr, or names each behind its length. */
struct known {
    int64_t until_us;
    uint64_t order;
    uint8_t says; /* enum dns_says: NO_NAME, NONE, ADDRESSES, NAMES, ALIAS */
    uint8_t n;
};

struct dns_memory *dns_memory_new(const struct hash_key *key, struct counters *n)
{
    struct mem m;
    struct dns_memory *d;

    mem_init(&m, 0);
    d = mem_zalloc(&m, sizeof(*d));
    if (!d)
        return NULL;
    *d = (struct dns_memory){.key = *key, .counters = n};
    d->questions = aged_table_new(key, QUESTION_BUCKETS, LIMIT_DNS_QUESTION_BYTES, &n->dns_questions_evicted);
    d->answers = aged_table_new(key, ANSWER_BUCKETS, LIMIT_DNS_ANSWER_BYTES, &n->dns_evicted);
    if (d->questions && d->answers)
        return d;
    dns_memory_free(d);
    return NULL;
}

void dns_memory_free(struct dns_memory *d)
{
    struct mem m = {.used = sizeof(*d)};

    if (!d)
        return;
    aged_table_free(d->questions);
    aged_table_free(d->answers);
    mem_free(&m, d, sizeof(*d));
}

void dns_memory_clear(struct dns_memory *d)
{
    aged_table_clear(d->questions);
    aged_table_clear(d->answers);
    d->lacks_until_us = 0;
}

size_t dns_memory_bytes(const struct dns_memory *d)
{
    return aged_table_bytes(d->questions) + aged_table_bytes(d->answers);
}

void dns_memory_lost(struct dns_memory *d, int64_t now_us)
{
    d->lacks_until_us = now_us + (LIMIT_DNS_TTL_MOST + LIMIT_DNS_GRACE_SEC) * 1000000LL;
}

bool dns_memory_lacks(const struct dns_memory *d, int64_t now_us)
{
    return now_us < d->lacks_until_us;
}

/* --- keys --- */

struct key {
    uint8_t b[2 * (17 + 2) + 2 + 1 + 2 + DNS_NAME_MAX];
    size_t n;
};

static void key_add(struct key *k, const void *p, size_t n)
{
    memcpy(k->b + k->n, p, n);
    k->n += n;
}

static void key_end(struct key *k, const struct endpoint *e)
{
    key_add(k, &e->ip.family, 1);
    key_add(k, e->ip.b, 16);
    key_add(k, &e->port, 2);
}

static void key_name(struct key *k, uint16_t type, const struct dns_name *name)
{
    key_add(k, &type, 2);
    key_add(k, name->b, name->n);
}

static struct span question_key(struct key *k, const struct dns_passage *how, const struct dns_message *m)
{
    uint8_t tcp = how->tcp;

    k->n = 0;
    key_end(k, m->is_answer ? &how->to : &how->from);
    key_end(k, m->is_answer ? &how->from : &how->to);
    key_add(k, &m->id, 2);
    key_add(k, &tcp, 1);
    key_name(k, m->type, &m->name);
    return span_of(k->b, k->n);
}

static struct span answer_key(struct key *k, uint16_t type, const struct dns_name *name)
{
    k->n = 0;
    key_name(k, type, name);
    return span_of(k->b, k->n);
}

/* --- questions --- */

/* Asked again, by a client that got no answer or by a mirror that shows the frame twice, it is open once more. */
static void remember_question(struct dns_memory *d, const struct dns_passage *how, const struct dns_message *m)
{
    struct key k;
    struct aged_entry *e = aged_table_put(d->questions, question_key(&k, how, m), sizeof(struct question));

    if (e) {
        ((struct question *)(void *)e->data)->asked_us = how->now_us;
    } else {
        d->counters->dns_questions_evicted++;
        dns_memory_lost(d, how->now_us);
    }
    d->counters->dns_queries++;
}

/* Those that no answer can come to any more, oldest first: each is passed once. */
static void forget_old_questions(struct dns_memory *d, int64_t now_us)
{
    struct aged_entry *e;

    while ((e = aged_table_oldest(d->questions)) &&
           now_us - ((struct question *)(void *)e->data)->asked_us > LIMIT_DNS_QUESTION_SEC * 1000000LL)
        aged_table_remove(d->questions, e);
}

static struct question *find_question(struct dns_memory *d, const struct dns_passage *how, const struct dns_message *m)
{
    struct key k;
    struct aged_entry *e = aged_table_find(d->questions, question_key(&k, how, m));

    return e ? (struct question *)(void *)e->data : NULL;
}

/* --- answers --- */

static struct span value(const struct dns_answer *a, unsigned i)
{
    return a->says == DNS_SAYS_ADDRESSES ? span_of(&a->ips[i], sizeof(a->ips[i])) : dns_name_span(&a->names[i]);
}

/* Equal for answers that say the same, in whatever order and with whatever TTL. */
static uint64_t digest_of(const struct dns_memory *d, const struct dns_message *m, const struct dns_answer *a)
{
    uint8_t head[2] = {(uint8_t)a->says, m->rcode};
    uint64_t sum = siphash13(&d->key, span_of(head, sizeof(head)));

    for (unsigned i = 0; i < a->n; i++)
        sum += siphash13(&d->key, value(a, i));
    return sum;
}

static uint32_t values_size(const struct dns_answer *a)
{
    uint32_t n = 0;

    for (unsigned i = 0; i < a->n; i++)
        n += (uint32_t)value(a, i).n + (a->says == DNS_SAYS_ADDRESSES ? 0 : 1);
    return n;
}

static void put_values(uint8_t *to, const struct dns_answer *a)
{
    for (unsigned i = 0; i < a->n; i++) {
        struct span v = value(a, i);

        if (a->says != DNS_SAYS_ADDRESSES)
            *to++ = (uint8_t)v.n;
        memcpy(to, v.p, v.n);
        to += v.n;
    }
}

static int64_t until(const struct dns_answer *a, int64_t now_us)
{
    int64_t ttl = a->ttl;

    ttl = ttl < LIMIT_DNS_TTL_LEAST ? LIMIT_DNS_TTL_LEAST : ttl > LIMIT_DNS_TTL_MOST ? LIMIT_DNS_TTL_MOST : ttl;
    return now_us + (ttl + LIMIT_DNS_GRACE_SEC) * 1000000LL;
}

/* A bit for each zone under which something stood behind as many labels as an address has, whole: 4 or 32. Never taken back. */
static uint64_t *zone_bit(const struct dns_memory *d, struct span zone, uint64_t *bit)
{
    uint64_t h = siphash13(&d->key, zone);

    *bit = (uint64_t)1 << (h & 63);
    return (uint64_t *)(uintptr_t)&d->zones[h >> 6 & (ZONES / 64 - 1)];
}

bool dns_memory_lists(const struct dns_memory *d, struct span zone)
{
    uint64_t bit, *word = zone_bit(d, zone, &bit);

    return *word & bit;
}

static void note_zone(struct dns_memory *d, const struct dns_name *name)
{
    char text[DNS_TEXT_MAX];
    size_t n = dns_name_format(name, text), at = 0;

    for (unsigned dots = 0; at < n; at++)
        if (text[at] == '.' && (++dots == 4 || dots == 32)) {
            uint64_t bit, *word = zone_bit(d, span_of(text + at + 1, n - at - 1), &bit);

            *word |= bit;
        }
}

/* That a name does not exist is true of all its types. */
static void remember_answer(struct dns_memory *d, const struct dns_message *m, const struct dns_answer *a, int64_t now_us)
{
    uint16_t type = a->says == DNS_SAYS_NO_NAME ? DNS_TYPE_ANY_NAME : m->type;
    struct known known = {.until_us = until(a, now_us), .order = ++d->order, .says = (uint8_t)a->says,
                          .n = (uint8_t)a->n};
    struct aged_entry *e;
    struct key k;

    if (a->says == DNS_SAYS_NOTHING)
        return;
    if (a->says == DNS_SAYS_ADDRESSES || a->says == DNS_SAYS_ALIAS)
        note_zone(d, &m->name);
    e = aged_table_put(d->answers, answer_key(&k, type, &m->name), (uint32_t)sizeof(known) + values_size(a));
    if (!e) {
        d->counters->dns_evicted++;
        dns_memory_lost(d, now_us);
        return;
    }
    memcpy(e->data, &known, sizeof(known));
    put_values(e->data + sizeof(known), a);
}

/* A name that has something, whatever its type, exists. */
static void forget_denial(struct dns_memory *d, const struct dns_message *m, const struct dns_answer *a)
{
    struct aged_entry *e;
    struct key k;

    if (m->rcode != DNS_NO_ERROR || a->says == DNS_SAYS_NO_NAME)
        return;
    e = aged_table_find(d->answers, answer_key(&k, DNS_TYPE_ANY_NAME, &m->name));
    if (e)
        aged_table_remove(d->answers, e);
}

static void believe(struct dns_memory *d, struct question *q, const struct dns_passage *how,
                    const struct dns_message *m, const struct dns_answer *a)
{
    uint64_t digest = digest_of(d, m, a);

    if (q->answered) {
        if (digest == q->digest)
            d->counters->dns_repeated++;
        else
            d->counters->dns_conflicting++;
        return;
    }
    q->answered = true;
    q->digest = digest;
    d->counters->dns_answers++;
    d->counters->dns_answers_cut += a->cut;
    forget_denial(d, m, a);
    remember_answer(d, m, a, how->now_us);
}

static void take_answer(struct dns_memory *d, const struct dns_passage *how, struct dns_reader *r,
                        const struct dns_message *m)
{
    struct question *q = find_question(d, how, m);
    struct dns_answer a;

    if (!q)
        d->counters->dns_unasked++;
    else if (how->doubtful)
        d->counters->dns_conflicting++;
    else if (m->truncated)
        d->counters->dns_truncated++;
    else if (!dns_answer_read(r, m, &a))
        d->counters->dns_malformed++;
    else
        believe(d, q, how, m, &a);
}

void dns_memory_message(struct dns_memory *d, const struct dns_passage *how, struct span message)
{
    struct dns_message m;
    struct dns_reader r;

    forget_old_questions(d, how->now_us);
    d->counters->dns_messages++;
    if (how->cut) {
        d->counters->dns_cut_off++;
        return;
    }
    switch (dns_read(&r, message, &m)) {
    case DNS_MALFORMED: d->counters->dns_malformed++; return;
    case DNS_FOREIGN: d->counters->dns_other++; return;
    case DNS_READ: break;
    }
    if (m.is_answer && how->from.port == PORT)
        take_answer(d, how, &r, &m);
    else if (!m.is_answer && how->to.port == PORT)
        remember_question(d, how, &m);
    else
        d->counters->dns_other++;
}

/* --- look-ups --- */

/* What is known of name by this type or of the name itself, whichever was said later; an entry that is too old is
 * as good as none. */
static const struct aged_entry *recall(const struct dns_memory *d, uint16_t type, const struct dns_name *name,
                                       int64_t now_us, struct known *out)
{
    const uint16_t types[2] = {type, DNS_TYPE_ANY_NAME};
    const struct aged_entry *best = NULL;

    for (int i = 0; i < 2; i++) {
        struct key k;
        const struct aged_entry *e = aged_table_find(d->answers, answer_key(&k, types[i], name));
        struct known x;

        if (!e)
            continue;
        memcpy(&x, e->data, sizeof(x));
        if (x.until_us < now_us || (best && x.order < out->order))
            continue;
        best = e;
        *out = x;
    }
    return best;
}

/* A name of an entry, which moves on behind it. */
static void next_name(const uint8_t **at, struct dns_name *out)
{
    out->n = *(*at)++;
    memcpy(out->b, *at, out->n);
    *at += out->n;
}

/* The entry behind all aliases, or NULL. */
static const struct aged_entry *recall_through(const struct dns_memory *d, uint16_t type, struct dns_name name,
                                               int64_t now_us, struct known *known)
{
    for (int i = 0; i <= LIMIT_DNS_CHAIN; i++) {
        const struct aged_entry *e = recall(d, type, &name, now_us, known);
        const uint8_t *at;

        if (!e || known->says != DNS_SAYS_ALIAS)
            return e;
        at = e->data + sizeof(*known);
        next_name(&at, &name);
    }
    return NULL;
}

static enum dns_known add_addresses(const struct dns_memory *d, uint16_t type, const struct dns_name *name,
                                    int64_t now_us, struct dns_addresses *out)
{
    struct known known = {0};
    const struct aged_entry *e = recall_through(d, type, *name, now_us, &known);

    if (!e)
        return DNS_UNKNOWN;
    if (known.says != DNS_SAYS_ADDRESSES || !known.n)
        return DNS_DENIED;
    memcpy(&out->ips[out->n], e->data + sizeof(known), known.n * sizeof(struct ip_addr));
    out->n += known.n;
    return DNS_KNOWN;
}

enum dns_known dns_memory_addresses(const struct dns_memory *d, const struct dns_name *name, int64_t now_us,
                                    struct dns_addresses *out)
{
    enum dns_known four, six;

    out->n = 0;
    four = add_addresses(d, DNS_TYPE_A, name, now_us, out);
    six = add_addresses(d, DNS_TYPE_AAAA, name, now_us, out);
    if (four == DNS_KNOWN || six == DNS_KNOWN)
        return DNS_KNOWN;
    return four == DNS_DENIED && six == DNS_DENIED ? DNS_DENIED : DNS_UNKNOWN;
}

enum dns_known dns_memory_names(const struct dns_memory *d, const struct dns_name *name, enum dns_type type,
                                int64_t now_us, struct dns_names *out)
{
    struct known known = {0};
    const struct aged_entry *e = recall_through(d, (uint16_t)type, *name, now_us, &known);
    const uint8_t *at;

    out->n = 0;
    if (!e)
        return DNS_UNKNOWN;
    if (known.says != DNS_SAYS_NAMES || !known.n)
        return DNS_DENIED;
    at = e->data + sizeof(known);
    for (; out->n < known.n; out->n++)
        next_name(&at, &out->names[out->n]);
    return DNS_KNOWN;
}
