/* SPDX-License-Identifier: Apache-2.0 */
/* data_url: percent first and base64 then, both read as browsers read them: junk is passed over. */
#include "decoders/link/data_url.h"

#include "decoders/link/unwrap_coding.h"
#include "decoders/mail/transfer_encoding.h"

static bool is_break(uint8_t c)
{
    return c == '\t' || c == '\r' || c == '\n';
}

/* Behind word in any case, breaks inside it passed over; s.n + 1 where s does not begin with it. */
static size_t behind(struct span s, struct span word)
{
    size_t i = 0, k = 0;

    while (i < s.n && k < word.n) {
        if (!is_break(s.p[i]) && ascii_lower(s.p[i]) != word.p[k++])
            return s.n + 1;
        i++;
    }
    return k == word.n ? i : s.n + 1;
}

/* Behind "data:", or absent. */
static struct span body_of(struct span url)
{
    size_t at;

    while (url.n && url.p[0] <= ' ')
        url = span_from(url, 1);
    if (!url.n || ascii_lower(url.p[0]) != 'd')
        return (struct span){NULL, 0};
    at = behind(url, SPAN("data:"));
    return at > url.n ? (struct span){NULL, 0} : span_from(url, at);
}

enum data_kind data_url_kind(struct span url)
{
    static const struct {
        struct span type;
        enum data_kind kind;
    } types[] = {
        {{(const uint8_t *)"text/html", 9}, DATA_PAGE},
        {{(const uint8_t *)"application/xhtml+xml", 21}, DATA_PAGE},
        {{(const uint8_t *)"text/xml", 8}, DATA_PAGE},
        {{(const uint8_t *)"application/xml", 15}, DATA_PAGE},
        {{(const uint8_t *)"image/svg+xml", 13}, DATA_PICTURE},
        {{(const uint8_t *)"text/javascript", 15}, DATA_SCRIPT},
        {{(const uint8_t *)"application/javascript", 22}, DATA_SCRIPT},
        {{(const uint8_t *)"application/x-javascript", 24}, DATA_SCRIPT},
    };
    struct span body = body_of(url);

    while (body.n && body.p[0] <= ' ')
        body = span_from(body, 1);
    for (unsigned i = 0; i < sizeof(types) / sizeof(*types) && body.n; i++) {
        size_t end = behind(body, types[i].type);

        if (end < body.n && (body.p[end] == ',' || body.p[end] == ';' || body.p[end] <= ' '))
            return types[i].kind;
    }
    return DATA_NONE;
}

/* ";base64" ends what stands before the comma (WHATWG Fetch 6). */
static bool is_base64(struct span head)
{
    while (head.n && head.p[head.n - 1] <= ' ')
        head.n--;
    return span_ends_nocase(head, SPAN("base64"));
}

static size_t utf8_length(uint8_t lead)
{
    return lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

/* Length of the character at s.p[i]; 0 where there is none. */
static size_t character(struct span s, size_t i)
{
    size_t n = utf8_length(s.p[i]);
    uint8_t second = i + 1 < s.n ? s.p[i + 1] : 0;

    if (i + n > s.n || (s.p[i] == 0xe0 && second < 0xa0) || (s.p[i] == 0xed && second > 0x9f) ||
        (s.p[i] == 0xf0 && second < 0x90) || (s.p[i] == 0xf4 && second > 0x8f))
        return 0;
    for (size_t k = 1; k < n; k++)
        if ((s.p[i + k] & 0xc0) != 0x80)
            return 0;
    return n;
}

static void make_utf8(struct buf *b)
{
    struct span s = buf_span(b);

    for (size_t i = 0, n; i < s.n; i += n) {
        n = character(s, i);
        if (!n) {
            b->p[i] = '?';
            n = 1;
        }
    }
}

static void decode_base64(struct span s, struct buf *out)
{
    struct transfer_decoder d;
    uint8_t room[1024];

    transfer_begin(&d, TRANSFER_BASE64);
    while (s.n) {
        struct transfer_step step = transfer_push(&d, s, room, sizeof(room));

        buf_add(out, span_of(room, step.made));
        s = span_from(s, step.used);
    }
    buf_add(out, span_of(room, transfer_finish(&d, room)));
}

void data_url_content(struct span url, struct buf *scratch, struct buf *out)
{
    struct span body = body_of(url);
    size_t comma = span_find(body, 0, ',');

    buf_clear(scratch);
    buf_clear(out);
    if (comma == body.n)
        return;
    if (is_base64(span_head(body, comma))) {
        unwrap_percent(span_from(body, comma + 1), scratch);
        decode_base64(buf_span(scratch), out);
    } else {
        unwrap_percent(span_from(body, comma + 1), out);
    }
    make_utf8(out);
}
