/* SPDX-License-Identifier: Apache-2.0 */
/* uuencode: what stands between "begin 644 name" and "end" (POSIX uuencode, historical form). */
#ifndef MXTAP_MAIL_UUENCODE_H
#define MXTAP_MAIL_UUENCODE_H

#include "decoders/mail/transfer_encoding.h"

/* Room: in.n. Returns bytes made. */
size_t uuencode_push(struct transfer_decoder *d, struct span in, uint8_t *out);
/* Begins again at the next line. */
void uuencode_gap(struct transfer_decoder *d);

#endif
