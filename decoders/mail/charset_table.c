/* SPDX-License-Identifier: Apache-2.0 */
/* charset_table: the labels of mail. A label is compared in lower case and without - _ . : and blanks. */
#include "decoders/mail/charset_table.h"

/* Supersets stand in for what senders mean: windows-1252 for Latin-1, CP932 for Shift_JIS, EUC-JP-MS,
 * UHC, GB18030 and Big5-HKSCS for their elder brothers. */
static const struct charset charsets[] = {
    [CS_UTF_8] = {"UTF-8", NULL, CHARSET_UTF8},
    [CS_UNKNOWN] = {"unknown", NULL, CHARSET_GUESS},
    [CS_WINDOWS_1252] = {"windows-1252", "CP1252", CHARSET_STATELESS},
    [CS_SHIFT_JIS] = {"Shift_JIS", "CP932", CHARSET_STATELESS},
    [CS_EUC_JP] = {"EUC-JP", "EUC-JP-MS", CHARSET_STATELESS},
    [CS_ISO_2022_JP] = {"ISO-2022-JP", "EUC-JP-MS", CHARSET_JIS},
    [CS_GBK] = {"GB18030", "GB18030", CHARSET_STATELESS},
    [CS_BIG5] = {"Big5", "BIG5-HKSCS", CHARSET_STATELESS},
    [CS_EUC_KR] = {"EUC-KR", "UHC", CHARSET_STATELESS},
    [CS_HZ] = {"HZ-GB-2312", "GB18030", CHARSET_HZ},
#define OTHERS(X)                                                                                  \
    X(ISO_2022_KR, "ISO-2022-KR", STATEFUL)                                                        \
    X(ISO_2022_CN, "ISO-2022-CN", STATEFUL)                                                        \
    X(UTF_7, "UTF-7", STATEFUL)                                                                    \
    X(UTF_16, "UTF-16", STATEFUL)                                                                  \
    X(UTF_16LE, "UTF-16LE", STATEFUL)                                                              \
    X(UTF_16BE, "UTF-16BE", STATEFUL)                                                              \
    X(UTF_32, "UTF-32", STATEFUL)                                                                  \
    X(EUC_TW, "EUC-TW", STATELESS)                                                                 \
    X(JOHAB, "JOHAB", STATELESS)                                                                   \
    X(ISO_8859_2, "ISO-8859-2", STATELESS)                                                         \
    X(ISO_8859_3, "ISO-8859-3", STATELESS)                                                         \
    X(ISO_8859_4, "ISO-8859-4", STATELESS)                                                         \
    X(ISO_8859_5, "ISO-8859-5", STATELESS)                                                         \
    X(ISO_8859_6, "ISO-8859-6", STATELESS)                                                         \
    X(ISO_8859_7, "ISO-8859-7", STATELESS)                                                         \
    X(ISO_8859_8, "ISO-8859-8", STATELESS)                                                         \
    X(ISO_8859_9, "CP1254", STATELESS)                                                             \
    X(ISO_8859_10, "ISO-8859-10", STATELESS)                                                       \
    X(TIS_620, "CP874", STATELESS)                                                                 \
    X(ISO_8859_13, "ISO-8859-13", STATELESS)                                                       \
    X(ISO_8859_14, "ISO-8859-14", STATELESS)                                                       \
    X(ISO_8859_15, "ISO-8859-15", STATELESS)                                                       \
    X(ISO_8859_16, "ISO-8859-16", STATELESS)                                                       \
    X(WINDOWS_1250, "CP1250", STATELESS)                                                           \
    X(WINDOWS_1251, "CP1251", STATELESS)                                                           \
    X(WINDOWS_1253, "CP1253", STATELESS)                                                           \
    X(WINDOWS_1255, "CP1255", STATEFUL)                                                            \
    X(WINDOWS_1256, "CP1256", STATELESS)                                                           \
    X(WINDOWS_1257, "CP1257", STATELESS)                                                           \
    X(WINDOWS_1258, "CP1258", STATEFUL)                                                            \
    X(KOI8_R, "KOI8-R", STATELESS)                                                                 \
    X(KOI8_U, "KOI8-U", STATELESS)                                                                 \
    X(IBM437, "IBM437", STATELESS)                                                                 \
    X(IBM850, "IBM850", STATELESS)                                                                 \
    X(IBM852, "IBM852", STATELESS)                                                                 \
    X(IBM866, "IBM866", STATELESS)                                                                 \
    X(MACINTOSH, "MACINTOSH", STATELESS)                                                           \
    X(VISCII, "VISCII", STATELESS)
#define X(id, iconv_name, how) {iconv_name, iconv_name, CHARSET_##how},
    OTHERS(X)
#undef X
};

enum other_id {
    CS_BEFORE_OTHERS = CS_FIRST_OTHER - 1,
#define X(id, iconv_name, how) CS_##id,
    OTHERS(X)
#undef X
};

/* Sorted by label: charset_find halves. A test checks the order. */
static const struct {
    const char *label;
    uint8_t id;
} labels[] = {
    {"850", CS_IBM850},
    {"866", CS_IBM866},
    {"ansix341968", CS_UNKNOWN},
    {"ascii", CS_UNKNOWN},
    {"big5", CS_BIG5},
    {"big5eten", CS_BIG5},
    {"big5hkscs", CS_BIG5},
    {"cnbig5", CS_BIG5},
    {"cngb", CS_GBK},
    {"cp1250", CS_WINDOWS_1250},
    {"cp1251", CS_WINDOWS_1251},
    {"cp1252", CS_WINDOWS_1252},
    {"cp1253", CS_WINDOWS_1253},
    {"cp1254", CS_ISO_8859_9},
    {"cp1255", CS_WINDOWS_1255},
    {"cp1256", CS_WINDOWS_1256},
    {"cp1257", CS_WINDOWS_1257},
    {"cp1258", CS_WINDOWS_1258},
    {"cp437", CS_IBM437},
    {"cp50220", CS_ISO_2022_JP},
    {"cp50221", CS_ISO_2022_JP},
    {"cp50222", CS_ISO_2022_JP},
    {"cp51932", CS_EUC_JP},
    {"cp65000", CS_UTF_7},
    {"cp65001", CS_UTF_8},
    {"cp819", CS_WINDOWS_1252},
    {"cp850", CS_IBM850},
    {"cp852", CS_IBM852},
    {"cp866", CS_IBM866},
    {"cp874", CS_TIS_620},
    {"cp932", CS_SHIFT_JIS},
    {"cp936", CS_GBK},
    {"cp949", CS_EUC_KR},
    {"cp950", CS_BIG5},
    {"csbig5", CS_BIG5},
    {"cseuckr", CS_EUC_KR},
    {"cseucpkdfmtjapanese", CS_EUC_JP},
    {"csgb2312", CS_GBK},
    {"csiso2022jp", CS_ISO_2022_JP},
    {"csiso2022kr", CS_ISO_2022_KR},
    {"csisolatin1", CS_WINDOWS_1252},
    {"csisolatin2", CS_ISO_8859_2},
    {"cskoi8r", CS_KOI8_R},
    {"csksc56011987", CS_EUC_KR},
    {"csshiftjis", CS_SHIFT_JIS},
    {"csunicode11utf7", CS_UTF_7},
    {"default", CS_UNKNOWN},
    {"eucjp", CS_EUC_JP},
    {"eucjpms", CS_EUC_JP},
    {"eucjpwin", CS_EUC_JP},
    {"euckr", CS_EUC_KR},
    {"euctw", CS_EUC_TW},
    {"gb", CS_GBK},
    {"gb18030", CS_GBK},
    {"gb2312", CS_GBK},
    {"gb231280", CS_GBK},
    {"gbk", CS_GBK},
    {"gbk2312", CS_GBK},
    {"hz", CS_HZ},
    {"hzgb2312", CS_HZ},
    {"ibm437", CS_IBM437},
    {"ibm850", CS_IBM850},
    {"ibm852", CS_IBM852},
    {"ibm866", CS_IBM866},
    {"iso10646", CS_UTF_8},
    {"iso2022cn", CS_ISO_2022_CN},
    {"iso2022jp", CS_ISO_2022_JP},
    {"iso2022jp1", CS_ISO_2022_JP},
    {"iso2022jp2", CS_ISO_2022_JP},
    {"iso2022jp2004", CS_ISO_2022_JP},
    {"iso2022jp3", CS_ISO_2022_JP},
    {"iso2022jpms", CS_ISO_2022_JP},
    {"iso2022kr", CS_ISO_2022_KR},
    {"iso646us", CS_UNKNOWN},
    {"iso88591", CS_WINDOWS_1252},
    {"iso885910", CS_ISO_8859_10},
    {"iso885911", CS_TIS_620},
    {"iso885911987", CS_WINDOWS_1252},
    {"iso885913", CS_ISO_8859_13},
    {"iso885914", CS_ISO_8859_14},
    {"iso885915", CS_ISO_8859_15},
    {"iso885916", CS_ISO_8859_16},
    {"iso88592", CS_ISO_8859_2},
    {"iso88593", CS_ISO_8859_3},
    {"iso88594", CS_ISO_8859_4},
    {"iso88595", CS_ISO_8859_5},
    {"iso88596", CS_ISO_8859_6},
    {"iso88596i", CS_ISO_8859_6},
    {"iso88597", CS_ISO_8859_7},
    {"iso88598", CS_ISO_8859_8},
    {"iso88598i", CS_ISO_8859_8},
    {"iso88599", CS_ISO_8859_9},
    {"isoir100", CS_WINDOWS_1252},
    {"johab", CS_JOHAB},
    {"koi8", CS_KOI8_R},
    {"koi8r", CS_KOI8_R},
    {"koi8ru", CS_KOI8_U},
    {"koi8u", CS_KOI8_U},
    {"korean", CS_EUC_KR},
    {"ksc5601", CS_EUC_KR},
    {"ksc56011987", CS_EUC_KR},
    {"ksc56011989", CS_EUC_KR},
    {"ksx1001", CS_EUC_KR},
    {"l1", CS_WINDOWS_1252},
    {"latin1", CS_WINDOWS_1252},
    {"latin2", CS_ISO_8859_2},
    {"latin9", CS_ISO_8859_15},
    {"macintosh", CS_MACINTOSH},
    {"macroman", CS_MACINTOSH},
    {"ms932", CS_SHIFT_JIS},
    {"ms936", CS_GBK},
    {"ms949", CS_EUC_KR},
    {"ms950", CS_BIG5},
    {"mscp932", CS_SHIFT_JIS},
    {"mskanji", CS_SHIFT_JIS},
    {"none", CS_UNKNOWN},
    {"shiftjis", CS_SHIFT_JIS},
    {"sjis", CS_SHIFT_JIS},
    {"sjiswin", CS_SHIFT_JIS},
    {"tis620", CS_TIS_620},
    {"uhc", CS_EUC_KR},
    {"unicode", CS_UTF_16},
    {"unicode11utf7", CS_UTF_7},
    {"unicode11utf8", CS_UTF_8},
    {"unicode20utf8", CS_UTF_8},
    {"unknown", CS_UNKNOWN},
    {"unknown8bit", CS_UNKNOWN},
    {"us", CS_UNKNOWN},
    {"usascii", CS_UNKNOWN},
    {"utf16", CS_UTF_16},
    {"utf16be", CS_UTF_16BE},
    {"utf16le", CS_UTF_16LE},
    {"utf32", CS_UTF_32},
    {"utf7", CS_UTF_7},
    {"utf8", CS_UTF_8},
    {"utf8mb4", CS_UTF_8},
    {"viscii", CS_VISCII},
    {"win1250", CS_WINDOWS_1250},
    {"win1251", CS_WINDOWS_1251},
    {"win1252", CS_WINDOWS_1252},
    {"windows1250", CS_WINDOWS_1250},
    {"windows1251", CS_WINDOWS_1251},
    {"windows1252", CS_WINDOWS_1252},
    {"windows1253", CS_WINDOWS_1253},
    {"windows1254", CS_ISO_8859_9},
    {"windows1255", CS_WINDOWS_1255},
    {"windows1256", CS_WINDOWS_1256},
    {"windows1257", CS_WINDOWS_1257},
    {"windows1258", CS_WINDOWS_1258},
    {"windows31j", CS_SHIFT_JIS},
    {"windows874", CS_TIS_620},
    {"windows932", CS_SHIFT_JIS},
    {"windows936", CS_GBK},
    {"windows949", CS_EUC_KR},
    {"windows950", CS_BIG5},
    {"xcp932", CS_SHIFT_JIS},
    {"xeucjp", CS_EUC_JP},
    {"xgbk", CS_GBK},
    {"xmscp932", CS_SHIFT_JIS},
    {"xsjis", CS_SHIFT_JIS},
    {"xunicode20utf7", CS_UTF_7},
    {"xunknown", CS_UNKNOWN},
    {"xuserdefined", CS_UNKNOWN},
    {"xwindows932", CS_SHIFT_JIS},
    {"xwindows949", CS_EUC_KR},
    {"xxbig5", CS_BIG5},
};
enum { LABELS = sizeof(labels) / sizeof(labels[0]) };

const struct charset *charset_by_id(enum charset_id id)
{
    return &charsets[id];
}

_Static_assert(sizeof(charsets) / sizeof(*charsets) <= CHARSET_COUNT_MAX, "raise it");

unsigned charset_index(const struct charset *cs)
{
    return (unsigned)(cs - charsets);
}

const struct charset *charset_unknown(void)
{
    return &charsets[CS_UNKNOWN];
}

const char *charset_name(const struct charset *cs)
{
    return cs->name;
}

/* Returns the length, or -1 when it is too long for any label. */
static int normalise(struct span label, char out[LIMIT_CHARSET_LABEL + 1])
{
    int n = 0;

    for (size_t i = 0; i < label.n; i++) {
        uint8_t c = ascii_lower(label.p[i]);

        if (!ascii_alnum(c))
            continue;
        if (n == LIMIT_CHARSET_LABEL)
            return -1;
        out[n++] = (char)c;
    }
    out[n] = 0;
    return n;
}

const struct charset *charset_find(struct span label)
{
    char key[LIMIT_CHARSET_LABEL + 1];
    size_t low = 0, high = LABELS;
    int n = normalise(label, key);

    if (n <= 0)
        return n ? NULL : charset_unknown();
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(key, labels[middle].label);

        if (!order)
            return &charsets[labels[middle].id];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
