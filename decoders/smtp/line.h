/* SPDX-License-Identifier: Apache-2.0 */
/* line: whole lines out of a stream in any pieces, capped, and how each of them ended. */
#ifndef MXTAP_SMTP_LINE_H
#define MXTAP_SMTP_LINE_H

#include "decoders/base/bytes.h"

enum { LINE_START = 4 };

enum line_end { LINE_MORE, LINE_CRLF, LINE_LF };

/*
 * Holds the part of a line that earlier pieces brought; memory only while there is such a part, and
 * it is wiped before it is given back (it may have been a credential). Invariant: n <= cap <= the
 * max of line_take; seen counts the line's bytes so far, kept or not.
 */
struct line {
    uint8_t *p;
    uint16_t n, cap;
    uint32_t seen;
    bool last_cr;
    uint8_t start[LINE_START]; /* the first bytes of a line in pieces, whatever memory there is: a reply's code, a verb */
};

struct line_read {
    struct span text; /* without its end, at most max bytes; valid until line_clear */
    bool truncated;   /* it was longer than max, or memory was refused */
};

/*
 * Takes one line from the front of *in, which moves on behind the LF. LINE_MORE: no LF yet, all of
 * *in was taken. A whole line inside *in is used in place. max: bytes kept of a line, <= 65535.
 * After a line was used: line_clear.
 */
enum line_end line_take(struct line *l, struct mem *m, struct span *in, size_t max,
                        struct line_read *out);

/* Passes over the rest of the line and keeps none of it; true when its LF was reached. */
bool line_skip(struct span *in);

/* Adds bytes, which hold no LF, to the line under way; false where not all could be kept. */
bool line_append(struct line *l, struct mem *m, struct span s, size_t max);

/* Wipes and frees what is held. */
void line_clear(struct line *l, struct mem *m);

/* What a line that came in pieces begins with, at most LINE_START bytes. */
static inline struct span line_start(const struct line *l)
{
    return (struct span){l->start, l->seen < LINE_START ? l->seen : (size_t)LINE_START};
}

/* It came in pieces, and not even its beginning could be kept. */
static inline bool line_is_unkept(const struct line *l)
{
    return l->n < LINE_START && l->n < l->seen;
}

static inline bool line_is_empty(const struct line *l)
{
    return l->seen == 0;
}

#endif
