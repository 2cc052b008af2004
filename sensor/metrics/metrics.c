/* SPDX-License-Identifier: Apache-2.0 */
/* metrics: opens, takes snapshots, closes. */
#include "sensor/metrics/metrics.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sensor/judge/findings.h"
#include "sensor/log.h"
#include "sensor/language.h"
#include "sensor/metrics/metrics_library.h"
#include "sensor/metrics/metrics_state.h"

enum { SECOND = 1000000, RATES_US = 10 * SECOND };

static int64_t wall_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

struct metrics *metrics_open(const char *place, int alert_score, char err[METRICS_ERR])
{
    struct metrics *m = calloc(1, sizeof(*m));
    char shown[METRICS_PLACE];

    if (!m) {
        snprintf(err, METRICS_ERR, "%s", _("no memory for --metrics"));
        return NULL;
    }
    m->fd = metrics_library_open(err) ? metrics_listen(place, shown, err) : -1;
    if (m->fd < 0) {
        free(m);
        return NULL;
    }
    pthread_mutex_init(&m->lock, NULL);
    m->started_us = wall_us();
    m->memory_fd = -1;
    m->alert_score = alert_score > 0 ? alert_score : FINDINGS_ALERT_SCORE;
    metrics_mails_init(m);
    log_line(LOG_NOTE, "metrics: http://%s/metrics", shown);
    return m;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    metrics_http_stop(m->http);
    close(m->fd);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

struct sink *metrics_sink(struct metrics *m)
{
    return &m->sink;
}

struct redis_gauges *metrics_redis(struct metrics *m)
{
    m->has_redis = true;
    return &m->redis;
}

bool metrics_start(struct metrics *m, int memory_fd, char err[METRICS_ERR])
{
    m->memory_fd = memory_fd;
    m->http = metrics_http_start(m, err);
    return m->http;
}

int metrics_socket(const struct metrics *m)
{
    return m ? m->fd : -1;
}

/* Also after a step back of the clock. Read and written by the capture's thread alone. */
bool metrics_due(const struct metrics *m, int64_t ts_us)
{
    return m && (ts_us >= m->due_us || m->due_us - ts_us > 2 * SECOND);
}

static double rate(uint64_t now, uint64_t before, int64_t us)
{
    return (double)(now - before) * SECOND / (double)us;
}

static void note_rates(struct metrics_rates *r, const struct counters *c, int64_t now_us)
{
    int64_t us = now_us - r->since_us;

    if (r->since_us && us < RATES_US)
        return;
    if (r->since_us) {
        r->packets_s = rate(c->packets, r->packets, us);
        r->bytes_s = rate(c->bytes, r->bytes, us);
        r->mails_s = rate(c->mails, r->mails, us);
    }
    r->since_us = now_us;
    r->packets = c->packets;
    r->bytes = c->bytes;
    r->mails = c->mails;
}

void metrics_put(struct metrics *m, const struct metrics_now *now)
{
    if (pthread_mutex_trylock(&m->lock) != 0)
        return;
    m->now = *now;
    m->told_us = monotonic_us();
    note_rates(&m->rates, &now->counters, m->told_us);
    pthread_mutex_unlock(&m->lock);
    m->due_us = now->packet_us + SECOND;
}
