/* SPDX-License-Identifier: Apache-2.0 */
/* whole_file: written beside its place under another name, then renamed: no reader ever meets half a list. */
#define _GNU_SOURCE /* asprintf */
#include "sensor/console/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/language.h"
#include "sensor/log.h"

enum { WRITE_AT = 256 * 1024, OUT_MAX = 1 << 30 };

/* A device or a pipe is written to as it stands. */
static bool is_special(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

bool whole_file_open(struct whole_file *f, struct mem *m, const char *verb, const char *option, const char *path,
                     char err[WHOLE_FILE_ERR])
{
    *f = (struct whole_file){.verb = verb, .path = path && strcmp(path, "-") != 0 ? path : NULL, .fd = STDOUT_FILENO};
    buf_init(&f->out, m, OUT_MAX);
    if (!f->path)
        return true;
    if (is_special(path)) {
        f->fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        if (asprintf(&f->part, "%s.%ld.part", path, (long)getpid()) < 0)
            f->part = NULL;
        f->fd = f->part ? open(f->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    }
    if (f->fd >= 0)
        return true;
    snprintf(err, WHOLE_FILE_ERR, _("%.200s: %s: name a file that can be written with %s"), path, strerror(errno), option);
    free(f->part);
    return false;
}

static void fail(struct whole_file *f, const char *why)
{
    if (!f->failed)
        log_line(LOG_TROUBLE, "%s: %s: %s", f->verb, f->path ? f->path : _("standard output"), why);
    f->failed = true;
}

static void write_all(struct whole_file *f)
{
    size_t at = 0;

    while (at < f->out.n && !f->failed) {
        ssize_t n = write(f->fd, f->out.p + at, f->out.n - at);

        if (n > 0)
            at += (size_t)n;
        else if (errno != EINTR)
            fail(f, strerror(errno));
    }
    if (f->out.truncated)
        fail(f, _("no memory for all of it"));
    buf_clear(&f->out);
}

void whole_file_flush(struct whole_file *f)
{
    if (f->out.n >= WRITE_AT || f->out.truncated)
        write_all(f);
}

bool whole_file_finish(struct whole_file *f)
{
    write_all(f);
    if (f->part && !f->failed && (fsync(f->fd) != 0 || rename(f->part, f->path) != 0))
        fail(f, strerror(errno));
    return !f->failed;
}

void whole_file_close(struct whole_file *f)
{
    if (f->path)
        close(f->fd);
    if (f->part)
        unlink(f->part); /* gone where it was renamed */
    free(f->part);
    buf_free(&f->out);
}
