/* SPDX-License-Identifier: Apache-2.0 */
/* calendar: distances by arithmetic, places by libc's own zone. */
#define _GNU_SOURCE
#include "sensor/calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decoders/base/bytes.h"
#include "sensor/language.h"

enum { HOUR_S = 3600, EAST_MOST_S = 14 * HOUR_S };

static bool fail(char why[CALENDAR_WHY], const char *text)
{
    snprintf(why, CALENDAR_WHY, "%s", text);
    return false;
}

/* "+09:00", "+0900", "+9". */
static bool parse_distance(const char *s, struct calendar *c)
{
    int hours = 0, minutes = 0, n = 0, m = 0;

    for (; ascii_digit((uint8_t)s[1 + n]) && n < 2; n++)
        hours = 10 * hours + (s[1 + n] - '0');
    m = 1 + n + (s[1 + n] == ':');
    if (s[m])
        minutes = ascii_digit((uint8_t)s[m]) && ascii_digit((uint8_t)s[m + 1]) && !s[m + 2]
                      ? 10 * (s[m] - '0') + (s[m + 1] - '0') : 60;
    else if (s[1 + n])
        minutes = 60;
    c->east_s = (hours * 60 + minutes) * 60;
    if (!n || minutes > 59 || c->east_s > EAST_MOST_S)
        return false;
    if (c->east_s)
        snprintf(c->name, sizeof(c->name), "%c%02d:%02d", s[0], hours, minutes);
    c->east_s = s[0] == '-' ? -c->east_s : c->east_s;
    return true;
}

/* It becomes a file's name below one folder. Two of the files there are links to what the machine chose: sensors of one prefix would agree
 * on the word and not on the place. */
static bool is_place(const char *s)
{
    size_t n = strlen(s);

    if (strcmp(s, "localtime") == 0 || strcmp(s, "posixrules") == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!ascii_alnum((uint8_t)s[i]) && !strchr("_-+/", s[i]))
            return false;
    return n && n < CALENDAR_NAME && ascii_alpha((uint8_t)s[0]) && s[n - 1] != '/' && !strstr(s, "//");
}

/* libc takes a name it does not know for UTC and says nothing: so whether there are rules is looked at here. */
static bool has_rules(const char *place)
{
    const char *folder = getenv("TZDIR");
    char path[512], mark[4] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", place);
    f = fopen(path, "re");
    if (!f)
        return false;
    if (fread(mark, 1, sizeof(mark), f) != sizeof(mark))
        mark[0] = 0;
    fclose(f);
    return memcmp(mark, "TZif", sizeof(mark)) == 0;
}

static bool is_utc(const char *s)
{
    static const char *const names[] = {"UTC", "utc", "Z", "Etc/UTC", "GMT"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strcmp(s, names[i]) == 0)
            return true;
    return false;
}

bool calendar_parse(const char *text, struct calendar *c, char why[CALENDAR_WHY])
{
    char zone[CALENDAR_NAME + 1];

    *c = (struct calendar){.east_s = 0};
    if (is_utc(text))
        return true;
    if (text[0] == '+' || text[0] == '-')
        return parse_distance(text, c) || fail(why, _("give at most 14 hours, such as +09:00 or -03:30"));
    if (!is_place(text))
        return fail(why, _("give UTC, a distance from it such as +09:00, or a place such as Asia/Tokyo"));
    if (!has_rules(text))
        return fail(why, _("no such place in this system's time zones (package tzdata)"));
    snprintf(c->name, sizeof(c->name), "%s", text);
    snprintf(zone, sizeof(zone), ":%s", text);
    c->place = true;
    if (setenv("TZ", zone, 1) != 0)
        return fail(why, _("no memory"));
    tzset();
    return true;
}

const char *calendar_name(const struct calendar *c)
{
    return c->name[0] ? c->name : "UTC";
}

bool calendar_is_utc(const struct calendar *c)
{
    return !c->name[0];
}

static int64_t east_of(const struct calendar *c, int64_t utc_s)
{
    time_t t = (time_t)utc_s;
    struct tm tm;

    if (!c->place)
        return c->east_s;
    return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

int64_t calendar_wall(const struct calendar *c, int64_t utc_s)
{
    return utc_s + east_of(c, utc_s);
}

int64_t calendar_utc(const struct calendar *c, int64_t wall_s)
{
    return wall_s - east_of(c, wall_s - east_of(c, wall_s));
}

int64_t calendar_hour(const struct calendar *c, int64_t utc_s)
{
    int64_t wall = calendar_wall(c, utc_s);

    return wall / HOUR_S - (wall % HOUR_S < 0);
}
