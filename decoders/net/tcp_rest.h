/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_rest: a stream nobody speaks on, put into few bytes until somebody does. */
#ifndef MXTAP_NET_TCP_REST_H
#define MXTAP_NET_TCP_REST_H

#include "decoders/base/squeeze.h"
#include "decoders/net/tcp_stream.h"

/* A stream that waits for nothing and holds nothing may rest. */
bool tcp_rest_may(const struct tcp_stream *s);

/* Appends s, but for who is told by it. Of the last segments it forgets what only knows their copies: call it when none
 * comes any more (LIMIT_TCP_COPY_USEC). s stays as it is. */
void tcp_rest_fold(struct squeezed *out, const struct tcp_stream *s);

/* The stream again, borrowing as tcp_stream_init does. False where *in is none. */
bool tcp_rest_unfold(struct span *in, struct tcp_stream *s, struct mem *m, const struct tcp_stream_events *events,
                     void *ctx, struct tcp_stream_stats *stats);

#endif
