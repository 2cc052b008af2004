/* SPDX-License-Identifier: Apache-2.0 */
/* What pages of every shape are made of. */
#ifndef BENCH_PAGE_H
#define BENCH_PAGE_H

#include "mail.h"

struct page {
    struct prng *p;
    struct mail *m;
    const struct mail_plan *plan;
    struct buf *out;
};

void page_phrase(struct page *h, enum phrase_use use);
/* name="URL", with entities; the truth gets the URL without. */
void page_url(struct page *h, const char *name, const char *url);
/* <a href="URL" and attributes> round the words of a button, and the line's end. */
void page_link(struct page *h, const char *url, const char *attributes);

#endif
