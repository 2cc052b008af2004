/* SPDX-License-Identifier: Apache-2.0 */
/* crew_blocks: entries are told by one store each; the lock is taken once a block. */
#include "sensor/crew_blocks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "decoders/base/limits.h"

/* A block holds the longest frame there is. All of them are the slack in which one worker's large mail does not
 * stop the others: 16 MiB, twice that where all frames are long. */
enum { BLOCKS = 64, BLOCK_BYTES = 256 * 1024, FRAME_MOST = 256 * 1024, BLOCK_ENTRIES = 1024, NAP_US = 10 * 1000,
       WAKE_BLOCKS = 8 /* a worker that sleeps is woken by so many: a switch of threads costs more than a block */ };

struct block {
    uint8_t *bytes;
    struct entry *entries;
    atomic_uint filled; /* entries that may be read */
    size_t used;        /* bytes; the reader's own */
    unsigned users;     /* workers not through with it; under the lock */
};

/* A worker's place: block number (they count on, the ring takes them modulo BLOCKS) and entry. */
struct place {
    uint64_t block;
    unsigned entry;
};

struct crew_blocks {
    uint8_t *pages; /* all blocks' bytes, or NULL */
    pthread_mutex_t lock;
    pthread_cond_t filled, freed;
    unsigned workers, sleepers;
    const struct block *awaited; /* by the reader, until it has no users; under the lock */
    atomic_ullong opened; /* blocks that the reader has begun */
    atomic_ullong closed; /* of them, those that get no more entries */
    struct block block[BLOCKS];
    struct place place[LIMIT_WORKERS];
};

enum { PAGES_BYTES = BLOCKS * (BLOCK_BYTES + FRAME_MOST) };

static bool block_new(struct crew_blocks *b, unsigned i)
{
    struct block *x = &b->block[i];

    x->bytes = b->pages + i * (size_t)(BLOCK_BYTES + FRAME_MOST);
    x->entries = malloc(BLOCK_ENTRIES * sizeof(*x->entries));
    return x->entries;
}

struct crew_blocks *crew_blocks_new(unsigned workers)
{
    struct crew_blocks *b = calloc(1, sizeof(*b));

    if (!b)
        return NULL;
    b->workers = workers;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->filled, NULL);
    pthread_cond_init(&b->freed, NULL);
    b->pages = mmap(NULL, PAGES_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (b->pages == MAP_FAILED)
        b->pages = NULL;
    for (unsigned i = 0; i < BLOCKS; i++)
        if (!b->pages || !block_new(b, i)) {
            crew_blocks_free(b);
            return NULL;
        }
    return b;
}

/* What passed through them may have been a password: the pages go back to the system, which empties them. */
void crew_blocks_free(struct crew_blocks *b)
{
    if (!b)
        return;
    for (unsigned i = 0; i < BLOCKS; i++)
        free(b->block[i].entries);
    if (b->pages)
        munmap(b->pages, PAGES_BYTES);
    pthread_cond_destroy(&b->filled);
    pthread_cond_destroy(&b->freed);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

/* --- the reader --- */

/* Whoever waits for room waits for much of it: a switch of threads costs more than a block. */
static void wait_for_room(struct crew_blocks *b, uint64_t number)
{
    const struct block *half = &b->block[(number + BLOCKS / 2) % BLOCKS];

    if (!b->block[number % BLOCKS].users)
        return;
    pthread_cond_broadcast(&b->filled);
    b->awaited = half;
    while (half->users)
        pthread_cond_wait(&b->freed, &b->lock);
    b->awaited = NULL;
}

static struct block *open_next(struct crew_blocks *b)
{
    uint64_t number = atomic_load_explicit(&b->opened, memory_order_relaxed);
    struct block *x = &b->block[number % BLOCKS];

    pthread_mutex_lock(&b->lock);
    wait_for_room(b, number);
    x->users = b->workers;
    pthread_mutex_unlock(&b->lock);
    x->used = 0;
    atomic_store_explicit(&x->filled, 0, memory_order_relaxed);
    atomic_store_explicit(&b->opened, number + 1, memory_order_release);
    return x;
}

static void close_block(struct crew_blocks *b, bool last)
{
    uint64_t number = atomic_load_explicit(&b->opened, memory_order_relaxed);

    pthread_mutex_lock(&b->lock);
    atomic_store_explicit(&b->closed, number, memory_order_release);
    if (b->sleepers && (last || number % WAKE_BLOCKS == 0))
        pthread_cond_broadcast(&b->filled);
    pthread_mutex_unlock(&b->lock);
}

void crew_blocks_add(struct crew_blocks *b, const struct entry *e, struct span bytes)
{
    uint64_t opened = atomic_load_explicit(&b->opened, memory_order_relaxed);
    bool none = opened == atomic_load_explicit(&b->closed, memory_order_relaxed);
    struct block *x = none ? open_next(b) : &b->block[(opened - 1) % BLOCKS];
    unsigned n = atomic_load_explicit(&x->filled, memory_order_relaxed);

    x->entries[n] = *e;
    x->entries[n].at = (uint32_t)x->used;
    x->entries[n].n = (uint32_t)bytes.n;
    if (bytes.n)
        memcpy(x->bytes + x->used, bytes.p, bytes.n);
    x->used += bytes.n;
    atomic_store_explicit(&x->filled, n + 1, memory_order_release);
    if (n + 1 == BLOCK_ENTRIES || x->used >= BLOCK_BYTES || e->kind == ENTRY_OVER)
        close_block(b, e->kind == ENTRY_OVER);
}

/* --- the workers --- */

/* It gets no more entries. */
static bool is_closed(struct crew_blocks *b, const struct place *p)
{
    return atomic_load_explicit(&b->closed, memory_order_acquire) > p->block;
}

static void leave_block(struct crew_blocks *b, struct place *p)
{
    struct block *x = &b->block[p->block % BLOCKS];

    pthread_mutex_lock(&b->lock);
    if (--x->users == 0 && x == b->awaited)
        pthread_cond_signal(&b->freed);
    pthread_mutex_unlock(&b->lock);
    p->block++;
    p->entry = 0;
}

/* Until a block is full, or for NAP_US: so long may frames of one that fills slowly wait. */
static void sleep_a_little(struct crew_blocks *b, const struct place *p)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += NAP_US * 1000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_mutex_lock(&b->lock);
    b->sleepers++;
    if (!is_closed(b, p))
        pthread_cond_timedwait(&b->filled, &b->lock, &until);
    b->sleepers--;
    pthread_mutex_unlock(&b->lock);
}

/* What the worker has not taken of its block, 0: nothing, or the block is not begun. */
static unsigned more_of(const struct crew_blocks *b, const struct place *p)
{
    bool open = atomic_load_explicit(&b->opened, memory_order_acquire) > p->block;

    return open ? atomic_load_explicit(&b->block[p->block % BLOCKS].filled, memory_order_acquire) - p->entry : 0;
}

/* Whole blocks as long as they come fast. */
unsigned crew_blocks_take(struct crew_blocks *b, unsigned worker, const struct entry **entries, const uint8_t **bytes)
{
    struct place *p = &b->place[worker];
    const struct block *x;
    unsigned n;

    if (is_closed(b, p) && !more_of(b, p))
        leave_block(b, p);
    if (!is_closed(b, p))
        sleep_a_little(b, p);
    n = more_of(b, p);
    x = &b->block[p->block % BLOCKS];
    *entries = x->entries + p->entry;
    *bytes = x->bytes;
    p->entry += n;
    return n;
}
