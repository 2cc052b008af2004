/* SPDX-License-Identifier: Apache-2.0 */
/* subject_key: a subject folded so that one campaign's variants are one value. */
#ifndef MXTAP_JUDGE_SUBJECT_KEY_H
#define MXTAP_JUDGE_SUBJECT_KEY_H

#include "decoders/base/bytes.h"

/*
 * In the arena; absent for an absent subject, the subject itself where nothing would be left.
 * What goes, in this order: stamps of filters at the front ("[spam]", "***SPAM***", "SPAM:"); dates
 * (2023/6/25, 2023-06-25, 2023年6月25日), times (7:00:55); serial numbers (a run of at least four digits, with
 * the letters, digits and hyphens that hang on it and a leading # or "No."); then separators left dangling at
 * the ends, and white space (a run becomes one blank, none beside a character that is not ASCII).
 */
struct span subject_key(struct arena *a, struct span subject);

/* Bytes of the filter's stamp that the subject, white space aside, begins with; 0 without one. */
size_t subject_stamp(struct span subject);

#endif
