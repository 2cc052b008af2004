/* SPDX-License-Identifier: Apache-2.0 */
/* sink_json: records as JSON lines into a file (0600, appended) or standard output. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/publish/recipients.h"
#include "sensor/language.h"
#include "sensor/publish/sinks.h"

enum {
    WRITE_AT = 256 * 1024,           /* bytes gathered before a write: few system calls */
    LINE_MAX_BYTES = 32 * 1024 * 1024 /* one record at its very largest, every byte escaped */
};

struct sink_json {
    struct sink sink;
    struct json_options options;
    struct mem mem;
    struct buf out;
    char *path; /* NULL for standard output */
    int fd;
    uint64_t lines, lost;
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

/* The first failure is said, once; what is written after it would have a hole, so nothing is. */
static void fail(struct sink_json *x)
{
    x->failed = true;
    fprintf(stderr, _("mxtap: %s: %s; records are no longer written there. Free space or name another --json\n"),
            x->path ? x->path : _("standard output"), strerror(errno));
}

static void flush(struct sink_json *x)
{
    size_t at = 0;

    while (at < x->out.n && !x->failed) {
        ssize_t n = write(x->fd, x->out.p + at, x->out.n - at);

        if (n > 0)
            at += (size_t)n;
        else if (errno != EINTR)
            fail(x);
    }
    buf_clear(&x->out);
}

static bool put(struct sink *s, const struct record *r)
{
    struct sink_json *x = of(s);
    size_t before = x->out.n;

    if (x->failed) {
        x->lost++;
        return true;
    }
    if (!record_json(&x->out, r, &x->options) || !buf_add_byte(&x->out, '\n')) {
        x->out.n = before;
        x->lost++;
        return true;
    }
    x->lines++;
    if (x->out.n >= WRITE_AT || r->live)
        flush(x);
    return true;
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
    buf_free(&x->out);
    redactor_free(x->options.redactor);
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
    x->sink = (struct sink){.name = "json", .put = put, .reopen = reopen, .finish = finish, .free = free_sink};
    x->options = *o;
    mem_init(&x->mem, 0);
    buf_init(&x->out, &x->mem, LINE_MAX_BYTES);
    x->options.redactor = redactor_new(&x->mem, &o->recipients);
    x->path = is_stdout ? NULL : strdup(path);
    x->fd = is_stdout ? STDOUT_FILENO : open_file(path);
    if (x->fd < 0 || (!is_stdout && !x->path) ||
        !x->options.redactor) {
        snprintf(err, SINK_ERR, _("%s: %s: name a file that can be written with --json"), path, strerror(errno));
        redactor_free(x->options.redactor);
        free(x->path);
        free(x);
        return NULL;
    }
    return &x->sink;
}
