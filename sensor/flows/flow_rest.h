/* SPDX-License-Identifier: Apache-2.0 */
/* flow_rest: a connection between whose ends nothing is under way, in few bytes: its stream, its dialogue, its facts. */
#ifndef MXTAP_FLOWS_FLOW_REST_H
#define MXTAP_FLOWS_FLOW_REST_H

#include "sensor/flows/conversation.h"

/* Appends all of f but its node; f stays as it is. False where it is amid something: bytes are owed, a mail or a line
 * is open, all of nDPI looks at it, it carries DNS. */
bool flow_rest_fold(const struct flow *f, struct squeezed *out);
/* What was appended is kept: f's conversation goes. */
void flow_rest_folded(struct flow *f);
/* f, of which only node and owner are set, as it was. False: its conversation found no memory, all else is there. */
bool flow_rest_unfold(struct flow *f, struct span in, struct conversation_room *room,
                      const struct tcp_stream_events *events, struct tcp_stream_stats *stats);

#endif
