/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_end: FIN and RST, and what shows that they were not believed by the other side;
 * tcp_stream.c's own. */
#ifndef MXTAP_NET_TCP_END_H
#define MXTAP_NET_TCP_END_H

#include "decoders/net/tcp_held.h"

/* Takes an RST: at once where the other side must believe it, later where bytes in front are
 * missing. */
enum tcp_use tcp_take_reset(struct tcp_stream *s, int side, const struct packet *p);

/* The FIN of p: new, again, or ignored because it contradicts another or bytes delivered. */
enum tcp_use tcp_take_fin(struct tcp_stream_side *me, const struct packet *p);

/* side does what it could not have done after its RST. */
void tcp_sender_is_alive(struct tcp_stream *s, int side);

/* Takes off piece what lies behind a FIN that the other side took. False: all of it does. Bytes
 * in place of a FIN that nobody acknowledged show that the FIN was not the sender's. */
bool tcp_cut_at_end(struct tcp_stream *s, int side, struct tcp_piece *piece);

#endif
