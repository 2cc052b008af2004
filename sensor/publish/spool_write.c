/* SPDX-License-Identifier: Apache-2.0 */
/* spool_write: frames behind each other in the newest segment, whole or not at all. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sensor/publish/spool_frame.h"
#include "sensor/language.h"
#include "sensor/publish/spool_segment.h"

enum { SEGMENT_LEAST = 64 * 1024 };

static bool is_no_room(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

static enum spool_added begin_segment(struct spool *s)
{
    uint64_t number = s->last ? s->last->number + 1 : s->found + 1;
    char name[SEGMENT_NAME];
    bool full;

    segment_name(number, name);
    s->fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (s->fd < 0) {
        full = is_no_room(errno);
        spool_fails(s, name);
        return full ? SPOOL_FULL : SPOOL_FAILED;
    }
    s->writing = segment_add(s, number, 0);
    if (s->writing)
        return SPOOL_ADDED;
    errno = ENOMEM;
    spool_fails(s, name);
    close(s->fd);
    s->fd = -1;
    unlinkat(s->dir, name, 0);
    return SPOOL_FAILED;
}

static bool is_full(const struct spool *s, uint64_t bytes)
{
    return s->writing && s->writing->frames && s->writing->bytes + bytes > s->segment_most;
}

uint64_t spool_next_segment(struct spool *s, uint64_t bytes)
{
    if (is_full(s, bytes + FRAME_HEADER))
        segment_end(s);
    if (s->writing)
        return s->writing->number;
    return s->last ? s->last->number + 1 : s->found + 1;
}

/* On a small disk segments are small too, or one of them would be all there is to give up. */
static void shrink_segments(struct spool *s)
{
    uint64_t small = s->bytes / SEGMENTS;

    s->segment_most = small < SEGMENT_LEAST ? SEGMENT_LEAST : small < s->segment_most ? small : s->segment_most;
}

/* Header and body at the segment's end, or nothing of them. */
static enum spool_added append(struct spool *s, const struct iovec v[2], uint64_t bytes)
{
    struct spool_segment *g = s->writing;
    ssize_t wrote = writev(s->fd, v, 2);
    bool full;

    if (wrote == (ssize_t)bytes)
        return SPOOL_ADDED;
    if (wrote >= 0)
        errno = ENOSPC; /* the next write would say so */
    full = is_no_room(errno);
    spool_fails(s, "write");
    if (wrote > 0 && ftruncate(s->fd, (off_t)g->bytes) < 0)
        segment_end(s); /* what stands there half is left out by its check */
    if (full)
        shrink_segments(s);
    return full ? SPOOL_FULL : SPOOL_FAILED;
}

static enum spool_added add_frame(struct spool *s, uint32_t kind, struct span body, struct spool_place *at)
{
    struct frame_header h = {.kind = kind, .bytes = (uint32_t)body.n};
    uint8_t header[FRAME_HEADER];
    struct iovec v[2] = {{header, sizeof(header)}, {(void *)(uintptr_t)body.p, body.n}};
    uint64_t bytes = body.n + FRAME_HEADER;
    enum spool_added added;

    spool_next_segment(s, body.n);
    added = s->writing ? SPOOL_ADDED : begin_segment(s);
    if (added != SPOOL_ADDED)
        return added;
    h.number = s->writing->frames;
    h.body_check = frame_check(body);
    frame_write(&h, header);
    added = append(s, v, bytes);
    if (added != SPOOL_ADDED)
        return added;
    *at = (struct spool_place){s->writing, s->writing->bytes, (uint32_t)body.n};
    s->writing->frames++;
    s->writing->bytes += bytes;
    s->bytes += bytes;
    return SPOOL_ADDED;
}

enum spool_added spool_add(struct spool *s, uint32_t kind, struct span body, struct spool_place *at)
{
    enum spool_added added;

    if (body.n > UINT32_MAX / 2) {
        snprintf(s->why, sizeof(s->why), _("a frame of %zu bytes is too large"), body.n);
        return SPOOL_FAILED;
    }
    if (s->bytes + body.n + FRAME_HEADER > s->most) {
        snprintf(s->why, sizeof(s->why), _("--spool-max is reached"));
        return SPOOL_FULL;
    }
    do
        added = add_frame(s, kind, body, at);
    while (added == SPOOL_FULL && spool_sync_room(&s->sync)); /* room that comes by itself costs no older frame */
    return added;
}
