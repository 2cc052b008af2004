/* SPDX-License-Identifier: Apache-2.0 */
/* link_reference: what an attribute names, absolute or relative, becomes a link or is left out. */
#ifndef MXTAP_LINK_LINK_REFERENCE_H
#define MXTAP_LINK_LINK_REFERENCE_H

#include "decoders/link/link_waiting.h"

struct reference_base {
    struct waiting waiting; /* relative ones, while there is no base */
    struct buf href;     /* of the document's base element; empty: none */
    struct buf clean;    /* a reference without the line breaks inside */
    struct buf resolved; /* a relative one, resolved */
};

void reference_init(struct reference_base *b, struct mem *m);
void reference_free(struct reference_base *b);
/* Begins a document. */
void reference_begin(struct reference_base *b);

/* Makes href the base unless there is one already; relative references seen before it become links of set now. */
void reference_set_base(struct reference_base *b, struct link_set *set, struct span href, enum link_in in);

/* Adds what reference names to set and returns its index. LINK_NONE for what is no URL of the web: mailto:,
 * cid:, tel: and the like, fragments. data: is cut to its media type. A bare host name without a base is taken for
 * what its writer meant; another relative reference without a base waits for one, and the result is a negative
 * number to give it a text by, or LINK_NONE when too many wait. */
int reference_add(struct reference_base *b, struct link_set *set, struct span reference, const char *tag,
                  enum link_in in);

/* Visible text of the anchor whose reference reference_add answered with i (not LINK_NONE). */
void reference_text(struct reference_base *b, struct link_set *set, int i, struct span text, struct span text_host);

static inline bool reference_waits(int i)
{
    return i < LINK_NONE;
}

#endif
