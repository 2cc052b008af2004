/* SPDX-License-Identifier: Apache-2.0 */
/* redis_args: arguments of a command in protocol form (RESP bulk strings), counted as they are written. */
#ifndef MXTAP_PUBLISH_REDIS_ARGS_H
#define MXTAP_PUBLISH_REDIS_ARGS_H

#include "decoders/base/bytes.h"

/* out is borrowed; a write that does not fit sets out->truncated. */
struct redis_args {
    struct buf *out;
    unsigned n;
};

void args_put(struct redis_args *a, struct span s);
void args_word(struct redis_args *a, const char *s);
void args_number(struct redis_args *a, int64_t v);
/* "2023-07-01T07:06:08Z": as text such times sort as they follow each other. */
void args_time(struct redis_args *a, int64_t seconds);

/* '*' or '$', a number, CRLF. */
bool protocol_number(struct buf *out, char mark, size_t n);
/* One argument. */
bool protocol_text(struct buf *out, struct span s);

#endif
