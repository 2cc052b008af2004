/* SPDX-License-Identifier: Apache-2.0 */
/* leaf: the body of one leaf part: transfer encoding undone, charset converted, or only counted. */
#ifndef MXTAP_MAIL_LEAF_H
#define MXTAP_MAIL_LEAF_H

#include "decoders/mail/message.h"
#include "decoders/mail/sniff.h"
#include "decoders/mail/transfer_encoding.h"

/* Decoded bytes handed on at once. They lie on the stack, which stays in the cache from mail to mail. */
enum { LEAF_BYTES = 8192 };

struct leaf {
    const struct message_events *events; /* borrowed; anomaly may be NULL */
    void *ctx;
    struct charsets *charsets;
    bool want_bytes;
    bool gapped; /* bytes of this part were never seen */
    bool text_open; /* text was begun */
    uint16_t meta_n; /* bytes held in meta, while the page's own charset is looked for */
    struct mail_part *part; /* NULL = none is open */
    struct transfer_decoder transfer;
    struct charset_decoder text;
    struct sniff sniff;
    uint8_t meta[LIMIT_META_CHARSET];
};

/* part lives until leaf_end. */
void leaf_begin(struct leaf *l, struct mail_part *part, enum transfer_encoding e, const struct charset *cs);
/* Of an open one: somebody wants its bytes or its text, else they are only counted. */
bool leaf_is_read(const struct leaf *l);
void leaf_push(struct leaf *l, struct span bytes);
/* The same for bytes that are only counted and nothing but base64, so that no delimiter can be among them. False, and nothing is done, where
 * that is not so. */
bool leaf_count(struct leaf *l, struct span bytes);
void leaf_gap(struct leaf *l);
/* The mail ends here though its end was not seen: what is odd about the last bytes says nothing. */
void leaf_cut(struct leaf *l);
/* Nothing where none is open. */
void leaf_end(struct leaf *l);
/* Ends it without a word: no event is called. */
void leaf_abandon(struct leaf *l);

#endif
