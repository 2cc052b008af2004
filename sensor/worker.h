/* SPDX-License-Identifier: Apache-2.0 */
/* worker: one thread: frame in, records out; replaces globals. It knows no sink, no option's text, no file. */
#ifndef MXTAP_SENSOR_WORKER_H
#define MXTAP_SENSOR_WORKER_H

#include "sensor/budget.h"
#include "sensor/intake/capture.h"
#include "sensor/publish/publisher.h"

/* What decoding and judging depend on; borrowed for the worker's life. */
struct worker_options {
    uint16_t ports[64];
    unsigned ports_n;         /* 0 = any: nDPI finds SMTP */
    struct ip_net *trusted;   /* whose Received fields are believed */
    unsigned trusted_n;
    struct ip_net *home;
    unsigned home_n;
    struct span *home_domains, *authserv;
    unsigned home_domains_n, authserv_n;
    bool checksum, keep_headers, keep_auth_user, hash_parts, live, to_be_continued;
    bool dns;                 /* DNS on port 53 is read too */
    struct budget *budget;    /* what flows and mails may hold; NULL: LIMIT_WORKER_BYTES */
    struct judge_seat *judge; /* the files that judging depends on; NULL: none */
};

struct worker;

/* err is filled on NULL. pool and publisher are borrowed. */
struct worker *worker_new(const struct worker_options *o, struct record_pool *pool,
                          struct publisher *publisher, char err[256]);

/* A source begins. carry: flow state of the one before goes on (files of one call that follow each other). */
void worker_source(struct worker *w, struct span name);
/* One frame. Finishes records, which go to the publisher in (first frame, tx_id) order per frame. */
void worker_frame(struct worker *w, const struct frame *f);
/* Live, nothing came: the capture clock went on. */
void worker_tick(struct worker *w, int64_t ts_us);
/* Ends every flow: all_over at the end of all input, else before a file that does not follow on. */
void worker_finish(struct worker *w, bool all_over);
/* Up to date until the next frame. */
const struct counters *worker_counters(struct worker *w);
/* A stats record goes to the publisher; health (copied) is in it unless it is NULL. */
void worker_stats(struct worker *w, const struct record_health *health);
void worker_free(struct worker *w);

#endif
