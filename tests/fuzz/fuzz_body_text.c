/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_body_text: any bytes as text, in any pieces: the same key, word and addresses whole, byte by byte and as cut. */
#include <stdlib.h>

#include "decoders/mail/body_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t mix(uint64_t h, struct span s)
{
    h = (h ^ (s.p ? s.n + 1 : 0)) * UINT64_C(1099511628211);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ s.p[i]) * UINT64_C(1099511628211);
    return h;
}

static uint64_t told(const struct body_text *x)
{
    uint8_t key[BODY_KEY_TEXT] = {0};
    const struct span *list;
    uint32_t n;
    uint64_t h = body_text_key(x, key) ? 1 : 0;

    h = mix(h, span_of(key, sizeof(key)));
    h = mix(h, body_text_homoglyph(x));
    list = body_text_addresses(x, &n);
    if (n > LIMIT_BODY_ADDRESSES)
        abort();
    for (uint32_t i = 0; i < n; i++)
        h = mix(h, list[i]);
    return h;
}

/* A 0 byte is a border; piece: at most so many bytes at once. */
static uint64_t run(struct span text, struct mem *m, size_t piece)
{
    struct arena a;
    struct body_text x;
    uint64_t h;

    arena_init(&a, m, 1 << 20);
    body_text_begin(&x, &a);
    body_text_recipient(&x, SPAN("Ann Lee <ann.lee@example.jp>"));
    while (text.n) {
        size_t end = span_find(text, 0, 0);
        struct span part = span_head(text, end);

        for (; part.n; part = span_from(part, piece < part.n ? piece : part.n))
            if (part.n <= piece && piece % 2)
                body_text_last(&x, part);
            else
                body_text_push(&x, span_head(part, piece));
        body_text_break(&x);
        text = span_from(text, end + 1);
    }
    h = told(&x);
    arena_free(&a);
    if (m->used)
        abort();
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mem m;
    struct span text = span_of(data + 1, size ? size - 1 : 0);
    uint64_t whole;

    if (!size)
        return 0;
    mem_init(&m, 0);
    whole = run(text, &m, SIZE_MAX);
    if (whole != run(text, &m, 1) || whole != run(text, &m, data[0] + 1u))
        abort();
    m.fail_after = data[0] & 7;
    run(text, &m, 100);
    return 0;
}
