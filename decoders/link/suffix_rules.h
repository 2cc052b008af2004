/* SPDX-License-Identifier: Apache-2.0 */
/* suffix_rules: what a public suffix list has rules about, in two sets of bits: most names are in neither, and are no suffix. A name is
 * read from its end, and no further than there are rules: of a new host one place is looked at that is not warm. */
#ifndef MXTAP_LINK_SUFFIX_RULES_H
#define MXTAP_LINK_SUFFIX_RULES_H

#include "decoders/base/bytes.h"

enum { SUFFIX_RULES_BITS = 17, SUFFIX_WILDCARDS_BITS = 12 }; /* ten thousand rules, a hundred of them wildcards */

/* By a name's hash. All zero: no rule. */
struct suffix_rules {
    uint64_t names[(1 << SUFFIX_RULES_BITS) / 32];         /* two bits each: of rules, without their ! or "*.", and of their tails */
    uint64_t wildcards[(1 << SUFFIX_WILDCARDS_BITS) / 64]; /* what stands behind a "*." */
};

/* text: a list in publicsuffix.org's format. */
void suffix_rules_add(struct suffix_rules *r, struct span text);

/* False: no rule makes name (lower case) a suffix. True says nothing; so it is for names of one label, for those that are not ASCII or
 * have a label in Punycode, which lists have as UTF-8, and for those whose dots stand where none should: hosts of hostile URLs. */
bool suffix_rules_may(const struct suffix_rules *r, struct span name);
/* Where the longest tail of name begins, at `at` or behind a dot behind it, for which suffix_rules_may is true. */
size_t suffix_rules_next(const struct suffix_rules *r, struct span name, size_t at);

#endif
