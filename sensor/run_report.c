/* SPDX-License-Identifier: Apache-2.0 */
/* run_report: tables and lines, made whole before they are written. */
#include "sensor/run_report.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/language.h"
#include "sensor/log.h"

static void row(FILE *out, const char *name, uint64_t value, const char *meaning)
{
    if (value)
        fprintf(out, "  %-28s %15" PRIu64 "  %s\n", name, value, meaning);
}

void report_statistics(const struct counters *c, const struct publisher_stats *p,
                       const struct capture_counts *k)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    if (!out)
        return;
    fputs(_("mxtap: statistics (what is not listed is 0)\n"), out);
    row(out, "received", k->received, _("packets that passed the filter"));
    row(out, "dropped_kernel", k->dropped_kernel, _("lost because the sensor was too slow"));
    row(out, "dropped_interface", k->dropped_interface, _("lost before the kernel saw them"));
    for (unsigned i = 0; i < COUNTERS_N; i++)
        row(out, counter_name(i), counter_value(c, i), _(counter_meaning(i)));
    row(out, "records", p->records, _("handed to the publisher"));
    row(out, "records_delivered", p->delivered, _("that every sink took"));
    row(out, "records_queued", p->queued, _("waiting"));
    row(out, "records_dropped", p->dropped, _("lost because the queue was full"));
    if (fclose(out) == 0) {
        log_progress(NULL);
        fwrite(text, 1, n, stderr);
    }
    free(text);
}

int report_memory_open(void)
{
    return open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

uint64_t report_memory(int fd)
{
    char text[128];
    unsigned long pages = 0;
    ssize_t n = fd >= 0 ? pread(fd, text, sizeof(text) - 1, 0) : -1;

    if (n <= 0)
        return 0;
    text[n] = 0;
    return sscanf(text, "%*u %lu", &pages) == 1 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t rate(uint64_t now, uint64_t before, int64_t us)
{
    return us > 0 ? (now - before) * 1000000 / (uint64_t)us : 0;
}

void report_health(struct record_health *out, struct report_rates *last, const struct counters *c,
                   const struct publisher_stats *p, const struct capture_counts *k)
{
    int64_t now = monotonic_us(), us = last->at_us ? now - last->at_us : 0;

    *out = (struct record_health){
        .received = k->received,
        .kernel_dropped = k->dropped_kernel,
        .interface_dropped = k->dropped_interface,
        .packets_s = rate(c->packets, last->packets, us),
        .bits_s = 8 * rate(c->bytes, last->bytes, us),
        .mails_s = rate(c->mails, last->mails, us),
        .queued = p->queued,
        .lost = p->dropped,
        .memory = report_memory(last->memory_fd),
    };
    *last = (struct report_rates){now, c->packets, c->bytes, c->mails, last->memory_fd};
}

void report_drops(struct report_drops *d, const struct capture_counts *k)
{
    if (k->dropped_kernel > d->said)
        log_seldom(&d->limit, "the kernel dropped %llu packets: the sensor is too slow for this "
                   "traffic; a larger --buffer helps against bursts", (unsigned long long)(k->dropped_kernel - d->said));
    d->said = k->dropped_kernel;
}

void report_packets(const struct capture_counts *k)
{
    log_line(LOG_NOTE,
             "%" PRIu64 " packets received by filter, %" PRIu64 " dropped by kernel, %" PRIu64
             " dropped by interface",
             k->received, k->dropped_kernel, k->dropped_interface);
}

void report_progress(const struct capture *c, const struct counters *n)
{
    const struct capture_source *s = capture_source(c);
    uint64_t done, all;
    char text[200], part[32] = "";

    capture_progress(c, &done, &all);
    if (all)
        snprintf(part, sizeof(part), " %3u%%", (unsigned)(done >= all ? 100 : done * 100 / all));
    snprintf(text, sizeof(text),
             _("%.*s%s  %" PRIu64 " packets  %" PRIu64 " sessions  %" PRIu64 " mails"),
             (int)(s->name.n < 60 ? s->name.n : 60), s->name.p ? (const char *)s->name.p : "", part,
             n->packets, n->sessions, n->mails);
    log_progress(text);
}
