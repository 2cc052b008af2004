/* SPDX-License-Identifier: Apache-2.0 */
/* brands_state: what brands is made of, for its own files. */
#ifndef MXTAP_JUDGE_BRANDS_STATE_H
#define MXTAP_JUDGE_BRANDS_STATE_H

#include "decoders/name/near_names.h"
#include "decoders/name/word_finder.h"
#include "sensor/judge/brands.h"
#include "sensor/judge/name_set.h"

/* A word of one of the finders, or a text of one of the sets: whose it is, and as what. */
struct brand_word {
    struct span text; /* as in the file */
    uint32_t brand;
    bool exact;       /* text: only in this case, in ASCII */
};

/* Numbers in the sets and finders are 1 + an index of words. */
struct brands {
    struct mem *mem;
    const struct unicode_names *unicode;
    struct arena arena;
    struct list list;            /* struct brand */
    struct list words;           /* struct brand_word */
    struct name_set domains;     /* as in the file, and IDN ones in their other form */
    struct name_set looks;       /* skeletons of domains, of their names, of Latin names */
    struct near_names *near;     /* names of domains */
    struct word_finder *names;   /* in text folded by name_fold */
    struct word_finder *inside;  /* in skeletons of hosts, dots and hyphens alike */
};

enum { BRANDS_MOST = 100000, BRAND_VALUES = 4096, BRAND_WORDS = 4000000 };

/* brands_index: puts one value into the sets. why NULL or a static sentence on what is wrong with it. */
bool brands_index_name(struct brands *b, uint32_t brand, struct span name, bool exact, const char **why);
bool brands_index_domain(struct brands *b, uint32_t brand, struct span domain, bool common_word, const char **why);
bool brands_index_host_word(struct brands *b, uint32_t brand, struct span word, const char **why);
bool brands_index_seal(struct brands *b);
/* A host as its words are looked for: skeleton, dots and hyphens one border, one at both ends. Bytes in out; 0 when it
 * has none. */
size_t brands_host_look(const struct brands *b, struct span host, uint8_t out[UNICODE_NAME_OUT]);

static inline const struct brand_word *brands_word(const struct brands *b, uint32_t number)
{
    return (const struct brand_word *)b->words.items + (number - 1);
}

#endif
