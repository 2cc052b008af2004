/* SPDX-License-Identifier: Apache-2.0 */
/* enrich: what an analyst would look up beside a mail: its origin, whose network, whose domain. */
#ifndef MXTAP_JUDGE_ENRICH_H
#define MXTAP_JUDGE_ENRICH_H

#include "decoders/link/suffix.h"
#include "sensor/flows/dns_memory.h"
#include "sensor/judge/judge.h"
#include "sensor/judge/host_memo.h"
#include "sensor/worker.h"

/* What a worker knows beside its options. */
struct enrich_sources {
    const struct judge *judge;    /* NULL: none */
    const struct suffix *suffix;
    const struct dns_memory *dns; /* NULL without --dns */
    int64_t now_us;               /* packet time */
    struct host_memo *hosts; /* NULL: nothing is remembered */
};

/* Fills origin, claimed, what DNS says of them, geo, domains, subject_key, watched,
 * findings and score of r. All is borrowed for the call. */
void enrich_record(struct record *r, const struct worker_options *o, const struct enrich_sources *from);

#endif
