/* SPDX-License-Identifier: Apache-2.0 */
/* dns: one DNS message taken apart: its header, its question, and its records one by one. */
#ifndef MXTAP_NET_DNS_H
#define MXTAP_NET_DNS_H

#include "decoders/base/endpoint.h"
#include "decoders/base/limits.h"

/* Types as IANA numbers them: those whose content is read (RFC 1035 3.2.2, RFC 3596). */
enum dns_type {
    DNS_TYPE_ANY_NAME = 0, /* no type on the wire: the name itself */
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_PTR = 12,
    DNS_TYPE_MX = 15,
    DNS_TYPE_AAAA = 28
};

enum dns_rcode { DNS_NO_ERROR = 0, DNS_NO_SUCH_NAME = 3 };

enum { DNS_NAME_MAX = 255, DNS_TEXT_MAX = 256 };

/*
 * A name as on the wire (RFC 1035 3.1), in lower case and without pointers: labels behind their lengths, closed
 * by an empty one, which n counts. So two names are equal exactly when their bytes are, whatever a label holds.
 */
struct dns_name {
    uint8_t n; /* 0 = none, 1 = the root */
    uint8_t b[DNS_NAME_MAX];
};

static inline struct span dns_name_span(const struct dns_name *x)
{
    return span_of(x->b, x->n);
}

static inline bool dns_name_eq(const struct dns_name *a, const struct dns_name *b)
{
    return span_eq(dns_name_span(a), dns_name_span(b));
}

/* "www.example.org", with or without a final dot, ASCII. False: it is no name that a wire can carry. */
bool dns_name_parse(struct span text, struct dns_name *out);
/* The name of a's reverse record (RFC 1035 3.5, RFC 3596 2.5) or, with zone not absent, of its entry in a
 * blocklist (RFC 5782 2.1, 2.4). False: it would be too long, or a has no family. */
bool dns_name_reverse(const struct ip_addr *a, struct span zone, struct dns_name *out);
/* Dotted, no final dot, NUL-terminated; its length. 0: the root, or a label holds what no host name does (a dot,
 * a control, a byte that is no ASCII), so that its text would be another name's. */
size_t dns_name_format(const struct dns_name *x, char text[DNS_TEXT_MAX]);

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

struct dns_message {
    uint16_t id;
    bool is_answer;     /* QR */
    bool authoritative; /* AA */
    bool truncated;     /* TC: what is missing is asked again over TCP */
    bool recursion;     /* RA: a resolver's answer, which is final */
    uint8_t rcode;      /* enum dns_rcode, or another */
    struct dns_name name;
    uint16_t type;      /* of the question */
};

struct dns_record {
    enum dns_section section;
    struct dns_name name;
    uint16_t type;
    uint32_t ttl;           /* seconds; 0 where the highest bit was set (RFC 2181 8) */
    struct ip_addr ip;      /* A, AAAA */
    struct dns_name target; /* CNAME, PTR, MX */
    uint32_t minimum;       /* SOA: seconds a denial may be kept for (RFC 2308 4) */
};

enum dns_verdict {
    DNS_READ,
    DNS_FOREIGN,  /* DNS, but no question or answer of class IN about one name: NOTIFY, UPDATE, CHAOS ... */
    DNS_MALFORMED
};

/*
 * A cursor over one message, borrowed. The first fault is latched in broken: read to the end, then look once.
 * Work: at most LIMIT_DNS_RECORDS records, each name of at most 127 labels and LIMIT_DNS_POINTERS pointers, each
 * of which leads to a place before the one that it left; nothing recurses. And since a pointer of two bytes can stand
 * for a name of 255, the bytes of all names read, however often, are at most LIMIT_DNS_RATIO times the message's.
 */
struct dns_reader {
    struct span message;
    size_t at, records_at; /* offsets; where the first record begins */
    uint16_t counts[3];    /* by enum dns_section, as the header says */
    uint16_t done[3];      /* read so far */
    uint32_t records;
    size_t work, work_most; /* bytes of names and pointers since dns_read */
    bool broken;           /* what follows cannot be read */
    bool cut;              /* a cap was met: the rest is not read */
};

/* The header and the question. r is ready for dns_next where the verdict is DNS_READ. */
enum dns_verdict dns_read(struct dns_reader *r, struct span message, struct dns_message *out);
/* The next record of the answer and authority sections; additional ones are not read: nobody asked for them.
 * False at their end, and from the first fault on. */
bool dns_next(struct dns_reader *r, struct dns_record *out);
/* From the first record once more. */
void dns_again(struct dns_reader *r);

#endif
