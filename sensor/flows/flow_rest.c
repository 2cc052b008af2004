/* SPDX-License-Identifier: Apache-2.0 */
/* flow_rest: facts, stream, conversation, in this order; pointers that are the same for all are set anew. */
#include "sensor/flows/flow_rest.h"

#include "decoders/net/tcp_rest.h"

/* Times of one connection lie near each other. */
static void turn_times(uint64_t (*turn)(uint64_t, uint64_t), struct flow *f)
{
    uint64_t base = (uint64_t)f->node.last_us;

    f->first_packet_us = (int64_t)turn((uint64_t)f->first_packet_us, base);
    f->packet_us = (int64_t)turn((uint64_t)f->packet_us, base);
}

/* What of f is neither stream nor conversation. The Community ID is worked out again by whoever asks. */
static void fold_facts(struct squeezed *out, const struct flow *f)
{
    struct flow t = *f;

    turn_times(squeeze_near, &t);
    memset(&t.node, 0, sizeof(t.node));
    t.owner = NULL;
    t.dialogue = NULL;
    memset(&t.stream, 0, sizeof(t.stream));
    memset(t.community_id, 0, sizeof(t.community_id));
    t.conversation = f->conversation ? (struct conversation *)1 : NULL;
    squeeze(out, &t, sizeof(t));
}

bool flow_rest_fold(const struct flow *f, struct squeezed *out)
{
    if (f->common || f->waits_us || !tcp_rest_may(&f->stream) || (f->conversation && !conversation_may_rest(f->conversation)))
        return false;
    fold_facts(out, f);
    tcp_rest_fold(out, &f->stream);
    if (f->conversation)
        conversation_fold(f->conversation, out);
    return true;
}

void flow_rest_folded(struct flow *f)
{
    if (f->conversation)
        conversation_folded(f->conversation);
    f->conversation = NULL;
}

bool flow_rest_unfold(struct flow *f, struct span in, struct conversation_room *room,
                      const struct tcp_stream_events *events, struct tcp_stream_stats *stats)
{
    struct flow_node node = f->node;
    void *owner = f->owner;
    bool talked;

    unsqueeze(&in, f, sizeof(*f));
    talked = f->conversation;
    f->node = node;
    f->owner = owner;
    f->conversation = NULL;
    turn_times(squeeze_back, f);
    tcp_rest_unfold(&in, &f->stream, room->mem, events, f, stats);
    if (talked)
        f->conversation = conversation_unfold(room, f, in);
    return !talked || f->conversation;
}
