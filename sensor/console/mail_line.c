/* SPDX-License-Identifier: Apache-2.0 */
/* mail_line: the entry's own fields, which were escaped when they were written. */
#include "sensor/console/mail_line.h"

enum { TIME_WIDTH = 19, IP_WIDTH = 16, HELO_WIDTH = 18 };

void mail_line_read(struct mail_line *l, struct arena *a, const struct stream_mail *m)
{
    const struct store_entry *e = m->entry;

    *l = (struct mail_line){
        .id = arena_dup(a, e->id),
        .timestamp = arena_dup(a, store_entry_field(e, "timestamp")),
        .ip = arena_dup(a, store_entry_field(e, "ip")),
        .helo = arena_dup(a, store_entry_field(e, "helo")),
        .from = arena_dup(a, store_entry_field(e, "from")),
        .subject = arena_dup(a, store_entry_field(e, "subject")),
        .outcome = arena_dup(a, store_entry_field(e, "outcome")),
    };
}

void mail_line_put(struct buf *out, const struct mail_line *l, unsigned width)
{
    unsigned rest = width - 2 - TIME_WIDTH - 1 - IP_WIDTH - 1 - HELO_WIDTH - 1;

    report_add(out, "  ");
    report_time(out, l->timestamp, TIME_WIDTH);
    report_add(out, " ");
    report_value(out, l->ip, IP_WIDTH, true);
    report_add(out, " ");
    report_value(out, l->helo, HELO_WIDTH, true);
    report_add(out, " ");
    report_value(out, l->subject.n ? l->subject : l->from, rest, false);
    report_add(out, "\n");
}

void mail_line_json(struct json *j, const struct mail_line *l)
{
    json_open(j, NULL, '{');
    json_text(j, "id", l->id);
    json_text(j, "timestamp", l->timestamp);
    json_text(j, "ip", l->ip);
    json_text(j, "helo", l->helo);
    json_text(j, "from", l->from);
    json_text(j, "subject", l->subject);
    json_text(j, "outcome", l->outcome);
    json_close(j, '}');
}
