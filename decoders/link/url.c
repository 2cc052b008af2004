/* SPDX-License-Identifier: Apache-2.0 */
/* url: scheme, userinfo, host, port and path of one URL. */
#define _GNU_SOURCE
#include "decoders/link/url.h"

#include "decoders/link/url_host.h"

size_t url_scheme_length(struct span s)
{
    size_t i = 0;

    if (!s.n || !ascii_alpha(s.p[0]))
        return 0;
    while (i < s.n && (ascii_alnum(s.p[i]) || s.p[i] == '+' || s.p[i] == '-' || s.p[i] == '.'))
        i++;
    return i < s.n && s.p[i] == ':' ? i : 0;
}

static bool is_letter_x(char c)
{
    return c == 'x' || c == '*';
}

/* hxxp, hxxps, htxp, fxp: people and reports defang links this way. */
static void refang_scheme(char scheme[URL_SCHEME_MAX])
{
    size_t n = strlen(scheme);

    if (n >= 4 && scheme[0] == 'h' && scheme[3] == 'p' && (is_letter_x(scheme[1]) || is_letter_x(scheme[2])))
        scheme[1] = scheme[2] = 't';
    else if (!strcmp(scheme, "fxp"))
        scheme[1] = 't';
}

/* WHATWG "special" schemes: always an authority, and \ is as good as /. */
static bool is_special(const char *scheme)
{
    static const char *const special[] = {"file", "ftp", "ftps", "ws", "wss"};

    if (!memcmp(scheme, "http", 4))
        return !scheme[4] || (scheme[4] == 's' && !scheme[5]);
    for (size_t i = 0; i < sizeof(special) / sizeof(*special); i++)
        if (!strcmp(scheme, special[i]))
            return true;
    return false;
}

static struct span take_scheme(struct span text, struct url *u)
{
    size_t n = url_scheme_length(text);

    if (!n || n >= URL_SCHEME_MAX)
        return text;
    for (size_t i = 0; i < n; i++)
        u->scheme[i] = (char)ascii_lower(text.p[i]);
    refang_scheme(u->scheme);
    return span_from(text, n + 1);
}

/* Nearly every URL begins with one of two schemes as everybody writes them: bytes of it, colon not counted. */
static size_t usual_scheme(struct span text)
{
    if (text.n < 8 || memcmp(text.p, "http", 4) != 0)
        return 0;
    if (text.p[4] == ':')
        return 4;
    return text.p[4] == 's' && text.p[5] == ':' ? 5 : 0;
}

/* "http[:]//": the colon in brackets. */
static struct span take_defanged_scheme(struct span text, struct url *u)
{
    size_t bracket = 0, usual = usual_scheme(text);

    if (usual) {
        memcpy(u->scheme, usual == 5 ? "https\0\0" : "http\0\0\0", 8); /* one store: it is soon loaded by four bytes */
        return span_from(text, usual + 1);
    }

    while (bracket < text.n && bracket < 6 && (ascii_alpha(text.p[bracket]) || text.p[bracket] == '*'))
        bracket++;
    if (!bracket || !span_starts_nocase(span_from(text, bracket), SPAN("[:]//")))
        return take_scheme(text, u);
    for (size_t i = 0; i < bracket; i++)
        u->scheme[i] = (char)ascii_lower(text.p[i]);
    refang_scheme(u->scheme);
    return span_from(text, bracket + 3);
}

static bool is_slash(uint8_t c, bool special)
{
    return c == '/' || (special && c == '\\');
}

/* Start of the authority behind the scheme, or false where there is none. */
static bool enter_authority(struct span *rest, const struct url *u)
{
    bool special = is_special(u->scheme) || !u->scheme[0];
    size_t slashes = 0;

    while (slashes < rest->n && is_slash(rest->p[slashes], special) && (special || slashes < 2))
        slashes++;
    if (slashes < 2 && (!u->scheme[0] || !special))
        return false;
    *rest = span_from(*rest, slashes);
    return true;
}

static struct span take_authority(struct span rest, struct url *u)
{
    bool special = is_special(u->scheme) || !u->scheme[0];
    size_t n = 0;

    while (n < rest.n && !is_slash(rest.p[n], special) && rest.p[n] != '?' && rest.p[n] != '#')
        n++;
    u->authority = span_head(rest, n);
    u->path = span_from(rest, n);
    return u->authority;
}

/* Browsers take the last @: http://bank.example@evil.example@real.example/ goes to the last. */
static struct span take_userinfo(struct span authority, struct url *u)
{
    const uint8_t *at = authority.n ? memrchr(authority.p, '@', authority.n) : NULL;
    size_t colon;

    if (!at)
        return authority;
    u->userinfo = span_head(authority, (size_t)(at - authority.p));
    colon = span_find(u->userinfo, 0, ':');
    if (colon < u->userinfo.n)
        u->password = span_from(u->userinfo, colon + 1);
    return span_from(authority, u->userinfo.n + 1);
}

/* The first colon outside brackets ends the host, whatever follows (WHATWG URL 4.4, host state). */
static size_t host_end(struct span host)
{
    size_t end = span_find(host, 0, ':');

    if (end == host.n || !memchr(host.p, '[', end))
        return end;
    for (size_t i = 0, open = 0; i < host.n; i++) {
        if (host.p[i] == '[')
            open = 1;
        else if (host.p[i] == ']')
            open = 0;
        else if (host.p[i] == ':' && !open)
            return i;
    }
    return host.n;
}

static struct span take_port(struct span host, struct url *u)
{
    size_t end = host_end(host);
    unsigned long port = 0;

    for (size_t i = end + 1; i < host.n; i++) {
        if (!ascii_digit(host.p[i]))
            return span_head(host, end);
        if (port <= UINT16_MAX)
            port = port * 10 + (host.p[i] - '0');
    }
    u->port = port <= UINT16_MAX ? (uint16_t)port : 0;
    return span_head(host, end);
}

static void take_host(struct span authority, struct url *u)
{
    struct span host = take_port(take_userinfo(authority, u), u);

    u->host_n = url_host_normal(host, u->host, sizeof(u->host));
    if (!url_host_address(url_host(u), &u->ip))
        u->ip = (struct ip_addr){0};
}

/* The usual authority is a host of letters, digits, dots and hyphens, and nothing else. False: it is another. */
static bool take_plain_authority(struct span rest, struct url *u)
{
    size_t n = url_host_plain(span_head(rest, sizeof(u->host)), u->host);

    if (!n || (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#'))
        return false;
    u->authority = span_head(rest, n);
    u->path = span_from(rest, n);
    u->host_n = url_host_undotted(u->host, n);
    if (ascii_digit(u->host[0]) && !url_host_address(url_host(u), &u->ip))
        u->ip = (struct ip_addr){0};
    return true;
}

bool url_parse(struct span text, enum url_form form, struct url *u)
{
    struct span rest = text;

    memset(u->scheme, 0, sizeof(u->scheme));
    u->host_n = 0;
    u->ip = (struct ip_addr){0};
    u->port = 0;
    u->authority = (struct span){NULL, 0}; /* not as one: gcc loads what it has just stored in halves, and waits */
    u->userinfo = (struct span){NULL, 0};
    u->password = (struct span){NULL, 0};
    u->path = (struct span){NULL, 0};
    u->opaque = false;
    if (form == URL_WITH_SCHEME) {
        rest = take_defanged_scheme(text, u);
        if (!enter_authority(&rest, u)) {
            u->opaque = true;
            u->path = rest;
            return u->scheme[0] != 0;
        }
    }
    if (!take_plain_authority(rest, u))
        take_host(take_authority(rest, u), u);
    return true;
}

void url_masked(struct span text, const struct url *u, struct buf *out)
{
    size_t at;

    if (!u->password.p) {
        buf_add(out, text);
        return;
    }
    at = (size_t)(u->password.p - text.p);
    buf_add(out, span_head(text, at));
    buf_add(out, SPAN("***"));
    buf_add(out, span_from(text, at + u->password.n));
}
