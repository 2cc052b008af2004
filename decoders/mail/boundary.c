/* SPDX-License-Identifier: Apache-2.0 */
/* boundary: bodies are searched for LF '-' with a vector scan; only lines that begin with "--" are looked at. */
#include "decoders/mail/boundary.h"

#include "decoders/base/scan.h"

static bool only_blanks(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r')
            return false;
    return true;
}

/* Exact: "--bb" is no delimiter of "b" (RFC 2046 5.1.1 allows only blanks behind it). */
int boundary_match(const struct span *levels, unsigned n, struct span line, bool *closing)
{
    *closing = false;
    if (line.n < 2 || line.p[0] != '-' || line.p[1] != '-')
        return -1;
    line = span_from(line, 2);
    for (int i = (int)n - 1; i >= 0; i--) {
        struct span rest;

        if (!levels[i].p || line.n < levels[i].n || memcmp(line.p, levels[i].p, levels[i].n) != 0)
            continue;
        rest = span_from(line, levels[i].n);
        *closing = rest.n >= 2 && rest.p[0] == '-' && rest.p[1] == '-';
        if (only_blanks(span_from(rest, *closing ? 2 : 0)))
            return i;
    }
    *closing = false;
    return -1;
}

void boundary_begin(struct boundary_scanner *b)
{
    b->held_n = 0;
    b->line_start = true;
    b->skip_line = false;
}

/* Length of the line end that held begins with. */
static size_t held_eol(const struct boundary_scanner *b)
{
    if (b->held_n && b->held[0] == '\n')
        return 1;
    return b->held_n > 1 && b->held[0] == '\r' && b->held[1] == '\n' ? 2 : 0;
}

/* held[0..n) proved to be data; the rest stays held. */
static void release(struct boundary_scanner *b, size_t n, struct boundary_step *step)
{
    memcpy(b->released, b->held, n);
    step->released = span_of(b->released, n);
    b->held_n = (uint16_t)(b->held_n - n);
    memmove(b->held, b->held + n, b->held_n);
}

static void hold(struct boundary_scanner *b, struct span s)
{
    if (!s.n) /* most pieces end amid a line */
        return;
    memcpy(b->held + b->held_n, s.p, s.n);
    b->held_n = (uint16_t)(b->held_n + s.n);
}

/* Length of the line end at the end of s: 0, 1 or 2; a lone CR may become one. */
static size_t trailing_eol(struct span s)
{
    if (s.n && s.p[s.n - 1] == '\n')
        return s.n > 1 && s.p[s.n - 2] == '\r' ? 2 : 1;
    return s.n && s.p[s.n - 1] == '\r';
}

struct span boundary_begin_behind(struct boundary_scanner *b, struct span before)
{
    size_t eol = trailing_eol(before);

    b->line_start = !before.n;
    hold(b, span_from(before, before.n - eol));
    return span_head(before, before.n - eol);
}

/* The held line is whole, or as long as is looked at. */
static void decide_held(struct boundary_scanner *b, const struct span *levels, unsigned n,
                        struct boundary_step *step)
{
    size_t eol = held_eol(b);
    struct span line = span_of(b->held + eol, b->held_n - eol);
    size_t end = trailing_eol(line);
    bool whole = end && line.p[line.n - 1] == '\n';

    line.n -= whole ? end : 0;
    step->level = boundary_match(levels, n, line, &step->closing);
    if (step->level >= 0) {
        b->held_n = 0;
        b->line_start = whole;
        b->skip_line = !whole;
    } else {
        release(b, b->held_n - end, step);
    }
}

/* Goes on with a held line. Returns true when the step is complete. */
static bool next_held(struct boundary_scanner *b, const struct span *levels, unsigned n, struct span in,
                      struct boundary_step *step)
{
    while (step->used < in.n) {
        size_t eol = held_eol(b), line = b->held_n - eol, end, room;
        uint8_t c = in.p[step->used];
        bool lone_cr = b->held_n == 1 && b->held[0] == '\r';

        if (lone_cr ? c != '\n' : line < 2 && c != '-') {
            release(b, b->held_n, step);
            return false;
        }
        if (lone_cr || line < 2) {
            hold(b, span_of(&c, 1));
            step->used++;
            continue;
        }
        end = span_find(in, step->used, '\n');
        end += end < in.n;
        room = eol + BOUNDARY_LINE - b->held_n;
        if (end - step->used > room)
            end = step->used + room;
        hold(b, span_of(in.p + step->used, end - step->used));
        step->used = end;
        if (in.p[end - 1] == '\n' || b->held_n == eol + BOUNDARY_LINE) {
            decide_held(b, levels, n, step);
            return true;
        }
    }
    return true;
}

/* Where the line end before s[lf + 1] begins. */
static size_t eol_start(struct span s, size_t lf)
{
    return lf && s.p[lf - 1] == '\r' ? lf - 1 : lf;
}

/* A line that begins with "--" behind the LF at s[lf]. Returns true when it ends the step: it is a
 * delimiter, or it is cut. Else *at is where to go on. */
static bool look_at_line(struct boundary_scanner *b, const struct span *levels, unsigned n,
                         struct span s, size_t lf, size_t *at, struct boundary_step *step)
{
    size_t end = span_find(s, lf + 1, '\n');
    struct span line = span_of(s.p + lf + 1, end - lf - 1);
    bool cut = end == s.n, too_long = line.n + !cut > BOUNDARY_LINE;

    if (too_long)
        line.n = BOUNDARY_LINE;
    *at = end;
    if (cut && line.n < BOUNDARY_LINE) {
        hold(b, span_of(s.p + eol_start(s, lf), s.n - eol_start(s, lf)));
        step->data = span_head(s, eol_start(s, lf));
        step->used = s.n;
        return true;
    }
    step->level = boundary_match(levels, n, line, &step->closing);
    if (step->level < 0)
        return false;
    step->data = span_head(s, eol_start(s, lf));
    b->skip_line = cut || too_long;
    b->line_start = !b->skip_line;
    step->used = b->skip_line ? lf + 1 + line.n : end + 1;
    return true;
}

/* Nothing is held and no line is at its start: searches s. step->used counts from s. */
static void search(struct boundary_scanner *b, const struct span *levels, unsigned n, struct span s,
                   struct boundary_step *step)
{
    size_t at = 0, keep;

    while ((at = scan_pair(s, at, '\n', '-')) < s.n) {
        size_t lf = at;

        if (lf + 2 < s.n && s.p[lf + 2] != '-') {
            at = lf + 2;
            continue;
        }
        if (look_at_line(b, levels, n, s, lf, &at, step))
            return;
    }
    keep = trailing_eol(s);
    step->data = span_head(s, s.n - keep);
    hold(b, span_from(s, s.n - keep));
    step->used = s.n;
}

static size_t skip_line(struct boundary_scanner *b, struct span in)
{
    size_t end = span_find(in, 0, '\n');

    if (end == in.n)
        return in.n;
    b->skip_line = false;
    b->line_start = true;
    return end + 1;
}

struct boundary_step boundary_next(struct boundary_scanner *b, const struct span *levels, unsigned n,
                                   struct span in)
{
    struct boundary_step step = {.level = -1}, rest = {.level = -1};

    if (b->skip_line)
        step.used = skip_line(b, in);
    if (step.used == in.n)
        return step;
    if (b->held_n || (b->line_start && in.p[step.used] == '-')) {
        b->line_start = false;
        if (next_held(b, levels, n, in, &step))
            return step;
    }
    b->line_start = false;
    search(b, levels, n, span_from(in, step.used), &rest);
    step.data = rest.data;
    step.used += rest.used;
    step.level = rest.level;
    step.closing = rest.closing;
    return step;
}

bool boundary_holds_no_line(const struct boundary_scanner *b)
{
    return !b->skip_line && (b->held_n == held_eol(b) || (b->held_n == 1 && b->held[0] == '\r'));
}

void boundary_pass(struct boundary_scanner *b, struct span in)
{
    b->line_start = false;
    b->held_n = 0;
    hold(b, span_from(in, in.n - trailing_eol(in)));
}

struct boundary_step boundary_finish(struct boundary_scanner *b, const struct span *levels, unsigned n)
{
    struct boundary_step step = {.level = -1};
    size_t eol = held_eol(b);

    if (!b->held_n)
        return step;
    step.level = boundary_match(levels, n, span_of(b->held + eol, b->held_n - eol), &step.closing);
    if (step.level < 0)
        release(b, b->held_n, &step);
    b->held_n = 0;
    return step;
}

struct span boundary_gap(struct boundary_scanner *b)
{
    struct boundary_step step = {.level = -1};

    if (b->held_n)
        release(b, b->held_n, &step);
    b->line_start = false;
    return step.released;
}
