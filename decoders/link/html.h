/* SPDX-License-Identifier: Apache-2.0 */
/* html: a push tokenizer (WHATWG HTML 13.2.5 as far as links and visible text go): tags, attributes, text. */
#ifndef MXTAP_LINK_HTML_H
#define MXTAP_LINK_HTML_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"
#include "decoders/link/entity.h"
#include "decoders/link/tag_memo.h"

enum html_text { HTML_VISIBLE, HTML_SCRIPT, HTML_STYLE, HTML_TITLE };

/* All spans are valid during the call only. */
struct html_events {
    /* A tag's name, lower case, cut at LIMIT_HTML_TAG_NAME. Its attributes follow, then tag_end. */
    void (*tag)(void *ctx, struct span name, bool closing);
    /* Is the value of this attribute (lower case, cut at LIMIT_HTML_TAG_NAME) wanted? */
    bool (*wants)(void *ctx, struct span name);
    /* A wanted value, references decoded; cut: longer than LIMIT_HTML_ATTRIBUTE as written. */
    void (*value)(void *ctx, struct span value, bool cut);
    void (*tag_end)(void *ctx);
    /* Text with references decoded (not in script and style), in pieces. */
    void (*text)(void *ctx, enum html_text kind, struct span piece);
    /* As text, of what is visible: a piece that is nothing but bytes up to the space. */
    void (*space)(void *ctx, struct span piece);
    /* As text, of what is visible: the piece in front of a tag that is a border (struct tag_effect). plain: url_trigger finds nothing
     * in it. */
    void (*last)(void *ctx, struct span piece, bool plain);
    /* Asked where there is a memo: whether the text of the tag that has just ended tells all that it does, and what that is. */
    bool (*plain)(void *ctx, struct tag_effect *effect);
    /* Asked where there is a memo, behind an attribute: the element of the tag, if since this was asked before the tag said something
     * that struct tag_effect does not tell; else NULL. */
    const void *(*odd)(void *ctx);
    /* Asked where there is a memo, before a wanted value: whether all that the tag said up to it is its element, and which value it
     * is: element and place of what effect tells. */
    bool (*front)(void *ctx, struct tag_effect *effect);
    /* Such a tag's front again, in place of tag() to wants(): value() follows. */
    void (*front_again)(void *ctx, const struct tag_effect *effect);
    /* Such a tag again, in place of tag() to tag_end(). True: it is a border behind which it is calm: until something else comes, such
     * tags do nothing, but for those that begin script, style or title, and white space only counts. */
    bool (*again)(void *ctx, const struct tag_effect *effect);
    /* As last, with plain, where it is calm, behind spaces bytes of white space. */
    void (*calm_last)(void *ctx, size_t spaces, struct span piece);
    /* So many bytes of white space, where it is calm. */
    void (*calm_space)(void *ctx, size_t spaces);
};

/*
 * The content of conditional comments (<!--[if mso]> ... <![endif]-->) is tokenized as Outlook shows it;
 * other comments are skipped. A tag that the input's end cuts off still gives its complete attributes.
 */
struct html {
    const struct html_events *events;
    void *ctx;
    struct tag_memo *memo; /* borrowed; NULL: none, every tag is read */
    uint8_t state;
    bool closing;   /* the tag is </x> */
    bool wanted;    /* the attribute's value is */
    bool cut;       /* the value did not fit */
    uint8_t quote;  /* of the value; 0 = unquoted */
    uint8_t dashes; /* - seen at the end of a comment so far */
    uint8_t matched; /* bytes of an end tag of raw text seen */
    uint8_t raw;    /* enum html_text of the element we are in */
    uint8_t name_n, held_n;
    uint8_t name[LIMIT_HTML_TAG_NAME];  /* of the tag, then of the attribute */
    uint8_t held[ENTITY_NAME_MAX + 2];  /* a reference, or the beginning of a comment */
    uint8_t next_raw; /* what the tag begins */
    struct buf value;   /* a value that spans pushes */
    struct buf decoded; /* a value with references */
};

void html_init(struct html *h, struct mem *m, const struct html_events *events, void *ctx);
void html_free(struct html *h);
/* Begins a document. */
void html_begin(struct html *h);
void html_push(struct html *h, struct span text);
/* Bytes are missing: an open tag is given up, an open script or style too. */
void html_gap(struct html *h);
void html_end(struct html *h);

#endif
