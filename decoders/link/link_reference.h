/* SPDX-License-Identifier: Apache-2.0 */
/* link_reference: what an attribute names, absolute or relative, becomes a link or is left out. */
#ifndef MXTAP_LINK_LINK_REFERENCE_H
#define MXTAP_LINK_LINK_REFERENCE_H

#include "decoders/link/link_set.h"

struct reference_base {
    struct buf href;     /* of the document's base element; empty: none */
    struct buf clean;    /* a reference without the line breaks inside */
    struct buf resolved; /* a relative one, resolved */
};

void reference_init(struct reference_base *b, struct mem *m);
void reference_free(struct reference_base *b);
/* Begins a document. */
void reference_begin(struct reference_base *b);

/* Makes href the base unless there is one already. */
void reference_set_base(struct reference_base *b, struct span href);

/* Adds what reference names to set and returns its index. LINK_NONE for what is no URL of the web: mailto:,
 * cid:, tel: and the like, fragments, relative references without a base. data: is cut to its media type. A
 * bare host name without a base is taken for what its writer meant. */
int reference_add(struct reference_base *b, struct link_set *set, struct span reference, const char *tag,
                  enum link_in in);

#endif
