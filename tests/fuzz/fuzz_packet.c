/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_packet: frames of every link type through packet and fragments; spans stay inside. */
#include <stdlib.h>

#include "decoders/net/fragments.h"
#include "decoders/net/syn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span part, struct span whole)
{
    if (part.n && (part.p < whole.p || part.p + part.n > whole.p + whole.n))
        abort();
}

/* Every TCP segment is taken for a SYN: nothing in the headers may lead outside, or write too much. */
static void check_syn(const struct packet *p)
{
    uint8_t text[SYN_TEXT];
    struct syn s;

    if (!syn_read(&s, p))
        return;
    if (!s.seen || syn_signature(&s, text) >= SYN_TEXT || syn_initial_ttl(&s) < s.ttl)
        abort();
    syn_guess(&s);
}

static void check(const struct packet *p, enum packet_verdict v, struct span frame)
{
    inside(p->ip, frame);
    inside(p->payload, frame);
    inside(p->options, frame);
    if (p->payload_wire < p->payload.n || p->vlans > LIMIT_VLAN_TAGS ||
        p->encapsulations > LIMIT_ENCAPSULATIONS)
        abort();
    if (v == PACKET_TCP && packet_payload_sum(p) == 0xffff)
        abort();
    if (v == PACKET_TCP) {
        packet_tcp_sum_is_right(p);
        check_syn(p);
    }
}

/* As the worker does it: a datagram put together may hold a fragment of a datagram inside. */
static void take(struct fragments *f, struct packet *p, enum packet_verdict v, struct span frame,
                 unsigned options, int64_t ts_us)
{
    for (int i = 0; i < 4; i++) {
        check(p, v, frame);
        if (v != PACKET_FRAGMENT)
            return;
        frame = fragments_push(f, p, ts_us);
        if (!frame.p)
            return;
        v = packet_decode_ip(p, frame, (uint32_t)frame.n, options);
    }
}

/* Input: memory budget, then frames: link type, options and time, length (2 bytes), cut, bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int links[] = {LINK_ETHERNET,  LINK_NULL,       LINK_PPP,  LINK_RAW,
                                LINK_PPP_ETHER, LINK_LINUX_SLL,  LINK_MPLS, LINK_IPV4,
                                LINK_IPV6,      LINK_LINUX_SLL2, LINK_LOOP, 147};
    const struct hash_key key = {1, 2};
    struct mem m;
    struct fragments *f;
    int64_t now_us = 0;
    size_t at = 1;

    if (!size)
        return 0;
    mem_init(&m, data[0] & 1 ? 20000 + data[0] * 64u : 0);
    f = fragments_new(&m, &key);
    while (f && at + 5 <= size) {
        const uint8_t *h = data + at;
        size_t n = (size_t)h[2] << 8 | h[3];
        struct packet p;
        struct span frame;
        uint8_t *copy;

        at += 5;
        n = n < size - at ? n : size - at;
        copy = malloc(n ? n : 1); /* so that ASan sees its ends */
        memcpy(copy, data + at, n);
        frame = span_of(copy, n);
        at += n;
        now_us += (int64_t)h[1] << 14;
        take(f, &p,
             packet_decode(&p, links[h[0] % 12], frame, (uint32_t)(n + h[4]), h[1] & 1), frame,
             h[1] & 1, now_us);
        free(copy);
    }
    fragments_free(f);
    if (m.used)
        abort();
    return 0;
}
