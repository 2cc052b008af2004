/* SPDX-License-Identifier: Apache-2.0 */
/* savefile_resync: behind damage, where the next record of a capture file begins. */
#include "sensor/intake/savefile_format.h"

enum {
    BLOCK = 256 * 1024,
    CHAIN = 3,                  /* pcap: so many headers must fit each other */
    DAY = 86400,
    PCAPNG_ENHANCED = 6,
    PCAPNG_FIXED = 32,          /* bytes of an enhanced packet block without its packet */
    PCAPNG_AHEAD = SAVEFILE_FRAME_MAX + 4096
};

/* Whether a record begins at p; n bytes are there, and none behind them where at_end. */
typedef bool (*fits)(const void *format, const uint8_t *p, size_t n, bool at_end);

/* n bytes are there. More are asked for at once than are needed: damage everywhere must not move the window
 * by its whole length each time. */
static bool has(struct window *w, size_t n)
{
    return window_has(w) >= n || window_peek(w, 2 * n) || window_has(w) >= n;
}

/* Every place is looked at once: linear in what is passed over. ahead: bytes that it takes to tell. */
static bool scan(struct window *w, fits is_record, const void *format, size_t ahead, uint64_t *skipped)
{
    for (;;) {
        bool at_end = !has(w, BLOCK + ahead);
        const uint8_t *p = w->p + w->at;
        size_t n = window_has(w), last = at_end ? n : BLOCK;

        for (size_t i = 0; i < last; i++)
            if (is_record(format, p + i, n - i, at_end)) {
                window_advance(w, i);
                *skipped += i;
                return true;
            }
        window_advance(w, last);
        *skipped += last;
        if (at_end)
            return false;
    }
}

/* The bytes that follow the header at p, or SAVEFILE_FRAME_MAX + 1 where it is none: a day around the record
 * before, a fraction of a second, no more captured than was on the wire. */
static uint32_t captured_by(const struct pcap_format *x, const uint8_t *p, int64_t about_s)
{
    int64_t off = (int64_t)savefile_u32(p, x->swapped) - about_s;
    uint32_t fraction = savefile_u32(p + 4, x->swapped), captured = savefile_u32(p + 8, x->swapped);
    uint32_t wire = savefile_u32(p + 12, x->swapped);

    if ((about_s && (off > DAY || off < -DAY)) || fraction >= (x->nanoseconds ? 1000000000 : 1000000) ||
        !captured || captured > wire || wire > SAVEFILE_FRAME_MAX)
        return SAVEFILE_FRAME_MAX + 1;
    return captured;
}

static bool is_pcap_record(const void *format, const uint8_t *p, size_t n, bool at_end)
{
    const struct pcap_format *x = format;
    int64_t about_s = x->last_s;
    size_t at = 0;

    for (int i = 0; i < CHAIN; i++) {
        uint32_t captured;

        if (n - at < x->record_header)
            return at_end && i > (n != at); /* the file ends here, or was cut a little later */
        captured = captured_by(x, p + at, about_s);
        if (captured > SAVEFILE_FRAME_MAX)
            return false;
        about_s = savefile_u32(p + at, x->swapped);
        at += x->record_header;
        if (captured > n - at)
            return at_end && i;
        at += captured;
    }
    return true;
}

bool pcap_format_resync(const struct pcap_format *x, struct window *w, uint64_t *skipped)
{
    return scan(w, is_pcap_record, x, CHAIN * (SAVEFILE_FRAME_MAX + x->record_header), skipped);
}

/* Its type, its length twice, and a packet in it that fits, of an interface that is there. */
static bool is_pcapng_packet(const void *format, const uint8_t *p, size_t n, bool at_end)
{
    const struct pcapng_format *x = format;
    uint32_t length;

    (void)at_end;
    if (n < PCAPNG_FIXED || savefile_u32(p, x->swapped) != PCAPNG_ENHANCED)
        return false;
    length = savefile_u32(p + 4, x->swapped);
    return length % 4 == 0 && length >= PCAPNG_FIXED && length <= n &&
           savefile_u32(p + length - 4, x->swapped) == length && savefile_u32(p + 8, x->swapped) < x->n &&
           savefile_u32(p + 20, x->swapped) <= length - PCAPNG_FIXED;
}

bool pcapng_format_resync(const struct pcapng_format *x, struct window *w, uint64_t *skipped)
{
    return scan(w, is_pcapng_packet, x, PCAPNG_AHEAD, skipped);
}
