/* SPDX-License-Identifier: Apache-2.0 */
/* spool_read: frames out of segments, each believed only by its checks. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sensor/publish/spool_frame.h"
#include "sensor/language.h"
#include "sensor/publish/spool_segment.h"

/* True when g is the one that read_fd reads. */
static bool open_to_read(struct spool *s, struct spool_segment *g)
{
    char name[SEGMENT_NAME];

    if (s->reading == g)
        return true;
    if (s->read_fd >= 0)
        close(s->read_fd);
    segment_name(g->number, name);
    s->reading = NULL;
    s->read_fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (s->read_fd < 0) {
        spool_fails(s, name);
        return false;
    }
    s->reading = g;
    return true;
}

/* Exactly n bytes of g from `at` on are appended to out. */
static bool read_bytes(struct spool *s, struct spool_segment *g, uint64_t at, size_t n, struct buf *out)
{
    uint8_t *room;
    ssize_t got;

    if (!open_to_read(s, g))
        return false;
    room = buf_room(out, n);
    if (!room) {
        errno = ENOMEM;
        spool_fails(s, "read");
        return false;
    }
    for (size_t have = 0; have < n; have += (size_t)got) {
        got = pread(s->read_fd, room + have, n - have, (off_t)(at + have));
        if (got == 0)
            errno = ENODATA; /* shorter than it was */
        if (got <= 0) {
            spool_fails(s, "read");
            return false;
        }
    }
    out->n += n;
    return true;
}

bool spool_read(struct spool *s, const struct spool_place *at, struct buf *out)
{
    struct buf header = {.mem = out->mem, .max = FRAME_HEADER};
    struct frame_header h;
    size_t from = out->n;
    bool ok = read_bytes(s, at->segment, at->at, FRAME_HEADER, &header) &&
              read_bytes(s, at->segment, at->at + FRAME_HEADER, at->bytes, out);

    if (ok && !(frame_read(buf_span(&header), &h) && h.bytes == at->bytes &&
                h.body_check == frame_check(span_from(buf_span(out), from)))) {
        snprintf(s->why, sizeof(s->why), _("a frame is not what was written"));
        ok = false;
    }
    if (!ok)
        out->n = from;
    buf_free(&header);
    return ok;
}

/* One segment's frames in order, from its bytes. False: the caller has had enough. */
static bool walk_bytes(struct spool_segment *g, struct span all, spool_frame frame, void *ctx,
                       struct spool_found *found)
{
    uint64_t expected = 0;
    bool hole = false; /* bytes were left out since the frame before */
    struct frame_header h;
    size_t at = 0;

    while (at < all.n) {
        struct span rest = span_from(all, at);
        struct spool_place place = {g, at, 0};
        bool header = frame_read(rest, &h), whole = header && h.bytes <= rest.n - FRAME_HEADER;
        struct span body = whole ? span_head(span_from(rest, FRAME_HEADER), h.bytes) : span_of(NULL, 0);

        if (!whole || frame_check(body) != h.body_check) {
            size_t next = whole ? at + FRAME_HEADER + h.bytes : frame_find(all, at + 1);

            found->damaged += !hole && next < all.n;
            found->torn += !hole && next >= all.n;
            hole = true;
            at = next;
            continue;
        }
        place.bytes = h.bytes;
        found->frames++;
        if (!frame(ctx, h.kind, body, &place, h.number > expected ? h.number - expected : 0))
            return false;
        expected = h.number + 1;
        hole = false;
        at += FRAME_HEADER + h.bytes;
    }
    g->frames = expected;
    return true;
}

void spool_walk(struct spool *s, spool_frame frame, void *ctx, struct spool_found *found)
{
    struct spool_segment *next;
    struct mem mem;
    struct buf all;
    bool on = true;

    *found = (struct spool_found){0};
    mem_init(&mem, 0);
    for (struct spool_segment *g = s->first; g && on && g->number <= s->found; g = next) {
        next = g->next;
        buf_init(&all, &mem, SIZE_MAX);
        found->segments++;
        g->held++; /* until it has been read */
        if (read_bytes(s, g, 0, g->bytes, &all)) {
            on = walk_bytes(g, buf_span(&all), frame, ctx, found);
        } else {
            found->unread++;
            g->held++; /* stays for a start that can read it */
        }
        buf_free(&all);
        if (--g->held == 0)
            segment_remove(s, g);
    }
}
