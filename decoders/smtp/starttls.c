/* SPDX-License-Identifier: Apache-2.0 */
/* starttls: what its reply makes of the bytes that follow on both sides (RFC 3207). */
#include "decoders/smtp/reply.h"
#include "decoders/smtp/replies.h"

/* Plain text behind STARTTLS and before its reply: a server that keeps it would take it for
 * encrypted. */
static void drop_injected(struct dialogue *d)
{
    if (!hold_has_bytes(d) || hold_first(d) == TLS_HANDSHAKE)
        return;
    dialogue_raise(d, ANOMALY_SMTP_STARTTLS_INJECTION);
    hold_free(d);
}

/* TLS was assumed, for bytes were lost or no server was seen. */
static void not_tls_after_all(struct dialogue *d)
{
    if (d->client_mode != CLIENT_TLS && d->client_mode != CLIENT_TLS_CHECK)
        return;
    d->client_mode = CLIENT_COMMAND;
    d->client_doubt = true;
    d->encrypted = false;
    d->tls = SMTP_TLS_REFUSED;
}

void replies_starttls(struct dialogue *d, struct pending *p, const struct reply *r)
{
    bool held = d->client_mode == CLIENT_HOLD && d->hold == VERB_STARTTLS;

    if (!r) {
        if (held)
            hold_assume(d);
        return;
    }
    if (!reply_is_positive(r->code)) {
        if (d->tls == SMTP_TLS_NONE)
            d->tls = SMTP_TLS_REFUSED;
        if (held)
            hold_release(d, CLIENT_COMMAND);
        else
            not_tls_after_all(d);
        return;
    }
    d->tls = SMTP_TLS_STARTTLS;
    d->server_mode = SERVER_TLS_CHECK;
    d->pipelining = d->chunking = false;
    transactions_forget_offer(d);
    d->unkept = false;
    if (p->tx)
        transactions_reset(d, p->tx);
    if (held) {
        drop_injected(d);
        hold_release(d, CLIENT_TLS_CHECK);
    }
}
