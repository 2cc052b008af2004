/* SPDX-License-Identifier: Apache-2.0 */
/* rewriter: one look a coding, and all of them again until a look finds nothing. */
#include "sensor/publish/rewriter.h"

#include "decoders/base/limits.h"

enum {
    OUT_MAX = 1024 * 1024, /* one text; the largest value of a record is far below */
    AGAIN_MAX = 4
};

void rewriter_init(struct rewriter *w, struct mem *m)
{
    buf_init(&w->out, m, OUT_MAX);
    buf_init(&w->text, m, OUT_MAX);
    buf_init(&w->view, m, OUT_MAX);
    buf_init(&w->whole, m, OUT_MAX);
}

void rewriter_free(struct rewriter *w)
{
    buf_free(&w->out);
    buf_free(&w->text);
    buf_free(&w->view);
    buf_free(&w->whole);
}

static struct span withheld(struct rewriter *w)
{
    w->withheld = true;
    return (struct span){NULL, 0};
}

static void add(struct buf *out, struct span s, size_t from, size_t to)
{
    buf_add(out, span_of(s.p + from, to - from));
}

/* Whether something is to be taken out of s under that coding; then w->out is s without it. */
static bool apply_under(struct rewriter *w, struct span s, enum coding coding)
{
    struct span view = coding_undone(&w->view, s, coding);
    struct coding_walk walk = {coding, s, 0, 0};
    struct rewriter_cut cut = {0, 0, 0, 0, {NULL, 0}};
    size_t done = 0; /* of s */

    buf_clear(&w->out);
    while (w->next(w->ctx, view, cut.end, &cut)) {
        size_t keep;

        add(&w->out, s, done, coding_walk_to(&walk, cut.start));
        buf_add(&w->out, cut.with);
        keep = coding_walk_to(&walk, cut.keep);
        add(&w->out, s, keep, coding_walk_to(&walk, cut.kept));
        done = coding_walk_to(&walk, cut.end);
    }
    if (cut.end)
        add(&w->out, s, done, s.n);
    return cut.end > 0;
}

/* *s rewritten, in clear and under each coding of which it has an escape; whether it had to be. What is left of one thing
 * may, with its neighbours, spell another (a=b@c without its a is =b@c): it is looked at again. */
static bool apply_text(struct rewriter *w, struct span *s)
{
    bool changed = false, again = true;

    for (int round = 0; again; round++) {
        again = false;
        for (enum coding c = CODING_NONE; c < CODINGS; c++) {
            struct buf old = w->text;

            if (!coding_in(*s, c) || !apply_under(w, *s, c))
                continue;
            w->text = w->out;
            w->out = old;
            *s = buf_span(&w->text);
            again = changed = true;
        }
        if (w->text.truncated || w->view.truncated || (again && round == AGAIN_MAX)) {
            *s = withheld(w);
            return true;
        }
    }
    return changed;
}

/* The run begins where the coding does, or up to three letters before it. */
static bool apply_run(struct rewriter *w, struct span run)
{
    for (size_t skip = 0; skip < 4 && run.n - skip >= CODED_MIN; skip++) {
        struct span clear = base64_undone(w->decoded, span_from(run, skip));

        if (!w->possible(clear) || !apply_text(w, &clear))
            continue;
        buf_add(&w->whole, span_head(run, skip));
        base64_done(&w->whole, clear);
        return true;
    }
    return false;
}

/* The same for what stands in s in base64; then w->whole is s without it. */
static bool apply_coded(struct rewriter *w, struct span s)
{
    size_t done = 0, n;

    buf_clear(&w->whole);
    for (size_t i = 0; i < s.n; i += n ? n : 1) {
        size_t before = w->whole.n;

        n = base64_run(s, i);
        if (n < CODED_MIN)
            continue;
        add(&w->whole, s, done, i);
        if (apply_run(w, span_of(s.p + i, n)))
            done = i + n;
        else
            w->whole.n = before;
    }
    if (done)
        add(&w->whole, s, done, s.n);
    return done > 0;
}

struct span rewriter_apply(struct rewriter *w, struct span s)
{
    w->text.truncated = w->view.truncated = false;
    if ((!w->possible_coded || w->possible_coded(s)) && apply_coded(w, s)) {
        if (w->whole.truncated)
            return withheld(w);
        s = buf_span(&w->whole);
    }
    if (w->possible(s))
        apply_text(w, &s);
    return s;
}
