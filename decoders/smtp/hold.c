/* SPDX-License-Identifier: Apache-2.0 */
/* hold: bytes sent ahead of the reply to DATA, AUTH or STARTTLS (or to an odd BDAT) wait here until it says
 * what they are. */
#define _GNU_SOURCE
#include "decoders/smtp/dialogue_state.h"

enum { SANITY_BYTES = 12 }; /* "MAIL FROM:<" and one more: no line of a mail begins so */

void hold_begin(struct dialogue *d, uint8_t kind)
{
    d->hold = kind;
    d->client_mode = CLIENT_HOLD;
    d->assume = false;
}

void hold_release(struct dialogue *d, enum client_mode mode)
{
    if (d->client_mode != CLIENT_HOLD)
        return;
    d->client_mode = (uint8_t)mode;
    d->assume = false;
}

bool hold_has_bytes(const struct dialogue *d)
{
    return d->extra && d->extra->held.n > d->extra->held.from;
}

uint8_t hold_first(const struct dialogue *d)
{
    return d->extra->held.p[d->extra->held.from];
}

void hold_free(struct dialogue *d)
{
    if (d->extra)
        held_free(d, &d->extra->held);
}

void held_free(struct dialogue *d, struct held *h)
{
    if (h->p)
        explicit_bzero(h->p, h->n);
    mem_free(d->mem, h->p, h->cap);
    *h = (struct held){0};
}

void hold_assume_content(struct dialogue *d)
{
    hold_release(d, CLIENT_CONTENT);
    transactions_settle_unseen(d);
    content_begin(d, d->current);
    d->assumed = true;
}

static struct span waiting(const struct dialogue *d)
{
    const struct held *h = &d->extra->held;

    return span_of(h->p + h->from, h->n - h->from);
}

void hold_assume(struct dialogue *d)
{
    if (d->client_mode != CLIENT_HOLD)
        return;
    if (d->hold == VERB_DATA) {
        d->assume = true;
    } else if (d->hold == VERB_BDAT || d->hold == VERB_MAIL) {
        chunk_assume(d);
    } else if (d->hold == VERB_STARTTLS) {
        hold_release(d, CLIENT_TLS_CHECK);
    } else if (d->extra && d->extra->auth.responses) {
        d->extra->auth.responses--;
        hold_release(d, CLIENT_AUTH);
    } else {
        hold_release(d, CLIENT_COMMAND);
    }
}

/* A line that no mail begins with: the server refused DATA, unseen. */
static bool is_command(struct span s)
{
    struct span line = span_trim(span_head(s, span_find(s, 0, '\n')));

    return span_starts_nocase(s, SPAN("MAIL FROM:<")) || span_starts_nocase(s, SPAN("RCPT TO:<")) ||
           span_eq_nocase(line, SPAN("RSET")) || span_eq_nocase(line, SPAN("QUIT"));
}

bool hold_is_command(const struct dialogue *d)
{
    return d->client_mode == CLIENT_HOLD && d->hold == VERB_DATA && hold_has_bytes(d) && is_command(waiting(d));
}

/* DATA whose reply nobody sees is taken as accepted, unless the first line behind it is a command.
 */
static void decide_data(struct dialogue *d, bool all)
{
    struct span s = hold_has_bytes(d) ? waiting(d) : (struct span){NULL, 0};

    if (!s.n || (!all && s.n < SANITY_BYTES && span_find(s, 0, '\n') == s.n))
        return;
    if (is_command(s)) {
        hold_release(d, CLIENT_COMMAND);
        return;
    }
    hold_assume_content(d);
}

void hold_note_strays(struct dialogue *d)
{
    if (hold_has_bytes(d))
        auth_stray(&d->extra->auth, waiting(d));
}

void hold_run(struct dialogue *d)
{
    while (hold_has_bytes(d)) {
        struct held *h = &d->extra->held;
        struct span in;

        if (d->client_mode == CLIENT_HOLD && d->assume)
            decide_data(d, d->finishing);
        if (d->client_mode == CLIENT_HOLD)
            return;
        in = waiting(d);
        client_consume(d, &in);
        h->from = h->n - (uint32_t)in.n;
    }
    hold_free(d);
}

bool held_room(struct dialogue *d, struct held *h, size_t need)
{
    size_t cap = h->cap ? h->cap : 256;
    uint8_t *p;

    if (need <= h->cap)
        return true;
    while (cap < need)
        cap *= 2;
    p = mem_resize(d->mem, NULL, 0, cap);
    if (!p)
        return false;
    if (h->p) {
        memcpy(p, h->p, h->n);
        explicit_bzero(h->p, h->n);
        mem_free(d->mem, h->p, h->cap);
    }
    h->p = p;
    h->cap = (uint32_t)cap;
    return true;
}

/* Keeps what fits; what was used is only moved away when it is half of the cap: linear in the
 * bytes. */
static void keep(struct dialogue *d, struct span *in)
{
    struct extra *x = dialogue_extra(d);
    struct held *h = x ? &x->held : NULL;
    size_t n = d->assume && in->n > SANITY_BYTES ? SANITY_BYTES : in->n;

    if (!h)
        return;
    if (h->from > LIMIT_SMTP_HELD / 2) {
        memmove(h->p, h->p + h->from, h->n - h->from);
        h->n -= h->from;
        h->from = 0;
    }
    if (n > LIMIT_SMTP_HELD - h->n)
        n = LIMIT_SMTP_HELD - h->n;
    if (!n || !held_room(d, h, h->n + n))
        return;
    memcpy(h->p + h->n, in->p, n);
    h->n += (uint32_t)n;
    *in = span_from(*in, n);
}

/* No room: a mail goes on as one, secrets and injected plain text are dropped. */
static void overflow(struct dialogue *d, struct span *in)
{
    if (d->hold == VERB_DATA) {
        dialogue_raise(d, ANOMALY_SMTP_DATA_BEFORE_354);
        hold_assume_content(d);
        return;
    }
    if (d->hold == VERB_BDAT || d->hold == VERB_MAIL) {
        chunk_assume(d);
        return;
    }
    dialogue_raise(d, ANOMALY_SMTP_TOO_MANY_PENDING);
    hold_free(d);
    *in = span_from(*in, in->n);
}

void hold_push(struct dialogue *d, struct span in)
{
    while (in.n) {
        size_t before;

        hold_run(d);
        if (!hold_has_bytes(d) && d->client_mode != CLIENT_HOLD) {
            client_consume(d, &in);
            continue;
        }
        before = in.n;
        keep(d, &in);
        if (in.n == before)
            overflow(d, &in);
    }
    hold_run(d);
}
