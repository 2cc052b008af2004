/* SPDX-License-Identifier: Apache-2.0 */
/* savefile_format: the two forms of capture files: pcap and pcapng, in either byte order. */
#ifndef MXTAP_INTAKE_SAVEFILE_FORMAT_H
#define MXTAP_INTAKE_SAVEFILE_FORMAT_H

#include "sensor/intake/savefile.h"
#include "sensor/intake/window.h"

enum { SAVEFILE_WHY = 160 };

/* --- pcap (the classic form, with its nanosecond and Kuznetzov variants) --- */
struct pcap_format {
    bool swapped, nanoseconds;
    unsigned record_header; /* bytes */
    int link_type;
    uint32_t last_s;        /* of the last record, 0 = none yet */
};

/* Reads the file header. False with why: what it is instead. */
bool pcap_format_open(struct pcap_format *x, struct window *w, char why[SAVEFILE_WHY]);
enum savefile_result pcap_format_next(struct pcap_format *x, struct window *w, struct frame *f,
                                      char why[SAVEFILE_WHY]);
/* Behind damage: goes on to the next place where a record begins, by all that can be told. False at the
 * end of the file. *skipped grows by the bytes passed over. */
bool pcap_format_resync(const struct pcap_format *x, struct window *w, uint64_t *skipped);

/* --- pcapng --- */
struct pcapng_interface {
    int link_type;
    uint32_t snaplen;
    uint64_t units;    /* of time, a second; 1,000,000 unless if_tsresol says else */
    int64_t offset_s;
};

struct pcapng_format {
    bool swapped;
    struct pcapng_interface *interfaces; /* of this section */
    unsigned n, cap;
    int64_t last_us;   /* for simple packet blocks, which carry no time */
};

bool pcapng_format_open(struct pcapng_format *x, struct window *w, char why[SAVEFILE_WHY]);
enum savefile_result pcapng_format_next(struct pcapng_format *x, struct window *w, struct frame *f,
                                        char why[SAVEFILE_WHY]);
/* A packet's block that lies in the window, whole and sound. False: it was left alone, and pcapng_format_next says what is there. */
bool pcapng_format_ready(struct pcapng_format *x, struct window *w, struct frame *f);
bool pcapng_format_resync(const struct pcapng_format *x, struct window *w, uint64_t *skipped);
void pcapng_format_close(struct pcapng_format *x);

/* A file that begins so is pcapng. */
bool pcapng_format_is(struct window *w);

/* The DLT_ number of a LINKTYPE_ number in a file: they differ for a few. */
int savefile_link_type(uint32_t file);

/* No frame is longer (libpcap's own bound): a larger length is damage. */
enum { SAVEFILE_FRAME_MAX = 262144 };

static inline uint32_t savefile_u32(const uint8_t *p, bool swapped)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return swapped ? __builtin_bswap32(v) : v;
}

static inline uint16_t savefile_u16(const uint8_t *p, bool swapped)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return swapped ? __builtin_bswap16(v) : v;
}

/* --- what is done for every frame --- */

/* The record at h, all of it in memory. */
static inline void pcap_format_take(struct pcap_format *x, const uint8_t *h, uint32_t captured, struct frame *f)
{
    const uint32_t fraction = savefile_u32(h + 4, x->swapped), wire = savefile_u32(h + 12, x->swapped);

    f->ts_us = (int64_t)savefile_u32(h, x->swapped) * 1000000 + (x->nanoseconds ? fraction / 1000 : fraction);
    x->last_s = (uint32_t)(f->ts_us / 1000000);
    f->bytes = span_of(h + x->record_header, captured);
    f->wire = wire < captured ? captured : wire;
    f->link_type = x->link_type;
    f->iface = 0;
}

/* Most records lie in the window, whole and in order. False: it was left alone, and pcap_format_next says what is the matter. */
static inline bool pcap_format_ready(struct pcap_format *x, struct window *w, struct frame *f)
{
    const uint8_t *h = w->p + w->at;
    size_t has = window_has(w);
    uint32_t captured;

    if (has < x->record_header)
        return false;
    captured = savefile_u32(h + 8, x->swapped);
    if (captured > SAVEFILE_FRAME_MAX || captured > has - x->record_header)
        return false;
    pcap_format_take(x, h, captured, f);
    window_advance(w, x->record_header + captured);
    return true;
}

/* As many of them in a row as there are, at most max; their filtered is false. How many. */
unsigned pcap_format_ready_some(struct pcap_format *x, struct window *w, struct frame *f, unsigned max);

#endif
