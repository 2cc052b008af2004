/* SPDX-License-Identifier: Apache-2.0 */
/* base64_avx512: the alphabet counted, and lines decoded, 64 bytes at a time. */
#ifndef MXTAP_MAIL_BASE64_AVX512_H
#define MXTAP_MAIL_BASE64_AVX512_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As base64_alphabet. Only where vector_has_avx512(). */
size_t base64_alphabet_avx512(const uint8_t *p, size_t n, bool *junk);

/* As base64_lines_avx2. Likewise. */
size_t base64_lines_avx512(const uint8_t *p, size_t n, size_t length, uint8_t *out);

#endif
