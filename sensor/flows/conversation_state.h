/* SPDX-License-Identifier: Apache-2.0 */
/* conversation_state: what conversation and its rest share. */
#ifndef MXTAP_FLOWS_CONVERSATION_STATE_H
#define MXTAP_FLOWS_CONVERSATION_STATE_H

#include "sensor/flows/conversation.h"
#include "sensor/flows/shortage.h"
#include "sensor/flows/tls_seen.h"

struct conversation {
    struct conversation_room *room;
    struct flow *flow;
    struct dialogue *dialogue;
    struct classify_flow *ndpi;
    struct record *open;         /* mails begun and not yet ended; tx_id tells which, duration_us when */
    struct mail_reader *reader;  /* of the mail whose content is on its way */
    uint32_t reader_tx;
    struct tls_seen *tls;        /* from the first byte of TLS on */
    bool tls_begun;              /* one that found no memory is not begun again in its middle */
    bool reader_refused;         /* reader_tx found no memory: it is not begun again in its middle */
    bool finishing;
    uint8_t verdict;             /* enum classify_verdict: asked at each packet, so among what is fetched with the flow */
    uint8_t why;                 /* enum flow_end, while finishing */
    uint64_t bytes[2];           /* by enum smtp_side */
    uint64_t missing;            /* bytes in gaps, both sides */
    uint64_t record_bytes;       /* this conversation's share of the room's */
    anomaly_set anomalies;
    struct shortage shortage;
};

/* conversation.c: what the dialogue says. */
extern const struct dialogue_events conversation_events;

#endif
