/* SPDX-License-Identifier: Apache-2.0 */
/* dns_memory: what was asked of name servers and what they answered, for as long as it holds. */
#ifndef MXTAP_FLOWS_DNS_MEMORY_H
#define MXTAP_FLOWS_DNS_MEMORY_H

#include "decoders/base/siphash.h"
#include "decoders/net/dns.h"
#include "sensor/counters.h"

/*
 * An answer is believed when its question was seen at most LIMIT_DNS_QUESTION_SEC of packet time before: same two
 * ends, same transport, id, name and type; and only the first one to that question. It can be used from then on
 * until its least TTL (kept within LIMIT_DNS_TTL_LEAST and _MOST) and LIMIT_DNS_GRACE_SEC are over: what a server
 * looked up at connect still holds when the mail ends. A later answer to the same name and type takes its place.
 * Both tables are keyed and have budgets; the oldest goes first, counted. One thread.
 */
struct dns_memory;

/* Budgets are LIMIT_DNS_ANSWER_BYTES and LIMIT_DNS_QUESTION_BYTES. n is borrowed for life: the dns_ counters are
 * kept there. NULL when memory is refused. */
struct dns_memory *dns_memory_new(const struct hash_key *key, struct counters *n);
void dns_memory_free(struct dns_memory *d);
/* Time begins anew: what was said is of another time. */
void dns_memory_clear(struct dns_memory *d);

/* Memory was refused for something that was said: until it would have been too old, a record may lack it. */
void dns_memory_lost(struct dns_memory *d, int64_t now_us);
bool dns_memory_lacks(const struct dns_memory *d, int64_t now_us);

/* How a message came. */
struct dns_passage {
    struct endpoint from, to;
    bool tcp;
    bool doubtful; /* put together from fragments that contradict each other: a way to slip an answer in */
    bool cut;      /* the capture did not keep all of it */
    int64_t now_us; /* packet time */
};

/* A message on port 53; it is counted as used or by the reason it is not. */
void dns_memory_message(struct dns_memory *d, const struct dns_passage *how, struct span message);

enum dns_known {
    DNS_UNKNOWN, /* nobody asked, or it was too long ago */
    DNS_KNOWN,
    DNS_DENIED   /* the answer was that there is no such name, or that it has none */
};

struct dns_addresses {
    unsigned n;
    struct ip_addr ips[2 * LIMIT_DNS_ADDRESSES]; /* of A first */
};

struct dns_names {
    unsigned n;
    struct dns_name names[LIMIT_DNS_NAMES];
};

/* A and AAAA of name, through at most LIMIT_DNS_CHAIN aliases. Denied only where the name was denied, or both types
 * were: a server that asks for one of them proves nothing of the other. */
enum dns_known dns_memory_addresses(const struct dns_memory *d, const struct dns_name *name, int64_t now_us,
                                    struct dns_addresses *out);
/* False where no name under zone (lower case, no final dot), of an address in front of it, has been answered with anything but
 * no: for blocklists, of which there are many and a server asks few. True may be an error. */
bool dns_memory_lists(const struct dns_memory *d, struct span zone);
/* PTR or MX of name; the same. */
enum dns_known dns_memory_names(const struct dns_memory *d, const struct dns_name *name, enum dns_type type,
                                int64_t now_us, struct dns_names *out);
/* Bytes held by both tables. */
size_t dns_memory_bytes(const struct dns_memory *d);

#endif
