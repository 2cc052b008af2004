/* SPDX-License-Identifier: Apache-2.0 */
/* metrics_mails: a sink that counts: mails by outcome and country, findings. Whatever senders invent, there are no more counts. */
#include "sensor/judge/findings_table.h"
#include "sensor/metrics/metrics_state.h"

static const char *const findings[] = {
#define X(id, weight, of_origin, test, sentence, why) id,
    FINDINGS(X)
#undef X
};

enum { FINDINGS_N = sizeof(findings) / sizeof(*findings) };
_Static_assert((int)FINDINGS_N <= (int)METRICS_FINDINGS, "a finding has no room");

static bool is_list(const char *id)
{
    return strncmp(id, "watchlist.", 10) == 0;
}

unsigned metrics_findings_n(void)
{
    return FINDINGS_N;
}

const char *metrics_finding_name(unsigned i)
{
    return is_list(findings[i]) ? "watchlist" : findings[i];
}

/* An operator may have any number of lists: they are one count, that of the table's "watchlist.<list>". */
static unsigned finding_of(const char *id)
{
    unsigned i = 0;

    while (i < FINDINGS_N - 1 && strcmp(findings[i], id) != 0 && !(is_list(id) && is_list(findings[i])))
        i++;
    return i;
}

static unsigned country_of(struct span s)
{
    unsigned a, b;

    if (s.n != 2 || !ascii_alpha(s.p[0]) || !ascii_alpha(s.p[1]))
        return METRICS_COUNTRIES - 1;
    a = ascii_lower(s.p[0]) - 'a', b = ascii_lower(s.p[1]) - 'a';
    return 26 * a + b;
}

void metrics_country_name(unsigned i, char name[3])
{
    if (i == METRICS_COUNTRIES - 1) {
        name[0] = 0;
        return;
    }
    name[0] = (char)('A' + i / 26);
    name[1] = (char)('A' + i % 26);
    name[2] = 0;
}

static void add_one(atomic_ullong *n)
{
    atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static bool put(struct sink *s, const struct record *r)
{
    struct metrics *m = (struct metrics *)(void *)s;

    if (r->type != RECORD_SMTP || (unsigned)r->outcome >= METRICS_OUTCOMES)
        return true;
    add_one(&m->mails[r->outcome][country_of(r->origin.geo.country)]);
    for (uint32_t i = 0; i < r->findings_n; i++)
        add_one(&m->findings[finding_of(r->findings[i].id)]);
    if (r->score >= m->alert_score)
        add_one(&m->alerts);
    return true;
}

static int finish(struct sink *s, int64_t deadline_us)
{
    (void)s;
    (void)deadline_us;
    return 0;
}

/* Its memory outlives the publisher: somebody may be reading. */
static void keep(struct sink *s)
{
    (void)s;
}

void metrics_mails_init(struct metrics *m)
{
    m->sink = (struct sink){.name = "metrics", .put = put, .finish = finish, .free = keep};
}
