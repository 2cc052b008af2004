/* SPDX-License-Identifier: Apache-2.0 */
/* capture: interface, file, folder, standard input as one source of timed frames; the only room with <pcap.h>. */
#ifndef MXTAP_INTAKE_CAPTURE_H
#define MXTAP_INTAKE_CAPTURE_H

#include "decoders/base/bytes.h"

struct frame {
    int64_t ts_us;       /* packet time, microseconds since 1970 */
    struct span bytes;   /* captured; valid until the next read */
    uint32_t wire;       /* its length on the wire */
    int link_type;       /* DLT_ number */
    unsigned iface;      /* which of the interfaces it came from */
    uint64_t number;     /* within its source, from 1 */
    bool filtered;       /* offline: the user's BPF expression refused it (it counts, nothing else) */
};

#endif
