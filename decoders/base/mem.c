/* SPDX-License-Identifier: Apache-2.0 */
/* mem: malloc with a budget and a count. */
#include "decoders/base/mem.h"

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

void *mem_resize(struct mem *m, void *p, size_t old_size, size_t new_size)
{
    void *q;

    if (!new_size) {
        mem_free(m, p, old_size);
        return NULL;
    }
    if (new_size > old_size && !mem_allows(m, new_size - old_size)) {
        m->refused++;
        return NULL;
    }
    q = realloc(p, new_size);
    if (!q) {
        m->refused++;
        return NULL;
    }
    m->calls++;
    m->blocks += !p;
    m->used += new_size - old_size;
    if (m->used > m->peak)
        m->peak = m->used;
    return q;
}

void *mem_zalloc(struct mem *m, size_t size)
{
    void *p = mem_resize(m, NULL, 0, size);

    if (p)
        memset(p, 0, size);
    return p;
}

void mem_free(struct mem *m, void *p, size_t size)
{
    if (!p)
        return;
    free(p);
    m->used -= size;
    m->blocks--;
}
