/* SPDX-License-Identifier: Apache-2.0 */
/* filter: text only; capture_live compiles it. */
#include "sensor/intake/filter.h"

#include <stdio.h>

static bool add(struct buf *out, const char *text)
{
    return buf_add(out, span_cstr(text));
}

/*
 * Protocols in which a whole packet hides, and headers behind which a filter finds no ports. Only one test
 * by offset (ip[6:2]): with two of them joined by "or", libpcap 1.10 makes code that, on an interface whose
 * kernel keeps VLAN tags beside the frame, takes every tagged frame (measured; live_test.py watches it).
 */
static const char hidden[] =
    " or ip[6:2] & 0x3fff != 0 or ip proto 4 or ip proto 41 or ip proto 47 or ip proto 51"
    " or ip proto 137"
    " or ip6 proto 0 or ip6 proto 4 or ip6 proto 41 or ip6 proto 43 or ip6 proto 44 or ip6 proto 47"
    " or ip6 proto 51 or ip6 proto 60 or ip6 proto 137"
    " or udp dst port 4789 or udp dst port 8472 or udp dst port 6081"
    " or ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864";

static bool add_untagged(struct buf *out, const struct filter_wants *w)
{
    char port[32];
    bool ok = add(out, w->ports_n ? "(" : "(tcp");

    for (unsigned i = 0; i < w->ports_n; i++) {
        snprintf(port, sizeof(port), "%stcp port %u", i ? " or " : "", w->ports[i]);
        ok = add(out, port) && ok;
    }
    if (w->dns)
        ok = add(out, " or tcp port 53 or udp port 53") && ok;
    return add(out, hidden) && add(out, ")") && ok;
}

bool filter_builtin(struct buf *out, const struct filter_wants *w, bool ethernet)
{
    if (!ethernet)
        return add_untagged(out, w) &&
               add(out, " or ether proto 0x8100 or ether proto 0x88a8");
    /* vlan shifts all that follows, so each level comes last; a third tag passes whatever it holds.
     */
    return add_untagged(out, w) && add(out, " or (vlan and (") &&
           add_untagged(out, w) && add(out, " or (vlan and (") &&
           add_untagged(out, w) && add(out, " or vlan))))");
}

static bool moves_offsets(const char *user)
{
    static const char *const words[] = {"vlan", "mpls", "pppoes", "geneve"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strstr(user, words[i]))
            return true;
    return false;
}

bool filter_live(struct buf *out, const char *user, const struct filter_wants *w, bool ethernet)
{
    if (!user)
        return filter_builtin(out, w, ethernet);
    if (moves_offsets(user))
        return add(out, user);
    return add(out, "(") && add(out, user) && add(out, ") and (") &&
           filter_builtin(out, w, ethernet) && add(out, ")");
}
