/* SPDX-License-Identifier: Apache-2.0 */
/* findings_dialogue: what servers said of the mail: stamped verdicts, refusals, lists; and how the client behaved. */
#include "sensor/judge/findings_case.h"

#include <stdio.h>

/* Anybody can write the field: only a server of --authserv is believed. */
static struct span failed(const struct finding_case *c, struct span verdict, struct span domain)
{
    const struct record_authentication *a = &c->r->authentication;

    if (!a->trusted || !span_eq_nocase(verdict, SPAN("fail")))
        return nothing();
    if (!domain.n)
        return a->by;
    return evidence_pair(c, domain, ", by ", a->by);
}

struct span auth_spf_fail(const struct finding_case *c)
{
    return failed(c, c->r->authentication.spf, c->r->authentication.spf_domain);
}

struct span auth_dkim_fail(const struct finding_case *c)
{
    return failed(c, c->r->authentication.dkim, c->r->authentication.dkim_domain);
}

struct span auth_dmarc_fail(const struct finding_case *c)
{
    return failed(c, c->r->authentication.dmarc, c->from_domain);
}

static bool is_none(struct span verdict)
{
    return !verdict.n || span_eq_nocase(verdict, SPAN("none"));
}

struct span auth_none(const struct finding_case *c)
{
    const struct record_authentication *a = &c->r->authentication;

    if (!a->trusted || !is_none(a->spf) || !is_none(a->dkim) || !is_none(a->dmarc))
        return nothing();
    return a->by;
}

struct span rcpt_unknown(const struct finding_case *c)
{
    const struct record *r = c->r;
    uint32_t unknown = 0;
    char text[64];

    for (uint32_t i = 0; i < r->rcpt_n; i++)
        unknown += r->rcpt[i].no_mailbox;
    if (!unknown || !c->whole)
        return nothing();
    snprintf(text, sizeof(text), "%u of %u recipients", unknown, r->rcpt_n);
    return arena_dup(&c->r->arena, span_cstr(text));
}

struct span dnsbl_listed(const struct finding_case *c)
{
    const struct record_listing *l = c->r->listings;
    char text[IP_TEXT];

    if (!c->r->listings_n)
        return nothing();
    if (!l->answer.family)
        return l->zone;
    return evidence_pair(c, l->zone, " ", span_of(text, ip_format(&l->answer, text)));
}

struct span smtp_smuggling_seen(const struct finding_case *c)
{
    static const char *const verdict[] = {
        [SMTP_NOT_SMUGGLED] = NULL,
        [SMTP_SMUGGLING_ATTEMPTED] = "attempted",
        [SMTP_SMUGGLING_ACCEPTED] = "accepted",
        [SMTP_SMUGGLING_UNKNOWN] = "the server was not seen",
    };

    return span_cstr(verdict[c->r->smuggling.verdict]);
}

struct span smtp_early_talker_seen(const struct finding_case *c)
{
    return c->r->early_talker ? SPAN("before the banner") : nothing();
}
