/* SPDX-License-Identifier: Apache-2.0 */
/* Header fields that mails of every shape have, and what fields are made of. */
#include "fields.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void date_text(char out[64], int64_t t, int offset_hours, const char *comment)
{
    time_t local = (time_t)(t + offset_hours * 3600);
    struct tm tm;
    char day[40];

    gmtime_r(&local, &tm);
    strftime(day, sizeof(day), "%a, %d %b %Y %H:%M:%S", &tm);
    snprintf(out, 64, "%s %c%02d00%s", day, offset_hours < 0 ? '-' : '+',
             offset_hours < 0 ? -offset_hours : offset_hours, comment);
}

void random_id(struct prng *p, char *out, size_t n, const char *alphabet)
{
    uint32_t letters = (uint32_t)strlen(alphabet);
    for (size_t i = 0; i + 1 < n; i++)
        out[i] = alphabet[prng_below(p, letters)];
    out[n - 1] = 0;
}

void field_dkim(struct prng *p, struct buf *out, const struct mail_plan *plan)
{
    uint8_t digest[32], signature[256];
    size_t at;
    struct buf text = {0};

    prng_fill(p, digest, sizeof(digest));
    prng_fill(p, signature, sizeof(signature));
    buf_printf(
        out,
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s;\r\n\ts=sel%u; t=%lld;\r\n\tbh=",
        plan->site->domain, prng_between(p, 1, 9), (long long)plan->date);
    base64_plain(out, digest, sizeof(digest));
    buf_str(
        out,
        ";\r\n\th=From:To:Subject:Date:Message-ID:MIME-Version:Content-Type:List-Unsubscribe;\r\n\tb=");
    base64_plain(&text, signature, sizeof(signature));
    for (at = 0; at < text.len; at += 68) {
        if (at)
            buf_str(out, "\r\n\t ");
        buf_add(out, text.data + at, text.len - at < 68 ? text.len - at : 68);
    }
    buf_str(out, "\r\n");
    buf_free(&text);
}

void field_subject(struct prng *p, struct mail *m, const struct mail_plan *plan)
{
    struct phrase title = phrase_pick(p, plan->lang, UTF_8, TITLE);
    int n = snprintf(m->subject, sizeof(m->subject), "%.*s", (int)title.len, title.data);

    if (prng_chance(p, 400))
        n += snprintf(m->subject + n, sizeof(m->subject) - (size_t)n, " #%05u",
                      prng_below(p, 100000));
    if (prng_chance(p, 150)) {
        title = phrase_pick(p, plan->lang, UTF_8, TITLE);
        snprintf(m->subject + n, sizeof(m->subject) - (size_t)n, " / %.*s", (int)title.len,
                 title.data);
    }
    buf_str(&m->bytes, "Subject: ");
    encoded_words(&m->bytes, plan->cs, m->subject);
    buf_str(&m->bytes, "\r\n");
}
