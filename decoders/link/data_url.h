/* SPDX-License-Identifier: Apache-2.0 */
/* data_url: a page or a script that a data: URL (RFC 2397) carries inside itself. */
#ifndef MXTAP_LINK_DATA_URL_H
#define MXTAP_LINK_DATA_URL_H

#include "decoders/base/bytes.h"

enum data_kind {
    DATA_NONE,    /* no data: URL, or data of another kind (most are pictures) */
    DATA_PAGE,    /* HTML, XHTML, XML */
    DATA_PICTURE, /* SVG: a page only where it is shown as one */
    DATA_SCRIPT
};

/* url as an attribute has it; blanks before it and line breaks inside are passed over, as browsers do. */
enum data_kind data_url_kind(struct span url);
/* What it carries, %XX and base64 undone, as valid UTF-8 (other bytes become ?), replacing what out holds; scratch is
 * overwritten. As much of it as out takes. */
void data_url_content(struct span url, struct buf *scratch, struct buf *out);

#endif
