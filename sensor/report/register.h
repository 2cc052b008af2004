/* SPDX-License-Identifier: Apache-2.0 */
/* register: what an analyst writes down of one mail; the latest so many are kept. */
#ifndef MXTAP_REPORT_REGISTER_H
#define MXTAP_REPORT_REGISTER_H

#include "decoders/base/limits.h"
#include "sensor/console/mail_facts.h"

/* X(symbol, name in the page's data) */
#define ROW_TEXTS(X)                                                                                               \
    X(TIME, "time") X(SUBJECT, "subject") X(FROM, "from") X(ENVELOPE, "envelope") X(DATE, "date") X(ZONE, "zone")   \
    X(IP, "ip") X(COUNTRY, "country") X(CITY, "city") X(PTR, "ptr") X(HELO, "helo") X(NET, "net") X(OWNER, "owner") \
    X(MAILER, "mailer") X(OS, "os") X(CLAIMED, "claimed") X(CLAIMED_OWNER, "claimed_owner") X(OUTCOME, "outcome")   \
    X(REPLY, "reply") X(MESSAGE_ID, "message_id") X(SENSOR, "sensor")

enum row_text {
#define X(symbol, name) ROW_##symbol,
    ROW_TEXTS(X)
#undef X
        ROW_TEXTS_N
};
const char *row_text_name(enum row_text t);

struct row_link {
    struct span url, host, text, ip, owner, country;
};
struct row_finding {
    struct span id, evidence;
    uint64_t weight;
};

/* Texts are as in the record, absent where it has none. */
struct register_row {
    int64_t second;
    uint32_t mail; /* the caller's number for it */
    uint64_t score;
    struct span text[ROW_TEXTS_N];
    struct row_link *links;
    struct row_finding *findings;
    unsigned links_n, findings_n;
    uint64_t links_all, findings_all; /* of the record */
    bool cut;                         /* a text was longer than LIMIT_REPORT_TEXT */
    size_t bytes;
};

/* Invariant: until register_sort rows is a heap whose first row is the earliest. */
struct mail_register {
    struct register_row **rows;
    uint32_t n, most;
    size_t bytes;
};

/* most: rows kept. False without memory; register_free is due either way. */
bool register_init(struct mail_register *r, uint32_t most);
void register_free(struct mail_register *r);

/* Copies what it keeps. second: of the record's timestamp. False without memory. */
bool register_take(struct mail_register *r, const struct mail_facts *f, int64_t second, uint32_t mail);

/* Latest first, without those of which gone[mail] is true. */
void register_sort(struct mail_register *r, const bool *gone);

/* "Org (AS64500)", of which either may be unknown; in scratch, borrowed until it is used again. */
struct span owner_text(struct buf *scratch, struct span org, uint64_t asn);

#endif
