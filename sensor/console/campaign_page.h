/* SPDX-License-Identifier: Apache-2.0 */
/* campaign_page: campaigns for people and for programs. */
#ifndef MXTAP_CONSOLE_CAMPAIGN_PAGE_H
#define MXTAP_CONSOLE_CAMPAIGN_PAGE_H

#include "sensor/console/grouping.h"
#include "sensor/console/report.h"

/* The first `shown` of n, each with what holds it together. */
void campaign_page(struct buf *out, const struct grouping *g, const struct group *groups, uint32_t n, uint32_t shown);
/* A JSON line each. */
void campaign_json(struct buf *out, const struct grouping *g, const struct group *groups, uint32_t n);

#endif
