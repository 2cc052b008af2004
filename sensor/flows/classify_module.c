/* SPDX-License-Identifier: Apache-2.0 */
/* classify_module: a start of nDPI asks for 40,000 blocks, which come from one piece and go back as one. */
#include "sensor/flows/classify_module.h"

#include <malloc.h>
#include <ndpi_api.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/flows/start_store.h"
#include "sensor/language.h"

/* What nDPI gathers of a flow may be kilobytes (its TLS dissector keeps whatever comes), and nobody hands it a struct mem:
 * the thread's classify is told of it while nDPI works for it. */
static _Thread_local int64_t *gathers;

/* The thread's module is starting: what nDPI asks for is of the module and stays until that ends. */
static _Thread_local struct start_store *starting;

/*
 * nDPI 4.2 writes through what it got without a look. What it asks for amid a call, when there is no memory, it is given from here, and
 * the thread calls it no more: what one call asks for is some copies of a packet (64 KB) at most. Not touched, it costs nothing. A
 * block stands behind its size and is not used again.
 */
enum { RESERVE = 4 << 20, ALIGNED = 16 };
static _Alignas(ALIGNED) uint8_t reserve[RESERVE];
static atomic_size_t reserve_used;
static _Thread_local bool short_of_memory;

static void *reserve_take(size_t n)
{
    size_t need = ALIGNED + (n + ALIGNED - 1) / ALIGNED * ALIGNED, at;

    short_of_memory = true;
    if (n > RESERVE - ALIGNED || (at = atomic_fetch_add(&reserve_used, need)) > RESERVE - need) {
        fprintf(stderr, "mxtap: %s\n", _("no memory for nDPI"));
        _exit(1);
    }
    memcpy(reserve + at, &n, sizeof(n));
    return reserve + at + ALIGNED;
}

static bool reserve_wipe(void *p)
{
    uint8_t *block = p;
    size_t n;

    if ((uintptr_t)p - (uintptr_t)reserve >= RESERVE)
        return false;
    memcpy(&n, block - ALIGNED, sizeof(n));
    explicit_bzero(block, n);
    return true;
}

/* Not by malloc: tests/alloc refuses that, to see what is ours survive it. */
static void *counted_malloc(size_t n)
{
    void *p = starting ? start_store_take(starting, n) : NULL;

    if (p)
        return p;
    p = aligned_alloc(ALIGNED, (n + ALIGNED - 1) & ~(size_t)(ALIGNED - 1));
    if (!p)
        return reserve_take(n);
    if (gathers)
        *gathers += (int64_t)malloc_usable_size(p);
    return p;
}

/* It goes back empty: an AUTH line may be in it. */
static void wipe_and_free(void *p)
{
    if (!p || start_store_has(p) || reserve_wipe(p))
        return;
    if (gathers)
        *gathers -= (int64_t)malloc_usable_size(p);
    explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

bool classify_memory_was_short(void)
{
    return short_of_memory;
}

static void tell_ndpi(void)
{
    set_ndpi_malloc(counted_malloc);
    set_ndpi_flow_malloc(counted_malloc);
    set_ndpi_free(wipe_and_free);
    set_ndpi_flow_free(wipe_and_free);
}

void classify_memory_for(int64_t *bytes)
{
    gathers = bytes;
}

/* One at a time: nDPI fills tables of its own that all modules share. What comes behind it is the module's alone. */
static struct ndpi_detection_module_struct *tables_new(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct ndpi_detection_module_struct *m;

    pthread_mutex_lock(&lock);
    m = ndpi_init_detection_module(ndpi_dont_load_tor_hosts | ndpi_dont_init_libgcrypt);
    pthread_mutex_unlock(&lock);
    return m;
}

static void choose_dissectors(struct ndpi_detection_module_struct *m, bool full)
{
    NDPI_PROTOCOL_BITMASK wanted;

    NDPI_BITMASK_RESET(wanted);
    if (full)
        NDPI_BITMASK_SET_ALL(wanted);
    NDPI_BITMASK_ADD(wanted, NDPI_PROTOCOL_MAIL_SMTP);
    NDPI_BITMASK_ADD(wanted, NDPI_PROTOCOL_MAIL_SMTPS);
    ndpi_set_protocol_detection_bitmask2(m, &wanted);
    ndpi_finalize_initialization(m);
}

bool classify_module_start(struct classify_module *m, bool full)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, tell_ndpi);
    m->store = starting = start_store_new();
    if (!m->store)
        return false;
    m->ndpi = tables_new();
    if (m->ndpi)
        choose_dissectors(m->ndpi, full);
    starting = NULL;
    return m->ndpi;
}

size_t classify_module_bytes(const struct classify_module *m)
{
    return m->store ? start_store_resident(m->store) : 0;
}

/* nDPI's way out visits each block of its start to free it, though they go back as one. Where it holds nothing else there is no
 * need for it. */
void classify_module_stop(struct classify_module *m, bool kept)
{
    if (m->ndpi && (kept || !m->store || !start_store_held_all(m->store)))
        ndpi_exit_detection_module(m->ndpi);
    start_store_free(m->store);
    *m = (struct classify_module){NULL, NULL};
}
