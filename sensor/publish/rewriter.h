/* SPDX-License-Identifier: Apache-2.0 */
/* rewriter: takes out of a text what must not be put out, in clear and under every coding it may stand in. */
#ifndef MXTAP_PUBLISH_REWRITER_H
#define MXTAP_PUBLISH_REWRITER_H

#include "sensor/publish/coding.h"

/* start <= keep <= kept <= end, of a view: [start, keep) becomes with, [keep, kept) stays as written, [kept, end) goes. */
struct rewriter_cut {
    size_t start, keep, kept, end;
    struct span with;
};

struct rewriter {
    /* The first thing to take out of view at or behind from, false where there is none. What it leaves must not be
     * found again. */
    bool (*next)(void *ctx, struct span view, size_t from, struct rewriter_cut *cut);
    /* False where s has nothing to take out, in clear or escaped: quick, for the many texts without. */
    bool (*possible)(struct span s);
    /* The same of what may stand in s in base64; NULL: anything may. */
    bool (*possible_coded)(struct span s);
    void *ctx;
    struct buf out;   /* a text as rewritten */
    struct buf text;  /* the same, looked at again */
    struct buf view;  /* a text with one coding undone */
    struct buf whole; /* a text with its base64 runs written anew */
    bool withheld;    /* a text was, since the caller last cleared it */
    uint8_t decoded[CODED_MAX]; /* one run */
};

/* next, possible, possible_coded and ctx are set by the caller; ctx and m are borrowed. */
void rewriter_init(struct rewriter *w, struct mem *m);
void rewriter_free(struct rewriter *w);

/* s itself where nothing is to hide, else a changed copy, valid until the next call on w, to which it must not be
 * given. A text for which there is no memory, or that goes on to show something however often it is rewritten, is
 * withheld: a span of NULL. */
struct span rewriter_apply(struct rewriter *w, struct span s);

#endif
