/* SPDX-License-Identifier: Apache-2.0 */
/* link_html_scan: the two scanners of a page, one of which waits while the other reads what stands in a tag. */
#ifndef MXTAP_LINK_LINK_HTML_SCAN_H
#define MXTAP_LINK_LINK_HTML_SCAN_H

#include "decoders/link/link_html.h"

/* Both; x->set is there. Freed by url_scan_free. */
void scanners_init(struct link_html *x, struct mem *m);
/* The one that waits reads, until this is called again. */
void swap_scanners(struct link_html *x);
/* All of text, apart from the text around it. names: bare host names count. */
void scan_apart(struct link_html *x, struct span text, bool names);
/* x->shown: the first URL that text shows; host_n 0: it shows none. No link comes of it. */
void scan_shown(struct link_html *x, struct span text);

/* The scanner stands at a border: nothing is carried. kind says what it reads next. */
void scan_kind(struct link_html *x, enum html_text kind);
/* Reads on, ctx being the struct link_html: text or a style, or a script with the escapes in its strings undone. */
void scan_piece(void *ctx, struct span piece);
/* The script that is read ends. */
void scan_end_script(struct link_html *x);

/* No URL reaches over this border. */
static inline void scan_end_word(struct link_html *x)
{
    if (x->scanned == HTML_SCRIPT)
        scan_end_script(x);
    url_scan_end(&x->scan);
}

#endif
