/* SPDX-License-Identifier: Apache-2.0 */
/* fragment_pairs: between which addresses fragments came lately: what comes whole between them must wait for them. */
#ifndef MXTAP_SENSOR_FRAGMENT_PAIRS_H
#define MXTAP_SENSOR_FRAGMENT_PAIRS_H

#include <stdatomic.h>

#include "sensor/share.h"

/* Pairs share places, as if by a hash: one that sent none may wait for nothing. A power of two. */
enum { FRAGMENT_PLACES = 1 << 16, FRAGMENT_MINUTE_US = 60 * 1000 * 1000 };

/*
 * All zero at first; any thread. Each place has the minute of its last fragment and not a bit for ever: an attacker who sends
 * fragments from many made-up addresses would make all connections wait until the next start. Minutes are told apart for
 * four hours: then a place may look new once more, for two minutes.
 */
struct fragment_pairs {
    _Atomic uint8_t minute[FRAGMENT_PLACES]; /* 1..255, 0: never */
};

/* p is a fragment, at ts_us of the capture clock. */
void fragment_pairs_note(struct fragment_pairs *x, const struct share *s, const struct packet *p, int64_t ts_us);
/* Whether fragments came between p's addresses in this minute or the one before. */
bool fragment_pairs_has(const struct fragment_pairs *x, const struct share *s, const struct packet *p, int64_t ts_us);

#endif
