/* SPDX-License-Identifier: Apache-2.0 */
/* screen: a terminal's second page, keys one by one, and the first page back whatever ends us. */
#ifndef MXTAP_CONSOLE_SCREEN_H
#define MXTAP_CONSOLE_SCREEN_H

#include <signal.h>
#include <stdbool.h>

#include "decoders/base/bytes.h"

/* Set by INT, TERM, HUP, or when the terminal is gone. */
extern volatile sig_atomic_t screen_stop;

/* INT, TERM and HUP set screen_stop from now on. */
void screen_catch(void);
/* False where standard input and output are no terminal. */
bool screen_open(void);
void screen_close(void);

void screen_size(unsigned *rows, unsigned *columns);
/* A page of at most `rows` lines with a line feed behind each, in one write. */
void screen_show(struct span page);

enum screen_event { SCREEN_TIME, SCREEN_KEY, SCREEN_RESIZED, SCREEN_STOP };
/* Waits for a key (*key), a new size, the end, or timeout_ms. */
enum screen_event screen_wait(int timeout_ms, char *key);

#endif
