/* SPDX-License-Identifier: Apache-2.0 */
/* redis_slots: replies of another machine: nothing in them is taken for granted. */
#include "sensor/publish/redis_slots.h"

#include "sensor/publish/redis_bucket.h"

enum { HOST_MAX = 255 };

static bool read_port(struct span s, uint16_t *port)
{
    uint32_t v = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_digit(s.p[i]) || v > 65535)
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *port = (uint16_t)v;
    return s.n && v && v <= 65535;
}

/* {from, to, {host, port, id ...}, replicas ...} */
static bool read_range(const struct redis_reply *r, struct redis_range *range)
{
    const struct redis_reply *node;
    int64_t from, to, port;

    if (redis_reply_kind(r) != REPLY_ARRAY || redis_reply_n(r) < 3)
        return false;
    from = redis_reply_integer(redis_reply_item(r, 0));
    to = redis_reply_integer(redis_reply_item(r, 1));
    node = redis_reply_item(r, 2);
    if (redis_reply_kind(node) != REPLY_ARRAY || redis_reply_n(node) < 2 || from < 0 || to < from || to >= REDIS_SLOTS)
        return false;
    port = redis_reply_integer(redis_reply_item(node, 1));
    *range = (struct redis_range){(unsigned)from, (unsigned)to, redis_reply_text(redis_reply_item(node, 0)),
                                  (uint16_t)port};
    return port > 0 && port <= 65535 && range->host.n <= HOST_MAX;
}

bool redis_slots_read(const struct redis_reply *r, void (*each)(void *ctx, const struct redis_range *range), void *ctx)
{
    struct redis_range range;

    if (redis_reply_kind(r) != REPLY_ARRAY)
        return false;
    for (size_t i = 0; i < redis_reply_n(r); i++)
        if (read_range(redis_reply_item(r, i), &range))
            each(ctx, &range);
    return true;
}

bool redis_redirection(struct span error, struct span *host, uint16_t *port)
{
    size_t colon, word = span_find(error, 0, ' ');
    struct span at = span_from(error, word + 1);

    at = span_from(at, span_find(at, 0, ' ') + 1);
    colon = at.n;
    while (colon && at.p[colon - 1] != ':')
        colon--;
    if (!colon || !read_port(span_from(at, colon), port))
        return false;
    *host = span_head(at, colon - 1);
    if (host->n > 2 && host->p[0] == '[')
        *host = span_of(host->p + 1, host->n - 2);
    return host->n <= HOST_MAX;
}
