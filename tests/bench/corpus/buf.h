/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer for the corpus generator; out of memory ends the program. */
#ifndef BENCH_BUF_H
#define BENCH_BUF_H

#include <stddef.h>
#include <stdint.h>

/* Owns data until buf_free; {0} is an empty buffer. */
struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
};

void buf_free(struct buf *b);
void buf_reset(struct buf *b);
/* Room for n bytes at the end, already counted in len; the caller fills them. Valid until the next
 * add. */
uint8_t *buf_extend(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *data, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The content as a C string (a zero byte is kept behind it); valid until the next add. */
const char *buf_cstr(struct buf *b);

#endif
