/* SPDX-License-Identifier: Apache-2.0 */
/* html: the page's writer; the only place where a text becomes HTML, an attribute, or data inside a script element. */
#ifndef MXTAP_REPORT_HTML_H
#define MXTAP_REPORT_HTML_H

#include <stdarg.h>

#include "sensor/console/whole_file.h"

/* Borrowed; whole_file_finish tells at the end whether all was written. */
struct html {
    struct whole_file *file;
};

/* Bytes as they are: the page's style and script. */
void html_bytes(struct html *h, struct span s);
/* Markup of our own. Never with a text from a record in it: numbers and our own words only. */
void html_raw(struct html *h, const char *markup);
void html_rawf(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text of our own, as printf makes it (under 1,024 bytes). */
void html_say(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A stranger's text between two tags, in a <bdi> of its own. Characters that cannot be seen or that turn the line's
 * direction (C0, DEL, C1, bidi, zero-width, U+2028/2029, byte order mark) are shown by their number in <b class="m">, bytes that are no UTF-8 by
 * U+FFFD. Empty and absent texts write nothing.
 */
void html_text(struct html *h, struct span s);
/* The same in at most `columns` columns of a terminal (a full-width character has two): what is longer ends in "…". */
void html_head(struct html *h, struct span s, unsigned columns);
/* Inside SVG's <text>, which knows no <bdi>: hidden characters by number in brackets. */
void html_svg_text(struct html *h, struct span s, unsigned columns);
/* The same of a host name, which is cut in front: its end is whose it is. */
void html_svg_host(struct html *h, struct span s, unsigned columns);
/* Inside an attribute's quotation marks; hidden characters by number in brackets. */
void html_attribute(struct html *h, struct span s);
/* JSON inside <script type="application/json">: nothing in it can end the element or begin a comment. */
void html_data(struct html *h, struct span json);

/* True for what html_text shows by number. share/report/report.js has the same rule. */
bool html_is_hidden(uint32_t c);
/* Columns that s takes. */
unsigned html_columns(struct span s);

/* Appends a link as nobody can follow it: hxxp for http, [.] for the dots of its host (of all of it where it is a bare host
 * name). */
void defang(struct buf *out, struct span url);

#endif
