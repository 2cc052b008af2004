/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields that mails of every shape have, and what fields are made of. */
#ifndef BENCH_FIELDS_H
#define BENCH_FIELDS_H

#include "mail.h"

/* RFC 5322 3.3, with a comment or "" behind. */
void date_text(char out[64], int64_t t, int offset_hours, const char *comment);
/* n - 1 letters of alphabet, and a zero byte. */
void random_id(struct prng *p, char *out, size_t n, const char *alphabet);
void field_dkim(struct prng *p, struct buf *out, const struct mail_plan *plan);
/* Also fills m->subject. */
void field_subject(struct prng *p, struct mail *m, const struct mail_plan *plan);

#endif
