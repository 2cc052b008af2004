/* SPDX-License-Identifier: Apache-2.0 */
/* classify: nDPI 4.2. It goes on to collect AUTH passwords once it has named a flow: it is fed no further. */
#include "sensor/flows/classify.h"

#include <ndpi_api.h>
#include <stdio.h>

enum {
    PACKETS_MOST = 12,  /* with payload; nDPI names SMTP from banner, HELO and one more line */
    NAMES = NDPI_MAX_SUPPORTED_PROTOCOLS + 1
};

struct classify_flow {
    unsigned packets;
    struct ndpi_flow_struct ndpi;
};

struct classify {
    struct mem *mem;
    struct ndpi_detection_module_struct *module;
    uint64_t flows[NAMES];
};

struct classify *classify_new(struct mem *m, char err[256])
{
    struct classify *c = mem_zalloc(m, sizeof(*c));
    NDPI_PROTOCOL_BITMASK all;

    if (!c) {
        snprintf(err, 256, "no memory for nDPI");
        return NULL;
    }
    c->mem = m;
    c->module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts | ndpi_dont_init_libgcrypt);
    if (!c->module) {
        snprintf(err, 256, "nDPI does not start (libndpi %s)", ndpi_revision());
        mem_free(m, c, sizeof(*c));
        return NULL;
    }
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(c->module, &all);
    ndpi_finalize_initialization(c->module);
    return c;
}

void classify_free(struct classify *c)
{
    if (!c)
        return;
    ndpi_exit_detection_module(c->module);
    mem_free(c->mem, c, sizeof(*c));
}

void classify_drop(struct classify *c, struct classify_flow **f)
{
    if (!*f)
        return;
    ndpi_free_flow_data(&(*f)->ndpi);
    explicit_bzero(*f, sizeof(**f));
    mem_free(c->mem, *f, sizeof(**f));
    *f = NULL;
}

static bool is_mail(ndpi_protocol p)
{
    return p.master_protocol == NDPI_PROTOCOL_MAIL_SMTP || p.app_protocol == NDPI_PROTOCOL_MAIL_SMTP ||
           p.master_protocol == NDPI_PROTOCOL_MAIL_SMTPS || p.app_protocol == NDPI_PROTOCOL_MAIL_SMTPS;
}

static enum classify_verdict decide(struct classify *c, struct classify_flow **f, ndpi_protocol p,
                                    const char **name)
{
    unsigned id = p.master_protocol != NDPI_PROTOCOL_UNKNOWN ? p.master_protocol : p.app_protocol;

    *name = ndpi_get_proto_name(c->module, (u_int16_t)id);
    c->flows[id < NAMES ? id : NDPI_PROTOCOL_UNKNOWN]++;
    classify_drop(c, f);
    if (is_mail(p))
        return CLASSIFY_MAIL;
    return id == NDPI_PROTOCOL_UNKNOWN ? CLASSIFY_UNKNOWN : CLASSIFY_OTHER;
}

enum classify_verdict classify_push(struct classify *c, struct classify_flow **f, const struct packet *p,
                                    int64_t ts_us, const char **name)
{
    unsigned short n = (unsigned short)(p->ip.n < UINT16_MAX ? p->ip.n : UINT16_MAX);
    ndpi_protocol found;
    u_int8_t guessed;

    if (!*f)
        *f = mem_zalloc(c->mem, sizeof(**f));
    if (!*f) {
        c->flows[NDPI_PROTOCOL_UNKNOWN]++;
        return CLASSIFY_UNKNOWN;
    }
    found = ndpi_detection_process_packet(c->module, &(*f)->ndpi, p->ip.p, n, (u_int64_t)(ts_us / 1000));
    if (found.master_protocol != NDPI_PROTOCOL_UNKNOWN || found.app_protocol != NDPI_PROTOCOL_UNKNOWN)
        return decide(c, f, found, name);
    if (++(*f)->packets < PACKETS_MOST)
        return CLASSIFY_UNDECIDED;
    found = ndpi_detection_giveup(c->module, &(*f)->ndpi, 0, &guessed);
    return decide(c, f, found, name);
}

unsigned classify_names(const struct classify *c)
{
    (void)c;
    return NAMES;
}

const char *classify_count(const struct classify *c, unsigned i, uint64_t *flows)
{
    *flows = c->flows[i];
    return *flows ? ndpi_get_proto_name(c->module, (u_int16_t)i) : NULL;
}
