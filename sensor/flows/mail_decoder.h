/* SPDX-License-Identifier: Apache-2.0 */
/* mail_decoder: the bytes of one mail in, the mail's part of its record out; used again for the next. */
#ifndef MXTAP_FLOWS_MAIL_DECODER_H
#define MXTAP_FLOWS_MAIL_DECODER_H

#include "sensor/flows/mail_reader.h"

struct mail_decoder;

/* Decoders are dear (converters, tables, some 40 KB) and few mails are decoded at the same instant: they are pooled. All is
 * borrowed for the pool's life. */
struct mail_decoders;
struct mail_decoders *mail_decoders_new(struct mem *m, const struct hash_key *key, const struct suffix *suffix,
                                        const struct mail_reader_options *o);
void mail_decoders_free(struct mail_decoders *p);
/* Gives one idle decoder's memory back. False: none is idle. */
bool mail_decoders_trim(struct mail_decoders *p);

/* Begins a mail: what is read goes to r (and its arena). NULL when memory is refused. */
struct mail_decoder *mail_decoder_take(struct mail_decoders *p, struct record *r);
void mail_decoder_push(struct mail_decoder *x, struct span bytes);
/* It stands in a part that nobody reads: until the part ends, bytes are only counted. */
bool mail_decoder_only_counts(const struct mail_decoder *x);
void mail_decoder_gap(struct mail_decoder *x, uint64_t bytes);
/* Ends the mail: r holds all that was read, and the decoder goes back to its pool. */
void mail_decoder_finish(struct mail_decoder *x, bool complete);

#endif
