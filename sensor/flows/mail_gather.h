/* SPDX-License-Identifier: Apache-2.0 */
/* mail_gather: what frames bring of a mail is held until there is a block of it. A mail's decoders are more code than the first-level
 * cache holds: for one frame it is fetched as if for a block, and it pushes out what frames need. */
#ifndef MXTAP_FLOWS_MAIL_GATHER_H
#define MXTAP_FLOWS_MAIL_GATHER_H

#include "decoders/base/bytes.h"
#include "decoders/base/mem.h"

/* Blocks of a worker, and their bytes: what mails hold does not grow with the number of mails. */
enum { MAIL_GATHER_BLOCKS = 16, MAIL_GATHER_BYTES = 16384 };

struct mail_gather;
struct mail_block;

/* One mail's place, inside its owner; zeroed before its first push. */
struct gathered {
    void *ctx;                /* for the sink */
    struct mail_block *block; /* private */
};

/* All bytes of a mail, each once and in order. Valid during the call. */
typedef void (*gathered_sink)(void *ctx, struct span bytes);

/* Takes its memory at once: later nothing is refused. NULL when it is now. */
struct mail_gather *mail_gather_new(struct mem *m, gathered_sink sink);
/* Nothing may be held. */
void mail_gather_free(struct mail_gather *g);

/*
 * The next bytes of m: copied, and handed to the sink later, or handed on now behind what was held. now: they are not to wait.
 * Mails take free blocks; when there is none, a mail that pushes twice in a row gets that of the mail whose last push is
 * longest ago (which is handed on), and others go without: of thousands of mails in turn none would fill a block.
 */
void mail_gather_push(struct mail_gather *g, struct gathered *m, struct span bytes, bool now);
/* What is held of m is handed on, and its block is free. Before anything else is done with the mail. */
void mail_gather_end(struct mail_gather *g, struct gathered *m);

#endif
