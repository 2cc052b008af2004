/* SPDX-License-Identifier: Apache-2.0 */
/* queue_id: the name a server gave to the mail it took, read out of its final reply. */
#ifndef MXTAP_SMTP_QUEUE_ID_H
#define MXTAP_SMTP_QUEUE_ID_H

#include "decoders/base/bytes.h"

/*
 * In place; absent where the text names none. Forms of Postfix, Exim, OpenSMTPD, Sendmail,
 * Exchange, qmail, Gmail, Haraka, Amazon SES and Dovecot's LMTP. text: behind the code, one line.
 */
struct span queue_id_find(struct span text);

#endif
