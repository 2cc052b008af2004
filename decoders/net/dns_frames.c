/* SPDX-License-Identifier: Apache-2.0 */
/* dns_frames: a length, a message, and so on. */
#include "decoders/net/dns_frames.h"

enum { LENGTH = 2, MOST = LENGTH + 65535 };

void dns_frames_init(struct dns_frames *f, struct mem *m)
{
    buf_init(&f->held, m, MOST);
    f->lost = false;
}

void dns_frames_gap(struct dns_frames *f)
{
    f->lost = true;
    buf_free(&f->held);
}

void dns_frames_free(struct dns_frames *f)
{
    buf_free(&f->held);
}

/* Bytes of the message that s begins with, its length included; 0 while that is not known. */
static size_t whole_size(struct span s)
{
    return s.n < LENGTH ? 0 : LENGTH + ((size_t)s.p[0] << 8 | s.p[1]);
}

/* Moves bytes behind what is held, until it is one whole message; false where memory is refused. */
static bool hold(struct dns_frames *f, struct span *bytes, size_t most)
{
    struct span part = span_head(*bytes, most - f->held.n);

    if (!buf_add(&f->held, part)) {
        dns_frames_gap(f);
        return false;
    }
    *bytes = span_from(*bytes, part.n);
    return true;
}

/* What earlier pieces began; true when it is told, or cannot be. */
static bool finish_held(struct dns_frames *f, struct span *bytes, dns_frames_fn tell, void *ctx)
{
    size_t size;

    if (f->held.n < LENGTH && !hold(f, bytes, LENGTH))
        return false;
    size = whole_size(buf_span(&f->held));
    if (!size || !hold(f, bytes, size) || f->held.n < size)
        return false;
    tell(ctx, span_from(buf_span(&f->held), LENGTH));
    buf_free(&f->held);
    return true;
}

void dns_frames_push(struct dns_frames *f, struct span bytes, dns_frames_fn tell, void *ctx)
{
    size_t size;

    if (f->lost || (f->held.n && !finish_held(f, &bytes, tell, ctx)))
        return;
    while ((size = whole_size(bytes)) && size <= bytes.n) {
        tell(ctx, span_from(span_head(bytes, size), LENGTH));
        bytes = span_from(bytes, size);
    }
    if (bytes.n)
        hold(f, &bytes, MOST);
}
