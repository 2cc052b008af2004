/* SPDX-License-Identifier: Apache-2.0 */
/* text_memo: each thread remembers its last addresses, one a place, and the minute of its last date. */
#include "sensor/publish/text_memo.h"

#include "decoders/mail/date.h"

/* Four lines of memory for addresses: those of a connection, its mail's hops, and the next one's server. */
enum { PLACES = 4, MINUTE = 60, SECONDS_AT = 17 };

struct span text_memo_ip(const struct ip_addr *a)
{
    static _Thread_local struct {
        struct ip_addr of;
        uint8_t n;
        char text[IP_TEXT];
    } places[PLACES], *p;

    p = &places[(a->b[3] ^ a->b[15]) % PLACES];
    if (!a->family)
        return span_of(NULL, 0);
    if (!ip_eq(&p->of, a)) {
        p->of = *a;
        p->n = (uint8_t)ip_format(a, p->text);
    }
    return span_of(p->text, p->n);
}

/* begins: the minute's first second, where n is not 0. */
struct span text_memo_date(int64_t utc)
{
    static _Thread_local struct {
        int64_t begins;
        size_t n;
        char text[DATE_TEXT];
    } minute;
    uint64_t second = (uint64_t)utc - (uint64_t)minute.begins;

    if (!minute.n || second >= MINUTE) {
        second = (uint64_t)(utc % MINUTE + (utc % MINUTE < 0 ? MINUTE : 0));
        minute.begins = (int64_t)((uint64_t)utc - second);
        minute.n = date_format(utc, minute.text);
    }
    minute.text[SECONDS_AT] = (char)('0' + second / 10);
    minute.text[SECONDS_AT + 1] = (char)('0' + second % 10);
    return span_of(minute.text, minute.n);
}
