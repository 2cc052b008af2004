/* SPDX-License-Identifier: Apache-2.0 */
/* families: what hostile senders send, each of any length. */
#ifndef MXTAP_TESTS_FAMILIES_H
#define MXTAP_TESTS_FAMILIES_H

#include "tests/scaling/feed.h"

/*
 * A family is one of: a header and a unit repeated behind it in a mail; a writer of its own; segments or
 * fragments of its own. caps: bytes of limits.h that its memory may reach beside one record's.
 */
struct family {
    const char *name;
    const char *header, *unit;
    void (*write)(struct feed *f);
    uint64_t (*packets)(struct mem *m, size_t piece, uint64_t bytes);
    size_t caps;
    uint64_t least; /* bytes of the smallest run; 0 = the default */
    bool long_only;
};

extern const struct family mail_families[], smtp_families[], packet_families[];
extern const unsigned mail_families_n, smtp_families_n, packet_families_n;

#endif
