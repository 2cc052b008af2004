/* SPDX-License-Identifier: Apache-2.0 */
/* quoted_printable_avx2: as quoted_printable_avx512, 32 bytes at a time. */
#ifndef MXTAP_MAIL_QUOTED_PRINTABLE_AVX2_H
#define MXTAP_MAIL_QUOTED_PRINTABLE_AVX2_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that p needs at least: a block, and what an escape at its end may reach to. */
enum { QUOTED_PRINTABLE_HALF = 32 + 2 };

/* As quoted_printable_avx512. Only where vector_has_pext(). */
size_t quoted_printable_avx2(const uint8_t *p, size_t n, uint8_t *out, size_t *made);

#endif
