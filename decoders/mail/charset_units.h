/* SPDX-License-Identifier: Apache-2.0 */
/* charset_units: what is known of a charset's characters, many at once: units of UTF-16 to UTF-8, and bytes of an 8-bit charset. */
#ifndef MXTAP_MAIL_CHARSET_UNITS_H
#define MXTAP_MAIL_CHARSET_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beyond what is made, so many bytes of out may be written to: stores are of whole blocks. */
enum { CHARSET_UNITS_SPARE = 64 };

/* A row of units has room for so many zeros behind its last. */
enum { CHARSET_UNITS_END = 8 };

/* u: n characters up to U+FFFF, none of them NUL or a surrogate, and the room behind them, which is written to. out has room for 3 bytes each
 * and the spare ones. Returns the bytes made. The second says the same, one at a time. */
size_t charset_units_utf8(uint16_t *u, size_t n, uint8_t *out);
size_t charset_units_utf8_scalar(const uint16_t *u, size_t n, uint8_t *out);

#ifdef __x86_64__
/* As the first, which calls it where there is AVX2 and no fast pext; zeros stand behind the units. For tests. */
size_t charset_units_utf8_avx2(const uint16_t *u, size_t n, uint8_t *out);
#endif

/* UTF-8 of the bytes from 0x80 on of an 8-bit charset: first bytes, second, third; zeros where there are none. First bytes of
 * zero: no character, or not known. */
struct charset_bytes {
    uint8_t of[3][128];
};

/* As many bytes from the front as are known, all of ASCII but NUL among them. *made: bytes written to out, which has room for room bytes; it
 * stops where fewer than CHARSET_BLOCK_ROOM are left. Returns how many: 0 where the processor has no such kernel. */
enum { CHARSET_BLOCK_ROOM = 3 * 64 + CHARSET_UNITS_SPARE };
bool charset_bytes_kernel(void);
size_t charset_bytes_utf8(const struct charset_bytes *x, const uint8_t *p, size_t n, uint8_t *out, size_t room, size_t *made);

#endif
