/* SPDX-License-Identifier: Apache-2.0 */
/* charset_out: converted text on its way to the sink, gathered so that small pieces do not each cost a call. */
#ifndef MXTAP_MAIL_CHARSET_OUT_H
#define MXTAP_MAIL_CHARSET_OUT_H

#include "decoders/mail/charset_table.h"

enum {
    CHARSET_OUT_BYTES = 4096,
    CHARSET_IN_PLACE = 1024 /* a span at least this long goes to the sink without a copy: more pieces cost HTML and links more than copies do */
};

/* Lives on the stack of one push. */
struct charset_out {
    struct charset_decoder *d;
    size_t n;
    uint8_t b[CHARSET_OUT_BYTES];
};

/* s: valid UTF-8 of whole characters. */
void charset_out_span(struct charset_out *o, struct span s);
void charset_out_flush(struct charset_out *o);
/* U+FFFD, and says so. */
void charset_out_replace(struct charset_out *o);
/* Of what was added from b[from] on: the Won that iconv has for a backslash in Johab is the backslash again, as in a run of plain text, which
 * does not pass iconv. No other byte of Johab is that Won. */
void charset_out_backslashes(struct charset_out *o, size_t from);
/* Through the decoder's iconv handle: bytes of cs->iconv. Returns bytes used: fewer than in.n only where
 * the end cuts a character. */
size_t charset_out_convert(struct charset_out *o, struct span in);
/* Pairs of EUC without their eighth bits, and nothing else, as far as they are known. Returns bytes used. */
size_t charset_out_pairs(struct charset_out *o, struct span in);

/* The ways that need no iconv or prepare for it; each takes any bytes in any pieces. */
void charset_push_utf8(struct charset_out *o, struct span s);
void charset_push_jis(struct charset_out *o, struct span s);
void charset_push_hz(struct charset_out *o, struct span s);
void charset_push_utf7(struct charset_out *o, struct span s);

#endif
