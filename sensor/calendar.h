/* SPDX-License-Identifier: Apache-2.0 */
/* calendar: whose days and hours boards have: UTC's, those so many hours from it, or a place's (--timezone). */
#ifndef MXTAP_SENSOR_CALENDAR_H
#define MXTAP_SENSOR_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

enum { CALENDAR_NAME = 64, CALENDAR_WHY = 256 };

/*
 * Empty: UTC. What a clock there shows is counted in seconds as if it were UTC's ("wall"): each day then has 24 hours, and where a clock is put back,
 * one hour of it holds two hours of mail; none is left out.
 */
struct calendar {
    char name[CALENDAR_NAME]; /* "" = "UTC", "+09:00", "Asia/Tokyo" */
    bool place;               /* of the system's zones, which know summer time */
    int32_t east_s;           /* else: seconds before UTC */
};

/*
 * "UTC", "Z", "+09:00", "-3", "+0530", "Asia/Tokyo". False with a sentence in why. A place is looked up in /usr/share/zoneinfo (or TZDIR), once:
 * its rules are the process's from then on, so there is one for all; before the locks of a capture and before other threads.
 */
bool calendar_parse(const char *text, struct calendar *c, char why[CALENDAR_WHY]);

/* What a run's line of options begins with where its calendar is another than UTC: "timezone=Asia/Tokyo ports=25 ...". */
#define CALENDAR_OPTION "timezone="

/* "UTC", "+09:00", "Asia/Tokyo": the same text for the same calendar. */
const char *calendar_name(const struct calendar *c);
bool calendar_is_utc(const struct calendar *c);

/* What a clock there shows at that second, and the other way round: of an hour that comes twice the second one, of one that is left out the one
 * behind it. */
int64_t calendar_wall(const struct calendar *c, int64_t utc_s);
int64_t calendar_utc(const struct calendar *c, int64_t wall_s);
/* The hour of it since 1970. */
int64_t calendar_hour(const struct calendar *c, int64_t utc_s);

#endif
