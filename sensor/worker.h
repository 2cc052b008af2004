/* SPDX-License-Identifier: Apache-2.0 */
/* worker: one thread: frame in, records out; replaces globals. It knows no sink, no option's text, no file. */
#ifndef MXTAP_SENSOR_WORKER_H
#define MXTAP_SENSOR_WORKER_H

#include "sensor/budget.h"
#include "sensor/clock.h"
#include "sensor/flows/classify.h"
#include "sensor/intake/capture.h"
#include "sensor/publish/publisher.h"
#include "sensor/share.h"

/* What decoding and judging depend on; borrowed for the worker's life. */
struct worker_options {
    uint16_t ports[64];
    unsigned ports_n;         /* 0 = any: nDPI finds SMTP */
    struct ip_net *trusted;   /* whose Received fields are believed */
    unsigned trusted_n;
    struct ip_net *home;
    unsigned home_n;
    struct span *home_domains, *authserv;
    unsigned home_domains_n, authserv_n;
    bool checksum, keep_headers, keep_auth_user, hash_parts, live, to_be_continued;
    bool dns;                 /* DNS on port 53 is read too */
    struct budget *budget;    /* what flows and mails may hold; NULL: LIMIT_WORKER_BYTES */
    struct judge_seat *judge; /* the files that judging depends on; NULL: none */
};

/* Where a worker sits among several. Callbacks are made by the worker's own thread. */
struct worker_seat {
    struct share share;
    unsigned index;
    void *ctx;
    /* Takes a finished record in the publisher's place; NULL: the publisher gets it. */
    void (*put)(void *ctx, struct parcel *x);
    /* What the source has counted up to now, where this worker does not see all of it; NULL: it does. */
    void (*totals)(void *ctx, uint64_t *packets, uint64_t *bytes);
};

struct worker;

/* seat is copied; NULL: there is one worker. err is filled on NULL. pool and publisher are borrowed. */
struct worker *worker_new(const struct worker_options *o, const struct worker_seat *seat, struct record_pool *pool,
                          struct publisher *publisher, char err[256]);

/* Of several: what is better done by its thread, before all below. */
void worker_start(struct worker *w);

/* A source begins. carry: flow state of the one before goes on (files of one call that follow each other). */
void worker_source(struct worker *w, struct span name);
/* One frame. Finishes records, which go to the publisher in the order of enum record_step, then of their connections'
 * first frames, then of tx_id, the session last. Of several workers, those whose packet it is not leave it alone. */
void worker_frame(struct worker *w, const struct frame *f);
/* n of them (any number), whose bytes stay until all are taken: what each needs is asked for while those before it are taken. */
void worker_frames(struct worker *w, const struct frame *f, unsigned n);
/* What is known of a frame before it is taken apart: nothing, that it is this worker's, that it is another's. */
enum frame_of { FRAME_OF_ANYBODY, FRAME_OF_MINE, FRAME_OF_OTHERS };

enum { WORKER_FRAMES = 128 }; /* at most together */

/* As worker_frames, of several workers' frames; of: whose each is. Of another's only time and length are read, and its bytes are not. */
void worker_frames_of(struct worker *w, const struct frame *f, const uint8_t *of, unsigned n);
/* One frame that is known to be another worker's. */
void worker_pass(struct worker *w, const struct frame *f);
/* A frame that another worker should have had and did not get: it is counted here, as lost. */
void worker_lost(struct worker *w, const struct frame *f);
/* Live, nothing came: the capture clock went on. */
void worker_tick(struct worker *w, int64_t ts_us);
/* Ends every flow: all_over at the end of all input, else before a file that does not follow on. */
void worker_finish(struct worker *w, bool all_over);

/* Frames taken over all sources; one that is in doubt (sensor/clock) is not among them yet. */
uint64_t worker_moment(const struct worker *w);

/* What a worker has to tell, to be added up over all of them. */
struct worker_report {
    struct counters counters;
    uint64_t protocols[CLASSIFY_NAMES_MOST]; /* flows that nDPI named so, by its numbers */
    int64_t packet_us;                       /* the last frame's own time */
    uint64_t frame, packets, bytes;          /* of the source */
};
void worker_report(const struct worker *w, struct worker_report *out);
/* Counters and protocols are added; the rest is of the one that is further. */
void worker_report_add(struct worker_report *to, const struct worker_report *r);
/* A stats record of it (names of protocols and of the source are w's); health (copied) is in it unless it is NULL. NULL
 * without memory. */
struct record *worker_stats(const struct worker *w, const struct worker_report *r, const struct record_health *health);
/* Behind publisher_finish: what it made goes back to it. */
void worker_free(struct worker *w);

#endif
