/* SPDX-License-Identifier: Apache-2.0 */
/* said: the lines of `mxtap check`, each with its grade, its sentence and the way out. */
#ifndef MXTAP_CHECK_SAID_H
#define MXTAP_CHECK_SAID_H

#include <stdbool.h>
#include <stdio.h>

enum grade {
    SAID_OK,
    SAID_NOTE, /* as it is, but good to know */
    SAID_WRONG /* mails would be lost or not be read: the check's status is 1 */
};

struct said {
    FILE *out;
    bool begun; /* a title stands above */
    unsigned notes, wrong;
};

void said_title(struct said *s, const char *title, ...) __attribute__((format(printf, 2, 3)));
/* format is looked up (sensor/language.h). One line; what a stranger chose in it is escaped. Written at once: some of
 * what follows takes its time. */
void said(struct said *s, enum grade g, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What to do about the line before. */
void said_way_out(struct said *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line of a list under the line before. */
void said_item(struct said *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
