/* SPDX-License-Identifier: Apache-2.0 */
/* field_word: where a word of a structured header field ends. */
#ifndef MXTAP_MAIL_FIELD_WORD_H
#define MXTAP_MAIL_FIELD_WORD_H

#include "decoders/base/bytes.h"

static inline bool field_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A blank, ; and ( end every word; and so does one more byte: */
enum field_word {
    FIELD_WORD = ';', /* none */
    FIELD_WORD_EQUALS = '=',
    FIELD_WORD_COMMA = ',',
};

/* Index of the byte at or after i that ends the word there; or s.n. */
size_t field_word_end(struct span s, size_t i, enum field_word ends);
size_t field_word_end_scalar(struct span s, size_t i, enum field_word ends);

#endif
