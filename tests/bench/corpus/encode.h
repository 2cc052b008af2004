/* SPDX-License-Identifier: Apache-2.0 */
/* Transfer encodings and RFC 2047 words, as mail programs write them. */
#ifndef BENCH_ENCODE_H
#define BENCH_ENCODE_H

#include "buf.h"
#include "phrases.h"

enum transfer { SEVEN_BIT, EIGHT_BIT, QUOTED_PRINTABLE, BASE64 };

const char *transfer_name(enum transfer t);
/* Appends n bytes in the encoding, with CRLF line ends; the input's lines end in CRLF too. */
void transfer_encode(struct buf *out, enum transfer t, const uint8_t *data, size_t n);
/* What transfer_encode would about add. */
size_t transfer_cost(enum transfer t, const uint8_t *data, size_t n);
/* base64 without line ends. */
void base64_plain(struct buf *out, const uint8_t *data, size_t n);
/* A header value: as it is where ASCII, else as folded encoded words (Q for the Latin charsets). */
void encoded_words(struct buf *out, enum charset cs, const char *utf8);

#endif
