/* SPDX-License-Identifier: Apache-2.0 */
/* mail_reader: the bytes of one mail in, the mail's part of its record out; used again for the next. */
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

/* Readers are dear (converters, tables) and few mails arrive at the same instant: they are pooled. All is
 * borrowed for the pool's life. */
struct mail_readers;
struct mail_readers *mail_readers_new(struct mem *m, const struct hash_key *key, const struct suffix *suffix,
                                      const struct mail_reader_options *o);
void mail_readers_free(struct mail_readers *p);
/* Gives one idle reader's memory back. False: none is idle. */
bool mail_readers_trim(struct mail_readers *p);

/* Begins a mail: what is read goes to r (and its arena). NULL when memory is refused. */
struct mail_reader *mail_reader_take(struct mail_readers *p, struct record *r);
void mail_reader_push(struct mail_reader *x, struct span bytes);
void mail_reader_gap(struct mail_reader *x, uint64_t bytes);
/* Ends the mail: r holds all that was read, and the reader goes back to its pool. */
void mail_reader_finish(struct mail_reader *x, bool complete);

#endif
