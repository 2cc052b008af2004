/* SPDX-License-Identifier: Apache-2.0 */
/* classify_ahead: the module is the thread's until that has ended, and then its one taker's. */
#include "sensor/flows/classify_ahead.h"

#include <pthread.h>
#include <stdlib.h>

#include "sensor/quiet_thread.h"

struct classify_ahead {
    pthread_t thread;
    bool runs;
    struct classify_module module;
};

static void *start(void *ctx)
{
    struct classify_ahead *a = ctx;

    classify_module_start(&a->module, false);
    return NULL;
}

struct classify_ahead *classify_ahead_new(void)
{
    struct classify_ahead *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->runs = quiet_thread_start(&a->thread, start, a) == 0;
    if (a->runs)
        return a;
    free(a);
    return NULL;
}

static void wait_for(struct classify_ahead *a)
{
    if (a->runs)
        pthread_join(a->thread, NULL);
    a->runs = false;
}

bool classify_ahead_take(struct classify_ahead *a, struct classify_module *m)
{
    wait_for(a);
    *m = a->module;
    a->module = (struct classify_module){NULL, NULL};
    return m->ndpi;
}

void classify_ahead_free(struct classify_ahead *a)
{
    if (!a)
        return;
    wait_for(a);
    classify_module_stop(&a->module, false);
    free(a);
}
