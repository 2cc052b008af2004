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
    [CS_UTF_7] = {"UTF-7", NULL, CHARSET_UTF7},
#define OTHERS(X)                                                                                  \
    X(ISO_2022_KR, "ISO-2022-KR", STATEFUL)                                                        \
    X(ISO_2022_CN, "ISO-2022-CN", STATEFUL)                                                        \
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
    X(UTF_32LE, "UTF-32LE", STATEFUL)                                                              \
    X(UTF_32BE, "UTF-32BE", STATEFUL)                                                              \
    X(IBM855, "IBM855", STATELESS)                                                                 \
    X(IBM857, "IBM857", STATELESS)                                                                 \
    X(IBM862, "IBM862", STATELESS)                                                                 \
    X(MAC_CYRILLIC, "MAC-CYRILLIC", STATELESS)                                                     \
    X(MAC_CENTRALEUROPE, "MAC-CENTRALEUROPE", STATELESS)                                           \
    X(RK1048, "RK1048", STATELESS)                                                                 \
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
    {"1250", CS_WINDOWS_1250}, {"1251", CS_WINDOWS_1251}, {"1252", CS_WINDOWS_1252},
    {"1253", CS_WINDOWS_1253}, {"1254", CS_ISO_8859_9}, {"1255", CS_WINDOWS_1255},
    {"1256", CS_WINDOWS_1256}, {"1257", CS_WINDOWS_1257}, {"1258", CS_WINDOWS_1258},
    {"437", CS_IBM437}, {"7bit", CS_UNKNOWN}, {"850", CS_IBM850}, {"852", CS_IBM852},
    {"855", CS_IBM855}, {"857", CS_IBM857}, {"862", CS_IBM862}, {"866", CS_IBM866},
    {"88591", CS_WINDOWS_1252}, {"885910", CS_ISO_8859_10}, {"885911", CS_TIS_620},
    {"885913", CS_ISO_8859_13}, {"885914", CS_ISO_8859_14}, {"885915", CS_ISO_8859_15},
    {"885916", CS_ISO_8859_16}, {"88592", CS_ISO_8859_2}, {"88593", CS_ISO_8859_3},
    {"88594", CS_ISO_8859_4}, {"88595", CS_ISO_8859_5}, {"88596", CS_ISO_8859_6},
    {"88597", CS_ISO_8859_7}, {"88598", CS_ISO_8859_8}, {"88599", CS_ISO_8859_9},
    {"8bit", CS_UNKNOWN}, {"932", CS_SHIFT_JIS}, {"936", CS_GBK}, {"949", CS_EUC_KR},
    {"950", CS_BIG5}, {"ansi", CS_WINDOWS_1252}, {"ansi1250", CS_WINDOWS_1250},
    {"ansi1251", CS_WINDOWS_1251}, {"ansi1252", CS_WINDOWS_1252}, {"ansi1253", CS_WINDOWS_1253},
    {"ansi1254", CS_ISO_8859_9}, {"ansi1255", CS_WINDOWS_1255}, {"ansi1256", CS_WINDOWS_1256},
    {"ansi1257", CS_WINDOWS_1257}, {"ansi1258", CS_WINDOWS_1258}, {"ansix31101983", CS_UNKNOWN},
    {"ansix341968", CS_UNKNOWN}, {"ansix341986", CS_UNKNOWN}, {"arabic", CS_ISO_8859_6},
    {"ascii", CS_UNKNOWN}, {"asciius", CS_UNKNOWN}, {"asmo708", CS_ISO_8859_6},
    {"auto", CS_UNKNOWN}, {"autodetect", CS_UNKNOWN}, {"autodetectall", CS_UNKNOWN},
    {"big5", CS_BIG5}, {"big5eten", CS_BIG5}, {"big5hkscs", CS_BIG5}, {"big5hkscs2004", CS_BIG5},
    {"big5tw", CS_BIG5}, {"binary", CS_UNKNOWN}, {"charset", CS_UNKNOWN}, {"chinese", CS_GBK},
    {"cnbig5", CS_BIG5}, {"cngb", CS_GBK}, {"cns11643", CS_EUC_TW}, {"cp1250", CS_WINDOWS_1250},
    {"cp1251", CS_WINDOWS_1251}, {"cp1252", CS_WINDOWS_1252}, {"cp1253", CS_WINDOWS_1253},
    {"cp1254", CS_ISO_8859_9}, {"cp1255", CS_WINDOWS_1255}, {"cp1256", CS_WINDOWS_1256},
    {"cp1257", CS_WINDOWS_1257}, {"cp1258", CS_WINDOWS_1258}, {"cp1361", CS_JOHAB},
    {"cp20932", CS_EUC_JP}, {"cp367", CS_UNKNOWN}, {"cp437", CS_IBM437},
    {"cp50220", CS_ISO_2022_JP}, {"cp50221", CS_ISO_2022_JP}, {"cp50222", CS_ISO_2022_JP},
    {"cp51932", CS_EUC_JP}, {"cp65000", CS_UTF_7}, {"cp65001", CS_UTF_8},
    {"cp819", CS_WINDOWS_1252}, {"cp850", CS_IBM850}, {"cp852", CS_IBM852}, {"cp855", CS_IBM855},
    {"cp857", CS_IBM857}, {"cp858", CS_IBM850}, {"cp862", CS_IBM862}, {"cp866", CS_IBM866},
    {"cp874", CS_TIS_620}, {"cp932", CS_SHIFT_JIS}, {"cp936", CS_GBK}, {"cp943", CS_SHIFT_JIS},
    {"cp949", CS_EUC_KR}, {"cp950", CS_BIG5}, {"cputf8", CS_UTF_8}, {"csascii", CS_UNKNOWN},
    {"csbig5", CS_BIG5}, {"csbig5hkscs", CS_BIG5}, {"cseuckr", CS_EUC_KR},
    {"cseucpkdfmtjapanese", CS_EUC_JP}, {"cseuctw", CS_EUC_TW}, {"csgb18030", CS_GBK},
    {"csgb2312", CS_GBK}, {"csgbk", CS_GBK}, {"csibm855", CS_IBM855}, {"csibm857", CS_IBM857},
    {"csibm866", CS_IBM866}, {"csiso2022cn", CS_ISO_2022_CN}, {"csiso2022jp", CS_ISO_2022_JP},
    {"csiso2022jp2", CS_ISO_2022_JP}, {"csiso2022kr", CS_ISO_2022_KR}, {"csiso58gb231280", CS_GBK},
    {"csiso88596e", CS_ISO_8859_6}, {"csiso88596i", CS_ISO_8859_6}, {"csiso88598e", CS_ISO_8859_8},
    {"csiso88598i", CS_ISO_8859_8}, {"csisolatin1", CS_WINDOWS_1252},
    {"csisolatin2", CS_ISO_8859_2}, {"csisolatin3", CS_ISO_8859_3}, {"csisolatin4", CS_ISO_8859_4},
    {"csisolatin5", CS_ISO_8859_9}, {"csisolatin6", CS_ISO_8859_10},
    {"csisolatin9", CS_ISO_8859_15}, {"csisolatinarabic", CS_ISO_8859_6},
    {"csisolatincyrillic", CS_ISO_8859_5}, {"csisolatingreek", CS_ISO_8859_7},
    {"csisolatinhebrew", CS_ISO_8859_8}, {"cskoi8r", CS_KOI8_R}, {"cskoi8u", CS_KOI8_U},
    {"csksc56011987", CS_EUC_KR}, {"csmacintosh", CS_MACINTOSH},
    {"cspc850multilingual", CS_IBM850}, {"cspc862latinhebrew", CS_IBM862},
    {"cspc8codepage437", CS_IBM437}, {"cspcp852", CS_IBM852}, {"csshiftjis", CS_SHIFT_JIS},
    {"csunicode", CS_UTF_16}, {"csunicode11utf7", CS_UTF_7}, {"csutf16", CS_UTF_16},
    {"csutf16be", CS_UTF_16BE}, {"csutf16le", CS_UTF_16LE}, {"csutf32", CS_UTF_32},
    {"csutf7", CS_UTF_7}, {"csutf8", CS_UTF_8}, {"csviscii", CS_VISCII},
    {"cyrillic", CS_ISO_8859_5}, {"default", CS_UNKNOWN}, {"dos437", CS_IBM437},
    {"dos850", CS_IBM850}, {"dos852", CS_IBM852}, {"dos855", CS_IBM855}, {"dos857", CS_IBM857},
    {"dos862", CS_IBM862}, {"dos866", CS_IBM866}, {"dos874", CS_TIS_620},
    {"ecma114", CS_ISO_8859_6}, {"ecma118", CS_ISO_8859_7}, {"elot928", CS_ISO_8859_7},
    {"euc", CS_EUC_JP}, {"euccn", CS_GBK}, {"eucgb2312cn", CS_GBK}, {"eucjis2004", CS_EUC_JP},
    {"eucjisx0213", CS_EUC_JP}, {"eucjp", CS_EUC_JP}, {"eucjpms", CS_EUC_JP},
    {"eucjpwin", CS_EUC_JP}, {"euckr", CS_EUC_KR}, {"euctw", CS_EUC_TW}, {"gb", CS_GBK},
    {"gb18030", CS_GBK}, {"gb180302000", CS_GBK}, {"gb180302005", CS_GBK}, {"gb180302022", CS_GBK},
    {"gb198880", CS_GBK}, {"gb2312", CS_GBK}, {"gb23121980", CS_GBK}, {"gb231280", CS_GBK},
    {"gbk", CS_GBK}, {"gbk2312", CS_GBK}, {"greek", CS_ISO_8859_7}, {"greek8", CS_ISO_8859_7},
    {"hebrew", CS_ISO_8859_8}, {"hkscs", CS_BIG5}, {"hz", CS_HZ}, {"hzgb", CS_HZ},
    {"hzgb2312", CS_HZ}, {"ibm367", CS_UNKNOWN}, {"ibm437", CS_IBM437},
    {"ibm819", CS_WINDOWS_1252}, {"ibm850", CS_IBM850}, {"ibm852", CS_IBM852},
    {"ibm855", CS_IBM855}, {"ibm857", CS_IBM857}, {"ibm862", CS_IBM862}, {"ibm866", CS_IBM866},
    {"ibm874", CS_TIS_620}, {"ibm943", CS_SHIFT_JIS}, {"ibmeucjp", CS_EUC_JP},
    {"is88591", CS_WINDOWS_1252}, {"is885910", CS_ISO_8859_10}, {"is885911", CS_TIS_620},
    {"is885913", CS_ISO_8859_13}, {"is885914", CS_ISO_8859_14}, {"is885915", CS_ISO_8859_15},
    {"is885916", CS_ISO_8859_16}, {"is88592", CS_ISO_8859_2}, {"is88593", CS_ISO_8859_3},
    {"is88594", CS_ISO_8859_4}, {"is88595", CS_ISO_8859_5}, {"is88596", CS_ISO_8859_6},
    {"is88597", CS_ISO_8859_7}, {"is88598", CS_ISO_8859_8}, {"is88599", CS_ISO_8859_9},
    {"iso10646", CS_UTF_8}, {"iso10646ucs2", CS_UTF_16BE}, {"iso10646ucs4", CS_UTF_32BE},
    {"iso2022", CS_ISO_2022_JP}, {"iso2022cn", CS_ISO_2022_CN}, {"iso2022cnext", CS_ISO_2022_CN},
    {"iso2022jp", CS_ISO_2022_JP}, {"iso2022jp1", CS_ISO_2022_JP}, {"iso2022jp2", CS_ISO_2022_JP},
    {"iso2022jp2004", CS_ISO_2022_JP}, {"iso2022jp3", CS_ISO_2022_JP},
    {"iso2022jpext", CS_ISO_2022_JP}, {"iso2022jpms", CS_ISO_2022_JP},
    {"iso2022kr", CS_ISO_2022_KR}, {"iso646", CS_UNKNOWN}, {"iso646irv1991", CS_UNKNOWN},
    {"iso646us", CS_UNKNOWN}, {"iso8859", CS_WINDOWS_1252}, {"iso88591", CS_WINDOWS_1252},
    {"iso885910", CS_ISO_8859_10}, {"iso8859101992", CS_ISO_8859_10}, {"iso885911", CS_TIS_620},
    {"iso8859112001", CS_TIS_620}, {"iso885911987", CS_WINDOWS_1252},
    {"iso885913", CS_ISO_8859_13}, {"iso885914", CS_ISO_8859_14},
    {"iso8859141998", CS_ISO_8859_14}, {"iso885915", CS_ISO_8859_15},
    {"iso885916", CS_ISO_8859_16}, {"iso8859162001", CS_ISO_8859_16}, {"iso88592", CS_ISO_8859_2},
    {"iso885921987", CS_ISO_8859_2}, {"iso88593", CS_ISO_8859_3}, {"iso885931988", CS_ISO_8859_3},
    {"iso88594", CS_ISO_8859_4}, {"iso885941988", CS_ISO_8859_4}, {"iso88595", CS_ISO_8859_5},
    {"iso885951988", CS_ISO_8859_5}, {"iso88596", CS_ISO_8859_6}, {"iso885961987", CS_ISO_8859_6},
    {"iso88596e", CS_ISO_8859_6}, {"iso88596i", CS_ISO_8859_6}, {"iso88597", CS_ISO_8859_7},
    {"iso885971987", CS_ISO_8859_7}, {"iso88598", CS_ISO_8859_8}, {"iso885981988", CS_ISO_8859_8},
    {"iso88598e", CS_ISO_8859_8}, {"iso88598i", CS_ISO_8859_8}, {"iso88599", CS_ISO_8859_9},
    {"iso885991989", CS_ISO_8859_9}, {"isoceltic", CS_ISO_8859_14}, {"isoir100", CS_WINDOWS_1252},
    {"isoir101", CS_ISO_8859_2}, {"isoir109", CS_ISO_8859_3}, {"isoir110", CS_ISO_8859_4},
    {"isoir126", CS_ISO_8859_7}, {"isoir127", CS_ISO_8859_6}, {"isoir138", CS_ISO_8859_8},
    {"isoir144", CS_ISO_8859_5}, {"isoir148", CS_ISO_8859_9}, {"isoir149", CS_EUC_KR},
    {"isoir157", CS_ISO_8859_10}, {"isoir166", CS_TIS_620}, {"isoir179", CS_ISO_8859_13},
    {"isoir199", CS_ISO_8859_14}, {"isoir203", CS_ISO_8859_15}, {"isoir226", CS_ISO_8859_16},
    {"isoir58", CS_GBK}, {"isoir6", CS_UNKNOWN}, {"jaeuc", CS_EUC_JP}, {"jasjis", CS_SHIFT_JIS},
    {"jis", CS_ISO_2022_JP}, {"jis7", CS_ISO_2022_JP}, {"jis8", CS_ISO_2022_JP},
    {"johab", CS_JOHAB}, {"koi", CS_KOI8_R}, {"koi8", CS_KOI8_R}, {"koi8r", CS_KOI8_R},
    {"koi8ru", CS_KOI8_U}, {"koi8u", CS_KOI8_U}, {"korean", CS_EUC_KR}, {"ksc5601", CS_EUC_KR},
    {"ksc56011987", CS_EUC_KR}, {"ksc56011989", CS_EUC_KR}, {"kscms", CS_EUC_KR},
    {"kscode", CS_EUC_KR}, {"ksx1001", CS_EUC_KR}, {"kz1048", CS_RK1048}, {"l1", CS_WINDOWS_1252},
    {"l10", CS_ISO_8859_16}, {"l2", CS_ISO_8859_2}, {"l3", CS_ISO_8859_3}, {"l4", CS_ISO_8859_4},
    {"l5", CS_ISO_8859_9}, {"l6", CS_ISO_8859_10}, {"l7", CS_ISO_8859_13}, {"l8", CS_ISO_8859_14},
    {"l9", CS_ISO_8859_15}, {"latin", CS_WINDOWS_1252}, {"latin1", CS_WINDOWS_1252},
    {"latin10", CS_ISO_8859_16}, {"latin2", CS_ISO_8859_2}, {"latin3", CS_ISO_8859_3},
    {"latin4", CS_ISO_8859_4}, {"latin5", CS_ISO_8859_9}, {"latin6", CS_ISO_8859_10},
    {"latin7", CS_ISO_8859_13}, {"latin8", CS_ISO_8859_14}, {"latin9", CS_ISO_8859_15},
    {"logical", CS_ISO_8859_8}, {"mac", CS_MACINTOSH}, {"maccentraleurope", CS_MAC_CENTRALEUROPE},
    {"maccyrillic", CS_MAC_CYRILLIC}, {"macintosh", CS_MACINTOSH},
    {"maclatin2", CS_MAC_CENTRALEUROPE}, {"macroman", CS_MACINTOSH},
    {"macukraine", CS_MAC_CYRILLIC}, {"ms1250", CS_WINDOWS_1250}, {"ms1251", CS_WINDOWS_1251},
    {"ms1252", CS_WINDOWS_1252}, {"ms1253", CS_WINDOWS_1253}, {"ms1254", CS_ISO_8859_9},
    {"ms1255", CS_WINDOWS_1255}, {"ms1256", CS_WINDOWS_1256}, {"ms1257", CS_WINDOWS_1257},
    {"ms1258", CS_WINDOWS_1258}, {"ms1361", CS_JOHAB}, {"ms932", CS_SHIFT_JIS}, {"ms936", CS_GBK},
    {"ms949", CS_EUC_KR}, {"ms950", CS_BIG5}, {"mscp932", CS_SHIFT_JIS}, {"mskanji", CS_SHIFT_JIS},
    {"none", CS_UNKNOWN}, {"null", CS_UNKNOWN}, {"rk1048", CS_RK1048}, {"shiftjis", CS_SHIFT_JIS},
    {"shiftjis2004", CS_SHIFT_JIS}, {"shiftjiswin", CS_SHIFT_JIS}, {"shiftjisx0213", CS_SHIFT_JIS},
    {"sjis", CS_SHIFT_JIS}, {"sjis2004", CS_SHIFT_JIS}, {"sjiswin", CS_SHIFT_JIS},
    {"strk10482002", CS_RK1048}, {"suneugreek", CS_ISO_8859_7}, {"thai", CS_TIS_620},
    {"tis620", CS_TIS_620}, {"tis6200", CS_TIS_620}, {"tis62025291", CS_TIS_620},
    {"u16", CS_UTF_16}, {"u32", CS_UTF_32}, {"u7", CS_UTF_7}, {"u8", CS_UTF_8},
    {"ucs2", CS_UTF_16BE}, {"ucs2be", CS_UTF_16BE}, {"ucs2le", CS_UTF_16LE}, {"ucs4", CS_UTF_32BE},
    {"ucs4be", CS_UTF_32BE}, {"ucs4le", CS_UTF_32LE}, {"uft8", CS_UTF_8}, {"uhc", CS_EUC_KR},
    {"ujis", CS_EUC_JP}, {"undefined", CS_UNKNOWN}, {"unicode", CS_UTF_16},
    {"unicode11utf7", CS_UTF_7}, {"unicode11utf8", CS_UTF_8}, {"unicode20utf7", CS_UTF_7},
    {"unicode20utf8", CS_UTF_8}, {"unicodebigunmarked", CS_UTF_16BE}, {"unicodefffe", CS_UTF_16BE},
    {"unknown", CS_UNKNOWN}, {"unknown7bit", CS_UNKNOWN}, {"unknown8bit", CS_UNKNOWN},
    {"unknowncharset", CS_UNKNOWN}, {"us", CS_UNKNOWN}, {"usascii", CS_UNKNOWN},
    {"usascii8bit", CS_UNKNOWN}, {"utf", CS_UTF_8}, {"utf16", CS_UTF_16}, {"utf16be", CS_UTF_16BE},
    {"utf16bom", CS_UTF_16}, {"utf16le", CS_UTF_16LE}, {"utf32", CS_UTF_32},
    {"utf32be", CS_UTF_32BE}, {"utf32le", CS_UTF_32LE}, {"utf7", CS_UTF_7}, {"utf8", CS_UTF_8},
    {"utf8bom", CS_UTF_8}, {"utf8mac", CS_UTF_8}, {"utf8mb4", CS_UTF_8}, {"utf8n", CS_UTF_8},
    {"utf8sig", CS_UTF_8}, {"utf8strict", CS_UTF_8}, {"utf8ucs2", CS_UTF_8},
    {"utf8ucs4", CS_UTF_8}, {"viscii", CS_VISCII}, {"visual", CS_ISO_8859_8},
    {"win1250", CS_WINDOWS_1250}, {"win1251", CS_WINDOWS_1251}, {"win1252", CS_WINDOWS_1252},
    {"win1253", CS_WINDOWS_1253}, {"win1254", CS_ISO_8859_9}, {"win1255", CS_WINDOWS_1255},
    {"win1256", CS_WINDOWS_1256}, {"win1257", CS_WINDOWS_1257}, {"win1258", CS_WINDOWS_1258},
    {"windows1250", CS_WINDOWS_1250}, {"windows1251", CS_WINDOWS_1251},
    {"windows1252", CS_WINDOWS_1252}, {"windows1253", CS_WINDOWS_1253},
    {"windows1254", CS_ISO_8859_9}, {"windows1255", CS_WINDOWS_1255},
    {"windows1256", CS_WINDOWS_1256}, {"windows1257", CS_WINDOWS_1257},
    {"windows1258", CS_WINDOWS_1258}, {"windows31j", CS_SHIFT_JIS}, {"windows874", CS_TIS_620},
    {"windows932", CS_SHIFT_JIS}, {"windows936", CS_GBK}, {"windows949", CS_EUC_KR},
    {"windows950", CS_BIG5}, {"xascii", CS_UNKNOWN}, {"xauto", CS_UNKNOWN}, {"xbig5", CS_BIG5},
    {"xbinaryenc", CS_UNKNOWN}, {"xcp1250", CS_WINDOWS_1250}, {"xcp1251", CS_WINDOWS_1251},
    {"xcp1252", CS_WINDOWS_1252}, {"xcp1253", CS_WINDOWS_1253}, {"xcp1254", CS_ISO_8859_9},
    {"xcp1255", CS_WINDOWS_1255}, {"xcp1256", CS_WINDOWS_1256}, {"xcp1257", CS_WINDOWS_1257},
    {"xcp1258", CS_WINDOWS_1258}, {"xcp20936", CS_GBK}, {"xcp932", CS_SHIFT_JIS},
    {"xeuccn", CS_GBK}, {"xeucjp", CS_EUC_JP}, {"xeuckr", CS_EUC_KR}, {"xeuctw", CS_EUC_TW},
    {"xgb2312", CS_GBK}, {"xgbk", CS_GBK}, {"xhz", CS_HZ}, {"xjohab", CS_JOHAB},
    {"xksc5601", CS_EUC_KR}, {"xmacce", CS_MAC_CENTRALEUROPE},
    {"xmaccentraleurroman", CS_MAC_CENTRALEUROPE}, {"xmacchinesesimp", CS_GBK},
    {"xmacchinesetrad", CS_BIG5}, {"xmaccyrillic", CS_MAC_CYRILLIC},
    {"xmacjapanese", CS_SHIFT_JIS}, {"xmackorean", CS_EUC_KR}, {"xmacroman", CS_MACINTOSH},
    {"xmacsimpchinese", CS_GBK}, {"xmactradchinese", CS_BIG5}, {"xmacukrainian", CS_MAC_CYRILLIC},
    {"xmscp932", CS_SHIFT_JIS}, {"xmswin936", CS_GBK}, {"xmswin950", CS_BIG5},
    {"xshiftjis", CS_SHIFT_JIS}, {"xsjis", CS_SHIFT_JIS}, {"xsjisjp", CS_SHIFT_JIS},
    {"xuhc", CS_EUC_KR}, {"xunicode20utf7", CS_UTF_7}, {"xunicode20utf8", CS_UTF_8},
    {"xunknown", CS_UNKNOWN}, {"xunknown8bit", CS_UNKNOWN}, {"xuserdefined", CS_UNKNOWN},
    {"xutf7", CS_UTF_7}, {"xutf8", CS_UTF_8}, {"xwindows50220", CS_ISO_2022_JP},
    {"xwindows50221", CS_ISO_2022_JP}, {"xwindows51932", CS_EUC_JP}, {"xwindows932", CS_SHIFT_JIS},
    {"xwindows949", CS_EUC_KR}, {"xwindowsiso2022jp", CS_ISO_2022_JP},
    {"xwindowsms949", CS_EUC_KR}, {"xxbig5", CS_BIG5}, {"zhcn", CS_GBK}, {"zhtw", CS_BIG5},
};
enum { LABELS = sizeof(labels) / sizeof(labels[0]) };

const struct charset *charset_by_id(enum charset_id id)
{
    return &charsets[id];
}

_Static_assert(sizeof(charsets) / sizeof(*charsets) <= CHARSET_COUNT_MAX, "raise it");

unsigned charset_count(void)
{
    return sizeof(charsets) / sizeof(*charsets);
}

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

/* Nearly every label is one of these: a search for it would go to nine of the table's, and each is memory that nobody has asked for since
 * the last mail. Zeros behind each. */
enum { USUAL_BYTES = 16 };
static const struct {
    char label[USUAL_BYTES];
    uint8_t id;
} usual[] = {
    {"utf8", CS_UTF_8}, {"iso2022jp", CS_ISO_2022_JP}, {"usascii", CS_UNKNOWN}, {"iso88591", CS_WINDOWS_1252}, {"shiftjis", CS_SHIFT_JIS},
    {"windows1252", CS_WINDOWS_1252}, {"gb2312", CS_GBK}, {"euckr", CS_EUC_KR}, {"gbk", CS_GBK}, {"big5", CS_BIG5}, {"eucjp", CS_EUC_JP},
};

/* key has USUAL_BYTES and more, and zeros behind the label. */
static const struct charset *find_usual(const char *key)
{
    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
        if (bytes_eq((const uint8_t *)key, (const uint8_t *)usual[i].label, USUAL_BYTES))
            return &charsets[usual[i].id];
    return NULL;
}

const struct charset *charset_find(struct span label)
{
    char key[LIMIT_CHARSET_LABEL + 1];
    const struct charset *found;
    size_t low = 0, high = LABELS;
    int n;

    memset(key, 0, USUAL_BYTES);
    n = normalise(label, key);
    if (n <= 0)
        return n ? NULL : charset_unknown();
    found = find_usual(key);
    if (found)
        return found;
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
