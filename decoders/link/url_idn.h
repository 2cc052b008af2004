/* SPDX-License-Identifier: Apache-2.0 */
/* url_idn: what UTS 46 makes of one character of a host name. */
#ifndef MXTAP_LINK_URL_IDN_H
#define MXTAP_LINK_URL_IDN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { URL_IDN_MAX = 6 };

/* Writes what c (not ASCII) stands for, as UTF-8 without a final NUL: ASCII for full-width, circled, mathematical
 * letters and the like, nothing for what does not show, lower case for capitals of the Latin, Greek, Cyrillic and
 * Armenian scripts. False: c stands for itself. */
bool url_idn_map(uint32_t c, char to[URL_IDN_MAX], size_t *n);
/* The same without its short way; tests compare them. */
bool url_idn_tables(uint32_t c, char to[URL_IDN_MAX], size_t *n);

#endif
