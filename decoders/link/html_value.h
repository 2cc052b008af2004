/* SPDX-License-Identifier: Apache-2.0 */
/* html_value: a quoted value is looked at once: where it ends, and whether it has references. */
#ifndef MXTAP_LINK_HTML_VALUE_H
#define MXTAP_LINK_HTML_VALUE_H

#include "decoders/base/bytes.h"

/* Index of the first quote at or after from, or s.n. *references: a & stands in front of it; not set where there is no quote. */
size_t html_value_end(struct span s, size_t from, uint8_t quote, bool *references);
size_t html_value_end_scalar(struct span s, size_t from, uint8_t quote, bool *references);

#endif
