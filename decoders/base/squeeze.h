/* SPDX-License-Identifier: Apache-2.0 */
/* squeeze: a struct most of whose bytes are zero, in few bytes, for as long as nobody uses it. */
#ifndef MXTAP_BASE_SQUEEZE_H
#define MXTAP_BASE_SQUEEZE_H

#include "decoders/base/bytes.h"

/* Where squeezed bytes go: p[0..room), the caller's. Invariant: n <= room; full is latched when something did not fit. */
struct squeezed {
    uint8_t *p;
    size_t n, room;
    bool full;
};

/* Appends n bytes of block: of each eight a mask and those that are not zero. At most n * 9 / 8 + 2 bytes. */
void squeeze(struct squeezed *out, const void *block, size_t n);
/* Appends text as it is. */
void squeeze_text(struct squeezed *out, struct span text);

/* Takes a block of n bytes off the front of *in; false where *in is no such thing. */
bool unsqueeze(struct span *in, void *block, size_t n);
/* The next n bytes, as they were put; absent where there are not so many. Borrowed from *in. */
struct span unsqueeze_text(struct span *in, size_t n);

/*
 * Numbers that mostly lie near another one become small, and back. near(0) is 0, so that what is not set costs
 * nothing, and near(base, base) is 1; each is the other's inverse for every value and base.
 */
uint64_t squeeze_near(uint64_t value, uint64_t base);
uint64_t squeeze_back(uint64_t value, uint64_t base);

#endif
