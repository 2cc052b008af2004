/* SPDX-License-Identifier: Apache-2.0 */
/* watch_look: what one look at Redis finds: totals, rates, leaders, sensors. */
#ifndef MXTAP_CONSOLE_WATCH_LOOK_H
#define MXTAP_CONSOLE_WATCH_LOOK_H

#include "sensor/console/report.h"
#include "sensor/console/value_set.h"

enum look_mode { LOOK_TODAY, LOOK_HOUR, LOOK_ALL };
enum { LOOK_LEADERS = 64, LOOK_SENSORS = 16, LOOK_FIELDS = 10, LOOK_COUNTERS = 10 };

extern const char *const look_counters[LOOK_COUNTERS];
enum { COUNTER_MAILS, COUNTER_SESSIONS, COUNTER_PACKETS, COUNTER_BYTES }; /* the first of them */

struct look_leaders {
    enum redis_kind kind;
    const char *title;
    struct span v[LOOK_LEADERS];
    uint64_t mails[LOOK_LEADERS];
    unsigned n;
};
enum { LOOK_BOARDS = 5 };

struct look_sensor {
    struct span name, fields[2 * LOOK_FIELDS];
    unsigned fields_n;
};

struct look {
    enum look_mode mode;
    int64_t now_s;
    struct calendar calendar;        /* whose days and hours boards have */
    struct arena arena;              /* strings of this look */
    uint64_t counters[LOOK_COUNTERS];
    double rates[LOOK_COUNTERS];     /* a second, since the look before; 0 at the first */
    struct look_leaders boards[LOOK_BOARDS];
    struct look_sensor sensors[LOOK_SENSORS];
    unsigned sensors_n;
    struct value_set names;          /* of sensors met so far */
    uint64_t before[LOOK_COUNTERS];
    int64_t before_us;               /* monotonic; 0 = no look yet */
    struct look_leaders *reading;
    uint64_t reading_counters[LOOK_COUNTERS];
};

void look_init(struct look *l, struct mem *mem);
void look_free(struct look *l);
/* False: store_why; where the server is away what was found before stays. */
bool look_take(struct look *l, struct store *s);
struct span look_field(const struct look_sensor *s, const char *name);

#endif
