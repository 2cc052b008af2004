/* SPDX-License-Identifier: Apache-2.0 */
/* start_store: address space is asked for once, pages come as they are touched. */
#define _GNU_SOURCE
#include "sensor/flows/start_store.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#include "decoders/base/limits.h"

enum {
    STORE_BYTES = 32 * 1024 * 1024,
    LARGE_BYTES = 4 << 20, /* in large pages: what a start fills in any case (nDPI 4.2: 4.3 MB). A third would be empty, and resident */
    PAGE = 4096,
    STORES_MOST = 2 * LIMIT_WORKERS, /* each worker may start nDPI twice */
    ALIGNED = 16
};

/* At the beginning of its pages. */
struct start_store {
    size_t used;
    bool refused;
};

static _Atomic(struct start_store *) stores[STORES_MOST];

static bool enlist(struct start_store *s)
{
    for (unsigned i = 0; i < STORES_MOST; i++) {
        struct start_store *none = NULL;

        if (atomic_compare_exchange_strong(&stores[i], &none, s))
            return true;
    }
    return false;
}

struct start_store *start_store_new(void)
{
    struct start_store *s = mmap(NULL, STORE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (s == MAP_FAILED)
        return NULL;
    madvise(s, LARGE_BYTES, MADV_HUGEPAGE); /* one fault for 2 MB, where the system can */
    s->used = (sizeof(*s) + ALIGNED - 1) / ALIGNED * ALIGNED;
    if (enlist(s))
        return s;
    munmap(s, STORE_BYTES);
    return NULL;
}

void start_store_free(struct start_store *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < STORES_MOST; i++)
        if (atomic_load(&stores[i]) == s)
            atomic_store(&stores[i], NULL);
    munmap(s, STORE_BYTES);
}

void *start_store_take(struct start_store *s, size_t n)
{
    uint8_t *p = (uint8_t *)s + s->used;

    if (n > STORE_BYTES - s->used - ALIGNED) {
        s->refused = true;
        return NULL;
    }
    s->used += (n + ALIGNED - 1) / ALIGNED * ALIGNED;
    return p;
}

size_t start_store_resident(const struct start_store *s)
{
    return s->used < LARGE_BYTES ? LARGE_BYTES : (s->used + PAGE - 1) / PAGE * PAGE;
}

bool start_store_held_all(const struct start_store *s)
{
    return !s->refused;
}

bool start_store_has(const void *p)
{
    for (unsigned i = 0; i < STORES_MOST; i++) {
        uintptr_t s = (uintptr_t)atomic_load_explicit(&stores[i], memory_order_relaxed);

        if (s && (uintptr_t)p - s < STORE_BYTES)
            return true;
    }
    return false;
}
