/* SPDX-License-Identifier: Apache-2.0 */
/* classify: nDPI 4.2. It goes on to collect AUTH passwords once it has named a flow: it is fed no further. A replay whose connections all
 * begin as mail usually does never starts it. */
#include "sensor/flows/classify.h"

#include <ndpi_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/flows/classify_module.h"
#include "sensor/flows/first_packets.h"
#include "sensor/language.h"
#include "sensor/log.h"

enum {
    PACKETS_MOST = FIRST_PACKETS, /* with payload; nDPI names SMTP from banner, HELO and one more line */
    PACKETS_TOGETHER = 3,         /* banner, EHLO and its reply */
    NOT_ASKED = CLASSIFY_NAMES_MOST - 1, /* in nDPI's numbers' place: it was to be asked, and is shut */
    NAMES = NDPI_MAX_SUPPORTED_PROTOCOLS + 1,
    SPARE_FLOWS = 8 /* of 4 KB: the allocator would split what goes back, and join it again */
};

/*
 * A flow that begins as mail does is shown to a module with nothing but the mail dissectors: all others together
 * cost twenty times as much. Its packets are kept until that names it; where it does not, the full module
 * sees them from the first on, so that its word is the same. Unless its word is waited for, nDPI is shown PACKETS_TOGETHER: for
 * each alone its code and its memory of the flow would have to come into the caches anew; and where they are usual its word is certain,
 * and it is not asked.
 */
struct classify_flow {
    unsigned packets;
    bool full;                     /* the full module has the flow; nothing is kept */
    unsigned shown;                /* of the packets kept, to the mail dissectors */
    size_t shown_bytes;            /* of those */
    struct ndpi_flow_struct *ndpi; /* NULL: nothing was shown yet */
    struct first_packets kept;     /* last */
};

typedef char nDPI_has_room[(int)NAMES <= (int)NOT_ASKED ? 1 : -1]; /* else it knows more protocols than are counted */

struct classify {
    struct mem *mem;
    struct classify_module mail, full;                /* from the first flow on that needs them */
    bool at_once;                                     /* nDPI sees each packet as it comes */
    struct ndpi_flow_struct *spare;                   /* zeroed, for the next flow; or NULL */
    struct classify_flow *spare_flow[SPARE_FLOWS];    /* wiped, for the next ones: the last is warm */
    unsigned spare_flows;
    uint64_t flows[NAMES], not_asked;
    bool shut;        /* nDPI is asked no more */
    int64_t gathered; /* bytes, of flows */
    size_t started;   /* bytes, of modules that started at a question: live, the first was resident before the budget was settled */
};

struct classify *classify_new(struct mem *m, bool at_once, char err[256])
{
    struct classify *c = mem_zalloc(m, sizeof(*c));

    if (!c) {
        snprintf(err, 256, _("no memory for nDPI"));
        return NULL;
    }
    c->mem = m;
    c->at_once = at_once;
    return c;
}

bool classify_start(struct classify *c, char err[256])
{
    bool ok = c->mail.ndpi || classify_module_start(&c->mail, false);

    if (!ok)
        snprintf(err, 256, _("nDPI does not start (libndpi %s)"), ndpi_revision());
    return ok;
}

/* There is no memory for nDPI: connections go unnamed, and nothing else is lost. Said once. */
static bool is_shut(struct classify *c)
{
    if (c->shut || !classify_memory_was_short())
        return c->shut;
    c->shut = true;
    log_line(LOG_TROUBLE, "%s", _("no memory for nDPI: it names no more connections"));
    return true;
}

/* From its first question on. NULL: it is not to be asked, or does not start. */
static struct ndpi_detection_module_struct *module(struct classify *c, struct classify_module *m, bool full)
{
    if (is_shut(c))
        return NULL;
    if (m->ndpi)
        return m->ndpi;
    c->shut = !classify_module_start(m, full);
    if (c->shut)
        log_line(LOG_TROUBLE, _("nDPI does not start (libndpi %s): it names no connections"), ndpi_revision());
    c->started += classify_module_bytes(m);
    return m->ndpi;
}

static struct ndpi_detection_module_struct *mail_module(struct classify *c)
{
    return module(c, &c->mail, false);
}

static struct ndpi_detection_module_struct *full_module(struct classify *c)
{
    return module(c, &c->full, true);
}

void classify_free(struct classify *c)
{
    if (!c)
        return;
    classify_memory_for(NULL);
    classify_module_stop(&c->mail, c->full.ndpi || c->gathered);
    classify_module_stop(&c->full, true);
    mem_free(c->mem, c->spare, sizeof(*c->spare));
    while (c->spare_flows)
        mem_free(c->mem, c->spare_flow[--c->spare_flows], sizeof(struct classify_flow));
    mem_free(c->mem, c, sizeof(*c));
}

/* nDPI's memory of f, made or zeroed. False: memory is refused. */
static bool begin_anew(struct classify *c, struct classify_flow *f)
{
    f->shown = 0;
    f->shown_bytes = 0;
    if (f->ndpi) {
        ndpi_free_flow_data(f->ndpi);
        memset(f->ndpi, 0, sizeof(*f->ndpi));
        return true;
    }
    f->ndpi = c->spare ? c->spare : mem_zalloc(c->mem, sizeof(*f->ndpi));
    c->spare = NULL;
    return f->ndpi;
}

static void leave_ndpi(struct classify *c, struct ndpi_flow_struct *x)
{
    if (!x)
        return;
    ndpi_free_flow_data(x);
    explicit_bzero(x, sizeof(*x));
    if (c->spare)
        mem_free(c->mem, x, sizeof(*x));
    else
        c->spare = x;
}

static void forget(struct classify *c, struct classify_flow **f)
{
    leave_ndpi(c, (*f)->ndpi);
    explicit_bzero(*f, sizeof(**f) - (FIRST_PACKETS_BYTES - (*f)->kept.kept));
    if (c->spare_flows < SPARE_FLOWS)
        c->spare_flow[c->spare_flows++] = *f;
    else
        mem_free(c->mem, *f, sizeof(**f));
    *f = NULL;
}

/* Zeroed but for its packets' bytes. NULL: memory is refused. */
static struct classify_flow *flow_memory(struct classify *c)
{
    struct classify_flow *f = c->spare_flows ? c->spare_flow[--c->spare_flows] : mem_resize(c->mem, NULL, 0, sizeof(*f));

    if (f)
        memset(f, 0, sizeof(*f) - FIRST_PACKETS_BYTES);
    return f;
}

static bool is_mail_id(u_int16_t id)
{
    return id == NDPI_PROTOCOL_MAIL_SMTP || id == NDPI_PROTOCOL_MAIL_SMTPS;
}

/* The master is often but the port's: HTTP on port 25 comes as SMTP with HTTP inside. */
static bool is_mail_by_port(ndpi_protocol p)
{
    return is_mail_id(p.master_protocol) && p.app_protocol != NDPI_PROTOCOL_UNKNOWN && !is_mail_id(p.app_protocol);
}

/* One that the mail dissector saw commands of is mail, whatever is inside (a provider's name, TLS behind STARTTLS); so is TLS on port
 * 465. */
static bool is_mail(const struct classify_flow *f, ndpi_protocol p)
{
    if (!is_mail_by_port(p))
        return is_mail_id(p.master_protocol) || is_mail_id(p.app_protocol);
    return f->ndpi->l4.tcp.smtp_command_bitmask ||
           (p.master_protocol == NDPI_PROTOCOL_MAIL_SMTPS && p.app_protocol == NDPI_PROTOCOL_TLS);
}

static enum classify_verdict decide(struct classify *c, struct classify_flow **f, ndpi_protocol p,
                                    const char **name)
{
    bool mail = is_mail(*f, p), by_app = p.master_protocol == NDPI_PROTOCOL_UNKNOWN || (!mail && is_mail_id(p.master_protocol));
    unsigned id = by_app ? p.app_protocol : p.master_protocol;

    *name = classify_name(c, id);
    c->flows[id < NAMES ? id : NDPI_PROTOCOL_UNKNOWN]++;
    forget(c, f);
    if (mail)
        return CLASSIFY_MAIL;
    return id == NDPI_PROTOCOL_UNKNOWN ? CLASSIFY_UNKNOWN : CLASSIFY_OTHER;
}

static bool is_named(ndpi_protocol p)
{
    return p.master_protocol != NDPI_PROTOCOL_UNKNOWN || p.app_protocol != NDPI_PROTOCOL_UNKNOWN;
}

static bool begins_as_mail(struct span payload)
{
    return span_starts_nocase(payload, SPAN("220")) || span_starts_nocase(payload, SPAN("EHLO ")) ||
           span_starts_nocase(payload, SPAN("HELO ")) || span_starts_nocase(payload, SPAN("LHLO "));
}

/* The mail dissectors see ip, a packet kept or what was made of such. f->ndpi is there. */
static ndpi_protocol show_packet(struct classify *c, struct classify_flow *f, struct span ip, u_int64_t ms)
{
    return mail_module(c) ? ndpi_detection_process_packet(c->mail.ndpi, f->ndpi, ip.p, (u_int16_t)ip.n, ms) : (ndpi_protocol){0};
}

/* What was kept since they were shown something. f->ndpi is there. */
static ndpi_protocol show_mail(struct classify *c, struct classify_flow *f)
{
    ndpi_protocol found = {0};
    uint8_t room[FIRST_PACKETS_BRIEF];

    for (; f->shown < f->kept.n && !is_named(found); f->shown_bytes += f->kept.packet[f->shown++].n)
        found = show_packet(c, f, first_packets_brief(&f->kept, f->shown, f->shown_bytes, room), f->kept.packet[f->shown].ms);
    return found;
}

/* The full module takes the flow over and sees what was kept. f->ndpi is there. */
static ndpi_protocol take_over(struct classify *c, struct classify_flow *f)
{
    ndpi_protocol found = {0};
    size_t at = 0;

    begin_anew(c, f);
    f->full = true;
    for (unsigned i = 0; full_module(c) && i < f->kept.n && !is_named(found); at += f->kept.packet[i++].n)
        found = ndpi_detection_process_packet(c->full.ndpi, f->ndpi, f->kept.bytes + at, f->kept.packet[i].n, f->kept.packet[i].ms);
    return found;
}

static struct classify_flow *flow_new(struct classify *c, const struct packet *p)
{
    struct classify_flow *f = flow_memory(c);

    if (!f)
        return NULL;
    f->full = !begins_as_mail(p->payload);
    return f;
}

static bool mail_excluded(const struct classify_flow *f)
{
    return NDPI_COMPARE_PROTOCOL_TO_BITMASK(f->ndpi->excluded_protocol_bitmask, NDPI_PROTOCOL_MAIL_SMTP);
}

/* One more packet, for whichever module has the flow. False: memory is refused, to us or to nDPI. */
static bool feed(struct classify *c, struct classify_flow *f, const struct packet *p, u_int64_t ms, ndpi_protocol *found)
{
    struct span ip = span_head(p->ip, UINT16_MAX);

    f->packets++;
    if (!f->full && first_packets_add(&f->kept, p, ip, ms)) {
        if (f->packets < PACKETS_TOGETHER && !c->at_once)
            return true;
        if (!f->shown && first_packets_greet(&f->kept)) {
            found->app_protocol = NDPI_PROTOCOL_MAIL_SMTP;
            return true;
        }
        if (!mail_module(c) || (!f->ndpi && !begin_anew(c, f)))
            return false;
        *found = show_mail(c, f);
        if (!is_named(*found) && (f->packets == PACKETS_MOST || mail_excluded(f)))
            *found = take_over(c, f);
        return true;
    }
    if (!f->ndpi && !begin_anew(c, f))
        return false;
    if (!f->full)
        *found = take_over(c, f);
    if (!is_named(*found) && full_module(c))
        *found = ndpi_detection_process_packet(c->full.ndpi, f->ndpi, ip.p, (u_int16_t)ip.n, ms);
    return true;
}

/* Nothing comes of it. */
static enum classify_verdict unknown(struct classify *c, struct classify_flow **f)
{
    if (*f)
        forget(c, f);
    if (c->shut)
        c->not_asked++;
    else
        c->flows[NDPI_PROTOCOL_UNKNOWN]++;
    return CLASSIFY_UNKNOWN;
}

enum classify_verdict classify_push(struct classify *c, struct classify_flow **f, const struct packet *p,
                                    int64_t ts_us, const char **name)
{
    ndpi_protocol found = {0};
    u_int8_t guessed;

    classify_memory_for(&c->gathered);
    if (!*f)
        *f = flow_new(c, p);
    if (!*f || !feed(c, *f, p, (u_int64_t)(ts_us / 1000), &found))
        return unknown(c, f);
    if (is_named(found))
        return decide(c, f, found, name);
    if ((*f)->full && is_shut(c))
        return unknown(c, f);
    if ((*f)->packets < PACKETS_MOST)
        return CLASSIFY_UNDECIDED;
    if (c->full.ndpi)
        found = ndpi_detection_giveup(c->full.ndpi, (*f)->ndpi, 0, &guessed);
    return decide(c, f, found, name);
}

bool classify_may_rest(const struct classify_flow *f)
{
    return !f->full;
}

void classify_fold(const struct classify_flow *f, struct squeezed *out)
{
    first_packets_fold(out, &f->kept);
}

void classify_folded(struct classify *c, struct classify_flow **f)
{
    classify_memory_for(&c->gathered);
    forget(c, f);
}

bool classify_unfold(struct classify *c, struct classify_flow **f, struct span *in)
{
    struct classify_flow *x = flow_memory(c);

    if (!x)
        return false;
    first_packets_unfold(in, &x->kept);
    x->packets = x->kept.n;
    *f = x;
    if (x->packets < PACKETS_TOGETHER && !c->at_once)
        return true;
    classify_memory_for(&c->gathered);
    if (begin_anew(c, x))
        show_mail(c, x);
    else
        forget(c, f);
    return *f;
}

/* A flow that the full module has not seen yet is named as far as its packets go. */
void classify_drop(struct classify *c, struct classify_flow **f)
{
    const char *name;
    ndpi_protocol found = {0};

    if (!*f)
        return;
    classify_memory_for(&c->gathered);
    if (!(*f)->full && ((*f)->ndpi || begin_anew(c, *f))) {
        found = show_mail(c, *f);
        if (!is_named(found))
            found = take_over(c, *f);
    }
    if (is_named(found))
        decide(c, f, found, &name);
    else if (is_shut(c))
        unknown(c, f);
    else
        forget(c, f);
}

size_t classify_bytes(const struct classify *c)
{
    return c->started + (c->gathered > 0 ? (size_t)c->gathered : 0);
}

void classify_counts(const struct classify *c, uint64_t flows[CLASSIFY_NAMES_MOST])
{
    memset(flows + NAMES, 0, (CLASSIFY_NAMES_MOST - NAMES) * sizeof(*flows));
    memcpy(flows, c->flows, sizeof(c->flows));
    flows[NOT_ASKED] = c->not_asked;
}

const char *classify_name(struct classify *c, unsigned i)
{
    struct ndpi_detection_module_struct *m;

    if (i == NDPI_PROTOCOL_MAIL_SMTP)
        return "SMTP";
    if (i == NDPI_PROTOCOL_UNKNOWN)
        return "Unknown";
    if (i == NOT_ASKED)
        return "not_asked";
    /* The first that started, if any: live it was there before a worker had a thread, who may start the other just now. */
    m = c->mail.ndpi ? c->mail.ndpi : c->full.ndpi ? c->full.ndpi : mail_module(c);
    return m ? ndpi_get_proto_name(m, (u_int16_t)i) : NULL;
}
