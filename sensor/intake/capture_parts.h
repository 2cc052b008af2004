/* SPDX-License-Identifier: Apache-2.0 */
/* capture_parts: what the two kinds of capture, live and files, share; for this room only. */
#ifndef MXTAP_INTAKE_CAPTURE_PARTS_H
#define MXTAP_INTAKE_CAPTURE_PARTS_H

#include "sensor/intake/capture.h"

/* First member of struct live and struct files. */
struct capture {
    struct capture_source source;
    char trouble[CAPTURE_ERR];
    int trouble_status;
    enum capture_result (*next)(struct capture *c, struct frame *f);
    unsigned (*more)(struct capture *c, struct frame *f, unsigned max); /* NULL: never any */
    void (*counts)(struct capture *c, struct capture_counts *out);
    void (*progress)(const struct capture *c, uint64_t *done, uint64_t *all);
    void (*free)(struct capture *c);
};

#endif
