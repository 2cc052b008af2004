/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), so that the truth's digests need no library. */
#ifndef BENCH_SHA256_H
#define BENCH_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t h[8];
    uint64_t total;    /* bytes so far */
    uint8_t block[64]; /* the last total % 64 bytes */
};

void sha256_init(struct sha256 *c);
void sha256_push(struct sha256 *c, const void *data, size_t n);
/* 64 lower-case hex digits and a zero byte. */
void sha256_hex(struct sha256 *c, char out[65]);

#endif
