/* SPDX-License-Identifier: Apache-2.0 */
/* link_set: the distinct URLs of one mail, in order of appearance, each taken apart. */
#ifndef MXTAP_LINK_LINK_SET_H
#define MXTAP_LINK_LINK_SET_H

#include "decoders/link/links.h"
#include "decoders/link/unwrap.h"

enum { LINK_NONE = -1, LINK_SET_HOSTS = 64, LINK_SET_SLOTS = 128 };

/* number: 1 + the index of a link, 0: free; hash: the keyed one of its URL. */
struct link_slot {
    uint32_t number, hash;
};

/*
 * Invariant: slots (a power of two, at least twice n) holds every link at a place reached from its keyed hash: a sender who picks URLs
 * cannot pick collisions. They are few_slots, warm from mail to mail, until a mail has more links than those have room for.
 */
struct link_set {
    const struct hash_key *key;
    const struct suffix *suffix;
    struct unwrapper unwrapper;
    struct arena *arena;
    struct mem *mem;
    struct link *links; /* n of them, room for cap: kept from mail to mail, and warm */
    uint32_t n, cap;
    struct link_slot *slots;
    uint32_t slots_n;
    struct link_slot few_slots[LINK_SET_SLOTS];
    uint16_t hosts[LINK_SET_HOSTS]; /* by hash of a host: a link that has it, or any other link */
    uint32_t sightings; /* links given to link_set_add in this mail */
    anomaly_set anomalies;
    struct buf written; /* the URL being added, password masked */
};

struct link_origin {
    const char *tag; /* static or NULL */
    enum link_in in;
    enum url_form form;
};

void link_set_init(struct link_set *s, struct mem *m, const struct hash_key *key, const struct suffix *suffix);
void link_set_free(struct link_set *s);
/* Empties it for the next mail. */
void link_set_reset(struct link_set *s, struct arena *arena);

/* Index of the link, new or known already; LINK_NONE when url is none, the set is full or memory was
 * refused (an anomaly says so). Targets of redirectors are added behind it. */
int link_set_add(struct link_set *s, struct span url, const struct link_origin *origin);

/* Visible text of the anchor whose href gave link i, and the host it shows (absent: none). The first text
 * stays, but one that shows a host replaces one that shows none. Wrapped targets get it too. */
void link_set_text(struct link_set *s, int i, struct span text, struct span text_host);

static inline const struct link *link_set_at(const struct link_set *s, int i)
{
    return s->links + i;
}

/* All links of the mail, *n of them, copied to the arena once they are all there. Where it has no room for all: the first (an anomaly
 * says so). */
const struct link *link_set_all(struct link_set *s, uint32_t *n);

#endif
