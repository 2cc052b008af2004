/* SPDX-License-Identifier: Apache-2.0 */
/* overview: what a stretch of mail looks like: how many, when, from whom, about what, which campaigns; from records. */
#ifndef MXTAP_REPORT_OVERVIEW_H
#define MXTAP_REPORT_OVERVIEW_H

#include "sensor/console/grouping.h"
#include "sensor/console/period.h"
#include "sensor/report/health.h"
#include "sensor/report/register.h"

/* Kinds of values that are counted. A mail has at most one of those before OVER_HOST. */
enum over_kind {
    OVER_SUBJECT, OVER_SENDER, OVER_HELO, OVER_NET, OVER_OWNER, OVER_COUNTRY, OVER_PTR, OVER_HOST, OVER_SERVER, OVER_FINDING,
    OVER_KINDS,
    OVER_SINGLE = OVER_HOST
};
enum over_outcome { OVER_ACCEPTED, OVER_REFUSED, OVER_DEFERRED, OVER_OTHER, OVER_OUTCOMES };

/* A link's host and the server it was looked up as: numbers of OVER_HOST and OVER_SERVER. */
struct over_link {
    uint32_t host, server;
};

struct over_mail {
    int64_t second;
    uint32_t value[OVER_SINGLE];
    uint32_t links, findings;        /* where they begin in the overview's lists */
    uint8_t links_n, findings_n, outcome;
    bool copy;                       /* seen before: not counted */
    uint32_t campaign;               /* VALUE_NONE = in none */
    uint32_t score;
};

/* Mails by value of a kind, and the first mail that had it. Findings without a weight are not counted: they are of no trend. */
struct over_value {
    uint32_t value, mails, first;
    bool is_new; /* Redis had not seen it before the period */
};

struct overview {
    struct period period;            /* what is looked at; all: everything */
    uint64_t limit;                  /* mails taken in at most */
    struct mem mem;
    struct buf scratch;
    struct value_set values[OVER_KINDS];
    struct over_mail *mails;
    struct over_link *links;
    uint32_t *findings;
    uint32_t n, mails_cap, links_n, links_cap, findings_n, findings_cap;
    struct mail_register register_;
    struct grouping *grouping;
    struct health health;
    /* sessions */
    uint64_t sessions, encrypted, tls_refused;
    /* what was not looked at */
    uint64_t outside, not_inbound;   /* mails of another time; own users' and servers' */
    bool full;                       /* more mails than limit or memory: the rest is missing */
    /* after overview_settle */
    struct over_value *counted[OVER_KINDS]; /* most mails first */
    uint32_t counted_n[OVER_KINDS];
    const struct group *groups;
    uint32_t groups_n;
    uint64_t counted_mails, copies, outcomes[OVER_OUTCOMES], alerts;
    int64_t first, last;             /* seconds, of the mails counted */
};

/* rows: mails of the register. False without memory; overview_free is due either way. */
bool overview_init(struct overview *o, const struct period *p, uint64_t limit, uint32_t rows);
void overview_free(struct overview *o);

/* A record of any kind; it is copied. False where no more is taken (full). */
bool overview_take(struct overview *o, const struct mail_facts *f, struct span line);

/* Once, when all are in: campaigns, counts, the register in order. False without memory. */
bool overview_settle(struct overview *o, uint64_t alert_score);

/* Text of a value, as in the record. */
struct span over_text(const struct overview *o, enum over_kind k, uint32_t value);
/* Text of a mail's value; absent where it has none. */
struct span over_mail_text(const struct overview *o, const struct over_mail *m, enum over_kind k);

#endif
