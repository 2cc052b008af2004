/* SPDX-License-Identifier: Apache-2.0 */
/* received_token: a Received field cut into words and comments, and a comment into words. */
#ifndef MXTAP_MAIL_RECEIVED_TOKEN_H
#define MXTAP_MAIL_RECEIVED_TOKEN_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"
#include "decoders/mail/date.h"

enum received_token_kind { RECEIVED_WORD, RECEIVED_COMMENT, RECEIVED_SEMICOLON };

/* Spans are parts of the value. A comment's text: its inside without the outer brackets. */
struct received_token {
    enum received_token_kind kind;
    struct span text;
};

struct received_tokens {
    struct received_token t[LIMIT_RECEIVED_TOKENS];
    unsigned n;
    size_t date_at; /* index behind the last ; outside comments, or the value's length */
    bool dated;     /* there stands a date in its usual form and nothing else: it has no tokens */
};

/* value: unfolded. Tokens beyond the cap are left out. date is filled where all->dated. */
void received_tokens_read(struct span value, struct received_tokens *all, struct mail_date *date);

/* Where words end in the 64 bytes of s from base on, and where brackets stand: a bit each; what lies behind the end of s has both. other: the byte
 * that ends words beside blanks and (. */
struct received_ends {
    struct span s;
    size_t base;
    uint64_t ends, brackets;
    uint8_t other;
};

/* On the way through the words of a comment: at is behind the last one. */
struct received_words {
    struct received_ends ends;
    size_t at;
};

/* Next word of a comment, blanks and nested brackets apart; absent at the end. */
void received_comment_words(struct span comment, struct received_words *w);
struct span received_comment_word(struct received_words *w);

/* Index of the first "TLS" or "SSL" at or after from, in letters of any case; or s.n. */
size_t received_tls_find(struct span s, size_t from);
size_t received_tls_find_scalar(struct span s, size_t from);

#endif
