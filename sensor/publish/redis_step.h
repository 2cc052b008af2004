/* SPDX-License-Identifier: Apache-2.0 */
/* redis_step: the atomic step that runs inside Redis: checks a run's marker, moves it, applies a batch. */
#ifndef MXTAP_PUBLISH_REDIS_STEP_H
#define MXTAP_PUBLISH_REDIS_STEP_H

#include "decoders/base/bytes.h"

/*
 * KEYS[1] the run's marker.
 * ARGV: prefix with its colon; prev; seq ("frame-n", prev "" = no marker yet); stats key; members of a
 * board; of a graph set; seconds of retention; seconds of an hour board; entries of a stream; of
 * first:<kind> and alerts; packets, bytes and records of the run up to the batch's end; marker's lifetime
 * in seconds (0 = for ever); packets and bytes of the run where the batch begins; the milliseconds that
 * stream ids begin with; entities of a kind that are kept; number of texts for the marker; those texts, field and value in turn; then,
 * if there are any, the operations of redis_batch_seal as one MessagePack array (redis_pack.h).
 * An operation is its name, then (redis_forms.h, redis_spell.c)
 *   S   key, 0, members; field and increment each                    counters of a hash
 *   BA  key, 0, members; member and increment each                   board of all time
 *   BD  the same with 1 where the lifetime begins anew               board of a day
 *   E   as form_kind spells it; entities; each as form_entity spells it, its pairs behind it: their number; the other kind's place in
 *       form_kind's list, members; member and increment each         entities, their boards and uniq, seen, first, pairs
 *   X A H  key, texts; each                                          stream, alert, hash that is overwritten
 * all keys without prefix. Nothing else than the prefix stands before a key, so that on a cluster the same step runs in each
 * bucket with "<prefix>{NN}:"; the bounds of a board (ARGV[5]) and of entities (redis_bounds) are then to be a bucket's share.
 * Answers {"ok", seq, failed writes, first failure}, {"already", marker}, {"refused", marker} or, on a cluster, {"moving",
 * marker}: the slot of these keys is on its way to another server, nothing was done.
 */
enum { STEP_FIXED_ARGS = 19 };
/* The script's text. False: no memory. */
bool redis_step_script(struct buf *out);
/* A part of it. */
extern const char redis_step_entities[];

#endif
