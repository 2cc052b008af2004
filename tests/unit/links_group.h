/* SPDX-License-Identifier: Apache-2.0 */
/* links_group: what all tests of a page of links share, opened and closed around them. */
#ifndef MXTAP_TESTS_LINKS_GROUP_H
#define MXTAP_TESTS_LINKS_GROUP_H

#include "tests/unit/links_run.h"

static struct suffix *suffix;
static struct tag_memo *memo; /* of all tests */
static struct mem suffix_mem;

static int open_suffix(void **state)
{
    (void)state;
    mem_init(&suffix_mem, 0);
    suffix = suffix_new(&suffix_mem, NULL, &(struct hash_key){1, 2});
    memo = tag_memo_new(&suffix_mem);
    return suffix && memo ? 0 : -1;
}

static int close_suffix(void **state)
{
    (void)state;
    suffix_free(suffix);
    tag_memo_free(memo);
    return 0;
}

#endif
