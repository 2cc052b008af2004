/* SPDX-License-Identifier: Apache-2.0 */
/* conversation_rest: a conversation in which nothing is under way, folded with its dialogue, and back. */
#include "sensor/flows/conversation_state.h"

#include "decoders/smtp/dialogue_rest.h"

bool conversation_may_rest(const struct conversation *c)
{
    return !c->open && !c->reader && !c->ndpi && !c->finishing && dialogue_rest_may(c->dialogue);
}

void conversation_fold(const struct conversation *c, struct squeezed *out)
{
    struct conversation t = *c;

    t.room = NULL;
    t.flow = NULL;
    t.dialogue = NULL;
    squeeze(out, &t, sizeof(t));
    dialogue_rest_fold(out, c->dialogue);
}

void conversation_folded(struct conversation *c)
{
    dialogue_free(c->dialogue);
    mem_free(c->room->mem, c, sizeof(*c));
}

struct conversation *conversation_unfold(struct conversation_room *room, struct flow *f, struct span in)
{
    struct conversation t, *c = mem_resize(room->mem, NULL, 0, sizeof(*c));

    unsqueeze(&in, &t, sizeof(t));
    t.room = room;
    t.flow = f;
    if (c)
        *c = t;
    if (c && (c->dialogue = dialogue_rest_unfold(&in, room->mem, &conversation_events, c)))
        return c;
    tls_seen_free(t.tls);
    mem_free(room->mem, c, sizeof(*c));
    return NULL;
}
