/* SPDX-License-Identifier: Apache-2.0 */
/* date: RFC 5322 3.3 dates, also as old and broken mailers write them, to UTC. */
#ifndef MXTAP_MAIL_DATE_H
#define MXTAP_MAIL_DATE_H

#include "decoders/base/bytes.h"

struct mail_date {
    int64_t utc;      /* seconds since 1970-01-01T00:00:00Z */
    struct span zone; /* as sent ("+0900", "+000", "GMT"), a part of the value; absent where none */
};

/* Two- and three-digit years, no weekday, no seconds, named and comment zones, any blanks. False where
 * there is no date in it. No zone counts as +0000. */
bool date_parse(struct span value, struct mail_date *out);
/* The same of a value that is a date as nearly all write it, "Mon, 30 Nov 2026 07:14:06 +0900 (JST)", and nothing else. False: date_parse tells. */
bool date_parse_usual(struct span value, struct mail_date *out);

enum { DATE_TEXT = 32 };
/* "2023-07-01T07:06:08Z"; NUL-terminated, returns its length. Years outside 0..9999 give "". */
size_t date_format(int64_t utc, char text[DATE_TEXT]);
/* Days since 1970-01-01 of a proleptic Gregorian date; month 1..12. */
int64_t date_days(int year, int month, int day);

#endif
