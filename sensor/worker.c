/* SPDX-License-Identifier: Apache-2.0 */
/* worker: one thread: frame in, records out; replaces globals. It knows no sink, no option's text, no file. */
#include "sensor/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "sensor/flows/dns_stream.h"
#include "sensor/flows/fingerprint.h"
#include "sensor/judge/host_memo.h"
#include "sensor/judge/judge.h"
#include "sensor/language.h"
#include "sensor/worker_state.h"

/* --- frames --- */

void worker_take_judge(struct worker *w)
{
    if (w->options->judge && judge_seat_take(w->options->judge, &w->judge))
        suffix_use(w->suffix, w->judge->suffix);
}

static bool alone(const struct worker *w)
{
    return w->seat.share.n < 2;
}

/* What every worker sees, the first one counts. */
static struct counters *common(struct worker *w)
{
    return w->room.common;
}

/* Every frame is counted by one worker, as read and by what became of it. */
static struct counters *count_frame(struct worker *w, struct counters *n)
{
    n->packets++;
    n->bytes += w->wire;
    return n;
}

static void take_datagram(struct worker *w, const struct packet *p, struct counters *n)
{
    if (!w->dns || !dns_port(p)) {
        n->packets_other_protocol++;
        return;
    }
    n->packets_used++;
    dns_datagram(w->dns, p, w->clock_us);
}

/* Anything but a fragment, counted in n. */
static inline void take_packet(struct worker *w, const struct coming *c, struct counters *n)
{
    count_frame(w, n);
    switch (c->verdict) {
    case PACKET_TCP: connections_packet(w->connections, c); break;
    case PACKET_UDP: take_datagram(w, &c->packet, n); break;
    case PACKET_OTHER: n->packets_other_protocol++; break;
    case PACKET_NOT_IP: n->packets_not_ip++; break;
    case PACKET_TRUNCATED: n->packets_truncated++; break;
    case PACKET_MALFORMED: n->packets_malformed++; break;
    case PACKET_FRAGMENT:
    case PACKET_TOO_DEEP: n->packets_too_deep++; break;
    case PACKET_CHECKSUM: n->packets_checksum++; break;
    case PACKET_LINK_TYPE: n->packets_link_type++; break;
    }
}

/* The counters of whoever counts this packet: NULL where it is another worker's and this one has nothing to do with it.
 * by_all: every worker has it; else one that is nobody's was, live, given to this one alone. */
static struct counters *whose(struct worker *w, const struct coming *c, bool by_all)
{
    const struct packet *p = &c->packet;
    unsigned one;

    if (alone(w))
        return &w->counters;
    one = share_whose(&w->seat.share, p, c->verdict, ports_dns(w->options, p, c->verdict));
    if (one == SHARE_EVERYBODY)
        return common(w);
    if (one == SHARE_NOBODY)
        return (w->options->live && !by_all) || w->seat.index == 0 ? &w->counters : NULL;
    return one == w->seat.index ? &w->counters : NULL;
}

static __attribute__((noinline)) void take_if_mine(struct worker *w, const struct coming *c, bool by_all)
{
    struct counters *n = whose(w, c, by_all);

    if (n)
        take_packet(w, c, n);
}

/* A fragment counts as used when it is taken; the given-up ones are moved to their own counter. The frame
 * that completes a datagram counts as what the datagram is: that may be a fragment again, inside a tunnel. Every worker
 * puts all datagrams together, since only a whole one tells whose it is. */
static __attribute__((noinline)) void take_fragment(struct worker *w, struct coming *c)
{
    struct packet *p = &c->packet;
    struct counters *n = common(w);

    for (int depth = 0; c->verdict == PACKET_FRAGMENT && depth < LIMIT_ENCAPSULATIONS; depth++) {
        struct span whole = fragments_push(w->fragments, p, w->clock_us);
        uint64_t lost = fragments_lost(w->fragments, false);

        n->fragments++;
        n->packets_used -= lost;
        n->packets_fragment_lost += lost;
        if (!whole.p) {
            count_frame(w, n)->packets_used++;
            return;
        }
        n->datagrams++;
        c->verdict = packet_decode_ip(p, whole, (uint32_t)whole.n, worker_packet_options(w));
        coming_tell(c, NULL, connections_table(w->connections), w->options);
    }
    take_if_mine(w, c, true);
}

static inline __attribute__((always_inline)) void take_bytes(struct worker *w, const struct frame *f, struct coming *c, bool mine)
{
    if (f->filtered) {
        if (w->seat.index == 0)
            count_frame(w, &w->counters)->packets_filtered++;
        return;
    }
    if (c->verdict == PACKET_FRAGMENT)
        take_fragment(w, c);
    else if (mine || alone(w))
        take_packet(w, c, &w->counters);
    else
        take_if_mine(w, c, false);
}

/* Of one that is another worker's only time goes on. c: what was seen of f. */
static inline __attribute__((always_inline)) void take_frame(struct worker *w, const struct frame *f, int64_t clock_us, enum frame_of of, struct coming *c)
{
    struct moment now = {clock_us, f->ts_us, w->frames_all + 1};

    w->source_packets++;
    w->source_bytes += f->wire;
    w->frame = f->number;
    w->wire = f->wire;
    w->frames_all++;
    w->packet_us = f->ts_us;
    w->clock_us = clock_us;
    if (of == FRAME_OF_OTHERS) {
        connections_pass(w->connections, &now);
    } else {
        connections_moment(w->connections, &now);
        take_bytes(w, f, c, of == FRAME_OF_MINE);
    }
    if (w->done)
        worker_hand_over(w);
}

/* The same, kept out of the way of those whose time nobody doubts. */
static __attribute__((noinline)) void take_late(struct worker *w, const struct frame *f, int64_t clock_us, enum frame_of of, struct coming *c)
{
    take_frame(w, f, clock_us, of, c);
}

/* False without memory: then it is taken at once, at the old time. */
static bool keep_doubtful(struct worker *w, const struct frame *f, enum frame_of of)
{
    struct doubtful *d = &w->doubtful;

    d->room = malloc(f->bytes.n + 1);
    if (!d->room)
        return false;
    if (f->bytes.n)
        memcpy(d->room, f->bytes.p, f->bytes.n);
    d->frame = *f;
    d->frame.bytes = span_of(d->room, f->bytes.n);
    d->of = of;
    d->clock_us = w->clock.now_us;
    return true;
}

/* A password may be in it. */
static void doubtful_free(const struct doubtful *d)
{
    if (d->room)
        explicit_bzero(d->room, d->frame.bytes.n);
    free(d->room);
}

/* now_us: the next frame's time, where it agrees with the leap; else 0. */
static __attribute__((noinline)) void take_doubtful(struct worker *w, int64_t now_us)
{
    struct doubtful d = w->doubtful;
    struct coming c;

    if (!d.room)
        return;
    w->doubtful = (struct doubtful){0};
    if (now_us)
        d.clock_us = d.frame.ts_us < now_us ? d.frame.ts_us : now_us;
    worker_see(w, &d.frame, &c, NULL);
    take_late(w, &d.frame, d.clock_us, d.of, &c);
    doubtful_free(&d);
}

/* What the clock says of a new frame's time or a tick; what was in doubt is settled by it. */
static enum clock_step move_clock(struct worker *w, int64_t ts_us)
{
    enum clock_step step = clock_frame(&w->clock, ts_us);

    if (w->doubtful.room)
        take_doubtful(w, step == CLOCK_LEAPT ? w->clock.now_us : 0);
    return step;
}

static __attribute__((noinline)) void take_with_doubt(struct worker *w, const struct frame *f, enum frame_of of, struct coming *c)
{
    enum clock_step step = move_clock(w, f->ts_us);

    if (step != CLOCK_LEAP_WAITS || !keep_doubtful(w, f, of))
        take_late(w, f, w->clock.now_us, of, c);
}

void worker_take(struct worker *w, const struct frame *f, enum frame_of of, struct coming *c)
{
    int64_t now_us;

    if (!clock_just_goes(&w->clock, f->ts_us, &now_us)) {
        take_with_doubt(w, f, of, c);
        return;
    }
    w->clock.now_us = now_us;
    take_frame(w, f, now_us, of, c);
}

void worker_lost(struct worker *w, const struct frame *f)
{
    w->wire = f->wire;
    count_frame(w, &w->counters)->packets_not_handed++;
}

void worker_tick(struct worker *w, int64_t ts_us)
{
    struct moment now;

    move_clock(w, ts_us);
    worker_take_judge(w);
    now = (struct moment){w->clock.now_us, ts_us, w->frames_all};
    connections_moment(w->connections, &now);
    if (w->done)
        worker_hand_over(w);
}

void worker_source(struct worker *w, struct span name)
{
    take_doubtful(w, 0);
    w->room.source = name;
    w->frame = 0;
    w->source_packets = w->source_bytes = 0;
}

void worker_finish(struct worker *w, bool all_over)
{
    uint64_t lost;

    take_doubtful(w, 0);
    w->ending = all_over;
    connections_clear(w->connections);
    lost = fragments_lost(w->fragments, true);
    common(w)->packets_used -= lost;
    common(w)->packets_fragment_lost += lost;
    w->clock = (struct clock){0};
    if (w->dns)
        dns_memory_clear(w->dns);
    worker_hand_over(w);
}

/* --- life --- */

static bool open_rooms(struct worker *w, char err[256])
{
    struct mail_reader_options readers = {
        .keep_headers = w->options->keep_headers,
        .hash_parts = w->options->hash_parts,
        .authserv = w->options->authserv,
        .authserv_n = w->options->authserv_n,
    };

    if (w->options->judge)
        judge_seat_take(w->options->judge, &w->judge);
    w->suffix = w->judge ? suffix_new_by(&w->mem, w->judge->suffix, &w->key) : suffix_new(&w->mem, NULL, &w->key);
    w->hosts = host_memo_new(&w->mem, &w->key);
    if (!w->suffix || !w->hosts) {
        snprintf(err, 256, _("libpsl has no public suffix list: install the package publicsuffix"));
        return false;
    }
    w->classify = classify_new(&w->mem, !w->options->ports_n, err);
    if (!w->classify)
        return false;
    if (w->publisher)
        w->scribe = publisher_scribe(w->publisher);
    w->room.common = w->seat.index == 0 ? &w->counters : &w->unheard;
    w->readers = mail_readers_new(&w->mem, &w->key, w->suffix, &readers);
    w->fragments = fragments_new(&w->mem, &w->key);
    w->fingerprints = fingerprints_new(&w->mem);
    if (w->options->dns)
        w->dns = dns_memory_new(&w->key, w->room.common);
    w->room = (struct conversation_room){.mem = &w->mem, .options = w->options, .pool = w->pool,
                                         .readers = w->readers, .classify = w->classify, .dns = w->dns, .fingerprints = w->fingerprints,
                                         .counters = &w->counters, .common = w->room.common, .publish = worker_publish, .ctx = w};
    w->connections = connections_new(&w->room, &w->key);
    if (w->readers && w->fragments && w->fingerprints && w->connections && (w->dns || !w->options->dns) && (w->scribe || !w->publisher))
        return true;
    snprintf(err, 256, _("no memory to start"));
    return false;
}

struct worker *worker_new(const struct worker_options *o, const struct worker_seat *seat, struct record_pool *pool,
                          struct publisher *publisher, char err[256])
{
    struct worker *w = calloc(1, sizeof(*w));

    if (!w || getrandom(&w->key, sizeof(w->key), 0) != sizeof(w->key)) {
        snprintf(err, 256, _("no memory or no randomness to start"));
        free(w);
        return NULL;
    }
    w->options = o;
    if (seat)
        w->seat = *seat;
    w->pool = pool;
    w->publisher = publisher;
    w->done_end = &w->done;
    if (o->budget)
        budget_join(o->budget);
    mem_init(&w->mem, 0); /* connections keep the budget: a refusal would hit the newest, not the oldest */
    mem_shelve(&w->mem, LIMIT_SHELF_BYTES);
    if (!open_rooms(w, err) || (o->live && !classify_start(w->classify, err))) { /* live, no packet waits for it */
        worker_free(w);
        return NULL;
    }
    return w;
}

/* The suffixes' tables are written to, every page of them: one that is read first is written to later, which takes a second fault, and
 * with several threads an interrupt of all other processors. */
void worker_start(struct worker *w)
{
    if (w->judge)
        suffix_use(w->suffix, w->judge->suffix);
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    if (w->options && w->options->budget)
        budget_leave(w->options->budget);
    doubtful_free(&w->doubtful);
    connections_free(w->connections);
    dns_memory_free(w->dns);
    if (w->fragments)
        fragments_free(w->fragments);
    fingerprints_free(w->fingerprints);
    mail_readers_free(w->readers);
    classify_free(w->classify);
    host_memo_free(w->hosts);
    suffix_free(w->suffix);
    judge_release(w->judge);
    scribe_free(w->scribe);
    for (struct record *r = w->done, *next; r; r = next) {
        next = r->next;
        record_give_back(r);
    }
    mem_unshelve(&w->mem);
    free(w);
}
