/* SPDX-License-Identifier: Apache-2.0 */
/* classify_mail: one lock, for its start and for its use. */
#include "sensor/flows/classify_mail.h"

#include <stdlib.h>

#include "sensor/flows/classify_module.h"
#include "sensor/quiet_thread.h"

struct classify_mail {
    pthread_mutex_t lock;
    bool started, kept;            /* under the lock, as all below */
    struct classify_module module;
};

enum { SHARED_BY = 2 /* workers */ };

struct classify_mails {
    pthread_t ahead;
    bool has_ahead;
    unsigned n;
    struct classify_mail *each[];
};

struct classify_mail *classify_mail_new(void)
{
    struct classify_mail *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    pthread_mutex_init(&m->lock, NULL);
    classify_memory_open();
    return m;
}

bool classify_mail_start(struct classify_mail *m)
{
    bool ok;

    pthread_mutex_lock(&m->lock);
    if (!m->started)
        classify_module_start(&m->module, false);
    m->started = true;
    ok = m->module.ndpi;
    pthread_mutex_unlock(&m->lock);
    return ok;
}

size_t classify_mail_bytes(struct classify_mail *m)
{
    size_t n;

    pthread_mutex_lock(&m->lock);
    n = classify_module_bytes(&m->module);
    pthread_mutex_unlock(&m->lock);
    return n;
}

struct ndpi_detection_module_struct *classify_mail_take(struct classify_mail *m)
{
    pthread_mutex_lock(&m->lock);
    return m->module.ndpi;
}

void classify_mail_give(struct classify_mail *m)
{
    pthread_mutex_unlock(&m->lock);
}

void classify_mail_kept(struct classify_mail *m)
{
    pthread_mutex_lock(&m->lock);
    m->kept = true;
    pthread_mutex_unlock(&m->lock);
}

void classify_mail_free(struct classify_mail *m)
{
    if (!m)
        return;
    classify_module_stop(&m->module, m->kept);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* --- of several workers --- */

struct classify_mails *classify_mails_new(unsigned workers)
{
    unsigned n = (workers + SHARED_BY - 1) / SHARED_BY;
    struct classify_mails *s = calloc(1, sizeof(*s) + n * sizeof(s->each[0]));

    for (; s && s->n < n; s->n++) {
        s->each[s->n] = classify_mail_new();
        if (!s->each[s->n]) {
            classify_mails_free(s);
            return NULL;
        }
    }
    return s;
}

static void *start(void *ctx)
{
    classify_mail_start(ctx);
    return NULL;
}

void classify_mails_ahead(struct classify_mails *s)
{
    s->has_ahead = quiet_thread_start(&s->ahead, start, s->each[0]) == 0;
}

struct classify_mail *classify_mails_of(struct classify_mails *s, unsigned i)
{
    return s ? s->each[i / SHARED_BY] : NULL;
}

bool classify_mails_first(unsigned i)
{
    return i % SHARED_BY == 0;
}

void classify_mails_free(struct classify_mails *s)
{
    if (!s)
        return;
    if (s->has_ahead)
        pthread_join(s->ahead, NULL);
    for (unsigned i = 0; i < s->n; i++)
        classify_mail_free(s->each[i]);
    free(s);
}
