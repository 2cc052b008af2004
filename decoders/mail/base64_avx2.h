/* SPDX-License-Identifier: Apache-2.0 */
/* base64_avx2: the alphabet counted 32 bytes at a time, on processors that can. */
#ifndef MXTAP_MAIL_BASE64_AVX2_H
#define MXTAP_MAIL_BASE64_AVX2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As base64_alphabet, n a multiple of 32. Only where __builtin_cpu_supports("avx2"). */
size_t base64_alphabet_avx2(const uint8_t *p, size_t n, bool *junk);

#endif
