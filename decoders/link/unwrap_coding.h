/* SPDX-License-Identifier: Apache-2.0 */
/* unwrap_coding: how redirectors write the URL inside theirs. Each appends the decoded target to out. */
#ifndef MXTAP_LINK_UNWRAP_CODING_H
#define MXTAP_LINK_UNWRAP_CODING_H

#include "decoders/base/bytes.h"

/* %XX; other bytes as they are. */
void unwrap_percent(struct span s, struct buf *out);

/* base64 or base64url, with or without padding; false (nothing appended) when s holds anything else. */
bool unwrap_base64(struct span s, struct buf *out);

/* Proofpoint URL Defense v2: - for %, _ for /, then percent-decoded. */
bool unwrap_proofpoint_v2(struct span s, struct buf *out);

/* Proofpoint URL Defense v3: s begins behind "/v3/__"; "URL__;REPLACED!!...": every * in URL stands for the
 * next of the base64url-encoded bytes REPLACED, ** and a letter for a run of them. */
bool unwrap_proofpoint_v3(struct span s, struct buf *out);

#endif
