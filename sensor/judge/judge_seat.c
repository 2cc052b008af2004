/* SPDX-License-Identifier: Apache-2.0 */
/* judge_seat: the newest judge, and the thread that opens the next one. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "sensor/judge/judge.h"
#include "sensor/log.h"
#include "sensor/quiet_thread.h"

/* Under the lock: judge, asked, stopping. number is judge's, to be read without the lock. */
struct judge_seat {
    const struct judge_options *options;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool has_thread, asked, stopping;
    struct judge *judge;
    atomic_ulong number;
};

struct judge_seat *judge_seat_new(struct judge *j, const struct judge_options *o)
{
    struct judge_seat *s = calloc(1, sizeof(*s));

    if (!s) {
        judge_release(j);
        return NULL;
    }
    s->options = o;
    s->judge = j;
    atomic_init(&s->number, j->number);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    return s;
}

static void seat(struct judge_seat *s, struct judge *j)
{
    struct judge *old;

    pthread_mutex_lock(&s->lock);
    old = s->judge;
    s->judge = j;
    atomic_store(&s->number, j->number);
    pthread_mutex_unlock(&s->lock);
    judge_release(old);
}

static void reload(struct judge_seat *s)
{
    int64_t from = monotonic_us();
    char err[JUDGE_ERR];
    struct judge *j = judge_open(s->options, err);

    if (!j) {
        log_line(LOG_TROUBLE, "reload: %s; what was read before stays", err);
        return;
    }
    log_line(LOG_DETAIL, "reload: files read again in %lld ms", (long long)((monotonic_us() - from) / 1000));
    seat(s, j);
}

static void *reloads(void *ctx)
{
    struct judge_seat *s = ctx;

    pthread_mutex_lock(&s->lock);
    while (!s->stopping) {
        if (!s->asked) {
            pthread_cond_wait(&s->wake, &s->lock);
            continue;
        }
        s->asked = false;
        pthread_mutex_unlock(&s->lock);
        reload(s);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

void judge_seat_reload(struct judge_seat *s)
{
    pthread_mutex_lock(&s->lock);
    if (!s->has_thread)
        s->has_thread = quiet_thread_start(&s->thread, reloads, s) == 0;
    if (!s->has_thread)
        log_line(LOG_TROUBLE, "reload: no thread for it; what was read before stays");
    s->asked = s->has_thread;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

bool judge_seat_take(struct judge_seat *s, struct judge **mine)
{
    struct judge *old = *mine;

    if (old && atomic_load_explicit(&s->number, memory_order_acquire) == old->number)
        return false;
    pthread_mutex_lock(&s->lock);
    *mine = s->judge;
    judge_hold(*mine);
    pthread_mutex_unlock(&s->lock);
    judge_release(old);
    return true;
}

void judge_seat_free(struct judge_seat *s)
{
    if (!s)
        return;
    if (s->has_thread) {
        pthread_mutex_lock(&s->lock);
        s->stopping = true;
        pthread_cond_signal(&s->wake);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    judge_release(s->judge);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
