/* SPDX-License-Identifier: Apache-2.0 */
/* url_scan: bulk text to triggers to extents; what is unfinished at the end of a push is carried. */
#include "decoders/link/url_scan.h"

#include "decoders/link/url_chars.h"
#include "decoders/link/url_extent.h"
#include "decoders/link/url_host.h"
#include "decoders/link/url_trigger.h"

/* Twice what one decision needs, so that emptying a full carry drops at least half of it. */
enum { CARRY = 2 * (LIMIT_URL + EXTENT_BACK + EXTENT_SLACK) };

void url_scan_init(struct url_scan *s, struct mem *m, const struct suffix *suffix, url_found found, void *ctx)
{
    *s = (struct url_scan){.suffix = suffix, .found = found, .ctx = ctx};
    buf_init(&s->carry, m, CARRY);
    buf_init(&s->joined, m, 2 * LIMIT_URL);
}

void url_scan_free(struct url_scan *s)
{
    buf_free(&s->carry);
    buf_free(&s->joined);
}

void url_scan_begin(struct url_scan *s, bool names)
{
    buf_clear(&s->carry);
    s->settled = 0;
    s->before = 0;
    s->searched = 0;
    s->skipping = false;
    s->names = names;
}

static void report(struct url_scan *s, struct span text, const struct extent *e, enum url_kind kind)
{
    struct span url = span_from(span_head(text, e->end), e->start);

    if (e->wrap_end > e->wrap_start) {
        buf_clear(&s->joined);
        buf_add(&s->joined, url);
        buf_add(&s->joined, span_from(span_head(text, e->wrap_end), e->wrap_start));
        url = buf_span(&s->joined);
    }
    s->found(s->ctx, url, kind, e->too_long);
}

static enum extent_verdict decide(const struct url_scan *s, const struct extent_view *v, size_t at,
                                  struct extent *e)
{
    uint8_t c = v->s.p[at];

    if (c == ':')
        return extent_scheme(v, at, e);
    e->next = at + 1;
    if (!s->names || c == '(') /* "(dot)": only a name that began before it has one */
        return EXTENT_NONE;
    /* The dot of "a[.]b": the host ends before its bracket. */
    if (c == '.' && at > v->floor && url_host_may_open(v->s.p[at - 1]))
        return extent_bare(v, at - 1, e);
    return extent_bare(v, at, e);
}

/* Bytes at the end of text that may be the beginning of a "{.}": its braces end words elsewhere. */
static size_t open_dot(struct span text)
{
    size_t n = text.n && text.p[text.n - 1] == '.' ? 2 : 1;

    return text.n >= n && text.p[text.n - n] == '{' ? n : 0;
}

/* Where the word that touches the end of text begins, as far back as a decision may look. */
static size_t last_word(struct span text, size_t floor)
{
    size_t open = open_dot(text), i = text.n - open;

    while (i > floor && text.n - i < EXTENT_BACK && !char_stop[text.p[i - 1]])
        i--;
    return i < text.n - open && i >= floor ? i : text.n;
}

/* Skips the rest of a cut word; returns where it ends. */
static size_t skip(struct url_scan *s, struct span text, size_t from)
{
    size_t stop = char_find_stop(text, from);

    s->skipping = stop == text.n;
    return stop;
}

/* done bytes are finished; of the rest, triggers before decided are. */
static size_t leave(struct url_scan *s, size_t done, size_t decided)
{
    s->searched = decided > done ? decided - done : 0;
    return done;
}

/* The trigger that url_trigger found, and the first dot of its word that is none, since a digit is behind it: a name that is given away
 * may begin there ("1.5.a.com"). Both the same where no such dot is. */
struct ahead {
    size_t number, trigger;
    size_t end; /* nothing was looked for from there on */
};

static bool is_number_dot(struct span text, size_t i)
{
    return text.p[i] == '.' && i + 1 < text.n && ascii_digit(text.p[i + 1]);
}

/* Bytes in front of from are decided. */
static inline void look_ahead(const struct url_scan *s, struct span text, size_t from, struct ahead *a)
{
    size_t i = url_trigger(text, from);

    a->number = a->trigger = i;
    a->end = i + 1;
    if (i == text.n || !s->names || text.p[i] == ':')
        return;
    i -= i > from && url_host_may_open(text.p[i - 1]); /* a brace, which ends words elsewhere */
    for (; i > from && !char_stop[text.p[i - 1]]; i--)
        if (is_number_dot(text, i - 1))
            a->number = i - 1;
}

/* The next to decide from at on. Each byte is looked at once on the way to a trigger, and once on the way back. */
static inline size_t next_trigger(const struct url_scan *s, struct span text, size_t at, struct ahead *a)
{
    if (at >= a->end)
        look_ahead(s, text, at, a);
    if (at < a->number)
        return a->number;
    while (at < a->trigger && !is_number_dot(text, at))
        at++;
    return at;
}

/* Reports what can be told and returns how many bytes are done with. */
static size_t scan(struct url_scan *s, struct span text, bool final)
{
    struct extent_view v = {text, 0, s->before, final, s->suffix};
    size_t at = s->skipping ? skip(s, text, 0) : s->searched, decided = at;
    struct ahead ahead = {0, 0, 0};
    struct extent e;

    v.floor = s->searched ? 0 : at;
    while ((at = next_trigger(s, text, at, &ahead)) < text.n) {
        enum extent_verdict verdict = decide(s, &v, at, &e);

        if (verdict == EXTENT_MORE)
            return leave(s, at - v.floor > EXTENT_BACK ? at - EXTENT_BACK : v.floor, at);
        decided = at = e.next > at ? e.next : at + 1;
        if (verdict == EXTENT_NONE)
            continue;
        report(s, text, &e, verdict == EXTENT_BARE ? URL_KIND_BARE : URL_KIND_FULL);
        if (e.too_long)
            at = skip(s, text, at);
        v.floor = decided = at;
    }
    return leave(s, final ? text.n : last_word(text, v.floor), decided);
}

/* Scans text and says how much of it is done; before moves with it. */
static size_t advance(struct url_scan *s, struct span text, bool final)
{
    size_t done = scan(s, text, final);

    if (done)
        s->before = text.p[done - 1];
    return done;
}

static void drop_carried(struct url_scan *s, size_t done)
{
    if (done && done < s->carry.n)
        memmove(s->carry.p, s->carry.p + done, s->carry.n - done);
    s->carry.n -= done;
    s->settled -= done < s->settled ? done : s->settled;
}

/* Completes the carried word with the beginning of text: up to its end, or until the carry is full.
 * Returns what of text is left. */
static struct span complete(struct url_scan *s, struct span text)
{
    size_t n = char_find_stop(span_head(text, CARRY - s->carry.n), 0);
    bool stop = n < text.n && s->carry.n + n < CARRY;

    n += stop;
    if (!buf_add(&s->carry, span_head(text, n))) {
        buf_clear(&s->carry);
        s->searched = s->settled = 0;
        s->skipping = !stop;
        return span_from(text, n);
    }
    if (stop || s->carry.n == CARRY)
        drop_carried(s, advance(s, buf_span(&s->carry), false));
    return span_from(text, n);
}

static bool is_space(struct span text)
{
    while (text.n && text.p[text.n - 1] <= ' ')
        text.n--;
    return !text.n;
}

void url_scan_push(struct url_scan *s, struct span text)
{
    size_t done;

    if (!text.n || (is_space(text) && url_scan_space(s, text)))
        return;
    while (s->carry.n && text.n)
        text = complete(s, text);
    if (!text.n)
        return;
    done = advance(s, text, false);
    text = span_from(text, done);
    /* A push longer than the carry leaves at most one undecided URL, which fits. */
    if (text.n && !buf_add(&s->carry, text)) {
        buf_clear(&s->carry);
        s->searched = s->settled = 0;
        s->skipping = true;
    }
}

/* Of most texts between two borders nothing comes; what url_scan_end does is all there is to do then. */
void url_scan_last(struct url_scan *s, struct span text, bool plain)
{
    if (s->carry.n)
        url_scan_push(s, text);
    else if (!plain && url_trigger(text, 0) < text.n)
        advance(s, text, true);
}

/* Bytes that only make a name longer decide nothing: a name of a thousand labels, each in a tag of its own, is not read a
 * thousand times. */
static bool may_decide(struct span added)
{
    for (size_t i = 0; i < added.n; i++)
        if (!char_label[added.p[i]] && added.p[i] != '.')
            return true;
    return false;
}

void url_scan_settle(struct url_scan *s)
{
    struct span carried = buf_span(&s->carry);

    if (carried.n > s->settled && may_decide(span_from(carried, s->settled)))
        drop_carried(s, advance(s, carried, false));
    s->settled = s->carry.n;
}

void url_scan_finish(struct url_scan *s)
{
    advance(s, buf_span(&s->carry), true);
    buf_clear(&s->carry);
}

/* What can be told of the carried word without its end is told: had it come in one piece with what stands before it, it would have been. Of a
 * character that the hole cuts U+FFFD came, which says nothing of where a URL ends. */
void url_scan_gap(struct url_scan *s)
{
    const struct span half = SPAN("\xef\xbf\xbd");
    struct span carried = buf_span(&s->carry);

    if (span_ends_nocase(carried, half))
        carried.n -= half.n;
    advance(s, carried, false);
    buf_clear(&s->carry);
    s->settled = 0;
    s->before = 0;
    s->searched = 0;
    s->skipping = true;
}
