/* SPDX-License-Identifier: Apache-2.0 */
/* html_state: the tokenizer's states, and the door between html and html_tag. */
#ifndef MXTAP_LINK_HTML_STATE_H
#define MXTAP_LINK_HTML_STATE_H

#include "decoders/link/html.h"

enum html_state {
    HTML_TEXT,
    HTML_REFERENCE,     /* behind & in text */
    HTML_LESS,          /* behind < */
    HTML_CLOSE,         /* behind </ */
    HTML_BANG,          /* behind <! */
    HTML_COMMENT_START, /* behind <!-- */
    HTML_COMMENT,
    HTML_BOGUS,         /* declarations, <?, <![: until > */
    HTML_RAW,           /* script, style, title */
    HTML_RAW_LESS,      /* behind < in them */
    HTML_TAG_NAME,
    HTML_BEFORE_ATTRIBUTE,
    HTML_ATTRIBUTE_NAME,
    HTML_AFTER_NAME,
    HTML_BEFORE_VALUE,
    HTML_QUOTED,
    HTML_UNQUOTED
};

/* A tag that begins at s.p[i], behind its <, and its attributes, as far as they are as usual: if so, all of it. Returns the index of the
 * first byte not used; i where no tag begins. front: where what it begins with is kept (tag_memo_front), or NULL; begun: what is kept
 * there it begins with. */
size_t html_tag_read(struct html *h, struct span s, size_t i, struct known_tag *front, bool begun);
/* A tag's first letter is next. */
void html_tag_begin(struct html *h, bool closing);
/* The end tag of a raw element was read up to the end of its name. */
void html_tag_named(struct html *h, struct span name);

static inline void html_emit(struct html *h, struct span piece)
{
    if (piece.n)
        h->events->text(h->ctx, (enum html_text)h->raw, piece);
}

/* Steps: s.p[i] is the next byte; return the index of the first byte not used. */
size_t html_in_text(struct html *h, struct span s, size_t i);
size_t html_tag_name(struct html *h, struct span s, size_t i);
size_t html_before_attribute(struct html *h, struct span s, size_t i);
size_t html_attribute_name(struct html *h, struct span s, size_t i);
size_t html_after_name(struct html *h, struct span s, size_t i);
size_t html_before_value(struct html *h, struct span s, size_t i);
size_t html_quoted(struct html *h, struct span s, size_t i);
size_t html_unquoted(struct html *h, struct span s, size_t i);

#endif
