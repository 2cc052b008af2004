/* SPDX-License-Identifier: Apache-2.0 */
/* tcp_script: TCP conversations written as text, played into a tcp_stream, and what came out as
 * text. */
#ifndef MXTAP_TESTS_TCP_SCRIPT_H
#define MXTAP_TESTS_TCP_SCRIPT_H

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoders/net/tcp_stream.h"

/*
 * A script is a list of steps, separated by newlines or semicolons:
 *
 *   C 1 'EHLO '        side 0 sends five bytes; the first one has sequence number 1
 *   S 1 '220' ack 6    side 1 sends three, and acknowledges side 0 up to 6
 *   C 0 syn / C 9 fin / C 9 rst / S 0 syn ack 1
 *   C 1 'ab' wire 9    nine bytes on the wire, two of them captured
 *   C 1 x1000          1000 bytes of filling (a-z by sequence number)
 *   id 7, win 100, shift 3 (window scale option), noack, urg, badsum
 *   wait 500           milliseconds of packet time, then a tick
 *   mark               puts | (or |fin, |rst) into the text: what stands before it came until then
 *
 * Sequence numbers are relative to a base of each side, so that every script also runs over the
 * wrap. Without `ack` a segment acknowledges all that the other side sent above it in the script
 * (SYN and FIN count one). In the text that comes out: C[bytes] in order, C<gap 5>, C. (end),
 * !anomaly, and at the end of the run `fin` or `rst` for how the connection ended. Neighbouring
 * pieces of a side are joined.
 */
struct tcp_step {
    int side; /* -1: wait, -2: mark */
    uint32_t seq, ack, wire;
    size_t n; /* of bytes */
    unsigned flags, id, window, shift, wait_ms;
    bool bad_sum;
    uint8_t bytes[2048];
};

struct tcp_out {
    char *text;
    size_t n, cap;
    int open; /* side whose C[ is open; -1 none */
    uint64_t bytes[2];
};

static inline void out_printf(struct tcp_out *o, const char *format, ...)
{
    va_list ap;
    int n;

    if (o->cap - o->n < 256) {
        o->cap = o->cap * 2 + 4096;
        o->text = realloc(o->text, o->cap);
    }
    va_start(ap, format);
    n = vsnprintf(o->text + o->n, o->cap - o->n, format, ap);
    va_end(ap);
    o->n += (size_t)n;
}

static inline void out_close(struct tcp_out *o)
{
    if (o->open >= 0)
        out_printf(o, "] ");
    o->open = -1;
}

static inline void out_data(void *ctx, int side, struct span bytes)
{
    struct tcp_out *o = ctx;

    if (o->open != side) {
        out_close(o);
        out_printf(o, "%c[", "CS"[side]);
    }
    o->open = side;
    o->bytes[side] += bytes.n;
    for (size_t i = 0; i < bytes.n; i++)
        out_printf(o, "%c", bytes.p[i]);
}

static inline void out_gap(void *ctx, int side, uint64_t bytes)
{
    out_close(ctx);
    out_printf(ctx, "%c<gap %llu> ", "CS"[side], (unsigned long long)bytes);
}

static inline void out_end(void *ctx, int side)
{
    out_close(ctx);
    out_printf(ctx, "%c. ", "CS"[side]);
}

static inline void out_anomaly(void *ctx, enum anomaly a)
{
    out_close(ctx);
    out_printf(ctx, "!%s ", anomaly_name(a));
}

static const struct tcp_stream_events out_events = {out_data, out_gap, out_end, out_anomaly};

static inline void script_die(const char *why, const char *at)
{
    fprintf(stderr, "tcp_script: %s at \"%.40s\"\n", why, at);
    abort();
}

static inline const char *step_text(struct tcp_step *step, const char *at)
{
    while (*at && *at != '\'')
        step->bytes[step->n++] = (uint8_t)*at++;
    return at + (*at == '\'');
}

static inline const char *step_word(struct tcp_step *step, const char *at, bool *acked)
{
    static const struct {
        const char *word;
        unsigned flag;
    } flags[] = {{"syn", TCP_SYN}, {"fin", TCP_FIN}, {"rst", TCP_RST}, {"urg", TCP_URG}};
    char word[16];
    unsigned value = 0;
    int used = 0;

    if (sscanf(at, "%15[a-z]%n", word, &used) != 1)
        script_die("no word", at);
    at += used;
    for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
        if (strcmp(word, flags[i].word) == 0) {
            step->flags |= flags[i].flag;
            return at;
        }
    if (strcmp(word, "noack") == 0) {
        step->flags &= ~(unsigned)TCP_ACK;
        *acked = true;
        return at;
    }
    if (strcmp(word, "badsum") == 0) {
        step->bad_sum = true;
        return at;
    }
    if (sscanf(at, " %u%n", &value, &used) != 1)
        script_die("no number", at);
    at += used;
    if (strcmp(word, "ack") == 0) {
        step->ack = value;
        *acked = true;
    } else if (strcmp(word, "wire") == 0) {
        step->wire = value;
    } else if (strcmp(word, "id") == 0) {
        step->id = value;
    } else if (strcmp(word, "win") == 0) {
        step->window = value;
    } else if (strcmp(word, "shift") == 0) {
        step->shift = value + 1;
    } else if (strcmp(word, "x") == 0) {
        for (step->n = 0; step->n < value && step->n < sizeof(step->bytes); step->n++)
            step->bytes[step->n] = (uint8_t)('a' + (step->seq + step->n) % 26);
    } else {
        script_die("unknown word", word);
    }
    return at;
}

static inline const char *step_parse(struct tcp_step *step, const char *at, uint32_t top[2])
{
    bool acked = false;
    char side;
    int used = 0;

    memset(step, 0, sizeof(*step));
    if (strncmp(at, "mark", 4) == 0) {
        step->side = -2;
        return at + 4;
    }
    if (sscanf(at, "wait %u%n", &step->wait_ms, &used) == 1) {
        step->side = -1;
        return at + used;
    }
    if (sscanf(at, "%c %u%n", &side, &step->seq, &used) != 2 || (side != 'C' && side != 'S'))
        script_die("no side and sequence number", at);
    at += used;
    step->side = side == 'S';
    step->flags = TCP_ACK;
    step->window = 65535;
    for (; *at && *at != '\n' && *at != ';';) {
        if (isspace((unsigned char)*at))
            at++;
        else if (*at == '\'')
            at = step_text(step, at + 1);
        else
            at = step_word(step, at, &acked);
    }
    if (step->wire < step->n)
        step->wire = (uint32_t)step->n;
    if (!acked && (step->flags & TCP_SYN) && !top[!step->side])
        step->flags &= ~(unsigned)TCP_ACK;
    else if (!acked)
        step->ack = top[!step->side];
    used = (int)(step->seq + step->wire + !!(step->flags & TCP_SYN) + !!(step->flags & TCP_FIN));
    if ((uint32_t)used > top[step->side])
        top[step->side] = (uint32_t)used;
    return at;
}

/* The steps of a script, malloc'ed; *n is set. */
static inline struct tcp_step *script_parse(const char *script, size_t *n)
{
    uint32_t top[2] = {0, 0};
    struct tcp_step *steps = NULL;

    for (*n = 0;;) {
        while (*script && (isspace((unsigned char)*script) || *script == ';'))
            script++;
        if (!*script)
            return steps;
        steps = realloc(steps, (*n + 1) * sizeof(*steps));
        script = step_parse(&steps[(*n)++], script, top);
    }
}

static inline void put16(uint8_t *b, unsigned x)
{
    b[0] = (uint8_t)(x >> 8);
    b[1] = (uint8_t)x;
}

static inline void put32(uint8_t *b, uint32_t x)
{
    put16(b, x >> 16);
    put16(b + 2, x & 0xffff);
}

static inline unsigned script_sum(unsigned long sum, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i & 1 ? b[i] : (unsigned)b[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (unsigned)sum;
}

/* The step as an IPv4 packet with right checksums; returns its captured length. */
static inline size_t step_frame(const struct tcp_step *step, const uint32_t base[2], uint8_t *b)
{
    size_t header = step->shift ? 24 : 20, total = 20 + header + step->n;
    unsigned sum;

    memset(b, 0, 20 + header);
    b[0] = 0x45;
    put16(b + 2, (unsigned)(20 + header) + step->wire);
    put16(b + 4, step->id);
    b[8] = 64;
    b[9] = 6;
    put32(b + 12, 0x0a000001u + (uint32_t)step->side);
    put32(b + 16, 0x0a000002u - (uint32_t)step->side);
    put16(b + 10, ~script_sum(0, b, 20) & 0xffff);
    put16(b + 20, step->side ? 25 : 40000);
    put16(b + 22, step->side ? 40000 : 25);
    put32(b + 24, base[step->side] + step->seq);
    put32(b + 28, step->flags & TCP_ACK ? base[!step->side] + step->ack : 0);
    b[32] = (uint8_t)(header << 2);
    b[33] = (uint8_t)step->flags;
    put16(b + 34, step->window);
    put16(b + 38, step->flags & TCP_URG ? 1 : 0);
    if (step->shift) {
        memcpy(b + 40, "\3\3\0\1", 4);
        b[42] = (uint8_t)(step->shift - 1);
    }
    memcpy(b + 20 + header, step->bytes, step->n);
    sum = script_sum(6 + header + step->wire, b + 12, 8);
    put16(b + 36, (~script_sum(sum, b + 20, header + step->n) ^ step->bad_sum) & 0xffff);
    return total;
}

static const char *const script_ends[] = {"", "fin", "rst"}; /* by enum tcp_end */

struct script_run {
    struct mem mem;
    struct tcp_stream_stats stats;
    struct tcp_stream stream;
    struct tcp_out out;
    int64_t now_us;
    uint64_t uses[4]; /* by enum tcp_use */
};

static inline void run_init(struct script_run *r)
{
    memset(r, 0, sizeof(*r));
    mem_init(&r->mem, 0);
    r->out.open = -1;
    r->now_us = 1000000;
    tcp_stream_init(&r->stream, &r->mem, &out_events, &r->out, &r->stats);
}

static inline enum tcp_use run_step(struct script_run *r, const struct tcp_step *step,
                                    const uint32_t base[2])
{
    uint8_t frame[4096];
    struct packet p;
    enum tcp_use use;
    size_t n;

    if (step->side == -2) {
        out_close(&r->out);
        out_printf(&r->out, "|%s ", script_ends[r->stream.end]);
        return TCP_USE_NEW;
    }
    if (step->side < 0) {
        r->now_us += step->wait_ms * 1000ll;
        tcp_stream_tick(&r->stream, r->now_us);
        return TCP_USE_NEW;
    }
    n = step_frame(step, base, frame);
    if (packet_decode(&p, LINK_RAW, span_of(frame, n), (uint32_t)(n + step->wire - step->n), 0) !=
        PACKET_TCP)
        script_die("not TCP", "step");
    r->now_us += 10;
    use = tcp_stream_push(&r->stream, step->side, &p, r->now_us);
    r->uses[use]++;
    return use;
}

/* Finishes and frees; the text is malloc'ed. */
static inline char *run_end(struct script_run *r)
{
    tcp_stream_finish(&r->stream);
    out_close(&r->out);
    out_printf(&r->out, "%s", script_ends[r->stream.end]);
    tcp_stream_free(&r->stream);
    if (r->mem.used || r->stats.held_bytes)
        script_die("memory not given back", "end");
    while (r->out.n && r->out.text[r->out.n - 1] == ' ')
        r->out.text[--r->out.n] = 0;
    return r->out.text;
}

#endif
