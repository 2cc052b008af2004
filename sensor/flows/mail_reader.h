/* SPDX-License-Identifier: Apache-2.0 */
/* mail_reader: what frames bring of a mail is held until there is a block of it, or all. The decoders are more code than the first-level
 * cache holds: for one frame it is fetched as if for a block, and it pushes out what frames need. And a mail that is whole in its
 * block needs no decoder while it is under way. */
#ifndef MXTAP_FLOWS_MAIL_READER_H
#define MXTAP_FLOWS_MAIL_READER_H

#include "decoders/base/siphash.h"
#include "sensor/record.h"

struct mail_reader;

struct mail_reader_options {
    bool keep_headers;            /* record.header_block */
    bool hash_parts;              /* record.parts[].sha256 */
    const struct span *authserv;  /* whose Authentication-Results count as trusted */
    unsigned authserv_n;
};

/* Of one thread. All is borrowed for its life. */
struct mail_readers;
struct mail_readers *mail_readers_new(struct mem *m, const struct hash_key *key, const struct suffix *suffix,
                                      const struct mail_reader_options *o);
void mail_readers_free(struct mail_readers *p);
/* Gives some memory back that no mail has now. False: there is none. */
bool mail_readers_trim(struct mail_readers *p);

/* How often any mail's record may have grown: by bytes that were decoded, or by what is told at a mail's end. */
uint64_t mail_readers_grown(const struct mail_readers *p);

/* Begins a mail: what is read goes to r (and its arena), which is told where memory is refused later. NULL when it is now. */
struct mail_reader *mail_reader_take(struct mail_readers *p, struct record *r);
/* Where the next n bytes would be copied to: if they stand there when they are pushed, before all else, no copy is made. NULL: nowhere. */
uint8_t *mail_reader_room(struct mail_reader *x, size_t n);
void mail_reader_push(struct mail_reader *x, struct span bytes);
void mail_reader_gap(struct mail_reader *x, uint64_t bytes);
/* Ends the mail: r holds all that was read. x is gone. */
void mail_reader_finish(struct mail_reader *x, bool complete);

#endif
