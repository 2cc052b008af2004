/* SPDX-License-Identifier: Apache-2.0 */
/* header_links: header fields whose URLs the reader of a mail may follow. */
#ifndef MXTAP_FLOWS_HEADER_LINKS_H
#define MXTAP_FLOWS_HEADER_LINKS_H

#include "decoders/link/links.h"
#include "decoders/mail/field_name.h"

/* Adds the URLs of a field (its value unfolded and decoded) to l, where the field is one of those. */
void header_links(struct links *l, enum field_name which, struct span value);

#endif
