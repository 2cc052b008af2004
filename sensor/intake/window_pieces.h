/* SPDX-License-Identifier: Apache-2.0 */
/* window_pieces: a window along a file that others read beside it; for window alone. */
#ifndef MXTAP_INTAKE_WINDOW_PIECES_H
#define MXTAP_INTAKE_WINDOW_PIECES_H

#include "sensor/intake/pieces.h"
#include "sensor/intake/window.h"

/* NULL without memory. number: of the file's first piece. */
struct window_pieces *window_pieces_new(struct pieces *p, uint64_t number);
void window_pieces_free(struct window_pieces *s);

/* As window_fill, of a window that has pieces. */
bool window_pieces_fill(struct window *w, size_t n);
/* How far the file was taken, bytes. */
uint64_t window_pieces_taken(const struct window_pieces *s);

#endif
