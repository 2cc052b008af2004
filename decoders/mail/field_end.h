/* SPDX-License-Identifier: Apache-2.0 */
/* field_end: where a header field ends, folded lines and all, in one pass. */
#ifndef MXTAP_MAIL_FIELD_END_H
#define MXTAP_MAIL_FIELD_END_H

#include "decoders/base/bytes.h"

/* Index of the first place i >= from with a byte behind it where s.p[i] is LF and the byte behind it no space or TAB, which is where a folded
 * line ends (RFC 5322 2.2.3), or where s.p[i] is NUL; or s.n. */
size_t field_end(struct span s, size_t from);
size_t field_end_scalar(struct span s, size_t from);

#endif
