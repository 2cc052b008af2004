/* SPDX-License-Identifier: Apache-2.0 */
/* mail_facts: one JSON line of mxtap read back; the only file with <jansson.h>. */
#ifndef MXTAP_CONSOLE_MAIL_FACTS_H
#define MXTAP_CONSOLE_MAIL_FACTS_H

#include "decoders/base/endpoint.h"
#include "sensor/publish/redis_keys.h"

enum { FACT_LINKS = 64, FACT_FILES = 16, FACT_FINDINGS = 32, FACT_RCPT = 64 };

struct mail_link {
    struct span url, host, domain, path, tag, ip;
    struct span text, wrapped, org, country; /* org, country: of ip */
    uint64_t asn;
};

/* Texts are as in the record (not escaped), absent where it has none; borrowed until mail_facts_free. */
struct mail_facts {
    void *doc;
    struct span timestamp, event_type, direction, role, outcome, sensor;
    uint64_t flow_id;
    uint32_t tx_id;
    struct span client_ip, src_ip, dest_ip, relay_ip; /* relay_ip: the client that the topmost Received names */
    bool client_trusted;
    struct span mail_from, from, message_id, date;
    struct span origin_ip, helo, ptr, net, org, country, city, claimed_ip;
    uint64_t asn;                                     /* 0 = not known */
    struct span subject, subject_key, mailer, body_key, ja4, os;
    struct mail_link links[FACT_LINKS];
    unsigned links_n;
    struct span files[FACT_FILES], hashes[FACT_FILES];
    unsigned files_n, hashes_n, parts_n;
    uint64_t parts_size;
    struct span findings[FACT_FINDINGS], rcpt[FACT_RCPT];
    unsigned findings_n, rcpt_n;
    struct span evidence[FACT_FINDINGS];              /* parallel to findings, absent where it has none */
    uint64_t weights[FACT_FINDINGS];
    uint64_t links_all, findings_all;                 /* how many the record has */
    uint64_t score, size;
    struct span zone, date_utc, os_guess, claimed_org, claimed_country, reply_text, tls_how;
};

/* False where line is no JSON object; a record of any type reads (event_type tells). */
bool mail_facts_read(struct mail_facts *f, struct span line);
void mail_facts_free(struct mail_facts *f);

/* Each counter of a stats record. */
void mail_facts_counters(const struct mail_facts *f, void (*each)(void *ctx, struct span name, uint64_t value), void *ctx);
/* What stands at a path of names and places in lists: "email.date", "mxtap.links.3.geo.org", "mxtap.received.0.for".
 * Texts absent, numbers 0, lists empty where the record has none there. */
struct span mail_facts_text(const struct mail_facts *f, const char *path);
int64_t mail_facts_number(const struct mail_facts *f, const char *path);
size_t mail_facts_count(const struct mail_facts *f, const char *path);

/* Any text or number of the record, by a function that says whether it is what is looked for. */
bool mail_facts_any(const struct mail_facts *f, bool (*is)(void *ctx, struct span text), void *ctx);

/* True when the mail counts for that value of a kind; value in key_text's form. Domains of senders and
 * recipients: also of a host below it. */
bool mail_facts_has(const struct mail_facts *f, enum redis_kind k, struct span value, struct buf *scratch);

/* The timestamp in seconds since 1970, without their fraction; 0 where it is none. */
int64_t mail_facts_second(const struct mail_facts *f);

/* Inbound relayed mail: what the boards count. */
bool mail_facts_counts(const struct mail_facts *f);

#endif
