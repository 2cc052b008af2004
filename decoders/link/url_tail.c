/* SPDX-License-Identifier: Apache-2.0 */
/* url_tail: brackets, quotes, punctuation and other scripts decide where a URL in text ends. */
#include "decoders/link/url_tail.h"

#include "decoders/link/url_chars.h"
#include "decoders/link/url_host.h"

enum step { STEP_ON, STEP_END, STEP_MORE };

struct tail {
    const struct extent_view *v;
    size_t start, i;
    size_t host_start; /* of the host: behind the @ where there is one */
    size_t last_label; /* of the host */
    size_t soft_end;   /* in the host: what stands from here is userinfo or not part of it; 0 = none */
    unsigned round, square;
    bool in_host, dotted, quoted;
    enum char_class last;
};

static uint8_t byte_before(const struct extent_view *v, size_t at)
{
    return at ? v->s.p[at - 1] : v->before;
}

/* "a.com/x,http://b.com/": two URLs. */
static enum step comma(const struct tail *t)
{
    struct span rest = span_from(t->v->s, t->i + 1);

    if (span_starts_nocase(rest, SPAN("http")))
        return STEP_END;
    return rest.n < 4 && !t->v->final ? STEP_MORE : STEP_ON;
}

static enum step close_bracket(unsigned *open)
{
    if (!*open)
        return STEP_END;
    --*open;
    return STEP_ON;
}

/* Brackets in a host: IPv6, or the dot of a defanged one. */
static enum step open_in_host(struct tail *t)
{
    struct span s = t->v->s;

    if (s.n - t->i < 5 && !t->v->final)
        return STEP_MORE;
    if (t->i == t->host_start)
        return STEP_ON;
    return url_host_dot(s, t->i) ? STEP_ON : STEP_END;
}

static enum step open_bracket(struct tail *t, unsigned *open)
{
    enum step step = t->in_host ? open_in_host(t) : STEP_ON;

    if (step == STEP_ON)
        ++*open;
    return step;
}

static enum step leave_host(struct tail *t)
{
    t->in_host = false;
    if (!t->soft_end)
        return STEP_ON;
    t->i = t->soft_end;
    return STEP_END;
}

static void in_host(struct tail *t, uint8_t c)
{
    if (c == '@') {
        t->soft_end = 0;
        t->dotted = false;
        t->host_start = t->last_label = t->i + 1;
    } else if (c == '.' || c == ':') {
        t->dotted = true;
        t->last_label = t->i + 1;
    } else if (!ascii_alnum(c) && !t->soft_end && !memchr("-_%[](){}~", c, 10)) {
        t->soft_end = t->i;
    }
}

static enum step ascii_step(struct tail *t)
{
    uint8_t c = t->v->s.p[t->i];
    enum step step = STEP_ON;

    if (c == '(')
        step = open_bracket(t, &t->round);
    else if (c == '[')
        step = open_bracket(t, &t->square);
    else if (c == ')')
        step = close_bracket(&t->round);
    else if (c == ']')
        step = close_bracket(&t->square);
    else if (c == '\'' && t->quoted)
        step = STEP_END;
    else if (c == ',' || c == ';')
        step = comma(t);
    else if (t->in_host && (c == '/' || c == '?' || c == '#'))
        step = leave_host(t);
    if (step == STEP_ON && t->in_host)
        in_host(t, c);
    return step;
}

static bool is_port(struct span label)
{
    for (size_t i = 0; i < label.n; i++)
        if (!ascii_digit(label.p[i]))
            return false;
    return label.n != 0;
}

/* "a.jp" or "a.jp:8080" stands before a character of a script without spaces. */
static bool host_is_whole(const struct tail *t)
{
    struct span label = span_from(span_head(t->v->s, t->i), t->last_label);
    uint8_t lower[16];

    if (!t->dotted || !label.n || label.n > sizeof(lower))
        return false;
    for (size_t i = 0; i < label.n; i++)
        lower[i] = ascii_lower(label.p[i]);
    return is_port(label) || suffix_is_tld(t->v->suffix, span_of(lower, label.n));
}

/* Chinese and Japanese sentences run on behind a URL without a space; paths in these scripts begin at a
 * delimiter. */
static enum step unspaced(const struct tail *t, enum char_class class)
{
    uint8_t before = byte_before(t->v, t->i);

    if (t->last != CHAR_ASCII)
        return STEP_ON;
    if (t->in_host)
        return host_is_whole(t) ? STEP_END : STEP_ON;
    if (class == CHAR_KANA && before == '/')
        return STEP_END;
    return memchr("/=?&#-_.", before, 8) ? STEP_ON : STEP_END;
}

/* Passes bytes that mean nothing to the tail: those of a host's labels there, and their dots; in a path those that ascii_step does not
 * ask about. False: there is none. */
static bool pass_plain(struct tail *t, size_t end)
{
    struct span s = span_head(t->v->s, end);
    size_t begin = t->i, dot;

    t->i = t->in_host ? char_host_end(s, begin) : char_path_end(s, begin);
    if (t->i == begin)
        return false;
    t->last = CHAR_ASCII;
    for (dot = t->in_host ? t->i : begin; dot > begin && s.p[dot - 1] != '.'; dot--)
        continue;
    if (dot > begin) {
        t->dotted = true;
        t->last_label = dot;
    }
    return true;
}

static enum step next_step(struct tail *t)
{
    size_t n;
    enum char_class class = char_class_at(t->v->s, t->i, &n);
    enum step step = STEP_ON;

    if (class == CHAR_CUT)
        return t->v->final ? STEP_END : STEP_MORE;
    if (class == CHAR_STOP)
        return STEP_END;
    if (class == CHAR_ASCII)
        step = ascii_step(t);
    else if (class != CHAR_LETTER)
        step = unspaced(t, class);
    if (step == STEP_ON) {
        t->last = class;
        t->i += n;
    }
    return step;
}

/* What closes a sentence, a bracket left open, or the mark-up around it, is not part of the URL. */
static size_t trim(const struct tail *t, size_t end, size_t least)
{
    const uint8_t *p = t->v->s.p;
    uint8_t before = byte_before(t->v, t->start);

    while (end > least) {
        uint8_t c = p[end - 1];

        if (!memchr(".,;:!?'([", c, 9) && !((c == '*' || c == '_') && c == before))
            break;
        end--;
    }
    return end;
}

/* RFC 3986 appendix C: a URL in < > may be broken over two lines. False when more must be seen. */
static bool wrapped_line(const struct extent_view *v, size_t at, struct extent *e)
{
    size_t i = at, end;

    while (i < v->s.n && i < at + 16 && memchr("\r\n \t", v->s.p[i], 4))
        i++;
    end = char_find_stop(span_head(v->s, e->start + LIMIT_URL), i);
    if (end == v->s.n)
        return v->final;
    if (end > i && v->s.p[end] == '>') {
        e->wrap_start = i;
        e->wrap_end = e->next = end;
        e->end = at;
    }
    return true;
}

/* "<http://..." or "<URL:http://...", broken off by a line end. */
static bool is_wrapped(const struct extent_view *v, size_t start, size_t at)
{
    if (at >= v->s.n || (v->s.p[at] != '\r' && v->s.p[at] != '\n'))
        return false;
    if (start >= 4 && span_eq_nocase(span_of(v->s.p + start - 4, 4), SPAN("URL:")))
        start -= 4;
    return byte_before(v, start) == '<';
}

bool url_tail(const struct extent_view *v, size_t start, size_t from, enum tail_part part, struct extent *e)
{
    struct tail t = {.v = v, .start = start, .i = from, .host_start = from, .last_label = from};
    size_t end = v->s.n < start + LIMIT_URL ? v->s.n : start + LIMIT_URL;
    enum step step = STEP_ON;

    t.last = CHAR_ASCII;
    t.in_host = part == TAIL_HOST;
    t.quoted = byte_before(v, start) == '\'';
    while (step == STEP_ON && t.i < end)
        if (!pass_plain(&t, end))
            step = next_step(&t);
    e->too_long = t.i >= start + LIMIT_URL;
    if (step == STEP_MORE || (step == STEP_ON && !e->too_long && !v->final))
        return false;
    if (t.in_host && t.soft_end)
        t.i = t.soft_end;
    e->start = start;
    e->wrap_start = e->wrap_end = 0;
    e->next = t.i;
    e->end = e->too_long ? t.i : trim(&t, t.i, from);
    if (is_wrapped(v, start, t.i))
        return wrapped_line(v, t.i, e);
    return true;
}
