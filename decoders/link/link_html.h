/* SPDX-License-Identifier: Apache-2.0 */
/* link_html: what the elements of one HTML part say about links: URLs, base, anchors and their text. */
#ifndef MXTAP_LINK_LINK_HTML_H
#define MXTAP_LINK_LINK_HTML_H

#include "decoders/link/html.h"
#include "decoders/link/link_place.h"
#include "decoders/link/link_reference.h"
#include "decoders/link/link_text.h"
#include "decoders/link/script_signs.h"
#include "decoders/link/script_text.h"
#include "decoders/link/style_text.h"
#include "decoders/link/url_scan.h"
#include "decoders/link/visible_text.h"

struct link_html {
    struct link_set *set;
    struct places places;
    struct html html;
    struct url_scan scan; /* visible text outside anchors, script, style */
    struct url_scan aside; /* what stands in attributes, while the word in scan waits */
    enum link_in in;
    struct script_text script;
    struct script_signs signs;
    struct style_text style;
    const struct element *element; /* of the tag being read */
    enum place place;              /* of the attribute being read */
    bool closing;
    bool settles;           /* of the tag being read: a value was read */
    uint32_t odd, odd_told; /* things it said that struct tag_effect does not tell, and how many of them on_odd told */
    const char *scan_tag;   /* tag of what scan finds in script and style; NULL: visible text */
    enum html_text scanned; /* kind of the text scan is in */
    int anchor;             /* link of the open anchor; LINK_NONE: none is open */
    int href;               /* link of the first href of the anchor tag being read */
    bool refresh;           /* the meta being read is one */
    struct link_text text;
    struct buf content; /* of the meta being read */
    struct buf data, data_coded; /* what a data: URL carries */
    struct reference_base base;
    struct url shown; /* what the anchor's text shows, while it is looked for */
    bool showing;
    struct visible visible; /* who hears of it; text NULL: nobody */
    struct link_html *inner; /* reads the documents inside attributes (srcdoc); NULL until there is one */
    bool is_inner;           /* such documents inside it are read as text: no recursion */
};

void link_html_init(struct link_html *x, struct mem *m, struct link_set *set);
void link_html_free(struct link_html *x);
/* Tags that are known need not be read. The memo outlives x. */
void link_html_remember(struct link_html *x, struct tag_memo *memo);
/* One part. */
void link_html_begin(struct link_html *x, enum link_in in);
void link_html_push(struct link_html *x, struct span utf8);
void link_html_gap(struct link_html *x);
void link_html_end(struct link_html *x);

#endif
