/* SPDX-License-Identifier: Apache-2.0 */
/* interface_lost: no buffer was free for it (missed), or the card's own was full (fifo). */
#include "sensor/intake/interface_lost.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static const char *const files[] = {"rx_missed_errors", "rx_fifo_errors"};

static bool ask(int fd, uint64_t *sum)
{
    char text[32];
    uint64_t packets;
    ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);

    if (n <= 0)
        return false;
    text[n] = 0;
    if (sscanf(text, "%" SCNu64, &packets) != 1)
        return false;
    *sum += packets;
    return true;
}

static bool ask_both(const struct interface_lost *x, uint64_t *sum)
{
    *sum = 0;
    return ask(x->fd[0], sum) && ask(x->fd[1], sum);
}

void interface_lost_open(struct interface_lost *x, const char *name)
{
    char path[PATH_MAX];

    *x = (struct interface_lost){.fd = {-1, -1}};
    for (int i = 0; name && i < 2; i++) {
        snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", name, files[i]);
        x->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
    }
    ask_both(x, &x->last);
}

/* A driver that begins anew at 0 is followed. */
uint64_t interface_lost(struct interface_lost *x)
{
    uint64_t now;

    if (ask_both(x, &now)) {
        x->total += now > x->last ? now - x->last : 0;
        x->last = now;
    }
    return x->total;
}

void interface_lost_close(struct interface_lost *x)
{
    for (int i = 0; i < 2; i++)
        if (x->fd[i] >= 0)
            close(x->fd[i]);
    x->fd[0] = x->fd[1] = -1;
}
