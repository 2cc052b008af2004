/* SPDX-License-Identifier: Apache-2.0 */
/* links: every distinct URL of one mail, in order of appearance, from text and HTML parts. */
#ifndef MXTAP_LINK_LINKS_H
#define MXTAP_LINK_LINKS_H

#include "decoders/base/anomaly.h"
#include "decoders/base/endpoint.h"
#include "decoders/base/limits.h"
#include "decoders/base/siphash.h"
#include "decoders/link/suffix.h"
#include "decoders/link/visible_text.h"

enum link_in { LINK_IN_TEXT, LINK_IN_HTML, LINK_IN_ATTACHMENT, LINK_IN_HEADER };

/* RECORD.md, mxtap.links. Spans live in the mail's arena; absent where there is nothing to say.
 * url never holds a password (user:***@host). */
struct link {
    struct span url;       /* entities and transfer encodings undone, as written otherwise */
    struct span scheme;    /* lower case; absent for bare host names */
    struct span host;      /* lower case, IDN as written, without brackets or final dot */
    struct span domain;    /* registrable (public suffix list); absent for addresses */
    uint16_t port;         /* 0 = not written */
    struct span path;      /* path, query and fragment as written */
    struct span text;      /* visible text of an a element, white space folded, capped */
    struct span text_host; /* host that the text shows, if it shows one */
    struct span wrapped;   /* the URL inside SafeLinks, urldefense, redirectors */
    struct ip_addr ip;     /* host itself where it is an address, also decimal or hexadecimal */
    const char *tag;       /* static: "a", "img", "form", "meta", "bare" ...; NULL in running text */
    enum link_in in;
    bool userinfo;         /* something stood before @ */
    uint16_t host_back;    /* the link so many places before this one has the same host and domain; 0: none is known to */
};

struct links;

/* One object is used for many mails; suffix outlives it. NULL when memory is refused. */
struct links *links_new(struct mem *m, const struct hash_key *key, const struct suffix *suffix);
void links_free(struct links *l);
/* What HTML parts show is told too, as it passes. */
void links_show_text(struct links *l, const struct visible_text *to);
/* Tags of HTML that memo knows need not be read: faster, nothing else. It outlives l; NULL: none. */
struct tag_memo;
void links_remember(struct links *l, struct tag_memo *memo);
/* Begins a mail: results go to arena. */
void links_reset(struct links *l, struct arena *arena);

/* One part: begin, its UTF-8 text in pieces of any size, end. In a header field bare host names are no links. */
void links_part_begin(struct links *l, enum link_in in, bool html);
/* The same for text of calendars and address cards: long lines are folded there. */
void links_part_begin_lines(struct links *l, enum link_in in);
void links_push(struct links *l, struct span utf8);
/* The same of text that is neither HTML nor lines; links_part_end comes next: nothing is kept for what might follow. */
void links_push_last(struct links *l, struct span utf8);
void links_part_end(struct links *l);
/* The part's text has a hole. */
void links_gap(struct links *l);

/* The result, copied to the arena: asked once, at the mail's end and before its anomalies. Wrapped targets are links of their own
 * behind their wrapper. */
const struct link *links_all(struct links *l, uint32_t *n);
anomaly_set links_anomalies(const struct links *l);

#endif
