/* SPDX-License-Identifier: Apache-2.0 */
/* connection_memory: the most that one connection ever holds, all of it (flow, segments, dialogue, mail reader, links,
 * the records of mails on their way), under each hostile family of tests/scaling: under 256 KiB plus its caps. Prints a
 * table and `N passed, N failed`. */
#include <stdio.h>
#include <stdlib.h>

#include "sensor/flows/connections.h"
#include "tests/scaling/families.h"

#define CONNECTION (256 * 1024) /* what a connection may need beside its caps */

enum { BYTES = 3 << 20, PIECE = 1460, HEADER = 20 };

/* One connection between two made-up hosts, and a room of its own to live in. */
struct line {
    struct connections *connections;
    struct conversation_room room;
    struct worker_options options;
    struct counters counters;
    struct mem mem;
    struct packet packet;
    struct moment now;
    uint32_t seq[2];
    uint64_t records; /* bytes: the most that records on their way held */
    uint8_t bytes[HEADER + PIECE];
};

static const struct suffix *suffix;
static struct classify *classify;
static struct mem classify_mem; /* what nDPI's memory of a flow is counted in */
static size_t classify_alone;   /* of that, without a flow: what is kept for the next one is a flow's */
static struct line line;
static int passed, failed;

static void publish(void *ctx, struct record *r, const struct flow *f)
{
    (void)ctx;
    (void)f;
    record_give_back(r);
}

static void push(struct line *l, int side, unsigned flags, struct span payload)
{
    struct coming coming = {.verdict = PACKET_TCP};
    struct packet *p = &l->packet;
    uint32_t next = l->seq[side] + (uint32_t)payload.n + (flags & TCP_SYN ? 1 : 0);

    memset(p, 0, sizeof(*p));
    p->src = p->dst = (struct endpoint){.ip = {.family = 4, .b = {192, 0, 2, 1}}, .port = 40000};
    if (side)
        p->src = (struct endpoint){.ip = {.family = 4, .b = {192, 0, 2, 25}}, .port = 25};
    else
        p->dst = (struct endpoint){.ip = {.family = 4, .b = {192, 0, 2, 25}}, .port = 25};
    memcpy(l->bytes + HEADER, payload.p ? payload.p : l->bytes, payload.n);
    p->protocol = 6;
    p->seq = l->seq[side];
    p->ack = l->seq[!side];
    p->flags = (uint8_t)flags;
    p->window = 65535;
    p->ip_id = (uint16_t)++l->now.frame;
    p->ip = span_of(l->bytes, HEADER + payload.n);
    p->options = span_of(l->bytes + HEADER, 0);
    p->payload = span_of(l->bytes + HEADER, payload.n);
    p->payload_wire = (uint32_t)payload.n;
    l->now.clock_us = l->now.packet_us += 100;
    connections_moment(l->connections, &l->now);
    coming.packet = *p;
    coming_tell(&coming, NULL, connections_table(l->connections), l->room.options);
    connections_packet(l->connections, &coming);
    l->seq[side] = next;
    if (l->room.record_bytes > l->records)
        l->records = l->room.record_bytes;
}

static void deliver(struct feed *f, enum smtp_side side, struct span piece)
{
    (void)f;
    push(&line, side == SMTP_CLIENT ? 0 : 1, TCP_ACK, piece);
}

/* They are acknowledged, and never come. */
static void lose(struct feed *f, enum smtp_side side, uint64_t bytes)
{
    (void)f;
    line.seq[side == SMTP_CLIENT ? 0 : 1] += (uint32_t)bytes;
}

static void open_line(struct line *l)
{
    static const struct hash_key key = {7, 8};
    static struct record_pool *pool;
    static const struct mail_reader_options readers = {.keep_headers = true};

    memset(l, 0, sizeof(*l));
    if (!pool)
        pool = record_pool_new();
    mem_init(&l->mem, 0);
    l->options = (struct worker_options){.ports = {25}, .ports_n = 1, .keep_headers = true};
    l->room = (struct conversation_room){.mem = &l->mem, .options = &l->options, .pool = pool,
                                         .counters = &l->counters, .source = SPAN("line"), .publish = publish, .ctx = l};
    l->room.readers = mail_readers_new(&l->mem, &key, suffix, &readers);
    l->room.classify = classify;
    l->connections = connections_new(&l->room, &key);
    l->now.packet_us = 1700000000000000;
}

static void close_line(struct line *l)
{
    connections_free(l->connections);
    mail_readers_free(l->room.readers);
}

static void write_family(const struct family *x, struct feed *f)
{
    if (x->write) {
        x->write(f);
    } else {
        feed_mail(f, x->header);
        feed_repeat(f, SMTP_CLIENT, x->unit);
        feed_mail_end(f);
    }
    feed_flush(f);
}

/* The most that the connection held, with all that was made for it. */
static size_t most_of(const struct family *x)
{
    static struct feed f;
    size_t before;

    open_line(&line);
    before = line.mem.used;
    classify_mem.peak = classify_mem.used;
    memset(&f, 0, offsetof(struct feed, room));
    f.deliver = deliver;
    f.lose = lose;
    f.piece = PIECE;
    f.left = BYTES;
    f.side = SMTP_SERVER;
    push(&line, 0, TCP_SYN, (struct span){NULL, 0});
    push(&line, 1, TCP_SYN | TCP_ACK, (struct span){NULL, 0});
    write_family(x, &f);
    close_line(&line);
    if (line.mem.used) {
        printf("%s: %zu bytes not given back\n", x->name, line.mem.used);
        failed++;
    }
    return line.mem.peak - before + line.records + classify_mem.peak - classify_alone;
}

static void judge(const struct family *x)
{
    size_t most = most_of(x), bar = CONNECTION + LIMIT_RECORD_BYTES + LIMIT_SMTP_ENVELOPE + x->caps;
    bool fits = most <= bar;

    printf("%-42s %8zu KiB of %8zu %s\n", x->name, most / 1024, bar / 1024, fits ? "" : "MEMORY");
    passed += fits;
    failed += !fits;
}

int main(int argc, char **argv)
{
    static struct mem m;
    struct suffix *list = suffix_new(&m, NULL, &(struct hash_key){1, 2});
    char err[256];

    classify = classify_new(&classify_mem, false, err);
    if (!classify || !classify_start(classify, err))
        return 1;
    if (!list || !classify)
        return 1;
    suffix = list;
    classify_alone = classify_mem.used;
    for (unsigned i = 0; i < mail_families_n; i++)
        if (argc < 2 || strstr(mail_families[i].name, argv[1]))
            judge(&mail_families[i]);
    for (unsigned i = 0; i < smtp_families_n; i++)
        if (argc < 2 || strstr(smtp_families[i].name, argv[1]))
            judge(&smtp_families[i]);
    classify_free(classify);
    suffix_free(list);
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}
