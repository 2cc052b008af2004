/* SPDX-License-Identifier: Apache-2.0 */
/* check: the order of the parts, and the last line. */
#include "sensor/check/check.h"

#include <unistd.h>

#include "sensor/intake/interface_counts.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/run_lock.h"
#include "sensor/run_signals.h"

/* A stranger's bytes are looked at behind the same walls as a capture's. */
static bool lock(struct said *s, const struct options *o)
{
    char err[256] = "";

    if (o->paths_n || (run_lock_files(o, err) && run_lock_calls(-1, err)))
        return true;
    said(s, SAID_WRONG, "%s", err);
    return false;
}

static void last_line(struct said *s)
{
    const char *more = s->notes ? _("; what is noted above is good to know") : "";

    if (s->wrong)
        fprintf(s->out, P_("\n%u thing is wrong: what to do stands below it.\n", "\n%u things are wrong: what to do stands below each.\n",
                           s->wrong), s->wrong);
    else
        fprintf(s->out, _("\nNothing is wrong%s.\n"), more);
}

int check(struct options *o)
{
    struct said s = {.out = stdout};
    int counts_fd = interface_counts_open(); /* while files are not locked */
    struct capture *c;

    log_verbosity(o->verbosity > 0 ? o->verbosity : -1); /* the lines of the check say it */
    run_signals_catch();
    check_plan(&s, o);
    said_title(&s, N_("What can be opened"));
    c = check_intake(&s, o);
    check_files(&s, o);
    check_redis(&s, o);
    if (c && lock(&s, o)) {
        log_verbosity(o->verbosity); /* progress */
        check_traffic(&s, o, c, counts_fd);
    } else {
        capture_free(c);
    }
    if (counts_fd >= 0)
        close(counts_fd);
    last_line(&s);
    return s.wrong ? STATUS_FAILED : STATUS_OK;
}
