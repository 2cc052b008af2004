/* SPDX-License-Identifier: Apache-2.0 */
/* record: what is said of one mail or session; flows write it, judge adds to it, publish reads it. */
#ifndef MXTAP_SENSOR_RECORD_H
#define MXTAP_SENSOR_RECORD_H

#include "decoders/base/anomaly.h"
#include "decoders/base/endpoint.h"
#include "decoders/link/links.h"
#include "decoders/mail/message.h"
#include "decoders/mail/received.h"
#include "decoders/smtp/dialogue.h"
#include "sensor/counters.h"

/*
 * Ownership: a record owns its arena, and every span in it lives there (or in the program's read-only
 * text, or in the source's name, which lives as long as the run). It changes hands whole: worker ->
 * publisher -> back to the pool. One thread touches it at a time.
 * "Absent" is a span with p NULL, a number 0 where 0 cannot be meant, a family 0; record_json leaves it out.
 */
enum record_type { RECORD_SMTP, RECORD_SESSION, RECORD_STATS };

enum record_direction { DIRECTION_INBOUND, DIRECTION_OUTBOUND, DIRECTION_INTERNAL, DIRECTION_TRANSIT };
enum record_role { ROLE_RELAY, ROLE_SUBMISSION };

/* What is done at a frame's moment, in this order; each step takes connections in the order of their first frames. */
enum record_step { STEP_TICK, STEP_EXPIRE, STEP_BUDGET, STEP_PACKET, STEP_END, STEP_SOURCE };

/* moment: the frame's number over all sources, from 1; 0 before the first. */
static inline uint64_t record_place(uint64_t moment, enum record_step step)
{
    return moment << 3 | step;
}

struct geo {
    uint32_t asn; /* 0 = unknown */
    struct span org, country, city, net; /* net: prefix of the database's row, "192.0.2.0/24" */
};

struct text_list {
    struct span *items;
    uint32_t n, cap;
};

/* The From, To ... mailboxes are kept as text in email; these are what judge and Redis group by. */
struct record_email {
    enum message_state state;
    struct span from, subject, date, message_id, x_mailer, user_agent, reply_to, in_reply_to, sender,
        return_path, x_originating_ip, organization;
    struct text_list to, cc, received;
    struct span from_address; /* addr-spec of the first mailbox of From, lower-case domain; may be absent */
    struct span from_name;    /* its display name */
    uint32_t from_fields;     /* how many From fields there were */
};

struct record_reply {
    struct span banner, enhanced, text, queued_as;
    uint16_t helo, mail, data, final;
    bool final_per_rcpt; /* LMTP: take rcpt[i].final of the accepted ones */
};

/* What is known of an address's reverse name, from its Received field or passive DNS. */
enum ptr_state {
    PTR_UNKNOWN,
    PTR_NAMED,         /* and nobody looked whether the name points back */
    PTR_CONFIRMED,     /* passive DNS saw the name point back */
    PTR_MISSING,       /* "unknown" in a trusted Received, or NXDOMAIN */
    PTR_NOT_CONFIRMED  /* the name points to ptr_ip instead */
};

struct record_origin {
    struct ip_addr ip;
    struct span ptr, helo;
    enum ptr_state ptr_state;
    struct ip_addr ptr_ip; /* PTR_NOT_CONFIRMED */
    uint32_t hop; /* 0 = the client itself */
    struct geo geo;
};

/* Addresses that passive DNS saw for a name. none: the answer was that there is no such name or address. */
struct record_name {
    struct span name; /* lower case */
    const struct ip_addr *ips;
    uint32_t ips_n;
    bool none;
};

/* A blocklist that passive DNS saw answer for the client, or that the server's refusal names. */
struct record_listing {
    struct span zone;       /* "zen.spamhaus.org" */
    struct ip_addr answer;  /* 127.0.0.x; family 0 where only the refusal said it */
};

/* From the client's SYN. */
struct record_os {
    struct span signature, guess; /* p0f notation; guess absent where nothing fits */
    uint8_t ttl;                  /* as it came; the signature has the one it began with, by guess */
};

/* From ClientHello, ServerHello and, up to TLS 1.2, Certificate. */
struct record_tls {
    struct span version, cipher, sni, alpn, ja3, ja4, ja3s, subject, issuer, not_after;
};

/* What the visible text of a mail says. */
struct record_body {
    struct span key;       /* similarity hash, hexadecimal */
    struct span greets;    /* the recipient's address that it names */
    struct span homoglyph; /* the first word that mixes scripts */
    const struct span *addresses; /* that it shows, until the recipients are known: never put out */
    uint32_t addresses_n;
};

struct record_authentication {
    struct span spf, dkim, dmarc, arc, spf_domain, dkim_domain, by;
    bool trusted;
};

/* A leaf part. Both live in the record's arena. */
struct record_part {
    const struct mail_part *mail;
    struct span sha256; /* of the decoded bytes, hexadecimal; absent without --hash or where bytes are missing */
};

/* Something of a record that is on a list of the operator's. */
struct record_watch {
    struct span list, label, value; /* label may be absent; value as the record has it */
};

struct record_finding {
    const char *id;       /* static, or NUL-terminated in the arena */
    struct span evidence;
    int weight;
};

struct record_protocol {
    const char *name; /* "ndpi.SMTP": in the arena */
    uint64_t flows;
};

/* How the sensor itself is, live (RECORD.md, mxtap.health). */
struct record_health {
    uint64_t received, kernel_dropped, interface_dropped; /* packets, since the start */
    uint64_t packets_s, bits_s, mails_s;                  /* a second, since the last such record */
    uint64_t queued, lost;                                /* records: waiting, lost to a full queue */
    uint64_t memory;                                      /* bytes resident */
};

struct record {
    struct arena arena;
    struct record *next;      /* list of whoever holds it */
    enum record_type type;

    /* Where and when */
    int64_t ts_us;            /* packet time */
    struct span source;       /* interface, or base name of the file */
    bool live;
    uint64_t flow_id;
    struct endpoint src, dst; /* client, server */
    uint16_t vlan[LIMIT_VLAN_TAGS];
    uint8_t vlans;
    char community_id[40];
    uint32_t tx_id;

    /* Order and delivery (REDIS.md, Delivery 5): frame number within its source at which it was finished,
     * from 1; the connection's first frame; and what the source had counted up to that frame. */
    uint64_t frame, first_frame;
    uint64_t packets, bytes;
    uint64_t place;           /* record_place: with first_frame the order in which one worker makes its records, and
                                 several theirs together */
    bool open_at_end;         /* --to-be-continued: the next call reads on, so only --json has it */

    enum record_direction direction;
    enum record_role role;
    enum smtp_proto proto;
    enum smtp_outcome outcome;              /* RECORD_SMTP */
    enum smtp_session_outcome session_outcome; /* RECORD_SESSION */
    enum smtp_via via;
    struct ip_addr client;                  /* src.ip, or whom PROXY/XCLIENT named */
    bool client_trusted;                    /* in --trusted: a relay, never itself the origin */
    struct geo src_geo, dest_geo;
    struct span auth_mechanism, auth_user;
    uint16_t auth_code;
    enum smtp_tls tls;
    struct record_tls tls_seen;
    struct record_os os;
    anomaly_set anomalies;
    bool early_talker;                      /* the session's anomaly, for its mails' findings */
    uint64_t missing;
    int64_t duration_us;                    /* -1 = unknown */

    /* The envelope (helo in sessions too) */
    struct span helo, mail_from;
    struct smtp_rcpt *rcpt;
    uint32_t rcpt_n;
    struct smtp_param *params;
    uint32_t params_n;
    struct record_reply reply;
    struct {
        enum smtp_smuggling verdict;
        uint8_t form[8];
        uint8_t form_n;
        uint64_t offset;
    } smuggling;

    /* The mail */
    bool has_email;
    struct record_email email;
    struct received *hops;                  /* parallel to email.received */
    uint32_t hops_n;
    struct geo *hop_geo;                    /* parallel to hops, or NULL */
    struct record_origin origin, claimed;   /* ip.family 0 = absent */
    struct record_authentication authentication;
    struct {
        bool valid;
        int64_t utc;                        /* seconds */
        struct span zone;
        int64_t skew_s;
    } date;
    const struct link *links;
    struct geo *link_geo;                   /* parallel to links, or NULL */
    struct span *link_hosts;                /* the same: an IDN host in its other form, Unicode or punycode */
    struct record_name *link_names;         /* the same: what passive DNS saw for their hosts */
    uint32_t links_n;
    struct record_part *parts;
    uint32_t parts_n;
    uint64_t size;
    struct span subject_key, from_domain, envelope_domain, header_block;
    struct text_list rcpt_domains;          /* registrable, each once */
    struct record_name *names;              /* domains of From, envelope and HELO, each once */
    uint32_t names_n;
    struct record_listing *listings;
    uint32_t listings_n;
    struct record_body body;
    struct record_watch *watched;           /* sessions too */
    uint32_t watched_n, watched_cap;
    struct record_finding *findings;
    uint32_t findings_n;
    int score;

    /* Sessions */
    uint32_t mails, accepted, refused, rcpt_refused;
    uint64_t bytes_in, bytes_out;           /* client to server, server to client: TCP payload delivered */

    /* Statistics */
    struct counters *counters;              /* RECORD_STATS: in the arena */
    struct record_health *health;           /* the same; live only, else NULL */
    struct record_protocol *protocols;      /* what nDPI called the flows */
    uint32_t protocols_n;
};

/* Finished records go round: taken empty by a worker, given back by the publisher. Thread-safe. */
struct record_pool;
struct record_pool *record_pool_new(void);
void record_pool_free(struct record_pool *p);
/* An empty record, or NULL when there is no memory (count records_no_memory). */
struct record *record_take(struct record_pool *p);
/* To the pool that it was taken from. */
void record_give_back(struct record *r);
/* Bytes that it holds, be they in use or not. */
static inline size_t record_weight(const struct record *r)
{
    return sizeof(*r) + mem_weight(r->arena.mem);
}

/* The n-th address of link i, from 0: its host itself, or what passive DNS saw for it; NULL behind the last. */
const struct ip_addr *record_link_ip(const struct record *r, uint32_t i, uint32_t n);

/* Names as RECORD.md has them; static. */
const char *smtp_outcome_name(enum smtp_outcome o);
const char *session_outcome_name(enum smtp_session_outcome o);
const char *direction_name(enum record_direction d);

#endif
