/* SPDX-License-Identifier: Apache-2.0 */
/* copy_until: text is copied up to a byte that means something, in one pass instead of a search and a copy. */
#ifndef MXTAP_LINK_COPY_UNTIL_H
#define MXTAP_LINK_COPY_UNTIL_H

#include "decoders/base/bytes.h"

/* Copies s from byte i on up to the first a or b, or to its end; returns where that is. There is room for all the rest of s at to:
 * what lies behind the copy may be overwritten. */
size_t copy_until(uint8_t *to, struct span s, size_t i, uint8_t a, uint8_t b);
size_t copy_until_scalar(uint8_t *to, struct span s, size_t i, uint8_t a, uint8_t b);

/* The same up to the first byte that is no more than a space. */
size_t copy_word(uint8_t *to, struct span s, size_t i);
size_t copy_word_scalar(uint8_t *to, struct span s, size_t i);

#endif
