/* SPDX-License-Identifier: Apache-2.0 */
/* smuggling: a mail held a false end of data; the server's replies tell whether it took it for the
 * real one. */
#include "decoders/smtp/replies.h"

enum { FIRST_LINE_MAX = 1024 }; /* bytes; no command that long is smuggled */

void smuggling_forget(struct dialogue *d)
{
    if (!d->extra)
        return;
    held_free(d, &d->extra->behind);
    d->extra->behind_at = 0;
    d->extra->behind_last = BREAK_CRLF;
    d->extra->behind_dropped = false;
}

static bool has_commands(const struct dialogue *d)
{
    const struct held *h = d->extra ? &d->extra->behind : NULL;
    struct span line;

    if (!h || !h->n)
        return false;
    line = span_of(h->p, h->n);
    return command_line_certain(span_head(line, span_find(line, 0, '\n'))) != VERB_UNKNOWN;
}

static void drop(struct dialogue *d)
{
    held_free(d, &d->extra->behind);
    d->extra->behind_dropped = true;
}

/* Puts the dots back that were removed: the server read the bytes as they came. */
static void keep_raw(struct dialogue *d, struct span bytes)
{
    struct extra *x = d->extra;
    struct held *h = &x->behind;

    if (h->n + bytes.n > LIMIT_SMTP_HELD / 2 || !held_room(d, h, h->n + 2 * bytes.n)) {
        drop(d);
        return;
    }
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t c = bytes.p[i];

        if (c == '.' && x->behind_last == BREAK_CRLF)
            h->p[h->n++] = '.';
        h->p[h->n++] = c;
        x->behind_last = (uint8_t)content_break(span_of(&c, 1), 1, (enum line_break)x->behind_last);
    }
}

static bool is_judged(const struct held *h)
{
    return span_find(span_of(h->p, h->n), 0, '\n') < h->n;
}

/* As much of bytes as makes the first line whole, or too long for a command; then it is judged. Returns what is left: so it does not matter
 * how much stands behind the line in the same piece. */
static struct span keep_first_line(struct dialogue *d, struct span bytes)
{
    const struct held *h = &d->extra->behind;
    size_t n = span_find(bytes, 0, '\n') + 1;
    struct span line = span_head(span_head(bytes, n), FIRST_LINE_MAX + 1 - h->n);

    keep_raw(d, line);
    if (!d->extra->behind_dropped && (is_judged(h) ? !has_commands(d) : h->n > FIRST_LINE_MAX)) {
        drop(d);
        d->content.weak = true;
    }
    return span_from(bytes, line.n);
}

void smuggling_keep(struct dialogue *d, struct span bytes)
{
    struct extra *x = dialogue_extra(d);
    uint64_t at = d->content.delivered - bytes.n, from = d->content.alike.end;

    if (!x || !d->filling)
        return;
    if (x->behind_at != from) { /* a new false end */
        smuggling_forget(d);
        x->behind_at = from;
    }
    if (at < from)
        bytes = span_from(bytes, from - at < bytes.n ? (size_t)(from - at) : bytes.n);
    if (!x->behind_dropped && bytes.n && !is_judged(&x->behind))
        bytes = keep_first_line(d, bytes);
    if (!x->behind_dropped && bytes.n)
        keep_raw(d, bytes);
}

void smuggling_found(struct dialogue *d, struct transaction *x)
{
    size_t n = content_false_end(&d->content, x->t.smuggling.form, &x->t.smuggling.offset);

    if (!n)
        return;
    x->t.smuggling.form_n = (uint8_t)n;
    anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_SMUGGLING);
    if (!d->server_seen) {
        x->t.smuggling.verdict = SMTP_SMUGGLING_UNKNOWN;
        return;
    }
    if (x->t.smuggling.verdict != SMTP_NOT_SMUGGLED)
        return;
    x->t.smuggling.verdict = SMTP_SMUGGLING_ATTEMPTED;
    if (d->watched)
        transactions_release(d, d->watched);
    d->watched = x;
    x->refs++;
}

static void unwatch(struct dialogue *d)
{
    struct transaction *x = d->watched;

    d->watched = NULL;
    transactions_release(d, x);
}

/* What was kept are the client's commands, and the dialogue follows them; behind them stands tail. */
static void replay(struct dialogue *d, struct span tail)
{
    struct held behind = d->extra ? d->extra->behind : (struct held){0};

    if (d->extra)
        d->extra->behind = (struct held){0};
    hold_push(d, span_of(behind.p, behind.n));
    hold_push(d, tail);
    held_free(d, &behind);
}

/* One more false end, unless too many were followed: hidden mails within hidden mails would be read over and over. */
static bool may_follow(struct dialogue *d)
{
    if (!d->extra || d->extra->behind_dropped)
        return !d->extra;
    if (d->extra->followed == LIMIT_SMTP_SMUGGLED) {
        dialogue_raise(d, ANOMALY_SMTP_TOO_MANY_PENDING);
        return false;
    }
    d->extra->followed++;
    return true;
}

void smuggling_taken(struct dialogue *d, const struct reply *r)
{
    struct transaction *x = d->filling;
    bool told = x->t.final_code; /* refused already: r answers the first smuggled command */
    bool doubt;

    x->t.smuggling.verdict = SMTP_SMUGGLING_ACCEPTED;
    if (!may_follow(d)) {
        /* What follows is text to us and mostly nonsense to the server: only its first word is about the mail. */
        if (!told)
            replies_final_early(d, x, r);
        return;
    }
    x->reply_lost |= x->server_hole;
    told |= x->server_hole; /* or r is its verdict: nobody knows */
    doubt = x->server_hole;
    content_finish_asking(d, true, told ? PENDING_KINDS : PENDING_END_OF_DATA);
    if (!told)
        replies_take(d, r);
    replay(d, (struct span){NULL, 0});
    if (doubt)
        resync_server_gap(d);
    if (told)
        replies_take(d, r);
}

static bool is_its_own(const struct dialogue *d, const struct pending *p)
{
    return p->kind == PENDING_END_OF_DATA && p->tx == d->watched;
}

/* The client asked for nothing more, or said QUIT behind the mail: what it smuggled comes before that. */
static bool can_follow(struct dialogue *d)
{
    return d->client_mode == CLIENT_COMMAND && d->pending.n <= 1 && line_is_empty(&d->line[SMTP_CLIENT]) &&
           has_commands(d) && may_follow(d);
}

/* The server answers the smuggled commands: they are put in their place. */
static void follow(struct dialogue *d)
{
    bool quit = d->pending.n;

    if (quit)
        replies_answer_next(d, NULL);
    replay(d, quit ? SPAN(".\r\nQUIT\r\n") : SPAN(".\r\n"));
}

bool smuggling_reply(struct dialogue *d, const struct reply *r)
{
    const struct pending *p = d->pending.n ? pending_at(&d->pending, 0) : NULL;
    bool extra;

    if (!d->watched || (p && is_its_own(d, p)))
        return false;
    /* An answer to what the client never asked, or one that QUIT does not get. */
    extra = p ? p->kind == VERB_QUIT && r->code < 400 && r->code != 221
              : !d->pending.overflow && r->code != 421;
    if (!extra) {
        unwatch(d);
        return false;
    }
    d->watched->t.smuggling.verdict = SMTP_SMUGGLING_ACCEPTED;
    if (!can_follow(d)) {
        if (!p)
            unwatch(d);
        return true; /* behind QUIT the next ones are none of its own either, up to 221 */
    }
    unwatch(d);
    follow(d);
    return !d->pending.n;
}
