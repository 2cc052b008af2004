/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the corpus: sentences of seven languages, each in the charsets mail uses for it. */
#ifndef BENCH_PHRASES_H
#define BENCH_PHRASES_H

#include "prng.h"

enum language { EN, DE, FR, JA, ZH, KO, RU, LANGUAGES };

enum charset {
    US_ASCII,
    UTF_8,
    ISO_8859_1,
    WINDOWS_1252,
    ISO_2022_JP,
    SHIFT_JIS,
    EUC_JP,
    GB2312,
    EUC_KR,
    KOI8_R,
    CHARSETS
};

enum phrase_use { SENTENCE, TITLE, PERSON, BUTTON, SEE, PHRASE_USES };

/* Borrowed from the tables, which live as long as the program; bytes in the charset asked for. */
struct phrase {
    const char *data;
    size_t len;
};

/* The name as mail headers write it, and as iconv knows it. */
const char *charset_name(enum charset cs);
/* One phrase at random. SEE is what stands before a URL in a text ("More: "). */
struct phrase phrase_pick(struct prng *p, enum language lang, enum charset cs, enum phrase_use use);
/* UTF-8 to charset; ends the program where a character is not in it. Returns the bytes written. */
size_t charset_convert(enum charset cs, const char *utf8, size_t n, char *out, size_t cap);

#endif
