/* SPDX-License-Identifier: Apache-2.0 */
/* bpf: the user's filter expression applied to frames of files, whatever their link type. */
#ifndef MXTAP_INTAKE_BPF_H
#define MXTAP_INTAKE_BPF_H

#include "sensor/intake/capture.h"

struct bpf;

/* Whether an expression can be compiled for any usual link type at all: else it is a slip of the pen, to be
 * told before anything is opened. False with one line in err. */
bool bpf_check(const char *expression, char err[CAPTURE_ERR]);

/* expression NULL: passes everything. Borrowed. NULL when there is no memory. */
struct bpf *bpf_new(const char *expression);
void bpf_free(struct bpf *b);

/* Compiles for a link type (a DLT_ number), once each. False with one line in err. */
bool bpf_prepare(struct bpf *b, int link_type, char err[CAPTURE_ERR]);

/* For a link type that was prepared. */
bool bpf_passes(const struct bpf *b, const struct frame *f);

#endif
