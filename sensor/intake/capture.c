/* SPDX-License-Identifier: Apache-2.0 */
/* capture: the verbs that live capture and files share. */
#include "sensor/intake/capture_parts.h"

static void number(struct capture *c, struct frame *f)
{
    c->source.packets++;
    c->source.bytes += f->wire;
    f->number = c->source.packets;
}

enum capture_result capture_next(struct capture *c, struct frame *f)
{
    enum capture_result r = c->next(c, f);

    if (r == CAPTURE_FRAME)
        number(c, f);
    return r;
}

enum capture_result capture_next_some(struct capture *c, struct frame *f, unsigned max, unsigned *n)
{
    enum capture_result r = capture_next(c, f);

    *n = 1;
    if (r != CAPTURE_FRAME || max < 2 || !c->more)
        return r;
    *n += c->more(c, f + 1, max - 1);
    for (unsigned i = 1; i < *n; i++)
        number(c, &f[i]);
    return r;
}

const struct capture_source *capture_source(const struct capture *c)
{
    return &c->source;
}

const char *capture_trouble(const struct capture *c, int *status)
{
    *status = c->trouble_status;
    return c->trouble;
}

void capture_counts(struct capture *c, struct capture_counts *out)
{
    *out = (struct capture_counts){0};
    c->counts(c, out);
}

void capture_progress(const struct capture *c, uint64_t *done, uint64_t *all)
{
    *done = *all = 0;
    if (c->progress)
        c->progress(c, done, all);
}

void capture_free(struct capture *c)
{
    if (c)
        c->free(c);
}
