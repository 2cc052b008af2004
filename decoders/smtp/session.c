/* SPDX-License-Identifier: Apache-2.0 */
/* session: what is said of the connection as a whole. */
#include "decoders/smtp/dialogue_state.h"

static enum smtp_session_outcome by_code(uint16_t code)
{
    return code < 500 ? SMTP_SESSION_DEFERRED : SMTP_SESSION_REFUSED;
}

/* The first that fits; what was refused counts only where nothing of its kind was taken. */
static enum smtp_session_outcome outcome(const struct dialogue *d)
{
    if (d->accepted)
        return SMTP_SESSION_MAIL;
    if (d->encrypted)
        return SMTP_SESSION_ENCRYPTED;
    if (d->banner_code >= 400)
        return by_code(d->banner_code);
    if (d->helo_refusal && !d->helo_taken)
        return by_code(d->helo_refusal);
    if (d->auth_refusal && !d->auth_taken)
        return by_code(d->auth_refusal);
    /* A mail that found no memory is in no other number than unfinished. */
    if (d->mails && !d->unfinished && d->refused + d->deferred == d->mails)
        return d->deferred ? SMTP_SESSION_DEFERRED : SMTP_SESSION_REFUSED;
    if (!d->server_seen || d->unknown)
        return SMTP_SESSION_UNKNOWN;
    if (d->unfinished)
        return SMTP_SESSION_UNFINISHED;
    return SMTP_SESSION_QUIET;
}

static void auth_and_client(const struct dialogue *d, struct smtp_session *out)
{
    const struct extra *x = d->extra;

    out->via = (enum smtp_via)d->via; /* also where memory was refused for the rest */
    if (!x)
        return;
    out->auth_mechanism = auth_mechanism(&x->auth);
    out->auth_code = x->auth.code;
    if (x->auth.user.n)
        out->auth_user = buf_span(&x->auth.user);
    if (d->via != SMTP_VIA_TCP)
        out->client = x->client;
}

void dialogue_session(const struct dialogue *d, struct smtp_session *out)
{
    *out = (struct smtp_session){
        .outcome = outcome(d),
        .proto = (enum smtp_proto)d->proto,
        .banner = owned_span(&d->banner),
        .banner_code = d->banner_code,
        .helo_code = d->helo_code,
        .helo = span_head(dialogue_helo(d), LIMIT_SMTP_HELO),
        .tls = (enum smtp_tls)d->tls,
        .encrypted = d->encrypted,
        .client_seen = d->client_seen,
        .server_seen = d->server_seen,
        .is_smtp = d->is_smtp,
        .mails = d->mails,
        .accepted = d->accepted,
        .refused = d->refused,
        .deferred = d->deferred,
        .rcpt_refused = d->rcpt_refused,
        .unfinished = d->unfinished,
        .anomalies = d->anomalies,
    };
    if (dialogue_helo(d).n > LIMIT_SMTP_HELO)
        anomaly_raise(&out->anomalies, ANOMALY_SMTP_LINE_TOO_LONG);
    auth_and_client(d, out);
}
