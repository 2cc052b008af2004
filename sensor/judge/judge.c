/* SPDX-License-Identifier: Apache-2.0 */
/* judge: opens file after file, closes them in turn. */
#include "sensor/judge/judge.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "sensor/judge/suffix_file.h"
#include "sensor/language.h"

/* The counts beside the judge, so that it can be const to everybody else. */
struct held_judge {
    struct judge judge; /* first: a judge is its held_judge */
    atomic_uint holders;
};

static bool open_watchlists(struct judge *j, const struct judge_options *o, char err[JUDGE_ERR])
{
    for (; j->watchlists_n < o->watchlists_n; j->watchlists_n++) {
        j->watchlists[j->watchlists_n] = watchlist_open(&j->mem, &j->key, j->unicode,
                                                        o->watchlists[j->watchlists_n], err);
        if (!j->watchlists[j->watchlists_n])
            return false;
    }
    return true;
}

static bool open_suffix(struct judge *j, const char *file, char err[JUDGE_ERR])
{
    j->suffix = suffix_list_open(&j->mem, file);
    if (j->suffix && !file)
        suffix_file_tell(j->suffix);
    if (j->suffix)
        return true;
    if (file)
        snprintf(err, JUDGE_ERR, _("--suffix-list %.150s: cannot be read as a public suffix list"), file);
    else
        snprintf(err, JUDGE_ERR, _("libpsl has no public suffix list: install the package publicsuffix"));
    return false;
}

static bool open_all(struct judge *j, const struct judge_options *o, char err[JUDGE_ERR])
{
    snprintf(err, JUDGE_ERR, _("no memory for the files of judge"));
    j->unicode = unicode_names_new(&j->mem);
    if (!j->unicode)
        return false;
    j->geoip = geoip_open(o->geoip, o->geoip_n, err);
    if (!j->geoip)
        return false;
    j->brands = brands_open(&j->mem, &j->key, j->unicode, o->brands, err);
    if (!j->brands)
        return false;
    j->lists = domain_lists_open(&j->mem, &j->key, o->lists, err);
    return j->lists && open_suffix(j, o->suffix, err) && open_watchlists(j, o, err);
}

struct judge *judge_open(const struct judge_options *o, char err[JUDGE_ERR])
{
    static atomic_ulong opened;
    struct held_judge *h = calloc(1, sizeof(*h));

    if (!h || getrandom(&h->judge.key, sizeof(h->judge.key), 0) != sizeof(h->judge.key)) {
        snprintf(err, JUDGE_ERR, _("no memory or no randomness to judge"));
        free(h);
        return NULL;
    }
    mem_init(&h->judge.mem, 0);
    atomic_init(&h->holders, 1);
    h->judge.number = atomic_fetch_add(&opened, 1) + 1;
    if (open_all(&h->judge, o, err))
        return &h->judge;
    judge_release(&h->judge);
    return NULL;
}

static struct held_judge *held(struct judge *j)
{
    return (struct held_judge *)(void *)j;
}

void judge_hold(struct judge *j)
{
    atomic_fetch_add(&held(j)->holders, 1);
}

void judge_release(struct judge *j)
{
    if (!j || atomic_fetch_sub(&held(j)->holders, 1) != 1)
        return;
    for (unsigned i = 0; i < j->watchlists_n; i++)
        watchlist_close(j->watchlists[i]);
    suffix_list_close(j->suffix);
    domain_lists_close(j->lists);
    brands_close(j->brands);
    geoip_close(j->geoip);
    unicode_names_free(j->unicode);
    free(held(j));
}
