/* SPDX-License-Identifier: Apache-2.0 */
/* watchlist_state: what a watchlist is made of, for its own two files. */
#ifndef MXTAP_JUDGE_WATCHLIST_STATE_H
#define MXTAP_JUDGE_WATCHLIST_STATE_H

#include "decoders/base/limits.h"
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

/* Values of the sets: 1, or 2 + the index of a label. Texts are parts of the file's own, but for URLs. */
struct watchlist {
    struct mem *mem;
    struct arena arena;
    struct operator_file file;
    struct span name;
    struct name_set names[WATCH_NAMES];
    struct net_set nets;
    struct watch_label *labels;
    uint32_t labels_n, labels_cap;
};

enum { WATCH_URL_BYTES = LIMIT_URL + 300 };

/* A URL as it is compared: host and port in lower case, path as written, no scheme, no userinfo. Bytes in out; 0: no
 * URL, or too long a one. */
size_t watch_url_key(struct span url, uint8_t out[WATCH_URL_BYTES]);

#endif
