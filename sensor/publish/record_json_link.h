/* SPDX-License-Identifier: Apache-2.0 */
/* record_json_link: the links of a mail as JSON. What is written once of a line need not be put together again: each URL stands in it
 * twice, and most links have the host of an earlier one, and the end of one. */
#ifndef MXTAP_PUBLISH_RECORD_JSON_LINK_H
#define MXTAP_PUBLISH_RECORD_JSON_LINK_H

#include "sensor/publish/json.h"
#include "sensor/record.h"

enum { LINKS_KEPT = 256, LINK_ENDS = 16 };

/* Where in the line it stands, of the first n links; links behind them are written without. */
struct links_written {
    uint32_t n;
    struct json_part url[LINKS_KEPT], host[LINKS_KEPT]; /* host: from scheme to domain */
    struct link_end {
        const char *tag;
        struct json_part part;
    } ends[LINK_ENDS]; /* by tag and place: the last such end */
};
void links_written_begin(struct links_written *w);

/* The URLs alone, then all that is known of each. */
void json_urls(struct json *j, const struct record *r, struct links_written *w);
void json_links(struct json *j, const struct record *r, struct links_written *w);

#endif
