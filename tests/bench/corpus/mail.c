/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a mail together: its MIME tree, its parts, its attachment. */
#include "mail.h"

#include <stdio.h>
#include <string.h>

enum { BOUNDARY_MOST = 64 };

void mail_free(struct mail *m)
{
    buf_free(&m->bytes);
    buf_free(&m->part);
    urlset_free(&m->urls);
}

static void boundary_make(struct prng *p, char out[BOUNDARY_MOST])
{
    unsigned a = prng_below(p, 1u << 31), b = prng_below(p, 1u << 31), c = prng_below(p, 1u << 31);

    switch (prng_below(p, 4)) {
    case 0: snprintf(out, BOUNDARY_MOST, "----=_Part_%08x_%08x.17096%08x", a, b, c); return;
    case 1: snprintf(out, BOUNDARY_MOST, "=_%08x%08x%08x", a, b, c); return;
    case 2:
        snprintf(out, BOUNDARY_MOST, "----=_NextPart_000_%04x_%08X.%08X", a & 0xffff, b, c);
        return;
    default: snprintf(out, BOUNDARY_MOST, "000000000000%08x%08x%08x", a, b, c);
    }
}

static void open_multipart(struct mail *m, const char *subtype, const char *boundary)
{
    buf_printf(&m->bytes, "Content-Type: multipart/%s;\r\n\tboundary=\"%s\"\r\n\r\n", subtype,
               boundary);
}

static void next_part(struct mail *m, const char *boundary)
{
    buf_printf(&m->bytes, "--%s\r\n", boundary);
}

static void close_multipart(struct mail *m, const char *boundary)
{
    buf_printf(&m->bytes, "--%s--\r\n", boundary);
}

/* m->part with its two header fields. */
static void leaf(struct prng *p, struct mail *m, const struct mail_plan *plan, const char *subtype)
{
    const char *quote = prng_chance(p, 500) ? "\"" : "";

    buf_printf(&m->bytes,
               "Content-Type: text/%s; charset=%s%s%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
               subtype, quote, charset_name(plan->cs), quote, transfer_name(plan->transfer));
    transfer_encode(&m->bytes, plan->transfer, m->part.data, m->part.len);
}

static void html_leaf(struct prng *p, struct mail *m, const struct mail_plan *plan,
                      const char *unsubscribe, size_t size)
{
    (plan->landing ? phish_page_make : html_make)(p, m, plan, unsubscribe, size);
    leaf(p, m, plan, "html");
}

/* What stands between the header and its blank line, or a whole entity inside a multipart. */
static void body(struct prng *p, struct mail *m, const struct mail_plan *plan,
                 const char *unsubscribe)
{
    size_t used = m->bytes.len + 200, size = plan->body_size > used ? plan->body_size - used : 0;
    char boundary[BOUNDARY_MOST];

    if (plan->kind == PLAIN_TEXT) {
        text_make(p, m, plan, unsubscribe, size, 0);
        leaf(p, m, plan, "plain");
        return;
    }
    if (plan->kind == HTML_ALONE || (plan->kind == BASE64_HTML && !plan->alternative)) {
        html_leaf(p, m, plan, unsubscribe, size);
        return;
    }
    boundary_make(p, boundary);
    open_multipart(m, "alternative", boundary);
    next_part(m, boundary);
    text_make(p, m, plan, unsubscribe, size / 6, 1);
    leaf(p, m, plan, "plain");
    buf_str(&m->bytes, "\r\n");
    next_part(m, boundary);
    used = m->bytes.len + 200;
    html_leaf(p, m, plan, unsubscribe, plan->body_size > used ? plan->body_size - used : 0);
    buf_str(&m->bytes, "\r\n");
    close_multipart(m, boundary);
}

struct file_type {
    const char *type, *suffix, *magic;
    size_t magic_len;
};

static const struct file_type FILES[] = {
    {"application/pdf", "pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 15},
    {"image/jpeg", "jpg", "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1", 13},
    {"image/png", "png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx",
     "PK\3\4\x14\0\6\0\x08\0", 10},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx",
     "PK\3\4\x14\0\6\0\x08\0", 10},
};

/* filename in ASCII, as RFC 2047 inside quotes (many programs do) or as RFC 2231. */
static void disposition(struct prng *p, struct mail *m, const struct mail_plan *plan,
                        const char *name, int ascii)
{
    buf_str(&m->bytes, "Content-Disposition: attachment;\r\n");
    if (ascii) {
        buf_printf(&m->bytes, "\tfilename=\"%s\"\r\n", name);
    } else if (prng_chance(p, 500)) {
        buf_str(&m->bytes, "\tfilename=\"");
        encoded_words(&m->bytes, plan->cs == US_ASCII ? UTF_8 : plan->cs, name);
        buf_str(&m->bytes, "\"\r\n");
    } else {
        buf_str(&m->bytes, "\tfilename*=utf-8''");
        for (const unsigned char *s = (const unsigned char *)name; *s; s++)
            buf_printf(&m->bytes, *s < 0x80 ? "%c" : "%%%02X", *s);
        buf_str(&m->bytes, "\r\n");
    }
}

static void attachment(struct prng *p, struct mail *m, const struct mail_plan *plan)
{
    const struct file_type *file = &FILES[prng_below(p, sizeof(FILES) / sizeof(FILES[0]))];
    int ascii = plan->lang != JA || prng_chance(p, 500);
    size_t raw = plan->attachment * 76 / 78 * 3 / 4 + file->magic_len;

    snprintf(m->attachment, sizeof(m->attachment), ascii ? "report_%05u.%s" : "請求書_%05u.%s",
             prng_below(p, 100000), file->suffix);
    buf_printf(&m->bytes, "Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n", file->type);
    disposition(p, m, plan, m->attachment, ascii);
    buf_str(&m->bytes, "\r\n");
    buf_reset(&m->part);
    buf_add(&m->part, file->magic, file->magic_len);
    prng_fill(p, buf_extend(&m->part, raw - file->magic_len), raw - file->magic_len);
    m->attachment_at = m->bytes.len;
    transfer_encode(&m->bytes, BASE64, m->part.data, m->part.len);
    m->attachment_len = m->bytes.len - m->attachment_at;
}

void mail_make(struct prng *p, struct mail *m, const struct mail_plan *plan)
{
    char unsubscribe[URL_MOST], boundary[BOUNDARY_MOST];
    int list = plan->landing ? prng_chance(p, 500) : plan->kind == QP_HTML || prng_chance(p, 300);

    buf_reset(&m->bytes);
    urlset_reset(&m->urls);
    m->attachment[0] = 0;
    m->attachment_at = m->attachment_len = 0;
    if (list) {
        /* Also in the body, so that the truth is the same whether or not this field is read. */
        url_make(p, plan->site, UNSUBSCRIBE, unsubscribe);
    }
    (plan->landing ? phish_headers_make : headers_make)(p, m, plan, list ? unsubscribe : NULL);
    if (!plan->attachment) {
        body(p, m, plan, list ? unsubscribe : NULL);
        return;
    }
    boundary_make(p, boundary);
    open_multipart(m, "mixed", boundary);
    if (prng_chance(p, 500))
        buf_str(&m->bytes, "This is a multi-part message in MIME format.\r\n");
    next_part(m, boundary);
    body(p, m, plan, list ? unsubscribe : NULL);
    buf_str(&m->bytes, "\r\n");
    next_part(m, boundary);
    attachment(p, m, plan);
    buf_str(&m->bytes, "\r\n");
    close_multipart(m, boundary);
}
