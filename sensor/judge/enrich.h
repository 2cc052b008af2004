/* SPDX-License-Identifier: Apache-2.0 */
/* enrich: what an analyst would look up beside a mail: its origin, whose network, whose domain. */
#ifndef MXTAP_JUDGE_ENRICH_H
#define MXTAP_JUDGE_ENRICH_H

#include "decoders/link/suffix.h"
#include "sensor/judge/judge.h"
#include "sensor/worker.h"

/* Fills origin, claimed, geo, domains, subject_key and watched of r. All is borrowed for the call; judge NULL: none. */
void enrich_record(struct record *r, const struct worker_options *o, const struct judge *judge,
                   const struct suffix *suffix);

#endif
