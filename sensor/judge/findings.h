/* SPDX-License-Identifier: Apache-2.0 */
/* findings: what an analyst would notice by eye, one row of a table each; it says what it saw, never what it is. */
#ifndef MXTAP_JUDGE_FINDINGS_H
#define MXTAP_JUDGE_FINDINGS_H

#include "decoders/link/suffix.h"
#include "sensor/judge/judge.h"
#include "sensor/judge/host_memo.h"
#include "sensor/worker.h"

/* Fills findings and score of a mail's record, which is enriched already. They depend on the record, the options and
 * the operator's files alone. Evidence lives in the record's arena. All is borrowed for the call; judge NULL: no files;
 * memo NULL: nothing is remembered. */
void findings_record(struct record *r, const struct worker_options *o, const struct judge *judge,
                     const struct suffix *suffix, struct host_memo *memo);

/* The sentence of a finding, static; NULL for an id that is none. */
const char *finding_sentence(struct span id);

/* The default of --alert-score. docs/FINDINGS.md says how it was chosen. */
enum { FINDINGS_ALERT_SCORE = 10 };

#endif
