/* SPDX-License-Identifier: Apache-2.0 */
/* shortage: the mark of a record that lacks something, and the anomalies it cannot vouch for. */
#include "sensor/flows/shortage.h"

#define BIT(a) ((anomaly_set)1 << (a))

/* A cap that seems reached, a name not decoded, an offer or a reply not kept: refused memory looks the same. */
static const anomaly_set doubtful =
    BIT(ANOMALY_HEADER_TOO_LARGE) | BIT(ANOMALY_HEADER_UNDECODABLE) | BIT(ANOMALY_HEADER_MISSING) |
    BIT(ANOMALY_MIME_PARAM_INVALID) | BIT(ANOMALY_MIME_TOO_MANY_PARTS) | BIT(ANOMALY_MIME_BOUNDARY_MISSING) |
    BIT(ANOMALY_MIME_TOO_DEEP) | BIT(ANOMALY_URL_TOO_LONG) | BIT(ANOMALY_URL_TOO_MANY) |
    BIT(ANOMALY_SMTP_TOO_MANY_PENDING) | BIT(ANOMALY_SMTP_TOO_MANY_RCPT) | BIT(ANOMALY_SMTP_LINE_TOO_LONG) |
    BIT(ANOMALY_SMTP_PIPELINING_UNANNOUNCED) | BIT(ANOMALY_SMTP_DATA_BEFORE_354) |
    BIT(ANOMALY_SMTP_COMMAND_UNKNOWN) | BIT(ANOMALY_SMTP_EARLY_TALKER) | BIT(ANOMALY_SMTP_REPLY_UNMATCHED);

void shortage_tell(const struct shortage *s, const struct mem *m, struct record *r)
{
    /* The arena refuses at its cap too: that is not the system's doing, and all else holds. */
    if (!s->felt && m->refused == s->before && !r->arena.mem->refused) {
        if (r->arena.refused)
            anomaly_raise(&r->anomalies, ANOMALY_RECORD_TOO_LARGE);
        return;
    }
    r->anomalies &= ~doubtful;
    r->early_talker = false;
    r->reply.text = r->reply.enhanced = (struct span){NULL, 0}; /* the reply behind it may not have found its command */
    anomaly_raise(&r->anomalies, ANOMALY_RECORD_TOO_LARGE);
}
