/* SPDX-License-Identifier: Apache-2.0 */
/* publisher: one thread that takes finished records off a bounded queue and gives them to the sinks. */
#ifndef MXTAP_PUBLISH_PUBLISHER_H
#define MXTAP_PUBLISH_PUBLISHER_H

#include <stdatomic.h>

#include "sensor/publish/parcel.h"
#include "sensor/publish/scribe.h"

/* One source of records with its own marker (REDIS.md, Delivery 2 and 5): a live run or one file. */
struct run_info {
    char id[65];          /* hex, NUL-terminated: SHA-256 of the file's first 64 frames, or random live */
    struct span name;     /* sensor name */
    struct span source;   /* interfaces, or the file's base name; lives as long as the publisher */
    struct span options;  /* "ports=25,465 filter=... trusted=... checksum=0": what counting depends on */
    int64_t started_us;   /* wall clock */
    bool live;
};

/*
 * A sink is called by the publisher's thread only. put returns false when it can take no more now (Redis
 * queue full): a replay then waits and offers the same record again, live counts it lost in the sink.
 */
struct sink {
    const char *name;
    void (*run_begin)(struct sink *s, const struct run_info *run);
    /* In a replay: may the next run begin? False is asked again after work. NULL: always. */
    bool (*may_begin)(struct sink *s);
    bool (*put)(struct sink *s, const struct record *r);
    /* A sink of lines (one at most) has these instead of put: how its lines are written; takes a parcel, whose line may not be
     * there; lets go of what it took and still looks at, which is given back then. */
    const struct json_options *lines;
    void (*put_line)(struct sink *s, const struct parcel *x);
    void (*settle)(struct sink *s);
    bool quick; /* it waits for nobody: its lines go to a plain file */
    /* The current source ended; its totals up to its last frame. */
    void (*run_end)(struct sink *s, uint64_t packets, uint64_t bytes);
    /* Something to do without a record: descriptors to poll. Either may be NULL. */
    int (*poll_fd)(struct sink *s, short *events, int64_t *timeout_us);
    void (*work)(struct sink *s);
    /* SIGHUP: open files again. */
    void (*reopen)(struct sink *s);
    /* No more records: deliver what is in hand, at most until deadline (monotonic, us; 0 = as long as the
     * sink's own patience). Returns 0, 1 (failed) or 4 (undelivered records, said on stderr). */
    int (*finish)(struct sink *s, int64_t deadline_us);
    void (*free)(struct sink *s);
    /* The program ends: from deadline on (monotonic, us) put takes everything, and counts as lost what it
     * cannot deliver. May be NULL. */
    void (*hurry)(struct sink *s, int64_t deadline_us);
    /* Set by the publisher (publisher_watch), may be NULL: as hurry's deadline, for a finish that waits. */
    const atomic_llong *_Atomic watched;
    /* Written by the sink: as finish's value, as soon as it is certain (wrong password, patience over). */
    int status;
};

enum { PUBLISHER_SINKS = 4 };

struct budget;
struct publisher;

/* sinks are owned from here on. wait: a replay waits on a full queue instead of dropping; one whose sinks are all quick has no
 * queue and no thread: whoever hands something over delivers it. */
struct publisher *publisher_start(struct sink *const *sinks, unsigned n, bool wait, char err[256]);

/* Records that wait are taken from b; before the first one. */
void publisher_budget(struct publisher *p, struct budget *b);
/* For a thread that finishes records. The caller's, who may free it after p, but not use it then. NULL without memory. */
struct scribe *publisher_scribe(const struct publisher *p);
/* r is wrapped by s (sensor/publish/scribe). NULL without memory: then it is dropped and counted. */
struct parcel *publisher_wrap(struct publisher *p, struct scribe *s, struct record *r);
/* Takes x. Live, when the queue is full, x is dropped and counted. Any thread. */
void publisher_pass(struct publisher *p, struct parcel *x);
/* Both at once, by a scribe of p's own: one thread at a time. */
void publisher_put(struct publisher *p, struct record *r);
/* Live, the input is over: what its end gives at once may be more than the queue holds, and nothing is hurt
 * by waiting any more. Sinks that are full still lose and count. */
void publisher_input_over(struct publisher *p);
void publisher_run_begin(struct publisher *p, const struct run_info *run); /* copied */
void publisher_run_end(struct publisher *p, uint64_t packets, uint64_t bytes);
void publisher_reopen(struct publisher *p);

struct publisher_stats {
    uint64_t records, delivered, queued, dropped; /* of the queue; sinks keep their own */
};
void publisher_stats(struct publisher *p, struct publisher_stats *out);

/* Not 0 as soon as a sink knows that it cannot do its work (as struct sink's status): stop reading. */
int publisher_status(struct publisher *p);

/* From now on *deadline is looked at (monotonic, us; 0 = none): once it is set, which a signal handler may
 * do, sinks that wait, also in finish, wait no longer than that. It must outlive p. */
void publisher_watch(struct publisher *p, const atomic_llong *deadline);

/* Empties the queue, finishes the sinks, stops the thread, frees all. The worst status of the sinks. */
int publisher_finish(struct publisher *p, int64_t deadline_us);

#endif
