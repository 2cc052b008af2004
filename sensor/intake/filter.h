/* SPDX-License-Identifier: Apache-2.0 */
/* filter: the expression with which the kernel hands up no more than mail, and loses none. */
#ifndef MXTAP_INTAKE_FILTER_H
#define MXTAP_INTAKE_FILTER_H

#include "decoders/base/bytes.h"

/* What is listened for. */
struct filter_wants {
    const uint16_t *ports; /* none: all TCP */
    unsigned ports_n;
    bool dns;              /* UDP and TCP on port 53 too */
};

/*
 * Appends the built-in expression: TCP on these ports, and DNS where wanted, in IPv4 and IPv6, bare or
 * under any stack of VLAN tags, plus what hides ports from a filter: fragments, IPv6 extension
 * headers, and tunnels (IP in IP, 6in4, GRE and ERSPAN, VXLAN, GENEVE, MPLS, PPPoE). ethernet: the
 * link type is; libpcap looks behind tags on no other, so there whatever is tagged passes. False
 * when out is full.
 */
bool filter_builtin(struct buf *out, const struct filter_wants *w, bool ethernet);

/*
 * The same under the user's expression. libpcap's vlan, mpls, pppoes and geneve move the offsets of
 * everything behind them: a user who writes them means the frame from its first byte on, so then
 * the user's expression stands alone.
 */
bool filter_live(struct buf *out, const char *user, const struct filter_wants *w, bool ethernet);

#endif
