/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_text: families in turn: what it is, what it means, its samples. OpenMetrics 1.0 names the family of a counter without
 * "_total" and ends with "# EOF"; the older text does neither. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "sensor/log.h"
#include "sensor/metrics/metrics_state.h"
#include "sensor/run_report.h"

struct text {
    struct buf *out;
    bool open_metrics;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    char line[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    buf_add(t->out, span_cstr(line));
}

static void family(struct text *t, const char *name, bool counter, const char *meaning)
{
    const char *suffix = counter && !t->open_metrics ? "_total" : "";

    add(t, "# HELP mxtap_%s%s %s\n# TYPE mxtap_%s%s %s\n", name, suffix, meaning, name, suffix, counter ? "counter" : "gauge");
}

static void counter(struct text *t, const char *name, uint64_t v, const char *meaning)
{
    family(t, name, true, meaning);
    add(t, "mxtap_%s_total %" PRIu64 "\n", name, v);
}

static void gauge(struct text *t, const char *name, uint64_t v, const char *meaning)
{
    family(t, name, false, meaning);
    add(t, "mxtap_%s %" PRIu64 "\n", name, v);
}

/* printf's point is the C locale's (sensor/language). */
static void decimal(struct text *t, const char *name, double v, const char *meaning)
{
    family(t, name, false, meaning);
    add(t, "mxtap_%s %.3f\n", name, v);
}

/* --- from the capture's thread --- */

static void put_counters(struct text *t, const struct counters *c)
{
    for (unsigned i = 0; i < COUNTERS_N; i++) {
        if (i == COUNTER_flows_open)
            gauge(t, "flows_open", counter_value(c, i), "connections followed now");
        else
            counter(t, counter_name(i), counter_value(c, i), counter_meaning(i));
    }
}

static void put_intake(struct text *t, const struct metrics_now *now)
{
    counter(t, "kernel_packets", now->capture.received, "packets that passed the filter");
    counter(t, "kernel_dropped_packets", now->capture.dropped_kernel, "packets lost because the sensor was too slow");
    counter(t, "interface_dropped_packets", now->capture.dropped_interface, "packets lost before the kernel saw them");
    counter(t, "records", now->publisher.records, "records handed to the publisher");
    counter(t, "records_delivered", now->publisher.delivered, "records that every sink took");
    counter(t, "records_dropped", now->publisher.dropped, "records lost because the queue was full");
    gauge(t, "queue_records", now->publisher.queued, "records waiting for the publisher");
    decimal(t, "last_packet_timestamp_seconds", (double)now->packet_us / 1e6, "time of the last packet or tick of the capture");
}

static void put_rates(struct text *t, const struct metrics_rates *r)
{
    decimal(t, "packets_per_second", r->packets_s, "packets a second, over the last ten seconds or so");
    decimal(t, "bytes_per_second", r->bytes_s, "bytes on the wire a second, over the same time");
    decimal(t, "mails_per_second", r->mails_s, "mails a second, over the same time");
}

/* --- from the publisher's thread --- */

static void put_mails(struct text *t, struct metrics *m)
{
    char country[3];

    family(t, "mail_outcomes", true, "mails by outcome and by the country that the origin's network is registered in");
    for (unsigned o = 0; o < METRICS_OUTCOMES; o++)
        for (unsigned i = 0; i < METRICS_COUNTRIES; i++) {
            unsigned long long n = atomic_load_explicit(&m->mails[o][i], memory_order_relaxed);

            metrics_country_name(i, country);
            if (n || i == METRICS_COUNTRIES - 1)
                add(t, "mxtap_mail_outcomes_total{outcome=\"%s\",country=\"%s\"} %llu\n", smtp_outcome_name((enum smtp_outcome)o), country, n);
        }
    family(t, "findings", true, "what was noticed about mails (docs/FINDINGS.md)");
    for (unsigned i = 0; i < metrics_findings_n(); i++)
        add(t, "mxtap_findings_total{finding=\"%s\"} %llu\n", metrics_finding_name(i),
            atomic_load_explicit(&m->findings[i], memory_order_relaxed));
    counter(t, "alert_mails", atomic_load_explicit(&m->alerts, memory_order_relaxed), "mails whose score reaches --alert-score");
}

static void put_redis(struct text *t, struct redis_gauges *g)
{
    uint64_t buckets = atomic_load_explicit(&g->buckets, memory_order_relaxed);
    uint64_t queued = atomic_load_explicit(&g->queued, memory_order_relaxed);
    int64_t good = atomic_load_explicit(&g->good_us, memory_order_relaxed);

#define X(field, name, meaning) counter(t, "redis_" name, atomic_load_explicit(&g->field, memory_order_relaxed), meaning);
    REDIS_GAUGE_COUNTS(X)
#undef X
    counter(t, "redis_batches", atomic_load_explicit(&g->batches, memory_order_relaxed), "batches that Redis has");
    gauge(t, "redis_queue_records", queued, "records that Redis has yet to take");
    gauge(t, "redis_up", buckets && atomic_load_explicit(&g->flowing, memory_order_relaxed) == buckets,
          "1 while every server that we need is there");
    decimal(t, "redis_delay_seconds", queued && good ? (double)(monotonic_us() - good) / 1e6 : 0,
            "since Redis last took something, while something waits for it");
    gauge(t, "spool_bytes", atomic_load_explicit(&g->spool_bytes, memory_order_relaxed), "bytes in --spool");
    gauge(t, "spool_max_bytes", atomic_load_explicit(&g->spool_most, memory_order_relaxed), "bytes that --spool may hold; 0 without one");
}

/* --- the process --- */

static void put_process(struct text *t, struct metrics *m, int64_t told_us)
{
    gauge(t, "memory_bytes", report_memory(m->memory_fd), "memory of the sensor that is in use");
    decimal(t, "start_timestamp_seconds", (double)m->started_us / 1e6, "when the sensor began");
    decimal(t, "snapshot_age_seconds", told_us ? (double)(monotonic_us() - told_us) / 1e6 : 0, "how old the counters of this answer are");
    family(t, "build_info", false, "1; the version is its label");
    add(t, "mxtap_build_info{version=\"%s\"} 1\n", MXTAP_VERSION);
}

void metrics_text(struct metrics *m, bool open_metrics, struct buf *out)
{
    struct text t = {out, open_metrics};
    struct metrics_now now;
    struct metrics_rates rates;
    int64_t told_us;

    pthread_mutex_lock(&m->lock);
    now = m->now;
    rates = m->rates;
    told_us = m->told_us;
    pthread_mutex_unlock(&m->lock);
    put_counters(&t, &now.counters);
    put_intake(&t, &now);
    put_rates(&t, &rates);
    put_mails(&t, m);
    if (m->has_redis)
        put_redis(&t, &m->redis);
    put_process(&t, m, told_us);
    if (open_metrics)
        add(&t, "# EOF\n");
}
