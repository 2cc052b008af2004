/* SPDX-License-Identifier: Apache-2.0 */
/* mem: malloc with a budget and a count. */
#include "decoders/base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void mem_init(struct mem *m, size_t budget)
{
    *m = (struct mem){.budget = budget};
}

static int mem_allows(struct mem *m, size_t more)
{
    if (m->fail_after > 0 && --m->fail_after == 0)
        m->fail_after = -1;
    if (m->fail_after < 0)
        return 0;
    return !m->budget || (more <= m->budget && m->used <= m->budget - more);
}

static bool refuses(struct mem *m, size_t more)
{
    if (mem_allows(m, more))
        return false;
    m->refused++;
    return true;
}

/* p came of the system, for so many bytes more than before; NULL: it refused. */
static void *count(struct mem *m, void *p, size_t more, bool new)
{
    if (!p) {
        m->refused++;
        return NULL;
    }
    m->calls++;
    m->blocks += new;
    m->used += more;
    if (m->used > m->peak)
        m->peak = m->used;
    return p;
}

void *mem_resize(struct mem *m, void *p, size_t old_size, size_t new_size)
{
    bool first = !p;

    if (!new_size) {
        mem_free(m, p, old_size);
        return NULL;
    }
    if (new_size > old_size && refuses(m, new_size - old_size))
        return NULL;
    return count(m, realloc(p, new_size), new_size - old_size, first);
}

/* Blocks that glibc's malloc has at hand for a thread are smaller; its calloc (2.36) passes them by. */
enum { AT_HAND = 1024 };

/* Not inlined: of malloc and memset a compiler makes calloc. */
static __attribute__((noinline)) void *plain_block(size_t size)
{
    return malloc(size);
}

void *mem_zalloc(struct mem *m, size_t size)
{
    void *p;

    if (!size || refuses(m, size))
        return NULL;
    p = size <= AT_HAND ? plain_block(size) : calloc(1, size);
    if (p && size <= AT_HAND)
        memset(p, 0, size);
    return count(m, p, size, true);
}

void mem_free(struct mem *m, void *p, size_t size)
{
    if (!p)
        return;
    free(p);
    m->used -= size;
    m->blocks--;
}
