/* SPDX-License-Identifier: Apache-2.0 */
/* smuggling: a mail held a false end of data; the server's replies tell whether it took it for the real one. */
#include "decoders/smtp/replies.h"

void smuggling_found(struct dialogue *d, struct transaction *x)
{
    size_t n = content_false_end(&d->content, x->t.smuggling.form);

    if (!n)
        return;
    x->t.smuggling.form_n = (uint8_t)n;
    x->t.smuggling.offset = d->content.alike_at;
    anomaly_raise(&x->t.anomalies, ANOMALY_SMTP_SMUGGLING);
    if (!d->server_seen) {
        x->t.smuggling.verdict = SMTP_SMUGGLING_UNKNOWN;
        return;
    }
    if (x->t.smuggling.verdict == SMTP_NOT_SMUGGLED)
        x->t.smuggling.verdict = SMTP_SMUGGLING_ATTEMPTED;
    if (d->watched)
        smuggling_unwatch(d);
    d->watched = x;
    x->refs++;
}

void smuggling_unwatch(struct dialogue *d)
{
    struct transaction *x = d->watched;

    d->watched = NULL;
    if (x)
        transactions_release(d, x);
}

static bool is_its_own(const struct dialogue *d, const struct pending *p)
{
    return p->kind == PENDING_END_OF_DATA && p->tx == d->watched;
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
    if (extra)
        d->watched->t.smuggling.verdict = SMTP_SMUGGLING_ACCEPTED;
    smuggling_unwatch(d);
    return extra;
}
