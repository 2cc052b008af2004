/* SPDX-License-Identifier: Apache-2.0 */
/* classify: nDPI 4.2. It goes on to collect AUTH passwords once it has named a flow: it is fed no further. */
#include "sensor/flows/classify.h"

#include <malloc.h>
#include <ndpi_api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/flows/start_store.h"
#include "sensor/language.h"

enum {
    PACKETS_MOST = 12,  /* with payload; nDPI names SMTP from banner, HELO and one more line */
    KEPT_BYTES = 4096,  /* of packets that only nDPI's mail dissectors saw yet */
    NAMES = NDPI_MAX_SUPPORTED_PROTOCOLS + 1
};

/*
 * A flow that begins as mail does is shown to a module with nothing but the mail dissectors: all others together
 * cost twenty times as much. Its packets are kept until that names it; where it does not, the full module
 * sees them from the first on, so that its word is the same.
 */
struct classify_flow {
    unsigned packets;
    bool full;      /* the full module has the flow; nothing is kept */
    size_t kept;    /* bytes */
    struct {
        uint16_t n; /* bytes */
        u_int64_t ms;
    } packet[PACKETS_MOST];
    struct ndpi_flow_struct ndpi;
    uint8_t bytes[KEPT_BYTES];
};

typedef char nDPI_has_room[(int)NAMES < (int)CLASSIFY_NAMES_MOST ? 1 : -1]; /* else it knows more protocols than are counted */

struct classify {
    struct mem *mem;
    struct ndpi_detection_module_struct *mail, *full; /* full: from the first flow on that needs it */
    struct start_store *mail_store, *full_store;      /* what they began with; NULL where there was none */
    uint64_t flows[NAMES];
    int64_t gathered; /* bytes, since classify_new */
};

static void choose_dissectors(struct ndpi_detection_module_struct *m, bool full)
{
    NDPI_PROTOCOL_BITMASK wanted;

    NDPI_BITMASK_RESET(wanted);
    if (full)
        NDPI_BITMASK_SET_ALL(wanted);
    NDPI_BITMASK_ADD(wanted, NDPI_PROTOCOL_MAIL_SMTP);
    NDPI_BITMASK_ADD(wanted, NDPI_PROTOCOL_MAIL_SMTPS);
    ndpi_set_protocol_detection_bitmask2(m, &wanted);
    ndpi_finalize_initialization(m);
}

/* What nDPI gathers of a flow may be kilobytes (its TLS dissector keeps whatever comes), and nobody hands it a struct mem:
 * the thread's classify is told of it while nDPI works for it. */
static _Thread_local int64_t *gathers;

/* The thread's module is starting: what nDPI asks for is of the module, 40,000 blocks, and stays until that ends. */
static _Thread_local struct start_store *starting;

/* One at a time: nDPI fills tables of its own that all modules share. */
static struct ndpi_detection_module_struct *module_new(bool full, struct start_store **store)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct ndpi_detection_module_struct *m;

    *store = start_store_new();
    pthread_mutex_lock(&lock);
    starting = *store;
    m = ndpi_init_detection_module(ndpi_dont_load_tor_hosts | ndpi_dont_init_libgcrypt);
    if (m)
        choose_dissectors(m, full);
    starting = NULL;
    pthread_mutex_unlock(&lock);
    if (gathers && *store)
        *gathers += (int64_t)start_store_used(*store);
    return m;
}

/* nDPI 4.2 writes through what it got without a look, from its first table on: where there is no memory, a line is all that can be
 * done. Not by malloc: tests/alloc refuses that, to see what is ours survive it. */
static void *counted_malloc(size_t n)
{
    void *p = starting ? start_store_take(starting, n) : NULL;

    if (p)
        return p;
    p = aligned_alloc(16, (n + 15) & ~(size_t)15);
    if (!p) {
        fprintf(stderr, "mxtap: %s\n", _("no memory for nDPI"));
        _exit(1);
    }
    if (gathers)
        *gathers += (int64_t)malloc_usable_size(p);
    return p;
}

/* It goes back empty: an AUTH line may be in it. */
static void wipe_and_free(void *p)
{
    if (start_store_has(p))
        return;
    if (p) {
        if (gathers)
            *gathers -= (int64_t)malloc_usable_size(p);
        explicit_bzero(p, malloc_usable_size(p));
    }
    free(p);
}

struct classify *classify_new(struct mem *m, char err[256])
{
    struct classify *c = mem_zalloc(m, sizeof(*c));

    if (!c) {
        snprintf(err, 256, _("no memory for nDPI"));
        return NULL;
    }
    c->mem = m;
    set_ndpi_malloc(counted_malloc);
    set_ndpi_flow_malloc(counted_malloc);
    set_ndpi_free(wipe_and_free);
    set_ndpi_flow_free(wipe_and_free);
    return c;
}

bool classify_start(struct classify *c, char err[256])
{
    c->mail = module_new(false, &c->mail_store);
    if (!c->mail)
        snprintf(err, 256, _("nDPI does not start (libndpi %s)"), ndpi_revision());
    return c->mail;
}

size_t classify_start_bytes(const struct classify *c)
{
    return c->mail_store ? start_store_used(c->mail_store) : 0;
}

void classify_free(struct classify *c)
{
    if (!c)
        return;
    gathers = NULL;
    if (c->mail)
        ndpi_exit_detection_module(c->mail);
    if (c->full)
        ndpi_exit_detection_module(c->full);
    start_store_free(c->mail_store);
    start_store_free(c->full_store);
    mem_free(c->mem, c, sizeof(*c));
}

static void forget(struct classify *c, struct classify_flow **f)
{
    ndpi_free_flow_data(&(*f)->ndpi);
    explicit_bzero(*f, sizeof(**f) - (KEPT_BYTES - (*f)->kept));
    mem_free(c->mem, *f, sizeof(**f));
    *f = NULL;
}

static bool is_mail_id(u_int16_t id)
{
    return id == NDPI_PROTOCOL_MAIL_SMTP || id == NDPI_PROTOCOL_MAIL_SMTPS;
}

/* The master is often but the port's: HTTP on port 25 comes as SMTP with HTTP inside. One that the mail dissector saw
 * commands of is mail, whatever is inside (a provider's name, TLS behind STARTTLS); so is TLS on port 465. */
static bool is_mail(const struct classify_flow *f, ndpi_protocol p)
{
    bool by_port = is_mail_id(p.master_protocol) && p.app_protocol != NDPI_PROTOCOL_UNKNOWN && !is_mail_id(p.app_protocol);

    if (!by_port)
        return is_mail_id(p.master_protocol) || is_mail_id(p.app_protocol);
    return f->ndpi.l4.tcp.smtp_command_bitmask ||
           (p.master_protocol == NDPI_PROTOCOL_MAIL_SMTPS && p.app_protocol == NDPI_PROTOCOL_TLS);
}

static enum classify_verdict decide(struct classify *c, struct classify_flow **f, ndpi_protocol p,
                                    const char **name)
{
    bool mail = is_mail(*f, p), by_app = p.master_protocol == NDPI_PROTOCOL_UNKNOWN || (!mail && is_mail_id(p.master_protocol));
    unsigned id = by_app ? p.app_protocol : p.master_protocol;

    *name = ndpi_get_proto_name(c->mail, (u_int16_t)id);
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

/* The full module takes the flow over and sees what was kept. */
static ndpi_protocol take_over(struct classify *c, struct classify_flow *f)
{
    ndpi_protocol found = {0};
    size_t at = 0;

    if (!c->full)
        c->full = module_new(true, &c->full_store);
    ndpi_free_flow_data(&f->ndpi);
    memset(&f->ndpi, 0, sizeof(f->ndpi));
    f->full = true;
    for (unsigned i = 0; c->full && i < f->packets && !is_named(found); i++) {
        found = ndpi_detection_process_packet(c->full, &f->ndpi, f->bytes + at, f->packet[i].n, f->packet[i].ms);
        at += f->packet[i].n;
    }
    return found;
}

static bool keep(struct classify_flow *f, struct span ip, u_int64_t ms)
{
    if (ip.n > KEPT_BYTES - f->kept)
        return false;
    memcpy(f->bytes + f->kept, ip.p, ip.n);
    f->packet[f->packets].n = (uint16_t)ip.n;
    f->packet[f->packets].ms = ms;
    f->kept += ip.n;
    return true;
}

static struct classify_flow *flow_new(struct classify *c, const struct packet *p)
{
    struct classify_flow *f = mem_resize(c->mem, NULL, 0, sizeof(*f));

    if (!f)
        return NULL;
    memset(f, 0, sizeof(*f) - KEPT_BYTES);
    f->full = !begins_as_mail(p->payload);
    if (f->full && !c->full)
        c->full = module_new(true, &c->full_store);
    return f;
}

/* One more packet for whichever module has the flow. */
static ndpi_protocol feed(struct classify *c, struct classify_flow *f, struct span ip, u_int64_t ms)
{
    ndpi_protocol found = {0};

    if (!f->full && keep(f, ip, ms)) {
        found = ndpi_detection_process_packet(c->mail, &f->ndpi, ip.p, (u_int16_t)ip.n, ms);
        f->packets++;
        if (is_named(found))
            return found;
        if (f->packets < PACKETS_MOST &&
            !NDPI_COMPARE_PROTOCOL_TO_BITMASK(f->ndpi.excluded_protocol_bitmask, NDPI_PROTOCOL_MAIL_SMTP))
            return found;
        return take_over(c, f);
    }
    if (!f->full)
        found = take_over(c, f);
    if (!is_named(found) && c->full)
        found = ndpi_detection_process_packet(c->full, &f->ndpi, ip.p, (u_int16_t)ip.n, ms);
    f->packets++;
    return found;
}

enum classify_verdict classify_push(struct classify *c, struct classify_flow **f, const struct packet *p,
                                    int64_t ts_us, const char **name)
{
    ndpi_protocol found;
    u_int8_t guessed;

    gathers = &c->gathered;
    if (!*f)
        *f = flow_new(c, p);
    if (!*f) {
        c->flows[NDPI_PROTOCOL_UNKNOWN]++;
        return CLASSIFY_UNKNOWN;
    }
    found = feed(c, *f, span_head(p->ip, UINT16_MAX), (u_int64_t)(ts_us / 1000));
    if (is_named(found))
        return decide(c, f, found, name);
    if ((*f)->packets < PACKETS_MOST)
        return CLASSIFY_UNDECIDED;
    if (c->full)
        found = ndpi_detection_giveup(c->full, &(*f)->ndpi, 0, &guessed);
    return decide(c, f, found, name);
}

bool classify_may_rest(const struct classify_flow *f)
{
    return !f->full;
}

void classify_fold(const struct classify_flow *f, struct squeezed *out)
{
    squeeze(out, &f->packets, sizeof(f->packets));
    for (unsigned i = 0; i < f->packets; i++) {
        squeeze(out, &f->packet[i].n, sizeof(f->packet[i].n));
        squeeze(out, &f->packet[i].ms, sizeof(f->packet[i].ms));
    }
    squeeze_text(out, span_of(f->bytes, f->kept));
}

void classify_folded(struct classify *c, struct classify_flow **f)
{
    gathers = &c->gathered;
    forget(c, f);
}

bool classify_unfold(struct classify *c, struct classify_flow **f, struct span *in)
{
    struct classify_flow *x = mem_resize(c->mem, NULL, 0, sizeof(*x));
    struct span bytes;

    if (!x)
        return false;
    memset(x, 0, sizeof(*x) - KEPT_BYTES);
    unsqueeze(in, &x->packets, sizeof(x->packets));
    for (unsigned i = 0; i < x->packets; i++) {
        unsqueeze(in, &x->packet[i].n, sizeof(x->packet[i].n));
        unsqueeze(in, &x->packet[i].ms, sizeof(x->packet[i].ms));
        x->kept += x->packet[i].n;
    }
    bytes = unsqueeze_text(in, x->kept);
    if (bytes.n)
        memcpy(x->bytes, bytes.p, bytes.n);
    gathers = &c->gathered;
    for (unsigned i = 0; i < x->packets; bytes = span_from(bytes, x->packet[i++].n))
        ndpi_detection_process_packet(c->mail, &x->ndpi, bytes.p, x->packet[i].n, x->packet[i].ms);
    *f = x;
    return true;
}

/* A flow that the full module has not seen yet is named as far as its packets go. */
void classify_drop(struct classify *c, struct classify_flow **f)
{
    const char *name;
    ndpi_protocol found = {0};

    if (!*f)
        return;
    gathers = &c->gathered;
    if (!(*f)->full)
        found = take_over(c, *f);
    if (is_named(found))
        decide(c, f, found, &name);
    else
        forget(c, f);
}

size_t classify_bytes(const struct classify *c)
{
    return c->gathered > 0 ? (size_t)c->gathered : 0;
}

void classify_counts(const struct classify *c, uint64_t flows[CLASSIFY_NAMES_MOST])
{
    memset(flows + NAMES, 0, (CLASSIFY_NAMES_MOST - NAMES) * sizeof(*flows));
    memcpy(flows, c->flows, sizeof(c->flows));
}

const char *classify_name(const struct classify *c, unsigned i)
{
    return ndpi_get_proto_name(c->mail, (u_int16_t)i);
}
