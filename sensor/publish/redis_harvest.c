/* SPDX-License-Identifier: Apache-2.0 */
/* redis_harvest: one board a day. */
#include "sensor/publish/redis_harvest.h"

static int64_t unknown_recipients(const struct record *r)
{
    int64_t n = 0;

    for (uint32_t i = 0; i < r->rcpt_n; i++)
        n += r->rcpt[i].no_mailbox;
    return n;
}

void redis_stage_harvest(struct redis_batch *b, struct arena *a, const struct record *r, const struct redis_values *v,
                         struct span day)
{
    const struct redis_value_list *ips = &v->kinds[KIND_IP];
    int64_t n = ips->n ? unknown_recipients(r) : 0;
    uint8_t text[32];
    struct buf key = {.p = text, .cap = sizeof(text), .max = sizeof(text)};

    if (!n)
        return;
    key_harvest(&key, day);
    redis_stage_bucket(b, ips->v[0].bucket);
    redis_stage_board(b, BOARD_DAY, arena_dup(a, buf_span(&key)), ips->v[0].member, n);
}
