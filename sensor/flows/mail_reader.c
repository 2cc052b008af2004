/* SPDX-License-Identifier: Apache-2.0 */
/* mail_reader: blocks in front of the decoders. */
#include "sensor/flows/mail_reader.h"

#include "decoders/base/limits.h"
#include "sensor/flows/mail_decoder.h"

/* Of thousands of mails at once each gets a small block first; where few are under way, whole blocks go from hand to hand, warm. */
enum { BLOCK_FIRST = 4096, BLOCKS_KEPT = 16 };

/* Invariant: held has room for `room` bytes, of which the first n are the mail's next ones, not yet decoded. */
struct mail_reader {
    struct mail_readers *pool;
    struct record *r;
    struct mail_decoder *decoder; /* NULL: nothing was decoded yet */
    bool refused;                 /* there was no memory for one: another would begin in the middle of the mail */
    bool counts;                  /* it only counts what comes next */
    uint8_t *held;
    size_t n, room;
};

/* kept: whole blocks that no mail has. */
struct mail_readers {
    struct mem *mem;
    struct mail_decoders *decoders;
    uint8_t *kept[BLOCKS_KEPT];
    unsigned kept_n, mails;
    uint64_t grown;
};

struct mail_readers *mail_readers_new(struct mem *m, const struct hash_key *key, const struct suffix *suffix,
                                      const struct mail_reader_options *o)
{
    struct mail_readers *p = mem_zalloc(m, sizeof(*p));

    if (!p)
        return NULL;
    p->mem = m;
    p->decoders = mail_decoders_new(m, key, suffix, o);
    if (!p->decoders) {
        mem_free(m, p, sizeof(*p));
        return NULL;
    }
    return p;
}

static bool free_one_block(struct mail_readers *p)
{
    if (!p->kept_n)
        return false;
    mem_free(p->mem, p->kept[--p->kept_n], LIMIT_MAIL_HELD);
    return true;
}

void mail_readers_free(struct mail_readers *p)
{
    if (!p)
        return;
    while (free_one_block(p))
        ;
    mail_decoders_free(p->decoders);
    mem_free(p->mem, p, sizeof(*p));
}

bool mail_readers_trim(struct mail_readers *p)
{
    return mail_decoders_trim(p->decoders) || free_one_block(p);
}

uint64_t mail_readers_grown(const struct mail_readers *p)
{
    return p->grown;
}

struct mail_reader *mail_reader_take(struct mail_readers *p, struct record *r)
{
    struct mail_reader *x = mem_zalloc(p->mem, sizeof(*x));

    if (!x)
        return NULL;
    x->pool = p;
    x->r = r;
    p->mails++;
    return x;
}

/* The decoder, taken at the first byte or gap, or not at all. */
static struct mail_decoder *decoder_of(struct mail_reader *x)
{
    if (x->decoder || x->refused)
        return x->decoder;
    x->decoder = mail_decoder_take(x->pool->decoders, x->r);
    x->refused = !x->decoder;
    if (x->refused)
        anomaly_raise(&x->r->anomalies, ANOMALY_RECORD_TOO_LARGE);
    return x->decoder;
}

static void decode(struct mail_reader *x, struct span bytes)
{
    struct mail_decoder *d = bytes.n ? decoder_of(x) : NULL;
    bool counted = x->counts;

    if (!d)
        return;
    mail_decoder_push(d, bytes);
    x->counts = mail_decoder_only_counts(d);
    x->pool->grown += !counted || !x->counts;
}

static void decode_held(struct mail_reader *x)
{
    size_t n = x->n;

    x->n = 0;
    decode(x, span_of(x->held, n));
}

/* What a mail gets that holds x->n bytes and gets more: a whole block where few mails are under way. */
static size_t next_room(const struct mail_reader *x, size_t more)
{
    size_t room = x->pool->mails <= BLOCKS_KEPT ? LIMIT_MAIL_HELD : BLOCK_FIRST;

    while (room < x->n + more)
        room *= 2;
    return room;
}

/* Whether more bytes find room behind those that are held. */
static bool make_room(struct mail_reader *x, size_t more)
{
    struct mail_readers *p = x->pool;
    size_t room = next_room(x, more);
    uint8_t *held;

    if (x->n + more <= x->room)
        return true;
    if (room > LIMIT_MAIL_HELD)
        return false;
    if (!x->room && p->kept_n) {
        x->held = p->kept[--p->kept_n];
        x->room = LIMIT_MAIL_HELD;
        return true;
    }
    held = mem_resize(p->mem, x->held, x->room, room);
    if (!held)
        return false;
    x->held = held;
    x->room = room;
    return true;
}

/* Bytes that are only counted gain nothing from waiting, and long pieces little. */
static bool waits(const struct mail_reader *x, size_t n)
{
    return n <= LIMIT_MAIL_HELD / 2 && !x->refused && !x->counts;
}

/* n bytes find room, if need be behind a block that is decoded for it. */
static bool find_room(struct mail_reader *x, size_t n)
{
    if (make_room(x, n))
        return true;
    decode_held(x);
    return make_room(x, n);
}

uint8_t *mail_reader_room(struct mail_reader *x, size_t n)
{
    return waits(x, n) && find_room(x, n) ? x->held + x->n : NULL;
}

void mail_reader_push(struct mail_reader *x, struct span bytes)
{
    bool there = x->held && bytes.p == x->held + x->n && x->n + bytes.n <= x->room;
    uint8_t *to = there ? x->held + x->n : mail_reader_room(x, bytes.n);

    if (!to) {
        decode_held(x);
        decode(x, bytes);
        return;
    }
    if (!there && bytes.p != to)
        memcpy(to, bytes.p, bytes.n);
    x->n += bytes.n;
}

void mail_reader_gap(struct mail_reader *x, uint64_t bytes)
{
    decode_held(x);
    if (!decoder_of(x))
        return;
    mail_decoder_gap(x->decoder, bytes);
    x->counts = mail_decoder_only_counts(x->decoder);
}

static void release_block(struct mail_reader *x)
{
    struct mail_readers *p = x->pool;

    if (x->room == LIMIT_MAIL_HELD && p->kept_n < BLOCKS_KEPT)
        p->kept[p->kept_n++] = x->held;
    else
        mem_free(p->mem, x->held, x->room);
}

void mail_reader_finish(struct mail_reader *x, bool complete)
{
    struct mail_readers *p = x->pool;

    decode_held(x);
    if (decoder_of(x))
        mail_decoder_finish(x->decoder, complete);
    p->grown++;
    release_block(x);
    p->mails--;
    mem_free(p->mem, x, sizeof(*x));
}
