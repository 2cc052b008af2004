/* SPDX-License-Identifier: Apache-2.0 */
/* The spool on a disk that takes its time: nobody waits for it, and what it was given is synced before the end.
 *
 * fdatasync and writev below are the disk: it counts, and stands still while it is held. Each frame fills a segment of its own. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sensor/publish/spool.h"
#include "sensor/publish/spool_sync.h"

enum { FRAME = 40 * 1024, SEGMENTS_BYTES = 64 * 1024 * 16, PATIENCE_S = 20 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t news;
    bool held, full; /* full: until it has synced something */
    unsigned begun, synced, refused;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER};

int fdatasync(int fd)
{
    pthread_mutex_lock(&disk.lock);
    disk.begun++;
    pthread_cond_broadcast(&disk.news);
    while (disk.held)
        pthread_cond_wait(&disk.news, &disk.lock);
    disk.synced += lseek(fd, 0, SEEK_CUR) >= 0; /* it is open until it is synced */
    pthread_mutex_unlock(&disk.lock);
    return 0;
}

static void hold_disk(bool held)
{
    pthread_mutex_lock(&disk.lock);
    disk.held = held;
    pthread_cond_broadcast(&disk.news);
    pthread_mutex_unlock(&disk.lock);
}

/* On a full disk nothing can be written; that was noticed, so the disk may go on. */
ssize_t writev(int fd, const struct iovec *v, int n)
{
    bool full;

    pthread_mutex_lock(&disk.lock);
    full = disk.full && !disk.synced;
    disk.refused += full;
    pthread_mutex_unlock(&disk.lock);
    if (!full)
        return syscall(SYS_writev, fd, v, n);
    hold_disk(false);
    errno = ENOSPC;
    return -1;
}

static void wait_until_begun(unsigned n)
{
    pthread_mutex_lock(&disk.lock);
    while (disk.begun < n)
        pthread_cond_wait(&disk.news, &disk.lock);
    pthread_mutex_unlock(&disk.lock);
}

static unsigned files_open(void)
{
    DIR *d = opendir("/proc/self/fd");
    unsigned n = 0;

    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

struct world {
    char folder[64];
    struct spool *spool;
    uint8_t body[FRAME];
};

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    char err[SPOOL_ERR];

    disk.begun = disk.synced = disk.refused = 0;
    disk.full = false;
    disk.held = true;
    snprintf(w->folder, sizeof(w->folder), "/tmp/mxtap-unit-spool-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->spool = spool_open(w->folder, SEGMENTS_BYTES, err);
    assert_non_null(w->spool);
    *state = w;
    alarm(PATIENCE_S); /* whoever waits for the disk waits for ever */
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;

    hold_disk(false);
    if (w->spool)
        spool_close(w->spool);
    alarm(0);
    assert_int_equal(rmdir(w->folder), 0);
    free(w);
    return 0;
}

static struct spool_place add(struct world *w, uint8_t letter)
{
    struct spool_place at;

    memset(w->body, letter, FRAME);
    assert_int_equal(spool_add(w->spool, 1, span_of(w->body, FRAME), &at), SPOOL_ADDED);
    spool_hold(w->spool, &at);
    return at;
}

static void assert_reads(struct world *w, const struct spool_place *at, uint8_t letter)
{
    struct mem mem;
    struct buf out;

    mem_init(&mem, 0);
    buf_init(&out, &mem, SIZE_MAX);
    memset(w->body, letter, FRAME);
    assert_true(spool_read(w->spool, at, &out));
    assert_true(span_eq(buf_span(&out), span_of(w->body, FRAME)));
    buf_free(&out);
}

/* Five segments are written while the disk has not even taken the first: all of it is there. At the end the disk is waited for, and has
 * each segment. */
static void a_disk_that_takes_its_time_holds_nobody(void **state)
{
    struct world *w = *state;
    struct spool_place at[5];

    for (unsigned i = 0; i < 5; i++)
        at[i] = add(w, (uint8_t)('a' + i));
    wait_until_begun(1);
    for (unsigned i = 0; i < 5; i++)
        assert_reads(w, &at[i], (uint8_t)('a' + i));
    assert_int_equal(disk.synced, 0);
    hold_disk(false);
    for (unsigned i = 0; i < 4; i++) /* the fifth is written to still: it is in nobody's way */
        wait_until_begun(i + 1);
    for (unsigned i = 0; i < 5; i++)
        spool_release(w->spool, &at[i]);
    spool_close(w->spool);
    w->spool = NULL;
    assert_int_equal(disk.synced, 4);
}

/* Redis has a segment's frames before the disk has the segment: it goes at once, and nothing of it stays open but what the disk
 * is busy with. */
static void what_is_needed_no_more_is_not_waited_for(void **state)
{
    struct world *w = *state;
    unsigned open_before = files_open();
    struct spool_place at[5];

    for (unsigned i = 0; i < 5; i++)
        at[i] = add(w, 'x');
    wait_until_begun(1);
    for (unsigned i = 0; i < 5; i++)
        spool_release(w->spool, &at[i]);
    assert_int_equal(files_open(), open_before + 2); /* the one that is synced, the one that is written to */
    hold_disk(false);
    spool_close(w->spool);
    w->spool = NULL;
    assert_int_equal(disk.begun, 1);
}

/* A disk that does not keep up at all: the row of files has an end. */
static void files_that_wait_are_few(void **state)
{
    struct world *w = *state;
    unsigned open_before = files_open();
    struct spool_place at[LIMIT_REDIS_SPOOL_SYNC + 8];

    for (unsigned i = 0; i < LIMIT_REDIS_SPOOL_SYNC + 8; i++)
        at[i] = add(w, 'x');
    assert_int_equal(files_open(), open_before + LIMIT_REDIS_SPOOL_SYNC + 1);
    hold_disk(false);
    for (unsigned i = 0; i < LIMIT_REDIS_SPOOL_SYNC + 8; i++)
        spool_release(w->spool, &at[i]);
}

/* The disk is full, and the room of a segment that is removed comes when the disk is done with it: that is waited for, so that no
 * segment is given up that fits. */
static void room_that_comes_by_itself_costs_no_frame(void **state)
{
    struct world *w = *state;
    struct spool_place first = add(w, 'a'), second = add(w, 'b'), third;

    wait_until_begun(1);
    spool_release(w->spool, &first);
    disk.full = true;
    third = add(w, 'c');
    assert_int_equal(disk.refused, 1);
    assert_reads(w, &second, 'b');
    spool_release(w->spool, &second);
    spool_release(w->spool, &third);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_disk_that_takes_its_time_holds_nobody, open_world, close_world),
        cmocka_unit_test_setup_teardown(what_is_needed_no_more_is_not_waited_for, open_world, close_world),
        cmocka_unit_test_setup_teardown(room_that_comes_by_itself_costs_no_frame, open_world, close_world),
        cmocka_unit_test_setup_teardown(files_that_wait_are_few, open_world, close_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
