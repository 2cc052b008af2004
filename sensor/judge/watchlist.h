/* SPDX-License-Identifier: Apache-2.0 */
/* watchlist: the operator's own lists: what is on one is worth an alert whatever else the mail says. */
#ifndef MXTAP_JUDGE_WATCHLIST_H
#define MXTAP_JUDGE_WATCHLIST_H

#include "decoders/base/siphash.h"
#include "decoders/name/unicode_name.h"
#include "sensor/record.h"

/* One file, of docs/FILES.md's form: addresses, networks, domains, URLs, HELO names, mail addresses, subject keys and
 * hashes, each with a label or without. Immutable once open. Its name is the file's, without folder and ending. */
struct watchlist;

/* NULL with err naming the file when it cannot be read or memory is refused; wrong lines are named in the log and
 * left out. key and unicode outlive it. */
struct watchlist *watchlist_open(struct mem *m, const struct hash_key *key, const struct unicode_names *unicode, const char *file,
                                 char err[256]);
void watchlist_close(struct watchlist *w);
uint32_t watchlist_count(const struct watchlist *w);

/* Adds to r->watched what of r is on the list, each thing once; texts go to the record's arena. Called when the rest of
 * the record is known. The work depends on the record, not on the list's length. */
void watchlist_match(const struct watchlist *w, struct record *r);

#endif
