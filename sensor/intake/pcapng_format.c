/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng_format: draft-ietf-opsawg-pcapng; each interface with its own link type and clock. */
#include <stdlib.h>

#include "sensor/intake/savefile_format.h"

#include "decoders/base/limits.h"
#include "sensor/language.h"

static const uint32_t section_header = 0x0a0d0d0a, byte_order = 0x1a2b3c4d;

enum {
    INTERFACE = 1,
    PACKET_OLD = 2,
    PACKET_SIMPLE = 3,
    PACKET_ENHANCED = 6,
    OPTION_END = 0,
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
    HEADER = 8,                    /* type and length of a block */
    TRAILER = 4,                   /* its length again */
    INTERFACES_MAX = 65536,
    DESCRIPTION_MAX = 1 << 20,     /* bytes of an interface block, comments and names included */
    PACKET_MAX = SAVEFILE_FRAME_MAX + (1 << 20) /* of a packet block, its options included */
};

static enum savefile_result damaged(char why[SAVEFILE_WHY], const char *text)
{
    snprintf(why, SAVEFILE_WHY, "%s", text);
    return SAVEFILE_DAMAGED;
}

bool pcapng_format_is(struct window *w)
{
    const uint8_t *h = window_peek(w, 4);

    return h && savefile_u32(h, false) == section_header; /* the same in both orders */
}

/* A section begins: its byte order, no interfaces yet. */
static bool section(struct pcapng_format *x, struct window *w, char why[SAVEFILE_WHY])
{
    const uint8_t *h = window_peek(w, HEADER + 8);
    uint32_t length;

    if (!h ||
        (savefile_u32(h + 8, false) != byte_order && savefile_u32(h + 8, true) != byte_order)) {
        damaged(why, h ? _("damaged: a section header without its byte order")
                       : _("cut in its section header"));
        return false;
    }
    x->swapped = savefile_u32(h + 8, false) != byte_order;
    length = savefile_u32(h + 4, x->swapped);
    if (length < HEADER + 16 + TRAILER || length % 4) {
        damaged(why, _("damaged: a section header of no possible length"));
        return false;
    }
    if (savefile_u16(h + 12, x->swapped) != 1) {
        damaged(why, _("a version of pcapng that nobody has defined"));
        return false;
    }
    x->n = 0;
    if (!window_skip(w, length)) {
        damaged(why, _("cut in its section header"));
        return false;
    }
    return true;
}

bool pcapng_format_open(struct pcapng_format *x, struct window *w, char why[SAVEFILE_WHY])
{
    memset(x, 0, sizeof(*x));
    return section(x, w, why);
}

/* if_tsresol: a power of ten, or of two with the top bit. 0 = not representable. */
static uint64_t units_of(uint8_t resolution)
{
    unsigned power = resolution & 0x7f;
    uint64_t units = 1;

    if (resolution & 0x80)
        return power < 64 ? (uint64_t)1 << power : 0;
    for (; power && units; power--)
        if (__builtin_mul_overflow(units, 10u, &units))
            units = 0;
    return units;
}

static bool interface_options(struct pcapng_interface *i, const uint8_t *p, size_t n, bool swapped)
{
    while (n >= 4) {
        unsigned code = savefile_u16(p, swapped);
        size_t length = savefile_u16(p + 2, swapped), padded = (length + 3) & ~(size_t)3;

        if (code == OPTION_END || padded > n - 4)
            break;
        if (code == OPTION_TSRESOL && length == 1)
            i->units = units_of(p[4]);
        if (code == OPTION_TSOFFSET && length == 8) {
            uint32_t first = savefile_u32(p + 4, swapped), second = savefile_u32(p + 8, swapped);

            /* A 64-bit number in the section's order. */
            i->offset_s = (int64_t)(swapped ? (uint64_t)first << 32 | second
                                            : (uint64_t)second << 32 | first);
        }
        p += 4 + padded;
        n -= 4 + padded;
    }
    return i->units != 0;
}

static bool interface_room(struct pcapng_format *x)
{
    unsigned cap = x->cap ? x->cap * 2 : 4;
    struct pcapng_interface *p;

    if (x->n < x->cap)
        return true;
    if (x->cap >= INTERFACES_MAX)
        return false;
    p = realloc(x->interfaces, cap * sizeof(*p));
    if (!p)
        return false;
    x->interfaces = p;
    x->cap = cap;
    return true;
}

/* body: without header and trailer. */
static bool interface(struct pcapng_format *x, const uint8_t *body, size_t n,
                      char why[SAVEFILE_WHY])
{
    struct pcapng_interface *i;

    if (n < 8 || !interface_room(x)) {
        damaged(why, n < 8 ? _("damaged: an interface block that is too short")
                           : _("more interfaces than "
                             "can be kept"));
        return false;
    }
    i = &x->interfaces[x->n];
    *i = (struct pcapng_interface){.link_type = savefile_link_type(savefile_u16(body, x->swapped)),
                                   .snaplen = savefile_u32(body + 4, x->swapped),
                                   .units = 1000000};
    if (!interface_options(i, body + 8, n - 8, x->swapped)) {
        damaged(why, _("an interface whose clock ticks too fast to be counted"));
        return false;
    }
    x->n++;
    return true;
}

static int64_t time_us(const struct pcapng_interface *i, const uint8_t *high_low, bool swapped)
{
    uint64_t t =
        (uint64_t)savefile_u32(high_low, swapped) << 32 | savefile_u32(high_low + 4, swapped);
    uint64_t us;
    int64_t at;

    if (i->units == 1000000)
        us = t;
    else if (i->units == 1000000000)
        us = t / 1000;
    else
        us = (uint64_t)((unsigned __int128)t * 1000000 / i->units);
    at = (int64_t)(us + (uint64_t)i->offset_s * 1000000);
    return at > LIMIT_TIME_USEC ? LIMIT_TIME_USEC : at < -LIMIT_TIME_USEC ? -LIMIT_TIME_USEC : at;
}

/* Where the parts of a packet block stand. */
struct packet_block {
    unsigned interface;
    const uint8_t *time; /* NULL: none */
    uint32_t captured, wire;
    const uint8_t *bytes;
    size_t room; /* for the bytes */
};

static bool packet_parts(const struct pcapng_format *x, uint32_t type, const uint8_t *b, size_t n,
                         struct packet_block *k)
{
    unsigned fixed = type == PACKET_SIMPLE ? 4 : 20;

    if (n < fixed)
        return false;
    k->bytes = b + fixed;
    k->room = n - fixed;
    if (type == PACKET_SIMPLE) {
        k->interface = 0;
        k->time = NULL;
        k->wire = savefile_u32(b, x->swapped);
        k->captured = k->wire;
        if (x->n && x->interfaces[0].snaplen && k->captured > x->interfaces[0].snaplen)
            k->captured = x->interfaces[0].snaplen;
        if (k->captured > k->room)
            k->captured = (uint32_t)k->room;
        return true;
    }
    k->interface = type == PACKET_OLD ? savefile_u16(b, x->swapped) : savefile_u32(b, x->swapped);
    k->time = b + 4;
    k->captured = savefile_u32(b + 12, x->swapped);
    k->wire = savefile_u32(b + 16, x->swapped);
    return true;
}

static enum savefile_result packet(struct pcapng_format *x, uint32_t type, const uint8_t *body,
                                   size_t n, struct frame *f, char why[SAVEFILE_WHY])
{
    struct packet_block k;
    const struct pcapng_interface *i;

    if (!packet_parts(x, type, body, n, &k) || k.captured > k.room ||
        k.captured > SAVEFILE_FRAME_MAX)
        return damaged(why, _("damaged: a packet that is longer than its block"));
    if (k.interface >= x->n)
        return damaged(why, _("damaged: a packet of an interface that the file does not describe"));
    i = &x->interfaces[k.interface];
    if (k.time)
        x->last_us = time_us(i, k.time, x->swapped);
    f->ts_us = x->last_us;
    f->bytes = span_of(k.bytes, k.captured);
    f->wire = k.wire < k.captured ? k.captured : k.wire;
    f->link_type = i->link_type;
    f->iface = k.interface;
    return SAVEFILE_FRAME;
}

static bool is_packet(uint32_t type)
{
    return type == PACKET_ENHANCED || type == PACKET_SIMPLE || type == PACKET_OLD;
}

/* One block that is no section header. SAVEFILE_END: it held no packet, go on. */
static enum savefile_result block(struct pcapng_format *x, struct window *w, uint32_t type,
                                  uint32_t length, struct frame *f, char why[SAVEFILE_WHY])
{
    enum savefile_result result = SAVEFILE_END;
    const uint8_t *b;

    if (length < HEADER + TRAILER || length % 4)
        return damaged(why, _("damaged: a block of no possible length"));
    if (!is_packet(type) && type != INTERFACE)
        return window_skip(w, length) ? SAVEFILE_END : damaged(why, _("cut in mid-block"));
    if (length > (type == INTERFACE ? DESCRIPTION_MAX : PACKET_MAX))
        return damaged(why, _("damaged: a block of no possible length"));
    b = window_peek(w, length);
    if (!b)
        return damaged(why, _("cut in mid-packet"));
    if (savefile_u32(b + length - TRAILER, x->swapped) != length)
        return damaged(why, _("damaged: a block that does not end where it says"));
    if (type != INTERFACE)
        result = packet(x, type, b + HEADER, length - HEADER - TRAILER, f, why);
    else if (!interface(x, b + HEADER, length - HEADER - TRAILER, why))
        result = SAVEFILE_DAMAGED;
    window_advance(w, length);
    return result;
}

bool pcapng_format_ready(struct pcapng_format *x, struct window *w, struct frame *f)
{
    const uint8_t *h = w->p + w->at;
    size_t has = window_has(w);
    char why[SAVEFILE_WHY];
    uint32_t type, length;

    if (has < HEADER + TRAILER)
        return false;
    type = savefile_u32(h, x->swapped);
    length = savefile_u32(h + 4, x->swapped);
    if (!is_packet(type) || length < HEADER + TRAILER || length % 4 || length > PACKET_MAX || length > has)
        return false;
    if (savefile_u32(h + length - TRAILER, x->swapped) != length ||
        packet(x, type, h + HEADER, length - HEADER - TRAILER, f, why) != SAVEFILE_FRAME)
        return false;
    window_advance(w, length);
    return true;
}

enum savefile_result pcapng_format_next(struct pcapng_format *x, struct window *w, struct frame *f,
                                        char why[SAVEFILE_WHY])
{
    for (;;) {
        const uint8_t *h = window_peek(w, HEADER);
        enum savefile_result r;

        if (!h)
            return window_has(w) ? damaged(why, _("cut in mid-block")) : SAVEFILE_END;
        if (savefile_u32(h, false) == section_header) {
            if (!section(x, w, why))
                return SAVEFILE_DAMAGED;
            continue;
        }
        r = block(x, w, savefile_u32(h, x->swapped), savefile_u32(h + 4, x->swapped), f, why);
        if (r != SAVEFILE_END)
            return r;
    }
}

void pcapng_format_close(struct pcapng_format *x)
{
    free(x->interfaces);
    x->interfaces = NULL;
}
