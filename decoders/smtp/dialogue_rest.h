/* SPDX-License-Identifier: Apache-2.0 */
/* dialogue_rest: a dialogue in which nothing is asked and nothing is under way, in few bytes. */
#ifndef MXTAP_SMTP_DIALOGUE_REST_H
#define MXTAP_SMTP_DIALOGUE_REST_H

#include "decoders/base/squeeze.h"
#include "decoders/smtp/dialogue.h"

/* No reply is owed, no line has begun, no mail is open, and nothing is kept that only few connections need (AUTH, a proxy). */
bool dialogue_rest_may(const struct dialogue *d);

/* Appends d, its texts included. d stays as it is: dialogue_free it once all is written. */
void dialogue_rest_fold(struct squeezed *out, const struct dialogue *d);

/* The dialogue again; events and ctx as for dialogue_new. NULL when memory is refused, or *in is none. */
struct dialogue *dialogue_rest_unfold(struct span *in, struct mem *m, const struct dialogue_events *events, void *ctx);

#endif
