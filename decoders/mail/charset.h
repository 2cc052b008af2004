/* SPDX-License-Identifier: Apache-2.0 */
/* charset: bytes in any charset mail uses to valid UTF-8; the only room that knows iconv. */
#ifndef MXTAP_MAIL_CHARSET_H
#define MXTAP_MAIL_CHARSET_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"

/* A charset of the static table; compare by pointer. */
struct charset;

/* By any label seen in mail, upper or lower case (ks_c_5601-1987, cp932, x-sjis, iso-2022-jp-ms,
 * unicode-1-1-utf-7 ...). us-ascii and its aliases give charset_unknown(), since what is sent under
 * that name is often something else. NULL: nobody defined it. */
const struct charset *charset_find(struct span label);
/* Decoded by guessing from the first CHARSET_GUESS_BYTES behind the first byte that is not ASCII. */
const struct charset *charset_unknown(void);
/* What these bytes most likely are: ASCII and UTF-8 where they are valid, ISO-2022-JP by its escapes,
 * else Shift_JIS, EUC-JP, GBK, EUC-KR, Big5 or windows-1252, by score. Never NULL. */
const struct charset *charset_guess(struct span bytes);
/* Static, e.g. "UTF-8". */
const char *charset_name(const struct charset *cs);

enum { CHARSET_GUESS_BYTES = 1024 };

/* Open iconv handles, kept because opening one is dear. One thread; capped by LIMIT_CHARSETS_OPEN. */
struct charsets;
struct charsets *charsets_new(struct mem *m); /* NULL when memory is refused */
void charsets_free(struct charsets *c);

/* What raw 8-bit text is tried as before it is guessed, since the mail declares it elsewhere: a bare
 * Subject is in the charset of the body far more often than not. NULL = nothing. */
void charsets_expect(struct charsets *c, const struct charset *cs);
const struct charset *charsets_expected(const struct charsets *c);

/* What converters said of single characters: shared by all charsets of a thread, since it grows to 64 KiB for
 * a charset of two bytes. */
struct charset_memos;
struct charset_memos *charset_memos_new(struct mem *m); /* NULL when memory is refused */
void charset_memos_free(struct charset_memos *all);
/* all (NULL: none) is borrowed until charsets_free. */
void charsets_remember(struct charsets *c, struct charset_memos *all);

/* utf8: valid UTF-8, a character is never split; borrowed during the call. */
typedef void (*charset_sink)(void *ctx, struct span utf8);

struct charset_decoder {
    struct charsets *charsets;
    const struct charset *cs;
    charset_sink sink;
    void *ctx;
    int handle;           /* index of the iconv handle in use, or -1 */
    struct charset_memo *memo; /* of cs, or NULL */
    uint8_t state;        /* ISO-2022-JP, HZ: the set shifted to; UTF-7: in base64 or not */
    bool asked;           /* iconv may hold something */
    uint8_t held_n;       /* bytes of a character that is not all there */
    uint8_t held[8];
    uint16_t guess_n;     /* bytes waiting in guess */
    bool replaced;        /* something was no character of cs and became U+FFFD */
    bool guessing;
    uint8_t guess[CHARSET_GUESS_BYTES];
};

/* Begins a text. c is borrowed until charset_end. Where iconv or memory refuses a converter, bytes
 * that are not ASCII become U+FFFD. */
void charset_begin(struct charset_decoder *d, struct charsets *c, const struct charset *cs,
                   charset_sink sink, void *ctx);
/* Any bytes in any pieces. */
void charset_push(struct charset_decoder *d, struct span bytes);
/* Bytes were lost: an unfinished character becomes U+FFFD, shifts return to ASCII. */
void charset_gap(struct charset_decoder *d);
/* A sink whose ctx is a struct buf: appends whole characters only; what does not fit sets truncated. */
void charset_to_buf(void *buf, struct span utf8);
/* Ends the text; returns true when every byte was a character of the charset. */
bool charset_end(struct charset_decoder *d);
/* Ends the text without a word: the sink is not called. */
void charset_abandon(struct charset_decoder *d);

#endif
