/* SPDX-License-Identifier: Apache-2.0 */
/* url_password: the password of a URL inside any text: user:***@host is what may be put out (RECORD.md). */
#ifndef MXTAP_PUBLISH_URL_PASSWORD_H
#define MXTAP_PUBLISH_URL_PASSWORD_H

#include "sensor/publish/rewriter.h"

/* For a rewriter (ctx unused). The URL's authority ends as WHATWG URL has it, and at blanks, quotes and angle brackets. */
bool url_password_next(void *ctx, struct span view, size_t from, struct rewriter_cut *cut);

/* For a rewriter: quick. */
bool url_password_possible(struct span s);
/* For a rewriter: whether "//" or "40" is in s in base64, in runs of letters and digits. */
bool url_password_coded(struct span s);
/* url_password_possible, and where s may have a URL in base64. marks: text_marks(s). */
bool url_password_anywhere(struct span s, unsigned marks);

#endif
