/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_header_fields: one value through every reader of header values: no crash, all spans inside it, valid
 * UTF-8. */
#include <stdlib.h>

#include "decoders/mail/authentication.h"
#include "decoders/mail/encoded_word.h"
#include "decoders/mail/mailbox.h"
#include "decoders/mail/mime_param.h"
#include "decoders/mail/received.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand_utf8(struct span s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = s.p[i] < 0x80 ? 1 : s.p[i] >= 0xf0 ? 4 : s.p[i] >= 0xe0 ? 3 : 2;

        if ((s.p[i] >= 0x80 && s.p[i] < 0xc2) || s.p[i] > 0xf4 || i + n > s.n)
            abort();
        for (size_t k = 1; k < n; k++)
            if ((s.p[i + k] & 0xc0) != 0x80)
                abort();
        i += n;
    }
}

static void demand_inside(struct span part, struct span whole)
{
    if (part.p && (part.p < whole.p || part.p + part.n > whole.p + whole.n))
        abort();
}

static void try_received(struct span s)
{
    struct received r;
    struct authentication a = {0};
    struct span parts[15];
    char text[DATE_TEXT];

    received_parse(s, &r);
    if (r.has_date)
        date_format(r.date.utc, text);
    authentication_results_parse(s, &a);
    received_spf_parse(s, &a);
    memcpy(parts, (struct span[]){r.from, r.helo, r.rdns, r.by, r.with, r.id, r.for_, r.tls, a.spf, a.dkim,
                                  a.dmarc, a.arc, a.spf_domain, a.dkim_domain, a.by}, sizeof(parts));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        demand_inside(parts[i], s);
}

static void try_mailboxes(struct span s, struct charsets *c, struct arena *a)
{
    const struct mailbox *boxes;
    uint32_t n;

    mailbox_parse(s, c, a, &boxes, &n);
    if (n > LIMIT_ADDRESSES)
        abort();
    for (uint32_t i = 0; i < n; i++)
        demand_utf8(mailbox_text(&boxes[i], a));
}

static void try_params(struct span s, struct charsets *c, struct arena *a)
{
    static const char *const names[] = {"filename", "name", "boundary", "charset"};
    struct mime_value v;
    anomaly_set odd = 0;

    mime_value_parse(s, a, &v);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        mime_param_raw(&v, span_cstr(names[i]), a);
        demand_utf8(mime_param_text(&v, span_cstr(names[i]), c, a, &odd));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct charsets *charsets;
    static struct mem charset_mem;
    struct span s = span_of(data, size);
    struct arena a;
    struct mem m;
    anomaly_set odd = 0;

    if (!size)
        return 0;
    if (!charsets) {
        mem_init(&charset_mem, 0);
        charsets = charsets_new(&charset_mem);
    }
    mem_init(&m, 0);
    arena_init(&a, &m, 1 << 20);
    try_received(s);
    demand_utf8(encoded_word_text(charsets, &a, s, &odd));
    try_mailboxes(s, charsets, &a);
    try_params(s, charsets, &a);
    arena_free(&a);
    if (m.used)
        abort();
    return 0;
}
