/* SPDX-License-Identifier: Apache-2.0 */
/* patience: the clock is asked now and then, not for every mail. */
#include "sensor/console/patience.h"

#include <stdbool.h>
#include <stdio.h>

#include "sensor/language.h"
#include "sensor/log.h"

enum { EVERY = 256, FIRST_US = 1000 * 1000, NEXT_US = 250 * 1000 };

static struct {
    int64_t waits_since, reads_since, next;
    bool hushed;
} state;

/* True once a second has passed since *begun, and then four times a second. */
static bool is_due(int64_t *begun)
{
    int64_t now = monotonic_us();

    if (!*begun)
        *begun = now;
    if (state.hushed || now - *begun < FIRST_US || now < state.next)
        return false;
    state.next = now + NEXT_US;
    return true;
}

void patience_waits(void)
{
    if (is_due(&state.waits_since))
        log_progress(_("waiting for Redis to answer"));
}

void patience_goes_on(void)
{
    state.waits_since = 0;
}

void patience_reads(uint64_t mails)
{
    char text[80];

    if (mails % EVERY || !is_due(&state.reads_since))
        return;
    snprintf(text, sizeof(text), _("%llu mails read"), (unsigned long long)mails);
    log_progress(text);
}

void patience_ends(void)
{
    state.waits_since = state.reads_since = 0;
    if (!state.hushed)
        log_progress(NULL);
}

void patience_hush(void)
{
    state.hushed = true;
}
