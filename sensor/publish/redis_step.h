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
 * stream ids begin with; entities of a kind that are kept; number of texts for the marker; those texts, field and value in turn; then the
 * operations of redis_batch_seal.
 * An operation is its name, then (redis_forms.h, redis_batch.c)
 *   S   key, fields; field and increment each                        counters of a hash
 *   BA  key, "0", members; member and increment each                 board of all time
 *   BD  the same with "1" where the lifetime begins anew             board of a day
 *   T   kind, hour, the same flag, members; member and increment each  boards of all time, day and hour, and the day's uniq
 *   E   stem, seen, first, other kinds; each; entities; each as form_entity spells it
 *   G   entity's key, other kind, members; member and increment each; behind the E of that entity
 *   X A H  key, texts; each                                          stream, alert, hash that is overwritten
 * all keys without prefix. Nothing else than the prefix stands before a key, so that on a cluster the same step runs in each
 * bucket with "<prefix>{NN}:"; the bounds of a board (ARGV[5]) and of entities (redis_bounds) are then to be a bucket's share.
 * Answers {"ok", seq, failed writes, first failure}, {"already", marker}, {"refused", marker} or, on a cluster, {"moving",
 * marker}: the slot of these keys is on its way to another server, nothing was done.
 */
extern const char redis_step_script[];
enum { STEP_FIXED_ARGS = 19 };

#endif
