/* SPDX-License-Identifier: Apache-2.0 */
/* country_zones: what clocks show in a country. */
#ifndef MXTAP_JUDGE_COUNTRY_ZONES_H
#define MXTAP_JUDGE_COUNTRY_ZONES_H

#include "decoders/base/bytes.h"

enum zone_fit { ZONE_FITS, ZONE_FOREIGN, ZONE_UNKNOWN };

/* Whether zone ("+0900") is one that clocks in the country (ISO 3166, "JP", any case) have shown since 2015. Unknown for a
 * country that is not in tzdata, and for a zone that is no offset. */
enum zone_fit country_zone(struct span country, struct span zone);

#endif
