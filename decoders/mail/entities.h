/* SPDX-License-Identifier: Apache-2.0 */
/* entities: the stack of open multiparts and messages, with the boundaries that are looked for. */
#ifndef MXTAP_MAIL_ENTITIES_H
#define MXTAP_MAIL_ENTITIES_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"

/* Invariant: text[i] is absent for a message and for a multipart whose closing delimiter was met, else
 * it points into store[i]. */
struct entities {
    unsigned n;
    struct span text[LIMIT_MIME_DEPTH];
    bool digest[LIMIT_MIME_DEPTH];
    uint8_t store[LIMIT_MIME_DEPTH][LIMIT_MIME_BOUNDARY];
};

/* False when the stack is full. */
bool entities_push_multipart(struct entities *e, struct span boundary, bool digest);
bool entities_push_message(struct entities *e);
/* The multipart's closing delimiter was met. */
void entities_close(struct entities *e, unsigned level);
/* Down to n of them; true when a multipart among those taken off was still open. */
bool entities_pop(struct entities *e, unsigned n);
/* Whether any of the n from base on is still looked for. */
bool entities_any_open(const struct entities *e, unsigned base, unsigned n);

#endif
