/* SPDX-License-Identifier: Apache-2.0 */
/* certificate: the one room that takes X.509 certificates apart, by OpenSSL. */
#ifndef MXTAP_FLOWS_CERTIFICATE_H
#define MXTAP_FLOWS_CERTIFICATE_H

#include "decoders/base/bytes.h"

/* Appends "C=JP, O=Example, CN=mx.example.jp" (UTF-8, the order of the certificate, controls escaped) to both, and gives
 * the last second of its time (UTC). False where der is no certificate: nothing was appended then. The buffers' caps cut. */
bool certificate_read(struct span der, struct buf *subject, struct buf *issuer, int64_t *not_after);

#endif
