/* SPDX-License-Identifier: Apache-2.0 */
/* suffix: the public suffix list: registrable domain of a host, and whether its last label is a real TLD. */
#ifndef MXTAP_LINK_SUFFIX_H
#define MXTAP_LINK_SUFFIX_H

#include "decoders/base/siphash.h"

/* It remembers answers, so it belongs to one thread. Hosts are lower case, without final dot, IDN as UTF-8
 * or punycode. */
struct suffix;

/* file: a list in publicsuffix.org's format; NULL takes the one compiled into libpsl. key (copied): hosts are remembered under
 * it, and known by 62 bits of hash: nobody outside can make two of them meet. NULL when the file cannot be read or memory is
 * refused. The caller frees it after the last user of it. */
struct suffix *suffix_new(struct mem *m, const char *file, const struct hash_key *key);
void suffix_free(struct suffix *s);

/* A list by itself, read-only: any number of threads may use it. */
struct suffix_list;

/* file as with suffix_new. The caller closes it after the last suffix that uses it is freed or uses another. */
struct suffix_list *suffix_list_open(struct mem *m, const char *file);
void suffix_list_close(struct suffix_list *l);

/* Where the text of the compiled-in list lies, if anywhere, and its SHA-1 in hexadecimal digits; NULL where libpsl does not know. */
const char *suffix_builtin_file(void);
const char *suffix_builtin_sha1(void);
/* text is what l was made of, to the byte (the caller saw to it): of most names it says at once that no rule is about them. Before
 * other threads use l. Where memory is refused, nothing changes. */
void suffix_list_rules(struct suffix_list *l, struct span text);

/* As suffix_new, by a list that is there (borrowed). */
struct suffix *suffix_new_by(struct mem *m, const struct suffix_list *l, const struct hash_key *key);
/* s answers by l (borrowed) from now on and forgets what it remembered. */
void suffix_use(struct suffix *s, const struct suffix_list *l);

/* The registrable domain, a tail of host (borrowed from it), private suffixes (github.io) counted as
 * suffixes. Absent where host is itself a suffix, has one label, or is no host name. */
struct span suffix_registrable(const struct suffix *s, struct span host);
/* The same in two steps: what is remembered of host (not empty) is asked of memory, from which it comes while something else is done;
 * hash is what suffix_ask gave. */
uint64_t suffix_ask(const struct suffix *s, struct span host);
struct span suffix_answer(const struct suffix *s, struct span host, uint64_t hash);

/* A mark beside each host that is remembered, for whoever has something to remember of hosts too: none at first, gone with the
 * host, or when another list is used. hash: suffix_hash of the host; at: where its registrable domain begins, its length where it
 * has none (what else the caller takes for its domain is not marked). False: the host has no mark; it could get none. */
uint64_t suffix_hash(const struct suffix *s, struct span host);
bool suffix_marked(const struct suffix *s, uint64_t hash, size_t at);
bool suffix_mark(const struct suffix *s, uint64_t hash, size_t at);
/* Takes all marks away. */
void suffix_unmark(const struct suffix *s);

/* True when tld (one label) is on the list, not merely covered by its default rule. */
bool suffix_is_tld(const struct suffix *s, struct span tld);

/* True when all of host is a suffix under which names are registered (com, co.uk), private ones not. */
bool suffix_is_icann(const struct suffix *s, struct span host);

#endif
