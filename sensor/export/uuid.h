/* SPDX-License-Identifier: Apache-2.0 */
/* uuid: version 5 (RFC 9562 5.5): the same name always gives the same one, so that what is imported twice is there once. */
#ifndef MXTAP_EXPORT_UUID_H
#define MXTAP_EXPORT_UUID_H

#include "decoders/base/bytes.h"

enum { UUID_TEXT = 37, UUID_BYTES = 16 };

/* mxtap's own namespace, and that of STIX 2.1 2.9 for observable objects. */
extern const uint8_t uuid_of_mxtap[UUID_BYTES], uuid_of_stix[UUID_BYTES];

void uuid_named(const uint8_t space[UUID_BYTES], struct span name, char text[UUID_TEXT]);

#endif
