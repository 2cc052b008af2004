/* SPDX-License-Identifier: Apache-2.0 */
/* lookalike_memo: what brands_lookalike said of the hosts seen lately; one worker's. */
#ifndef MXTAP_JUDGE_LOOKALIKE_MEMO_H
#define MXTAP_JUDGE_LOOKALIKE_MEMO_H

#include "sensor/judge/judge.h"

/* Hosts are known by a keyed hash of 64 bits: nobody outside can make two of them meet. */
struct lookalike_memo;

/* NULL when memory is refused. */
struct lookalike_memo *lookalike_memo_new(struct mem *m, const struct hash_key *key);
void lookalike_memo_free(struct lookalike_memo *x);

/* As brands_lookalike, asked of j's brands where the host is not remembered. Another judge than before: all is forgotten.
 * x NULL: the brands are asked. */
enum lookalike lookalike_remembered(struct lookalike_memo *x, const struct judge *j, struct span host, struct span domain,
                                    struct lookalike_found *found);

#endif
