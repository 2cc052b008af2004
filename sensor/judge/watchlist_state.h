/* SPDX-License-Identifier: Apache-2.0 */
/* watchlist_state: what a watchlist is made of, for its own two files. */
#ifndef MXTAP_JUDGE_WATCHLIST_STATE_H
#define MXTAP_JUDGE_WATCHLIST_STATE_H

#include "decoders/base/limits.h"
#include "decoders/name/unicode_name.h"
#include "sensor/judge/name_set.h"
#include "sensor/judge/net_set.h"
#include "sensor/judge/operator_file.h"

/* Kinds of texts, and networks, which have a set of their own. */
enum watch_kind { WATCH_DOMAIN, WATCH_URL, WATCH_HELO, WATCH_MAIL, WATCH_SUBJECT, WATCH_HASH, WATCH_NAMES,
                  WATCH_NET = WATCH_NAMES };

/* Where in the file's text a label stands. */
struct watch_label {
    uint64_t at;
    uint32_t n;
};

/* Values of the sets: 1, or 2 + the index of a label. Texts are parts of the file's own, but for those that are kept in
 * another form. */
struct watchlist {
    struct mem *mem;
    const struct unicode_names *unicode;
    struct arena arena;
    struct operator_file file;
    struct span name;
    struct name_set names[WATCH_NAMES];
    struct net_set nets;
    struct watch_label *labels;
    uint32_t labels_n, labels_cap;
};

enum { WATCH_HOST_BYTES = UNICODE_NAME_OUT, WATCH_URL_BYTES = LIMIT_URL + WATCH_HOST_BYTES + 8,
       WATCH_MAIL_BYTES = 2 * WATCH_HOST_BYTES };

/* How texts are compared, so that each way to write the same is one. Bytes in out; 0: nothing, or too long.
 * A host: lower case, in punycode where it has letters beyond ASCII, no final dot. */
size_t watch_host_key(const struct watchlist *w, struct span host, uint8_t out[WATCH_HOST_BYTES]);
/* A URL: its host so, its port where it is not the scheme's own, path and query as written; no scheme, no userinfo, no
 * fragment. */
size_t watch_url_key(const struct watchlist *w, struct span url, uint8_t out[WATCH_URL_BYTES]);
/* A mail address: lower case, and its host so. */
size_t watch_mail_key(const struct watchlist *w, struct span address, uint8_t out[WATCH_MAIL_BYTES]);

#endif
