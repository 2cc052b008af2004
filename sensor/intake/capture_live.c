/* SPDX-License-Identifier: Apache-2.0 */
/* capture_live: interfaces read through libpcap's memory-mapped ring, merged into one order of
 * time. */
#include <errno.h>
#include <pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/intake/capture_parts.h"
#include "sensor/intake/fanout.h"
#include "sensor/intake/filter.h"
#include "sensor/intake/interface_lost.h"
#include "sensor/language.h"
#include "sensor/log.h"

/*
 * The kernel hands up a block of packets when it is full or RETIRE_MS old. A frame is delivered
 * once every interface has shown what it has next, or HOLD_US after its time: by then no earlier
 * one can be in a block that is still open. An interface without packets is asked again every
 * PROBE_US, not for each frame.
 */
enum { RETIRE_MS = 50, HOLD_US = 150 * 1000, PROBE_US = 5 * 1000, IDLE_MS = 200, IDLE_ONE_OF_SEVERAL_MS = 20, WAIT_FDS = 64,
       FILTER_MAX = 1 << 20 };

struct port {
    pcap_t *pcap; /* NULL: it is gone */
    const char *name;
    int fd, link_type;
    bool has_head;
    struct frame head;
    int64_t probed_us; /* wall clock at which it had nothing */
    int64_t from_us;   /* frames before are another worker's too: its ring was not yet one of several */
    int64_t counts_us; /* the kernel's counts begin here: frames before are counted as they are read */
    struct interface_lost lost;
    struct pcap_stat last;
    struct capture_counts total;
};

struct live {
    struct capture base;
    unsigned n;
    int idle_ms; /* a wait for packets: short where other workers may hand some over meanwhile */
    char names[512];
    struct port ports[];
};

static struct live *live_of(struct capture *c)
{
    return (struct live *)(void *)c;
}

/* The clock that stamps packets. */
static int64_t capture_clock_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* libpcap counts in 32 bits: the totals take what was added since the last look. */
static void port_counts(struct port *p)
{
    struct pcap_stat st;

    if (!p->pcap || pcap_stats(p->pcap, &st) != 0)
        return;
    p->total.received += (uint32_t)(st.ps_recv - p->last.ps_recv);
    p->total.dropped_kernel += (uint32_t)(st.ps_drop - p->last.ps_drop);
    p->total.dropped_interface = interface_lost(&p->lost); /* not ps_ifdrop: see there */
    p->last = st;
}

static void live_counts(struct capture *c, struct capture_counts *out)
{
    struct live *s = live_of(c);

    for (unsigned i = 0; i < s->n; i++) {
        struct port *p = &s->ports[i];

        port_counts(p);
        out->received += p->total.received;
        out->dropped_kernel += p->total.dropped_kernel;
        out->dropped_interface += p->total.dropped_interface;
    }
}

static void live_free(struct capture *c)
{
    struct live *s = live_of(c);

    for (unsigned i = 0; i < s->n; i++) {
        if (s->ports[i].pcap)
            pcap_close(s->ports[i].pcap);
        interface_lost_close(&s->ports[i].lost);
    }
    free(s);
}

static enum capture_result port_lost(struct live *s, struct port *p)
{
    snprintf(s->base.trouble, sizeof(s->base.trouble), "%.60s: %.300s", p->name,
             pcap_geterr(p->pcap));
    s->base.trouble_status = 1;
    port_counts(p);
    pcap_close(p->pcap);
    p->pcap = NULL;
    return CAPTURE_TROUBLE;
}

/* Looks for p's next frame; false when the interface is lost. */
static bool port_probe(struct port *p, unsigned index)
{
    struct pcap_pkthdr *h;
    const u_char *bytes;
    int got = pcap_next_ex(p->pcap, &h, &bytes);
    int64_t ts_us;

    if (got < 0)
        return false;
    if (got == 0) {
        p->probed_us = capture_clock_us();
        return true;
    }
    ts_us = (int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec;
    if (ts_us < p->from_us)
        return true;
    p->total.received += ts_us < p->counts_us;
    p->has_head = true;
    p->head = (struct frame){.ts_us = ts_us,
                             .bytes = span_of(bytes, h->caplen),
                             .wire = h->len < h->caplen ? h->caplen : h->len,
                             .link_type = p->link_type,
                             .iface = index};
    return true;
}

/* What the interfaces have to offer now. */
struct offer {
    struct port *first;  /* with the earliest frame, NULL = none has one */
    bool complete;       /* every interface has one */
    bool any;            /* interfaces that are not gone */
    struct port *lost;
};

static void look(struct live *s, struct offer *o)
{
    int64_t now = 0;

    *o = (struct offer){.complete = true};
    for (unsigned i = 0; i < s->n && !o->lost; i++) {
        struct port *p = &s->ports[i];

        if (!p->pcap)
            continue;
        o->any = true;
        if (!p->has_head) {
            if (s->n > 1 && !now)
                now = capture_clock_us();
            if ((s->n == 1 || now - p->probed_us >= PROBE_US || now < p->probed_us) &&
                !port_probe(p, i))
                o->lost = p;
        }
        if (!p->has_head)
            o->complete = false;
        else if (!o->first || p->head.ts_us < o->first->head.ts_us)
            o->first = p;
    }
}

/* Waits for a packet on those that have none, at most ms. */
static void wait_for_packets(struct live *s, int ms)
{
    struct pollfd fds[WAIT_FDS];
    nfds_t n = 0;

    for (unsigned i = 0; i < s->n && n < WAIT_FDS; i++)
        if (s->ports[i].pcap && !s->ports[i].has_head) {
            s->ports[i].probed_us = 0;
            fds[n++] = (struct pollfd){.fd = s->ports[i].fd, .events = POLLIN};
        }
    poll(fds, n, ms);
}

static enum capture_result deliver(struct port *p, struct frame *f)
{
    *f = p->head;
    p->has_head = false;
    return CAPTURE_FRAME;
}

static enum capture_result live_next(struct capture *c, struct frame *f)
{
    struct live *s = live_of(c);
    struct offer o;
    int64_t asked_us = 0; /* before the second look: frames that come while the thread is stalled behind it are not seen yet */

    if (!s->base.source.name.p) {
        s->base.source.name = span_cstr(s->names);
        return CAPTURE_SOURCE;
    }
    for (unsigned tries = 0; tries < 2; tries++) {
        int64_t early = 0;

        look(s, &o);
        if (o.lost)
            return port_lost(s, o.lost);
        if (!o.any)
            return CAPTURE_END;
        if (o.first &&
            (o.complete || (early = o.first->head.ts_us + HOLD_US - capture_clock_us()) <= 0))
            return deliver(o.first, f);
        if (tries == 0) {
            wait_for_packets(s, o.first ? (int)((early < HOLD_US ? early : HOLD_US) / 1000) + 1
                                        : s->idle_ms);
            asked_us = capture_clock_us();
        }
    }
    f->ts_us = asked_us - HOLD_US;
    return CAPTURE_IDLE;
}

static const char *way_out(int code)
{
    switch (code) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return _("no such interface; mxtap capture -D lists them");
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return _("no permission to capture: run as root, or give the program the capability "
               "(setcap cap_net_raw,cap_net_admin=ep)");
    case PCAP_ERROR_IFACE_NOT_UP:
        return _("the interface is down (ip link set it up)");
    default:
        return NULL;
    }
}

static bool port_set(struct port *p, const struct live_options *o)
{
    return pcap_set_snaplen(p->pcap, o->snaplen) == 0 &&
           pcap_set_promisc(p->pcap, o->promiscuous) == 0 &&
           pcap_set_timeout(p->pcap, RETIRE_MS) == 0 && pcap_set_immediate_mode(p->pcap, 0) == 0 &&
           pcap_set_buffer_size(p->pcap, (int)o->buffer) == 0;
}

static bool port_open(struct port *p, const struct live_options *o, char err[CAPTURE_ERR])
{
    char why[PCAP_ERRBUF_SIZE] = "";
    int code = 0;

    p->pcap = pcap_create(p->name, why);
    if (!p->pcap) {
        snprintf(err, CAPTURE_ERR, "%.60s: %.300s", p->name, why);
        return false;
    }
    if (!port_set(p, o) || (code = pcap_activate(p->pcap)) < 0) {
        const char *way = way_out(code);

        snprintf(err, CAPTURE_ERR, "%.60s: %.300s", p->name, way ? way : pcap_geterr(p->pcap));
        return false;
    }
    if (code > 0)
        log_line(LOG_NOTE, "%.60s: %s", p->name, pcap_geterr(p->pcap));
    p->link_type = pcap_datalink(p->pcap);
    p->fd = pcap_get_selectable_fd(p->pcap);
    if (p->fd < 0 || pcap_setnonblock(p->pcap, 1, why) != 0) {
        snprintf(err, CAPTURE_ERR, _("%.60s: cannot be waited for: %.300s"), p->name, why);
        return false;
    }
    return true;
}

/* Status 0, or 1 or 2 with err. */
static int port_filter(struct port *p, const struct live_options *o, char err[CAPTURE_ERR])
{
    const struct filter_wants wants = {o->ports, o->ports_n, o->dns};
    struct bpf_program program;
    struct mem m;
    struct buf text;
    int status = 1;

    mem_init(&m, 0);
    buf_init(&text, &m, FILTER_MAX);
    if (!filter_live(&text, o->filter, &wants, p->link_type == DLT_EN10MB) ||
        !buf_add_byte(&text, 0)) {
        snprintf(err, CAPTURE_ERR, _("the filter expression is too long"));
    } else if (pcap_compile(p->pcap, &program, (const char *)text.p, 1, PCAP_NETMASK_UNKNOWN) !=
               0) {
        snprintf(err, CAPTURE_ERR, "filter '%.200s': %.200s", o->filter ? o->filter : "built-in",
                 pcap_geterr(p->pcap));
        status = 2;
    } else {
        status = pcap_setfilter(p->pcap, &program) == 0 ? 0 : 1;
        if (status)
            snprintf(err, CAPTURE_ERR, "%.60s: %.300s", p->name, pcap_geterr(p->pcap));
        pcap_freecode(&program);
        log_line(LOG_DETAIL, "%s: filter %s", p->name, (const char *)text.p);
    }
    buf_free(&text);
    return status;
}

/* The first worker's ring has all frames until the others join: theirs begin then, and rather a moment too early: a frame that two
 * have is known for a copy, one that nobody has is lost. */
static bool port_join(struct port *p, const struct live_options *o, unsigned iface, char err[CAPTURE_ERR])
{
    int64_t before_us = capture_clock_us();
    bool first = !fanout_has_group(o->fanout, iface);
    char why[CAPTURE_ERR];

    if (fanout_join(p->fd, o->fanout, iface, why)) {
        p->from_us = first ? 0 : before_us;
        port_counts(p);
        p->total = (struct capture_counts){0};
        p->counts_us = capture_clock_us();
        return true;
    }
    snprintf(err, CAPTURE_ERR, "%.60s: %.300s", p->name, why);
    return false;
}

static void join_names(struct live *s)
{
    size_t at = 0;

    for (unsigned i = 0; i < s->n && at < sizeof(s->names); i++)
        at += (size_t)snprintf(s->names + at, sizeof(s->names) - at, "%s%s", i ? "," : "",
                               s->ports[i].name);
}

struct capture *capture_open_live(const struct live_options *o, int *status, char err[CAPTURE_ERR])
{
    struct live *s = calloc(1, sizeof(*s) + o->ifaces_n * sizeof(s->ports[0]));

    *status = 1;
    if (!s) {
        snprintf(err, CAPTURE_ERR, _("no memory"));
        return NULL;
    }
    s->base.next = live_next;
    s->base.counts = live_counts;
    s->base.free = live_free;
    s->idle_ms = o->fanout ? IDLE_ONE_OF_SEVERAL_MS : IDLE_MS;
    for (unsigned i = 0; i < o->ifaces_n; i++) {
        struct port *p = &s->ports[s->n++];

        p->name = o->ifaces[i];
        interface_lost_open(&p->lost, o->fanout && fanout_has_group(o->fanout, i) ? NULL : p->name);
        if (!port_open(p, o, err) || (*status = port_filter(p, o, err)) != 0 ||
            (*status = o->fanout && !port_join(p, o, i, err)) != 0) {
            live_free(&s->base);
            return NULL;
        }
        *status = 1;
    }
    join_names(s);
    return &s->base;
}

bool capture_list_interfaces(FILE *out, char err[CAPTURE_ERR])
{
    char why[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all, *i;
    unsigned n = 0;

    if (pcap_findalldevs(&all, why) != 0) {
        snprintf(err, CAPTURE_ERR, "%s", why);
        return false;
    }
    for (i = all; i; i = i->next)
        fprintf(out, "%u.%s%s%s%s%s\n", ++n, i->name, i->description ? " (" : "",
                i->description ? i->description : "", i->description ? ")" : "",
                i->flags & PCAP_IF_UP ? " [up]" : "");
    pcap_freealldevs(all);
    return true;
}
