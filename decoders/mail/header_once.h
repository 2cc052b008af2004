/* SPDX-License-Identifier: Apache-2.0 */
/* header_once: the fields that RFC 5322 3.6 and RFC 2045 allow once; a second one is an anomaly. */
#ifndef MXTAP_MAIL_HEADER_ONCE_H
#define MXTAP_MAIL_HEADER_ONCE_H

#include "decoders/mail/field_name.h"

/* Marks f as seen in *seen (0 at the header's start); true when it must stand once and stood before. */
bool header_once_again(field_set *seen, enum field_name f);

#endif
