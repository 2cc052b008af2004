/* SPDX-License-Identifier: Apache-2.0 */
/* spool_sync: files that are written go to the disk itself on a thread of their own: a disk may take its time, and whoever
 * writes the spool also serves Redis and empties the queue. */
#ifndef MXTAP_PUBLISH_SPOOL_SYNC_H
#define MXTAP_PUBLISH_SPOOL_SYNC_H

#include <pthread.h>
#include <stdbool.h>

#include "decoders/base/limits.h"

struct spool_sync_file {
    int fd;
    const void *whose; /* NULL: nobody's any more */
};

/* Invariant: files[0..n) are open and ours; files[0] is the thread's while it is busy. The thread begins with the first file:
 * before the locks of a capture there must be none. */
struct spool_sync {
    pthread_mutex_t lock;
    pthread_cond_t news; /* a file came, one is done, or the end */
    pthread_t thread;
    struct spool_sync_file files[LIMIT_REDIS_SPOOL_SYNC];
    unsigned n;
    bool started, busy, stop;
    bool room; /* a file was removed while it was under way */
};

void spool_sync_init(struct spool_sync *y);
/* The files that wait are synced first, however long the disk takes. */
void spool_sync_free(struct spool_sync *y);

/* fd is ours from here on: synced and closed, in the order given. Where LIMIT_REDIS_SPOOL_SYNC wait already it is closed at once and
 * left to the kernel, which writes it within a minute or so. */
void spool_sync_file(struct spool_sync *y, int fd, const void *whose);

/* The file is removed: it is closed, synced or not. One that is under way is closed when the disk has it, and keeps its room until then. */
void spool_sync_forget(struct spool_sync *y, const void *whose);
/* Waits for that room. True: it has come since this was asked last. */
bool spool_sync_room(struct spool_sync *y);

#endif
