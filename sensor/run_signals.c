/* SPDX-License-Identifier: Apache-2.0 */
/* run_signals: handlers that only set flags, but for the last one. */
#include "sensor/run_signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/options.h"

static volatile sig_atomic_t stop, statistics, reopen;
static atomic_llong deadline;

/* All of this is async-signal-safe: an atomic store, clock_gettime, signal, alarm. */
static void on_stop(int number)
{
    (void)number;
    stop = 1;
    atomic_store(&deadline, monotonic_us() + STOP_SINK_SECONDS * INT64_C(1000000));
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    alarm(STOP_SECONDS);
}

static const char *too_late; /* a handler looks no text up */

static void on_alarm(int number)
{
    ssize_t done = write(STDERR_FILENO, too_late, strlen(too_late));

    (void)number;
    (void)done;
    _exit(STATUS_UNDELIVERED);
}

static void on_statistics(int number)
{
    (void)number;
    statistics = 1;
}

static void on_reopen(int number)
{
    (void)number;
    reopen = 1;
}

static void catch(int number, void (*handler)(int), int flags)
{
    struct sigaction a;

    memset(&a, 0, sizeof(a));
    a.sa_handler = handler;
    a.sa_flags = flags;
    sigemptyset(&a.sa_mask);
    sigaction(number, &a, NULL);
}

void run_signals_catch(void)
{
    too_late = _("mxtap: could not finish in time: some records were not delivered\n");
    catch(SIGPIPE, SIG_IGN, 0);
    catch(SIGINT, on_stop, 0);
    catch(SIGTERM, on_stop, 0);
    catch(SIGALRM, on_alarm, 0);
    catch(SIGUSR1, on_statistics, SA_RESTART);
    catch(SIGHUP, on_reopen, SA_RESTART);
}

static bool take(volatile sig_atomic_t *flag)
{
    bool was = *flag;

    if (was)
        *flag = 0;
    return was;
}

bool run_signals_stop(void)
{
    return stop;
}

bool run_signals_statistics(void)
{
    return take(&statistics);
}

bool run_signals_reopen(void)
{
    return take(&reopen);
}

const atomic_llong *run_signals_deadline(void)
{
    return &deadline;
}
