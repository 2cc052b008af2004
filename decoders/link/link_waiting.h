/* SPDX-License-Identifier: Apache-2.0 */
/* link_waiting: relative references that stand before the document's base. */
#ifndef MXTAP_LINK_LINK_WAITING_H
#define MXTAP_LINK_LINK_WAITING_H

#include "decoders/link/link_set.h"

/*
 * The first base counts for the whole document, for what stands before it too (WHATWG HTML 4.2.3): a link that leads
 * nowhere until a base at the end of the mail gives it a host would be a way past a sensor. The references wait, with
 * their anchors' texts, LIMIT_WAITING bytes of them; what comes then is not kept.
 */
struct waiting {
    struct buf entries; /* struct entry and its bytes, one behind the other */
};

/* Adds what the reference names, now that there is a base, and returns its link. */
typedef int (*waiting_add_fn)(void *ctx, struct span reference, const char *tag);

void waiting_init(struct waiting *w, struct mem *m);
void waiting_free(struct waiting *w);
/* Begins a document. */
void waiting_begin(struct waiting *w);

/* Keeps the reference and returns a number to give it a text by; LINK_NONE when there is no room. tag: static. */
int waiting_keep(struct waiting *w, struct span reference, const char *tag);
/* The visible text of the anchor whose reference has this number. */
void waiting_text(struct waiting *w, int number, struct span text, struct span text_host);

static inline bool waiting_any(const struct waiting *w)
{
    return w->entries.n != 0;
}

/* There is a base: all that wait are added and given their texts, in order. */
void waiting_end(struct waiting *w, struct link_set *set, waiting_add_fn add, void *ctx);

#endif
