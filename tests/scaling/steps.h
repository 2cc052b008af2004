/* SPDX-License-Identifier: Apache-2.0 */
/* steps: work that is counted, so that a verdict does not hang on what else the machine does. A step is one basic block
 * of decoders/ or sensor/ (the compiler calls us at each: make COUNT=1), or 16 bytes that the C library was given to
 * copy, compare, search or convert for them. What nDPI, OpenSSL and libpsl do within is not counted. */
#ifndef MXTAP_TESTS_STEPS_H
#define MXTAP_TESTS_STEPS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether this program was built to count. */
bool steps_counted(void);
/* Steps of all threads since the program began. A thread that runs meanwhile may be some behind. */
uint64_t steps_taken(void);

#endif
