/* SPDX-License-Identifier: Apache-2.0 */
/* base64_avx2: the alphabet counted, and lines decoded, 32 bytes at a time, on processors that can. */
#ifndef MXTAP_MAIL_BASE64_AVX2_H
#define MXTAP_MAIL_BASE64_AVX2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As base64_alphabet, n a multiple of 32. Only where vector_has_avx2(). */
size_t base64_alphabet_avx2(const uint8_t *p, size_t n, bool *junk);

/* Decodes blocks of 32 bytes of the alphabet, as long as nothing else is in them; returns bytes used, out gets 3 for every 4.
 * out has room for n bytes. */
size_t base64_bulk_avx2(const uint8_t *p, size_t n, uint8_t *out);

/* Lines of length bytes of the alphabet and CR LF, as long as they follow one another. length: from _LEAST to _MOST, a multiple of 4.
 * Returns bytes used; out gets 3 for every 4 of the alphabet, and has room for n bytes. */
enum { BASE64_LINE_LEAST = 64, BASE64_LINE_MOST = 96 };
size_t base64_lines_avx2(const uint8_t *p, size_t n, size_t length, uint8_t *out);

#endif
