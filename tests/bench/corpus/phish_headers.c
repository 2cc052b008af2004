/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a mail as it lies in a collection of phishing: what the victim's provider wrote above
 * what a rented machine had sent. Most of it are fields that nobody but the provider reads. The names
 * of the fields are those of a large provider; machines, tenants and marks are made up. */
#include "fields.h"

#include <stdio.h>

#define HEX "0123456789abcdef"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define CLOUD "mailcloud-example.com"

enum { NODES = 4, GUID_MOST = 37 };

/* The way of one mail through the provider; node 0 is the mailbox, the last is what the world sees. */
struct trail {
    struct prng *p;
    struct buf *out;
    const struct mail_plan *plan;
    char node[NODES][14], address[NODES][48];
    char tenant[GUID_MOST], id[GUID_MOST];
    char day[64]; /* of arrival, without its zone: that stands on the next line */
    unsigned zone;
};

static void guid(struct prng *p, char out[GUID_MOST])
{
    unsigned long long a = prng_next(p), b = prng_next(p);

    snprintf(out, GUID_MOST, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xffff), (unsigned)(b >> 48),
             b & 0xffffffffffffULL);
}

static void trail_begin(struct trail *t)
{
    for (int i = 0; i < NODES; i++) {
        random_id(t->p, t->node[i], sizeof(t->node[i]), UPPER);
        snprintf(t->address[i], sizeof(t->address[i]), "2001:db8:%x:%x::%x",
                 prng_below(t->p, 65536), prng_below(t->p, 65536), prng_between(t->p, 1, 255));
    }
    guid(t->p, t->tenant);
    guid(t->p, t->id);
    date_text(t->day, t->plan->date, 0, "");
    t->day[25] = 0;
    t->zone = prng_between(t->p, 1, 20);
}

static void provider_hops(struct trail *t)
{
    buf_printf(t->out,
               "Received: from %s.east%02u.prod." CLOUD " (::1) by\r\n %s.east%02u.prod." CLOUD
               " with HTTPS; %s\r\n +0000\r\n",
               t->node[1], t->zone, t->node[0], t->zone, t->day);
    buf_printf(t->out,
               "Received: from %s.east%02u.prod." CLOUD " (%s)\r\n by %s.east%02u.prod." CLOUD
               " (%s) with Microsoft\r\n SMTP Server (version=TLS1_2, "
               "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n 15.20.%u.%u; %s\r\n +0000\r\n",
               t->node[2], t->zone / 2 + 1, t->address[2], t->node[1], t->zone, t->address[1],
               prng_between(t->p, 6000, 7999), prng_between(t->p, 1, 60), t->day);
    buf_printf(t->out,
               "Received: from %s.east%02u.edge.prod." CLOUD "\r\n (%s) by %s.office." CLOUD
               "\r\n (%s) with Microsoft SMTP Server (version=TLS1_2,\r\n "
               "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.%u.%u via Frontend\r\n "
               "Transport; %s +0000\r\n",
               t->node[3], t->zone, t->address[3], t->node[2], t->address[2],
               prng_between(t->p, 6000, 7999), prng_between(t->p, 1, 60), t->day);
}

/* What the provider found out about the sender, in its two fields. */
static void verdicts(struct trail *t)
{
    static const char *const spf[][3] = {
        {"pass", "Pass", "domain of %s designates\r\n %s as permitted sender"},
        {"none", "None", "%s does not designate\r\n permitted sender hosts, %s"},
        {"softfail", "SoftFail", "domain of\r\n transitioning %s discourages use of\r\n %s as permitted sender"},
        {"temperror", "TempError", "error in processing during\r\n lookup of %s: DNS Timeout, %s"}};
    static const char *const dmarc[] = {"none action=none", "fail action=quarantine", "fail action=none",
                                        "bestguesspass action=none"};
    const char *const *found = spf[prng_below(t->p, 4)];
    const char *ip = t->plan->client_ip, *host = t->plan->client_name;

    buf_printf(t->out,
               "Authentication-Results: spf=%s (sender IP is %s)\r\n smtp.mailfrom=%s; dkim=none "
               "(message not signed)\r\n header.d=none;dmarc=%s\r\n header.from=%s;compauth=fail "
               "reason=001\r\n",
               found[0], ip, host, dmarc[prng_below(t->p, 4)], t->plan->site->domain);
    buf_printf(t->out, "Received-SPF: %s (protection." CLOUD ": ", found[1]);
    buf_printf(t->out, found[2], host, ip);
    buf_str(t->out, ")\r\n");
}

/* The hop that was real, the provider's mark of what came with it, and the first: a script's mail. */
static void origin_hops(struct trail *t)
{
    char sum[2][65], queue[11];

    for (int i = 0; i < 2; i++)
        random_id(t->p, sum[i], sizeof(sum[i]), "0123456789ABCDEF");
    random_id(t->p, queue, sizeof(queue), HEX);
    buf_printf(t->out,
               "Received: from %s (%s) by\r\n %s.edge.mail." CLOUD
               " (198.51.100.%u) with Microsoft SMTP\r\n Server (version=TLS1_3, "
               "cipher=TLS_AES_256_GCM_SHA384) id 15.20.%u.10 via\r\n Frontend Transport; %s +0000\r\n",
               t->plan->client_name, t->plan->client_ip, t->node[3], prng_between(t->p, 1, 254),
               prng_between(t->p, 6000, 7999), t->day);
    buf_printf(t->out,
               "X-IncomingTopHeaderMarker:\r\n OriginalChecksum:%s;UpperCasedChecksum:%s;"
               "SizeAsReceived:%u;Count:%u\r\n",
               sum[0], sum[1], prng_between(t->p, 400, 3000), prng_between(t->p, 8, 20));
    buf_printf(t->out, "Received: by %s (Postfix, from userid 0)\r\n\tid %s; %s +0000 (UTC)\r\n",
               t->plan->client_name, queue, t->day);
}

static void people(struct trail *t, struct mail *m)
{
    static const char *const boxes[] = {"no-reply", "security", "service", "billing", "account.team"};
    struct phrase who = phrase_pick(t->p, t->plan->lang, UTF_8, PERSON);
    char name[128], id[25];

    field_subject(t->p, m, t->plan);
    snprintf(name, sizeof(name), "%.*s", (int)who.len, who.data);
    buf_str(t->out, "From: ");
    encoded_words(t->out, t->plan->cs, name);
    buf_printf(t->out, " <%s@%s>\r\nTo: %s\r\n", boxes[prng_below(t->p, 5)], t->plan->site->domain,
               t->plan->rcpt[0]);
    random_id(t->p, id, sizeof(id), HEX);
    snprintf(m->message_id, sizeof(m->message_id), "<%s.%u@%s>", id, t->plan->number,
             t->plan->client_name);
    buf_printf(t->out, "Message-Id: %s\r\nDate: %s +0000 (UTC)\r\nX-IncomingHeaderCount: %u\r\n"
               "Return-Path: %s\r\n",
               m->message_id, t->day, prng_between(t->p, 8, 20), t->plan->sender);
}

static void organization_fields(struct trail *t)
{
    static const char X[] = "X-MS-Exchange-Organization-";

    buf_printf(t->out,
               "%sExpirationStartTime: %s.%04u\r\n (UTC)\r\n"
               "%sExpirationStartTimeReason: OriginalSubmit\r\n%sExpirationInterval: 1:00:00:00.0000000\r\n"
               "%sExpirationIntervalReason: OriginalSubmit\r\n%sNetwork-Message-Id:\r\n %s\r\n",
               X, t->day + 5, prng_below(t->p, 10000), X, X, X, X, t->id);
    buf_printf(t->out,
               "X-EOPAttributedMessage: 0\r\nX-EOPTenantAttributedMessage: %s:0\r\n"
               "%sMessageDirectionality: Incoming\r\nX-MS-PublicTrafficType: Email\r\n"
               "X-MS-TrafficTypeDiagnostic:\r\n %s:EE_|%s:EE_|%s:EE_\r\n"
               "%sAuthSource:\r\n %s.east%02u.edge.prod." CLOUD "\r\n%sAuthAs: Anonymous\r\n",
               t->tenant, X, t->node[3], t->node[1], t->node[0], X, t->node[3], t->zone, X);
    buf_printf(t->out,
               "X-MS-UserLastLogonTime: 3/5/2024 %u:%02u:34 AM\r\n"
               "X-MS-Office365-Filtering-Correlation-Id: %s\r\nX-MS-Exchange-EOPDirect: true\r\n"
               "X-Sender-IP: %s\r\nX-SID-PRA: SERVICE@%s\r\nX-SID-Result: NONE\r\n%sPCL: 2\r\n%sSCL: %u\r\n"
               "X-Microsoft-Antispam: BCL:%u;\r\n",
               prng_between(t->p, 1, 11), prng_below(t->p, 60), t->id, t->plan->client_ip,
               t->plan->site->domain, X, X, prng_between(t->p, 1, 9), prng_below(t->p, 10));
}

static void tenant_fields(struct trail *t)
{
    static const char X[] = "X-MS-Exchange-CrossTenant-", T[] = "X-MS-Exchange-Transport-";

    buf_printf(t->out,
               "%sOriginalArrivalTime: %s.%04u\r\n (UTC)\r\n%sNetwork-Message-Id: %s\r\n%sId: %s\r\n"
               "%sAuthSource:\r\n %s.east%02u.edge.prod." CLOUD "\r\n%sAuthAs: Anonymous\r\n"
               "%sFromEntityHeader: Internet\r\n%sRMS-PersistedConsumerOrg:\r\n"
               " 00000000-0000-0000-0000-000000000000\r\n",
               X, t->day + 5, prng_below(t->p, 10000), X, t->id, X, t->tenant, X, t->node[3], t->zone,
               X, X, X);
    buf_printf(t->out,
               "%sCrossTenantHeadersStamped: %s\r\n%sEndToEndLatency: 00:00:0%u.%07u\r\n"
               "X-MS-Exchange-Processed-By-BccFoldering: 15.20.%u.031\r\n",
               T, t->node[0], T, prng_below(t->p, 10), prng_below(t->p, 10000000),
               prng_between(t->p, 6000, 7999));
}

/* Numbers in brackets, and the longest field of all: random bytes as folded encoded words. */
static void filter_fields(struct trail *t)
{
    uint8_t bytes[45];

    buf_str(t->out,
            "X-Microsoft-Antispam-Mailbox-Delivery:\r\n\tabwl:0;wl:1;pcwl:1;kl:0;dwl:0;dkl:0;rwl:0;"
            "ucf:0;jmr:0;ex:0;psp:0;auth:0;dest:I;OFR:TrustedSenderList;ENG:");
    for (uint32_t n = prng_between(t->p, 12, 24); n; n--)
        buf_printf(t->out, "(%u)", prng_between(t->p, 1000000, 99999999));
    buf_str(t->out, ";\r\nX-Message-Delivery: ");
    prng_fill(t->p, bytes, 32);
    base64_plain(t->out, bytes, 32);
    buf_str(t->out, "\r\nX-Message-Info:\r\n\t");
    prng_fill(t->p, bytes, sizeof(bytes));
    base64_plain(t->out, bytes, sizeof(bytes));
    buf_str(t->out, "\r\nX-Microsoft-Antispam-Message-Info:\r\n\t");
    for (uint32_t n = prng_between(t->p, 50, 80); n; n--) {
        prng_fill(t->p, bytes, sizeof(bytes));
        buf_str(t->out, "=?utf-8?B?");
        base64_plain(t->out, bytes, sizeof(bytes));
        buf_str(t->out, n > 1 ? "?=\r\n " : "?=\r\n");
    }
}

void phish_headers_make(struct prng *p, struct mail *m, const struct mail_plan *plan,
                        const char *unsubscribe)
{
    struct trail t = {.p = p, .out = &m->bytes, .plan = plan};

    trail_begin(&t);
    provider_hops(&t);
    verdicts(&t);
    origin_hops(&t);
    people(&t, m);
    organization_fields(&t);
    tenant_fields(&t);
    filter_fields(&t);
    if (unsubscribe) {
        field_dkim(p, t.out, plan);
        buf_printf(t.out, "List-Unsubscribe: <%s>\r\n", unsubscribe);
    }
    buf_str(t.out, "MIME-Version: 1.0\r\n");
}
