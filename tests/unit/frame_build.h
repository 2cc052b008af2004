/* SPDX-License-Identifier: Apache-2.0 */
/* frame_build: a frame from words, outermost header first: "eth vlan:10 ip4 udp:4789 vxlan eth
 * ip4 tcp". */
#ifndef MXTAP_TESTS_FRAME_BUILD_H
#define MXTAP_TESTS_FRAME_BUILD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Words take numbers after colons. Every header's type field names what the next word is; lengths
 * and checksums are right. The last word's payload is "EHLO x\r\n" (frame_payload). Outer IP
 * headers go from 192.0.2.n to 192.0.2.m, the innermost from 10.0.0.1:40000 to 10.0.0.2:25 (or
 * ports of the word).
 *
 *   eth, sll, sll2, null, loop, snap (802.3 + LLC + SNAP)
 *   vlan:ID (802.1Q), qinq:ID (802.1ad), old:ID (0x9100), mpls:LABEL (bottom of stack when the next is not mpls),
 *   cw (pseudowire control word), pppoe, ppp
 *   ip4, ip4opt (with 8 bytes of options), ip4tso (total length 0), ip6, ip6tso
 *   hop, dst, route, ah, frag (atomic)
 *   gre, grekey (checksum, key and sequence), erspan1, erspan2, erspan3, erspan3o
 *   udp:PORT, vxlan, geneve, geneveopt
 *   tcp, tcpopt (12 bytes of options)
 */
#define FRAME_PAYLOAD "EHLO x\r\n"

struct built {
    uint8_t room[4096];
    uint8_t *p; /* the frame grows towards the front */
    size_t n;
};

struct frame_word {
    char name[16];
    unsigned number;
};

static inline void w16(uint8_t *b, unsigned x)
{
    b[0] = (uint8_t)(x >> 8);
    b[1] = (uint8_t)x;
}

static inline uint8_t *built_push(struct built *f, size_t n)
{
    f->p -= n;
    f->n += n;
    memset(f->p, 0, n);
    return f->p;
}

static inline unsigned built_sum(unsigned long sum, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i & 1 ? b[i] : (unsigned)b[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (unsigned)sum;
}

static inline bool word_is(const struct frame_word *w, const char *name)
{
    return w && strcmp(w->name, name) == 0;
}

static inline bool word_starts(const struct frame_word *w, const char *name)
{
    return w && strncmp(w->name, name, strlen(name)) == 0;
}

static inline unsigned ethertype_for(const struct frame_word *next)
{
    static const struct {
        const char *start;
        unsigned type;
    } types[] = {{"ip4", 0x800},   {"ip6", 0x86dd},      {"vlan", 0x8100},      {"qinq", 0x88a8},
                 {"old", 0x9100},  {"mpls", 0x8847},     {"pppoe", 0x8864},     {"eth", 0x6558},
                 {"arp", 0x0806},  {"erspan1", 0x88be},  {"erspan2", 0x88be},   {"erspan3", 0x22eb},
                 {"ppp", 0x880b}};

    for (size_t i = 0; next && i < sizeof(types) / sizeof(*types); i++)
        if (word_starts(next, types[i].start))
            return types[i].type;
    return 0xffff;
}

static inline unsigned protocol_for(const struct frame_word *next)
{
    static const struct {
        const char *start;
        unsigned protocol;
    } protocols[] = {{"tcp", 6},  {"udp", 17},  {"ip4", 4}, {"ip6", 41},  {"gre", 47},
                     {"hop", 0},  {"dst", 60},  {"ah", 51}, {"frag", 44}, {"route", 43},
                     {"mpls", 137}};

    for (size_t i = 0; next && i < sizeof(protocols) / sizeof(*protocols); i++)
        if (word_starts(next, protocols[i].start))
            return protocols[i].protocol;
    return 59;
}

/* The addresses of the IP header whose word is at w: outer or innermost. */
static inline void addresses(const struct frame_word *w, size_t left, uint8_t src[16], uint8_t dst[16])
{
    bool inner = true, six = word_starts(w, "ip6");

    for (size_t i = 1; i < left; i++)
        inner &= !word_starts(w + i, "ip4") && !word_starts(w + i, "ip6");
    memset(src, 0, 16);
    if (six)
        memcpy(src, inner ? "\x20\x01\x0d\xb8" : "\xfd\0\0\0", 4);
    else
        memcpy(src, inner ? "\x0a\0\0" : "\xc0\0\2", 3);
    memcpy(dst, src, 16);
    src[six ? 15 : 3] = 1;
    dst[six ? 15 : 3] = 2;
}

static inline void push_ip4(struct built *f, const struct frame_word *w, size_t left)
{
    size_t header = word_is(w, "ip4opt") ? 28 : 20, payload = f->n;
    uint8_t *b = built_push(f, header), src[16], dst[16];

    b[0] = (uint8_t)(0x40 | header / 4);
    w16(b + 2, word_is(w, "ip4tso") ? 0 : (unsigned)(header + payload));
    w16(b + 4, 0x1234);
    b[8] = 64;
    b[9] = (uint8_t)protocol_for(left > 1 ? w + 1 : NULL);
    addresses(w, left, src, dst);
    memcpy(b + 12, src, 4);
    memcpy(b + 16, dst, 4);
    if (header > 20)
        memset(b + 20, 1, header - 20);
    w16(b + 10, ~built_sum(0, b, header) & 0xffff);
}

static inline void push_ip6(struct built *f, const struct frame_word *w, size_t left)
{
    size_t payload = f->n;
    uint8_t *b = built_push(f, 40);

    b[0] = 0x60;
    w16(b + 4, word_is(w, "ip6tso") ? 0 : (unsigned)payload);
    b[6] = (uint8_t)protocol_for(left > 1 ? w + 1 : NULL);
    b[7] = 64;
    addresses(w, left, b + 8, b + 24);
}

/* Fills the checksum field at 16 or 6 for the IP word in front. */
static inline void transport_sum(struct built *f, const struct frame_word *ip, size_t left,
                                 unsigned protocol, size_t at)
{
    uint8_t src[16], dst[16];
    size_t n = word_starts(ip, "ip6") ? 16 : 4;
    unsigned sum;

    addresses(ip, left, src, dst);
    sum = built_sum(protocol + f->n, src, n);
    sum = built_sum(sum, dst, n);
    w16(f->p + at, ~built_sum(sum, f->p, f->n) & 0xffff);
}

static inline void push_transport(struct built *f, const struct frame_word *words,
                                  const struct frame_word *w, size_t left)
{
    const struct frame_word *ip = w;
    size_t payload = f->n, header = word_is(w, "tcpopt") ? 32 : 20;
    bool udp = word_is(w, "udp");
    uint8_t *b = built_push(f, udp ? 8 : header);

    w16(b, 40000);
    w16(b + 2, w->number ? w->number : 25);
    if (udp) {
        w16(b + 4, (unsigned)(8 + payload));
    } else {
        memcpy(b + 4, "\0\0\3\xe8\0\0\7\xd0", 8);
        b[12] = (uint8_t)(header << 2);
        b[13] = 0x18;
        w16(b + 14, 502);
        memset(b + 20, 1, header - 20);
    }
    while (ip > words && !word_starts(ip, "ip"))
        ip--;
    if (word_starts(ip, "ip"))
        transport_sum(f, ip, left + (size_t)(w - ip), udp ? 17 : 6, udp ? 6 : 16);
}

static inline void push_link(struct built *f, const struct frame_word *w, unsigned ethertype)
{
    uint8_t *b;

    if (word_is(w, "eth")) {
        b = built_push(f, 14);
        memcpy(b, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
        w16(b + 12, ethertype);
    } else if (word_is(w, "sll")) {
        b = built_push(f, 16);
        w16(b + 14, ethertype);
    } else if (word_is(w, "sll2")) {
        w16(built_push(f, 20), ethertype);
    } else if (word_is(w, "null")) {
        built_push(f, 4)[0] = ethertype == 0x800 ? 2 : 30;
    } else if (word_is(w, "loop")) {
        built_push(f, 4)[3] = ethertype == 0x800 ? 2 : 24;
    } else if (word_is(w, "snap")) {
        w16(built_push(f, 2), ethertype);
        memcpy(built_push(f, 6), "\xaa\xaa\3\0\0\0", 6);
        b = built_push(f, 14);
        w16(b + 12, (unsigned)f->n - 14);
    } else if (word_is(w, "cw")) {
        built_push(f, 4);
    } else if (word_is(w, "ppp")) {
        w16(built_push(f, 2), ethertype == 0x800 ? 0x21 : ethertype == 0x86dd ? 0x57 : 0x281);
    } else if (word_is(w, "pppoe")) {
        b = built_push(f, 6);
        b[0] = 0x11;
        w16(b + 4, (unsigned)f->n - 6);
    } else {
        fprintf(stderr, "frame_build: unknown word %s\n", w->name);
        abort();
    }
}

static inline bool push_tag(struct built *f, const struct frame_word *w,
                            const struct frame_word *next, unsigned ethertype)
{
    uint8_t *b;

    if (word_is(w, "vlan") || word_is(w, "qinq") || word_is(w, "old")) {
        b = built_push(f, 4);
        w16(b, 0xe000 | w->number);
        w16(b + 2, ethertype);
    } else if (word_is(w, "mpls")) {
        b = built_push(f, 4);
        w16(b, w->number >> 4);
        b[2] = (uint8_t)(w->number << 4 | !word_is(next, "mpls"));
        b[3] = 64;
    } else {
        return false;
    }
    return true;
}

static inline bool push_tunnel(struct built *f, const struct frame_word *w, unsigned ethertype)
{
    static const struct {
        const char *name;
        size_t n, type_at;
        uint8_t first[12];
    } tunnels[] = {
        {"grekey", 16, 2, {0xb0, 0}},
        {"erspan1", 0, 0, {0}},
        {"erspan2", 8, 0, {0x10, 5}},
        {"erspan3", 12, 0, {0x20}},
        {"erspan3o", 20, 0, {0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
        {"vxlan", 8, 0, {8, 0, 0, 0, 0, 0, 7}},
        {"geneve", 8, 2, {0, 0, 0, 0, 0, 0, 7}},
        {"geneveopt", 16, 2, {2, 0, 0, 0, 0, 0, 7}},
    };

    for (size_t i = 0; i < sizeof(tunnels) / sizeof(*tunnels); i++)
        if (word_is(w, tunnels[i].name)) {
            uint8_t *b = built_push(f, tunnels[i].n);

            memcpy(b, tunnels[i].first, tunnels[i].n < 12 ? tunnels[i].n : 12);
            if (tunnels[i].type_at)
                w16(b + tunnels[i].type_at, ethertype);
            return true;
        }
    return false;
}

static inline bool push_extension(struct built *f, const struct frame_word *w, unsigned protocol)
{
    uint8_t *b;

    if (word_is(w, "hop") || word_is(w, "dst") || word_is(w, "route")) {
        b = built_push(f, 16);
        b[1] = 1;
    } else if (word_is(w, "frag")) {
        b = built_push(f, 8);
    } else if (word_is(w, "ah")) {
        b = built_push(f, 24);
        b[1] = 4;
    } else {
        return false;
    }
    b[0] = (uint8_t)protocol;
    return true;
}

/* Behind a sequence number ERSPAN is type II or III, without one type I. */
static inline void push_gre(struct built *f, const struct frame_word *next, unsigned ethertype)
{
    bool sequence = word_starts(next, "erspan") && !word_is(next, "erspan1");
    uint8_t *b = built_push(f, sequence ? 8 : 4);

    b[0] = sequence ? 0x10 : 0;
    w16(b + 2, ethertype);
}

static inline void push_word(struct built *f, const struct frame_word *words, size_t i, size_t n)
{
    const struct frame_word *w = words + i, *next = i + 1 < n ? w + 1 : NULL;
    unsigned ethertype = ethertype_for(next);

    if (word_starts(w, "ip4"))
        push_ip4(f, w, n - i);
    else if (word_starts(w, "ip6"))
        push_ip6(f, w, n - i);
    else if (word_starts(w, "tcp") || word_is(w, "udp"))
        push_transport(f, words, w, n - i);
    else if (word_is(w, "gre"))
        push_gre(f, next, ethertype);
    else if (!push_tag(f, w, next, ethertype) && !push_tunnel(f, w, ethertype) &&
             !push_extension(f, w, protocol_for(next)) && !word_is(w, "arp"))
        push_link(f, w, ethertype);
}

static inline void frame_build(struct built *f, const char *text)
{
    struct frame_word words[40];
    size_t n = 0;
    int used;

    f->p = f->room + sizeof(f->room);
    f->n = 0;
    while (n < 40 && sscanf(text, " %15[a-z0-9]%n", words[n].name, &used) == 1) {
        text += used;
        words[n].number = 0;
        if (sscanf(text, ":%u%n", &words[n].number, &used) == 1)
            text += used;
        n++;
    }
    memcpy(built_push(f, sizeof(FRAME_PAYLOAD) - 1), FRAME_PAYLOAD, sizeof(FRAME_PAYLOAD) - 1);
    for (size_t i = n; i--;)
        push_word(f, words, i, n);
}

#endif
