/* SPDX-License-Identifier: Apache-2.0 */
/* quoted_printable_avx512: 64 bytes of quoted-printable at a time, whatever escapes and line ends they hold, on processors that can. */
#ifndef MXTAP_MAIL_QUOTED_PRINTABLE_AVX512_H
#define MXTAP_MAIL_QUOTED_PRINTABLE_AVX512_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that p needs at least: a block, and what an escape at its end may reach to. */
enum { QUOTED_PRINTABLE_BLOCK = 64 + 2 };

/*
 * Decodes up to n bytes, of which the first is behind no blank, = or CR that is not decided yet. Returns bytes used:
 * at most n - 2, and up to where something odd or transport padding begins, or may; so the same is true of the byte there.
 * *made grows by what was written to out + *made, where there is room for n bytes. Only where
 * vector_has_avx512.
 */
size_t quoted_printable_avx512(const uint8_t *p, size_t n, uint8_t *out, size_t *made);

#endif
