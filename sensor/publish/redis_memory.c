/* SPDX-License-Identifier: Apache-2.0 */
/* redis_memory: a server that holds more than --redis-memory loses what was unseen for longest, then its oldest boards. */
#include <stdio.h>

#include "sensor/publish/sink_redis.h"

/*
 * A step of its own, without a marker: doing it twice takes one period more. KEYS[1] the periods that have boards, oldest
 * first (an hour before its day). ARGV: prefix; number of kinds; kinds; number of classes; classes. The last two periods
 * stay: this day and this hour. Answers {boards removed, periods that may go}.
 */
const char redis_memory_script[] =
    "local A = ARGV\n"
    "local P, kinds = A[1], tonumber(A[2])\n"
    "local left = redis.call('ZCARD', KEYS[1]) - 2\n"
    "if left <= 0 then return {0, 0} end\n"
    "local p = redis.call('ZRANGE', KEYS[1], 0, 0)[1]\n"
    "local boards, uniq = {}, {}\n"
    "for k = 3, 2 + kinds do\n"
    "  boards[#boards + 1] = P .. 'top:' .. A[k] .. ':' .. p\n"
    "  for c = 4 + kinds, 3 + kinds + tonumber(A[3 + kinds]) do\n"
    "    boards[#boards + 1] = P .. 'top:' .. A[c] .. ':' .. A[k] .. ':' .. p\n"
    "  end\n"
    "  uniq[#uniq + 1] = P .. 'uniq:' .. A[k] .. ':' .. p\n"
    "end\n"
    "local gone = redis.call('UNLINK', unpack(boards))\n"
    "if #p == 8 then redis.call('UNLINK', P .. 'harvest:' .. p, unpack(uniq)) end\n"
    "redis.call('ZREM', KEYS[1], p)\n"
    "return {gone, left - 1}\n";

enum {
    LOOK_US = 2 * 1000000, /* how often the server is asked while batches come, */
    LOOK_BATCHES = 64,     /* and after how many: they bring some 10 MB at most of usual mail */
    AGAIN_US = 10 * 1000,  /* while it holds too much: what was unlinked is freed a little later */
    STUCK_US = 60 * 1000000,
    LEVELS = 3,            /* entities are halved so often before boards go */
    LEVELS_MAX = 12        /* and after them, down to nothing */
};

static struct span value_of(struct span info, struct span name)
{
    struct span rest = span_from(info, span_find_span(info, 0, name) + name.n);

    return span_find_span(info, 0, name) == info.n ? span_of(NULL, 0) : span_head(rest, span_find(rest, 0, '\r'));
}

static uint64_t number(struct span s)
{
    uint64_t v = 0;

    for (size_t i = 0; i < s.n && ascii_digit(s.p[i]) && v < UINT64_MAX / 20; i++)
        v = v * 10 + (s.p[i] - '0');
    return v;
}

static void hold(struct redis_lane *l, bool on)
{
    struct redis_memory *m = &l->bounds.memory;

    l->bounds.holds += (unsigned)on - (unsigned)m->hold;
    m->hold = on;
}

static void below(struct redis_lane *l)
{
    l->bounds.memory.over = l->bounds.memory.boards_next = false;
    l->bounds.memory.level = 0;
    hold(l, false);
}

/* Nothing of ours is left that could go: batches go on, for somebody else fills the server. */
static void exhausted(struct redis_lane *l)
{
    struct sink_redis *x = l->sink;

    log_seldom(&x->stuck_said, "redis: %s still holds more than --redis-memory (%llu MB) though all of ours that could go is gone: "
              "does somebody else use it?", x->where, (unsigned long long)(x->options.memory >> 20));
    l->bounds.memory.stuck_until = monotonic_us() + STUCK_US;
    below(l);
}

static void step_down(struct redis_lane *l)
{
    struct redis_memory *m = &l->bounds.memory;

    if (m->level < LEVELS || (!m->periods && m->level < LEVELS_MAX)) {
        m->level++;
        redis_bounds_pass(l);
    } else if (m->periods) {
        m->boards_next = true;
    } else {
        exhausted(l);
    }
}

static void on_used(void *owner, void *tag, const struct redis_reply *r)
{
    struct redis_lane *l = tag;
    struct sink_redis *x = owner;
    struct redis_memory *m = &l->bounds.memory;
    uint64_t used, cap = x->options.memory;

    m->asked = false;
    l->bounds.under_way--;
    if (redis_reply_kind(r) != REPLY_TEXT) {
        m->denied |= redis_trouble(redis_reply_text(r)) == TROUBLE_DENIED;
        return;
    }
    used = number(value_of(redis_reply_text(r), SPAN("used_memory:")));
    if (used <= cap - (m->over ? cap / 64 : 0)) {
        below(l);
    } else if (monotonic_us() >= m->stuck_until) {
        if (!m->over)
            log_seldom(&x->memory_said, "redis: %s holds %llu MB, more than --redis-memory allows (%llu MB): values unseen for "
                      "longest go, then the oldest boards", x->where, (unsigned long long)(used >> 20),
                      (unsigned long long)(cap >> 20));
        m->periods |= !m->over;
        m->over = true;
        hold(l, used > cap + cap / 32);
        step_down(l);
    }
    redis_pump_lane(l);
}

static void on_boards(void *owner, void *tag, const struct redis_reply *r)
{
    struct redis_lane *l = tag;
    struct sink_redis *x = owner;

    l->bounds.memory.asked = false;
    l->bounds.under_way--;
    if (redis_reply_kind(r) == REPLY_ERROR)
        redis_handle_error(l, redis_reply_text(r));
    if (redis_reply_n(r) != 2)
        return;
    x->counts.boards_trimmed += (uint64_t)redis_reply_integer(redis_reply_item(r, 0));
    l->bounds.memory.periods = redis_reply_integer(redis_reply_item(r, 1)) > 0;
}

static void asked(struct redis_lane *l, bool sent)
{
    l->bounds.memory.asked = sent;
    l->bounds.under_way += sent;
}

static void ask_boards(struct redis_lane *l)
{
    static const char *const classes[] = {"submission", "outbound", "internal", "transit"};
    enum { CLASSES = sizeof(classes) / sizeof(*classes) };
    struct span args[7 + KINDS + CLASSES];
    char kinds[8], classes_n[8];
    uint8_t bytes[256];
    struct buf key = {.p = bytes, .cap = sizeof(bytes), .max = sizeof(bytes)};
    unsigned n = 0;

    buf_add(&key, span_cstr(l->prefix));
    buf_add(&key, SPAN(KEY_PERIODS));
    snprintf(kinds, sizeof(kinds), "%d", KINDS);
    snprintf(classes_n, sizeof(classes_n), "%d", CLASSES);
    args[n++] = SPAN("EVALSHA");
    args[n++] = span_cstr(l->sink->memory_script);
    args[n++] = SPAN("1");
    args[n++] = buf_span(&key);
    args[n++] = span_cstr(l->prefix);
    args[n++] = span_cstr(kinds);
    for (enum redis_kind k = 0; k < KINDS; k++)
        args[n++] = span_cstr(kind_name(k));
    args[n++] = span_cstr(classes_n);
    for (unsigned i = 0; i < CLASSES; i++)
        args[n++] = span_cstr(classes[i]);
    asked(l, redis_link_command(l->server->link, on_boards, l, args, n));
}

static bool is_due(const struct redis_lane *l, int64_t now)
{
    const struct redis_memory *m = &l->bounds.memory;
    uint64_t batches = l->sink->batches_acked - m->acked_then;

    if (m->over)
        return now >= m->look_at;
    return batches >= LOOK_BATCHES || (batches && now >= m->look_at);
}

void redis_memory_work(struct redis_lane *l, bool at_the_end)
{
    struct redis_memory *m = &l->bounds.memory;
    int64_t now = monotonic_us();

    if (m->asked || m->denied || !l->sink->options.memory || redis_bounds_busy(l))
        return;
    if (m->over && m->boards_next) {
        m->boards_next = false;
        ask_boards(l);
        return;
    }
    if (!is_due(l, now) && !(at_the_end && l->sink->batches_acked != m->acked_then))
        return;
    m->acked_then = l->sink->batches_acked;
    m->look_at = now + (m->over ? AGAIN_US : LOOK_US);
    asked(l, redis_link_command(l->server->link, on_used, l, (const struct span[]){SPAN("INFO"), SPAN("memory")}, 2));
}

int64_t redis_memory_due(const struct redis_lane *l)
{
    return l->bounds.memory.over ? l->bounds.memory.look_at : 0;
}

void redis_memory_reset(struct redis_lane *l)
{
    l->bounds.memory.asked = false;
    l->bounds.memory.hold = false; /* holds are counted anew */
}
