/* SPDX-License-Identifier: Apache-2.0 */
/* capture_filter: libpcap's compiler and its interpreter. */
#include "sensor/intake/capture_filter.h"

#include <pcap.h>
#include <stdlib.h>

#include "sensor/language.h"

enum { PROGRAMS = 16, SNAPLEN = 262144 };

struct capture_filter {
    const char *expression;
    unsigned n;
    struct {
        int link_type;
        struct bpf_program program;
    } programs[PROGRAMS];
};

struct capture_filter *capture_filter_new(const char *expression)
{
    struct capture_filter *b = calloc(1, sizeof(*b));

    if (b)
        b->expression = expression;
    return b;
}

void capture_filter_free(struct capture_filter *b)
{
    if (!b)
        return;
    for (unsigned i = 0; i < b->n; i++)
        pcap_freecode(&b->programs[i].program);
    free(b);
}

static bool compile(struct bpf_program *to, const char *expression, int link_type,
                    char err[CAPTURE_ERR])
{
    pcap_t *dead = pcap_open_dead(link_type, SNAPLEN);
    bool ok;

    if (!dead) {
        snprintf(err, CAPTURE_ERR, _("no memory"));
        return false;
    }
    ok = pcap_compile(dead, to, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!ok)
        snprintf(err, CAPTURE_ERR, "filter '%.200s': %.200s", expression, pcap_geterr(dead));
    pcap_close(dead);
    return ok;
}

bool capture_filter_check(const char *expression, char err[CAPTURE_ERR])
{
    static const int usual[] = {DLT_RAW, DLT_LINUX_SLL, DLT_IEEE802_11, DLT_EN10MB};
    struct bpf_program program;

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        if (compile(&program, expression, usual[i], err)) {
            pcap_freecode(&program);
            return true;
        }
    return false;
}

static const struct bpf_program *find(const struct capture_filter *b, int link_type)
{
    for (unsigned i = 0; i < b->n; i++)
        if (b->programs[i].link_type == link_type)
            return &b->programs[i].program;
    return NULL;
}

bool capture_filter_prepare(struct capture_filter *b, int link_type, char err[CAPTURE_ERR])
{
    if (!b->expression || find(b, link_type))
        return true;
    if (b->n == PROGRAMS) {
        snprintf(err, CAPTURE_ERR, _("a filter for more than %d link types"), PROGRAMS);
        return false;
    }
    if (!compile(&b->programs[b->n].program, b->expression, link_type, err))
        return false;
    b->programs[b->n++].link_type = link_type;
    return true;
}

bool capture_filter_asks(const struct capture_filter *b)
{
    return b->expression;
}

bool capture_filter_passes(const struct capture_filter *b, const struct frame *f)
{
    const struct pcap_pkthdr h = {.caplen = (bpf_u_int32)f->bytes.n, .len = f->wire};
    const struct bpf_program *program;

    if (!b->expression)
        return true;
    program = find(b, f->link_type);
    return program && pcap_offline_filter(program, &h, f->bytes.p) != 0;
}
