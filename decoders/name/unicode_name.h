/* SPDX-License-Identifier: Apache-2.0 */
/* unicode_name: host names in Unicode and punycode, and what a name looks like; the only room with ICU. */
#ifndef MXTAP_NAME_UNICODE_NAME_H
#define MXTAP_NAME_UNICODE_NAME_H

#include "decoders/base/bytes.h"

/*
 * ICU allocates by itself, so its memory is bounded by what it is given: a text over UNICODE_NAME_MAX bytes is not
 * taken, which bounds one call at some 40 KiB, given back before it returns; what is held is some 30 KiB an object
 * (tests/unit/test_names.c measures both). Its tables are read-only pages of the library.
 * Read-only once made: any number of threads may use one.
 */
struct unicode_names;

enum { UNICODE_NAME_MAX = 255, UNICODE_NAME_OUT = 1024 };

/* NULL when memory is refused or ICU has no data. */
struct unicode_names *unicode_names_new(struct mem *m);
void unicode_names_free(struct unicode_names *u);

/* What s looks like (UTS 39 skeleton, then lower case, marks over and under letters dropped, 0 as o, 1 as l, m as rn,
 * w as vv): names that read alike have equal skeletons. s is UTF-8; bytes into out, their number returned; 0 when s is
 * empty, too long or no UTF-8. ASCII is done without ICU. */
size_t unicode_name_skeleton(const struct unicode_names *u, struct span s, uint8_t out[UNICODE_NAME_OUT]);

/* host holds "xn--", with which a label in punycode begins. Every link's host is asked. */
bool unicode_name_has_ace(struct span host);

/* The host in its other form by UTS 46 (IDNA 2008, as browsers do it): labels in Unicode, or in punycode. 0 where it
 * is the same, or is not valid. */
size_t unicode_name_to_unicode(const struct unicode_names *u, struct span host, uint8_t out[UNICODE_NAME_OUT]);
size_t unicode_name_to_ascii(const struct unicode_names *u, struct span host, uint8_t out[UNICODE_NAME_OUT]);

#endif
