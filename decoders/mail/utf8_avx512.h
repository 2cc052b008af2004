/* SPDX-License-Identifier: Apache-2.0 */
/* utf8_avx512: as utf8_avx2, 64 bytes at a time and to the byte. */
#ifndef MXTAP_MAIL_UTF8_AVX512_H
#define MXTAP_MAIL_UTF8_AVX512_H

#include <stddef.h>
#include <stdint.h>

/* How many of n bytes at p, at the front, are whole valid characters (RFC 3629). Only where vector_has_avx512. */
size_t utf8_valid_avx512(const uint8_t *p, size_t n);

#endif
