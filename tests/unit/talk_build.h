/* SPDX-License-Identifier: Apache-2.0 */
/* talk_build: TCP packets of one connection from what its two sides say. */
#ifndef MXTAP_TESTS_TALK_BUILD_H
#define MXTAP_TESTS_TALK_BUILD_H

#include "decoders/net/packet.h"

/*
 * What is said: "S" for the server (192.0.2.25 or 2001:db8::25, port 25, unless changed) or "C" for the client (198.51.100.7 or 2001:db8::7, port 40007), then,
 * as far as wanted, "~" (it was sent before: its bytes lie 20 in front of where they belong), "+" (bytes in front of it were lost), "!" (URG),
 * "o" (IPv4 with an option), "f" (a fragment's flag), "x" (cut by one byte) or "p" (the frame is padded), then a blank and the text.
 */
struct talk {
    int version;        /* 4 or 6 */
    uint32_t next[2];   /* of the server, of the client */
    uint32_t address[2]; /* their last 32 bits */
    uint16_t port[2];
    uint8_t bytes[2048];
    struct packet p;    /* points into bytes */
};

static inline void talk_begin(struct talk *t, int version)
{
    *t = (struct talk){.version = version, .next = {0xfffffff0, 7000}, /* the server's numbers run over */
                       .address = {version == 6 ? 0x25 : 0xc0000219, version == 6 ? 7 : 0xc6336407}, .port = {25, 40007}};
}

static inline void talk_16(uint8_t *b, unsigned x)
{
    b[0] = (uint8_t)(x >> 8);
    b[1] = (uint8_t)x;
}

static inline void talk_32(uint8_t *b, uint32_t x)
{
    talk_16(b, x >> 16);
    talk_16(b + 2, x & 0xffff);
}

static inline size_t talk_ip(struct talk *t, bool client, size_t behind, bool option, bool fragment)
{
    uint8_t *b = t->bytes, *from, *to;
    size_t head = t->version == 6 ? 40 : option ? 24 : 20;

    if (t->version == 6) {
        b[0] = 0x60;
        talk_16(b + 4, (unsigned)behind);
        b[6] = 6;
        b[7] = 64;
        memcpy(b + 8, "\x20\x01\x0d\xb8", 4);
        memcpy(b + 24, "\x20\x01\x0d\xb8", 4);
        from = b + 20;
        to = b + 36;
    } else {
        b[0] = (uint8_t)(0x40 | head / 4);
        talk_16(b + 2, (unsigned)(head + behind));
        talk_16(b + 6, fragment ? 0x2000 : 0x4000);
        b[8] = 64;
        b[9] = 6;
        memset(b + 20, 1, head - 20);
        from = b + 12;
        to = b + 16;
    }
    talk_32(from, t->address[client]);
    talk_32(to, t->address[!client]);
    return head;
}

/* The packet that says it, in t->p; its IP packet is t->p.ip. */
static inline struct packet *talk_say(struct talk *t, const char *what)
{
    const char *text = strchr(what, ' ') + 1;
    size_t n = strlen(text), marks = (size_t)(text - what), head;
    bool client = what[0] == 'C';
    uint32_t seq;
    uint8_t *b;
    bool again = memchr(what, '~', marks), option = memchr(what, 'o', marks), fragment = memchr(what, 'f', marks);

    memset(t->bytes, 0, sizeof(t->bytes));
    t->next[client] += memchr(what, '+', marks) ? 100 : 0;
    seq = t->next[client] - (again ? 20 : 0);
    head = talk_ip(t, client, 32 + n, option, fragment);
    b = t->bytes + head;
    talk_16(b, t->port[client]);
    talk_16(b + 2, t->port[!client]);
    talk_32(b + 4, seq);
    talk_32(b + 8, t->next[!client]);
    b[12] = 8 << 4; /* 12 bytes of options */
    b[13] = TCP_ACK | TCP_PSH | (memchr(what, '!', marks) ? TCP_URG : 0);
    memset(b + 20, 1, 12);
    memcpy(b + 32, text, n);
    t->p = (struct packet){.protocol = 6, .seq = seq, .ack = t->next[!client], .flags = b[13], .payload = span_of(b + 32, n), .payload_wire = (uint32_t)n,
                           .ip = span_of(t->bytes, head + 32 + n)};
    t->p.src.port = client ? 40007 : 25;
    t->p.dst.port = client ? 25 : 40007;
    if (memchr(what, 'x', marks))
        t->p.ip.n--;
    if (memchr(what, 'p', marks))
        t->p.ip.n += 4;
    t->next[client] = seq + (uint32_t)n;
    return &t->p;
}

#endif
