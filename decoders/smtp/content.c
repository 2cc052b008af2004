/* SPDX-License-Identifier: Apache-2.0 */
/* content: bulk goes out between two dots at line starts; only around a dot single bytes are looked
 * at. */
#include "decoders/smtp/content.h"

enum {
    TEXT,
    DOT,      /* CRLF and a dot were consumed, the dot not given out */
    DOT_CR,   /* and a CR behind it, not given out */
    ALIKE,    /* a bare CR or LF and a dot were given out */
    ALIKE_CR  /* and a CR behind them */
};

void content_init(struct content *c)
{
    *c = (struct content){.last = BREAK_CRLF}; /* a dot may be the first byte */
}

static enum content_step give(struct content *c, struct span bytes, struct span *out)
{
    *out = bytes;
    c->delivered += bytes.n;
    return CONTENT_BYTES;
}

static enum content_step give_head(struct content *c, struct span *in, size_t n, struct span *out)
{
    struct span head = span_head(*in, n);

    *in = span_from(*in, n);
    return give(c, head, out);
}

static size_t break_size(enum line_break b)
{
    return b == BREAK_NONE ? 0 : b == BREAK_CRLF ? 2 : 1;
}

/* left: bytes of the break behind the dot that are not given out yet. */
static void false_end(struct content *c, enum line_break after, size_t left)
{
    if (content_has_false_end(c) && !c->weak)
        return;
    c->alike = (struct false_end){c->watched, c->delivered + left, c->before, (uint8_t)after};
    c->weak = false;
    if (c->first.after == BREAK_NONE)
        c->first = c->alike;
}

/* The bulk: up to the next dot at the start of a line, whatever ended the line before it. */
static enum content_step text(struct content *c, struct span *in, struct span *out)
{
    unsigned seen = c->seen;
    enum line_break before;
    uint64_t offset;
    size_t at;

    if (c->hole) {
        c->hole = false;
        c->last = in->p[0] == '\n' ? BREAK_CR : BREAK_NONE;
    }
    at = content_scan(*in, (enum line_break)c->last, &seen);
    before = content_break(*in, at, (enum line_break)c->last);
    offset = c->delivered + at;

    c->seen = (uint8_t)seen;
    c->last = (uint8_t)before;
    if (at == in->n)
        return at ? give_head(c, in, at, out) : CONTENT_MORE;
    c->before = (uint8_t)before;
    c->watched = offset > break_size(before) ? offset - break_size(before) : 0;
    if (before != BREAK_CRLF) {
        c->state = ALIKE;
        c->last = BREAK_NONE;
        return give_head(c, in, at + 1, out);
    }
    c->state = DOT;
    give_head(c, in, at, out);
    *in = span_from(*in, 1);
    return CONTENT_BYTES;
}

/* Behind CRLF: a dot that goes, and the line that it stood in front of. */
static bool is_stuffed(struct span s)
{
    return s.n > 1 && s.p[0] == '.' && s.p[1] != '\r' && s.p[1] != '\n';
}

size_t content_plain(struct content *c, struct span *in, uint8_t *to)
{
    enum line_break last = (enum line_break)c->last;
    size_t given = 0, n;

    if (c->state != TEXT || c->hole)
        return 0;
    for (;;) {
        n = content_scan_plain(*in, last, to ? to + given : NULL);
        last = content_break(*in, n, last);
        given += n;
        *in = span_from(*in, n);
        if (!to || last != BREAK_CRLF || !is_stuffed(*in))
            break;
        *in = span_from(*in, 1);
        last = BREAK_NONE;
    }
    c->last = (uint8_t)last;
    c->delivered += given;
    return given;
}

/* Behind CRLF and a dot. */
static void dot(struct content *c, struct span *in)
{
    c->state = TEXT;
    c->last = BREAK_NONE;
    if (in->p[0] == '\r') {
        c->state = DOT_CR;
        *in = span_from(*in, 1);
    } else if (in->p[0] == '\n') {
        false_end(c, BREAK_LF, 1);
    }
}

/* Behind CRLF, dot, CR. */
static enum content_step dot_cr(struct content *c, struct span *in, struct span *out)
{
    c->state = TEXT;
    if (in->p[0] == '\n') {
        *in = span_from(*in, 1);
        return CONTENT_END;
    }
    false_end(c, BREAK_CR, 1);
    c->last = BREAK_CR;
    return give(c, SPAN("\r"), out);
}

/* Behind a bare break, a dot and a CR, of which cr (0 or 1) is not given out yet. */
static void alike_cr(struct content *c, uint8_t next, size_t cr)
{
    c->state = TEXT;
    if (next == '\n')
        false_end(c, BREAK_CRLF, cr + 1);
    else
        false_end(c, BREAK_CR, cr);
}

/* Behind a bare break and a dot: only looked at, text() takes the bytes. */
static enum content_step alike(struct content *c, struct span *in, struct span *out)
{
    c->state = TEXT;
    if (in->p[0] == '\n') {
        false_end(c, BREAK_LF, 1);
    } else if (in->p[0] == '\r') {
        if (in->n == 1) {
            c->state = ALIKE_CR;
            c->last = BREAK_CR;
            return give_head(c, in, 1, out);
        }
        alike_cr(c, in->p[1], 1);
    }
    return CONTENT_MORE;
}

enum content_step content_next(struct content *c, struct span *in, struct span *out)
{
    while (in->n) {
        enum content_step step = CONTENT_MORE;

        switch (c->state) {
        case DOT:
            dot(c, in);
            break;
        case DOT_CR:
            return dot_cr(c, in, out);
        case ALIKE:
            step = alike(c, in, out);
            break;
        case ALIKE_CR:
            alike_cr(c, in->p[0], 0);
            break;
        default:
            step = text(c, in, out);
            break;
        }
        if (step == CONTENT_BYTES && out->n)
            return step;
    }
    return CONTENT_MORE;
}

void content_gap(struct content *c)
{
    c->state = TEXT;
    c->last = BREAK_NONE;
    c->hole = true;
}

static size_t put_break(uint8_t *to, enum line_break b)
{
    size_t n = 0;

    if (b == BREAK_CR || b == BREAK_CRLF)
        to[n++] = '\r';
    if (b == BREAK_LF || b == BREAK_CRLF)
        to[n++] = '\n';
    return n;
}

void content_settle(struct content *c)
{
    if (c->state == ALIKE_CR)
        false_end(c, BREAK_CR, 0);
    else if (c->state == DOT_CR)
        false_end(c, BREAK_CR, 1);
}

size_t content_false_end(const struct content *c, uint8_t form[8], uint64_t *at)
{
    const struct false_end *f = c->weak ? &c->first : &c->alike;
    size_t n;

    if (!content_has_false_end(c))
        return 0;
    n = put_break(form, (enum line_break)f->before);
    form[n++] = '.';
    *at = f->at;
    return n + put_break(form + n, (enum line_break)f->after);
}
