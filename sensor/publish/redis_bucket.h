/* SPDX-License-Identifier: Apache-2.0 */
/* redis_bucket: which of a cluster's 64 buckets a value lives in, and what their keys' tags are. The contract is REDIS.md. */
#ifndef MXTAP_PUBLISH_REDIS_BUCKET_H
#define MXTAP_PUBLISH_REDIS_BUCKET_H

#include "decoders/base/bytes.h"

/*
 * A cluster keeps each key in one of 16,384 slots, which its masters share out; the slot is the CRC16 of what stands in the
 * key's first {}. All keys of a bucket begin with "mxtap:{NN}:", so they are in one slot, on one master, and one atomic
 * step can write them all. A single server has one bucket, without a tag.
 */
enum { REDIS_BUCKETS = 64, REDIS_SLOTS = 16384 };

/* CRC-16/XMODEM, which is the cluster's. */
uint16_t redis_crc16(struct span s);

/* The bucket of "kind:value"; value in key_value's form. */
unsigned redis_bucket_of(struct span kind, struct span value);

/* "{07}:". */
enum { BUCKET_TAG = 8 };
void redis_bucket_tag(unsigned bucket, char tag[BUCKET_TAG]);
/* The slot in which all of a bucket's keys are. */
unsigned redis_bucket_slot(unsigned bucket);

#endif
