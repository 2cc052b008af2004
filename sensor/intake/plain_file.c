/* SPDX-License-Identifier: Apache-2.0 */
/* plain_file: told by what the file is and by how it begins. */
#include "sensor/intake/plain_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sensor/intake/compressed.h"

/* A file that says it is empty and is not (as those of the kernel do) has no length to hold readers to. */
static bool is_plain(int fd, const struct stat *st)
{
    uint8_t first[COMPRESSED_MAGIC];
    ssize_t n = pread(fd, first, sizeof(first), 0);

    if (n < 0 || (n > 0 && st->st_size == 0))
        return false;
    return !compressed_is(first, (size_t)n);
}

bool plain_file_look(const char *path, struct plain_file *out)
{
    struct stat st;
    bool plain;
    int fd;

    *out = (struct plain_file){0};
    if (strcmp(path, "-") == 0)
        return false;
    if (stat(path, &st) != 0)
        return true;
    if (!S_ISREG(st.st_mode)) /* not even opened: that might take a pipe's only reader's place */
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return true;
    plain = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_plain(fd, &st);
    close(fd);
    *out = (struct plain_file){.there = true, .device = st.st_dev, .inode = st.st_ino, .size = (uint64_t)st.st_size};
    return plain;
}

/* A number that is free again may be another's, a pipe's too. */
bool plain_file_is(const struct plain_file *f, const struct stat *st)
{
    return f->there && S_ISREG(st->st_mode) && f->device == st->st_dev && f->inode == st->st_ino;
}
