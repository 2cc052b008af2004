/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the mail corpus of `make bench` as a capture, with the truth about it.
 *
 * The mix (issue 2, item 10), which is not changed later; mix.c has the decks that make it exact:
 *   500 MB of pcap (10^6 bytes; the argument MB), Ethernet, IPv4, tap beside the server, valid
 * checksums; 1,460 byte MSS, full segments; handshake with options, slow start from 10 segments,
 * delayed ACKs (every second segment, or 40 ms), close by FIN from either side; 400 connections at
 * a time, their frames interleaved by time; round trips of 0.8 to 160 ms; 2 % of the data segments
 * arrive one to three places late, within their window, answered by a duplicate ACK with SACK; none
 * is lost or sent twice; 1.3 mails a connection (of ten connections eight have 1, one 2, one 3);
 *   median message 12 kB (12,103 bytes at 500 MB, header included), about log-normal with sigma 1,
 * without attachment 2.5 to 110 kB; 40 % of mails: multipart/alternative with text and HTML in
 * quoted-printable, seven of ten English, the rest German, French, Japanese, in utf-8, us-ascii,
 * iso-8859-1, windows-1252; 15 %: Japanese HTML in base64, half ISO-2022-JP and half UTF-8, half of
 * them beside a text part; 45 %: plain text in fifteen variants of charset and encoding (us-ascii,
 * utf-8, iso-8859-1, windows-1252, iso-2022-jp, Shift_JIS, EUC-JP, gb2312, euc-kr, koi8-r; 7bit,
 * 8bit, quoted-printable, base64); these shares hold of mails, and of bytes without attachments,
 * since sizes are drawn alike for each; half of the bytes of all messages are attachments in base64
 * (about 12 % of mails have one, about 130 kB); 95 % EHLO, 45 % pipelining clients; servers like
 * Postfix, Exim and Sendmail, one third each; every mail is accepted with a queue id, some
 * recipients are refused.
 *
 * Truth about URLs (RECORD.md email.url): the distinct URLs of each mail, in text and HTML,
 * entities and encodings undone, and bare www. names in text. Forms about which readers could
 * differ are left out: no mailto: or cid:, no URL in visible HTML text but its own href, no URL in
 * the header but one that the body has too. DOCTYPE and xmlns are no links.
 *
 * usage: corpus FILE [MB [html | phish]]    writes FILE, FILE.truth.json, FILE.mails.jsonl (one mail a line)
 * html: the same, but of HTML alone (mix.h), as newsletters and phishing are.
 * phish: the same wire, but mails as they lie in public collections of phishing, which other sensors
 * are measured on: a header of 8 to 11 kB, most of it the provider's own fields, and a page of inline
 * styles with few links; median 16 kB, mean 27. All of it is made up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "mix.h"
#include "truth.h"

enum {
    CONCURRENT = 400,
    CLIENTS = 3000,
    CLOUDS = 12, /* phishing: whose machines the clients are */
    MAILS_MOST = 3,
    DEFAULT_MB = 500,
    SEED = 20240305,
    PCAP_HEADER = 24,
    RECORD_HEADER = 16
};
static const int64_t START = 1709625600; /* 2024-03-05 08:00:00 UTC */

struct corpus {
    struct prng prng;
    struct mix mix;
    struct truth truth;
    struct dialogue dialogue;
    struct mail mail;
    struct flow flow[CONCURRENT];
    uint32_t heap[CONCURRENT]; /* indices of flows that have frames left, the earliest next frame on
                                  top */
    uint32_t live;
    uint64_t wanted, planned; /* bytes of file */
    FILE *out;
};

static void put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void write_all(FILE *out, const void *data, size_t n)
{
    if (fwrite(data, 1, n, out) != n) {
        perror("corpus: write");
        exit(1);
    }
}

static void pcap_header(FILE *out)
{
    uint8_t h[PCAP_HEADER] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0};
    put_le32(h + 16, 262144);
    h[20] = 1; /* LINKTYPE_ETHERNET */
    write_all(out, h, sizeof(h));
}

static void pcap_frame(FILE *out, const struct flow *f, const struct frame *fr)
{
    uint8_t h[RECORD_HEADER];
    put_le32(h, (uint32_t)(fr->time_us / 1000000));
    put_le32(h + 4, (uint32_t)(fr->time_us % 1000000));
    put_le32(h + 8, fr->len);
    put_le32(h + 12, fr->len);
    write_all(out, h, sizeof(h));
    write_all(out, f->bytes.data + fr->at, fr->len);
}

/* A client's name and address follow from its number; 198.18.0.0/15 is for benchmarks (RFC 2544).
 */
static void client_identity(struct corpus *c, uint32_t client, struct mail_plan *plan)
{
    uint32_t ip = 0xc6120000 + client * 37 + 5;

    snprintf(plan->client_ip, sizeof(plan->client_ip), "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255,
             ip >> 8 & 255, ip & 255);
    if (c->mix.shape == PHISH)
        snprintf(plan->client_name, sizeof(plan->client_name), "vps-%u-%u-%u-%u.%s",
                 ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255,
                 c->mix.sites[client % CLOUDS].domain);
    else
        snprintf(plan->client_name, sizeof(plan->client_name), "mail%u.%s", client / SITES + 1,
                 c->mix.sites[client % SITES].domain);
}

/* 203.0.113.25 to .27 are the servers; every connection has its own client port as long as there
 * are some. */
static void endpoints(struct corpus *c, struct flow *f, uint32_t client, enum server_kind server)
{
    static const uint8_t gateway[6] = {2, 0, 0, 0, 0, 1};
    struct endpoint *e = f->end;

    memset(e, 0, sizeof(f->end));
    memcpy(e[CLIENT].mac, gateway, 6);
    memcpy(e[SERVER].mac, gateway, 5);
    e[SERVER].mac[5] = (uint8_t)(0x10 + server);
    e[CLIENT].ip = 0xc6120000 + client * 37 + 5;
    e[SERVER].ip = 0xcb007119 + server;
    e[CLIENT].port = (uint16_t)(32768 + c->truth.connections % 28000);
    e[SERVER].port = 25;
    e[CLIENT].ttl = (uint8_t)prng_between(&c->prng, 44, 60);
    e[SERVER].ttl = 64;
    for (int i = 0; i < 2; i++) {
        e[i].next = (uint32_t)prng_next(&c->prng);
        e[i].ip_id = (uint16_t)prng_next(&c->prng);
    }
}

/* Builds a connection with its mails into f. */
static void connection(struct corpus *c, struct flow *f, int64_t start_us)
{
    struct mail_plan plan;
    uint32_t client = prng_below(&c->prng, CLIENTS), mails = mix_mails(&c->prng, &c->mix);
    enum server_kind server = prng_below(&c->prng, SERVER_KINDS);

    client_identity(c, client, &plan);
    plan.date = start_us / 1000000 - prng_between(&c->prng, 2, 30);
    dialogue_begin(&c->prng, &c->dialogue, server, plan.client_name);
    for (uint32_t i = 0; i < mails; i++) {
        mix_plan(&c->prng, &c->mix, &plan);
        mail_make(&c->prng, &c->mail, &plan);
        mix_made(&c->mix, c->mail.bytes.len, c->mail.attachment_len);
        truth_mail(&c->truth, &plan, &c->mail);
        dialogue_mail(&c->prng, &c->dialogue, &plan, &c->mail, i + 1 == mails);
    }
    dialogue_end(&c->prng, &c->dialogue);
    endpoints(c, f, client, server);
    flow_make(&c->prng, f, &c->dialogue, start_us, &c->truth.totals);
    c->truth.connections++;
    c->planned += f->bytes.len + RECORD_HEADER * f->count;
}

static int64_t next_time(const struct corpus *c, uint32_t place)
{
    const struct flow *f = &c->flow[c->heap[place]];
    return f->frames[f->read].time_us;
}

static void sift_down(struct corpus *c, uint32_t place)
{
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= c->live)
            return;
        if (child + 1 < c->live && next_time(c, child + 1) < next_time(c, child))
            child++;
        if (next_time(c, place) <= next_time(c, child))
            return;
        uint32_t t = c->heap[place];
        c->heap[place] = c->heap[child];
        c->heap[child] = t;
        place = child;
    }
}

/* The earliest frame goes out; a connection that has ended is followed by the next one. */
static void step(struct corpus *c)
{
    struct flow *f = &c->flow[c->heap[0]];
    const struct frame *fr = &f->frames[f->read++];

    pcap_frame(c->out, f, fr);
    c->truth.file_bytes += RECORD_HEADER + fr->len;
    if (f->read == f->count) {
        if (c->planned < c->wanted)
            connection(c, f, fr->time_us + prng_between(&c->prng, 500, 20000));
        else
            c->heap[0] = c->heap[--c->live];
    }
    sift_down(c, 0);
}

static void generate(struct corpus *c)
{
    pcap_header(c->out);
    c->truth.file_bytes = c->planned = PCAP_HEADER;
    for (uint32_t i = 0; i < CONCURRENT && c->planned < c->wanted; i++) {
        connection(c, &c->flow[i], START * 1000000 + prng_below(&c->prng, 1500000));
        c->heap[c->live++] = i;
    }
    for (uint32_t i = c->live; i--;)
        sift_down(c, i);
    while (c->live)
        step(c);
}

static FILE *create(const char *path, const char *suffix)
{
    struct buf name = {0};

    buf_printf(&name, "%s%s", path, suffix);
    FILE *out = fopen(buf_cstr(&name), "wb");
    if (!out) {
        perror(buf_cstr(&name));
        exit(1);
    }
    buf_free(&name);
    return out;
}

static void close_file(FILE *out)
{
    if (fclose(out)) {
        perror("corpus: close");
        exit(1);
    }
}

/* 0: no such shape. */
static int shape_named(const char *name, enum shape *shape)
{
    *shape = strcmp(name, "html") == 0 ? HTML : strcmp(name, "phish") == 0 ? PHISH : MIX;
    return *shape != MIX;
}

int main(int argc, char **argv)
{
    static struct corpus c;
    enum shape shape = MIX;

    if (argc < 2 || argc > 4 || (argc >= 3 && atoi(argv[2]) < 1) || (argc == 4 && !shape_named(argv[3], &shape))) {
        fputs("usage: corpus FILE [MB [html | phish]]\n", stderr);
        return 2;
    }
    c.wanted = (uint64_t)(argc >= 3 ? atoi(argv[2]) : DEFAULT_MB) * 1000000;
    c.out = create(argv[1], "");
    setvbuf(c.out, NULL, _IOFBF, 1 << 20);
    c.truth.mails = create(argv[1], ".mails.jsonl");
    prng_seed(&c.prng, SEED);
    mix_init(&c.prng, &c.mix, shape);
    generate(&c);
    close_file(c.out);
    close_file(c.truth.mails);
    FILE *truth = create(argv[1], ".truth.json");
    truth_write(&c.truth, truth, SEED, c.dialogue.refused);
    close_file(truth);
    for (size_t i = 0; i < CONCURRENT; i++)
        flow_free(&c.flow[i]);
    dialogue_free(&c.dialogue);
    mail_free(&c.mail);
    truth_free(&c.truth);
    return 0;
}
