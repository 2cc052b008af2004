/* SPDX-License-Identifier: Apache-2.0 */
/* arf_header: field by field; a display name is a recipient's too, so that a field of theirs loses all it says. */
#include "sensor/export/arf_header.h"

#include "sensor/export/escape_forms.h"

/* Blanks may stand before the colon (RFC 5322 4.5.3). */
static bool names_recipients(struct span line)
{
    static const char *const fields[] = {"To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc", "Apparently-To", "Delivered-To",
                                         "X-Original-To", "X-Delivered-To", "Envelope-To", "X-Envelope-To", "X-Rcpt-To",
                                         "X-Forwarded-To", "X-Forwarded-For", "Original-Recipient", "Disposition-Notification-To"};
    struct span name = span_trim(span_head(line, span_find(line, 0, ':')));

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (span_eq_nocase(name, span_cstr(fields[i])))
            return true;
    return false;
}

static void put_line(struct buf *to, struct span line)
{
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    buf_add(to, line);
    buf_add_byte(to, '\n');
}

bool arf_header_kept(const struct export *x, struct buf *to, const struct mail_facts *f)
{
    struct span rest = mail_facts_text(f, "mxtap.header_block");
    bool hidden = false, any = rest.n > 0;

    rest = export_shown(x, rest);
    while (rest.n) {
        size_t end = span_find(rest, 0, '\n') + 1;
        struct span line = span_head(rest, end);

        rest = span_from(rest, end);
        if (line.p[0] == ' ' || line.p[0] == '\t') {
            if (!hidden)
                put_line(to, line);
            continue;
        }
        hidden = names_recipients(line);
        if (hidden)
            line = span_head(line, span_find(line, 0, ':') + 1);
        if (hidden) {
            buf_add(to, line);
            line = SPAN(" redacted:;");
        }
        put_line(to, line);
    }
    return any;
}

static void put_field(const struct export *x, struct buf *to, const char *name, struct span value)
{
    if (!value.n)
        return;
    buf_add(to, span_cstr(name));
    buf_add(to, SPAN(": "));
    header_text(to, export_shown(x, value));
    buf_add_byte(to, '\n');
}

void arf_header_rebuilt(const struct export *x, struct buf *to, const struct mail_facts *f)
{
    size_t n = mail_facts_count(f, "email.received");

    put_field(x, to, "Return-Path", f->mail_from);
    for (size_t i = 0; i < n; i++)
        put_field(x, to, "Received", fact_at(f, "email.received.*", i));
    put_field(x, to, "From", f->from);
    put_field(x, to, "Reply-To", mail_facts_text(f, "email.reply_to"));
    put_field(x, to, "Subject", f->subject);
    put_field(x, to, "Date", f->date);
    put_field(x, to, "Message-ID", f->message_id);
    put_field(x, to, "X-Mailer", mail_facts_text(f, "email.x_mailer"));
    put_field(x, to, "User-Agent", mail_facts_text(f, "email.user_agent"));
}
