/* SPDX-License-Identifier: Apache-2.0 */
/* scan_avx512: the searches of scan, 64 bytes at a time, on processors that can. */
#ifndef MXTAP_BASE_SCAN_AVX512_H
#define MXTAP_BASE_SCAN_AVX512_H

#include "decoders/base/bytes.h"

/* Each as its namesake in scan.h; span_find_avx512 is in bytes.h. Only where vector_has_avx512. */
size_t scan_pair_avx512(struct span s, size_t from, uint8_t a, uint8_t b);
size_t scan_any3_avx512(struct span s, size_t from, uint8_t a, uint8_t b, uint8_t c);
size_t scan_not_plain_avx512(struct span s, size_t from);
size_t scan_address_or_mixed_avx512(struct span s, size_t from);
size_t scan_at_or_pairs_avx512(struct span s, size_t from, const uint8_t pairs[4]);
size_t scan_json_avx512(struct span s, size_t from);

#endif
