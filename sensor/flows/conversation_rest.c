/* SPDX-License-Identifier: Apache-2.0 */
/* conversation_rest: a conversation in which nothing is under way, folded with its dialogue, and back. */
#include "sensor/flows/conversation_state.h"

#include "decoders/smtp/dialogue_rest.h"

bool conversation_may_rest(const struct conversation *c)
{
    return !c->open && !c->reader && !c->finishing && (!c->ndpi || classify_may_rest(c->ndpi)) &&
           dialogue_rest_may(c->dialogue);
}

void conversation_fold(const struct conversation *c, struct squeezed *out)
{
    struct conversation t = *c;

    t.room = NULL;
    t.flow = NULL;
    t.dialogue = NULL;
    t.ndpi = c->ndpi ? (struct classify_flow *)1 : NULL;
    squeeze(out, &t, sizeof(t));
    dialogue_rest_fold(out, c->dialogue);
    if (c->ndpi)
        classify_fold(c->ndpi, out);
}

void conversation_folded(struct conversation *c)
{
    if (c->ndpi)
        classify_folded(c->room->classify, &c->ndpi);
    c->flow->dialogue = NULL;
    dialogue_free(c->dialogue);
    mem_free(c->room->mem, c, sizeof(*c));
}

/* What nDPI saw before comes last in the folded form. */
static void unfold_ndpi(struct conversation *c, struct span in)
{
    bool undecided = c->ndpi;

    c->ndpi = NULL;
    if (undecided && !classify_unfold(c->room->classify, &c->ndpi, &in))
        c->verdict = CLASSIFY_UNKNOWN;
}

struct conversation *conversation_unfold(struct conversation_room *room, struct flow *f, struct span in)
{
    struct conversation t, *c = mem_resize(room->mem, NULL, 0, sizeof(*c));

    unsqueeze(&in, &t, sizeof(t));
    t.room = room;
    t.flow = f;
    if (c)
        *c = t;
    if (c && (c->dialogue = dialogue_rest_unfold(&in, room->mem, &conversation_events, c))) {
        f->dialogue = c->dialogue;
        unfold_ndpi(c, in);
        return c;
    }
    tls_seen_free(t.tls);
    mem_free(room->mem, c, sizeof(*c));
    return NULL;
}
