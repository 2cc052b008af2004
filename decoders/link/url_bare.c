/* SPDX-License-Identifier: Apache-2.0 */
/* url_bare: host names that stand in running text without a scheme, as mail programs make links of them. */
#include "decoders/link/url_chars.h"
#include "decoders/link/url_extent.h"
#include "decoders/link/url_host.h"
#include "decoders/link/url_tail.h"

enum { LABEL_BYTES = 200, RUN_BYTES = 1024, TLD_BYTES = 64, NUMBER_BYTES = 32 };

/* A run of labels and dots. */
struct run {
    size_t start, end;
    size_t last; /* start of the last label */
    unsigned labels;
    bool bad;  /* an empty label, or longer than any host */
    bool more; /* it may go on behind the bytes seen */
};

/* Class of the character that ends before at, and where it starts. */
static enum char_class class_before(const struct extent_view *v, size_t at, size_t *start)
{
    size_t i = at - 1, n;
    enum char_class class;

    while (i > v->floor && at - i < 4 && (v->s.p[i] & 0xc0) == 0x80)
        i--;
    class = char_class_at(v->s, i, &n);
    *start = i;
    return i + n == at ? class : CHAR_STOP;
}

/* Start of the label that ends before end. A sentence in a script without spaces may stand directly
 * before an ASCII name: the name starts where ASCII starts. */
static size_t label_start(const struct extent_view *v, size_t end)
{
    enum char_class right = CHAR_CUT;
    size_t i = end, start;

    while (i > v->floor && end - i < LABEL_BYTES) {
        enum char_class class;

        if (char_label[v->s.p[i - 1]]) {
            right = CHAR_ASCII;
            i--;
            continue;
        }
        class = class_before(v, i, &start);
        if (class == CHAR_STOP || class == CHAR_CUT)
            break;
        if (class == CHAR_ASCII && !char_label[v->s.p[start]])
            break;
        if ((class == CHAR_CJK || class == CHAR_KANA) && (right == CHAR_ASCII || right == CHAR_LETTER))
            break;
        right = class;
        i = start;
    }
    return i;
}

/* What stands at i cannot be told from the bytes seen: nothing, part of "[dot]", part of a character. */
static bool needs_more(const struct extent_view *v, size_t i)
{
    size_t n;

    if (v->final)
        return false;
    if (i == v->s.n || (v->s.n - i < 5 && url_host_may_open(v->s.p[i])))
        return true;
    return char_class_at(v->s, i, &n) == CHAR_CUT;
}

static bool is_label_byte(const struct extent_view *v, size_t i)
{
    size_t n;
    enum char_class class;

    if (i >= v->s.n)
        return false;
    if (char_label[v->s.p[i]])
        return true;
    class = char_class_at(v->s, i, &n);
    return class == CHAR_LETTER || class == CHAR_KANA || class == CHAR_CJK;
}

/* A dot of length dot at i: true when the run goes on behind it. */
static bool pass_dot(const struct extent_view *v, struct run *r, size_t i, size_t dot)
{
    if (i == r->last)
        r->bad = true;
    if (needs_more(v, i + dot))
        r->more = true;
    else if (is_label_byte(v, i + dot) || url_host_dot(v->s, i + dot)) {
        r->last = i + dot;
        r->labels++;
        return true;
    }
    return false;
}

/* Bytes of the label character at i; 0 where the label ends. */
static size_t pass_label(const struct extent_view *v, struct run *r, size_t i)
{
    size_t n;
    enum char_class class = char_class_at(v->s, i, &n);

    if (class == CHAR_ASCII)
        return char_label[v->s.p[i]];
    if (class == CHAR_CUT || class == CHAR_STOP)
        return 0;
    if (class != CHAR_LETTER && r->labels && i > r->last && v->s.p[i - 1] < 0x80)
        return 0; /* "a.com" with a sentence behind it */
    return n;
}

static void read_run(const struct extent_view *v, size_t start, struct run *r)
{
    size_t i = start, n;

    *r = (struct run){.start = start, .last = start};

    while (i - start < RUN_BYTES) {
        if (i < v->s.n && char_label[v->s.p[i]]) {
            i++;
            continue;
        }
        if (needs_more(v, i)) {
            r->more = true;
            break;
        }
        if (i == v->s.n)
            break;
        n = url_host_dot(v->s, i);
        if (n ? !pass_dot(v, r, i, n) : !(n = pass_label(v, r, i)))
            break;
        i += n;
    }
    r->bad |= i - start >= RUN_BYTES;
    r->end = i;
    r->labels++;
    while (r->end > r->last && (v->s.p[r->end - 1] == '-' || v->s.p[r->end - 1] == '_'))
        r->end--;
}

static uint8_t byte_at(const struct extent_view *v, size_t at)
{
    return at < v->s.n ? v->s.p[at] : 0;
}

static bool may_precede(const struct extent_view *v, size_t start)
{
    uint8_t c = start ? v->s.p[start - 1] : v->before;

    return c >= 0x80 || c == '\\' ? c != '\\' : char_stop[c] || memchr("([',;:*!?=~_", c, 12) != NULL;
}

static bool may_follow(const struct extent_view *v, size_t end)
{
    uint8_t c = byte_at(v, end);

    if (c == '\\' || (c == '(' && byte_at(v, end + 1) == ')'))
        return false;
    return c >= 0x80 || char_stop[c] || memchr("()[]'.,;:*!?/#_-", c, 16) != NULL;
}

/* Names of files whose ending is a top-level domain too; a link to one says www. or goes on with a path. */
static bool is_file_ending(struct span tld)
{
    static const char *const endings[] = {"data", "inc", "java", "man", "map", "md", "mov",
                                          "ps",   "py",  "rs",   "sh",  "so",  "zip"};

    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
        if (span_eq(tld, span_cstr(endings[i])))
            return true;
    return false;
}

static bool is_title_case(struct span label)
{
    return label.n > 1 && ascii_lower(label.p[0]) != label.p[0] && ascii_lower(label.p[1]) == label.p[1];
}

/* "That is done.It works": a missing space, not Italy; "java.util.Date". But "Amazon.Com" is a name. */
static bool begins_sentence(const struct extent_view *v, const struct run *r)
{
    struct span written = span_from(span_head(v->s, r->end), r->last);
    struct span first = span_from(span_head(v->s, r->last), r->start);

    return is_title_case(written) && (written.n == 2 || !is_title_case(first));
}

/* Every label has a form of its own: no - at its ends; _ not in the two last. */
static bool labels_are_sound(struct span host)
{
    size_t at = 0;

    while (at < host.n) {
        size_t end = span_find(host, at, '.');

        /* Characters that nobody sees are gone by now, and may have been all of a label. */
        if (end == at || host.p[at] == '-' || host.p[end - 1] == '-')
            return false;
        at = end + 1;
    }
    return true;
}

static bool underscore_in_name(struct span domain)
{
    return span_find(domain, 0, '_') < domain.n;
}

static bool is_public_name(const struct extent_view *v, const struct run *r, bool alone)
{
    uint8_t host[255];
    struct span name = {host, 0}, tld, written;

    written = span_from(span_head(v->s, r->end), r->last);
    if (written.n < 2 || written.n > TLD_BYTES || ascii_digit(written.p[0]))
        return false;
    name.n = url_host_normal(span_from(span_head(v->s, r->end), r->start), host, sizeof(host));
    if (!name.n || !labels_are_sound(name))
        return false;
    tld = span_from(name, name.n);
    while (tld.p > name.p && tld.p[-1] != '.')
        tld = span_of(tld.p - 1, tld.n + 1);
    if (tld.n == name.n || !suffix_is_tld(v->suffix, tld) || suffix_is_icann(v->suffix, name))
        return false;
    if (alone && ((r->labels == 2 && is_file_ending(tld)) || begins_sentence(v, r)))
        return false;
    return !underscore_in_name(name) || !underscore_in_name(suffix_registrable(v->suffix, name));
}

/* Behind the domain of a mail address, or of something else that begins where r begins. */
static enum extent_verdict pass_address(const struct extent_view *v, const struct run *r, struct extent *e)
{
    struct run domain;

    read_run(v, r->end + 1, &domain);
    e->next = domain.end > r->end ? domain.end : r->end + 1;
    return domain.more ? EXTENT_MORE : EXTENT_NONE;
}

/* Port, path, query or fragment follow the host. */
static bool has_tail(const struct extent_view *v, size_t end)
{
    uint8_t c = byte_at(v, end), after = byte_at(v, end + 1);

    if (c == ':')
        return ascii_digit(after);
    return c == '/' || ((c == '?' || c == '#') && (ascii_alnum(after) || after == '!'));
}

/* "9.50", "1.2.3", "24.12.2026", what most dots amid a word are: no top-level domain begins with a digit. Where it ends; 0: it goes
 * on as a name may, or is longer than any number. */
static size_t number_end(const struct extent_view *v, size_t dot)
{
    size_t i = dot + 1;

    while (i < v->s.n && i - dot < NUMBER_BYTES && (ascii_digit(v->s.p[i]) || v->s.p[i] == '.'))
        i++;
    if (i == v->s.n)
        return i;
    if (i + 1 == v->s.n && !v->final)
        return 0;
    if (v->s.p[i] >= 0x80 || char_label[v->s.p[i]] || v->s.p[i] == '@' || v->s.p[i] == '.')
        return 0;
    return url_host_may_open(v->s.p[i]) ? 0 : i;
}

enum extent_verdict extent_bare(const struct extent_view *v, size_t at, struct extent *e)
{
    size_t number = v->s.p[at] == '.' && ascii_digit(byte_at(v, at + 1)) ? number_end(v, at) : 0, start;
    struct run r;

    e->next = number ? number : at + 1;
    if (number)
        return number == v->s.n && !v->final ? EXTENT_MORE : EXTENT_NONE;
    start = label_start(v, at);
    if (start == at || at - start >= LABEL_BYTES)
        return EXTENT_NONE;
    read_run(v, start, &r);
    if (r.more || (!v->final && r.end + 2 > v->s.n))
        return EXTENT_MORE;
    if (byte_at(v, r.end) == '@')
        return pass_address(v, &r, e);
    e->next = r.end > at ? r.end : at + 1;
    if (r.bad || r.labels < 2 || !may_precede(v, start) || !may_follow(v, r.end) ||
        (byte_at(v, r.end) == ':' && byte_at(v, r.end + 1) == '/') ||
        !is_public_name(v, &r, !has_tail(v, r.end)))
        return EXTENT_NONE;
    if (!has_tail(v, r.end)) {
        *e = (struct extent){.start = start, .end = r.end, .next = r.end};
        return EXTENT_BARE;
    }
    return url_tail(v, start, r.end, TAIL_PATH, e) ? EXTENT_BARE : EXTENT_MORE;
}
