/* SPDX-License-Identifier: Apache-2.0 */
/* plain_text: what of a text stands for itself in a line of JSON. */
#ifndef MXTAP_PUBLISH_PLAIN_TEXT_H
#define MXTAP_PUBLISH_PLAIN_TEXT_H

#include "decoders/base/bytes.h"

/* Where the first character at or after from stands that does not stand for itself, or the first byte that is no UTF-8; s.n where there
 * is none. Those are what JSON escapes, and what would steer a terminal or hide text in it though JSON would allow it: C0, DEL, C1, the
 * soft hyphen, bidi and zero-width characters, U+2028 and U+2029. from: where a character begins. */
size_t plain_text_end(struct span s, size_t from);

#endif
