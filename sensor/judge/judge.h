/* SPDX-License-Identifier: Apache-2.0 */
/* judge: all the files that judging depends on, opened together and exchanged together. */
#ifndef MXTAP_JUDGE_JUDGE_H
#define MXTAP_JUDGE_JUDGE_H

#include "decoders/link/suffix.h"
#include "decoders/name/unicode_name.h"
#include "sensor/judge/brands.h"
#include "sensor/judge/domain_lists.h"
#include "sensor/judge/geoip.h"
#include "sensor/judge/watchlist.h"

enum { JUDGE_GEOIP = 8, JUDGE_WATCHLISTS = 32, JUDGE_ERR = 256 };

/* Paths, borrowed for as long as a judge may be opened from them. NULL: none. */
struct judge_options {
    const char *geoip[JUDGE_GEOIP];
    const char *watchlists[JUDGE_WATCHLISTS];
    unsigned geoip_n, watchlists_n;
    const char *brands; /* a file */
    const char *lists;  /* a folder */
    const char *suffix; /* a public suffix list; NULL: the one compiled into libpsl */
};

/*
 * Immutable once open, shared by workers by a count of holders: any number of threads may ask it at once. What it hands
 * out (brands, entries of lists) lives as long as it is held: a record, which lives longer, gets copies. Nothing in it
 * is NULL: what was not asked for is empty.
 */
struct judge {
    struct mem mem;
    struct hash_key key;
    struct unicode_names *unicode;
    struct geoip *geoip;
    struct brands *brands;
    struct domain_lists *lists;
    struct suffix_list *suffix;
    struct watchlist *watchlists[JUDGE_WATCHLISTS];
    unsigned watchlists_n;
    unsigned long number; /* 1 for the first one opened, then counting; for workers to know a new one by */
};

/* NULL with one line in err that names the file and the fault; wrong lines of text files are named in the log and do not
 * stop it. The caller holds it once. */
struct judge *judge_open(const struct judge_options *o, char err[JUDGE_ERR]);
void judge_hold(struct judge *j);
/* The last one closes it. NULL is allowed. */
void judge_release(struct judge *j);

/* The place where the newest judge lies. Workers look there between two frames. */
struct judge_seat;

/* Takes over the caller's hold of j. options are borrowed for reloads. NULL without memory (j is released). */
struct judge_seat *judge_seat_new(struct judge *j, const struct judge_options *o);
void judge_seat_free(struct judge_seat *s);

/* Opens the files anew on a thread of its own and seats the new judge; on failure the old one stays and one line of the
 * log says which file and why. Returns at once. One that is asked for while another one runs follows it. */
void judge_seat_reload(struct judge_seat *s);

/* For one worker: *mine (NULL at first) becomes the judge that lies here, held; the one before is released. True when it
 * changed. Costs one atomic read when nothing is new. */
bool judge_seat_take(struct judge_seat *s, struct judge **mine);

#endif
