/* SPDX-License-Identifier: Apache-2.0 */
/* health: what sensors say of themselves in stats records: counters of a stretch of time, added up over their runs. */
#ifndef MXTAP_REPORT_HEALTH_H
#define MXTAP_REPORT_HEALTH_H

#include "sensor/console/mail_facts.h"
#include "sensor/console/value_set.h"

enum { HEALTH_SENSORS = 64, HEALTH_COUNTERS = 512 };

struct health_sensor {
    char last_seen[24]; /* timestamp of its last record: "2023-07-01T07:06:08"; "" = none */
    bool known;         /* a record of it came, of whatever time */
    uint64_t records;
    uint64_t seen[HEALTH_COUNTERS];  /* as its last record had them */
    uint64_t added[HEALTH_COUNTERS]; /* in the stretch */
};

/*
 * Counters grow from a run's start on, so a stretch has what they grew by in it. A record with less in it than the one before is of
 * a new run; so is each of a replay (sensor `replay`), which writes one, at its end.
 */
struct health {
    struct mem mem;
    struct value_set names, counters; /* of sensors; of counters */
    struct health_sensor *sensors[HEALTH_SENSORS];
    uint64_t total[HEALTH_COUNTERS];  /* added of all sensors */
    uint64_t records;
    bool since_start;                 /* of a sensor no record came before the stretch: all of its run until then is in it */
    bool full;                        /* more sensors or counters than there is room for */
};

void health_init(struct health *h);
void health_free(struct health *h);

/* A stats record; inside: it is of the stretch. Of one sensor in the order of time. */
void health_take(struct health *h, const struct mail_facts *f, bool inside);
/* A counter that was added up elsewhere. */
void health_add(struct health *h, struct span counter, uint64_t value);

/* 0 where no record had it. */
uint64_t health_total(const struct health *h, const char *counter);

#endif
