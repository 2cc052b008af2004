/* SPDX-License-Identifier: Apache-2.0 */
/* sink_summary: what a replay tells without any server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/publish/sinks.h"

struct summary {
    struct sink sink;
    FILE *out;
    uint64_t packets, sessions, mails;
};

static bool put(struct sink *sink, const struct record *r)
{
    struct summary *s = (struct summary *)(void *)sink;

    s->mails += r->type == RECORD_SMTP;
    s->sessions += r->type == RECORD_SESSION;
    return true;
}

static void run_end(struct sink *sink, uint64_t packets, uint64_t bytes)
{
    (void)bytes;
    ((struct summary *)(void *)sink)->packets += packets;
}

static int finish(struct sink *sink, int64_t deadline_us)
{
    struct summary *s = (struct summary *)(void *)sink;

    (void)deadline_us;
    fprintf(s->out, "packets %llu  sessions %llu  mails %llu\n", (unsigned long long)s->packets,
            (unsigned long long)s->sessions, (unsigned long long)s->mails);
    return fflush(s->out) == 0 ? 0 : 1;
}

static void summary_free(struct sink *sink)
{
    free(sink);
}

struct sink *sink_summary_open(const char *path, char err[SINK_ERR])
{
    struct summary *s = calloc(1, sizeof(*s));

    if (!s) {
        snprintf(err, SINK_ERR, "no memory for the summary");
        return NULL;
    }
    s->sink = (struct sink){.name = "summary", .put = put, .run_end = run_end, .finish = finish,
                            .free = summary_free};
    s->out = path ? stdout : stderr;
    return &s->sink;
}
