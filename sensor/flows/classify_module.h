/* SPDX-License-Identifier: Apache-2.0 */
/* classify_module: nDPI's own tables, and the memory that it asks for; for classify alone. */
#ifndef MXTAP_FLOWS_CLASSIFY_MODULE_H
#define MXTAP_FLOWS_CLASSIFY_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: there is none. */
struct classify_module {
    struct ndpi_detection_module_struct *ndpi;
    struct start_store *store; /* what it began with; NULL: there was no room for that */
};

/* Before all else of nDPI, any thread: what it asks for comes from here. It is told that once, while it does nothing yet. */
void classify_memory_open(void);
/* What nDPI gathers in this thread from now on is added to *bytes, and what it frees is taken off. NULL: to nothing. */
void classify_memory_for(int64_t *bytes);

/* With all dissectors or those of mail alone; takes five milliseconds or more. False: nDPI does not start. */
bool classify_module_start(struct classify_module *m, bool full);
/* What that took, bytes. */
size_t classify_module_bytes(const struct classify_module *m);
/* kept: it holds more than it began with, as far as its owner counted. */
void classify_module_stop(struct classify_module *m, bool kept);

#endif
