/* SPDX-License-Identifier: Apache-2.0 */
/* escape: which characters a terminal or a key name must never get from a sender, and how they look. */
#include "decoders/base/escape.h"

unsigned utf8_next_any(struct span s, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n, i;
    uint32_t v;

    if (s.n == 0)
        return 0;
    v = s.p[0];
    if (v < 0x80) {
        *c = v;
        return 1;
    }
    n = v >= 0xf0 ? 4 : v >= 0xe0 ? 3 : 2;
    if (v < 0xc2 || v > 0xf4 || s.n < n)
        return 0;
    v &= 0x7fu >> n;
    for (i = 1; i < n; i++) {
        if ((s.p[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (s.p[i] & 0x3f);
    }
    if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
        return 0;
    *c = v;
    return n;
}

/* Characters that hide, reorder or end what stands beside them. */
static const struct {
    uint32_t from, to;
} unsafe[] = {
    {0x00, 0x1f},
    {0x7f, 0x9f},                         /* DEL, C1 */
    {0x061c, 0x061c},   {0x180e, 0x180e}, /* Arabic letter mark, Mongolian vowel separator */
    {0x200b, 0x200f},                     /* zero-width, LRM, RLM */
    {0x2028, 0x202e},                     /* line and paragraph separators, embeddings, overrides */
    {0x2060, 0x206f},                     /* word joiner, invisible operators, isolates */
    {0xfeff, 0xfeff},   {0xfff9, 0xfffb}, /* zero-width no-break space, interlinear annotations */
    {0xe0000, 0xe007f},                   /* invisible tags */
};

static bool is_unsafe(uint32_t c, unsigned options)
{
    if (c == ':')
        return options & ESCAPE_COLON;
    if (c == '\\')
        return !(options & ESCAPE_STORED);
    for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]) && c >= unsafe[i].from; i++)
        if (c <= unsafe[i].to)
            return true;
    return false;
}

static bool add_escaped(struct buf *out, struct span s)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t text[4] = {'\\', 'x', 0, 0};
    bool ok = true;

    for (size_t i = 0; i < s.n; i++) {
        text[2] = (uint8_t)hex[s.p[i] >> 4];
        text[3] = (uint8_t)hex[s.p[i] & 15];
        ok = buf_add(out, span_of(text, sizeof(text))) && ok;
    }
    return ok;
}

bool escape_text(struct buf *out, struct span s, unsigned options)
{
    size_t kept = 0, at = 0;
    bool ok = true;

    while (at < s.n) {
        uint32_t c = 0;
        unsigned n = utf8_next(span_from(s, at), &c);

        if (n && !is_unsafe(c, options)) {
            at += n;
            continue;
        }
        if (n == 0)
            n = 1;
        ok = buf_add(out, span_of(s.p + kept, at - kept)) && ok;
        ok = add_escaped(out, span_of(s.p + at, n)) && ok;
        at += n;
        kept = at;
    }
    return buf_add(out, span_of(s.p + kept, at - kept)) && ok;
}
