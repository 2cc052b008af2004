/* SPDX-License-Identifier: Apache-2.0 */
/* show_pairs: graph keys; where there is none to the addresses, the boards know them. */
#include "sensor/console/show_pairs.h"

#include <stdlib.h>

#include "decoders/base/endpoint.h"
#include "sensor/language.h"
#include "sensor/publish/columns.h"
#include "sensor/publish/redis_record.h"
#include "sensor/titles.h"

enum { ADDRESSES = 1000, NETS = 256, VALUES_MAX = 100000 };

void pairs_init(struct pairs *p, struct arena *a)
{
    *p = (struct pairs){.arena = a};
}

static void add_value(struct pairs *p, struct pair_list *l, struct span value, uint64_t mails)
{
    struct pair_value *grown;

    if (l->n == l->cap) {
        uint32_t cap = l->cap ? 2 * l->cap : 16;

        grown = cap <= VALUES_MAX ? arena_alloc(p->arena, cap * sizeof(*grown)) : NULL;
        if (!grown)
            return;
        if (l->n)
            memcpy(grown, l->v, l->n * sizeof(*grown));
        l->v = grown;
        l->cap = cap;
    }
    l->v[l->n++] = (struct pair_value){arena_dup(p->arena, value), mails};
}

static void take(void *ctx, struct span value, uint64_t mails)
{
    struct pairs *p = ctx;

    add_value(p, p->reading, value, mails);
}

static int by_mails(const void *x, const void *y)
{
    const struct pair_value *a = x, *b = y;
    size_t n = a->value.n < b->value.n ? a->value.n : b->value.n;
    int order;

    if (a->mails != b->mails)
        return a->mails > b->mails ? -1 : 1;
    order = n ? memcmp(a->value.p, b->value.p, n) : 0;
    return order ? order : (a->value.n > b->value.n) - (a->value.n < b->value.n);
}

static void sort(struct pair_list *l)
{
    if (l->n)
        qsort(l->v, l->n, sizeof(*l->v), by_mails);
}

/* --- addresses --- */

struct inside {
    struct pairs *p;
    struct ip_net net;
};

static void take_inside(void *ctx, struct span value, uint64_t mails)
{
    struct inside *x = ctx;
    struct ip_addr ip;

    if (ip_parse(value, &ip) && ip_in_net(&ip, &x->net) && x->p->addresses.n < ADDRESSES)
        add_value(x->p, &x->p->addresses, value, mails);
}

/* A network that no database named: whichever leaders of the addresses' board lie in it. */
static bool addresses_of_net(struct pairs *p, struct store *s, struct span value)
{
    struct inside x = {.p = p};
    struct store_size size = {0};

    if (!ip_net_parse(value, &x.net))
        return true;
    return store_board(s, KIND_IP, SPAN(""), 0, take_inside, &x, &size);
}

static bool addresses_of_asn(struct pairs *p, struct store *s)
{
    const struct pair_list *nets = &p->kinds[KIND_NET];
    struct store_size size = {0};

    p->reading = &p->addresses;
    for (uint32_t i = 0; i < nets->n && i < NETS && p->addresses.n < ADDRESSES; i++)
        if (!store_graph(s, KIND_NET, nets->v[i].value, KIND_IP, ADDRESSES, take, p, &size))
            return false;
    return true;
}

bool pairs_read(struct pairs *p, struct store *s, enum redis_kind k, struct span value, unsigned most)
{
    bool ok = true;

    for (enum redis_kind other = 0; ok && other < KINDS; other++) {
        unsigned wanted = k == KIND_NET && other == KIND_IP ? ADDRESSES : k == KIND_ASN && other == KIND_NET ? NETS : most;

        if (!redis_record_has_pair(k, other))
            continue;
        p->reading = &p->kinds[other];
        ok = store_graph(s, k, value, other, wanted, take, p, &p->kinds[other].size);
        sort(&p->kinds[other]);
    }
    if (ok && k == KIND_NET && !p->kinds[KIND_IP].n)
        ok = addresses_of_net(p, s, value);
    if (ok && k == KIND_ASN)
        ok = addresses_of_asn(p, s);
    sort(&p->addresses);
    return ok;
}

/* --- showing --- */

static void put_list(const struct pair_list *l, const char *title, struct buf *out, unsigned width)
{
    if (!l->n)
        return;
    report_add(out, "\n");
    columns_label_right(out, _("mails"), 9);
    report_add(out, "  %s", title);
    if (l->size.full)
        report_add(out, " (%llu+)", (unsigned long long)l->size.members);
    else
        report_add(out, " (%llu)", (unsigned long long)(l->size.members ? l->size.members : l->n));
    report_add(out, "\n");
    for (uint32_t i = 0; i < l->n; i++) {
        report_right(out, 9, "%llu", (unsigned long long)l->v[i].mails);
        report_add(out, "  ");
        report_value(out, l->v[i].value, width - 11, false);
        report_add(out, "\n");
    }
}

void pairs_put(const struct pairs *p, struct buf *out, unsigned width)
{
    for (enum redis_kind k = 0; k < KINDS; k++)
        put_list(&p->kinds[k], title_of(kind_name(k)), out, width);
    put_list(&p->addresses, _("addresses"), out, width);
}

static void json_values(struct json *j, const char *key, const struct pair_list *l)
{
    json_open(j, key, '[');
    for (uint32_t i = 0; i < l->n; i++) {
        json_open(j, NULL, '{');
        json_text(j, "value", l->v[i].value);
        json_number(j, "mails", (int64_t)l->v[i].mails);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void pairs_json(const struct pairs *p, struct json *j)
{
    json_open(j, "with", '{');
    for (enum redis_kind k = 0; k < KINDS; k++) {
        if (!p->kinds[k].n)
            continue;
        json_open(j, kind_name(k), '{');
        json_number(j, "members", (int64_t)p->kinds[k].size.members);
        if (p->kinds[k].size.full)
            json_true(j, "full");
        json_values(j, "values", &p->kinds[k]);
        json_close(j, '}');
    }
    json_close(j, '}');
    if (p->addresses.n)
        json_values(j, "addresses", &p->addresses);
}
