/* SPDX-License-Identifier: Apache-2.0 */
/* The senders of the corpus, and the URLs they put into their mails. */
#ifndef BENCH_SITES_H
#define BENCH_SITES_H

#include "prng.h"

enum { SITES = 800, URL_MOST = 400 };

/* One sender. Names all end in "-example" before their suffix: nobody's. */
struct site {
    char domain[64]; /* "kamoru-example.co.jp" */
    char brand[24];  /* "Kamoru" */
};

enum url_kind { TRACK, PAGE, PRODUCT, IMAGE, UNSUBSCRIBE, PIXEL, HOME, BARE_WWW, PICTURE, LURE };

void sites_make(struct prng *p, struct site sites[SITES]);
/* One more sender, with a name of that many syllables, 5 at most. */
void site_make(struct prng *p, struct site *s, uint32_t syllables);
/* Few senders send much: the index falls off about as 1/rank. */
const struct site *sites_pick(struct prng *p, const struct site sites[SITES]);
/* A URL as it goes over the wire, without entities. */
void url_make(struct prng *p, const struct site *site, enum url_kind kind, char out[URL_MOST]);

#endif
