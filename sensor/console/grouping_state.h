/* SPDX-License-Identifier: Apache-2.0 */
/* grouping_state: what grouping's rooms share: mails, traits, and which mails show which. */
#ifndef MXTAP_CONSOLE_GROUPING_STATE_H
#define MXTAP_CONSOLE_GROUPING_STATE_H

#include "sensor/console/grouping.h"

struct grouped_mail {
    struct span timestamp, subject; /* in the arena */
    uint64_t flow_id, content;      /* content: hash of the line, so that equal mails in any order give one result */
    uint32_t tx_id, taken; /* taken: the how-manieth */
    uint32_t sender, subject_trait; /* trait numbers; VALUE_NONE = none */
    uint32_t traits, traits_n;      /* in grouping.shown */
    struct copy_mark mark;
    bool left_out;                  /* a copy, or the same record again */
};

struct grouped_trait {
    enum trait_kind kind;
    struct span text;
    uint32_t mails, senders, subjects;
    uint32_t from;            /* where its mails begin in by_trait */
    bool alone;               /* mails that share it belong together */
    bool rare, uncommon;
    bool holds;               /* alone, or with another, it did hold two mails together */
};

struct grouping {
    struct mem mem;
    struct arena arena, scratch;
    struct suffix *suffixes;
    struct grouped_mail *mails; /* in order of time once sorted */
    uint32_t n, cap;
    struct value_set names;     /* kind byte + text; number = trait */
    struct grouped_trait *traits;
    uint32_t traits_cap;
    uint32_t *shown;            /* trait numbers, mail by mail */
    size_t shown_n, shown_cap;
    uint32_t *by_trait;         /* mail numbers, trait by trait */
    uint32_t *parent;           /* union-find */
    uint32_t *stamp;            /* scratch, a number a trait or mail */
    uint32_t senders, copies;
    struct group *groups;
    uint32_t groups_n;
    uint32_t *members;
};

/* grouping_traits.c: counts who shows what, and judges which traits tell something. */
bool grouping_judge(struct grouping *g);
/* grouping_unite.c: joins what belongs together. */
bool grouping_unite(struct grouping *g);
uint32_t grouping_root(struct grouping *g, uint32_t mail);
/* grouping_list.c: the campaigns of what was joined. */
bool grouping_list(struct grouping *g);

#endif
