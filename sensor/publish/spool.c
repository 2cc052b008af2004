/* SPDX-License-Identifier: Apache-2.0 */
/* spool: segments: made, written to, read again, removed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sensor/publish/spool_segment.h"

#include "sensor/language.h"

enum { SEGMENT_MOST = 8 * 1024 * 1024 }; /* bytes after which a new one is begun: goes out at once on a full disk */

void spool_fails(struct spool *s, const char *what)
{
    snprintf(s->why, sizeof(s->why), "%s: %s", what, strerror(errno));
}

void segment_name(uint64_t number, char name[SEGMENT_NAME])
{
    snprintf(name, SEGMENT_NAME, "%016" PRIx64 ".spool", number);
}

static bool number_of(const char *name, uint64_t *number)
{
    char *end;
    char again[SEGMENT_NAME];

    *number = strtoull(name, &end, 16);
    segment_name(*number, again);
    return strcmp(name, again) == 0 && *number;
}

struct spool_segment *segment_add(struct spool *s, uint64_t number, uint64_t bytes)
{
    struct spool_segment *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    g->number = number;
    g->bytes = bytes;
    if (s->last)
        s->last->next = g;
    else
        s->first = g;
    s->last = g;
    s->bytes += bytes;
    return g;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The numbers of the segments there are, sorted; -1 with errno. */
static ssize_t list_folder(struct spool *s, uint64_t **numbers)
{
    int fd = dup(s->dir);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    size_t n = 0, most = 0;
    uint64_t number, *more;
    struct dirent *e;

    *numbers = NULL;
    if (!d) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    rewinddir(d);
    while ((e = readdir(d))) {
        if (!number_of(e->d_name, &number))
            continue;
        if (n == most) {
            most = most ? 2 * most : 64;
            more = realloc(*numbers, most * sizeof(*more));
            if (!more)
                break;
            *numbers = more;
        }
        (*numbers)[n++] = number;
    }
    closedir(d);
    if (n)
        qsort(*numbers, n, sizeof(**numbers), by_number);
    return (ssize_t)n;
}

static bool take_folder(struct spool *s)
{
    uint64_t *numbers;
    ssize_t n = list_folder(s, &numbers);
    struct stat st;
    char name[SEGMENT_NAME];
    bool ok = n >= 0;

    for (ssize_t i = 0; i < n && ok; i++) {
        segment_name(numbers[i], name);
        if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
            continue;
        ok = segment_add(s, numbers[i], (uint64_t)st.st_size) != NULL;
        s->found = numbers[i];
    }
    free(numbers);
    return ok;
}

static struct spool *open_fails(struct spool *s, const char *folder, const char *why, char err[SPOOL_ERR])
{
    snprintf(err, SPOOL_ERR, "--spool %.300s: %s", folder, why);
    if (s)
        spool_close(s);
    return NULL;
}

struct spool *spool_open(const char *folder, uint64_t most, char err[SPOOL_ERR])
{
    struct spool *s = calloc(1, sizeof(*s));

    if (!s)
        return open_fails(NULL, folder, _("no memory"), err);
    s->dir = s->fd = s->read_fd = -1;
    spool_sync_init(&s->sync);
    s->most = most;
    s->segment_most = most / SEGMENTS < SEGMENT_MOST ? most / SEGMENTS : SEGMENT_MOST;
    s->folder = strdup(folder);
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return open_fails(s, folder, strerror(errno), err);
    s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir < 0 || faccessat(s->dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
        return open_fails(s, folder, strerror(errno), err);
    if (flock(s->dir, LOCK_EX | LOCK_NB) < 0)
        return open_fails(s, folder, _("another mxtap uses this folder; give each its own"), err);
    if (!s->folder || !take_folder(s))
        return open_fails(s, folder, _("it cannot be read"), err);
    return s;
}

void segment_remove(struct spool *s, struct spool_segment *g)
{
    struct spool_segment **at = &s->first, *before = NULL;
    char name[SEGMENT_NAME];

    for (; *at != g; at = &(*at)->next)
        before = *at;
    *at = g->next;
    if (s->last == g)
        s->last = before;
    if (s->reading == g) {
        close(s->read_fd);
        s->read_fd = -1;
        s->reading = NULL;
    }
    spool_sync_forget(&s->sync, g);
    segment_name(g->number, name);
    unlinkat(s->dir, name, 0);
    s->bytes -= g->bytes;
    free(g);
}

void segment_end(struct spool *s)
{
    struct spool_segment *g = s->writing;

    if (!g)
        return;
    if (g->held)
        spool_sync_file(&s->sync, s->fd, g); /* all but the last segment survives the machine too */
    else
        close(s->fd);
    s->fd = -1;
    s->writing = NULL;
    if (!g->held)
        segment_remove(s, g);
}

void spool_close(struct spool *s)
{
    struct spool_segment *next;

    segment_end(s);
    spool_sync_free(&s->sync);
    for (struct spool_segment *g = s->first; g; g = next) {
        next = g->next;
        free(g);
    }
    if (s->read_fd >= 0)
        close(s->read_fd);
    if (s->dir >= 0)
        close(s->dir);
    free(s->folder);
    free(s);
}

void spool_hold(struct spool *s, const struct spool_place *at)
{
    (void)s;
    at->segment->held++;
}

void spool_release(struct spool *s, const struct spool_place *at)
{
    if (--at->segment->held == 0 && at->segment != s->writing)
        segment_remove(s, at->segment);
}

struct spool_segment *spool_oldest(const struct spool *s)
{
    return s->first;
}

void spool_drop_oldest(struct spool *s)
{
    struct spool_segment *g = s->first;

    if (!g)
        return;
    g->held = 0;
    if (g == s->writing)
        segment_end(s);
    else
        segment_remove(s, g);
}

uint64_t spool_bytes(const struct spool *s)
{
    return s->bytes;
}

const char *spool_folder(const struct spool *s)
{
    return s->folder;
}

const char *spool_why(const struct spool *s)
{
    return s->why;
}

