/* SPDX-License-Identifier: Apache-2.0 */
/* quoted_printable: RFC 2045 6.7, in any pieces. */
#ifndef MXTAP_MAIL_QUOTED_PRINTABLE_H
#define MXTAP_MAIL_QUOTED_PRINTABLE_H

#include "decoders/mail/transfer_encoding.h"

/* Room: in.n + sizeof(d->held). Returns bytes made; what lies behind them in the room may be overwritten. */
size_t quoted_printable_push(struct transfer_decoder *d, struct span in, uint8_t *out);
/* At most sizeof(d->held) bytes. */
size_t quoted_printable_finish(struct transfer_decoder *d, uint8_t *out);

#endif
