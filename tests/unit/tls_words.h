/* SPDX-License-Identifier: Apache-2.0 */
/* tls_words: both sides of a TLS connection from words. */
#ifndef MXTAP_TESTS_TLS_WORDS_H
#define MXTAP_TESTS_TLS_WORDS_H

#include <stdlib.h>
#include <string.h>

#include "decoders/net/tls_hello.h"

/*
 * What is on the wire, in words: C and S say whose bytes follow; hexadecimal digits are bytes; 'x' are its letters; *32
 * are so many zeros; {2 ... } is a length of 2 bytes, and what it counts; RETRY is the random of RFC 8446 4.1.3.
 * HELLO is a ClientHello's body up to its extensions.
 */
#define HELLO(version, ciphers) version " *32 {1 } {2 " ciphers " } {1 00 } "
#define CLIENT(version, ciphers, extensions) "C 16 0301 {2 01 {3 " HELLO(version, ciphers) "{2 " extensions " } } } "
#define SERVER(version, cipher, extensions) "S 16 0303 {2 02 {3 " version " *32 {1 } " cipher " 00 {2 " extensions " } } } "
#define SIGNATURES "000d {2 {2 0403 0804 0401 0503 0805 0501 0806 0601 } } "
#define GROUPS "000a {2 {2 001d 0017 } } 000b {2 {1 00 } } "

enum { MOST = 200000, PIECES = 8, NESTED = 12 };
struct wire {
    uint8_t bytes[MOST];
    size_t n;
    struct {
        enum tls_side side;
        size_t end;
    } piece[PIECES];
    size_t pieces;
    size_t open[NESTED], width[NESTED]; /* lengths not yet known */
    unsigned depth;
};

static inline void put_word(struct wire *w, const char *at, size_t n)
{
    static const uint8_t retry[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                      0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                      0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

    if (*at == '{') {
        w->width[w->depth] = (size_t)(at[1] - '0');
        w->n += w->width[w->depth];
        w->open[w->depth++] = w->n;
    } else if (*at == '}') {
        size_t begin = w->open[--w->depth], length = w->n - begin;

        for (size_t i = 0; i < w->width[w->depth]; i++)
            w->bytes[begin - 1 - i] = (uint8_t)(length >> 8 * i);
    } else if (*at == '*') {
        w->n += strtoul(at + 1, NULL, 10);
    } else if (*at == '\'') {
        memcpy(w->bytes + w->n, at + 1, n - 2);
        w->n += n - 2;
    } else if (*at == 'R') {
        memcpy(w->bytes + w->n, retry, 32);
        w->n += 32;
    } else {
        for (size_t i = 0; i + 1 < n; i += 2)
            w->bytes[w->n++] = (uint8_t)(ascii_hex((uint8_t)at[i]) << 4 | ascii_hex((uint8_t)at[i + 1]));
    }
}

/* Free it. */
static inline struct wire *wire_of(const char *words)
{
    struct wire *w = calloc(1, sizeof(*w));

    while (*words) {
        const char *end = *words == '\'' ? strchr(words + 1, '\'') + 1 : words + strcspn(words, " ");

        if (*words == 'C' || *words == 'S')
            w->piece[w->pieces++].side = *words == 'C' ? TLS_CLIENT : TLS_SERVER;
        else if (end > words)
            put_word(w, words, (size_t)(end - words));
        if (w->pieces)
            w->piece[w->pieces - 1].end = w->n;
        words = end + strspn(end, " ");
    }
    return w;
}

#endif
