/* SPDX-License-Identifier: Apache-2.0 */
/* redis_bucket: CRC16 by half bytes; the table is the polynomial's (0x1021) first sixteen remainders. */
#include "sensor/publish/redis_bucket.h"

#include <stdio.h>

static uint16_t add(uint16_t crc, struct span s)
{
    static const uint16_t table[16] = {0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
                                       0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef};

    for (size_t i = 0; i < s.n; i++) {
        crc = (uint16_t)(crc << 4 ^ table[crc >> 12 ^ s.p[i] >> 4]);
        crc = (uint16_t)(crc << 4 ^ table[crc >> 12 ^ (s.p[i] & 15)]);
    }
    return crc;
}

uint16_t redis_crc16(struct span s)
{
    return add(0, s);
}

unsigned redis_bucket_of(struct span kind, struct span value)
{
    return add(add(add(0, kind), SPAN(":")), value) % REDIS_BUCKETS;
}

void redis_bucket_tag(unsigned bucket, char tag[BUCKET_TAG])
{
    snprintf(tag, BUCKET_TAG, "{%02u}:", bucket % REDIS_BUCKETS);
}

unsigned redis_bucket_slot(unsigned bucket)
{
    char tag[BUCKET_TAG];

    redis_bucket_tag(bucket, tag);
    return redis_crc16(span_of(tag + 1, 2)) % REDIS_SLOTS;
}
