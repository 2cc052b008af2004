/* SPDX-License-Identifier: Apache-2.0 */
/* base64: the alphabet, decoded in fours, or only counted at the speed of a scan. */
#ifndef MXTAP_MAIL_BASE64_H
#define MXTAP_MAIL_BASE64_H

#include "decoders/mail/transfer_encoding.h"

/* Room: 3 bytes for every 4 of in and what was held, so in.n + 3 is enough. Returns bytes made. */
size_t base64_push(struct transfer_decoder *d, struct span in, uint8_t *out);
uint64_t base64_count(struct transfer_decoder *d, struct span in);
/* The same, added to *made, where in is nothing but base64, blanks and controls; false, and nothing is done, where it is not. */
bool base64_count_plain(struct transfer_decoder *d, struct span in, uint64_t *made);
/* At most 2 bytes of an unpadded end; out may be NULL. */
size_t base64_finish(struct transfer_decoder *d, uint8_t *out);

/* How many bytes of s are of the alphabet (no =); *junk: some byte is neither that nor a control or
 * space. The kernel and its scalar twin. */
size_t base64_alphabet(struct span s, bool *junk);
size_t base64_alphabet_scalar(struct span s, bool *junk);

#endif
