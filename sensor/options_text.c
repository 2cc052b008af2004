/* SPDX-License-Identifier: Apache-2.0 */
/* options_text: the options that change what is counted, as one line kept beside a replay's marker.
 */
#include "sensor/options.h"

static void add(struct buf *b, const char *text)
{
    buf_add(b, span_cstr(text));
}

static void add_networks(struct buf *b, const struct ip_net *nets, unsigned n)
{
    char text[IP_TEXT + 8];

    for (unsigned i = 0; i < n; i++) {
        size_t at = ip_format(&nets[i].ip, text);

        snprintf(text + at, sizeof(text) - at, "/%u", nets[i].bits);
        if (i)
            add(b, ",");
        add(b, text);
    }
}

struct span options_text(struct options *o)
{
    struct buf b;
    struct span out;
    char port[8];

    buf_init(&b, &o->mem, 2 << 20);
    if (!calendar_is_utc(&o->redis.calendar)) {
        add(&b, CALENDAR_OPTION);
        add(&b, calendar_name(&o->redis.calendar));
        add(&b, " ");
    }
    add(&b, "ports=");
    for (unsigned i = 0; i < o->worker.ports_n; i++) {
        snprintf(port, sizeof(port), "%s%u", i ? "," : "", o->worker.ports[i]);
        add(&b, port);
    }
    add(&b, o->worker.ports_n ? " trusted=" : "any trusted=");
    add_networks(&b, o->worker.trusted, o->worker.trusted_n);
    add(&b, " home=");
    add_networks(&b, o->worker.home, o->worker.home_n);
    add(&b, o->worker.checksum ? " checksum=1" : " checksum=0");
    add(&b, o->worker.dns ? " dns=1" : "");
    add(&b, o->worker.hash_parts ? " hash=1 filter=" : " filter="); /* attachments count by it */
    add(&b, o->filter ? o->filter : "");
    out = arena_dup(&o->arena, buf_span(&b));
    buf_free(&b);
    return out;
}
