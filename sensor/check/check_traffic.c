/* SPDX-License-Identifier: Apache-2.0 */
/* check_traffic: looks for as long as was asked, and hands what passed to check_seen. */
#include <inttypes.h>
#include <sys/random.h>

#include "sensor/check/check.h"
#include "sensor/check/check_seen.h"
#include "sensor/intake/interface_counts.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/run_signals.h"

enum { SECOND_US = 1000 * 1000, FRAMES_BETWEEN = 4096 };

/* Where ports are found by nDPI, what is looked for here are the usual ones. */
static const uint16_t usual_ports[] = {25, 465, 587, 2525};

struct watching {
    struct said *said;
    const struct options *o;
    struct capture *capture;
    struct glance *glance;
    int64_t begun_us, next_us; /* monotonic; when progress is shown again */
    int counts_fd;
    uint64_t before[OPTIONS_INTERFACES];
};

static struct glance *new_glance(const struct worker_options *w)
{
    struct hash_key key;

    if (getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
        return NULL;
    return w->ports_n ? glance_new(w->ports, w->ports_n, &key)
                      : glance_new(usual_ports, sizeof(usual_ports) / sizeof(*usual_ports), &key);
}

static void show_progress(struct watching *w)
{
    const struct glance_counts *n = glance_counts(w->glance);
    int64_t now = monotonic_us(), left = w->begun_us + w->o->look_us - now;
    char text[160];

    if (now < w->next_us)
        return;
    w->next_us = now + SECOND_US / 2;
    if (w->o->paths_n)
        snprintf(text, sizeof(text), _("%" PRIu64 " packets, %" PRIu64 " of mail"), n->frames, n->mail);
    else
        snprintf(text, sizeof(text), _("%u seconds left, %" PRIu64 " packets of mail"), (unsigned)(left / SECOND_US + 1), n->mail);
    log_progress(text);
}

static void trouble(struct watching *w)
{
    int status;

    log_progress(NULL);
    said(w->said, SAID_WRONG, "%s", capture_trouble(w->capture, &status));
}

/* False at the end. */
static bool step(struct watching *w)
{
    struct frame f;

    switch (capture_next(w->capture, &f)) {
    case CAPTURE_FRAME:
        if (!f.filtered)
            glance_frame(w->glance, &f);
        if (w->o->paths_n && glance_counts(w->glance)->frames % FRAMES_BETWEEN)
            return true;
        break;
    case CAPTURE_TROUBLE: trouble(w); break;
    case CAPTURE_END: return false;
    case CAPTURE_IDLE: case CAPTURE_SOURCE: break;
    }
    show_progress(w);
    return !run_signals_stop() && (w->o->paths_n || monotonic_us() - w->begun_us < w->o->look_us);
}

static void received(struct watching *w, uint64_t out[OPTIONS_INTERFACES])
{
    for (unsigned i = 0; i < w->o->ifaces_n; i++)
        if (!interface_counts_received(w->counts_fd, w->o->ifaces[i], &out[i]))
            out[i] = CHECK_NOT_TOLD;
}

static void say_what_was_seen(struct watching *w)
{
    const struct options *o = w->o;
    struct check_seen seen = {.o = o, .glance = w->glance, .seconds = (unsigned)((monotonic_us() - w->begun_us) / SECOND_US)};

    if (!o->paths_n) {
        capture_counts(w->capture, &seen.kernel);
        received(w, seen.received);
        for (unsigned i = 0; i < o->ifaces_n; i++)
            if (seen.received[i] != CHECK_NOT_TOLD && w->before[i] != CHECK_NOT_TOLD)
                seen.received[i] -= w->before[i];
            else
                seen.received[i] = CHECK_NOT_TOLD;
    }
    check_say_seen(w->said, &seen);
}

void check_traffic(struct said *s, const struct options *o, struct capture *c, int counts_fd)
{
    struct watching w = {.said = s, .o = o, .capture = c, .glance = new_glance(&o->worker), .begun_us = monotonic_us(),
                         .counts_fd = counts_fd};
    unsigned seconds = (unsigned)(o->look_us / SECOND_US);

    if (o->paths_n)
        said_title(s, N_("What it shows"));
    else
        said_title(s, P_("What passes within %u second", "What passes within %u seconds", seconds), seconds);
    w.next_us = w.begun_us + SECOND_US;
    if (!w.glance) {
        said(s, SAID_WRONG, "no memory");
    } else {
        received(&w, w.before);
        while (step(&w))
            ;
        log_progress(NULL);
        say_what_was_seen(&w);
    }
    glance_free(w.glance);
    capture_free(c);
}
