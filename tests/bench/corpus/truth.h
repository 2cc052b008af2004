/* SPDX-License-Identifier: Apache-2.0 */
/* The truth about the corpus: what a reader of it must find. */
#ifndef BENCH_TRUTH_H
#define BENCH_TRUTH_H

#include <stdio.h>

#include "flow.h"

/* Lines that are sorted before they are digested, so that the order of records does not matter. */
struct lines {
    struct buf text; /* each with its zero byte */
    size_t *at;
    size_t count, cap;
};

struct truth {
    uint64_t file_bytes, connections, recipients, attachments;
    uint64_t message_bytes, attachment_bytes;
    uint64_t kind_count[MAIL_KINDS], kind_bytes[MAIL_KINDS]; /* bytes without attachments */
    struct flow_totals totals;
    struct lines subjects, urls, sizes;
    FILE *mails; /* one JSON object a mail; may be NULL */
};

void truth_mail(struct truth *t, const struct mail_plan *plan, const struct mail *m);
/* Writes the JSON object; refused is the number of recipients answered 550. */
void truth_write(struct truth *t, FILE *out, uint64_t seed, uint32_t refused);
void truth_free(struct truth *t);

#endif
