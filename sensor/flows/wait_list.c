/* SPDX-License-Identifier: Apache-2.0 */
/* wait_list: doubly linked through the flows themselves. */
#include "sensor/flows/wait_list.h"

#include <stdlib.h>

void wait_list_add(struct wait_list *l, struct flow *f, int64_t now_us)
{
    f->waits_us = now_us ? now_us : 1;
    f->waits_newer = NULL;
    f->waits_older = l->newest;
    if (l->newest) {
        l->newest->waits_newer = f;
    } else {
        l->oldest = f;
        l->since_us = f->waits_us;
    }
    l->newest = f;
}

void wait_list_remove(struct wait_list *l, struct flow *f)
{
    if (!f->waits_us)
        return;
    if (f->waits_older) {
        f->waits_older->waits_newer = f->waits_newer;
    } else {
        l->oldest = f->waits_newer;
        l->since_us = l->oldest ? l->oldest->waits_us : 0;
    }
    if (f->waits_newer) {
        f->waits_newer->waits_older = f->waits_older;
        if (f->waits_newer->waits_newer)
            __builtin_prefetch(&f->waits_newer->waits_newer->waits_us); /* whether it is due, too, is asked when the oldest is */
    } else {
        l->newest = f->waits_older;
    }
    f->waits_us = 0;
}

/* list NULL: to count them. */
static uint32_t gather(const struct wait_list *l, int64_t now_us, struct flow **list)
{
    uint32_t n = 0;

    for (struct flow *f = l->oldest; f && wait_is_over(f->waits_us, now_us); f = f->waits_newer, n++)
        if (list)
            list[n] = f;
    return n;
}

struct flow **wait_list_all_due(const struct wait_list *l, int64_t now_us, struct mem *m, uint32_t *n)
{
    struct flow **list;

    if (!wait_list_due(l, now_us))
        return NULL;
    *n = gather(l, now_us, NULL);
    list = *n > 1 ? mem_resize(m, NULL, 0, *n * sizeof(*list)) : NULL;
    if (!list)
        return NULL;
    gather(l, now_us, list);
    qsort(list, *n, sizeof(*list), flow_by_first_frame);
    return list;
}
