/* SPDX-License-Identifier: Apache-2.0 */
/* feed_crowd: mails in masses, made by rule: the published distribution of `make bench-redis`, and the two floods. */
#ifndef MXTAP_TESTS_FEED_CROWD_H
#define MXTAP_TESTS_FEED_CROWD_H

#include "sensor/record.h"

/*
 * CROWD_BENCH: 20,000 addresses, 50,000 senders, 40,000 subjects, every URL new; docs/PERFORMANCE.md has the whole table.
 * CROWD_NAMES: every name of every mail is new, its address too.
 * CROWD_DAYS: 200 addresses, every name new, spread over thirty days of packet time.
 *
 * In the floods one mail in leader_every is a leader's: twenty of them, of whom leader 1 sends 39 of 590 such mails and
 * leader 20 sends 20; those with an even number begin when half the flood is over (until then a mail of the flood stands in
 * their place). tests/e2e/flood_test.py knows this rule.
 */
enum crowd_kind { CROWD_NONE, CROWD_BENCH, CROWD_NAMES, CROWD_DAYS };

enum { CROWD_LEADERS = 20, CROWD_ROUND = 590 };

struct crowd {
    enum crowd_kind kind;
    uint64_t mails;        /* of the whole flood */
    uint64_t leader_every;
};

/* CROWD_NONE for a name that is none. */
enum crowd_kind crowd_parse(const char *name);
/* Packet time of mail i (from 1) in microseconds. */
int64_t crowd_time(const struct crowd *c, uint64_t i);
/* Everything of mail i that its rule says; strings in r's arena. */
void crowd_mail(const struct crowd *c, struct record *r, uint64_t i);

#endif
