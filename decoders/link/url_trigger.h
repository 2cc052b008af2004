/* SPDX-License-Identifier: Apache-2.0 */
/* url_trigger: the few places in bulk text where a URL can be, found sixteen bytes at a time. */
#ifndef MXTAP_LINK_URL_TRIGGER_H
#define MXTAP_LINK_URL_TRIGGER_H

#include "decoders/base/bytes.h"

/*
 * Index of the first i >= from, i + 1 < s.n, where s.p[i] and s.p[i+1] are ':' and / or ], or '.' and neither
 * control nor space nor digit (no top-level domain begins with one, and most dots amid a word are a number's), or [ or ( and d or D (a
 * [dot]); s.n when there is none. A pair whose second byte lies behind the span is not found.
 */
size_t url_trigger(struct span s, size_t from);
size_t url_trigger_scalar(struct span s, size_t from);

/* A text's end in HTML: index of the first < or & at or after from (from < s.n), or s.n. *may: false: there is no trigger in the text. */
size_t url_trigger_text(struct span s, size_t from, bool *may);

#endif
