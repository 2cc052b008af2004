/* SPDX-License-Identifier: Apache-2.0 */
/* capture_filter: the user's filter expression applied to frames of files, whatever their link
 * type. */
#ifndef MXTAP_INTAKE_CAPTURE_FILTER_H
#define MXTAP_INTAKE_CAPTURE_FILTER_H

#include "sensor/intake/capture.h"

struct capture_filter;

/* Whether an expression can be compiled for any usual link type at all: else it is a slip of the
 * pen, to be told before anything is opened. False with one line in err. */
bool capture_filter_check(const char *expression, char err[CAPTURE_ERR]);

/* expression NULL: passes everything. Borrowed. NULL when there is no memory. */
struct capture_filter *capture_filter_new(const char *expression);
void capture_filter_free(struct capture_filter *b);

/* Compiles for a link type (a DLT_ number), once each. False with one line in err. */
bool capture_filter_prepare(struct capture_filter *b, int link_type, char err[CAPTURE_ERR]);

/* There is an expression. */
bool capture_filter_asks(const struct capture_filter *b);
/* For a link type that was prepared. */
bool capture_filter_passes(const struct capture_filter *b, const struct frame *f);

#endif
