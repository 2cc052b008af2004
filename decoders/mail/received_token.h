/* SPDX-License-Identifier: Apache-2.0 */
/* received_token: a Received field cut into words and comments, and a comment into words. */
#ifndef MXTAP_MAIL_RECEIVED_TOKEN_H
#define MXTAP_MAIL_RECEIVED_TOKEN_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"

enum received_token_kind { RECEIVED_WORD, RECEIVED_COMMENT, RECEIVED_SEMICOLON };

/* Spans are parts of the value. A comment's text: its inside without the outer brackets. */
struct received_token {
    enum received_token_kind kind;
    struct span text;
};

struct received_tokens {
    struct received_token t[LIMIT_RECEIVED_TOKENS];
    unsigned n;
    size_t date; /* index behind the last ; outside comments, or the value's length */
};

/* value: unfolded. Tokens beyond the cap are left out. */
void received_tokens_read(struct span value, struct received_tokens *all);

/* Next word of a comment at or after *at, blanks and nested brackets apart; absent at the end. *at is then behind it. */
struct span received_comment_word(struct span comment, size_t *at);

/* Index of the blank, ( or other at or after i that ends a word; or s.n. other: ; or ). */
size_t received_word_end(struct span s, size_t i, uint8_t other);
size_t received_word_end_scalar(struct span s, size_t i, uint8_t other);

#endif
