/* SPDX-License-Identifier: Apache-2.0 */
/* scan_avx2: the searches of scan, 32 and 64 bytes at a time. */
#ifndef MXTAP_BASE_SCAN_AVX2_H
#define MXTAP_BASE_SCAN_AVX2_H

#include "decoders/base/bytes.h"

/* Each as its namesake in scan.h. Only where vector_has_avx2. */
size_t scan_pair_avx2(struct span s, size_t from, uint8_t a, uint8_t b);
size_t scan_any3_avx2(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c);
size_t scan_not_plain_avx2(struct span s, size_t from);
size_t scan_address_or_mixed_avx2(struct span s, size_t from);
size_t scan_at_or_pairs_avx2(struct span s, size_t from, const uint8_t pairs[4]);
size_t scan_json_avx2(struct span s, size_t from);

#endif
