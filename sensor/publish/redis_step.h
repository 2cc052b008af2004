/* SPDX-License-Identifier: Apache-2.0 */
/* redis_step: the atomic step that runs inside Redis: checks a run's marker, moves it, applies a batch. */
#ifndef MXTAP_PUBLISH_REDIS_STEP_H
#define MXTAP_PUBLISH_REDIS_STEP_H

/*
 * KEYS[1] the run's marker.
 * ARGV: prefix with its colon; prev; seq ("frame-n", prev "" = no marker yet); stats key; members of a
 * board; of a graph set; seconds of retention; seconds of an hour board; entries of a stream; of
 * first:<kind> and alerts; packets, bytes and records of the run up to the batch's end; marker's lifetime
 * in seconds (0 = for ever); packets and bytes of the run where the batch begins; the milliseconds that
 * stream ids begin with; number of texts for the marker; those texts, field and value in turn; then the
 * operations of redis_batch_seal.
 * Answers {"ok", seq, failed writes, first failure}, {"already", marker}, {"refused", marker} or, on a cluster, {"moving",
 * marker}: the slot of these keys is on its way to another server, nothing was done.
 */
extern const char redis_step_script[];
enum { STEP_FIXED_ARGS = 18 };

#endif
