/* SPDX-License-Identifier: Apache-2.0 */
/* content_lines: a line end waits for the byte behind it. */
#include "decoders/link/content_lines.h"

#include "decoders/base/scan.h"

enum held { HELD_NOTHING, HELD_CR, HELD_LF, HELD_CRLF, HELD_BACKSLASH };

static struct span held_bytes(uint8_t held)
{
    switch ((enum held)held) {
    case HELD_CR:
        return SPAN("\r");
    case HELD_LF:
        return SPAN("\n");
    case HELD_CRLF:
        return SPAN("\r\n");
    case HELD_BACKSLASH:
        return SPAN("\\");
    case HELD_NOTHING:
        break;
    }
    return (struct span){NULL, 0};
}

void content_lines_begin(struct content_lines *c)
{
    c->held = HELD_NOTHING;
}

void content_lines_end(struct content_lines *c, content_out out, void *ctx)
{
    struct span held = held_bytes(c->held);

    c->held = HELD_NOTHING;
    if (held.n)
        out(ctx, held);
}

/* The byte behind what is held. False: it stands for itself. */
static bool take(struct content_lines *c, uint8_t byte, content_out out, void *ctx)
{
    bool line_end = c->held == HELD_LF || c->held == HELD_CRLF;

    if (c->held == HELD_CR && byte == '\n') {
        c->held = HELD_CRLF;
        return true;
    }
    if (line_end && (byte == ' ' || byte == '\t')) {
        c->held = HELD_NOTHING;
        return true;
    }
    if (c->held == HELD_BACKSLASH && (byte == 'n' || byte == 'N' || byte == ',' || byte == ';' || byte == '\\')) {
        c->held = HELD_NOTHING;
        out(ctx, ascii_lower(byte) == 'n' ? SPAN("\n") : span_of(&byte, 1));
        return true;
    }
    content_lines_end(c, out, ctx);
    return false;
}

static uint8_t hold(uint8_t byte)
{
    return byte == '\r' ? HELD_CR : byte == '\n' ? HELD_LF : HELD_BACKSLASH;
}

void content_lines_push(struct content_lines *c, struct span text, content_out out, void *ctx)
{
    size_t i = 0, end;

    while (i < text.n) {
        if (c->held != HELD_NOTHING && take(c, text.p[i], out, ctx)) {
            i++;
            continue;
        }
        end = scan_any3(text, i, '\r', '\n', '\\');
        if (end > i)
            out(ctx, span_from(span_head(text, end), i));
        if (end < text.n)
            c->held = hold(text.p[end]);
        i = end + 1;
    }
}
