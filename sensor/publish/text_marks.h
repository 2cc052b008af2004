/* SPDX-License-Identifier: Apache-2.0 */
/* text_marks: one look at a text of a record, for all who ask whether it holds something that they care for. */
#ifndef MXTAP_PUBLISH_TEXT_MARKS_H
#define MXTAP_PUBLISH_TEXT_MARKS_H

#include "decoders/base/bytes.h"

/* ESCAPE: a byte that does not stand for itself in a JSON string (scan_json). USER: an @ with a byte behind it, and what a
 * user's name and password may stand behind: //, or one of the other ways to write it that browsers follow, or that in escapes.
 * NUMBER: "40", as an escaped @ has it. CODED: the middle of "://" in base64 (i8, vL, Ly: two letters of it, one for each
 * alignment; what is looked at for nothing costs little). */
enum { MARK_ESCAPE = 1, MARK_USER = 2, MARK_NUMBER = 4, MARK_CODED = 8 };

/* Which of them are in s. Every text of every record passes here once: 32 bytes a time with AVX2, 16 with SSE2. */
unsigned text_marks(struct span s);
unsigned text_marks_scalar(struct span s);
/* For the test: what a processor without AVX2 does. */
unsigned text_marks_sse2(struct span s);

#endif
