/* SPDX-License-Identifier: Apache-2.0 */
/* planted: decoders as they must not be. */
#ifndef MXTAP_TESTS_PLANTED_H
#define MXTAP_TESTS_PLANTED_H

#include "tests/scaling/families.h"

extern const struct family planted_families[];
extern const unsigned planted_families_n;

#endif
