/* SPDX-License-Identifier: Apache-2.0 */
/* country_name: ICU's names of countries. */
#include <unicode/uloc.h>
#include <unicode/ustring.h>

#include "sensor/language.h"
#include "sensor/report/page.h"

enum { NAME = 128 };

struct span country_name(struct span code)
{
    static char name[3 * NAME];
    char locale[8] = "und_XX";
    UChar wide[NAME];
    UErrorCode failed = U_ZERO_ERROR;
    int32_t n = 0;

    if (code.n != 2 || !ascii_alpha(code.p[0]) || !ascii_alpha(code.p[1]))
        return code;
    memcpy(locale + 4, code.p, 2);
    uloc_getDisplayCountry(locale, language_now() == LANGUAGE_JAPANESE ? "ja" : "en", wide, NAME, &failed);
    u_strToUTF8(name, sizeof(name), &n, wide, -1, &failed);
    return U_FAILURE(failed) || n <= 0 ? code : span_of(name, (size_t)n);
}
