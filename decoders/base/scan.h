/* SPDX-License-Identifier: Apache-2.0 */
/* scan: vector searches over bulk, each with a scalar twin that a test compares it to. */
#ifndef MXTAP_BASE_SCAN_H
#define MXTAP_BASE_SCAN_H

#include "decoders/base/bytes.h"

/*
 * Index of the first place i >= from where s.p[i] == a and s.p[i+1] == b, or s.n when there is none.
 * A pair whose second byte lies behind the span is not found: look at the last byte yourself.
 */
size_t scan_pair(struct span s, size_t from, uint8_t a, uint8_t b);
size_t scan_pair_scalar(struct span s, size_t from, uint8_t a, uint8_t b);

/* Index of the first byte at or after from that is a, b or c, or s.n. */
size_t scan_any3(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c);
size_t scan_any3_scalar(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c);

/* Index of the first byte at or after from with the high bit set or below 0x20 but not TAB, LF, CR; or s.n.
 * Text for which this is s.n needs no charset work in an ASCII-compatible, stateless charset. */
size_t scan_not_plain(struct span s, size_t from);
size_t scan_not_plain_scalar(struct span s, size_t from);

/* Index of the first @ at or after from, or of the first byte of an ASCII letter and a letter of two bytes (from 0xcd to
 * 0xd4: Greek, Cyrillic) side by side; or s.n. Such a pair lies in one word, so what is found does not hang on where s ends. */
size_t scan_address_or_mixed(struct span s, size_t from);
size_t scan_address_or_mixed_scalar(struct span s, size_t from);

/* Index of the first place i >= from with a byte behind it where s.p[i] is an @, or begins one of two pairs of bytes that are not 0:
 * pairs has the one and then the other; or s.n. */
size_t scan_at_or_pairs(struct span s, size_t from, const uint8_t pairs[4]);
size_t scan_at_or_pairs_scalar(struct span s, size_t from, const uint8_t pairs[4]);

/* Index of the first of 16 ASCII bytes in a row, at or after from; or s.n. */
size_t scan_ascii16(struct span s, size_t from);
size_t scan_ascii16_scalar(struct span s, size_t from);

/* Index of the first byte at or after from that does not stand for itself in a JSON string: a control, DEL,
 * a byte of 0x80 or more, a quote or a backslash; or s.n. */
size_t scan_json(struct span s, size_t from);
size_t scan_json_scalar(struct span s, size_t from);

#endif
