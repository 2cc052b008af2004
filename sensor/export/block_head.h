/* SPDX-License-Identifier: Apache-2.0 */
/* block_head: what a list to block by says of itself, as comments before its first entry. */
#ifndef MXTAP_EXPORT_BLOCK_HEAD_H
#define MXTAP_EXPORT_BLOCK_HEAD_H

#include "sensor/export/export.h"

/* Lines that begin with mark ("# ", "; "): what it is, when and from what it was made, how it is used, what was left out and why. what
 * and how are our own words, how may have several lines. */
void block_head_put(const struct export *x, const char *mark, const char *what, const char *how);
/* The time it was made: for serial numbers. */
int64_t block_head_made(const struct export *x);
/* Adds text of our own, as printf makes it (under 512 bytes). */
void export_add(const struct export *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
