/* SPDX-License-Identifier: Apache-2.0 */
/* feed: records made by rule, put through the publisher into Redis; tests/e2e/redis_test.py knows the rule. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sensor/publish/sinks.h"
#include "tests/e2e/feed_crowd.h"

enum { DAY_BEGINS = 1687564800, SESSION_EVERY = 5, FRAMES_PER_MAIL = 3, BYTES_PER_MAIL = 1000,
       OVERTAKEN_BY = 100 /* mails */ };

static struct {
    uint64_t mails;
    unsigned delay_us, finish_s; /* finish_s: live, what the end may take at most; 0: as long as it takes a sensor */
    bool hostile, relayed, overtaken;
    struct run_info run;
    struct redis_options redis;
    struct crowd crowd;
} o = {.mails = 1000, .crowd = {.leader_every = 10}};

static struct span text(struct record *r, const char *format, unsigned long a, unsigned long b)
{
    char line[512];

    snprintf(line, sizeof(line), format, a, b);
    return arena_dup(&r->arena, span_cstr(line));
}

static struct ip_addr ip4(unsigned a, unsigned b, unsigned c, unsigned d)
{
    return (struct ip_addr){4, {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d}};
}

static void common(struct record *r, uint64_t i)
{
    r->ts_us = o.crowd.kind ? crowd_time(&o.crowd, i) : (DAY_BEGINS + (int64_t)i) * 1000000;
    r->source = o.run.source;
    r->live = o.redis.live;
    r->flow_id = 1000 + i;
    r->frame = r->packets = i * FRAMES_PER_MAIL;
    r->first_frame = r->frame - 2;
    r->bytes = i * BYTES_PER_MAIL;
    if (o.overtaken && i % 2 && i > OVERTAKEN_BY) {
        r->packets -= OVERTAKEN_BY * FRAMES_PER_MAIL;
        r->bytes -= OVERTAKEN_BY * BYTES_PER_MAIL;
    }
    r->src = (struct endpoint){ip4(198, 51, 100, i % 100), 40000};
    r->dst = (struct endpoint){ip4(192, 0, 2, 25), 25};
    r->client = r->src.ip;
    r->helo = text(r, "MAIL%lu.Example.NET.", i % 37, 0);
    r->duration_us = -1;
}

static void add_link(struct record *r, uint64_t i)
{
    struct link *l = arena_zalloc(&r->arena, sizeof(*l));

    l->url = text(r, "https://host%lu.example.com/p/%lu", i % 13, i);
    l->scheme = SPAN("https");
    l->host = text(r, "host%lu.example.com", i % 13, 0);
    l->domain = SPAN("example.com");
    l->ip = ip4(203, 0, 113, i % 13);
    r->links = l;
    r->links_n = 1;
}

/* Names as somebody chooses them who wants to break a key, a line or a terminal. */
static void be_hostile(struct record *r, uint64_t i)
{
    static const struct span names[] = {
        {(const uint8_t *)"amazon.co.jp:ip", 15},
        {(const uint8_t *)"{a}*?[x]\\ y", 11},
        {(const uint8_t *)"a\r\nFLUSHALL\r\n", 13},
        {(const uint8_t *)"\x1b[2J\xc2\x9b\x7f\0z", 9},
        {(const uint8_t *)"\xe2\x80\xae\xe2\x80\xa8moc.nozama", 16},
        {(const uint8_t *)"\xff\xfe", 2},
    };
    static uint8_t huge[65536];

    memset(huge, 'h', sizeof(huge));
    r->helo = r->subject_key = i == 7 ? span_of(huge, sizeof(huge)) : names[i % 6];
}

static struct record *mail(struct record_pool *pool, uint64_t i)
{
    struct record *r = record_take(pool);

    common(r, i);
    r->type = RECORD_SMTP;
    r->outcome = i % 10 ? (i % 10 == 1 ? SMTP_PARTIAL : SMTP_ACCEPTED) : SMTP_REFUSED;
    r->size = 700;
    r->email.message_id = text(r, "<%lu@%lu>", i, 1);
    r->email.date = SPAN("Sat, 24 Jun 2023 09:00:00 +0900");
    if (o.crowd.kind) {
        crowd_mail(&o.crowd, r, i);
        return r;
    }
    r->mail_from = text(r, "<bounce@env%lu.example>", i % 7, 0);
    r->envelope_domain = text(r, "env%lu.example", i % 7, 0);
    r->has_email = true;
    r->email.state = MESSAGE_DONE;
    r->email.from = text(r, "Somebody <user%lu@from%lu.example>", i % 500, i % 23);
    r->email.from_address = text(r, "user%lu@from%lu.example", i % 500, i % 23);
    r->from_domain = text(r, "from%lu.example", i % 23, 0);
    r->email.subject = r->subject_key = text(r, "お支払い %lu", i % 11, 0);
    add_link(r, i);
    if (o.hostile)
        be_hostile(r, i);
    r->origin.ip = r->src.ip;
    r->origin.helo = r->helo;
    return r;
}

/* The same mail again, as the relay sends it on. */
static struct record *relayed(struct record_pool *pool, uint64_t i)
{
    struct record *r = mail(pool, i);

    r->flow_id += 1000000;
    r->src.ip = r->client = r->dst.ip;
    r->dst.ip = ip4(192, 0, 2, 99);
    r->size += 200;
    return r;
}

static struct record *session(struct record_pool *pool, uint64_t i)
{
    struct record *r = record_take(pool);

    common(r, i);
    if (o.overtaken) /* by the mail that came two seconds later */
        r->ts_us -= 2000000;
    if (o.crowd.kind)
        crowd_mail(&o.crowd, r, i); /* its HELO and address; a session shows no more of it */
    r->type = RECORD_SESSION;
    r->session_outcome = SMTP_SESSION_MAIL;
    r->tls = i % 2 ? SMTP_TLS_STARTTLS : SMTP_TLS_NONE;
    return r;
}

static int finish(struct publisher *p)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return publisher_finish(p, o.finish_s ? (now.tv_sec + (int64_t)o.finish_s) * 1000000 : 0);
}

static int feed(struct publisher *p, struct record_pool *pool)
{
    if (!o.mails) /* only what a spool holds */
        return finish(p);
    publisher_run_begin(p, &o.run);
    for (uint64_t i = 1; i <= o.mails && !publisher_status(p); i++) {
        publisher_put(p, mail(pool, i));
        if (o.relayed)
            publisher_put(p, relayed(pool, i));
        if (i % (o.crowd.kind == CROWD_BENCH ? 1 : SESSION_EVERY) == 0)
            publisher_put(p, session(pool, i));
        if (o.delay_us)
            usleep(o.delay_us);
    }
    publisher_run_end(p, o.mails * FRAMES_PER_MAIL + 2, o.mails * BYTES_PER_MAIL + 120);
    return finish(p);
}

static const struct option long_options[] = {
    {"redis", 1, NULL, 'r'},    {"mails", 1, NULL, 'n'},   {"run", 1, NULL, 'i'},    {"source", 1, NULL, 's'},
    {"options", 1, NULL, 'o'},  {"live", 0, NULL, 'l'},    {"again", 0, NULL, 'a'},  {"wait", 1, NULL, 'w'},
    {"prefix", 1, NULL, 'p'},   {"domain", 0, NULL, 'd'},  {"keep", 1, NULL, 'k'},   {"reply-ms", 1, NULL, 'm'},
    {"delay-us", 1, NULL, 'u'}, {"hostile", 0, NULL, 'h'}, {"relayed", 0, NULL, 'c'}, {"top", 1, NULL, 't'},
    {"fanout", 1, NULL, 'f'},   {"entities", 1, NULL, 'e'},   {"password", 1, NULL, 'P'},
    {"spool", 1, NULL, 'S'},   {"ca", 1, NULL, 'C'},   {"spool-max", 1, NULL, 'M'},
    {"memory", 1, NULL, 'B'},   {"retention", 1, NULL, 'R'}, {"stream-max", 1, NULL, 'X'},
    {"crowd", 1, NULL, 'K'},    {"leaders", 1, NULL, 'L'}, {"overtaken", 0, NULL, 'O'}, {"timezone", 1, NULL, 'Z'},
    {"finish", 1, NULL, 'F'},
    {NULL, 0, NULL, 0},
};

/* As sensor/options_text has it. */
static void set_timezone(const char *text)
{
    static char line[CALENDAR_NAME + 32];
    char why[CALENDAR_WHY];

    if (!calendar_parse(text, &o.redis.calendar, why))
        exit(2);
    snprintf(line, sizeof(line), CALENDAR_OPTION "%s ports=25", calendar_name(&o.redis.calendar));
    o.run.options = span_cstr(line);
}

static void take_option(int c)
{
    switch (c) {
    case 'r': o.redis.url = optarg; break;
    case 'n': o.mails = strtoull(optarg, NULL, 10); break;
    case 'i': snprintf(o.run.id, sizeof(o.run.id), "%s", optarg); break;
    case 's': o.run.source = span_cstr(optarg); break;
    case 'o': o.run.options = span_cstr(optarg); break;
    case 'l': o.redis.live = o.run.live = true; break;
    case 'a': o.redis.again = true; break;
    case 'w': o.redis.wait_us = (int64_t)(strtod(optarg, NULL) * 1e6); break;
    case 'p': o.redis.prefix = optarg; break;
    case 'd': o.redis.json.recipients.mode = RECIPIENTS_DOMAIN; break;
    case 'k': o.redis.keep_bytes = strtoull(optarg, NULL, 10); break;
    case 'm': o.redis.reply_us = strtoll(optarg, NULL, 10) * 1000; break;
    case 'u': o.delay_us = (unsigned)strtoul(optarg, NULL, 10); break;
    case 'h': o.hostile = true; break;
    case 'c': o.relayed = true; break;
    case 't': o.redis.top = strtoull(optarg, NULL, 10); break;
    case 'f': o.redis.fanout = strtoull(optarg, NULL, 10); break;
    case 'e': o.redis.entities = strtoull(optarg, NULL, 10); break;
    case 'C': o.redis.tls.ca = optarg; break;
    case 'S': o.redis.spool = optarg; break;
    case 'M': o.redis.spool_max = strtoull(optarg, NULL, 10); break;
    case 'B': o.redis.memory = strtoull(optarg, NULL, 10); break;
    case 'R': o.redis.retention_days = (int)strtol(optarg, NULL, 10); break;
    case 'X': o.redis.stream_max = strtoull(optarg, NULL, 10); break;
    case 'K': o.crowd.kind = crowd_parse(optarg); break;
    case 'L': o.crowd.leader_every = strtoull(optarg, NULL, 10); break;
    case 'P': o.redis.password = optarg; break;
    case 'F': o.finish_s = (unsigned)strtoul(optarg, NULL, 10); break;
    case 'O': o.overtaken = true; break;
    case 'Z': set_timezone(optarg); break;
    default: exit(2);
    }
}

int main(int argc, char **argv)
{
    struct record_pool *pool = record_pool_new();
    char err[SINK_ERR];
    struct publisher *p;
    struct sink *sink;
    int c, status;

    signal(SIGPIPE, SIG_IGN);
    o.redis.wait_us = 60 * 1000000;
    o.redis.keep_bytes = 64 * 1024 * 1024;
    o.redis.json.sensor = o.run.name = SPAN("feed");
    o.run.source = SPAN("feed.pcap");
    o.run.options = SPAN("ports=25");
    o.run.started_us = (int64_t)time(NULL) * 1000000;
    snprintf(o.run.id, sizeof(o.run.id), "f00d");
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take_option(c);
    o.crowd.mails = o.mails;
    sink = sink_redis_open(&o.redis, err);
    if (!sink) {
        fprintf(stderr, "mxtap: %s\n", err);
        return 1;
    }
    p = publisher_start(&sink, 1, !o.redis.live, err);
    if (!p)
        return 1;
    publisher_input_over(p); /* no packet waits for a record of ours: on a busy machine the queue is waited for, live too, and drops none */
    status = feed(p, pool);
    record_pool_free(pool);
    return status;
}
