/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer for the corpus generator; out of memory ends the program. */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct buf *b, size_t n)
{
    if (b->cap - b->len >= n)
        return;
    size_t cap = b->cap ? b->cap : 256;
    while (cap - b->len < n)
        cap *= 2;
    b->data = realloc(b->data, cap);
    if (!b->data) {
        fputs("corpus: out of memory\n", stderr);
        exit(1);
    }
    b->cap = cap;
}

void buf_free(struct buf *b)
{
    free(b->data);
    memset(b, 0, sizeof(*b));
}

void buf_reset(struct buf *b)
{
    b->len = 0;
}

uint8_t *buf_extend(struct buf *b, size_t n)
{
    reserve(b, n);
    b->len += n;
    return b->data + b->len - n;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
    if (n)
        memcpy(buf_extend(b, n), data, n);
}

void buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list ap;

    reserve(b, 512);
    va_start(ap, format);
    int n = vsnprintf((char *)b->data + b->len, b->cap - b->len, format, ap);
    va_end(ap);
    if ((size_t)n >= b->cap - b->len) {
        reserve(b, (size_t)n + 1);
        va_start(ap, format);
        vsnprintf((char *)b->data + b->len, b->cap - b->len, format, ap);
        va_end(ap);
    }
    b->len += (size_t)n;
}

const char *buf_cstr(struct buf *b)
{
    reserve(b, 1);
    b->data[b->len] = 0;
    return (const char *)b->data;
}
