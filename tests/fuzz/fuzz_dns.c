/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_dns: messages out of a stream cut anywhere; every name is well formed, nothing is read twice as another thing,
 * the work is bounded. */
#include <stdlib.h>

#include "decoders/net/dns_answer.h"
#include "decoders/net/dns_frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t messages, hash;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Labels of 1 to 63 bytes, an empty one at the end and nowhere else; its text, if it has one, is the name again. */
static void check_name(const struct dns_name *x)
{
    char text[DNS_TEXT_MAX];
    struct dns_name again;
    size_t at = 0, n;

    check(x->n >= 1);
    while (at < x->n && x->b[at]) {
        check(x->b[at] <= 63);
        at += 1u + x->b[at];
    }
    check(at + 1 == x->n);
    n = dns_name_format(x, text);
    check(n <= 253 && !text[n]);
    check(!n || (dns_name_parse(span_of(text, n), &again) && dns_name_eq(&again, x)));
}

static void check_records(struct dns_reader *r)
{
    struct dns_record x;
    unsigned n = 0;

    while (dns_next(r, &x)) {
        check(++n <= LIMIT_DNS_RECORDS);
        check(r->work <= r->work_most + 2 * (DNS_NAME_MAX + 2 * LIMIT_DNS_POINTERS + 2));
        check(r->at <= r->message.n);
        check_name(&x.name);
        if (x.type == DNS_TYPE_CNAME || x.type == DNS_TYPE_PTR || x.type == DNS_TYPE_MX)
            check_name(&x.target);
        check(x.section != DNS_ADDITIONAL && x.ttl <= INT32_MAX);
    }
}

static void check_answer(const struct dns_answer *a, const struct dns_message *m)
{
    bool addresses = m->type == DNS_TYPE_A || m->type == DNS_TYPE_AAAA;

    check(a->says != DNS_SAYS_ADDRESSES || (addresses && a->n >= 1 && a->n <= LIMIT_DNS_ADDRESSES));
    check(a->says != DNS_SAYS_NAMES || (!addresses && a->n <= LIMIT_DNS_NAMES));
    check(a->says != DNS_SAYS_ALIAS || a->n == 1);
    for (unsigned i = 0; i < a->n && (a->says == DNS_SAYS_NAMES || a->says == DNS_SAYS_ALIAS); i++)
        check_name(&a->names[i]);
    for (unsigned i = 0; i < a->n && a->says == DNS_SAYS_ADDRESSES; i++)
        check(a->ips[i].family == (m->type == DNS_TYPE_A ? 4 : 6));
}

static uint64_t message(struct span s)
{
    struct dns_answer a, again;
    struct dns_message m;
    struct dns_reader r;
    bool read;

    if (dns_read(&r, s, &m) != DNS_READ)
        return 1;
    check_name(&m.name);
    check_records(&r);
    dns_read(&r, s, &m);
    read = dns_answer_read(&r, &m, &a);
    dns_read(&r, s, &m);
    check(read == dns_answer_read(&r, &m, &again));
    if (!read)
        return 2;
    check(a.says == again.says && a.n == again.n && a.ttl == again.ttl);
    check_answer(&a, &m);
    return 3 + a.says + 16 * a.n + 1024 * (uint64_t)a.ttl;
}

static void on_message(void *ctx, struct span s)
{
    struct seen *seen = ctx;
    uint8_t *copy = malloc(s.n ? s.n : 1); /* so that ASan sees its ends */

    if (s.n)
        memcpy(copy, s.p, s.n);
    seen->messages++;
    seen->hash = seen->hash * 31 + message(span_of(copy, s.n));
    free(copy);
}

static struct seen stream(struct span s, size_t piece)
{
    struct seen seen = {0};
    struct dns_frames f;
    struct mem m;

    mem_init(&m, 0);
    dns_frames_init(&f, &m);
    for (size_t at = 0; at < s.n; at += piece)
        dns_frames_push(&f, span_head(span_from(s, at), piece), on_message, &seen);
    check(m.used <= 2 * s.n + 64);
    dns_frames_free(&f);
    check(!m.used);
    return seen;
}

/* Input: the size of a piece, then a stream of messages behind their lengths; all of it is also one datagram. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span s;
    struct seen whole, pieces;

    if (!size)
        return 0;
    s = span_of(data + 1, size - 1);
    whole = stream(s, s.n ? s.n : 1);
    pieces = stream(s, 1u + data[0]);
    check(whole.messages == pieces.messages && whole.hash == pieces.hash);
    on_message(&whole, s);
    return 0;
}
