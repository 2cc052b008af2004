/* SPDX-License-Identifier: Apache-2.0 */
/* charset_hold: every converter loaded at once and kept: a process that may no longer load code can still read every charset. */
#ifndef MXTAP_MAIL_CHARSET_HOLD_H
#define MXTAP_MAIL_CHARSET_HOLD_H

#include "decoders/base/mem.h"

/* iconv finds a converter's shared object at its first use and lets go of it some uses after its last; while one is held it stays. Some
 * 60 objects, 10 to 20 ms. A converter that this machine lacks is left out, as it would be later. NULL without memory. */
struct charset_hold;
struct charset_hold *charset_hold_new(struct mem *m);
/* How many are held. */
unsigned charset_hold_count(const struct charset_hold *h);
void charset_hold_free(struct charset_hold *h);

#endif
