/* SPDX-License-Identifier: Apache-2.0 */
/* capture_make: capture files made by hand, field by field, in either byte order. */
#ifndef MXTAP_TESTS_CAPTURE_MAKE_H
#define MXTAP_TESTS_CAPTURE_MAKE_H

#include <stdint.h>
#include <string.h>

struct file {
    uint8_t p[65536];
    size_t n;
    bool swapped; /* the other byte order than this machine's */
};

static inline void u8s(struct file *f, const void *p, size_t n)
{
    memcpy(f->p + f->n, p, n);
    f->n += n;
}

static inline void u16(struct file *f, uint16_t v)
{
    v = f->swapped ? __builtin_bswap16(v) : v;
    u8s(f, &v, 2);
}

static inline void u32(struct file *f, uint32_t v)
{
    v = f->swapped ? __builtin_bswap32(v) : v;
    u8s(f, &v, 4);
}

static inline void pcap_header(struct file *f, uint32_t magic, uint32_t link)
{
    u32(f, magic);
    u16(f, 2);
    u16(f, 4);
    u32(f, 0);
    u32(f, 0);
    u32(f, 262144);
    u32(f, link);
}

/* n bytes of payload, each of them seed. */
static inline void pcap_record(struct file *f, uint32_t s, uint32_t fraction, uint32_t n, uint32_t wire)
{
    u32(f, s);
    u32(f, fraction);
    u32(f, n);
    u32(f, wire);
    memset(f->p + f->n, (int)(s & 0xff), n);
    f->n += n;
}

static inline void three_records(struct file *f, uint32_t scale)
{
    pcap_record(f, 1000, 1 * scale, 60, 60);
    pcap_record(f, 1001, 2 * scale, 10, 1514);
    pcap_record(f, 1002, 999999 * scale, 1, 1);
}

static const char three[] = "frame 1 1000.000001 n=60 wire=60 link=1 if=0\n"
                            "frame 2 1001.000002 n=10 wire=1514 link=1 if=0\n"
                            "frame 3 1002.999999 n=1 wire=1 link=1 if=0\n";

static inline void section(struct file *f)
{
    u32(f, 0x0a0d0d0a);
    u32(f, 28);
    u32(f, 0x1a2b3c4d);
    u16(f, 1);
    u16(f, 0);
    u32(f, 0xffffffff);
    u32(f, 0xffffffff);
    u32(f, 28);
}

/* resolution 0: no option. */
static inline void interface(struct file *f, uint16_t link, uint8_t resolution, int64_t offset)
{
    size_t start = f->n;
    uint32_t length;

    u32(f, 1);
    u32(f, 0);
    u16(f, link);
    u16(f, 0);
    u32(f, 4096);
    if (resolution) {
        u16(f, 9);
        u16(f, 1);
        u8s(f, (uint8_t[4]){resolution}, 4);
    }
    if (offset) {
        uint64_t v = (uint64_t)offset;

        v = f->swapped ? __builtin_bswap64(v) : v;
        u16(f, 14);
        u16(f, 8);
        u8s(f, &v, 8);
    }
    u32(f, 0);
    length = (uint32_t)(f->n - start) + 4;
    u32(f, length);
    length = f->swapped ? __builtin_bswap32(length) : length;
    memcpy(f->p + start + 4, &length, 4);
}

static inline void enhanced(struct file *f, uint32_t iface, uint64_t time, uint32_t n, uint32_t wire)
{
    uint32_t padded = (n + 3) & ~3u;

    u32(f, 6);
    u32(f, 32 + padded);
    u32(f, iface);
    u32(f, (uint32_t)(time >> 32));
    u32(f, (uint32_t)time);
    u32(f, n);
    u32(f, wire);
    memset(f->p + f->n, 'x', padded);
    f->n += padded;
    u32(f, 32 + padded);
}

static inline void simple(struct file *f, uint32_t n)
{
    uint32_t padded = (n + 3) & ~3u;

    u32(f, 3);
    u32(f, 16 + padded);
    u32(f, n);
    f->n += padded;
    u32(f, 16 + padded);
}

static inline void unknown_block(struct file *f, uint32_t type)
{
    u32(f, type);
    u32(f, 20);
    u32(f, 0);
    u32(f, 0);
    u32(f, 20);
}

#endif
