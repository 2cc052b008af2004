/* SPDX-License-Identifier: Apache-2.0 */
/* unicode_name: ICU's uspoof and uidna behind spans. */
#include "decoders/name/unicode_name.h"

#include <unicode/uidna.h>
#include <unicode/uspoof.h>

#include "decoders/base/scan.h"

struct unicode_names {
    struct mem *mem;
    USpoofChecker *spoof;
    UIDNA *idna;
    uint16_t looks[128]; /* of each byte of ASCII; the second one in the upper half */
};

/* What ICU's data leave apart though hosts are lower case: 0 is O to them, not o. */
static uint8_t looks_like(uint8_t c)
{
    c = ascii_lower(c);
    return c == '0' ? 'o' : c == '1' || c == '|' ? 'l' : c == 'm' ? 'r' : c == 'w' ? 'v' : c;
}

/* m is r and n, w twice v. 0: c is one letter. */
static uint8_t second_look(uint8_t c)
{
    c = ascii_lower(c);
    return c == 'm' ? 'n' : c == 'w' ? 'v' : 0;
}

struct unicode_names *unicode_names_new(struct mem *m)
{
    struct unicode_names *u = mem_zalloc(m, sizeof(*u));
    UErrorCode status = U_ZERO_ERROR;

    if (!u)
        return NULL;
    u->mem = m;
    for (unsigned c = 0; c < sizeof(u->looks) / sizeof(*u->looks); c++)
        u->looks[c] = (uint16_t)(looks_like((uint8_t)c) | second_look((uint8_t)c) << 8);
    u->spoof = uspoof_open(&status);
    u->idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE, &status);
    if (U_FAILURE(status)) {
        unicode_names_free(u);
        return NULL;
    }
    return u;
}

void unicode_names_free(struct unicode_names *u)
{
    if (!u)
        return;
    if (u->spoof)
        uspoof_close(u->spoof);
    if (u->idna)
        uidna_close(u->idna);
    mem_free(u->mem, u, sizeof(*u));
}

/* Bytes of out[]; n beyond UNICODE_NAME_OUT is never written. */
struct out {
    uint8_t *p;
    size_t n;
};

static void put(struct out *o, uint8_t c)
{
    if (o->n < UNICODE_NAME_OUT)
        o->p[o->n++] = c;
}

static void put_looks(struct out *o, uint8_t c)
{
    put(o, looks_like(c));
    if (second_look(c))
        put(o, second_look(c));
}

/* U+0300 to U+036F. */
static bool is_mark(struct span s, size_t at)
{
    return at + 1 < s.n && ((s.p[at] == 0xcc && s.p[at + 1] >= 0x80) || (s.p[at] == 0xcd && s.p[at + 1] <= 0xaf));
}

static size_t fold_looks(struct span s, uint8_t out[UNICODE_NAME_OUT])
{
    struct out o = {out, 0};

    for (size_t i = 0; i < s.n; i++) {
        if (is_mark(s, i))
            i++;
        else
            put_looks(&o, s.p[i]);
    }
    return o.n;
}

/* The usual: ASCII, at most UNICODE_NAME_MAX bytes of it. */
static size_t fold_plain(const struct unicode_names *u, struct span s, uint8_t out[UNICODE_NAME_OUT])
{
    size_t n = 0;

    _Static_assert(2 * UNICODE_NAME_MAX <= UNICODE_NAME_OUT, "each byte may be two");
    for (size_t i = 0; i < s.n; i++) {
        uint16_t look = u->looks[s.p[i]];

        out[n] = (uint8_t)look;
        out[n + 1] = (uint8_t)(look >> 8);
        n += 1 + (look > 0xff);
    }
    return n;
}

size_t unicode_name_skeleton(const struct unicode_names *u, struct span s, uint8_t out[UNICODE_NAME_OUT])
{
    UErrorCode status = U_ZERO_ERROR;
    char looks[UNICODE_NAME_OUT];
    int32_t n;

    if (!s.n || s.n > UNICODE_NAME_MAX)
        return 0;
    if (span_is_ascii(s))
        return fold_plain(u, s, out);
    n = uspoof_getSkeletonUTF8(u->spoof, 0, (const char *)s.p, (int32_t)s.n, looks, sizeof(looks), &status);
    return U_FAILURE(status) || n < 0 || n > (int32_t)sizeof(looks) ? 0 : fold_looks(span_of(looks, (size_t)n), out);
}

typedef int32_t (*convert)(const UIDNA *, const char *, int32_t, char *, int32_t, UIDNAInfo *, UErrorCode *);

static size_t other_form(const struct unicode_names *u, convert to, struct span host, uint8_t out[UNICODE_NAME_OUT])
{
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode status = U_ZERO_ERROR;
    int32_t n;

    if (!host.n || host.n > UNICODE_NAME_MAX)
        return 0;
    n = to(u->idna, (const char *)host.p, (int32_t)host.n, (char *)out, UNICODE_NAME_OUT, &info, &status);
    if (U_FAILURE(status) || info.errors || n <= 0 || n > UNICODE_NAME_OUT)
        return 0;
    return span_eq(span_of(out, (size_t)n), host) ? 0 : (size_t)n;
}

size_t unicode_name_to_unicode(const struct unicode_names *u, struct span host, uint8_t out[UNICODE_NAME_OUT])
{
    return other_form(u, uidna_nameToUnicodeUTF8, host, out);
}

size_t unicode_name_to_ascii(const struct unicode_names *u, struct span host, uint8_t out[UNICODE_NAME_OUT])
{
    return span_is_ascii(host) ? 0 : other_form(u, uidna_nameToASCII_UTF8, host, out);
}

bool unicode_name_has_ace(struct span host)
{
    for (size_t i = scan_pair(host, 2, '-', '-'); i < host.n; i = scan_pair(host, i + 1, '-', '-'))
        if (host.p[i - 1] == 'n' && host.p[i - 2] == 'x')
            return true;
    return false;
}
