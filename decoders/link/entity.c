/* SPDX-License-Identifier: Apache-2.0 */
/* entity: table of names, numbers, and what old pages get away with. */
#include "decoders/link/entity.h"

#include "decoders/link/copy_until.h"

struct name {
    const char *text;
    uint16_t code;
    uint8_t old; /* counts without semicolon */
};

#define E(text, code, old) {text, code, old},
/* In strcmp order: binary search. From HTML 5's list of named character references, chosen as entity.h says. */
static const struct name names[] = {
    E("AElig", 0xc6, 1) E("AMP", 0x26, 1) E("Aacute", 0xc1, 1) E("Acirc", 0xc2, 1)
    E("Agrave", 0xc0, 1) E("Alpha", 0x391, 0) E("ApplyFunction", 0x2061, 0) E("Aring", 0xc5, 1)
    E("Atilde", 0xc3, 1) E("Auml", 0xc4, 1) E("Bernoullis", 0x212c, 0) E("Beta", 0x392, 0)
    E("CapitalDifferentialD", 0x2145, 0) E("Cayleys", 0x212d, 0) E("Ccedil", 0xc7, 1)
    E("Chi", 0x3a7, 0) E("DD", 0x2145, 0) E("Dagger", 0x2021, 0) E("Delta", 0x394, 0)
    E("DiacriticalGrave", 0x60, 0) E("DifferentialD", 0x2146, 0) E("ETH", 0xd0, 1)
    E("Eacute", 0xc9, 1) E("Ecirc", 0xca, 1) E("Egrave", 0xc8, 1) E("Epsilon", 0x395, 0)
    E("Eta", 0x397, 0) E("Euml", 0xcb, 1) E("ExponentialE", 0x2147, 0) E("Fouriertrf", 0x2131, 0)
    E("GT", 0x3e, 1) E("Gamma", 0x393, 0) E("Hat", 0x5e, 0) E("HilbertSpace", 0x210b, 0)
    E("IJlig", 0x132, 0) E("Iacute", 0xcd, 1) E("Icirc", 0xce, 1) E("Igrave", 0xcc, 1)
    E("Im", 0x2111, 0) E("ImaginaryI", 0x2148, 0) E("InvisibleComma", 0x2063, 0)
    E("InvisibleTimes", 0x2062, 0) E("Iota", 0x399, 0) E("Iuml", 0xcf, 1) E("Kappa", 0x39a, 0)
    E("LT", 0x3c, 1) E("Lambda", 0x39b, 0) E("Laplacetrf", 0x2112, 0) E("MediumSpace", 0x205f, 0)
    E("Mellintrf", 0x2133, 0) E("Mu", 0x39c, 0) E("NegativeMediumSpace", 0x200b, 0)
    E("NegativeThickSpace", 0x200b, 0) E("NegativeThinSpace", 0x200b, 0)
    E("NegativeVeryThinSpace", 0x200b, 0) E("NewLine", 0xa, 0) E("NoBreak", 0x2060, 0)
    E("NonBreakingSpace", 0xa0, 0) E("Ntilde", 0xd1, 1) E("Nu", 0x39d, 0) E("OElig", 0x152, 0)
    E("Oacute", 0xd3, 1) E("Ocirc", 0xd4, 1) E("Ograve", 0xd2, 1) E("Omega", 0x3a9, 0)
    E("Omicron", 0x39f, 0) E("Oslash", 0xd8, 1) E("Otilde", 0xd5, 1) E("Ouml", 0xd6, 1)
    E("Phi", 0x3a6, 0) E("Pi", 0x3a0, 0) E("Poincareplane", 0x210c, 0) E("Prime", 0x2033, 0)
    E("Psi", 0x3a8, 0) E("QUOT", 0x22, 1) E("Re", 0x211c, 0) E("Rho", 0x3a1, 0)
    E("Scaron", 0x160, 0) E("Sigma", 0x3a3, 0) E("THORN", 0xde, 1) E("TRADE", 0x2122, 0)
    E("Tab", 0x9, 0) E("Tau", 0x3a4, 0) E("Theta", 0x398, 0) E("ThinSpace", 0x2009, 0)
    E("Uacute", 0xda, 1) E("Ucirc", 0xdb, 1) E("Ugrave", 0xd9, 1) E("UnderBar", 0x5f, 0)
    E("Upsilon", 0x3a5, 0) E("Uuml", 0xdc, 1) E("VerticalLine", 0x7c, 0)
    E("VeryThinSpace", 0x200a, 0) E("Xi", 0x39e, 0) E("Yacute", 0xdd, 1) E("Yuml", 0x178, 0)
    E("ZeroWidthSpace", 0x200b, 0) E("Zeta", 0x396, 0) E("aacute", 0xe1, 1) E("acirc", 0xe2, 1)
    E("acute", 0xb4, 1) E("aelig", 0xe6, 1) E("af", 0x2061, 0) E("agrave", 0xe0, 1)
    E("alefsym", 0x2135, 0) E("alpha", 0x3b1, 0) E("amp", 0x26, 1) E("and", 0x2227, 0)
    E("ang", 0x2220, 0) E("apos", 0x27, 0) E("aring", 0xe5, 1) E("ast", 0x2a, 0)
    E("asymp", 0x2248, 0) E("atilde", 0xe3, 1) E("auml", 0xe4, 1) E("bdquo", 0x201e, 0)
    E("bernou", 0x212c, 0) E("beta", 0x3b2, 0) E("brvbar", 0xa6, 1) E("bsol", 0x5c, 0)
    E("bull", 0x2022, 0) E("cap", 0x2229, 0) E("ccedil", 0xe7, 1) E("cedil", 0xb8, 1)
    E("cent", 0xa2, 1) E("chi", 0x3c7, 0) E("circ", 0x2c6, 0) E("circledS", 0x24c8, 0)
    E("clubs", 0x2663, 0) E("colon", 0x3a, 0) E("comma", 0x2c, 0) E("commat", 0x40, 0)
    E("complexes", 0x2102, 0) E("cong", 0x2245, 0) E("copy", 0xa9, 1) E("crarr", 0x21b5, 0)
    E("cup", 0x222a, 0) E("curren", 0xa4, 1) E("dArr", 0x21d3, 0) E("dagger", 0x2020, 0)
    E("darr", 0x2193, 0) E("dd", 0x2146, 0) E("deg", 0xb0, 1) E("delta", 0x3b4, 0)
    E("diams", 0x2666, 0) E("divide", 0xf7, 1) E("dollar", 0x24, 0) E("eacute", 0xe9, 1)
    E("ecirc", 0xea, 1) E("ee", 0x2147, 0) E("egrave", 0xe8, 1) E("ell", 0x2113, 0)
    E("empty", 0x2205, 0) E("emsp", 0x2003, 0) E("emsp13", 0x2004, 0) E("emsp14", 0x2005, 0)
    E("ensp", 0x2002, 0) E("epsilon", 0x3b5, 0) E("equals", 0x3d, 0) E("equiv", 0x2261, 0)
    E("eta", 0x3b7, 0) E("eth", 0xf0, 1) E("euml", 0xeb, 1) E("euro", 0x20ac, 0) E("excl", 0x21, 0)
    E("exist", 0x2203, 0) E("expectation", 0x2130, 0) E("exponentiale", 0x2147, 0)
    E("ffilig", 0xfb03, 0) E("fflig", 0xfb00, 0) E("ffllig", 0xfb04, 0) E("filig", 0xfb01, 0)
    E("fllig", 0xfb02, 0) E("fnof", 0x192, 0) E("forall", 0x2200, 0) E("frac12", 0xbd, 1)
    E("frac14", 0xbc, 1) E("frac34", 0xbe, 1) E("frasl", 0x2044, 0) E("gamma", 0x3b3, 0)
    E("ge", 0x2265, 0) E("grave", 0x60, 0) E("gt", 0x3e, 1) E("hArr", 0x21d4, 0)
    E("hairsp", 0x200a, 0) E("hamilt", 0x210b, 0) E("harr", 0x2194, 0) E("hearts", 0x2665, 0)
    E("hellip", 0x2026, 0) E("iacute", 0xed, 1) E("ic", 0x2063, 0) E("icirc", 0xee, 1)
    E("iexcl", 0xa1, 1) E("igrave", 0xec, 1) E("ii", 0x2148, 0) E("ijlig", 0x133, 0)
    E("image", 0x2111, 0) E("imagline", 0x2110, 0) E("imagpart", 0x2111, 0) E("infin", 0x221e, 0)
    E("int", 0x222b, 0) E("integers", 0x2124, 0) E("iota", 0x3b9, 0) E("iquest", 0xbf, 1)
    E("isin", 0x2208, 0) E("it", 0x2062, 0) E("iuml", 0xef, 1) E("kappa", 0x3ba, 0)
    E("lArr", 0x21d0, 0) E("lagran", 0x2112, 0) E("lambda", 0x3bb, 0) E("lang", 0x27e8, 0)
    E("laquo", 0xab, 1) E("larr", 0x2190, 0) E("lbrace", 0x7b, 0) E("lbrack", 0x5b, 0)
    E("lceil", 0x2308, 0) E("lcub", 0x7b, 0) E("ldquo", 0x201c, 0) E("le", 0x2264, 0)
    E("lfloor", 0x230a, 0) E("lowast", 0x2217, 0) E("lowbar", 0x5f, 0) E("loz", 0x25ca, 0)
    E("lpar", 0x28, 0) E("lrm", 0x200e, 0) E("lsaquo", 0x2039, 0) E("lsqb", 0x5b, 0)
    E("lsquo", 0x2018, 0) E("lt", 0x3c, 1) E("macr", 0xaf, 1) E("mdash", 0x2014, 0)
    E("micro", 0xb5, 1) E("midast", 0x2a, 0) E("middot", 0xb7, 1) E("minus", 0x2212, 0)
    E("mu", 0x3bc, 0) E("nabla", 0x2207, 0) E("naturals", 0x2115, 0) E("nbsp", 0xa0, 1)
    E("ndash", 0x2013, 0) E("ne", 0x2260, 0) E("ni", 0x220b, 0) E("not", 0xac, 1)
    E("notin", 0x2209, 0) E("nsub", 0x2284, 0) E("ntilde", 0xf1, 1) E("nu", 0x3bd, 0)
    E("num", 0x23, 0) E("numero", 0x2116, 0) E("numsp", 0x2007, 0) E("oS", 0x24c8, 0)
    E("oacute", 0xf3, 1) E("ocirc", 0xf4, 1) E("oelig", 0x153, 0) E("ograve", 0xf2, 1)
    E("oline", 0x203e, 0) E("omega", 0x3c9, 0) E("omicron", 0x3bf, 0) E("oplus", 0x2295, 0)
    E("or", 0x2228, 0) E("order", 0x2134, 0) E("orderof", 0x2134, 0) E("ordf", 0xaa, 1)
    E("ordm", 0xba, 1) E("oslash", 0xf8, 1) E("otilde", 0xf5, 1) E("otimes", 0x2297, 0)
    E("ouml", 0xf6, 1) E("para", 0xb6, 1) E("part", 0x2202, 0) E("percnt", 0x25, 0)
    E("period", 0x2e, 0) E("permil", 0x2030, 0) E("perp", 0x22a5, 0) E("phi", 0x3c6, 0)
    E("phmmat", 0x2133, 0) E("pi", 0x3c0, 0) E("piv", 0x3d6, 0) E("planckh", 0x210e, 0)
    E("plus", 0x2b, 0) E("plusmn", 0xb1, 1) E("pound", 0xa3, 1) E("prime", 0x2032, 0)
    E("primes", 0x2119, 0) E("prod", 0x220f, 0) E("prop", 0x221d, 0) E("psi", 0x3c8, 0)
    E("puncsp", 0x2008, 0) E("quaternions", 0x210d, 0) E("quest", 0x3f, 0) E("quot", 0x22, 1)
    E("rArr", 0x21d2, 0) E("radic", 0x221a, 0) E("rang", 0x27e9, 0) E("raquo", 0xbb, 1)
    E("rarr", 0x2192, 0) E("rationals", 0x211a, 0) E("rbrace", 0x7d, 0) E("rbrack", 0x5d, 0)
    E("rceil", 0x2309, 0) E("rcub", 0x7d, 0) E("rdquo", 0x201d, 0) E("real", 0x211c, 0)
    E("realine", 0x211b, 0) E("realpart", 0x211c, 0) E("reals", 0x211d, 0) E("reg", 0xae, 1)
    E("rfloor", 0x230b, 0) E("rho", 0x3c1, 0) E("rlm", 0x200f, 0) E("rpar", 0x29, 0)
    E("rsaquo", 0x203a, 0) E("rsqb", 0x5d, 0) E("rsquo", 0x2019, 0) E("sbquo", 0x201a, 0)
    E("scaron", 0x161, 0) E("sdot", 0x22c5, 0) E("sect", 0xa7, 1) E("semi", 0x3b, 0)
    E("shy", 0xad, 1) E("sigma", 0x3c3, 0) E("sigmaf", 0x3c2, 0) E("sim", 0x223c, 0)
    E("sol", 0x2f, 0) E("spades", 0x2660, 0) E("sub", 0x2282, 0) E("sube", 0x2286, 0)
    E("sum", 0x2211, 0) E("sup", 0x2283, 0) E("sup1", 0xb9, 1) E("sup2", 0xb2, 1) E("sup3", 0xb3, 1)
    E("supe", 0x2287, 0) E("szlig", 0xdf, 1) E("tau", 0x3c4, 0) E("there4", 0x2234, 0)
    E("theta", 0x3b8, 0) E("thetasym", 0x3d1, 0) E("thinsp", 0x2009, 0) E("thorn", 0xfe, 1)
    E("tilde", 0x2dc, 0) E("times", 0xd7, 1) E("trade", 0x2122, 0) E("uArr", 0x21d1, 0)
    E("uacute", 0xfa, 1) E("uarr", 0x2191, 0) E("ucirc", 0xfb, 1) E("ugrave", 0xf9, 1)
    E("uml", 0xa8, 1) E("upsih", 0x3d2, 0) E("upsilon", 0x3c5, 0) E("uuml", 0xfc, 1)
    E("verbar", 0x7c, 0) E("vert", 0x7c, 0) E("weierp", 0x2118, 0) E("xi", 0x3be, 0)
    E("yacute", 0xfd, 1) E("yen", 0xa5, 1) E("yuml", 0xff, 1) E("zeetrf", 0x2128, 0)
    E("zeta", 0x3b6, 0) E("zwj", 0x200d, 0) E("zwnj", 0x200c, 0)
};

enum { NAMES = sizeof(names) / sizeof(*names), OLD_SHORTEST = 2, OLD_LONGEST = 6 };

/* Nearly all that mails have. */
static const struct name *find_usual(struct span s)
{
    static const struct name usual[] = {E("lt", 0x3c, 1) E("gt", 0x3e, 1) E("amp", 0x26, 1) E("nbsp", 0xa0, 1)
                                        E("quot", 0x22, 1) E("copy", 0xa9, 1)};

    for (size_t i = 0; i < sizeof(usual) / sizeof(*usual) && s.n >= 2 && s.n <= 4; i++)
        if (usual[i].text[0] == (char)s.p[0] && usual[i].text[1] == (char)s.p[1] && span_eq(s, span_cstr(usual[i].text)))
            return &usual[i];
    return NULL;
}
#undef E

static const struct name *find(struct span s)
{
    const struct name *usual = find_usual(s);
    size_t low = 0, high = NAMES;

    if (usual)
        return usual;

    while (low < high) {
        size_t mid = (low + high) / 2;
        const char *text = names[mid].text;
        int order = strncmp((const char *)s.p, text, s.n);

        if (!order && !text[s.n])
            return &names[mid];
        if (order > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* "&efr; &Eopf; &escr;": Fraktur, double-struck and script letters, which a host name folds to ASCII. The ones that
 * Unicode had before stand elsewhere. */
static uint32_t math_letter(struct span name)
{
    static const struct {
        const char *suffix;
        uint32_t capitals, smalls;
        const char *elsewhere;
        uint16_t there[12];
    } families[] = {
        {"fr", 0x1d504, 0x1d51e, "CHIRZ", {0x212d, 0x210c, 0x2111, 0x211c, 0x2128}},
        {"opf", 0x1d538, 0x1d552, "CHNPQRZ", {0x2102, 0x210d, 0x2115, 0x2119, 0x211a, 0x211d, 0x2124}},
        {"scr", 0x1d49c, 0x1d4b6, "BEFHILMRego", {0x212c, 0x2130, 0x2131, 0x210b, 0x2110, 0x2112, 0x2133, 0x211b, 0x212f, 0x210a, 0x2134}},
    };

    for (size_t i = 0; name.n && i < sizeof(families) / sizeof(*families); i++) {
        const char *elsewhere;
        uint8_t letter = name.p[0];

        if (!ascii_alpha(letter) || !span_eq(span_from(name, 1), span_cstr(families[i].suffix)))
            continue;
        elsewhere = strchr(families[i].elsewhere, letter);
        if (elsewhere)
            return families[i].there[elsewhere - families[i].elsewhere];
        return letter < 'a' ? families[i].capitals + letter - 'A' : families[i].smalls + letter - 'a';
    }
    return 0;
}

static size_t put_utf8(uint32_t c, uint8_t utf8[ENTITY_UTF8_MAX])
{
    if (c < 0x80) {
        utf8[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        utf8[0] = (uint8_t)(0xc0 | c >> 6);
        utf8[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        utf8[0] = (uint8_t)(0xe0 | c >> 12);
        utf8[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        utf8[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    utf8[0] = (uint8_t)(0xf0 | c >> 18);
    utf8[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    utf8[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    utf8[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

/* WHATWG HTML 13.2.5.80: numbers of windows-1252 characters, and what is no character at all. */
static uint32_t repair(uint32_t c)
{
    static const uint16_t windows_1252[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160,
        0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e, 0x178};

    if (c >= 0x80 && c < 0xa0)
        return windows_1252[c - 0x80];
    return !c || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0xfffd : c;
}

static bool is_digit_of(uint8_t c, bool hex)
{
    return hex ? ascii_hex(c) >= 0 : ascii_digit(c);
}

static size_t decode_number(struct span s, uint8_t utf8[ENTITY_UTF8_MAX], size_t *used)
{
    bool hex = s.n > 1 && (s.p[1] | 0x20) == 'x';
    size_t i = 1 + hex, digits = i;
    uint32_t c = 0;

    for (; i < s.n && is_digit_of(s.p[i], hex); i++)
        if (c <= 0x10ffff)
            c = c * (hex ? 16 : 10) + (uint32_t)ascii_hex(s.p[i]);
    if (i == digits)
        return 0;
    *used = i + (i < s.n && s.p[i] == ';');
    return put_utf8(repair(c), utf8);
}

/* "&copyright" shows ©right: the longest old name that s begins with. */
static const struct name *find_old(struct span s)
{
    for (size_t n = s.n < OLD_LONGEST ? s.n : OLD_LONGEST; n >= OLD_SHORTEST; n--) {
        const struct name *found = find(span_head(s, n));

        if (found && found->old)
            return found;
    }
    return NULL;
}

static size_t name_length(struct span s)
{
    size_t n = 0;

    while (n < s.n && n < ENTITY_NAME_MAX && ascii_alnum(s.p[n]))
        n++;
    return n;
}

size_t entity_decode(struct span s, enum entity_in in, uint8_t utf8[ENTITY_UTF8_MAX], size_t *used)
{
    struct span name = span_head(s, name_length(s));
    uint8_t next = name.n < s.n ? s.p[name.n] : 0;
    const struct name *found;

    if (s.n && s.p[0] == '#')
        return decode_number(s, utf8, used);
    found = find(name);
    if (found && (next == ';' || (found->old && (in == ENTITY_IN_TEXT || next != '=')))) {
        *used = name.n + (next == ';');
        return put_utf8(found->code, utf8);
    }
    if (next == ';' && math_letter(name)) {
        *used = name.n + 1;
        return put_utf8(math_letter(name), utf8);
    }
    if (next == ';' && span_eq(name, SPAN("fjlig"))) {
        *used = name.n + 1;
        memcpy(utf8, "fj", 2);
        return 2;
    }
    found = in == ENTITY_IN_TEXT ? find_old(name) : NULL;
    if (!found)
        return 0;
    *used = strlen(found->text);
    return put_utf8(found->code, utf8);
}

/* No reference is shorter than what it stands for: there is always room for what is left. */
void entity_decode_attribute(struct span value, struct buf *out)
{
    uint8_t *to = buf_room(out, value.n), *begin = to;
    size_t at = 0, used, n;

    if (!to)
        return;
    for (;;) {
        size_t amp = copy_until(to, value, at, '&', '&');

        to += amp - at;
        at = amp + 1;
        if (amp == value.n)
            break;
        if (value.n - at >= 4 && !memcmp(value.p + at, "amp;", 4)) { /* between the parameters of a URL */
            *to++ = '&';
            at += 4;
            continue;
        }
        n = entity_decode(span_from(value, at), ENTITY_IN_ATTRIBUTE, to, &used);
        if (!n)
            *to++ = '&';
        to += n;
        at += n ? used : 0;
    }
    out->n += (size_t)(to - begin);
}
