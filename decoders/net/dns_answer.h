/* SPDX-License-Identifier: Apache-2.0 */
/* dns_answer: what one answer says of what was asked, and of nothing else. */
#ifndef MXTAP_NET_DNS_ANSWER_H
#define MXTAP_NET_DNS_ANSWER_H

#include "decoders/net/dns.h"

enum dns_says {
    DNS_SAYS_NOTHING,   /* a failure, a referral, or records of a type that is not read */
    DNS_SAYS_NO_NAME,   /* there is no such name (RFC 2308 2.1) */
    DNS_SAYS_NONE,      /* the name has nothing of that type (2.2), or is an alias of none */
    DNS_SAYS_ADDRESSES, /* A, AAAA: ips */
    DNS_SAYS_NAMES,     /* PTR, MX: names */
    DNS_SAYS_ALIAS      /* names[0] is to be asked instead: the chain goes on elsewhere */
};

/* Values that are kept, in the order of the wire. */
struct dns_answer {
    enum dns_says says;
    uint32_t ttl; /* seconds: the least of all records that the answer rests on */
    unsigned n;   /* of ips or names */
    struct ip_addr ips[LIMIT_DNS_ADDRESSES];
    struct dns_name names[LIMIT_DNS_NAMES];
    bool cut;     /* there were more, or more records than are read */
};

/*
 * m and r: from dns_read of an answer that is not truncated. Only records of the answer section whose owner is the
 * name that was asked, or a name that its chain of CNAMEs leads to, are used, and of the authority section the SOA
 * of a denial: whatever else the sender put in beside them is not. At most LIMIT_DNS_CHAIN aliases are followed, in
 * any order of the records. False: a record cannot be read, and then nothing of the answer is to be believed.
 */
bool dns_answer_read(struct dns_reader *r, const struct dns_message *m, struct dns_answer *out);

#endif
