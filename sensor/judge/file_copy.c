/* SPDX-License-Identifier: Apache-2.0 */
/* file_copy: memfd_create(2), filled and sealed. */
#define _GNU_SOURCE
#include "sensor/judge/file_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 };

static const long long SIZE_MOST = 2LL << 30;

static bool write_all(int to, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(to, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* errno says why it failed. */
static bool copy_bytes(int from, int to)
{
    char *piece = malloc(PIECE);
    long long all = 0;
    ssize_t n = piece ? 1 : -1;
    bool ok = piece != NULL;

    while (ok && n) {
        n = read(from, piece, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        ok = n >= 0 && write_all(to, piece, (size_t)n);
        all += n;
        if (ok && all > SIZE_MOST) {
            errno = EFBIG;
            ok = false;
        }
    }
    free(piece);
    return ok;
}

int file_copy(const char *path, char copy[FILE_COPY_PATH], char why[128])
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    int to = from < 0 ? -1 : memfd_create("mxtap", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    bool ok = to >= 0 && copy_bytes(from, to);

    if (!ok)
        snprintf(why, 128, "%s", strerror(errno));
    if (from >= 0)
        close(from);
    if (ok) {
        fcntl(to, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
        snprintf(copy, FILE_COPY_PATH, "/proc/self/fd/%d", to);
        return to;
    }
    if (to >= 0)
        close(to);
    return -1;
}

void file_copy_close(int fd)
{
    close(fd);
}
