/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a mail as it is on the wire between two relays. */
#include "fields.h"

#include <stdio.h>

/* The hop that handed the mail over, in the forms of five mail servers. */
static void received(struct prng *p, struct buf *out, const struct mail_plan *plan, int64_t t,
                     uint32_t hop)
{
    char date[64], id[16], from[128], ip[20];
    static const char upper[] = "0123456789ABCDEF";

    date_text(date, t, 0, prng_chance(p, 500) ? " (UTC)" : "");
    random_id(p, id, 11, upper);
    snprintf(from, sizeof(from), "app%u.%s", prng_between(p, 1, 40), plan->site->domain);
    snprintf(ip, sizeof(ip), hop ? "198.51.100.%u" : "10.20.%u.7", prng_between(p, 1, 250));
    switch (prng_below(p, 5)) {
    case 0: /* Postfix */
        buf_printf(
            out,
            "Received: from %s (%s [%s])\r\n\tby %s (Postfix) with ESMTPS id %s\r\n\t"
            "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\tfor <%s>; %s\r\n",
            from, from, ip, plan->client_name, id, plan->rcpt[0], date);
        return;
    case 1: /* Sendmail */
        buf_printf(
            out,
            "Received: from %s (%s [%s] (may be forged))\r\n\tby %s (8.17.1/8.17.1) with ESMTP id "
            "4258%s\r\n\tfor <%s>; %s\r\n",
            from, from, ip, plan->client_name, id, plan->rcpt[0], date);
        return;
    case 2: /* Exim */
        buf_printf(
            out,
            "Received: from [%s] (helo=%s)\r\n\tby %s with esmtpsa (TLS1.3) tls "
            "TLS_AES_256_GCM_SHA384\r\n\t(Exim 4.96)\r\n\t(envelope-from <%s>)\r\n\tid 1rhX%.5s-0000%.2s-1a\r\n"
            "\tfor %s;\r\n\t%s\r\n",
            ip, from, plan->client_name, plan->sender, id, id + 5, plan->rcpt[0], date);
        return;
    case 3: /* Exchange */
        buf_printf(
            out,
            "Received: from %s (%s) by\r\n %s (2001:db8:10::25) with Microsoft SMTP Server\r\n "
            "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n 15.20.7339.38; %s\r\n",
            from, ip, plan->client_name, date);
        return;
    default: /* qmail, then a program on the same machine */
        buf_printf(
            out,
            "Received: (qmail %u invoked from network); %s\r\nReceived: from unknown (HELO %s) (%s)\r\n"
            "  by %s with SMTP; %s\r\n",
            prng_below(p, 60000), date, from, ip, plan->client_name, date);
    }
}

static void people(struct prng *p, struct mail *m, const struct mail_plan *plan)
{
    struct phrase who = phrase_pick(p, plan->lang, UTF_8, PERSON);
    char name[128];

    snprintf(name, sizeof(name), "%.*s", (int)who.len, who.data);
    buf_str(&m->bytes, "From: ");
    encoded_words(&m->bytes, plan->cs, name);
    buf_printf(&m->bytes, " <%s>\r\nTo: ", plan->sender);
    for (uint32_t i = 0; i < plan->rcpts; i++)
        buf_printf(&m->bytes, prng_chance(p, 300) ? "%s\"Customer\" <%s>" : "%s<%s>",
                   i ? ",\r\n\t" : "", plan->rcpt[i]);
    buf_str(&m->bytes, "\r\n");
    if (prng_chance(p, 200))
        buf_printf(&m->bytes, "Reply-To: support@%s\r\n", plan->site->domain);
}

static void list_fields(struct prng *p, struct buf *out, const struct mail_plan *plan,
                        const char *unsubscribe)
{
    buf_printf(
        out,
        "List-Unsubscribe: <%s>,\r\n\t<mailto:leave-%08x@bounce.%s>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-ID: <news.%s>\r\nPrecedence: bulk\r\n"
        "Feedback-ID: %u:%u:%s:esp\r\nX-Campaign-ID: %u\r\n",
        unsubscribe, prng_below(p, 1u << 31), plan->site->domain, plan->site->domain,
        prng_below(p, 9999), prng_below(p, 9999), plan->site->brand, prng_below(p, 9999));
}

static void mailer(struct prng *p, struct buf *out)
{
    static const char *const names[] = {"Microsoft Outlook 16.0", "PHPMailer 6.8.0",
                                        "Apple Mail (2.3731.500.231)", "Mailman 3.3.9",
                                        "iPhone Mail (21D61)"};
    if (prng_chance(p, 600))
        buf_printf(out, "X-Mailer: %s\r\n", names[prng_below(p, 5)]);
    else if (prng_chance(p, 400))
        buf_str(out, "User-Agent: Mozilla Thunderbird\r\n");
}

void headers_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
                  const char *unsubscribe)
{
    static const int8_t zones[LANGUAGES] = {-5, 1, 1, 9, 8, 9, 3};
    char date[64], id[24];
    uint32_t hops = prng_between(p, 2, 5);

    for (uint32_t i = 0; i < hops; i++)
        received(p, &m->bytes, plan, plan->date + hops - i, i + 1 < hops);
    if (prng_chance(p, 750))
        field_dkim(p, &m->bytes, plan);
    date_text(date, plan->date, zones[plan->lang], "");
    random_id(p, id, sizeof(id), "0123456789abcdef");
    snprintf(m->message_id, sizeof(m->message_id), "<%s.%u@%s>", id, plan->number,
             plan->site->domain);
    buf_printf(&m->bytes, "Date: %s\r\n", date);
    people(p, m, plan);
    buf_printf(&m->bytes, "Message-ID: %s\r\n", m->message_id);
    field_subject(p, m, plan);
    if (unsubscribe)
        list_fields(p, &m->bytes, plan, unsubscribe);
    mailer(p, &m->bytes);
    buf_str(&m->bytes, "MIME-Version: 1.0\r\n");
}
