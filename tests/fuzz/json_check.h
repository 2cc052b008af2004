/* SPDX-License-Identifier: Apache-2.0 */
/* json_check: is this one valid JSON object in UTF-8, no key twice, nothing empty in it, nothing that steers a
 * terminal? A reader of its own, by RFC 8259 and not by our writer. */
#ifndef MXTAP_TESTS_JSON_CHECK_H
#define MXTAP_TESTS_JSON_CHECK_H

#include "decoders/base/bytes.h"

/* NULL when all is well; else what is wrong (static). */
const char *json_check(struct span text);

#endif
