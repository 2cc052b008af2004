/* SPDX-License-Identifier: Apache-2.0 */
/* arf_header: the third part of a complaint: the mail's header, without who received it. */
#ifndef MXTAP_EXPORT_ARF_HEADER_H
#define MXTAP_EXPORT_ARF_HEADER_H

#include "sensor/export/export.h"

/* The header block as it was received, recipients' fields emptied, recipients elsewhere replaced. False where the record has none. */
bool arf_header_kept(const struct export *x, struct buf *to, const struct mail_facts *f);
/* What the record tells of it, put together as a header: not the mail's own bytes. */
void arf_header_rebuilt(const struct export *x, struct buf *to, const struct mail_facts *f);

#endif
