/* SPDX-License-Identifier: Apache-2.0 */
/* redis_namesake: whose run stands in our sensor's hash, once all that we wrote is there. */
#include "sensor/publish/sink_redis.h"

enum { EVERY_US = 10 * 1000000, EVERY_BATCHES = 16 };

/* An error is the step's to tell: it writes the same key. */
static void on_run(void *owner, void *tag, const struct redis_reply *r)
{
    struct sink_redis *x = owner;
    struct redis_lane *l = tag;
    const struct redis_reply *item = redis_reply_n(r) == 1 ? redis_reply_item(r, 0) : NULL;

    l->bounds.asked_name = false;
    l->bounds.under_way--;
    if (!item || redis_reply_kind(item) != REPLY_TEXT || span_eq(redis_reply_text(item), span_cstr(x->run->info.id)))
        return;
    x->namesake_said = true;
    redis_say("redis: another sensor calls itself %.*s too: both count right, but their health is one key; give each a --sensor-name",
              SPAN_FMT(x->run->info.name));
}

static void ask_run(struct redis_lane *l)
{
    uint8_t bytes[128 + BUCKET_TAG + 4 * LIMIT_REDIS_VALUE + 32];
    struct buf key = {.p = bytes, .cap = sizeof(bytes), .max = sizeof(bytes)};

    buf_add(&key, span_cstr(l->prefix));
    key_sensor(&key, l->sink->run->info.name);
    l->bounds.asked_name = redis_link_command(l->server->link, on_run, l,
                                              (const struct span[]){SPAN("HMGET"), buf_span(&key), SPAN("run")}, 3);
    l->bounds.under_way += l->bounds.asked_name;
}

/* Nothing of ours is under way, and the last of it is a while ago: what stands there is ours, unless somebody else wrote since. */
void redis_namesake_look(struct sink_redis *x)
{
    struct redis_lane *l = &x->lanes[0];
    int64_t now = monotonic_us();

    if (!x->options.live || x->namesake_said || l->bounds.asked_name || l->phase != PHASE_FLOW || x->window.pending_bytes ||
        seq_none(x->run->marks[0].acked))
        return;
    if (now < x->name_at && x->batches_acked < x->name_acked_then + EVERY_BATCHES)
        return;
    x->name_at = now + EVERY_US;
    x->name_acked_then = x->batches_acked;
    ask_run(l);
}
