/* SPDX-License-Identifier: Apache-2.0 */
/* period: a stretch of packet time as people name it, cut into the day and hour boards that cover it, by one calendar. */
#ifndef MXTAP_CONSOLE_PERIOD_H
#define MXTAP_CONSOLE_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "sensor/calendar.h"

/* Hours since 1970 as the calendar's clock shows them, to is behind the last; all: of all time, from and to are then today's. */
struct period {
    bool all;
    int64_t from, to;
    struct calendar calendar;
};

/* What was typed; NULL where it was not. */
struct period_words {
    const char *day, *hour, *last, *from, *to;
};

enum { PERIOD_WHY = 256, PERIOD_TEXT = 128, PERIOD_TIME = 32, PERIOD_DAYS_MOST = 3660 };

/*
 * day: 20230624, 2023-06-24, today, yesterday. hour: 2023062413, 2023-06-24T13, 13:00 (the last one that began). last:
 * 12h, 7d: whole hours up to now. from, to: all of these; a day as `to` is counted in; an hour of the clock as
 * `from` is the last one before `to`. False with a sentence in why.
 */
bool period_parse(struct period *p, const struct period_words *w, const struct calendar *c, int64_t now_s, char why[PERIOD_WHY]);

/* "all time", "2023-06-24", "2023-06-24 13:00 to 2023-06-25 08:00"; then the calendar, where it is not UTC. */
void period_title(const struct period *p, char text[PERIOD_TEXT]);

/* Begins at p->from: the next board's name ("20230624", "2023062413") and its hours (24 or 1); 0 at the end. */
unsigned period_board(const struct period *p, int64_t at, char name[12]);
void period_name_hour(int64_t hour, char name[12]);
void period_name_day(int64_t hour, char name[12]);
/* "2023-06-24T13:00:00Z", "2023-06-24T13:00:00+09:00". */
void period_time(const struct calendar *c, int64_t hour, char text[PERIOD_TIME]);
/* The hour there of a time as records have it, "2023-06-24T13:05:…" UTC; -1 where it is none. */
int64_t period_hour_of(const struct calendar *c, const char *time);

#endif
