/* SPDX-License-Identifier: Apache-2.0 */
/* url_scan: URLs in running text, pushed in pieces: with a scheme, defanged, and bare host names. */
#ifndef MXTAP_LINK_URL_SCAN_H
#define MXTAP_LINK_URL_SCAN_H

#include "decoders/base/bytes.h"
#include "decoders/base/limits.h"
#include "decoders/link/suffix.h"

enum url_kind { URL_KIND_FULL, URL_KIND_BARE };

/* url as written, without the line break inside < >; valid during the call. cut: it went on behind LIMIT_URL. */
typedef void (*url_found)(void *ctx, struct span url, enum url_kind kind, bool cut);

/*
 * Bytes are looked at where they are; only a word that touches the end of a push is copied (carry).
 * The finds are the same for all ways to cut the text, and the work is linear in its bytes.
 */
struct url_scan {
    const struct suffix *suffix;
    url_found found;
    void *ctx;
    struct buf carry;  /* the unfinished word: at most CARRY bytes */
    struct buf joined; /* a URL of two lines */
    size_t searched;   /* bytes of carry in which no trigger is left to decide */
    size_t settled;    /* bytes of carry that were there at the last url_scan_settle */
    uint8_t before;    /* the byte before carry or before the next push */
    bool skipping;     /* in the rest of a word that was cut */
    bool names;        /* bare host names are wanted */
};

/* suffix outlives the scanner. Memory comes from m, as needed, at most 18 KiB. */
void url_scan_init(struct url_scan *s, struct mem *m, const struct suffix *suffix, url_found found, void *ctx);
void url_scan_free(struct url_scan *s);

/* Begins a text. names: report bare host names too. */
void url_scan_begin(struct url_scan *s, bool names);
/* UTF-8 in pieces of any size. */
void url_scan_push(struct url_scan *s, struct span text);
/* Something else is about to be found in the middle of the text: reports what can be told of the carried word, so that the order
 * of finds does not hang on how the text was cut. The word goes on. */
void url_scan_settle(struct url_scan *s);
/* As url_scan_push, of a piece (not empty) that is nothing but bytes up to the space. False, and nothing is done: a word waits. */
static inline bool url_scan_space(struct url_scan *s, struct span text)
{
    if (s->carry.n)
        return false;
    s->before = text.p[text.n - 1];
    s->skipping = false;
    s->searched = 0;
    return true;
}

/* As url_scan_push; url_scan_end comes next. plain: url_trigger finds nothing in text. */
void url_scan_last(struct url_scan *s, struct span text, bool plain);

/* What is carried is complete. */
void url_scan_finish(struct url_scan *s);

/* The text ends here, or an element border: words do not reach over it. */
static inline void url_scan_end(struct url_scan *s)
{
    if (s->carry.n)
        url_scan_finish(s);
    s->settled = 0;
    s->before = 0;
    s->searched = 0;
    s->skipping = false;
}
/* Bytes are missing: the words on both sides of the hole are dropped, but for what was certain of the first without its end. */
void url_scan_gap(struct url_scan *s);

#endif
