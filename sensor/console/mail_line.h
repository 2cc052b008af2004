/* SPDX-License-Identifier: Apache-2.0 */
/* mail_line: one mail of the stream as a line: when, from where, under which name, about what. */
#ifndef MXTAP_CONSOLE_MAIL_LINE_H
#define MXTAP_CONSOLE_MAIL_LINE_H

#include "sensor/console/report.h"
#include "sensor/console/stream_mails.h"

/* Escaped, in the arena of mail_line_read. */
struct mail_line {
    struct span id, timestamp, ip, helo, from, subject, outcome, json;
};

void mail_line_read(struct mail_line *l, struct arena *a, const struct stream_mail *m);
/* 80 columns or more. */
void mail_line_put(struct buf *out, const struct mail_line *l, unsigned width);
void mail_line_json(struct json *j, const struct mail_line *l);

#endif
