/* SPDX-License-Identifier: Apache-2.0 */
/* grouping: mails that share rare traits are one campaign: union-find over buckets, whatever the order they came in. */
#ifndef MXTAP_CONSOLE_GROUPING_H
#define MXTAP_CONSOLE_GROUPING_H

#include "sensor/console/copies.h"
#include "sensor/console/traits.h"
#include "sensor/console/value_set.h"

/*
 * The rule. A trait is rare when the number of addresses that show it, squared, is at most all addresses + 16; a
 * trait that more show is as good where its mails have few subjects (their number squared at most the mails'):
 * many machines of one hand. Mails that share a rare trait which holds alone belong together; so do mails that
 * share two others: a rare one of the content, and one that at most an eighth of the addresses show. What one
 * address alone shows of the sending side never holds alone.
 */
struct group_trait {
    enum trait_kind kind;
    struct span text;
    uint32_t mails;
    bool holds; /* it is one of those that hold the campaign together */
};

struct group {
    char id[13]; /* hex of the hash of its first mail's timestamp, flow_id and tx_id */
    uint32_t mails, senders, networks;
    struct span first, last;      /* timestamps */
    struct span subject;          /* of its first mail that has one */
    struct group_trait *traits;   /* all that its mails show, most mails first */
    uint32_t traits_n;
    const uint32_t *members;      /* in order of time: numbers for grouping_mail */
};

struct grouping;

struct grouping *grouping_new(void);
void grouping_free(struct grouping *g);

/* False without memory, or where limit mails are in. What is not inbound relayed mail is left out, silently. */
bool grouping_add(struct grouping *g, const struct mail_facts *f, struct span line);

/* Once, when all are in. Borrowed until grouping_free; largest first. False without memory. */
bool grouping_run(struct grouping *g, const struct group **groups, uint32_t *n);

/* Mails that were looked at, of them relayed copies; earliest and last of them. */
struct grouping_span {
    uint32_t mails, copies, senders;
    struct span first, last;
};
struct grouping_span grouping_span(const struct grouping *g);
/* flow_id and tx_id of a member. */
void grouping_mail(const struct grouping *g, uint32_t member, uint64_t *flow_id, uint32_t *tx_id);

/* After grouping_run, by the order of grouping_add: the how-manieth a member was, from 0 on; and which mails were seen
 * before (relayed copies, the same record again). out: one for each that was taken in. */
uint32_t grouping_taken(const struct grouping *g, uint32_t member);
void grouping_left_out(const struct grouping *g, bool *out);

#endif
