/* SPDX-License-Identifier: Apache-2.0 */
/* part_header: Content-Type, Content-Transfer-Encoding, Content-Disposition to a kind and a mail_part. */
#include "decoders/mail/part_header.h"

enum { SCRATCH = 4 * LIMIT_HEADER_FIELD };

void part_header_init(struct part_header *h, struct mem *m, struct charsets *c)
{
    memset(h, 0, sizeof(*h));
    arena_init(&h->scratch, m, SCRATCH);
    h->charsets = c;
}

void part_header_reset(struct part_header *h)
{
    arena_reset(&h->scratch);
    h->has_type = h->has_disposition = h->has_encoding = false;
    h->type.n = h->disposition.n = 0;
    h->type.value = h->disposition.value = h->boundary = h->encoding_text = (struct span){NULL, 0};
    h->encoding = TRANSFER_IDENTITY;
    h->odd = 0;
}

static bool is_multipart(const struct part_header *h)
{
    return span_starts_nocase(h->type.value, SPAN("multipart/"));
}

static void take_type(struct part_header *h, struct span value)
{
    h->has_type = true;
    mime_value_parse(value, &h->scratch, &h->type);
    h->odd |= h->type.odd;
    if (!is_multipart(h))
        return;
    h->boundary = mime_param_raw(&h->type, SPAN("boundary"), &h->scratch);
    if (!h->boundary.n || h->boundary.n > LIMIT_MIME_BOUNDARY)
        h->boundary = (struct span){NULL, 0};
}

static void take_encoding(struct part_header *h, struct span value)
{
    h->has_encoding = true;
    h->encoding = transfer_encoding_find(value);
    h->encoding_text = arena_dup_lower(&h->scratch, span_head(value, LIMIT_CHARSET_LABEL));
    if (h->encoding == TRANSFER_UNKNOWN)
        anomaly_raise(&h->odd, ANOMALY_MIME_ENCODING_UNKNOWN);
}

void part_header_field(struct part_header *h, enum field_name which, struct span value)
{
    if (which == FIELD_CONTENT_TYPE && !h->has_type) {
        take_type(h, value);
    } else if (which == FIELD_CONTENT_TRANSFER_ENCODING && !h->has_encoding) {
        take_encoding(h, value);
    } else if (which == FIELD_CONTENT_DISPOSITION && !h->has_disposition) {
        h->has_disposition = true;
        mime_value_parse(value, &h->scratch, &h->disposition);
        h->odd |= h->disposition.odd;
    }
}

static bool is_message(struct span type)
{
    return span_eq(type, SPAN("message/rfc822")) || span_eq(type, SPAN("message/global")) ||
           span_eq(type, SPAN("message/news"));
}

enum part_kind part_header_kind(struct part_header *h, bool digest)
{
    if (!h->type.value.n || span_find(h->type.value, 0, '/') == h->type.value.n) {
        if (h->has_type)
            anomaly_raise(&h->odd, ANOMALY_MIME_PARAM_INVALID);
        h->type.value = digest && !h->has_type ? SPAN("message/rfc822") : SPAN("text/plain");
    }
    if (is_multipart(h)) {
        if (h->boundary.p)
            return PART_MULTIPART;
        anomaly_raise(&h->odd, ANOMALY_MIME_BOUNDARY_MISSING);
    }
    return is_message(h->type.value) ? PART_MESSAGE : PART_LEAF;
}

static bool is_html_name(struct span name)
{
    static const struct span ends[] = {SPAN_INIT(".htm"), SPAN_INIT(".html"), SPAN_INIT(".shtml"), SPAN_INIT(".xhtml"), SPAN_INIT(".xht"),
                                       SPAN_INIT(".svg")};

    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (span_ends_nocase(name, ends[i]))
            return true;
    return false;
}

/* A multipart or message that cannot be taken apart is read as text: its links count. */
static enum mail_text text_of(const struct mail_part *p)
{
    static const struct span html[] = {SPAN_INIT("text/html"), SPAN_INIT("application/xhtml+xml"), SPAN_INIT("image/svg+xml"),
                                       SPAN_INIT("text/x-amp-html")};

    for (unsigned i = 0; i < sizeof(html) / sizeof(html[0]); i++)
        if (span_eq(p->type, html[i]))
            return MAIL_TEXT_HTML;
    if (is_html_name(p->filename))
        return MAIL_TEXT_HTML;
    if (span_starts_nocase(p->type, SPAN("multipart/")) || is_message(p->type))
        return MAIL_TEXT_PLAIN;
    return span_starts_nocase(p->type, SPAN("text/")) ? MAIL_TEXT_PLAIN : MAIL_TEXT_NONE;
}

void part_header_leaf(struct part_header *h, struct arena *keep, struct mail_part *part)
{
    struct arena *a = keep ? keep : &h->scratch;
    struct span charset = mime_param_raw(&h->type, SPAN("charset"), &h->scratch);

    memset(part, 0, sizeof(*part));
    part->type = arena_dup(a, h->type.value);
    part->charset = charset.n ? arena_dup_lower(a, charset) : charset;
    part->encoding = h->has_encoding ? arena_dup(a, h->encoding_text) : (struct span){NULL, 0};
    if (h->has_disposition && h->disposition.value.n)
        part->disposition = arena_dup(a, h->disposition.value);
    part->filename = mime_param_text(&h->disposition, SPAN("filename"), h->charsets, a, &h->odd);
    if (!part->filename.n)
        part->filename = mime_param_text(&h->type, SPAN("name"), h->charsets, a, &h->odd);
    if (!part->filename.n)
        part->filename = (struct span){NULL, 0};
    part->attachment = part->filename.p || span_eq(part->disposition, SPAN("attachment"));
    part->text = text_of(part);
}

const struct charset *part_header_charset(struct part_header *h, const struct mail_part *part)
{
    const struct charset *cs = part->charset.p ? charset_find(part->charset) : charset_unknown();

    if (cs)
        return cs;
    anomaly_raise(&h->odd, ANOMALY_MIME_CHARSET_UNKNOWN);
    return charset_unknown();
}

void part_header_free(struct part_header *h)
{
    arena_free(&h->scratch);
}
