/* SPDX-License-Identifier: Apache-2.0 */
/* charset_table: what the rooms behind charset.h know of each charset. */
#ifndef MXTAP_MAIL_CHARSET_TABLE_H
#define MXTAP_MAIL_CHARSET_TABLE_H

#include "decoders/mail/charset.h"

/* How bytes of it are read. */
enum charset_way {
    CHARSET_UTF8,      /* validated, no converter */
    CHARSET_STATELESS, /* ASCII at character starts is ASCII: plain spans pass untouched */
    CHARSET_JIS,       /* ISO-2022-JP: escapes undone here, then EUC-JP-MS */
    CHARSET_HZ,        /* HZ-GB-2312: ~{ ~} undone here, then GB18030 */
    CHARSET_UTF7,      /* decoded here */
    CHARSET_STATEFUL,  /* all bytes through iconv: UTF-16, ISO-2022-KR, and windows-1255 and
                        * -1258, whose marks compose with the letter before */
    CHARSET_GUESS
};

struct charset {
    const char *name;  /* for people */
    const char *iconv; /* for iconv_open; NULL where none is needed */
    enum charset_way way;
};

/* Those that guessing and conversion name. */
enum charset_id {
    CS_UTF_8, CS_UNKNOWN, CS_WINDOWS_1252, CS_SHIFT_JIS, CS_EUC_JP, CS_ISO_2022_JP, CS_GBK,
    CS_BIG5, CS_EUC_KR, CS_HZ, CS_UTF_7, CS_FIRST_OTHER
};
/* Also of those that have no name here: any id below charset_count(). */
const struct charset *charset_by_id(enum charset_id id);
unsigned charset_count(void);

/* Place of cs in the table, below CHARSET_COUNT_MAX. */
enum { CHARSET_COUNT_MAX = 80 };
unsigned charset_index(const struct charset *cs);

#endif
