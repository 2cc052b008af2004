/* SPDX-License-Identifier: Apache-2.0 */
/* resync: which command a reply answers after bytes were lost: told by what only one can mean, else
 * by nobody. */
#include "decoders/smtp/queue_id.h"
#include "decoders/smtp/reply.h"
#include "decoders/smtp/replies.h"

static bool is_auth(unsigned kind)
{
    return kind == VERB_AUTH || kind == PENDING_AUTH_RESPONSE;
}

/* Codes that answer one kind of command only. */
static bool certainly_answers(uint16_t code, unsigned kind)
{
    switch (code) {
    case 354:
        return kind == VERB_DATA;
    case 334:
    case 235:
    case 535:
        return is_auth(kind);
    case 221:
        return kind == VERB_QUIT;
    default:
        return false;
    }
}

/* Codes that no server answers kind with: the true answer was lost. */
static bool cannot_answer(uint16_t code, unsigned kind)
{
    bool waits = kind == VERB_DATA || is_auth(kind) || kind == VERB_STARTTLS; /* for more than 2xx, or for one */

    if (certainly_answers(code, kind) || kind == PENDING_HOLE || (kind == VERB_STARTTLS && code == 220))
        return false;
    return code == 354 || code == 334 || code == 235 || code == 535 || code == 221 || (waits && code < 400);
}

static int certain_entry(const struct dialogue *d, uint16_t code)
{
    for (unsigned i = 0; i < d->pending.n; i++)
        if (certainly_answers(code, pending_at(&d->pending, i)->kind))
            return (int)i;
    return -1;
}

static bool doubtful(const struct dialogue *d, unsigned i)
{
    return i < d->pending.n && (pending_at(&d->pending, i)->flags & PENDING_DOUBTFUL);
}

/* A command after which a client must wait (RFC 2920 3.1): it was answered before the next was
 * sent. */
static bool ends_group(unsigned kind)
{
    switch (kind) {
    case VERB_HELO:
    case VERB_EHLO:
    case VERB_LHLO:
    case VERB_DATA:
    case VERB_QUIT:
    case VERB_STARTTLS:
        return true;
    default:
        return is_auth(kind);
    }
}

/* RFC 2920 lets a client ask for the next mail before it has the verdict on the last one; few do. One that
 * was never seen to do so waits for the verdict. */
static bool awaits_verdict(struct dialogue *d, unsigned kind)
{
    const struct pending *last = d->pending.n ? pending_at(&d->pending, d->pending.n - 1u) : NULL;

    if (kind != VERB_MAIL || !d->server_seen)
        return false;
    if (last && last->kind == PENDING_END_OF_DATA && !(last->flags & PENDING_DOUBTFUL))
        d->runs_ahead = true;
    return !d->runs_ahead;
}

void resync_before_command(struct dialogue *d, unsigned kind)
{
    bool had_verdict = awaits_verdict(d, kind);
    unsigned answered = 0;

    for (unsigned i = 0; doubtful(d, i); i++) {
        const struct pending *p = pending_at(&d->pending, i);

        if (!d->pipelining || ends_group(p->kind) || (p->flags & PENDING_ABSORBED) ||
            (had_verdict && p->kind == PENDING_END_OF_DATA))
            answered = i + 1;
    }
    while (answered--)
        replies_answer_next(d, NULL);
    if (!doubtful(d, 0))
        d->server_doubt = d->other_verdict = false;
}

void resync_client_gap(struct dialogue *d)
{
    d->client_doubt = true;
    d->helo_unseen = true;
    if (d->client_mode == CLIENT_COMMAND || d->client_mode == CLIENT_START) {
        replies_expect(d, PENDING_HOLE, NULL, -1, (struct span){NULL, 0});
        if (d->pending.n)
            pending_at(&d->pending, d->pending.n - 1u)->flags = PENDING_DOUBTFUL;
    }
}

void resync_server_gap(struct dialogue *d)
{
    for (unsigned i = 0; i < d->pending.n; i++)
        pending_at(&d->pending, i)->flags |= PENDING_DOUBTFUL;
    d->server_doubt = true;
    hold_assume(d);
}

bool resync_behind_assumed(struct dialogue *d)
{
    unsigned answered = 0;

    if (!d->assumed || !d->server_doubt)
        return false;
    for (unsigned i = 0; i < d->pending.n; i++) {
        const struct pending *p = pending_at(&d->pending, i);

        if (p->kind == VERB_DATA && p->tx == d->filling)
            answered = i + 1;
    }
    d->assumed = false;
    while (answered--)
        replies_answer_next(d, NULL);
    return true;
}

/* A client waits for the reply to DATA before it sends the mail: where the mail comes, that reply is
 * among the lost ones, and r is none of what was asked before the mail. */
static void resync_behind_data(struct dialogue *d, const struct reply *r)
{
    unsigned answered = 0;

    if (d->client_mode != CLIENT_CONTENT || !d->assumed)
        return;
    if (r->code == 354 && !(d->filling && d->filling->reply_lost))
        return;
    for (unsigned i = 0; doubtful(d, i); i++) {
        const struct pending *p = pending_at(&d->pending, i);

        if (p->kind == VERB_DATA && p->tx == d->filling)
            answered = i + 1;
    }
    if (answered)
        d->assumed = false;
    while (answered--)
        replies_answer_next(d, NULL);
}

enum {
    LEAST_MAIL = 128,  /* a mail of a few fields and the next MAIL; less is a RCPT or two */
    RCPT_TO_REPLY = 6, /* a recipient takes this many times the bytes of its reply, at most: 60 to 10, 27 to 14 */
    CODE_AND_EOL = 6,
    LEAST_REPLIES = 4 * CODE_AND_EOL /* to DATA, the mail, the next MAIL and RCPT */
};

bool resync_leave_lost_mail(struct dialogue *d)
{
    struct transaction *x = d->current;

    if (!x || d->unsure < LEAST_MAIL || !d->server_doubt)
        return false;
    x->reply_lost = true;
    transactions_note_loss(d, x);
    transactions_close(d, x);
    return true;
}

/* r answers none of the commands known. */
static void note_stray(struct dialogue *d, const struct reply *r)
{
    d->unsure_replies += CODE_AND_EOL + r->text.n;
    d->other_verdict |= reply_is_positive(r->code) && queue_id_find(r->text).p;
}

/* Between what was seen of the client and a 354 there may be a whole mail. Where the lost bytes of the server have room for its
 * replies, nobody can tell it from recipients; where those came, it is one where the client's bytes are more than the recipients
 * that were answered. */
static bool lost_a_mail(const struct dialogue *d)
{
    return d->lost_replies >= LEAST_REPLIES || (d->unsure_replies && d->unsure > RCPT_TO_REPLY * d->unsure_replies);
}

/* DATA itself was lost: the mail comes now, its first bytes may be lost too. */
static void content_after_hole(struct dialogue *d)
{
    struct transaction *x = NULL;
    /* A mail was lost, or its verdict was or came: the 354 is the next one's, which may be any. */
    bool of_another = d->other_verdict || (d->current && d->current->verdict_hole) || lost_a_mail(d);

    d->other_verdict = false;
    if (!of_another || !resync_leave_lost_mail(d)) {
        x = d->current ? d->current : transactions_add(d);
        if (!x)
            transactions_begin_unkept(d);
    }
    d->client_mode = CLIENT_CONTENT;
    content_expect(d, x);
    if (!x)
        return;
    x->phantom = !x->begun;
    x->t.missing += d->lost;
    d->lost = 0;
    transactions_note_loss(d, x);
    x->t.data_code = 354;
    x->content_hole = true;
}

/* The mail's end was lost, or the server saw one where there is none: r is its verdict. */
static void end_content_by_reply(struct dialogue *d, const struct reply *r)
{
    struct transaction *x = d->filling;
    bool hole = !x || x->content_hole, lost = x && x->reply_lost;

    content_finish(d, false);
    d->client_doubt |= hole;
    if (lost || cannot_answer(r->code, PENDING_END_OF_DATA))
        replies_give_up(d); /* r may be any later command's, or is */
    if (r->code == 354)
        content_after_hole(d); /* of the next mail, whose DATA was lost too */
    else if (d->pending.n)
        replies_take(d, r);
}

/* A reply while the mail is coming in; false where it means nothing to it. */
static bool amid_content(struct dialogue *d, const struct reply *r)
{
    struct transaction *x = d->filling;

    if (d->client_mode != CLIENT_CONTENT)
        return false;
    if (!x || x->content_hole) {
        end_content_by_reply(d, r);
        return true;
    }
    if (r->code >= 400) {
        if (x->t.smuggling.verdict != SMTP_SMUGGLING_ACCEPTED) /* else text that it reads as commands */
            replies_final_early(d, x, r);
        return true;
    }
    content_settle(&d->content);
    if (!content_has_false_end(&d->content))
        return false;
    smuggling_taken(d, r);
    return true;
}

/* The client's next bytes are commands, or would be: nothing of it came since the capture began in the middle. */
static bool takes_commands(const struct dialogue *d)
{
    return d->client_mode == CLIENT_COMMAND || (d->client_mode == CLIENT_START && d->midstream);
}

static void unmatched(struct dialogue *d, const struct reply *r)
{
    if (d->pending.overflow) {
        d->pending.overflow--;
        return;
    }
    if (amid_content(d, r))
        return;
    if (r->code == 354 && d->client_doubt && takes_commands(d))
        content_after_hole(d);
    else if (r->code != 421 && d->client_seen && !d->client_doubt && !d->server_doubt)
        dialogue_raise_if_whole(d, ANOMALY_SMTP_REPLY_UNMATCHED);
}

/* Alone in the queue: a hole takes any number of replies, a command its own. */
static bool lone_doubtful(struct dialogue *d, const struct reply *r)
{
    struct pending *p = pending_at(&d->pending, 0);

    if (p->kind != PENDING_HOLE)
        return true;
    p->flags |= PENDING_ABSORBED;
    note_stray(d, r);
    if (r->code == 235 || r->code == 535)
        replies_auth_over(d, r->code);
    if (r->code == 354) {
        replies_answer_next(d, NULL);
        content_after_hole(d);
    }
    return false;
}

/* A server that knows PROXY does not answer it: only an error may be its answer. */
static bool answers_proxy(const struct dialogue *d, const struct reply *r)
{
    if (d->pending.n == 1)
        return r->code >= 400;
    return r->code == 500 || r->code == 501 || r->code == 503;
}

/* 334 to what was lost or not understood: the client's next line is a secret all the same. */
static bool asks_for_secret(struct dialogue *d, const struct reply *r)
{
    if (r->code != 334 || dialogue_is_whole(d) || !takes_commands(d) ||
        !line_is_empty(&d->line[SMTP_CLIENT]) || certain_entry(d, r->code) >= 0)
        return false;
    replies_give_up(d); /* AUTH ends its group: all that was sent before was answered */
    if (!d->extra && dialogue_extra(d))
        auth_begin(&d->extra->auth, d->mem, (struct span){NULL, 0}, d->keep_auth_user);
    d->client_mode = CLIENT_AUTH;
    return true;
}

/* DATA was refused by a reply that nobody could place: behind it wait commands, and one of them is the DATA that a
 * 354 answers now. */
static void leave_refused_data(struct dialogue *d)
{
    hold_release(d, CLIENT_COMMAND);
    replies_give_up(d);
    hold_run(d);
}

bool resync_reply(struct dialogue *d, const struct reply *r)
{
    int at;

    if (asks_for_secret(d, r))
        return false;
    if (r->code == 354 && doubtful(d, 0) && hold_is_command(d))
        leave_refused_data(d);
    if (d->pending.n && pending_at(&d->pending, 0)->kind == PENDING_PROXY && !answers_proxy(d, r))
        replies_answer_next(d, NULL);
    resync_behind_data(d, r);
    if (!d->pending.n) {
        unmatched(d, r);
        return false;
    }
    at = certain_entry(d, r->code);
    if (at < 0 && r->code == 354 && d->client_doubt && d->client_mode == CLIENT_COMMAND) {
        replies_give_up(d);
        content_after_hole(d);
        return false;
    }
    while (at < 0 && !dialogue_is_whole(d) && d->pending.n &&
           cannot_answer(r->code, pending_at(&d->pending, 0)->kind))
        replies_answer_next(d, NULL);
    if (!d->pending.n) {
        unmatched(d, r);
        return false;
    }
    if (at < 0 && doubtful(d, 0)) {
        if (d->pending.n == 1)
            return lone_doubtful(d, r);
        note_stray(d, r);
        return false;
    }
    while (at-- > 0)
        replies_answer_next(d, NULL);
    return true;
}
