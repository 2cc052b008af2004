/* SPDX-License-Identifier: Apache-2.0 */
/* wait_list: doubly linked through the flows themselves. */
#include "sensor/flows/wait_list.h"

void wait_list_add(struct wait_list *l, struct flow *f, int64_t now_us)
{
    f->waits_us = now_us ? now_us : 1;
    f->waits_newer = NULL;
    f->waits_older = l->newest;
    if (l->newest)
        l->newest->waits_newer = f;
    else
        l->oldest = f;
    l->newest = f;
}

void wait_list_remove(struct wait_list *l, struct flow *f)
{
    if (!f->waits_us)
        return;
    if (f->waits_older)
        f->waits_older->waits_newer = f->waits_newer;
    else
        l->oldest = f->waits_newer;
    if (f->waits_newer)
        f->waits_newer->waits_older = f->waits_older;
    else
        l->newest = f->waits_older;
    f->waits_us = 0;
}
