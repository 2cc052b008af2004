/* SPDX-License-Identifier: Apache-2.0 */
/* pcap_format: draft-ietf-opsawg-pcap. */
#include "sensor/intake/savefile_format.h"

#include "sensor/language.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    RECORD_HEADER_MODIFIED = 24 /* Kuznetzov's: interface, protocol and packet type behind it */
};

static const uint32_t magic_us = 0xa1b2c3d4, magic_ns = 0xa1b23c4d, magic_modified = 0xa1b2cd34;

int savefile_link_type(uint32_t file)
{
    enum { ATM_RFC1483 = 100, RAW = 101, DLT_OF_ATM = 11, DLT_OF_RAW = 12, FCS_BITS = 0x3ffffff };

    file &= FCS_BITS; /* the bits above tell of a frame check sequence */
    return file == RAW ? DLT_OF_RAW : file == ATM_RFC1483 ? DLT_OF_ATM : (int)file;
}

static bool magic_known(struct pcap_format *x, uint32_t magic)
{
    x->nanoseconds = magic == magic_ns;
    x->record_header = magic == magic_modified ? RECORD_HEADER_MODIFIED : RECORD_HEADER;
    return magic == magic_us || magic == magic_ns || magic == magic_modified;
}

bool pcap_format_open(struct pcap_format *x, struct window *w, char why[SAVEFILE_WHY])
{
    const uint8_t *h = window_peek(w, 4);

    if (!h) {
        snprintf(why, SAVEFILE_WHY, window_has(w) ? _("too short") : _("empty"));
        return false;
    }
    x->swapped = !magic_known(x, savefile_u32(h, false));
    if (x->swapped && !magic_known(x, savefile_u32(h, true))) {
        snprintf(why, SAVEFILE_WHY, _("neither pcap nor pcapng"));
        return false;
    }
    h = window_peek(w, FILE_HEADER);
    if (!h) {
        snprintf(why, SAVEFILE_WHY, _("cut in its file header"));
        return false;
    }
    x->link_type = savefile_link_type(savefile_u32(h + 20, x->swapped));
    window_advance(w, FILE_HEADER);
    return true;
}

/* Of copies: nobody else writes to what is asked for each. */
unsigned pcap_format_ready_some(struct pcap_format *x, struct window *w, struct frame *f, unsigned max)
{
    struct pcap_format format = *x;
    struct window ready = *w;
    unsigned n = 0;

    for (; n < max && pcap_format_ready(&format, &ready, &f[n]); n++) {
        __builtin_prefetch(f[n].bytes.p + 48); /* the record's own header was read; its frame's end in another line */
        f[n].filtered = false;
    }
    x->last_s = format.last_s;
    w->at = ready.at;
    return n;
}

enum savefile_result pcap_format_next(struct pcap_format *x, struct window *w, struct frame *f,
                                      char why[SAVEFILE_WHY])
{
    const uint8_t *h = window_peek(w, x->record_header);
    uint32_t captured;

    if (!h && window_has(w) == 0)
        return SAVEFILE_END;
    if (!h) {
        snprintf(why, SAVEFILE_WHY, _("cut in mid-packet"));
        return SAVEFILE_DAMAGED;
    }
    captured = savefile_u32(h + 8, x->swapped);
    if (captured > SAVEFILE_FRAME_MAX) {
        snprintf(why, SAVEFILE_WHY, _("damaged: a packet of %u bytes"), captured);
        return SAVEFILE_DAMAGED;
    }
    h = window_peek(w, x->record_header + captured);
    if (!h) {
        snprintf(why, SAVEFILE_WHY, _("cut in mid-packet"));
        return SAVEFILE_DAMAGED;
    }
    pcap_format_take(x, h, captured, f);
    window_advance(w, x->record_header + captured);
    return SAVEFILE_FRAME;
}
