/* SPDX-License-Identifier: Apache-2.0 */
/* interface_counts: /proc/self/net/dev is that of the process's own network namespace; /sys need not be. */
#include "sensor/intake/interface_counts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 64 * 1024 }; /* some 500 interfaces */

int interface_counts_open(void)
{
    return open("/proc/self/net/dev", O_RDONLY | O_CLOEXEC);
}

static void read_all(int fd, char text[TEXT_MAX])
{
    size_t at = 0;
    ssize_t n;

    while (at < TEXT_MAX - 1 && (n = pread(fd, text + at, TEXT_MAX - 1 - at, (off_t)at)) > 0)
        at += (size_t)n;
    text[at] = 0;
}

bool interface_counts_received(int fd, const char *name, uint64_t *packets)
{
    char text[TEXT_MAX], *save = NULL;
    size_t n = strlen(name);

    if (fd < 0)
        return false;
    read_all(fd, text);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        line += strspn(line, " ");
        if (strncmp(line, name, n) == 0 && line[n] == ':')
            return sscanf(line + n + 1, "%*u %" SCNu64, packets) == 1; /* bytes, packets, ... */
    }
    return false;
}
