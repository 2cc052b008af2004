/* SPDX-License-Identifier: Apache-2.0 */
/* host_memo: what the judge's files say of the hosts seen lately, and of words that may be a brand's in disguise; one worker's. */
#ifndef MXTAP_JUDGE_HOST_MEMO_H
#define MXTAP_JUDGE_HOST_MEMO_H

#include "sensor/judge/judge.h"

/* Borrowed from the judge. */
struct host_facts {
    const struct brand *owner;    /* whose own host it is; NULL: nobody's */
    enum lookalike like;
    struct lookalike_found found; /* where like says something */
    bool shortener, redirector;   /* on these lists, it or a domain above it */
    bool random;                  /* its domain's name cannot be said, and people may choose names there */
    bool idn;                     /* a label in punycode, or characters that go into it */
    bool any;                     /* one of all these says something: of most hosts nothing does */
};

/* Hosts are known by a keyed hash of 64 bits: nobody outside can make two of them meet. A fixed number of places, the
 * newest of each; more hosts than that only make it as slow as without. */
struct host_memo;

/* NULL when memory is refused. */
struct host_memo *host_memo_new(struct mem *m, const struct hash_key *key);
void host_memo_free(struct host_memo *x);

/* Fills in what is known of host (lower case, no final dot), whose registrable domain is domain: a tail of it, or absent.
 * j NULL: no files, only random and idn are told. Another judge than before, whose suffixes s has: all is forgotten. x NULL:
 * nothing is remembered. x is the only one that marks hosts in s. */
void host_facts(struct host_memo *x, const struct judge *j, const struct suffix *s, struct span host, struct span domain,
                struct host_facts *out);

/* As brand_of_look, of the judge's brands: senders write the same names again. x NULL: nothing is remembered. */
const struct brand *host_memo_look(struct host_memo *x, const struct judge *j, struct span word);

#endif
