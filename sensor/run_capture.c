/* SPDX-License-Identifier: Apache-2.0 */
/* run_capture: interfaces need the privileges that are given up right behind them. */
#include "sensor/run_capture.h"

#include <sys/random.h>

#include "sensor/intake/privileges.h"
#include "sensor/language.h"

enum { BUFFER_LEAST = 64 * 1024 }; /* bytes of a ring, each worker's */

static bool interfaces_open(struct run_capture *c, const struct options *o, int *status, char err[CAPTURE_ERR])
{
    const uint64_t part = o->buffer / o->workers, buffer = part < BUFFER_LEAST ? BUFFER_LEAST : part;
    const struct live_options live = {
        .ifaces = o->ifaces, .ifaces_n = o->ifaces_n, .filter = o->filter, .ports = o->worker.ports,
        .ports_n = o->worker.ports_n, .dns = o->worker.dns, .snaplen = o->snaplen, .buffer = buffer,
        .promiscuous = o->promiscuous, .fanout = o->workers > 1 ? &c->fanout : NULL};
    const char *user = NULL;

    *status = STATUS_FAILED;
    if (!share_draw(&c->fanout.share, (unsigned)o->workers)) {
        snprintf(err, CAPTURE_ERR, "%s", _("no random numbers to divide frames by"));
        return false;
    }
    while (c->n < o->workers) {
        c->each[c->n] = capture_open_live(&live, status, err);
        if (!c->each[c->n])
            return false;
        c->n++;
    }
    *status = STATUS_FAILED;
    return privileges_user(o->user, &user, err) && privileges_drop(user, err);
}

/* For each worker, where each can read them. */
static bool files_open_again(struct run_capture *c, unsigned workers, int *status, char err[CAPTURE_ERR])
{
    if (workers == 1 || !capture_files_plain(c->each[0]))
        return true;
    *status = STATUS_FAILED;
    for (; c->n < workers; c->n++) {
        c->each[c->n] = capture_open_again(c->each[0]);
        if (!c->each[c->n]) {
            snprintf(err, CAPTURE_ERR, "%s", _("no memory"));
            return false;
        }
    }
    return true;
}

static bool files_open(struct run_capture *c, const struct options *o, int *status, char err[CAPTURE_ERR])
{
    *status = STATUS_FAILED;
    if (o->user && !privileges_drop(o->user, err))
        return false;
    c->each[0] = capture_open_files(o->paths, o->paths_n, o->filter, status, err);
    c->n = c->each[0] ? 1 : 0;
    return c->n && files_open_again(c, (unsigned)o->workers, status, err);
}

bool run_capture_open(struct run_capture *c, const struct options *o, int *status, char err[CAPTURE_ERR])
{
    return o->verb == VERB_CAPTURE ? interfaces_open(c, o, status, err) : files_open(c, o, status, err);
}

void run_capture_close(struct run_capture *c)
{
    while (c->n)
        capture_free(c->each[--c->n]);
}

bool run_capture_id(char id[65])
{
    uint8_t b[16];

    if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
        return false;
    for (unsigned i = 0; i < sizeof(b); i++)
        snprintf(id + 2 * i, 3, "%02x", b[i]);
    return true;
}
