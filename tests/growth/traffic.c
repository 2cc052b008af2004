/* SPDX-License-Identifier: Apache-2.0 */
/* traffic: captures of any size on standard output, made as they are read: what a sensor's memory and cost may grow with. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE                                                                                            \
    "usage: traffic FAMILY NUMBER... >pcap\n"                                                              \
    "  idle N            N sessions: handshake, banner, EHLO and its reply, then silence (every second one IPv6)\n" \
    "  flood N MAILS     N sources send a SYN each; among them MAILS whole mails of 4 KB, 250 at a time\n"       \
    "  open N MAILS      N sessions open; MAILS mails of 4 KB, each in the session that waited longest\n" \
    "  amid N MAILS      the same, but N mails under way at once: of each in turn a frame\n"             \
    "  size BYTES ALL    mails of BYTES, of a session each, ALL bytes together\n"                        \
    "  each K MAILS      sessions of K mails of 4 KB, MAILS together\n"

enum { MTU_PAYLOAD = 1440, FRAME_US = 10, MAIL = 4096, CLIENT = 0, SERVER = 1, FIN = 1, SYN = 2, PUSH = 8, ACK = 16 };

/* One connection: who is by its number, so that ten million need no table of addresses. */
struct line {
    uint32_t number, seq[2];
    uint16_t id[2];
};

static uint64_t now_us = 1700000000000000;

/* --- frames --- */

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
    for (; n > 1; p += 2, n -= 2)
        s += (uint32_t)p[0] << 8 | p[1];
    return n ? s + ((uint32_t)p[0] << 8) : s;
}

static unsigned fold(uint32_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return ~s & 0xffff;
}

/* Documentation addresses. Even numbers are IPv4: 254 hosts and their ports; odd ones have an IPv6 address each. */
static size_t ip_header(uint8_t *p, struct line *l, int side, size_t payload)
{
    uint8_t *client, *server;

    memset(p, 0, 40);
    if (l->number % 2) {
        put32(p, 0x60000000);
        put16(p + 4, (unsigned)payload);
        p[6] = 6;
        p[7] = 64;
        client = p + (side == CLIENT ? 8 : 24);
        server = p + (side == CLIENT ? 24 : 8);
        put32(client, 0x20010db8);
        put32(client + 4, 1);
        put32(client + 12, l->number);
        put32(server, 0x20010db8);
        server[15] = 25;
        return 40;
    }
    put16(p, 0x4500);
    put16(p + 2, (unsigned)payload + 20);
    put16(p + 4, ++l->id[side]);
    put16(p + 6, 0x4000);
    p[8] = 64;
    p[9] = 6;
    client = p + (side == CLIENT ? 12 : 16);
    server = p + (side == CLIENT ? 16 : 12);
    put32(client, 0xc6336400u + 1 + l->number / 2 % 254);
    put32(server, 0xc0000200u + 25 + l->number / 2 / 254 / 60000);
    put16(p + 10, fold(sum(0, p, 20)));
    return 20;
}

static unsigned client_port(const struct line *l)
{
    return l->number % 2 ? 40000 : 1024 + l->number / 2 / 254 % 60000;
}

static size_t tcp_header(uint8_t *p, const struct line *l, int side, unsigned flags)
{
    static const uint8_t options[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7};
    size_t n = flags & SYN ? 40 : 20;

    memset(p, 0, 20);
    put16(p, side == CLIENT ? client_port(l) : 25);
    put16(p + 2, side == CLIENT ? 25 : client_port(l));
    put32(p + 4, l->seq[side]);
    put32(p + 8, flags & ACK ? l->seq[!side] : 0);
    p[12] = (uint8_t)(n / 4 << 4);
    p[13] = (uint8_t)flags;
    put16(p + 14, 64240);
    if (flags & SYN)
        memcpy(p + 20, options, sizeof(options));
    return n;
}

static void send_frame(struct line *l, int side, unsigned flags, const char *payload, size_t n)
{
    static uint8_t frame[16 + 14 + 40 + 40 + MTU_PAYLOAD];
    uint8_t *ip = frame + 16 + 14, *tcp;
    size_t ip_n, tcp_n;
    uint32_t head[4], s;

    tcp_n = tcp_header(ip + 40, l, side, flags);
    ip_n = ip_header(ip, l, side, tcp_n + n);
    tcp = ip + ip_n;
    memmove(tcp, ip + 40, tcp_n);
    if (n)
        memcpy(tcp + tcp_n, payload, n);
    s = ip_n == 40 ? sum(0, ip + 8, 32) : sum(0, ip + 12, 8);
    put16(tcp + 16, fold(sum(s + 6 + (uint32_t)(tcp_n + n), tcp, tcp_n + n)));
    memset(frame + 16, 2, 12);
    put16(frame + 16 + 12, ip_n == 40 ? 0x86dd : 0x0800);
    now_us += FRAME_US;
    head[0] = (uint32_t)(now_us / 1000000);
    head[1] = (uint32_t)(now_us % 1000000);
    head[2] = head[3] = (uint32_t)(14 + ip_n + tcp_n + n);
    memcpy(frame, head, sizeof(head));
    if (fwrite(frame, 1, 16 + head[2], stdout) != 16 + head[2])
        exit(0); /* whoever reads has enough */
    l->seq[side] += (uint32_t)n + !!(flags & (SYN | FIN));
}

/* --- dialogue --- */

static void say(struct line *l, int side, const char *text)
{
    send_frame(l, side, ACK | PUSH, text, strlen(text));
}

static void syn(struct line *l, uint32_t number)
{
    *l = (struct line){.number = number, .seq = {number * 2654435761u, number * 2246822519u}};
    send_frame(l, CLIENT, SYN, NULL, 0);
}

static void greet(struct line *l, uint32_t number)
{
    char text[200];

    syn(l, number);
    send_frame(l, SERVER, SYN | ACK, NULL, 0);
    send_frame(l, CLIENT, ACK, NULL, 0);
    say(l, SERVER, "220 mx1.example.net ESMTP Postfix (Debian/GNU)\r\n");
    send_frame(l, CLIENT, ACK, NULL, 0);
    snprintf(text, sizeof(text), "EHLO outbound-%u.mail.example.org\r\n", number);
    say(l, CLIENT, text);
    say(l, SERVER, "250-mx1.example.net\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n"
                   "250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n");
    send_frame(l, CLIENT, ACK, NULL, 0);
}

static void leave(struct line *l)
{
    say(l, CLIENT, "QUIT\r\n");
    say(l, SERVER, "221 2.0.0 Bye\r\n");
    send_frame(l, SERVER, FIN | ACK, NULL, 0);
    send_frame(l, CLIENT, FIN | ACK, NULL, 0);
    send_frame(l, SERVER, ACK, NULL, 0);
}

/* The text of all mails: prose of one kind, some links, so that a byte of a long one costs what a byte of a short one does. */
static const char *body(size_t *n)
{
    static const char lines[] =
        "Dear customer, the invoice of last month is attached to this message; please look at it before Friday.\r\n"
        "Our office is closed on Monday. You can reach us again on Tuesday between nine and five o'clock.\r\n"
        "Questions are answered at https://www.example.com/help/contact?from=mail and, faster, by telephone.\r\n"
        "\r\n"
        "With kind regards, the team of the accounting department in the main building, second floor, left\r\n";

    *n = sizeof(lines) - 1;
    return lines;
}

/* A mail under way: one call, one frame or two (a command with its reply). */
struct mail {
    uint32_t number;
    size_t left; /* bytes of the text */
    size_t at;   /* in body() */
    int step;
};

static size_t header_of(const struct mail *m, char text[600])
{
    return (size_t)snprintf(text, 600,
                            "Received: from desk-%u.example.org (desk-%u.example.org [203.0.113.%u]) by outbound.example.org"
                            " with ESMTPSA id %08x; Tue, 14 Nov 2023 22:13:20 +0000\r\nFrom: Accounts %u <accounts@example.org>\r\n"
                            "To: <user%u@example.net>\r\nSubject: Invoice %u\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                            "Message-ID: <%u.invoice@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
                            m->number % 50, m->number % 50, 1 + m->number % 250, m->number, m->number % 9, m->number % 1000, m->number, m->number);
}

static void send_text(struct line *l, struct mail *m)
{
    char piece[MTU_PAYLOAD];
    size_t n = 0, size;
    const char *text = body(&size);

    if (m->step == 6)
        n = header_of(m, piece);
    m->step = 7;
    while (n < sizeof(piece) && m->left) {
        size_t take = size - m->at;

        take = take < sizeof(piece) - n ? take : sizeof(piece) - n;
        take = take < m->left ? take : m->left;
        memcpy(piece + n, text + m->at, take);
        n += take;
        m->left -= take;
        m->at = (m->at + take) % size;
    }
    send_frame(l, CLIENT, ACK | PUSH, piece, n);
}

/* False: it is over. */
static int mail_step(struct line *l, struct mail *m)
{
    char text[200];

    switch (m->step) {
    case 0:
        say(l, CLIENT, "MAIL FROM:<accounts@example.org> SIZE=5000\r\n");
        say(l, SERVER, "250 2.1.0 Ok\r\n");
        m->step = 2;
        return 1;
    case 2:
        snprintf(text, sizeof(text), "RCPT TO:<user%u@example.net>\r\n", m->number % 1000);
        say(l, CLIENT, text);
        say(l, SERVER, "250 2.1.5 Ok\r\n");
        m->step = 4;
        return 1;
    case 4:
        say(l, CLIENT, "DATA\r\n");
        say(l, SERVER, "354 End data with <CR><LF>.<CR><LF>\r\n");
        m->step = 6;
        return 1;
    default:
        if (m->left) {
            send_text(l, m);
            return 1;
        }
        say(l, CLIENT, "\r\n.\r\n");
        snprintf(text, sizeof(text), "250 2.0.0 Ok: queued as %08X\r\n", m->number);
        say(l, SERVER, text);
        return 0;
    }
}

static void mail_whole(struct line *l, uint32_t number, size_t bytes)
{
    struct mail m = {.number = number, .left = bytes};

    while (mail_step(l, &m))
        ;
}

/* --- families --- */

static void idle(uint64_t n)
{
    struct line l;

    for (uint64_t i = 0; i < n; i++)
        greet(&l, (uint32_t)i);
}

enum { FLOOD_AT_ONCE = 250, FLOOD_SILENT = 10 };

/* One mail amid the flood, from its SYN to its FIN. */
struct visit {
    struct line line;
    struct mail mail;
    enum { NOBODY, CAME, SENDS, LEAVES } step;
    int silent; /* turns in which the client thinks, behind the greeting */
};

/* True once: it is over. */
static int visit_step(struct visit *v, uint64_t number)
{
    if (v->step == NOBODY) {
        greet(&v->line, (uint32_t)(2 * number));
        v->mail = (struct mail){.number = (uint32_t)number, .left = MAIL};
        v->step = CAME;
        v->silent = FLOOD_SILENT;
    } else if (v->silent) {
        v->silent--;
    } else if (v->step == LEAVES) {
        leave(&v->line);
        v->step = NOBODY;
        return 1;
    } else {
        v->step = mail_step(&v->line, &v->mail) ? SENDS : LEAVES;
    }
    return 0;
}

/* The sources are odd numbers (an IPv6 address each), the mails even ones: FLOOD_AT_ONCE at a time, of each in turn a frame
 * or two, and SYNs between all of them. */
static void flood(uint64_t n, uint64_t mails)
{
    static struct visit at_once[FLOOD_AT_ONCE];
    uint64_t a_mail = 10 + FLOOD_SILENT, steps = mails * a_mail, taken = 0, begun = 0, over = 0, turn = 0;
    struct line source;

    for (uint64_t i = 0; i < n || over < mails; i++) {
        if (i < n)
            syn(&source, (uint32_t)(2 * i + 1));
        for (; over < mails && (i >= n || taken * n < steps * (i + 1)); taken++, turn++) {
            struct visit *v = &at_once[turn % FLOOD_AT_ONCE];

            if (v->step == NOBODY && begun == mails)
                continue;
            begun += v->step == NOBODY;
            over += (uint64_t)visit_step(v, begun);
        }
    }
}

static struct line *open_all(uint64_t n)
{
    struct line *l = calloc(n, sizeof(*l));

    for (uint64_t i = 0; l && i < n; i++)
        greet(&l[i], (uint32_t)i);
    return l;
}

static void open_sessions(uint64_t n, uint64_t mails)
{
    struct line *l = open_all(n);

    for (uint64_t i = 0; l && i < mails; i++)
        mail_whole(&l[i % n], (uint32_t)i, MAIL);
    free(l);
}

static void amid(uint64_t n, uint64_t mails)
{
    struct line *l = open_all(n);
    struct mail *m = calloc(n, sizeof(*m));
    uint64_t begun = 0, under_way = 0;

    for (uint64_t i = 0; l && m && i < n; i++) {
        m[i] = (struct mail){.number = (uint32_t)begun, .left = MAIL, .step = begun < mails ? 0 : -1};
        under_way += begun < mails;
        begun += begun < mails;
    }
    for (uint64_t i = 0; l && m && under_way; i = (i + 1) % n) {
        if (m[i].step < 0 || mail_step(&l[i], &m[i]))
            continue;
        m[i] = (struct mail){.number = (uint32_t)begun, .left = MAIL, .step = begun < mails ? 0 : -1};
        if (begun++ >= mails)
            under_way--;
    }
    free(l);
    free(m);
}

static void sizes(uint64_t bytes, uint64_t all)
{
    struct line l;

    for (uint64_t i = 0; i * bytes < all; i++) {
        greet(&l, (uint32_t)i);
        mail_whole(&l, (uint32_t)i, bytes);
        leave(&l);
    }
}

static void each(uint64_t k, uint64_t mails)
{
    struct line l;

    for (uint64_t i = 0; i < mails; i++) {
        if (i % k == 0)
            greet(&l, (uint32_t)(i / k));
        mail_whole(&l, (uint32_t)i, MAIL);
        if (i % k == k - 1 || i + 1 == mails)
            leave(&l);
    }
}

int main(int argc, char **argv)
{
    static const uint32_t file[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
    uint64_t a = argc > 2 ? strtoull(argv[2], NULL, 10) : 0, b = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    const char *what = argc > 1 ? argv[1] : "";

    if (!a || (!b && strcmp(what, "idle") != 0)) {
        fputs(USAGE, stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOFBF, 1 << 20);
    fwrite(file, 1, sizeof(file), stdout);
    if (strcmp(what, "idle") == 0)
        idle(a);
    else if (strcmp(what, "flood") == 0)
        flood(a, b);
    else if (strcmp(what, "open") == 0)
        open_sessions(a, b);
    else if (strcmp(what, "amid") == 0)
        amid(a, b);
    else if (strcmp(what, "size") == 0)
        sizes(a, b);
    else if (strcmp(what, "each") == 0)
        each(a, b);
    else
        fputs(USAGE, stderr);
    return fflush(stdout) != 0;
}
