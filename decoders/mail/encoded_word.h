/* SPDX-License-Identifier: Apache-2.0 */
/* encoded_word: RFC 2047 in a whole header value, and raw 8-bit bytes, to UTF-8. */
#ifndef MXTAP_MAIL_ENCODED_WORD_H
#define MXTAP_MAIL_ENCODED_WORD_H

#include "decoders/base/anomaly.h"
#include "decoders/base/bytes.h"
#include "decoders/mail/charset.h"

/*
 * Appends value to out as valid UTF-8, decoding every encoded word wherever it stands (inside quotes
 * and abutting text too, as mail programs do). Blanks between adjacent words vanish; neighbours in one
 * charset are joined as bytes, so that a character split between them survives. Raw 8-bit runs are
 * guessed. Returns HEADER_UNDECODABLE, MIME_CHARSET_UNKNOWN, MIME_BASE64_INVALID, HEADER_TOO_LARGE
 * (out was full) where they fit. out never ends inside a character.
 */
anomaly_set encoded_word_decode(struct charsets *c, struct span value, struct buf *out);

/* The same into an arena, at most LIMIT_TEXT_VALUE bytes; a value that is plain ASCII without encoded
 * words costs one copy. Absent when memory is refused. Anomalies are added to *set. */
struct span encoded_word_text(struct charsets *c, struct arena *a, struct span value, anomaly_set *set);

/* A copy of value where that is what it decodes to: plain ASCII without encoded words, at most LIMIT_TEXT_VALUE bytes. Else absent, and where memory
 * is refused. */
struct span encoded_word_plain(struct arena *a, struct span value);

/* Copies s to to, s.n bytes elsewhere. True where it is plain (scan_not_plain) and has no "=?". */
bool encoded_word_copy(struct span s, uint8_t *to);
bool encoded_word_copy_scalar(struct span s, uint8_t *to);

/* Length of the encoded word that begins at s[at], or 0: for those who take a value apart first. *no_end
 * (false at the start) is set when no word of s ends any more, and then spares the search. */
size_t encoded_word_length(struct span s, size_t at, bool *no_end);

#endif
