/* SPDX-License-Identifier: Apache-2.0 */
/* savefile: one capture file (pcap, pcapng, compressed or not) as frames. */
#ifndef MXTAP_INTAKE_SAVEFILE_H
#define MXTAP_INTAKE_SAVEFILE_H

#include "sensor/intake/capture_filter.h"
#include "sensor/intake/plain_file.h"

struct savefile;

enum savefile_trouble {
    SAVEFILE_UNREADABLE, /* no permission, gone, read error */
    SAVEFILE_NO_CAPTURE  /* its content is something else */
};

/* path "-" is standard input; filter is borrowed. known (NULL: whatever is there): the file must be that one, and is read as
 * far as it was long then. NULL with one line in err (without the path). */
struct savefile *savefile_open(const char *path, const struct plain_file *known, struct capture_filter *filter,
                               enum savefile_trouble *trouble, char err[CAPTURE_ERR]);

enum savefile_result {
    SAVEFILE_FRAME,
    SAVEFILE_END,
    SAVEFILE_PATCHY,  /* the end, and damage was passed over on the way; savefile_damage says what */
    SAVEFILE_DAMAGED, /* nothing more can be read; savefile_damage says why */
    SAVEFILE_FILTER /* the expression does not compile for this link type; savefile_damage says why
                     */
};

/* f's bytes are valid until the next call; f->number is 0, f->iface that of the file. */
enum savefile_result savefile_next(struct savefile *s, struct frame *f);
/* Behind SAVEFILE_FRAME: those that are read already, at most max; valid for as long as that one is. */
unsigned savefile_more(struct savefile *s, struct frame *f, unsigned max);
const char *savefile_damage(const struct savefile *s);
void savefile_progress(const struct savefile *s, uint64_t *done, uint64_t *all);
void savefile_close(struct savefile *s);

#endif
