/* SPDX-License-Identifier: Apache-2.0 */
/* client_commands: one command line of the client, by its verb. */
#define _GNU_SOURCE
#include "decoders/smtp/replies.h"

static const struct span no_text = {NULL, 0};

static void helo(struct dialogue *d, const struct command_line *c)
{
    owned_set(&d->helo_other, d->mem, c->argument, HELO_KEPT);
    d->helo_waiting++;
    d->pipelining_line = d->chunking_line = false;
    if (d->proto == SMTP_PROTO_UNKNOWN)
        d->proto = c->verb == VERB_LHLO   ? SMTP_PROTO_LMTP
                   : c->verb == VERB_EHLO ? SMTP_PROTO_ESMTP
                                          : SMTP_PROTO_SMTP;
    replies_expect(d, c->verb, d->current, -1, c->argument);
}

/* No server was seen while a whole mail went by: nobody will tell what became of it. (A bulk tool
 * that sends everything ahead of the banner still gets its first mail's replies.) */
static void leave_unanswered(struct dialogue *d)
{
    if (d->server_seen || !d->oldest)
        return;
    if (d->current)
        transactions_close(d, d->current);
    replies_give_up(d);
}

static void mail(struct dialogue *d, const struct command_line *c)
{
    struct command_path path = command_path_parse(c->argument, SPAN("FROM"));
    struct transaction *x;
    bool in_doubt; /* the one before may turn out to be none: ids are in the order of the wire */

    leave_unanswered(d);
    if (!d->current && d->offered.refused)
        d->current = transactions_take_up(d); /* this MAIL may be a nested one */
    in_doubt = d->newest && !d->newest->begun;
    x = transactions_add(d);
    if (path.odd)
        dialogue_raise(d, ANOMALY_SMTP_SYNTAX);
    if (!x) {
        transactions_mail_unkept(d);
        return;
    }
    if (!transaction_set_mail(x, &path, d->keep_auth_user))
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_LINE_TOO_LONG);
    transaction_set_helo(x, dialogue_helo(d), d->helo_code, dialogue_proto(d));
    transactions_set_client(d, x);
    transactions_nest(x, d->current);
    x->in_unkept = d->unkept && !x->outer;
    if (!x->outer && !x->in_unkept && !in_doubt)
        transactions_begin(d, x);
    d->current = x;
    d->unkept = false;
    d->lost = 0;
    if (path.odd)
        anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_SYNTAX);
    replies_expect(d, VERB_MAIL, x, -1, no_text);
}

/* The MAIL may be among lost commands: what is seen of the mail belongs to one nevertheless. */
static struct transaction *current_or_lost(struct dialogue *d)
{
    if (!d->current && !d->client_doubt)
        d->current = transactions_take_up(d);
    if (!d->current && d->client_doubt) {
        d->current = transactions_add(d);
        if (!d->current)
            transactions_begin_unkept(d);
        if (d->current) {
            transaction_set_helo(d->current, dialogue_helo(d), d->helo_code, dialogue_proto(d));
            d->current->t.missing = d->lost;
            d->lost = 0;
            transactions_note_loss(d, d->current);
            transactions_begin(d, d->current);
        }
    }
    return d->current;
}

static void rcpt(struct dialogue *d, const struct command_line *c)
{
    struct command_path path = command_path_parse(c->argument, SPAN("TO"));
    struct transaction *x = current_or_lost(d);
    int i = -1;

    if (x)
        i = transaction_add_rcpt(x, path.path);
    if (path.odd)
        dialogue_raise(d, ANOMALY_SMTP_SYNTAX);
    replies_expect(d, VERB_RCPT, x, i, no_text);
}

static void data(struct dialogue *d, const struct command_line *c)
{
    struct transaction *x = current_or_lost(d);

    (void)c;
    hold_begin(d, VERB_DATA);
    replies_expect(d, VERB_DATA, x, -1, no_text);
    if (!d->server_seen)
        hold_assume(d);
}

static void bdat(struct dialogue *d, const struct command_line *c)
{
    struct command_bdat b = command_bdat_parse(c->argument);

    if (!b.valid)
        dialogue_raise(d, ANOMALY_SMTP_BDAT_INVALID);
    if (!b.valid && !(b.odd && chunk_can_wait(d))) {
        replies_expect(d, VERB_BDAT, d->current, -1, no_text);
        return;
    }
    if (current_or_lost(d) && d->client_doubt)
        content_lost_before(d, d->current);
    d->sends_chunks = true;
    chunk_begin(d, &b);
}

/* RSET and QUIT have no argument (RFC 5321 4.1.1.5, 4.1.1.10). Where one has, Postfix (RSET) and Exim (both) refuse it
 * and go on. */
static void leave(struct dialogue *d, const struct command_line *c)
{
    struct transaction *x = d->current;
    uint32_t before = d->pending.n;

    if (!c->argument.p) {
        d->current = NULL;
        d->unkept = false;
        transactions_forget_offer(d);
    }
    replies_expect(d, c->verb, x, -1, no_text);
    if (c->argument.p && d->pending.n > before)
        pending_at(&d->pending, before)->flags |= PENDING_STAYS;
}

static void starttls(struct dialogue *d, const struct command_line *c)
{
    (void)c;
    hold_begin(d, VERB_STARTTLS);
    replies_expect(d, VERB_STARTTLS, d->current, -1, no_text);
    if (!d->server_seen)
        hold_assume(d);
}

static void auth(struct dialogue *d, const struct command_line *c)
{
    struct extra *x = dialogue_extra(d);

    if (x)
        auth_begin(&x->auth, d->mem, c->argument, d->keep_auth_user);
    hold_begin(d, VERB_AUTH);
    replies_expect(d, VERB_AUTH, NULL, -1, no_text);
    if (!d->server_seen)
        hold_assume(d);
}

/* RFC 4468: the server fetches the content itself. */
static void burl(struct dialogue *d, const struct command_line *c)
{
    struct transaction *x = d->current;

    if (!span_ends_nocase(c->argument, SPAN(" LAST"))) {
        replies_expect(d, VERB_BDAT, x, -1, no_text);
        return;
    }
    replies_expect(d, PENDING_END_OF_DATA, x, -1, no_text);
    if (x)
        transactions_close(d, x);
}

static void with_text(struct dialogue *d, const struct command_line *c)
{
    replies_expect(d, c->verb, NULL, -1, c->argument);
}

static void other(struct dialogue *d, const struct command_line *c)
{
    replies_expect(d, c->verb, NULL, -1, no_text);
}

typedef void (*command_fn)(struct dialogue *d, const struct command_line *c);

static const command_fn commands[VERB_COUNT] = {
    [VERB_HELO] = helo,
    [VERB_EHLO] = helo,
    [VERB_LHLO] = helo,
    [VERB_MAIL] = mail,
    [VERB_SEND] = mail, /* RFC 821 3.4: to the terminal, or the mailbox, or both */
    [VERB_SOML] = mail,
    [VERB_SAML] = mail,
    [VERB_RCPT] = rcpt,
    [VERB_DATA] = data,
    [VERB_BDAT] = bdat,
    [VERB_RSET] = leave,
    [VERB_QUIT] = leave,
    [VERB_STARTTLS] = starttls,
    [VERB_AUTH] = auth,
    [VERB_XEXPS] = auth, /* Exchange's own name for it */
    [VERB_BURL] = burl,
    [VERB_XCLIENT] = with_text,
    [VERB_XFORWARD] = with_text,
};

/* A chunk whose BDAT was lost may end in the middle of a line: the command that stands behind it, or nothing.
 */
static struct span command_behind_chunk(struct span line)
{
    const uint8_t *bdat = line.n ? memrchr(line.p, 'B', line.n) : NULL;
    const uint8_t *mail = line.n ? memmem(line.p, line.n, "MAIL FROM:<", 11) : NULL;
    struct span command = mail ? span_from(line, (size_t)(mail - line.p))
                          : bdat ? span_from(line, (size_t)(bdat - line.p)) : (struct span){NULL, 0};

    return command_line_certain(command) == VERB_UNKNOWN ? (struct span){NULL, 0} : command;
}

/* After a gap the line may be half of one, or a mail's: only what can be nothing else counts. */
static bool is_trusted_line(struct dialogue *d, struct span *line)
{
    if (!d->client_doubt)
        return true;
    if (command_line_certain(*line) == VERB_UNKNOWN) {
        if (!d->sends_chunks)
            return false;
        *line = command_behind_chunk(*line);
        if (!line->n)
            return false;
    }
    d->client_doubt = false;
    return true;
}

/* Postfix reads a line up to its first NUL, Exim refuses it: by the reply it is known who did what. */
static struct span up_to_nul(struct dialogue *d, struct span line)
{
    size_t n = span_find(line, 0, '\0');

    if (n < line.n && !d->client_doubt)
        dialogue_raise(d, ANOMALY_SMTP_SYNTAX);
    return span_head(line, n);
}

/* The server may repeat it in a later reply, and it may be a password: AUTH lost, refused, or cancelled. */
static void note_stray(struct dialogue *d, struct span line)
{
    struct extra *x = line.n ? dialogue_extra(d) : NULL;

    if (x)
        auth_stray(&x->auth, line);
}

/* Verbs of which something is shown as it was sent. */
static bool is_shown(enum smtp_verb v)
{
    switch (v) {
    case VERB_HELO:
    case VERB_EHLO:
    case VERB_LHLO:
    case VERB_MAIL:
    case VERB_SEND:
    case VERB_SOML:
    case VERB_SAML:
    case VERB_RCPT:
        return true;
    default:
        return false;
    }
}

/* `HELO hostAUTH PLAIN secret`: where AUTH begins ends what may be shown. The server did not log anybody in by it, but may
 * repeat it. */
static bool leave_out_auth(struct dialogue *d, struct command_line *c)
{
    size_t at = command_auth_within(c->argument);

    if (at == c->argument.n)
        return false;
    note_stray(d, span_from(c->argument, at));
    c->argument = at ? span_head(c->argument, at) : no_text;
    return true;
}

void client_mail_unkept(struct dialogue *d)
{
    resync_before_command(d, VERB_MAIL);
    d->is_smtp = true;
    leave_unanswered(d);
    transactions_mail_unkept(d);
}

void client_command(struct dialogue *d, struct span line)
{
    bool doubt = d->client_doubt, odd;
    struct command_line c;

    line = up_to_nul(d, line);
    if (!is_trusted_line(d, &line)) {
        d->unsure += line.n;
        if (span_eq(line, SPAN("."))) /* the end of a mail whose 354 is among the lost replies */
            resync_leave_lost_mail(d);
        note_stray(d, line);
        return;
    }
    resync_leave_lost_mail(d);
    d->unsure = d->unsure_replies = d->lost_replies = 0;
    c = command_line_parse(line);
    resync_before_command(d, c.verb); /* may end transactions: before anybody holds one */
    if (c.verb == VERB_UNKNOWN) {
        dialogue_raise_if_whole(d, ANOMALY_SMTP_COMMAND_UNKNOWN);
        note_stray(d, line);
        replies_expect(d, VERB_UNKNOWN, NULL, -1, no_text);
        return;
    }
    d->is_smtp = true;
    odd = is_shown(c.verb) && leave_out_auth(d, &c);
    d->client_doubt = doubt && (c.verb == VERB_RCPT || c.verb == VERB_DATA || c.verb == VERB_BDAT);
    (commands[c.verb] ? commands[c.verb] : other)(d, &c);
    if (odd)
        dialogue_raise(d, ANOMALY_SMTP_SYNTAX);
    if (c.verb == VERB_DATA || c.verb == VERB_BDAT)
        d->client_doubt = false;
}
