/* SPDX-License-Identifier: Apache-2.0 */
/* date: words and numbers are taken by what they look like, since mailers mix their order. */
#include "decoders/mail/date.h"

/* What was found so far; -1 = not yet. */
struct reading {
    int day, month, year, hour, minute, second;
    bool has_zone, year_first;
    int offset; /* minutes east of UTC */
    const uint8_t *zone; /* as written; NULL: none. Not a span: a copy of it as a whole, a moment after it was written in parts, would wait for them */
    unsigned zone_n;
};

#define LETTERS(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)
static const uint32_t months[12] = {
    LETTERS('j', 'a', 'n'), LETTERS('f', 'e', 'b'), LETTERS('m', 'a', 'r'), LETTERS('a', 'p', 'r'), LETTERS('m', 'a', 'y'), LETTERS('j', 'u', 'n'),
    LETTERS('j', 'u', 'l'), LETTERS('a', 'u', 'g'), LETTERS('s', 'e', 'p'), LETTERS('o', 'c', 't'), LETTERS('n', 'o', 'v'), LETTERS('d', 'e', 'c')};

static const struct {
    const char *name;
    int minutes;
} zones[] = {
    {"ut", 0},      {"utc", 0},    {"gmt", 0},    {"z", 0},      {"est", -300},  {"edt", -240},
    {"cst", -360},  {"cdt", -300}, {"mst", -420}, {"mdt", -360}, {"pst", -480},  {"pdt", -420},
    {"jst", 540},   {"kst", 540},  {"hkt", 480},  {"sgt", 480},  {"wet", 0},     {"west", 60},
    {"bst", 60},    {"cet", 60},   {"cest", 120}, {"met", 60},   {"mest", 120},  {"mez", 60},
    {"eet", 120},   {"eest", 180}, {"msk", 180},  {"ist", 330},  {"aest", 600},  {"aedt", 660},
    {"nzst", 720},  {"nzdt", 780},
};

int64_t date_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Inverse of date_days, from 1 January 0000 to 31 December 9999: 400 years are added, so that no number is below 0. */
static void civil(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    uint32_t z = (uint32_t)(days + 719468 + 146097), era = z / 146097, of_era = z - era * 146097;
    uint32_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = y + era * 400 - 400 + (*month <= 2);
}

/* Two decimal digits of v; returns where it goes on. */
static char *put_two(char *to, unsigned v)
{
    to[0] = (char)('0' + v / 10);
    to[1] = (char)('0' + v % 10);
    return to + 2;
}

/* The same, and one byte behind them. */
static char *put_two_and(char *to, unsigned v, char behind)
{
    to = put_two(to, v);
    *to = behind;
    return to + 1;
}

size_t date_format(int64_t utc, char text[DATE_TEXT])
{
    int64_t days = utc / 86400, of_day = utc % 86400;
    unsigned year, month, day, second;
    char *to = text;

    text[0] = 0;
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    if (days < -719528 || days > 2932896) /* 0000-01-01, 9999-12-31 */
        return 0;
    civil(days, &year, &month, &day);
    second = (unsigned)of_day;
    to = put_two(to, year / 100);
    to = put_two_and(to, year % 100, '-');
    to = put_two_and(to, month, '-');
    to = put_two_and(to, day, 'T');
    to = put_two_and(to, second / 3600, ':');
    to = put_two_and(to, second / 60 % 60, ':');
    to = put_two_and(to, second % 60, 'Z');
    *to = 0;
    return (size_t)(to - text);
}

/* Each month is at the place that its three letters give. */
enum { MONTH_HASH = 0x67e4 };
static const uint8_t month_places[16] = {[12] = 1, [14] = 2, [6] = 3, [7] = 4, [4] = 5, [13] = 6, [0] = 7, [15] = 8, [9] = 9, [3] = 10, [1] = 11, [5] = 12};

static int month_of(struct span word)
{
    uint32_t front;
    int month;

    if (word.n < 3)
        return 0;
    front = LETTERS(word.p[0], word.p[1], word.p[2]) | LETTERS(0x20, 0x20, 0x20); /* no sign becomes a letter by that */
    month = month_places[front * MONTH_HASH >> 28];
    return month && months[month - 1] == front ? month : 0;
}

static void take_word(struct reading *r, struct span word)
{
    int month = month_of(word);

    if (month && r->month < 0) {
        r->month = month;
        return;
    }
    if (span_eq_nocase(word, SPAN("PM")) && r->hour >= 0 && r->hour < 12)
        r->hour += 12;
    else if (span_eq_nocase(word, SPAN("AM")) && r->hour == 12)
        r->hour = 0;
    if (r->hour < 0 || r->has_zone)
        return;
    for (unsigned i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        if (!span_eq_nocase(word, span_cstr(zones[i].name)))
            continue;
        r->has_zone = true;
        r->offset = zones[i].minutes;
        r->zone = word.p;
        r->zone_n = (unsigned)word.n;
        return;
    }
}

/* Digits at s[i], at most 9 of them taken; returns how many there are. */
static size_t digits(struct span s, size_t i, int *value)
{
    size_t n = 0;

    *value = 0;
    while (i + n < s.n && ascii_digit(s.p[i + n])) {
        if (n < 9)
            *value = *value * 10 + (s.p[i + n] - '0');
        n++;
    }
    return n;
}

/* hh:mm[:ss[.f]] behind the hour. Returns the index behind it. */
static size_t take_time(struct reading *r, struct span s, size_t i, int hour)
{
    size_t n;
    int value;

    r->hour = hour;
    r->second = 0;
    i++;
    i += digits(s, i, &r->minute);
    if (i < s.n && (s.p[i] == ':' || s.p[i] == '.')) {
        n = digits(s, i + 1, &value);
        if (n)
            r->second = value;
        i += n + 1;
    }
    if (i + 1 < s.n && s.p[i] == '.' && ascii_digit(s.p[i + 1]))
        i += 1 + digits(s, i + 1, &value);
    return i;
}

/* RFC 5322 4.3: two digits are 1950-2049, three count from 1900. */
static int full_year(int year, size_t n)
{
    if (n == 2)
        return year < 50 ? year + 2000 : year + 1900;
    return n == 3 ? year + 1900 : year;
}

/* A number that is no time: year, month (ISO 8601 only) or day, by its length and what is known. */
static void take_number(struct reading *r, int value, size_t n)
{
    if (n >= 4 && r->year < 0 && r->day < 0 && r->month < 0) {
        r->year = value;
        r->year_first = true;
    } else if (r->year_first && r->month < 0) {
        r->month = value;
    } else if (r->day < 0 && n <= 2) {
        r->day = value;
    } else if (r->year < 0 && n >= 2) {
        r->year = full_year(value, n);
    }
}

/* zone: from its sign on. */
static void set_zone(struct reading *r, int minutes, struct span zone)
{
    if (minutes > 24 * 60)
        minutes = 0;
    r->has_zone = true;
    r->offset = zone.p[0] == '-' ? -minutes : minutes;
    r->zone = zone.p;
    r->zone_n = (unsigned)zone.n;
}

/* +hhmm, +hh:mm, +hmm, +hh, and the +000 of broken mailers. s[i] is the sign. Returns the index behind. */
static size_t take_zone(struct reading *r, struct span s, size_t i)
{
    int value, minutes = 0;
    size_t n = digits(s, i + 1, &value), end = i + 1 + n;

    if (!n)
        return i + 1;
    if (end + 2 < s.n && s.p[end] == ':' && n <= 2) {
        end += 1 + digits(s, end + 1, &minutes);
        minutes += value * 60;
    } else {
        minutes = n <= 2 ? value * 60 : n <= 4 ? value / 100 * 60 + value % 100 : 0;
    }
    set_zone(r, minutes, span_of(s.p + i, end - i));
    return end;
}

/* "GMT+0900", "UTC-3": the number behind a name of no offset is the zone. */
static bool goes_on_a_name(const struct reading *r, struct span s, size_t i)
{
    return r->zone && !r->offset && ascii_alpha(r->zone[0]) && r->zone + r->zone_n == s.p + i &&
           i + 1 < s.n && ascii_digit(s.p[i + 1]);
}

static size_t take_digits(struct reading *r, struct span s, size_t i)
{
    int value;
    size_t n = digits(s, i, &value), end = i + n;
    bool separator = end + 1 < s.n && (s.p[end] == ':' || s.p[end] == '.') && ascii_digit(s.p[end + 1]);

    if (separator && n <= 2 && r->hour < 0)
        return take_time(r, s, end, value);
    take_number(r, value, n);
    return end;
}

static size_t word_length(struct span s, size_t i)
{
    size_t n = 0;

    while (i + n < s.n && ascii_alpha(s.p[i + n]))
        n++;
    return n;
}

/* The two digits at p as a number; *fine stays only where they are two. */
static inline int two(const uint8_t *p, unsigned *fine)
{
    unsigned tens = p[0] - (unsigned)'0', ones = p[1] - (unsigned)'0';

    *fine &= (unsigned)(tens < 10) & (unsigned)(ones < 10);
    return (int)(tens * 10 + ones);
}

/* " Nov 2026 07:14:06 +0900", which stands behind the day in nearly every mail, read as the way by words and numbers reads it: at s[i].
 * Returns the index behind it, or i where it is not that. */
static size_t usual_behind_day(struct reading *r, struct span s, size_t i)
{
    enum { LENGTH = 24, ZONE = 19 };
    const uint8_t *p = s.p + i;
    unsigned fine = 1;
    int month, year, hour, minute, second, minutes;

    if (s.n - i < LENGTH || p[0] != ' ' || p[4] != ' ' || p[9] != ' ' || p[12] != ':' || p[15] != ':' || p[18] != ' ')
        return i;
    if ((p[ZONE] != '+' && p[ZONE] != '-') || (s.n - i > LENGTH && ascii_digit(p[LENGTH])))
        return i;
    month = month_of(span_of(p + 1, 3));
    year = two(p + 5, &fine) * 100 + two(p + 7, &fine);
    hour = two(p + 10, &fine);
    minute = two(p + 13, &fine);
    second = two(p + 16, &fine);
    minutes = two(p + 20, &fine) * 60 + two(p + 22, &fine);
    if (!fine || !month)
        return i;
    r->month = month;
    r->year = year;
    r->hour = hour;
    r->minute = minute;
    r->second = second;
    set_zone(r, minutes, span_of(p + ZONE, LENGTH - ZONE));
    return i + LENGTH;
}

/* The front of "Mon, 30 Nov 2026 07:14:06 +0900 (JST)", with or without a weekday. Returns how much of s was read; 0 where it is another. */
static size_t read_usual(struct reading *r, struct span s)
{
    size_t i = 0, n, end;
    int day;

    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t'))
        i++;
    if (s.n - i > 5 && s.p[i + 3] == ',' && s.p[i + 4] == ' ' && word_length(s, i) == 3 && !month_of(span_from(s, i)))
        i += 5;
    n = digits(s, i, &day);
    if (!n || n > 2)
        return 0;
    end = usual_behind_day(r, s, i + n);
    if (end == i + n)
        return 0;
    r->day = day;
    return end;
}

static void read_all(struct reading *r, struct span s)
{
    for (size_t i = read_usual(r, s); i < s.n;) {
        uint8_t c = s.p[i];

        if (ascii_digit(c)) {
            i = take_digits(r, s, i);
        } else if (ascii_alpha(c)) {
            size_t n = word_length(s, i);

            take_word(r, span_of(s.p + i, n));
            i += n;
        } else if ((c == '+' || c == '-') && r->hour >= 0 && (!r->has_zone || goes_on_a_name(r, s, i))) {
            i = take_zone(r, s, i);
        } else {
            i++;
        }
    }
}

/* Hour 24 and second 60 exist in the wild. */
static bool is_possible(const struct reading *r)
{
    return r->day >= 1 && r->day <= 31 && r->month >= 1 && r->month <= 12 && r->year >= 0 &&
           r->year <= 9999 && r->hour <= 24 && r->minute <= 59 && r->second <= 61;
}

static bool settle(const struct reading *r, struct mail_date *out)
{
    if (!is_possible(r))
        return false;
    out->zone = span_of(r->zone, r->zone_n);
    out->utc = date_days(r->year, r->month, r->day) * 86400 + (r->hour < 0 ? 0 : r->hour * 3600) +
               r->minute * 60 + r->second - r->offset * 60;
    return true;
}

static const struct reading nothing_read = {-1, -1, -1, -1, 0, 0, false, false, 0, NULL, 0};

bool date_parse(struct span value, struct mail_date *out)
{
    struct reading r = nothing_read;

    *out = (struct mail_date){0};
    read_all(&r, span_head(value, 256));
    return settle(&r, out);
}

/* Nothing, or what changes no date that has its zone: a name in brackets, too long for AM and PM. */
static bool is_zone_comment(struct span s)
{
    return !s.n || ((s.n == 6 || s.n == 7) && s.p[0] == ' ' && s.p[1] == '(' && word_length(s, 2) == s.n - 3 && s.p[s.n - 1] == ')');
}

bool date_parse_usual(struct span value, struct mail_date *out)
{
    struct reading r = nothing_read;
    size_t end = value.n <= 64 ? read_usual(&r, value) : 0;

    return end && is_zone_comment(span_from(value, end)) && settle(&r, out);
}
