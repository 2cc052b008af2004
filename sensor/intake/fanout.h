/* SPDX-License-Identifier: Apache-2.0 */
/* fanout: an interface's frames divided by the kernel among the rings of several workers (packet(7), PACKET_FANOUT). */
#ifndef MXTAP_INTAKE_FANOUT_H
#define MXTAP_INTAKE_FANOUT_H

#include "sensor/intake/capture.h"
#include "sensor/share.h"

enum { FANOUT_INTERFACES = 16 };

/* The groups of one run: one an interface, made by the first worker's ring. All zero but share at first. */
struct fanout {
    struct share share;
    struct {
        bool made;
        uint16_t id;
    } group[FANOUT_INTERFACES];
};

static inline bool fanout_has_group(const struct fanout *f, unsigned iface)
{
    return f->group[iface].made;
}

/*
 * fd, a packet socket that is bound, gets its part of the interface's frames from here on. A program in the kernel divides
 * them as sensor/share does, as far as it sees ports: plain TCP goes to the worker whose it is; of all else (tunnels, fragments,
 * tags in tags) it only spreads the load, and the workers hand it on (sensor/exchange). Whether it does so right is never relied
 * upon. False with one line in err.
 */
bool fanout_join(int fd, struct fanout *f, unsigned iface, char err[CAPTURE_ERR]);

#endif
