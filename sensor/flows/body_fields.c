/* SPDX-License-Identifier: Apache-2.0 */
/* body_fields: the key as text; the text's addresses against the envelope's. */
#include "sensor/flows/body_fields.h"

/* A mail that names its reader has few: a list of a thousand is no greeting, and would cost a thousand looks. */
enum { RECIPIENTS_MOST = 16 };

void body_fields_header(struct body_text *x, const struct record *r)
{
    if (r->email.to.n)
        body_text_recipient(x, r->email.to.items[0]);
}

void body_fields_take(const struct body_text *x, struct record *r)
{
    uint8_t key[BODY_KEY_TEXT];
    const struct span *list;
    uint32_t n;
    struct span *copy;

    if (body_text_key(x, key))
        r->body.key = arena_dup(&r->arena, span_of(key, sizeof(key)));
    r->body.homoglyph = body_text_homoglyph(x);
    list = body_text_addresses(x, &n);
    copy = n ? arena_alloc(&r->arena, n * sizeof(*copy)) : NULL;
    if (!copy)
        return;
    memcpy(copy, list, n * sizeof(*copy));
    r->body.addresses = copy;
    r->body.addresses_n = n;
}

static struct span without_brackets(struct span path)
{
    if (path.n > 1 && path.p[0] == '<' && path.p[path.n - 1] == '>')
        return span_of(path.p + 1, path.n - 2);
    return path;
}

void body_fields_greets(struct record *r)
{
    for (uint32_t i = 0; i < r->rcpt_n && i < RECIPIENTS_MOST; i++)
        for (uint32_t k = 0; k < r->body.addresses_n; k++)
            if (span_eq_nocase(without_brackets(r->rcpt[i].path), r->body.addresses[k])) {
                r->body.greets = r->body.addresses[k];
                return;
            }
}
