/* SPDX-License-Identifier: Apache-2.0 */
/* sink_redis: what its rooms share: the sink (records in), delivery (batches out), check (is this Redis ours). */
#ifndef MXTAP_PUBLISH_SINK_REDIS_H
#define MXTAP_PUBLISH_SINK_REDIS_H

#include "sensor/log.h"
#include "sensor/publish/redis_batch.h"
#include "sensor/publish/redis_copies.h"
#include "sensor/publish/redis_record.h"
#include "sensor/publish/redis_servers.h"
#include "sensor/publish/redis_window.h"
#include "sensor/publish/sinks.h"

/* records = delivered + already_there + queued + spooled + lost + open_at_end; queued is what is left over. */
struct redis_counts {
    uint64_t records, delivered, already_there, spooled, lost, open_at_end;
    uint64_t key_errors;   /* writes that met a key of another type */
    uint64_t redis_lost;   /* records that Redis had acked and lost, and the window no longer held */
    uint64_t flushed;      /* records whose counts somebody threw away */
    uint64_t reconnects, resent;
    uint64_t entities_trimmed; /* pushed out by --redis-entities and --redis-memory */
    uint64_t boards_trimmed;   /* by --redis-memory */
};

/* Of one bucket. */
enum redis_phase {
    PHASE_DOWN,  /* no connection; the link tries */
    PHASE_CHECK, /* connected: who is it, has it our script, where are our markers */
    PHASE_FLOW,  /* steps go out */
    PHASE_DRAIN  /* something went wrong: waits for the answers under way, then checks again at retry_at */
};

/* --redis-memory: of the server that holds the bucket, by its INFO. On a cluster each server has all of it. */
struct redis_memory {
    bool asked;          /* a question or a step is under way */
    bool denied;         /* we may not ask */
    bool over;           /* more than it may: something goes until it is below */
    bool hold;           /* so much more that batches wait */
    bool periods;        /* there may be boards that can go */
    bool boards_next;
    unsigned level;      /* the bound on entities is halved so often */
    uint64_t acked_then;
    int64_t look_at, stuck_until; /* until then nothing of ours was left to go */
};

/* Old entities are trimmed in small steps, one under way for each kind. */
struct redis_bounds {
    bool due[KINDS];        /* to be looked at */
    bool more[KINDS];       /* was over its bound and has more to give */
    bool asked[KINDS];      /* a step is under way */
    bool far_over[KINDS];   /* so far over its bound that batches wait */
    bool asked_name;        /* redis_namesake's question is */
    unsigned under_way, holds;
    uint64_t acked_then;
    int64_t pass_at, streams_at;
    struct redis_memory memory;
};

/* One bucket's way into Redis: each has its own markers, and neither waits for the others. A single server has one. */
struct redis_lane {
    struct sink_redis *sink;
    unsigned bucket;
    char prefix[128 + BUCKET_TAG];   /* of its keys, with the last colon */
    struct redis_server *server;     /* that it was checked with; NULL: none */
    enum redis_phase phase;
    unsigned asked, in_flight;       /* questions of the check; steps */
    int64_t retry_at;
    bool wrong, restarted;           /* of the check: an answer was an error; the server forgets */
    bool calendar_asked;             /* of the check: its last question */
    bool known_before;               /* a check ended well, with the server below */
    const struct redis_server *checked; /* only to be compared */
    char id[41];
    unsigned connects;
    struct redis_bounds bounds;
};

struct sink_redis {
    struct sink sink;
    struct redis_options options;
    char where[256];           /* the server, for people */
    struct redis_url url;
    struct mem mem;
    struct redis_servers *servers;
    unsigned buckets;          /* 1, or a cluster's */
    struct redis_lane lanes[REDIS_BUCKETS];
    struct redis_batch *batch;
    struct redis_recorder *recorder;
    struct redis_copies *copies;

    struct redis_run *runs, *run; /* all of this call; the current one */
    unsigned runs_n, runs_most; /* in that list; when to look which of them can go */
    struct window window;
    struct spool *spool;          /* NULL: none */
    struct buf spool_frame;       /* the frame being written or read */
    uint64_t open_records;        /* in the batch being filled */
    struct redis_seq open_seq;    /* its last record's place */
    uint64_t open_packets, open_bytes;
    int64_t open_ts_us;           /* the latest packet time of its records, and of those before */
    uint64_t sealed_ms;           /* of the last sealed batch */
    struct record_health health;  /* live: of the last stats record */
    uint64_t flows_open;
    int64_t cut_at;               /* live: when it is sealed at the latest; 0 = empty */

    bool over;                 /* given up: what comes is lost and counted */
    int64_t good_at, deadline; /* good_at: when Redis last took something, or nothing was due */
    uint64_t batches_acked;
    char script[41], trim_script[41], memory_script[41], calendar_script[41]; /* SHA-1, the same on every server */
    bool policy_said, outage_said, waiting_said, types_checked, namesake_said;
    uint64_t name_acked_then;  /* redis_namesake's last question */
    int64_t name_at;           /* its next one, if batches come */
    struct log_limit key_errors_said, full_said, spool_said, spool_failed_said, memory_said, stuck_said;
    struct redis_counts counts;
};

/* What the link to Redis says; each line begins with "redis: ". */
#define redis_say(...) log_line(LOG_TROUBLE, __VA_ARGS__)
#define redis_note(...) log_line(LOG_NOTE, __VA_ARGS__)

/* sink_redis.c */
uint64_t redis_queued(const struct sink_redis *x);

/* redis_account.c */
/* One line that accounts for every record of the run. */
void redis_say_counts(const struct sink_redis *x);
/* At the end: once, when *due_us (monotonic) has come and records still wait; *due_us is 0 from then on. */
void redis_say_waiting(const struct sink_redis *x, int64_t *due_us);

/* redis_seal.c */
void redis_seal_open(struct sink_redis *x);
/* The run's totals as a batch without records, where they are not in Redis yet. */
void redis_seal_end(struct sink_redis *x, struct redis_run *run);
/* The place behind the run's last record: its last frame. */
struct redis_seq redis_end_of(const struct redis_run *run);

/* redis_spool.c: all of it does nothing without --spool. */
/* Takes over what an earlier process left. */
bool redis_spool_open(struct sink_redis *x, char err[SINK_ERR]);
/* A batch just sealed goes to disk; its memory may be given back. It may push out the oldest ones. */
void redis_spool_keep(struct sink_redis *x, struct sealed *s);
/* A batch that is only on disk, to be sent now. False: it is lost, counted, and gone. */
bool redis_spool_load(struct sink_redis *x, struct sealed *s);
/* A batch that some bucket has yet to get, and that is on disk, need not be in memory too. */
void redis_spool_shed(struct sink_redis *x, struct sealed *s);
void redis_spool_close(struct sink_redis *x);

/* redis_delivery.c */
extern const struct redis_servers_events redis_delivery_events;
void redis_lanes_init(struct sink_redis *x);
void redis_pump(struct sink_redis *x);
void redis_pump_lane(struct redis_lane *l);
void redis_check_over(struct redis_lane *l);
/* No answer is under way that belongs to the lane. */
bool redis_lane_is_idle(const struct redis_lane *l);
/* Nothing more is sent; a check follows at the earliest after wait_us. */
void redis_drain(struct redis_lane *l, int64_t wait_us);
/* Gives up: everything queued and to come is lost. status as struct sink's. */
void redis_give_up(struct sink_redis *x, int status);
/* An error that is not about one batch: waits, stops, reloads or goes elsewhere, by its class. */
void redis_handle_error(struct redis_lane *l, struct span error);
/* The same of what was asked of a server for all its lanes. */
void redis_handle_server_error(struct sink_redis *x, struct redis_server *s, struct span error);
void redis_delivery_work(struct sink_redis *x);

/* redis_send.c */
/* False: the link is down or memory is refused; nothing was sent. */
bool redis_send_step(struct redis_lane *l, struct sealed_step *step, redis_answer answer);

/* redis_bounds.c */
extern const char redis_trim_script[];
void redis_bounds_work(struct sink_redis *x);
/* The entities of a kind that a lane's bucket keeps; fewer where the server holds too much. */
uint64_t redis_bounds_entities(const struct redis_lane *l);
/* At the end: one more look at every kind. True while that goes on. */
bool redis_bounds_finish(struct sink_redis *x);
/* The answers under way will not come. */
void redis_bounds_reset(struct redis_lane *l);
/* Looks at every kind, now; whether that goes on. */
void redis_bounds_pass(struct redis_lane *l);
bool redis_bounds_busy(const struct redis_lane *l);

/* redis_memory.c */
extern const char redis_memory_script[];
void redis_memory_work(struct redis_lane *l, bool at_the_end);
void redis_memory_reset(struct redis_lane *l);
/* When it wants to be called next; 0 = no matter. */
int64_t redis_memory_due(const struct redis_lane *l);

/* redis_namesake.c: live, before the next batch of the run: says once that another sensor of the same name writes too. */
void redis_namesake_look(struct sink_redis *x);

/* redis_check.c */
void redis_check_begin(struct redis_lane *l);
/* A question of the lane's check, and each answer's end. */
void redis_check_ask(struct redis_lane *l, redis_answer answer, void *tag, const struct span *args, unsigned n);
void redis_check_answered(struct redis_lane *l);
/* redis_calendar.c: asks whose days the bucket's boards have, or says so if nobody did; another's than ours ends the delivery. */
extern const char redis_calendar_script[];
void redis_ask_calendar(struct redis_lane *l);
/* redis_types.c: asks for the types of the fixed keys. */
void redis_ask_types(struct redis_lane *l);
/* A run's markers are asked for (where a link is up; else the next check asks). */
void redis_ask_markers(struct sink_redis *x, struct redis_run *run);

#endif
