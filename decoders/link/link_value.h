/* SPDX-License-Identifier: Apache-2.0 */
/* link_value: the URLs in one attribute value: lists, srcset, meta refresh, CSS. */
#ifndef MXTAP_LINK_LINK_VALUE_H
#define MXTAP_LINK_LINK_VALUE_H

#include "decoders/base/bytes.h"

/* One URL reference as it stands there, trimmed; valid during the call. */
typedef void (*value_found)(void *ctx, struct span reference);

/* White space, or white space and commas, between URLs. */
void value_list(struct span value, value_found found, void *ctx);

/* Image candidates (WHATWG HTML 4.8.4.2.2): "a.png 1x, b.png 640w". */
void value_srcset(struct span value, value_found found, void *ctx);

/* What stands between semicolons, as it is: the values of an SVG animation. */
void value_parts(struct span value, value_found found, void *ctx);

/* "5; url='x'" of meta refresh; absent where it names no URL. */
struct span value_refresh(struct span content);

/* url(x), url("x") and @import "x" of a whole style attribute. */
void value_style(struct span css, value_found found, void *ctx);

/* What stands between the brackets of url(), quoted or not. */
void value_style_url(struct span inside, value_found found, void *ctx);

/* Spaces and controls at both ends are not part of a URL (WHATWG URL 4.4). */
struct span value_trim(struct span s);

#endif
