/* SPDX-License-Identifier: Apache-2.0 */
/* utf8_avx2: UTF-8 checked 32 bytes at a time, without a jump for each character, on processors that can. */
#ifndef MXTAP_MAIL_UTF8_AVX2_H
#define MXTAP_MAIL_UTF8_AVX2_H

#include <stddef.h>
#include <stdint.h>

/* How many of n bytes at p, at the front, are whole valid characters for sure (RFC 3629): not more than there are blocks of 32, and up to
 * the block before one in which something is none. What is behind has to be looked at otherwise. Only where vector_has_avx2. */
size_t utf8_valid_avx2(const uint8_t *p, size_t n);

#endif
