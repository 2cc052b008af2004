/* SPDX-License-Identifier: Apache-2.0 */
/* link_reference: schemes that are kept, base, and host names without a scheme. */
#include "decoders/link/link_reference.h"

#include "decoders/base/scan.h"
#include "decoders/base/vector.h"
#include "decoders/link/link_value.h"
#include "decoders/link/url_extent.h"

void reference_init(struct reference_base *b, struct mem *m)
{
    waiting_init(&b->waiting, m);
    buf_init(&b->href, m, LIMIT_URL);
    buf_init(&b->clean, m, LIMIT_HTML_ATTRIBUTE);
    buf_init(&b->resolved, m, 2 * LIMIT_URL);
}

void reference_free(struct reference_base *b)
{
    waiting_free(&b->waiting);
    buf_free(&b->href);
    buf_free(&b->clean);
    buf_free(&b->resolved);
}

void reference_begin(struct reference_base *b)
{
    waiting_begin(&b->waiting);
    buf_clear(&b->href);
    buf_clear(&b->clean);
    buf_clear(&b->resolved);
}

static size_t find_break(struct span s, size_t i)
{
    return scan_any3(s, i, '\t', '\n', '\r');
}

#ifdef __x86_64__

/* False: there is no break in s, nor another byte of their kind. */
static bool may_have_breaks(struct span s)
{
    __m128i least = _mm_set1_epi8('\r'), low = _mm_setzero_si128(), x;
    size_t i = 0;

    if (s.n < 16)
        return true;
    for (; i + 16 < s.n; i += 16) {
        x = vector_load(s.p + i);
        low = _mm_or_si128(low, _mm_cmpeq_epi8(_mm_min_epu8(x, least), x));
    }
    x = vector_load(s.p + s.n - 16);
    low = _mm_or_si128(low, _mm_cmpeq_epi8(_mm_min_epu8(x, least), x));
    return _mm_movemask_epi8(low) != 0;
}

#else

static bool may_have_breaks(struct span s)
{
    return s.n != 0;
}

#endif

/* Browsers drop tabs and line breaks inside a URL (WHATWG URL 4.4). */
static struct span without_breaks(struct reference_base *b, struct span s)
{
    size_t at = 0, end = may_have_breaks(s) ? find_break(s, 0) : s.n;

    if (end == s.n)
        return s;
    buf_clear(&b->clean);
    while (at < s.n) {
        buf_add(&b->clean, span_from(span_head(s, end), at));
        at = end + 1;
        end = find_break(s, at);
    }
    return buf_span(&b->clean);
}

/* Parts of the mail itself, other means of contact, and what never leaves the reader. */
static bool is_left_out(struct span scheme)
{
    static const struct span schemes[] = {SPAN_INIT("about"), SPAN_INIT("callto"), SPAN_INIT("cid"), SPAN_INIT("fax"),
                                          SPAN_INIT("mailto"), SPAN_INIT("mid"), SPAN_INIT("resource"), SPAN_INIT("sip"),
                                          SPAN_INIT("sms"), SPAN_INIT("tel"), SPAN_INIT("urn"), SPAN_INIT("x-msg")};

    if (span_starts_nocase(scheme, SPAN("http")))
        return false;
    if (scheme.n == 1)
        return true; /* a drive letter */
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (span_eq_nocase(scheme, schemes[i]))
            return true;
    return false;
}

static int add(struct link_set *set, struct span url, enum url_form form, const char *tag, enum link_in in)
{
    struct link_origin origin = {tag, in, form};

    return link_set_add(set, url, &origin);
}

/* "www.example.com/x" in an href: by the letter a relative path, to mail programs and their readers a link. */
static int add_bare(struct link_set *set, struct span s, const char *tag, enum link_in in)
{
    struct extent_view v = {.s = s, .final = true, .suffix = set->suffix};
    size_t dot = span_find(s, 0, '.');
    struct extent e;

    if (dot + 1 >= s.n || extent_bare(&v, dot, &e) != EXTENT_BARE || e.start != 0 || e.next != s.n)
        return LINK_NONE;
    return add(set, span_head(s, e.end), URL_BARE, tag, in);
}

/* With a base of the same scheme a browser takes "http:x" and "http:/x" for relative; else x is the host. */
static bool is_relative(const struct reference_base *b, struct span s, size_t scheme)
{
    struct span rest = span_from(s, scheme + 1);
    bool slashes = rest.n > 1 && (rest.p[0] == '/' || rest.p[0] == '\\') && (rest.p[1] == '/' || rest.p[1] == '\\');

    return !slashes && b->href.n && scheme == url_scheme_length(buf_span(&b->href)) &&
           span_starts_nocase(buf_span(&b->href), span_head(s, scheme));
}

/* Numbers of references that wait are told from links by being less than LINK_NONE. */
static int wait(struct reference_base *b, struct span s, const char *tag)
{
    int number = waiting_keep(&b->waiting, s, tag);

    return number == LINK_NONE ? LINK_NONE : LINK_NONE - 1 - number;
}

static int add_relative(struct reference_base *b, struct link_set *set, struct span s, const char *tag,
                        enum link_in in)
{
    bool slashes = s.n > 2 && (s.p[0] == '/' || s.p[0] == '\\') && (s.p[1] == '/' || s.p[1] == '\\');
    int found;

    if (b->href.n && set->sightings < LIMIT_LINK_SIGHTINGS) {
        buf_clear(&b->resolved);
        if (!url_resolve(buf_span(&b->href), s, &b->resolved))
            return LINK_NONE;
        return add(set, buf_span(&b->resolved), URL_WITH_SCHEME, tag, in);
    }
    if (slashes || b->href.n) /* where no more are looked at, two bytes do not cost what the base is long */
        return add(set, s, URL_WITH_SCHEME, tag, in);
    found = add_bare(set, s, tag, in);
    return found == LINK_NONE ? wait(b, s, tag) : found;
}

/* Nearly every reference is whole, and says so as everybody writes it. */
static bool is_usual(struct span s)
{
    return s.n > 8 && (!memcmp(s.p, "https://", 8) || !memcmp(s.p, "http://", 7));
}

int reference_add(struct reference_base *b, struct link_set *set, struct span reference, const char *tag,
                  enum link_in in)
{
    struct span s = without_breaks(b, value_trim(reference)), scheme;
    size_t n;

    if (is_usual(s))
        return add(set, s, URL_WITH_SCHEME, tag, in);
    n = url_scheme_length(s);
    scheme = span_head(s, n);
    if (!s.n || s.p[0] == '#')
        return LINK_NONE;
    if (!n || span_find(scheme, 0, '.') < n || is_relative(b, s, n))
        return add_relative(b, set, s, tag, in);
    if (is_left_out(scheme) || n + 1 == s.n)
        return LINK_NONE;
    if (span_eq_nocase(scheme, SPAN("data")))
        s = span_head(s, span_find(s, 0, ','));
    return add(set, s, URL_WITH_SCHEME, tag, in);
}

struct late {
    struct reference_base *base;
    struct link_set *set;
    enum link_in in;
};

static int add_late(void *ctx, struct span reference, const char *tag)
{
    struct late *late = ctx;

    return add_relative(late->base, late->set, reference, tag, late->in);
}

void reference_set_base(struct reference_base *b, struct link_set *set, struct span href, enum link_in in)
{
    struct late late = {b, set, in};
    struct span s = without_breaks(b, value_trim(href));
    struct url u;

    if (b->href.n || !url_parse(s, URL_WITH_SCHEME, &u) || !u.scheme[0] || !u.authority.n || !buf_add(&b->href, s))
        return;
    if (!waiting_any(&b->waiting))
        return;
    anomaly_raise(&set->anomalies, ANOMALY_URL_BASE_LATE);
    waiting_end(&b->waiting, set, add_late, &late);
}

void reference_text(struct reference_base *b, struct link_set *set, int i, struct span text, struct span text_host)
{
    if (reference_waits(i))
        waiting_text(&b->waiting, LINK_NONE - 1 - i, text, text_host);
    else
        link_set_text(set, i, text, text_host);
}
