/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_message: any mail, whole and in pieces that the input chooses: no crash, valid UTF-8, the same result;
 * and with gaps and without memory, no crash. */
#include <inttypes.h>
#include <stdlib.h>

#include "decoders/mail/encoded_word.h"
#include "decoders/mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* FNV-1a of everything that was said, so that two runs can be compared. */
struct run {
    uint64_t hash;
    const struct mail_part *part; /* begun and not ended */
    uint64_t bytes;               /* of the current part */
    uint64_t decoded, parts;      /* of the mail */
    anomaly_set odd;
    struct message *message;
    struct arena arena;
    bool want_bytes, gapped, short_of_memory;
    bool known_only; /* fields that field_name does not know are left out */
};

static void mix(struct run *r, struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        r->hash = (r->hash ^ s.p[i]) * 0x100000001b3u;
}

static void demand_utf8(struct span s)
{
    for (size_t i = 0; i < s.n;) {
        uint8_t a = s.p[i], b = i + 1 < s.n ? s.p[i + 1] : 0;
        size_t n = a < 0x80 ? 1 : a >= 0xf0 ? 4 : a >= 0xe0 ? 3 : 2;

        if ((a >= 0x80 && a < 0xc2) || a > 0xf4 || i + n > s.n || (a == 0xe0 && b < 0xa0) ||
            (a == 0xed && b > 0x9f) || (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f))
            abort();
        for (size_t k = 1; k < n; k++)
            if ((s.p[i + k] & 0xc0) != 0x80)
                abort();
        i += n;
    }
}

static void on_field(void *ctx, enum field_name which, struct span name, struct span value)
{
    struct run *r = ctx;
    anomaly_set odd = 0;
    struct span text;

    if (which == FIELD_OTHER && r->known_only)
        return;
    mix(r, name);
    mix(r, SPAN(":"));
    mix(r, value);
    text = encoded_word_text(message_charsets(r->message), &r->arena, value, &odd);
    demand_utf8(text);
}

static void on_header_end(void *ctx)
{
    mix(ctx, SPAN("|header|"));
}

static void on_part_begin(void *ctx, const struct mail_part *p)
{
    struct run *r = ctx;

    mix(r, p->type);
    mix(r, p->charset);
    mix(r, p->encoding);
    mix(r, p->disposition);
    mix(r, p->filename);
    demand_utf8(p->filename);
    if (r->part || (!p->type.n && !r->short_of_memory && !r->gapped) || (p->filename.n && !p->attachment))
        abort();
    r->part = p;
    r->parts++;
    r->bytes = 0;
}

static void on_text(void *ctx, const struct mail_part *p, struct span utf8)
{
    if (((struct run *)ctx)->part != p || p->text == MAIL_TEXT_NONE)
        abort();
    demand_utf8(utf8);
    mix(ctx, utf8);
}

static void on_bytes(void *ctx, const struct mail_part *p, struct span bytes)
{
    struct run *r = ctx;

    if (r->part != p)
        abort();
    r->bytes += bytes.n;
}

static void on_part_end(void *ctx, const struct mail_part *p)
{
    struct run *r = ctx;

    if (r->part != p || (r->want_bytes && r->bytes != p->size))
        abort();
    r->part = NULL;
    r->decoded += p->size;
    mix(r, span_of(&p->size, sizeof(p->size)));
    mix(r, span_cstr(p->sniffed));
    mix(r, p->encrypted ? SPAN("encrypted") : SPAN(""));
    if (!r->gapped && !p->whole)
        abort();
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    struct run *r = ctx;

    anomaly_raise(&r->odd, a);
}

#define EVENTS on_field, on_header_end, on_part_begin, on_text, on_bytes, on_part_end, on_anomaly

static const struct message_events events = {EVENTS, true}, pass_events = {EVENTS, false};

/* Pieces of 1..63 bytes from a generator; seed 0: whole. gaps: some pieces are lost. */
static void feed(struct message *m, struct span s, uint32_t seed, bool gaps)
{
    while (s.n) {
        size_t n = s.n;

        if (seed) {
            seed = seed * 1664525 + 1013904223;
            n = 1 + (seed >> 16) % ((seed >> 24) & 1 ? 3 : 63);
        }
        if (gaps && (seed >> 8) % 16 == 0)
            message_gap(m, n);
        else
            message_push(m, span_head(s, n));
        s = span_from(s, n);
    }
}

/* No transfer encoding makes more of a byte than it was: what came out was in the mail. */
static void check_mail(struct run *r, struct span s)
{
    enum message_state state = message_state(r->message);

    if (r->part || r->decoded > s.n)
        abort();
    if (state == MESSAGE_EMPTY && s.n && !r->gapped && !r->short_of_memory)
        abort();
    r->decoded = r->parts = 0;
}

/* others: fields that field_name does not know are told, left out here, or passed by in message. */
enum others { TOLD, LEFT_OUT, PASSED };

static void run_mail(struct run *r, struct span s, uint32_t seed, bool want_bytes, bool gaps, long fail_after, enum others others)
{
    struct mem m;

    memset(r, 0, sizeof(*r));
    r->known_only = others != TOLD;
    mem_init(&m, 0);
    m.fail_after = fail_after;
    r->hash = 0xcbf29ce484222325u;
    r->want_bytes = want_bytes;
    r->gapped = gaps;
    r->short_of_memory = fail_after;
    arena_init(&r->arena, &m, LIMIT_RECORD_BYTES);
    r->message = message_new(&m, others == PASSED ? &pass_events : &events, want_bytes);
    for (int twice = 0; r->message && twice < 2; twice++) {
        arena_reset(&r->arena);
        message_reset(r->message, &r->arena, r);
        feed(r->message, s, seed, gaps);
        message_finish(r->message, seed % 8 != 7);
        check_mail(r, s);
    }
    message_free(r->message);
    arena_free(&r->arena);
    if (m.used)
        abort();
}

static void demand_same(const struct run *a, const struct run *b)
{
    if (a->hash != b->hash || a->odd != b->odd)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run whole, pieces;
    struct span s;
    uint32_t seed;

    if (size < 4)
        return 0;
    memcpy(&seed, data, 4);
    seed = (seed | 1) & ~6u; /* not 7 mod 8: both runs are complete */
    s = span_of(data + 4, size - 4);
    run_mail(&whole, s, 0, false, false, 0, TOLD);
    run_mail(&pieces, s, seed, true, false, 0, TOLD);
    demand_same(&whole, &pieces);
    run_mail(&whole, s, 0, false, false, 0, PASSED);
    run_mail(&pieces, s, seed, false, false, 0, LEFT_OUT);
    demand_same(&whole, &pieces);
    run_mail(&pieces, s, seed | 6, false, true, 0, TOLD);
    run_mail(&pieces, s, seed, false, false, 1 + seed % 24, PASSED);
    return 0;
}
