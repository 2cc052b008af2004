/* SPDX-License-Identifier: Apache-2.0 */
/* mail_parts_cli: the leaf parts of mails, decoded, for fixtures_witness.py. Input: "LENGTH\n" and the mail, repeated.
 * Output a part: "P BYTES TEXT\n", the decoded bytes, the text as UTF-8; behind each mail "E\n". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "decoders/mail/message.h"

enum { PIECE = 1460 };

/* What the current part has given so far. */
struct dump {
    struct buf bytes, text;
};

static void on_field(void *ctx, enum field_name which, struct span name, struct span value)
{
    (void)ctx;
    (void)which;
    (void)name;
    (void)value;
}

static void on_part_begin(void *ctx, const struct mail_part *part)
{
    struct dump *d = ctx;

    (void)part;
    buf_clear(&d->bytes);
    buf_clear(&d->text);
}

static void on_text(void *ctx, const struct mail_part *part, struct span utf8)
{
    struct dump *d = ctx;

    (void)part;
    buf_add(&d->text, utf8);
}

static void on_bytes(void *ctx, const struct mail_part *part, struct span bytes)
{
    struct dump *d = ctx;

    (void)part;
    buf_add(&d->bytes, bytes);
}

static void on_part_end(void *ctx, const struct mail_part *part)
{
    struct dump *d = ctx;

    (void)part;
    printf("P %zu %zu\n", d->bytes.n, d->text.n);
    if (d->bytes.n)
        fwrite(d->bytes.p, 1, d->bytes.n, stdout);
    if (d->text.n)
        fwrite(d->text.p, 1, d->text.n, stdout);
}

static void on_anomaly(void *ctx, enum anomaly a)
{
    (void)ctx;
    (void)a;
}

static void on_header_end(void *ctx)
{
    (void)ctx;
}

static const struct message_events events = {
    on_field, on_header_end, on_part_begin, on_text, on_bytes, on_part_end, on_anomaly, false,
};

/* n bytes of standard input, in the pieces that packets have. */
static void push_mail(struct message *x, size_t n)
{
    uint8_t piece[PIECE];

    while (n) {
        size_t want = n < PIECE ? n : PIECE, got = fread(piece, 1, want, stdin);

        if (!got)
            return;
        message_push(x, span_of(piece, got));
        n -= got;
    }
}

int main(void)
{
    struct mem m;
    struct arena arena;
    struct dump dump;
    struct message *x;
    char line[32];

    mem_init(&m, 0);
    arena_init(&arena, &m, LIMIT_RECORD_BYTES);
    buf_init(&dump.bytes, &m, SIZE_MAX);
    buf_init(&dump.text, &m, SIZE_MAX);
    x = message_new(&m, &events, true);
    while (x && fgets(line, sizeof(line), stdin)) {
        arena_reset(&arena);
        message_reset(x, &arena, &dump);
        push_mail(x, (size_t)strtoull(line, NULL, 10));
        message_finish(x, true);
        puts("E");
    }
    message_free(x);
    buf_free(&dump.bytes);
    buf_free(&dump.text);
    arena_free(&arena);
    return m.used ? EXIT_FAILURE : EXIT_SUCCESS;
}
