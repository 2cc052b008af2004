/* SPDX-License-Identifier: Apache-2.0 */
/* redis_args: RESP's "$length CRLF bytes CRLF". */
#include "sensor/publish/redis_args.h"

bool protocol_number(struct buf *out, char mark, size_t n)
{
    uint8_t text[24];
    size_t at = sizeof(text);

    text[--at] = '\n';
    text[--at] = '\r';
    do {
        text[--at] = (uint8_t)('0' + n % 10);
        n /= 10;
    } while (n);
    text[--at] = (uint8_t)mark;
    return buf_add(out, span_of(text + at, sizeof(text) - at));
}

bool protocol_text(struct buf *out, struct span s)
{
    return protocol_number(out, '$', s.n) && buf_add(out, s) && buf_add(out, SPAN("\r\n"));
}
