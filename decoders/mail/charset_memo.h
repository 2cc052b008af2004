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

/* So much room at least is wanted of out in what follows. */
enum { CHARSET_MEMO_ROOM = 256 };

/*
 * Converts from the beginning of in until the end, a character that iconv must be asked for, or until
 * out is nearly full. cd: of the memo's charset, in its initial state, and left so.
 * Returns bytes of in used; *made: bytes written to out.
 */
size_t charset_memo_convert(struct charset_memo *x, iconv_t cd, struct span in, uint8_t *out, size_t room,
                            size_t *made);
/* The same of known pairs of EUC without their eighth bits, as ISO-2022-JP has them; no other byte is in in, and nothing is learnt. */
size_t charset_memo_pairs(const struct charset_memo *x, struct span in, uint8_t *out, size_t room, size_t *made);
/* ASCII is ASCII in it, no byte is known to begin a pair, and there is a kernel for such: ASCII in between costs little. */
bool charset_memo_is_bytes(const struct charset_memo *x);

#endif
