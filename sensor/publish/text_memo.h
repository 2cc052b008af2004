/* SPDX-License-Identifier: Apache-2.0 */
/* text_memo: addresses and dates as texts. Those of a mail come again in it, and in the mails around it. */
#ifndef MXTAP_PUBLISH_TEXT_MEMO_H
#define MXTAP_PUBLISH_TEXT_MEMO_H

#include "decoders/base/endpoint.h"

/* What ip_format and date_format give, without a NUL; empty where they give nothing. Borrowed until the thread asks again. */
struct span text_memo_ip(const struct ip_addr *a);
struct span text_memo_date(int64_t utc);

#endif
