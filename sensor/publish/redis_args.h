/* SPDX-License-Identifier: Apache-2.0 */
/* redis_args: arguments of a command in protocol form (RESP bulk strings). A write that does not fit sets out->truncated. */
#ifndef MXTAP_PUBLISH_REDIS_ARGS_H
#define MXTAP_PUBLISH_REDIS_ARGS_H

#include "decoders/base/bytes.h"

/* '*' or '$', a number, CRLF. */
bool protocol_number(struct buf *out, char mark, size_t n);
/* One argument. */
bool protocol_text(struct buf *out, struct span s);

#endif
