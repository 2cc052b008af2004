/* SPDX-License-Identifier: Apache-2.0 */
/* spool_sync: a short row of open files, and the thread that syncs the first of them. */
#define _GNU_SOURCE
#include "sensor/publish/spool_sync.h"

#include <string.h>
#include <unistd.h>

#include "sensor/quiet_thread.h"

void spool_sync_init(struct spool_sync *y)
{
    *y = (struct spool_sync){.n = 0};
    pthread_mutex_init(&y->lock, NULL);
    pthread_cond_init(&y->news, NULL);
}

static void take_out(struct spool_sync *y, unsigned i)
{
    close(y->files[i].fd);
    y->n--;
    memmove(&y->files[i], &y->files[i + 1], (y->n - i) * sizeof(y->files[0]));
}

static void sync_first(struct spool_sync *y)
{
    int fd = y->files[0].fd;

    y->busy = true;
    pthread_mutex_unlock(&y->lock);
    fdatasync(fd);
    pthread_mutex_lock(&y->lock);
    y->busy = false;
    take_out(y, 0);
    pthread_cond_broadcast(&y->news);
}

static void *syncs(void *ctx)
{
    struct spool_sync *y = ctx;

    pthread_mutex_lock(&y->lock);
    while (y->n || !y->stop) {
        if (y->n)
            sync_first(y);
        else
            pthread_cond_wait(&y->news, &y->lock);
    }
    pthread_mutex_unlock(&y->lock);
    return NULL;
}

void spool_sync_free(struct spool_sync *y)
{
    pthread_mutex_lock(&y->lock);
    y->stop = true;
    pthread_cond_broadcast(&y->news);
    pthread_mutex_unlock(&y->lock);
    if (y->started)
        pthread_join(y->thread, NULL);
    pthread_cond_destroy(&y->news);
    pthread_mutex_destroy(&y->lock);
}

void spool_sync_file(struct spool_sync *y, int fd, const void *whose)
{
    pthread_mutex_lock(&y->lock);
    if (!y->started)
        y->started = quiet_thread_start(&y->thread, syncs, y) == 0;
    if (!y->started)
        fdatasync(fd);
    if (!y->started || y->n == LIMIT_REDIS_SPOOL_SYNC) {
        close(fd);
    } else {
        y->files[y->n++] = (struct spool_sync_file){fd, whose};
        pthread_cond_broadcast(&y->news);
    }
    pthread_mutex_unlock(&y->lock);
}

void spool_sync_forget(struct spool_sync *y, const void *whose)
{
    unsigned i = 0;

    pthread_mutex_lock(&y->lock);
    while (i < y->n && y->files[i].whose != whose)
        i++;
    if (i < y->n && i == 0 && y->busy) {
        y->files[0].whose = NULL;
        y->room = true;
    } else if (i < y->n) {
        take_out(y, i);
    }
    pthread_mutex_unlock(&y->lock);
}

bool spool_sync_room(struct spool_sync *y)
{
    bool came;

    pthread_mutex_lock(&y->lock);
    while (y->n && !y->files[0].whose)
        pthread_cond_wait(&y->news, &y->lock);
    came = y->room;
    y->room = false;
    pthread_mutex_unlock(&y->lock);
    return came;
}
