/* SPDX-License-Identifier: Apache-2.0 */
/* sink_json: records as JSON lines into a file (0600, appended) or standard output. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sensor/language.h"
#include "sensor/publish/sinks.h"

enum {
    WRITE_AT = 256 * 1024, /* bytes gathered before a write: few system calls */
    GATHERED = 64          /* lines, the same */
};

struct sink_json {
    struct sink sink;
    struct json_options options;
    struct iovec line[GATHERED]; /* taken and not written yet, in place */
    int lines_n;
    size_t bytes;
    char *path; /* NULL for standard output */
    int fd;
    uint64_t lost; /* lines */
    bool failed;
};

static struct sink_json *of(struct sink *s)
{
    return (struct sink_json *)(void *)s;
}

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Whoever reads a pipe may take his time. */
static bool is_plain(int fd)
{
    enum { MEMORY_DEVICES = 1, NULL_DEVICE = 3 };
    struct stat s;

    return fstat(fd, &s) == 0 &&
           (S_ISREG(s.st_mode) || (S_ISCHR(s.st_mode) && s.st_rdev == makedev(MEMORY_DEVICES, NULL_DEVICE)));
}

/* The first failure is said, once; what is written after it would have a hole, so nothing is. */
static void fail(struct sink_json *x)
{
    x->failed = true;
    fprintf(stderr, _("mxtap: %s: %s; records are no longer written there. Free space or name another --json\n"),
            x->path ? x->path : _("standard output"), strerror(errno));
}

/* n bytes of what was gathered are written. The first line that is not written whole. */
static int pass_written(struct sink_json *x, int first, size_t n)
{
    for (; first < x->lines_n && n >= x->line[first].iov_len; first++)
        n -= x->line[first].iov_len;
    if (first < x->lines_n) {
        x->line[first].iov_base = (char *)x->line[first].iov_base + n;
        x->line[first].iov_len -= n;
    }
    return first;
}

static void flush(struct sink_json *x)
{
    int at = 0;

    while (at < x->lines_n && !x->failed) {
        ssize_t n = writev(x->fd, x->line + at, x->lines_n - at);

        if (n > 0)
            at = pass_written(x, at, (size_t)n);
        else if (errno != EINTR)
            fail(x);
    }
    x->lost += (uint64_t)(x->lines_n - at);
    x->lines_n = 0;
    x->bytes = 0;
}

static void put_line(struct sink *s, const struct parcel *p)
{
    struct sink_json *x = of(s);

    if (x->failed || !p->has_line) {
        x->lost++;
        return;
    }
    x->line[x->lines_n++] = (struct iovec){p->line.p, p->line.n};
    x->bytes += p->line.n;
    if (x->bytes >= WRITE_AT || x->lines_n == GATHERED || p->live)
        flush(x);
}

static void settle(struct sink *s)
{
    flush(of(s));
}

static void reopen(struct sink *s)
{
    struct sink_json *x = of(s);
    int fd;

    flush(x);
    if (!x->path)
        return;
    fd = open_file(x->path);
    if (fd < 0) {
        fprintf(stderr, _("mxtap: %s: %s; the old file stays open\n"), x->path, strerror(errno));
        return;
    }
    close(x->fd);
    x->fd = fd;
    x->failed = false;
}

static int finish(struct sink *s, int64_t deadline_us)
{
    struct sink_json *x = of(s);

    (void)deadline_us;
    flush(x);
    if (x->path && fsync(x->fd) && errno != EINVAL && errno != EROFS && !x->failed)
        fail(x);
    if (x->lost)
        fprintf(stderr, _("mxtap: %llu records did not reach %s\n"), (unsigned long long)x->lost,
                x->path ? x->path : _("standard output"));
    return x->failed || x->lost ? 4 : 0;
}

static void free_sink(struct sink *s)
{
    struct sink_json *x = of(s);

    if (x->path)
        close(x->fd);
    free(x->path);
    free(x);
}

struct sink *sink_json_open(const char *path, const struct json_options *o, char err[SINK_ERR])
{
    struct sink_json *x = calloc(1, sizeof(*x));
    bool is_stdout = strcmp(path, "-") == 0;

    if (!x) {
        snprintf(err, SINK_ERR, _("no memory for --json"));
        return NULL;
    }
    x->sink = (struct sink){.name = "json", .lines = &x->options, .put_line = put_line, .settle = settle, .reopen = reopen,
                             .finish = finish, .free = free_sink};
    x->options = *o;
    x->path = is_stdout ? NULL : strdup(path);
    x->fd = is_stdout ? STDOUT_FILENO : open_file(path);
    if (x->fd < 0 || (!is_stdout && !x->path)) {
        snprintf(err, SINK_ERR, _("%s: %s: name a file that can be written with --json"), path, strerror(errno));
        free(x->path);
        free(x);
        return NULL;
    }
    x->sink.quick = is_plain(x->fd);
    return &x->sink;
}
