/* SPDX-License-Identifier: Apache-2.0 */
/* header_fields: a table of fields and what each one fills. */
#include "sensor/flows/header_fields.h"

#include <stddef.h>

#include "decoders/base/scan.h"
#include "decoders/mail/authentication.h"
#include "decoders/mail/encoded_word.h"
#include "decoders/mail/mailbox.h"

typedef void (*field_fn)(struct header_fields *h, struct span value, struct span *to);

static bool has_high_bytes(struct span s)
{
    for (size_t i = scan_not_plain(s, 0); i < s.n; i = scan_not_plain(s, i + 1))
        if (s.p[i] & 0x80) /* no control */
            return true;
    return false;
}

/* Raw 8-bit text is guessed now, and read again at the end if the mail declares a charset. */
static void keep_raw(struct header_fields *h, struct span value)
{
    if (h->raw_n == RAW_FIELDS || charsets_expected(h->charsets) || !has_high_bytes(value))
        return;
    h->raw[h->raw_n].which = h->which;
    h->raw[h->raw_n].value = arena_dup(&h->r->arena, value);
    h->raw_n++;
}

/* RFC 5322 3.6: the first one counts where a field is repeated (RECORD.md, email). */
static void field_text(struct header_fields *h, struct span value, struct span *to)
{
    if (to->p)
        return;
    *to = encoded_word_plain(&h->r->arena, value);
    if (to->p)
        return;
    keep_raw(h, value);
    *to = encoded_word_text(h->charsets, &h->r->arena, value, &h->r->anomalies);
}

static void field_from(struct header_fields *h, struct span value, struct span *to)
{
    const struct mailbox *box;
    uint32_t n;

    h->r->email.from_fields++;
    if (to->p)
        return;
    field_text(h, value, to);
    h->r->anomalies |= mailbox_parse(value, h->charsets, &h->r->arena, &box, &n);
    if (!n)
        return;
    h->r->email.from_address = box[0].addr;
    h->r->email.from_name = box[0].name;
}

static bool append_text(struct text_list *to, struct arena *a, struct span text, uint32_t max)
{
    struct list l = {.items = to->items, .n = to->n, .cap = to->cap};
    struct span *slot = text.p ? list_add(&l, a, sizeof(*slot), max) : NULL;

    if (slot)
        *slot = text;
    if (l.cap != to->cap) {
        to->items = l.items;
        to->cap = l.cap;
    }
    to->n = l.n; /* apart: list_add wrote it alone, and a copy of n and cap as one would wait for that */
    return slot;
}

static void add_mailboxes(struct header_fields *h, struct span value, struct text_list *to)
{
    struct arena *a = &h->r->arena;
    const struct mailbox *box;
    uint32_t n;

    h->r->anomalies |= mailbox_parse(value, h->charsets, a, &box, &n);
    for (uint32_t i = 0; i < n; i++)
        append_text(to, a, mailbox_text(&box[i], a), LIMIT_ADDRESSES);
}

static void field_to(struct header_fields *h, struct span value, struct span *to)
{
    (void)to;
    add_mailboxes(h, value, &h->r->email.to);
}

static void field_cc(struct header_fields *h, struct span value, struct span *to)
{
    (void)to;
    add_mailboxes(h, value, &h->r->email.cc);
}

static void field_received(struct header_fields *h, struct span value, struct span *to)
{
    struct record *r = h->r;
    struct received *hop;

    (void)to;
    if (r->email.received.n >= LIMIT_RECEIVED) {
        anomaly_raise(&r->anomalies, ANOMALY_HEADER_TOO_MANY);
        return;
    }
    value = encoded_word_text(h->charsets, &r->arena, value, &r->anomalies);
    hop = value.p ? list_add(&h->hops, &r->arena, sizeof(*hop), LIMIT_RECEIVED) : NULL;
    if (!hop)
        return;
    if (!append_text(&r->email.received, &r->arena, value, LIMIT_RECEIVED)) {
        h->hops.n--; /* text and hop stand side by side */
        return;
    }
    received_parse(value, hop);
    r->hops = h->hops.items;
    r->hops_n = h->hops.n;
}

static void keep_auth(struct header_fields *h, struct span value, bool spf)
{
    if (h->auth_n == AUTH_FIELDS)
        return;
    h->auth[h->auth_n].value = arena_dup(&h->r->arena, value);
    h->auth[h->auth_n].spf = spf;
    h->auth_n++;
}

static void field_auth_results(struct header_fields *h, struct span value, struct span *to)
{
    (void)to;
    keep_auth(h, value, false);
}

static void field_received_spf(struct header_fields *h, struct span value, struct span *to)
{
    (void)to;
    keep_auth(h, value, true);
}

static void field_date(struct header_fields *h, struct span value, struct span *to)
{
    struct mail_date d;

    if (to->p)
        return;
    field_text(h, value, to);
    h->r->date.valid = to->p && date_parse(*to, &d);
    if (h->r->date.valid) {
        h->r->date.utc = d.utc;
        h->r->date.zone = d.zone;
    }
}

#define TO(member) offsetof(struct record_email, member)

/* Fields that stand twice are message's business; here the first one counts. */
static const struct field_row {
    field_fn fill; /* NULL: no text of the record */
    size_t to;     /* 0: not a text of its own */
} table[FIELD_NAMES] = {
    [FIELD_TO] = {field_to, 0},
    [FIELD_CC] = {field_cc, 0},
    [FIELD_FROM] = {field_from, TO(from)},
    [FIELD_DATE] = {field_date, TO(date)},
    [FIELD_SENDER] = {field_text, TO(sender)},
    [FIELD_SUBJECT] = {field_text, TO(subject)},
    [FIELD_RECEIVED] = {field_received, 0},
    [FIELD_REPLY_TO] = {field_text, TO(reply_to)},
    [FIELD_X_MAILER] = {field_text, TO(x_mailer)},
    [FIELD_MESSAGE_ID] = {field_text, TO(message_id)},
    [FIELD_USER_AGENT] = {field_text, TO(user_agent)},
    [FIELD_IN_REPLY_TO] = {field_text, TO(in_reply_to)},
    [FIELD_RETURN_PATH] = {field_text, TO(return_path)},
    [FIELD_ORGANIZATION] = {field_text, TO(organization)},
    [FIELD_ORGANISATION] = {field_text, TO(organization)},
    [FIELD_RECEIVED_SPF] = {field_received_spf, 0},
    [FIELD_X_ORIGINATING_IP] = {field_text, TO(x_originating_ip)},
    [FIELD_AUTHENTICATION_RESULTS] = {field_auth_results, 0},
};

void header_fields_begin(struct header_fields *h, struct record *r, struct charsets *charsets)
{
    *h = (struct header_fields){.r = r, .charsets = charsets};
}

static struct span *place_of(struct header_fields *h, enum field_name which)
{
    return (struct span *)(void *)((char *)&h->r->email + table[which].to);
}

static const struct charset *declared_charset(const struct record *r)
{
    for (uint32_t i = 0; i < r->parts_n; i++)
        if (r->parts[i].mail->charset.p)
            return charset_find(r->parts[i].mail->charset);
    return NULL;
}

/* A guess that nothing confirms is no reading. */
static void drop_raw(struct header_fields *h)
{
    for (unsigned i = 0; i < h->raw_n; i++)
        *place_of(h, h->raw[i].which) = (struct span){NULL, 0};
    if (h->raw_n)
        h->r->email.from_address = h->r->email.from_name = (struct span){NULL, 0};
}

static void read_raw_again(struct header_fields *h)
{
    uint32_t from_fields = h->r->email.from_fields;

    if (h->short_of_memory) {
        drop_raw(h);
        return;
    }
    charsets_expect(h->charsets, h->raw_n ? declared_charset(h->r) : NULL);
    for (unsigned i = 0; i < h->raw_n && charsets_expected(h->charsets); i++) {
        struct span *to = place_of(h, h->raw[i].which);

        *to = (struct span){NULL, 0};
        table[h->raw[i].which].fill(h, h->raw[i].value, to);
    }
    charsets_expect(h->charsets, NULL);
    h->r->email.from_fields = from_fields;
}

void header_field(struct header_fields *h, enum field_name which, struct span value)
{
    if (!table[which].fill)
        return;
    h->which = which;
    table[which].fill(h, value, place_of(h, which));
}

static bool is_trusted(struct span by, const struct span *authserv, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (by.p && span_eq_nocase(by, authserv[i]))
            return true;
    return false;
}

static void parse_auth(const struct header_fields *h, unsigned i, struct authentication *out)
{
    if (h->auth[i].spf)
        received_spf_parse(h->auth[i].value, out);
    else
        authentication_results_parse(h->auth[i].value, out);
}

static struct span auth_by(const struct header_fields *h, unsigned i)
{
    struct authentication one = {0};

    if (!h->auth[i].spf)
        return authentication_results_by(h->auth[i].value);
    received_spf_parse(h->auth[i].value, &one);
    return one.by;
}

/* Anybody can write the field. The topmost one of a trusted server counts, else the topmost of all, and
 * with it what else that same server wrote. */
void header_fields_end(struct header_fields *h, const struct span *authserv, unsigned authserv_n)
{
    struct record_authentication *a = &h->r->authentication;
    struct authentication all = {0};
    unsigned first = 0;

    read_raw_again(h);
    if (!h->auth_n)
        return;
    for (unsigned i = h->auth_n; i > 0 && authserv_n; i--)
        if (is_trusted(auth_by(h, i - 1), authserv, authserv_n)) {
            first = i - 1;
            a->trusted = true;
        }
    parse_auth(h, first, &all);
    for (unsigned i = first + 1; i < h->auth_n && all.by.p; i++) {
        struct span by = auth_by(h, i);

        if (by.p && span_eq_nocase(by, all.by))
            parse_auth(h, i, &all);
    }
    a->spf = all.spf;
    a->dkim = all.dkim;
    a->dmarc = all.dmarc;
    a->arc = all.arc;
    a->spf_domain = all.spf_domain;
    a->dkim_domain = all.dkim_domain;
    a->by = all.by;
}
