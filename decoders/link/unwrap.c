/* SPDX-License-Identifier: Apache-2.0 */
/* unwrap: table of redirectors by host, path and parameter. */
#include "decoders/link/unwrap.h"

#include <endian.h>

#include "decoders/link/unwrap_coding.h"

/* found: the value of the redirector's parameter, or its path behind the prefix. */
typedef bool (*decode)(struct span found, struct buf *out);

struct redirector {
    struct span host;      /* "." first: this one and all names under it; ".*" last: any suffix */
    struct span path;      /* prefix */
    const char *parameter; /* of the query; NULL: decode takes the path */
    decode decode;
};

static bool by_percent(struct span found, struct buf *out)
{
    unwrap_percent(found, out);
    return true;
}

/* base64 where it is not plainly a URL. */
static bool by_base64(struct span found, struct buf *out)
{
    if (span_starts_nocase(found, SPAN("http")))
        return by_percent(found, out);
    return unwrap_base64(found, out);
}

/* Bing: "a1" and base64url. */
static bool bing(struct span found, struct buf *out)
{
    return span_starts_nocase(found, SPAN("a1")) && unwrap_base64(span_from(found, 2), out);
}

/* One path segment: https:%2F%2Fa.com%2Fx/1/0100... */
static bool by_segment(struct span found, struct buf *out)
{
    return by_percent(span_head(found, span_find(found, 0, '/')), out);
}

/* Yahoo: /_ylt=.../RU=https%3a%2f%2fa.com%2f/RK=2/RS=... */
static bool yahoo(struct span found, struct buf *out)
{
    size_t at = span_find_span(found, 0, SPAN("/RU="));

    return at < found.n && by_segment(span_from(found, at + 4), out);
}

/* Cisco: /1AbC.../https%3A%2F%2Fa.com%2Fx: the last segment. */
static bool last_segment(struct span found, struct buf *out)
{
    size_t at = found.n;

    while (at && found.p[at - 1] != '/')
        at--;
    return by_percent(span_from(found, at), out);
}

/* The target as it is, behind whatever stands before: web.archive.org/web/2020/http://a.com/x */
static bool as_written(struct span found, struct buf *out)
{
    size_t at = span_find_span(found, 0, SPAN("://"));

    if (at == found.n)
        return false;
    while (at && ascii_alpha(found.p[at - 1]))
        at--;
    return buf_add(out, span_from(found, at));
}

/* Yahoo's old counters: the target stands behind a star or two. */
static bool behind_star(struct span found, struct buf *out)
{
    size_t at = span_find(found, 0, '*');

    while (at < found.n && found.p[at] == '*')
        at++;
    return at < found.n && by_percent(span_from(found, at), out);
}

/* Avanan, Check Point: /v2/r01/___https://a.com/x___.YXAz... */
static bool underlined(struct span found, struct buf *out)
{
    size_t at = span_find_span(found, 0, SPAN("___"));
    struct span rest = span_from(found, at + 3);

    return at < found.n && buf_add(out, span_head(rest, span_find_span(rest, 0, SPAN("___"))));
}

/* Mandrill: base64 of JSON, in whose string "p" stands JSON again: \"url\":\"https:\\\/\\\/a.com\" */
static bool by_json(struct span found, struct buf *out)
{
    size_t at, n = 0;

    if (!unwrap_base64(found, out))
        return false;
    at = span_find_span(buf_span(out), 0, SPAN("\"url"));
    for (at += 4; at < out->n && !ascii_alpha(out->p[at]); at++)
        ;
    for (; at < out->n && out->p[at] != '"'; at++)
        if (out->p[at] != '\\')
            out->p[n++] = out->p[at];
    out->n = n;
    return n != 0;
}

/* Postmark: /3s/a.com%2Fx/...: s for https. */
static bool postmark(struct span found, struct buf *out)
{
    bool secure = found.n > 2 && found.p[1] == 's' && found.p[2] == '/';

    buf_add(out, secure ? SPAN("https://") : SPAN("http://"));
    return by_segment(span_from(found, span_find(found, 0, '/') + 1), out);
}

/* Google AMP: /amp/s/a.com/x is https://a.com/x. */
static bool amp(struct span found, struct buf *out)
{
    bool secure = span_starts_nocase(found, SPAN("s/"));

    if (span_find(found, 0, '.') == found.n)
        return false;
    buf_add(out, secure ? SPAN("https://") : SPAN("http://"));
    return buf_add(out, span_from(found, secure ? 2 : 0));
}

#define R(host, path, parameter, decode)                                                          \
    {{(const uint8_t *)host, sizeof(host) - 1}, {(const uint8_t *)path, sizeof(path) - 1}, parameter, decode},

static const struct redirector redirectors[] = {
    /* Names that end in *: first. */
    R(".google.*", "/url", "q", by_percent)
    R(".google.*", "/url", "url", by_percent)
    R(".google.*", "/amp/", NULL, amp)
    R(".google.*", "/aclk", "adurl", by_percent)
    R(".google.*", "/linkredirect", "dest", by_percent)
    R(".google.*", "/local_url", "q", by_percent)
    R(".google.*", "/translate", "u", by_percent)
    R(".amazon.*", "/gp/r.html", "u", by_percent)
    R(".amazon.*", "/gp/redirect.html", "location", by_percent)
    /* Link scanners that mail passes through: they rewrite every URL. */
    R(".safelinks.protection.outlook.com", "/", "url", by_percent)
    R(".safelinks.protection.outlook.cn", "/", "url", by_percent)
    R(".safelinks.protection.office365.us", "/", "url", by_percent)
    R(".urldefense.proofpoint.com", "/v1/", "u", by_percent)
    R(".urldefense.proofpoint.com", "/v2/", "u", unwrap_proofpoint_v2)
    R(".urldefense.proofpoint.com", "/v3/__", NULL, unwrap_proofpoint_v3)
    R(".urldefense.com", "/v1/", "u", by_percent)
    R(".urldefense.com", "/v2/", "u", unwrap_proofpoint_v2)
    R(".urldefense.com", "/v3/__", NULL, unwrap_proofpoint_v3)
    R(".urldefense.us", "/v2/", "u", unwrap_proofpoint_v2)
    R(".urldefense.us", "/v3/__", NULL, unwrap_proofpoint_v3)
    R(".cudasvc.com", "/", "a", by_percent)
    R("secure-web.cisco.com", "/", NULL, last_segment)
    R(".scanmail.trustwave.com", "/", "u", by_percent)
    R(".protection.sophos.com", "/", "u", by_base64)
    R("clicktime.symantec.com", "/", "u", by_percent)
    R(".trendmicro.com", "/wis/clicktime/", "url", by_percent)
    R(".fireeye.com", "/", "u", by_percent)
    R("urlsand.esvalabs.com", "/", "u", by_percent)
    R("statics.teams.cdn.office.net", "/evergreen-assets/safelinks/", "url", by_percent)
    R(".avanan.click", "/v2/", NULL, underlined)
    R(".protect.checkpoint.com", "/v2/", NULL, underlined)
    R("link.edgepilot.com", "/s/", "u", by_percent)
    R("clicktime.cloud.postoffice.net", "/", "u", by_percent)
    /* Mailers' click counters that name the target. */
    R(".awstrack.me", "/L0/", NULL, by_segment)
    R("mandrillapp.com", "/track/click/", "p", by_json)
    R("click.pstmrk.it", "/", NULL, postmark)
    R("hb.afl.rakuten.co.jp", "/", "pc", by_percent)
    R("px.a8.net", "/", "a8ejpredirect", by_percent)
    R("ck.jp.ap.valuecommerce.com", "/", "vc_url", by_percent)
    R("af.moshimo.com", "/", "url", by_percent)
    R("click.linksynergy.com", "/deeplink", "murl", by_percent)
    R(".awin1.com", "/", "ued", by_percent)
    R("go.skimresources.com", "/", "url", by_percent)
    R("go.redirectingat.com", "/", "url", by_percent)
    /* Sites that send their visitors on to any address. */
    R(".googleadservices.com", "/", "adurl", by_percent)
    R(".doubleclick.net", "/", "adurl", by_percent)
    R(".search.yahoo.com", "/", NULL, yahoo)
    R(".search.yahoo.co.jp", "/", NULL, yahoo)
    R(".rd.yahoo.co.jp", "/", NULL, behind_star)
    R(".ard.yahoo.co.jp", "/", NULL, behind_star)
    R(".rd.yahoo.com", "/", NULL, behind_star)
    R(".rds.yahoo.com", "/", NULL, behind_star)
    R(".bing.com", "/ck/a", "u", bing)
    R(".bing.com", "/alink/", "url", by_percent)
    R(".facebook.com", "/l.php", "u", by_percent)
    R(".facebook.com", "/flx/warn", "u", by_percent)
    R("l.messenger.com", "/", "u", by_percent)
    R("l.instagram.com", "/", "u", by_percent)
    R("l.threads.net", "/", "u", by_percent)
    R("l.wl.co", "/", "u", by_percent)
    R(".linkedin.com", "/redir/", "url", by_percent)
    R(".linkedin.com", "/safety/go", "url", by_percent)
    R(".cdn.ampproject.org", "/c/", NULL, amp)
    R(".cdn.ampproject.org", "/v/", NULL, amp)
    R("duckduckgo.com", "/l/", "uddg", by_percent)
    R(".pinterest.com", "/offsite/", "url", by_percent)
    R("l.workplace.com", "/", "u", by_percent)
    R("exit.sc", "/", "url", by_percent)
    R("t.me", "/iv", "url", by_percent)
    R("weibo.cn", "/sinaurl", "u", by_percent)
    R("link.csdn.net", "/", "target", by_percent)
    R("link.juejin.cn", "/", "target", by_percent)
    R("c.pc.qq.com", "/", "pfurl", by_percent)
    R(".youtube.com", "/redirect", "q", by_percent)
    R("out.reddit.com", "/", "url", by_percent)
    R("slack-redir.net", "/", "url", by_percent)
    R("link.zhihu.com", "/", "target", by_percent)
    R("t.umblr.com", "/redirect", "z", by_percent)
    R("steamcommunity.com", "/linkfilter/", "url", by_percent)
    R("steamcommunity.com", "/linkfilter/", "u", by_percent)
    R(".vk.com", "/away.php", "to", by_percent)
    R("href.li", "/", NULL, as_written)
    R("web.archive.org", "/web/", NULL, as_written)
};
#undef R

static const struct span translated = {(const uint8_t *)".translate.goog", sizeof(".translate.goog") - 1};

enum { REDIRECTORS = sizeof(redirectors) / sizeof(*redirectors), OPEN_NAMES = 9 };

static bool ends_with(struct span host, struct span name)
{
    return host.n >= name.n && !memcmp(host.p + host.n - name.n, name.p, name.n);
}

static bool is_under(struct span host, struct span name)
{
    return ends_with(host, name) || (host.n + 1 == name.n && ends_with(host, span_from(name, 1)));
}

/* name ".google.*": google. and at most two short labels behind it, anything before. */
static bool is_under_any(struct span host, struct span name)
{
    struct span stem = span_from(span_head(name, name.n - 1), 1);
    size_t at = span_find_span(host, 0, stem);

    while (at < host.n && at && host.p[at - 1] != '.')
        at = span_find_span(host, at + 1, stem);
    return at < host.n && host.n - (at + stem.n) <= sizeof("com.xx") - 1;
}

/* Bytes at the end of a name of the table that tell most hosts from it: six are ".co.jp" in many, but "vk.com" has no more. */
enum { NAME_END = 6, LONG_END = 8 };

/* The last LONG_END bytes of host, the very last on top; "t.me" is all there is of it. */
static inline uint64_t end_of(struct span host)
{
    uint64_t end = 0;

    if (host.n >= LONG_END)
        memcpy(&end, host.p + host.n - LONG_END, LONG_END);
    else
        memcpy((uint8_t *)&end + LONG_END - host.n, host.p, host.n);
    return le64toh(end);
}

static inline unsigned end_hash(uint64_t end, unsigned bytes)
{
    return (unsigned)((end >> 8 * (LONG_END - bytes)) * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

static uint8_t path_hash(struct span path)
{
    return (uint8_t)(path.p[1] * 7 + path.p[2]);
}

/* The dot that a name begins with may be missing in a host. */
static void list(struct unwrapper *w, struct span host)
{
    bool is_long = host.n - (host.p[0] == '.') >= LONG_END;
    unsigned bit = end_hash(end_of(host), is_long ? LONG_END : NAME_END);

    (is_long ? w->long_ends : w->ends)[bit / 64] |= (uint64_t)1 << bit % 64;
}

void unwrap_init(struct unwrapper *w)
{
    memset(w, 0, sizeof(*w));
    for (size_t i = 0; i < OPEN_NAMES; i++)
        w->open_path[path_hash(redirectors[i].path)] = true;
    for (size_t i = OPEN_NAMES; i < REDIRECTORS; i++)
        list(w, redirectors[i].host);
    list(w, translated);
}

static bool may_be_listed(const struct unwrapper *w, struct span host)
{
    uint64_t end = end_of(host);
    unsigned bit = end_hash(end, NAME_END), long_bit = end_hash(end, LONG_END);

    return (w->ends[bit / 64] >> bit % 64 | w->long_ends[long_bit / 64] >> long_bit % 64) & 1;
}

static bool is_host(struct span host, struct span name)
{
    if (name.p[name.n - 1] == '*')
        return is_under_any(host, name);
    return name.p[0] == '.' ? is_under(host, name) : span_eq(host, name);
}

/* Value of a query's parameter, absent where it has none. */
static struct span parameter(struct span path, const char *name)
{
    struct span rest = span_from(path, span_find(path, 0, '?') + 1), key = span_cstr(name);

    rest = span_head(rest, span_find(rest, 0, '#'));
    while (rest.n) {
        size_t end = span_find(rest, 0, '&');
        struct span pair = span_head(rest, end);

        if (span_starts_nocase(pair, SPAN("amp;")))
            pair = span_from(pair, 4); /* decoded once too little by somebody on the way */
        if (pair.n > key.n && pair.p[key.n] == '=' && span_starts_nocase(pair, key))
            return span_from(pair, key.n + 1);
        rest = span_from(rest, end + 1);
    }
    return (struct span){NULL, 0};
}

/* "https://a.com?u=x" has the path / too. */
static bool is_path(struct span path, struct span prefix)
{
    return prefix.n == 1 || (path.n > 1 && path.p[1] == prefix.p[1] && span_starts_nocase(path, prefix));
}

static bool apply(const struct redirector *r, const struct url *u, struct buf *out)
{
    struct span found = r->parameter ? parameter(u->path, r->parameter) : span_from(u->path, r->path.n);

    size_t scheme;

    out->n = 0;
    if (!found.n || !r->decode(found, out))
        return false;
    scheme = url_scheme_length(buf_span(out));
    return scheme && scheme + 1 < out->n;
}

/* Google's translated pages: a-b--c-com.translate.goog is a.b-c.com. */
static bool untranslate(struct span host, struct span path, struct buf *out)
{
    out->n = 0;
    buf_add(out, SPAN("https://"));
    for (size_t i = 0; i < host.n; i++) {
        bool two = host.p[i] == '-' && i + 1 < host.n && host.p[i + 1] == '-';

        buf_add_byte(out, host.p[i] == '-' && !two ? '.' : host.p[i]);
        i += two;
    }
    return buf_add(out, span_head(path, span_find_span(path, 0, SPAN("?_x_tr_"))));
}

/* How many redirectors of the table, from its front, may be it. */
static inline size_t candidates(const struct unwrapper *w, const struct url *u)
{
    struct span host = url_host(u);

    if (!host.n || !u->path.n)
        return 0;
    if (may_be_listed(w, host))
        return REDIRECTORS;
    return u->path.n > 2 && w->open_path[path_hash(u->path)] ? OPEN_NAMES : 0;
}

bool unwrap_possible(const struct unwrapper *w, const struct url *u)
{
    return candidates(w, u) != 0;
}

bool unwrap(const struct unwrapper *w, const struct url *u, struct buf *out)
{
    struct span host = url_host(u);
    size_t n = candidates(w, u);

    if (n == REDIRECTORS && ends_with(host, translated))
        return untranslate(span_head(host, host.n - translated.n), u->path, out);
    for (size_t i = 0; i < n; i++)
        if (is_path(u->path, redirectors[i].path) && is_host(host, redirectors[i].host) &&
            apply(&redirectors[i], u, out))
            return true;
    return false;
}
