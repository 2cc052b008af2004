/* SPDX-License-Identifier: Apache-2.0 */
/* age_lists: doubly linked, one for each state and age: nobody is ever looked at who is not due. */
#include "sensor/flows/age_lists.h"

static const int64_t age_us[AGE_CLASSES] = {
    [AGE_HALF_OPEN] = LIMIT_FLOW_SYN_SEC * 1000000LL,
    [AGE_ONE_SIDED] = LIMIT_FLOW_IDLE_SEC * 1000000LL,
    [AGE_CLOSED] = LIMIT_FLOW_CLOSED_SEC * 1000000LL,
    [AGE_OVER] = LIMIT_FLOW_CLOSED_SEC * 1000000LL,
    [AGE_OPEN] = LIMIT_FLOW_IDLE_SEC * 1000000LL,
};

enum flow_age age_of_flow(const struct flow *f)
{
    if (f->over)
        return AGE_OVER;
    if (f->stream.end != TCP_END_NONE)
        return AGE_CLOSED;
    if (f->conversation || f->aside)
        return f->seen[0] && f->seen[1] ? AGE_OPEN : AGE_ONE_SIDED;
    /* The third step of the handshake, which no flood of SYNs takes: a greeting may be minutes away. */
    return f->stream.side[0].acks_seen && f->stream.side[1].acks_seen ? AGE_OPEN : AGE_HALF_OPEN;
}

void age_enlist(struct age_lists *l, struct flow_node *x, enum flow_age age, enum flow_state state)
{
    struct age_list *to = &l->list[state][age];

    x->age = (uint8_t)age;
    x->state = (uint8_t)state;
    x->newer = NULL;
    x->older = to->newest;
    if (to->newest)
        to->newest->newer = x;
    else
        to->oldest = x;
    to->newest = x;
    l->cheap += age < AGE_OPEN;
}

void age_enlist_woken(struct age_lists *l, struct flow_node *x)
{
    struct age_list *to = &l->list[FLOW_AWAKE][x->age];

    x->state = FLOW_AWAKE;
    x->older = NULL;
    x->newer = to->oldest;
    if (to->oldest)
        to->oldest->older = x;
    else
        to->newest = x;
    to->oldest = x;
    l->cheap += x->age < AGE_OPEN;
}

void age_unlist(struct age_lists *l, struct flow_node *x)
{
    struct age_list *from = &l->list[x->state][x->age];

    if (x->older)
        x->older->newer = x->newer;
    else
        from->oldest = x->newer;
    if (x->newer)
        x->newer->older = x->older;
    else
        from->newest = x->older;
    l->cheap -= x->age < AGE_OPEN;
}

struct flow_node *age_oldest(const struct age_lists *l, int from, int to, const struct flow_node *but)
{
    struct flow_node *best = NULL;

    for (int s = 0; s < FLOW_STATES; s++)
        for (int i = from; i < to; i++) {
            struct flow_node *x = l->list[s][i].oldest;

            if (x && x == but)
                x = x->newer;
            if (x && (!best || x->last_us < best->last_us))
                best = x;
        }
    return best;
}

static bool is_old(const struct flow_node *x, int64_t now_us, bool all)
{
    return x && (all || now_us - x->last_us >= age_us[x->age]);
}

uint32_t age_gather(const struct age_lists *l, int64_t now_us, bool all, struct flow_node **into)
{
    uint32_t n = 0;

    for (int s = 0; s < FLOW_STATES; s++)
        for (int i = 0; i < AGE_CLASSES; i++)
            for (struct flow_node *x = l->list[s][i].oldest; is_old(x, now_us, all); x = x->newer) {
                if (into)
                    into[n] = x;
                n++;
            }
    return n;
}

struct flow_node *age_any(const struct age_lists *l, int64_t now_us, bool all)
{
    for (int s = 0; s < FLOW_STATES; s++)
        for (int i = 0; i < AGE_CLASSES; i++)
            if (is_old(l->list[s][i].oldest, now_us, all))
                return l->list[s][i].oldest;
    return NULL;
}

static bool may_rest(enum flow_age age)
{
    return age != AGE_OVER;
}

struct flow_node *age_silent(const struct age_lists *l, int64_t now_us)
{
    for (int i = 0; i < AGE_CLASSES; i++) {
        struct flow_node *x = l->list[FLOW_AWAKE][i].oldest;

        if (x && may_rest(i) && now_us - x->last_us >= LIMIT_FLOW_REST_USEC)
            return x;
    }
    return NULL;
}

static int64_t sooner(int64_t due_us, const struct flow_node *x, int64_t after_us)
{
    return x && x->last_us + after_us < due_us ? x->last_us + after_us : due_us;
}

int64_t age_next_due(const struct age_lists *l, int64_t now_us, bool rests)
{
    int64_t due = now_us + LIMIT_FLOW_REST_USEC;

    for (int i = 0; i < AGE_CLASSES; i++) {
        due = sooner(due, l->list[FLOW_AWAKE][i].oldest, rests && may_rest(i) ? LIMIT_FLOW_REST_USEC : age_us[i]);
        due = sooner(due, l->list[FLOW_BUSY][i].oldest, age_us[i]);
        due = sooner(due, l->list[FLOW_RESTING][i].oldest, age_us[i]);
    }
    return due;
}
