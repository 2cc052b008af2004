/* SPDX-License-Identifier: Apache-2.0 */
/* header_links: header fields whose URLs the reader of a mail may follow. */
#ifndef MXTAP_FLOWS_HEADER_LINKS_H
#define MXTAP_FLOWS_HEADER_LINKS_H

#include "decoders/link/links.h"

/* Adds the URLs of a field (name as in the mail, value unfolded and decoded) to l, where the field is one of those. */
void header_links(struct links *l, struct span name, struct span value);

#endif
