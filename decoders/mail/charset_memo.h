/* SPDX-License-Identifier: Apache-2.0 */
/* charset_memo: what iconv said of each character of one or two bytes, so that it is asked once. */
#ifndef MXTAP_MAIL_CHARSET_MEMO_H
#define MXTAP_MAIL_CHARSET_MEMO_H

#include <iconv.h>

#include "decoders/mail/charset_table.h"

struct charset_memo;

/* The memo of cs in all, begun where there is none yet; NULL: memory was refused, or cs has states that
 * change what its bytes mean. Lives as long as all. */
struct charset_memo *charset_memo_of(struct charset_memos *all, const struct charset *cs);

/*
 * Converts from the beginning of in until the end, a character that iconv must be asked for, or until
 * fewer than 4 bytes of room are left. cd: of the memo's charset, in its initial state, and left so.
 * Returns bytes of in used; *made: bytes written to out.
 */
size_t charset_memo_convert(struct charset_memo *x, iconv_t cd, struct span in, uint8_t *out, size_t room,
                            size_t *made);

#endif
