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
    struct start_store *store; /* what it began with */
};

/* What nDPI gathers in this thread from now on is added to *bytes, and what it frees is taken off. NULL: to nothing. */
void classify_memory_for(int64_t *bytes);

/* nDPI asked for memory in this thread when there was none: it got some that is there once for the process, and must not be called
 * again but to free. */
bool classify_memory_was_short(void);

/* Any thread; all else of nDPI comes behind a start. With all dissectors or those of mail alone; takes five milliseconds or more. Before
 * the first one of all, nDPI is told to ask for memory here, and give it back to be wiped; once, while it does nothing yet. False: it
 * does not start, for lack of memory as a rule. */
bool classify_module_start(struct classify_module *m, bool full);
/* What that took, bytes; it is not gathered. */
size_t classify_module_bytes(const struct classify_module *m);
/* kept: it holds more than it began with, as far as its owner counted. */
void classify_module_stop(struct classify_module *m, bool kept);

#endif
