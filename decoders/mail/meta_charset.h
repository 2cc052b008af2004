/* SPDX-License-Identifier: Apache-2.0 */
/* meta_charset: the charset that an HTML page says it is in (WHATWG HTML 13.2.3.2, "prescan"). */
#ifndef MXTAP_MAIL_META_CHARSET_H
#define MXTAP_MAIL_META_CHARSET_H

#include "decoders/mail/charset.h"

/* By a byte order mark, <meta charset=x> or <meta http-equiv=content-type content="...; charset=x"> in the first
 * LIMIT_META_CHARSET bytes of the page, which head begins with. NULL: it says none, or one nobody defined. */
const struct charset *meta_charset(struct span head);

#endif
