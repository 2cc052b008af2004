/* SPDX-License-Identifier: Apache-2.0 */
/* patience: nobody looks at a silent terminal for more than a second. */
#ifndef MXTAP_CONSOLE_PATIENCE_H
#define MXTAP_CONSOLE_PATIENCE_H

#include <stdint.h>

/*
 * Lines that the next one replaces, on standard error where that is a terminal; one run has one of them. They begin after a second and
 * end before anything is printed.
 */

/* Called again and again while an answer is awaited. */
void patience_waits(void);
/* An answer came. */
void patience_goes_on(void);
/* So many mails were read up to now; may be called for each. */
void patience_reads(uint64_t mails);
/* Before the answer is printed. */
void patience_ends(void);
/* From here on none of it: a page has the terminal. */
void patience_hush(void);

#endif
