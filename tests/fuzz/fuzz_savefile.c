/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files of any content: pcap, pcapng, gzip, zstd, with a filter; every byte handed out is read. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sensor/intake/savefile.h"

enum { FRAMES_MAX = 100000, TOGETHER = 4, PATH = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static volatile unsigned sum; /* so that every byte is really read */

/* The bytes as a file, under a name. */
static void file_of(const uint8_t *data, size_t n, char path[PATH])
{
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("savefile", 0);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, n, 0) != (ssize_t)n)
        abort();
    snprintf(path, PATH, "/proc/self/fd/%d", fd);
}

/* All that came together are read when the last of them is there. */
static void touch(const struct frame *f, unsigned n)
{
    for (; n; n--, f++) {
        for (size_t k = 0; k < f->bytes.n; k++)
            sum = sum + f->bytes.p[k];
        if (f->wire < f->bytes.n || f->bytes.n > 262144)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct capture_filter *filter;
    char path[PATH], err[CAPTURE_ERR];
    enum savefile_trouble trouble;
    struct savefile *s;
    struct frame f[TOGETHER];

    if (!filter)
        filter = capture_filter_new("tcp port 25 or vlan");
    file_of(data, n, path);
    s = savefile_open(path, NULL, filter, &trouble, err);
    for (unsigned i = 0; s && i < FRAMES_MAX && savefile_next(s, f) == SAVEFILE_FRAME; i++)
        touch(f, 1 + savefile_more(s, f + 1, TOGETHER - 1));
    savefile_close(s);
    return 0;
}
