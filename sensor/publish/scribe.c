/* SPDX-License-Identifier: Apache-2.0 */
/* scribe: what record_json needs, once a thread. */
#include "sensor/publish/scribe.h"

#include <stdlib.h>

#include "sensor/publish/recipients.h"

enum { LINE_FIRST = 8 * 1024 }; /* bytes: room for most lines at once */

struct scribe {
    struct parcel_pool *pool;
    struct json_options options; /* with a redactor of the scribe's own */
    struct mem mem;
    bool lines, records;
};

struct scribe *scribe_new(const struct json_options *lines, bool records)
{
    struct scribe *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->pool = parcel_pool_new();
    s->records = records;
    s->lines = lines != NULL;
    mem_init(&s->mem, 0);
    if (lines) {
        s->options = *lines;
        s->options.redactor = redactor_new(&s->mem, &lines->recipients);
    }
    if (s->pool && (s->options.redactor || !lines))
        return s;
    scribe_free(s);
    return NULL;
}

void scribe_free(struct scribe *s)
{
    if (!s)
        return;
    redactor_free(s->options.redactor);
    parcel_pool_free(s->pool);
    free(s);
}

static bool write_line(const struct scribe *s, struct buf *line, const struct record *r)
{
    if (!line->cap)
        buf_room(line, LINE_FIRST);
    buf_clear(line);
    return record_json(line, r, &s->options) && buf_add_byte(line, '\n');
}

void scribe_line(struct scribe *s, struct parcel *x)
{
    x->has_line = s->lines && write_line(s, &x->line, x->record);
}

struct parcel *scribe_wrap(struct scribe *s, struct record *r)
{
    struct parcel *x = parcel_take(s->pool);

    if (!x)
        return NULL;
    x->place = r->place;
    x->first_frame = r->first_frame;
    x->live = r->live;
    x->record = r;
    scribe_line(s, x);
    if (!s->records) {
        x->record = NULL;
        record_give_back(r);
    }
    return x;
}
