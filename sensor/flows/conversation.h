/* SPDX-License-Identifier: Apache-2.0 */
/* conversation: what one SMTP connection owns; the only place decoder events become record fields. */
#ifndef MXTAP_FLOWS_CONVERSATION_H
#define MXTAP_FLOWS_CONVERSATION_H

#include "sensor/flows/classify.h"
#include "sensor/flows/dns_memory.h"
#include "sensor/flows/flow_table.h"
#include "sensor/flows/mail_reader.h"
#include "sensor/worker.h"

/* What all conversations of one worker share; borrowed for their life. */
struct conversation_room {
    struct mem *mem;
    const struct worker_options *options;
    struct record_pool *pool;
    struct mail_readers *readers;
    struct classify *classify;
    struct dns_memory *dns; /* NULL without --dns */
    struct fingerprints *fingerprints; /* NULL: none are remembered */
    struct counters *counters;
    struct counters *common; /* of what every worker sees: counters' own, or where nobody looks */
    enum record_step step;   /* what is being done */
    struct span source;
    uint64_t record_bytes; /* of the records of mails on their way, which mem does not count */
    /* A record is complete but for its place in the order, which the receiver knows. Takes r. */
    void (*publish)(void *ctx, struct record *r, const struct flow *f);
    void *ctx;
};

struct conversation;

/* f's client_side is set. NULL when memory is refused. */
struct conversation *conversation_new(struct conversation_room *room, struct flow *f);

/* A packet of the flow with payload, before its bytes: nDPI's share. */
void conversation_packet(struct conversation *c, const struct packet *p, int64_t ts_us);

/* nDPI named another protocol, and in LIMIT_FOREIGN_BYTES of a side nothing was SMTP: worth no more memory where
 * nDPI finds the candidates (--ports any). A first line that misleads nDPI does not get a mail that far. */
bool conversation_is_foreign(const struct conversation *c);
/* A segment begins with a reply code or a command: one that was set aside may be mail after all. */
bool conversation_may_begin(struct span bytes);

/* What tcp_stream says of the flow. */
void conversation_data(struct conversation *c, int tcp_side, struct span bytes);
void conversation_gap(struct conversation *c, int tcp_side, uint64_t bytes);
void conversation_end(struct conversation *c, int tcp_side);
void conversation_anomaly(struct conversation *c, enum anomaly a);

/* The connection is over, for this reason: open mails are ended as they stand, the session follows. */
void conversation_finish(struct conversation *c, enum flow_end why);
void conversation_free(struct conversation *c);

/* Nothing is under way: no mail, no line, no reply owed; nDPI has decided, or saw but a few packets. */
bool conversation_may_rest(const struct conversation *c);
/* Appends c, which stays as it is; only where it may rest. */
void conversation_fold(const struct conversation *c, struct squeezed *out);
/* c goes, but for what its folded form still points to. */
void conversation_folded(struct conversation *c);
/* c again, as f's. NULL when memory is refused: all of it is gone then. */
struct conversation *conversation_unfold(struct conversation_room *room, struct flow *f, struct span in);

#endif
