/* SPDX-License-Identifier: Apache-2.0 */
/* dns: RFC 1035 4 as it is on the wire, with pointers that only lead backwards. */
#include "decoders/net/dns.h"

enum { HEADER = 12, CLASS_IN = 1, LABEL_MAX = 63, POINTER = 0xc0, RECORD_LEAST = 11, QUESTION_LEAST = 5 };

/* --- names --- */

static bool add_label(struct dns_name *to, const uint8_t *p, size_t n)
{
    if (!n || n > LABEL_MAX || to->n + n + 2 > DNS_NAME_MAX)
        return false;
    to->b[to->n++] = (uint8_t)n;
    for (size_t i = 0; i < n; i++)
        to->b[to->n++] = ascii_lower(p[i]);
    return true;
}

static bool close_name(struct dns_name *to)
{
    to->b[to->n++] = 0; /* add_label left room */
    return true;
}

/* The labels of a dotted text. */
static bool add_text(struct dns_name *to, struct span text)
{
    size_t at = 0;

    if (text.n && text.p[text.n - 1] == '.')
        text.n--;
    if (!text.n)
        return false;
    while (at <= text.n) {
        size_t end = span_find(text, at, '.');

        for (size_t i = at; i < end; i++)
            if (text.p[i] <= ' ' || text.p[i] >= 0x7f)
                return false;
        if (!add_label(to, text.p + at, end - at))
            return false;
        at = end + 1;
    }
    return true;
}

bool dns_name_parse(struct span text, struct dns_name *out)
{
    out->n = 0;
    if (add_text(out, text))
        return close_name(out);
    out->n = 0;
    return false;
}

static void add_decimal(struct dns_name *to, uint8_t v)
{
    uint8_t digits[3] = {(uint8_t)('0' + v / 100), (uint8_t)('0' + v / 10 % 10), (uint8_t)('0' + v % 10)};
    size_t skip = v >= 100 ? 0 : v >= 10 ? 1 : 2;

    add_label(to, digits + skip, 3 - skip);
}

static void add_digit(struct dns_name *to, uint8_t v)
{
    uint8_t digit = (uint8_t)"0123456789abcdef"[v & 15];

    add_label(to, &digit, 1);
}

/* Always fits: 16 or 64 bytes. */
static bool add_reversed(struct dns_name *to, const struct ip_addr *a)
{
    size_t bytes = a->family == 4 ? 4 : a->family == 6 ? 16 : 0;

    for (size_t i = 0; i < bytes; i++) {
        uint8_t v = a->b[bytes - 1 - i];

        if (a->family == 4) {
            add_decimal(to, v);
            continue;
        }
        add_digit(to, v);
        add_digit(to, v >> 4);
    }
    return bytes != 0;
}

bool dns_name_reverse(const struct ip_addr *a, struct span zone, struct dns_name *out)
{
    struct span arpa = a->family == 4 ? SPAN("in-addr.arpa") : SPAN("ip6.arpa");

    out->n = 0;
    if (add_reversed(out, a) && add_text(out, zone.p ? zone : arpa))
        return close_name(out);
    out->n = 0;
    return false;
}

size_t dns_name_format(const struct dns_name *x, char text[DNS_TEXT_MAX])
{
    size_t n = 0;

    text[0] = 0;
    for (size_t at = 0; at < x->n && x->b[at]; at += 1u + x->b[at]) {
        for (size_t i = 0; i < x->b[at]; i++) {
            uint8_t c = x->b[at + 1 + i];

            if (c <= ' ' || c >= 0x7f || c == '.' || c == '\\') {
                text[0] = 0;
                return 0;
            }
            text[n++] = (char)c;
        }
        text[n++] = '.';
    }
    if (n)
        text[--n] = 0;
    return n;
}

/* --- the cursor --- */

static bool fault(struct dns_reader *r)
{
    r->broken = true;
    return false;
}

static unsigned u16_at(struct span s, size_t at)
{
    return (unsigned)s.p[at] << 8 | s.p[at + 1];
}

static uint32_t u32_at(struct span s, size_t at)
{
    return (uint32_t)u16_at(s, at) << 16 | u16_at(s, at + 2);
}

/* Where a pointer at at leads: to a place before floor, or 0. Each one leads further back than the one before, so
 * there is no loop. */
static size_t pointer_target(struct span m, size_t at, size_t floor)
{
    size_t target;

    if (at + 2 > m.n)
        return 0;
    target = u16_at(m, at) & 0x3fff;
    return target >= HEADER && target < floor ? target : 0;
}

/* The name at *at, which moves on behind it. */
static bool take_name(struct dns_reader *r, size_t *at, struct dns_name *out)
{
    struct span m = r->message;
    size_t here = *at, floor = *at, behind = 0;
    unsigned pointers = 0;

    out->n = 0;
    while (here < m.n && m.p[here]) {
        uint8_t n = m.p[here];

        r->work += (n & POINTER) == POINTER ? 2 : 1u + n;
        if ((n & POINTER) == POINTER) {
            behind = behind ? behind : here + 2;
            floor = pointer_target(m, here, floor);
            here = floor;
            if (!here || ++pointers > LIMIT_DNS_POINTERS)
                return fault(r);
            continue;
        }
        if (n > LABEL_MAX || here + 1 + n > m.n || !add_label(out, m.p + here + 1, n))
            return fault(r);
        here += 1u + n;
    }
    if (here >= m.n)
        return fault(r);
    *at = behind ? behind : here + 1;
    return close_name(out);
}

/* --- the header and the question --- */

static void read_header(struct dns_reader *r, struct dns_message *out)
{
    struct span m = r->message;

    out->id = (uint16_t)u16_at(m, 0);
    out->is_answer = m.p[2] & 0x80;
    out->authoritative = m.p[2] & 0x04;
    out->truncated = m.p[2] & 0x02;
    out->recursion = m.p[3] & 0x80;
    out->rcode = m.p[3] & 0x0f;
    for (int i = 0; i < 3; i++)
        r->counts[i] = (uint16_t)u16_at(m, 6 + 2 * (size_t)i);
}

/* Counts that the message is too short for tell a lie, but for an answer that says it was cut. */
static bool counts_fit(const struct dns_reader *r, unsigned questions, bool truncated)
{
    size_t least = (size_t)questions * QUESTION_LEAST;

    for (int i = 0; i < 3; i++)
        least += (size_t)r->counts[i] * RECORD_LEAST;
    return truncated || least <= r->message.n - HEADER;
}

enum dns_verdict dns_read(struct dns_reader *r, struct span message, struct dns_message *out)
{
    unsigned questions;

    *r = (struct dns_reader){.message = message, .at = HEADER,
                             .work_most = LIMIT_DNS_RATIO * message.n + LIMIT_DNS_RATIO_FREE};
    if (message.n < HEADER)
        return DNS_MALFORMED;
    read_header(r, out);
    questions = u16_at(message, 4);
    if (!counts_fit(r, questions, out->truncated))
        return DNS_MALFORMED;
    if ((message.p[2] & 0x78) || questions != 1) /* OPCODE; and RFC 9619: one question */
        return DNS_FOREIGN;
    if (!take_name(r, &r->at, &out->name) || r->at + 4 > message.n)
        return DNS_MALFORMED;
    out->type = (uint16_t)u16_at(message, r->at);
    if (u16_at(message, r->at + 2) != CLASS_IN)
        return DNS_FOREIGN;
    r->at += 4;
    r->records_at = r->at;
    return DNS_READ;
}

/* --- records --- */

static bool read_address(struct dns_reader *r, struct dns_record *out, struct span data)
{
    size_t n = out->type == DNS_TYPE_A ? 4 : 16;

    if (data.n != n)
        return fault(r);
    out->ip.family = n == 4 ? 4 : 6;
    memcpy(out->ip.b, data.p, n);
    return true;
}

/* A name that fills the data from its offset skip on. */
static bool read_target(struct dns_reader *r, struct dns_record *out, size_t at, size_t end, size_t skip)
{
    at += skip;
    if (at >= end || !take_name(r, &at, &out->target))
        return fault(r);
    return at == end || fault(r);
}

static bool read_data(struct dns_reader *r, struct dns_record *out, size_t at, size_t n)
{
    switch (out->type) {
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA: return read_address(r, out, span_of(r->message.p + at, n));
    case DNS_TYPE_CNAME:
    case DNS_TYPE_PTR: return read_target(r, out, at, at + n, 0);
    case DNS_TYPE_MX: return read_target(r, out, at, at + n, 2);
    case DNS_TYPE_SOA:
        if (n < 22) /* two names of one byte, five numbers */
            return fault(r);
        out->minimum = u32_at(r->message, at + n - 4);
        return true;
    default: return true;
    }
}

static bool take_record(struct dns_reader *r, struct dns_record *out)
{
    struct span m = r->message;
    size_t at = r->at, data, n;
    bool ours;

    if (!take_name(r, &at, &out->name))
        return false;
    if (at + 10 > m.n)
        return fault(r);
    ours = u16_at(m, at + 2) == CLASS_IN;
    out->type = ours ? (uint16_t)u16_at(m, at) : DNS_TYPE_ANY_NAME; /* of another class: its name is all we read */
    out->ttl = u32_at(m, at + 4);
    out->ttl = out->ttl >> 31 ? 0 : out->ttl;
    n = u16_at(m, at + 8);
    data = at + 10;
    if (data + n > m.n)
        return fault(r);
    r->at = data + n;
    return read_data(r, out, data, n);
}

bool dns_next(struct dns_reader *r, struct dns_record *out)
{
    enum dns_section s = r->done[DNS_ANSWER] < r->counts[DNS_ANSWER] ? DNS_ANSWER : DNS_AUTHORITY;

    if (r->broken || r->cut || r->done[s] == r->counts[s])
        return false;
    if (r->records++ == LIMIT_DNS_RECORDS || r->work > r->work_most) {
        r->cut = true;
        return false;
    }
    r->done[s]++;
    *out = (struct dns_record){.section = s};
    return take_record(r, out);
}

void dns_again(struct dns_reader *r)
{
    r->at = r->records_at;
    memset(r->done, 0, sizeof(r->done));
    r->records = 0;
    r->cut = r->broken = false;
}
