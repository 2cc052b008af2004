/* SPDX-License-Identifier: Apache-2.0 */
/* blocklist: every value once, with the strongest verdict. */
#include "sensor/export/blocklist.h"

#include <stdio.h>
#include <stdlib.h>

#include "sensor/export/block_rules.h"
#include "sensor/export/export.h"

enum { TEXT_BYTES = 128 << 20, FIRST = 256 };

const char *block_verdict_words(enum block_verdict v)
{
    static const char *const words[] = {
#define X(symbol, text) text,
        BLOCK_VERDICTS(X)
#undef X
    };

    return words[v];
}

bool blocklist_init(struct blocklist *b, struct mem *m, const struct blocklist_options *o)
{
    *b = (struct blocklist){.o = *o, .mem = m};
    value_set_init(&b->texts, m, BLOCK_VALUES, TEXT_BYTES);
    value_set_init(&b->servers, m, BLOCK_VALUES, TEXT_BYTES);
    b->values = mem_zalloc(m, FIRST * sizeof(*b->values));
    b->values_cap = b->values ? FIRST : 0;
    return b->values;
}

void blocklist_free(struct blocklist *b)
{
    value_set_free(&b->texts);
    value_set_free(&b->servers);
    mem_free(b->mem, b->values, b->values_cap * sizeof(*b->values));
    free(b->listed);
}

static bool make_room(struct blocklist *b)
{
    struct block_value *v;

    if (b->texts.n < b->values_cap)
        return true;
    v = mem_resize(b->mem, b->values, b->values_cap * sizeof(*v), 2 * (size_t)b->values_cap * sizeof(*v));
    if (!v)
        return false;
    memset(v + b->values_cap, 0, b->values_cap * sizeof(*v));
    b->values = v;
    b->values_cap *= 2;
    return true;
}

/* The value of that text, new ones with their text alone; NULL where it does not fit. */
static struct block_value *value_of(struct blocklist *b, enum block_kind kind, struct span text, bool *is_new)
{
    char key[512];
    uint32_t before = b->texts.n, at;

    if (text.n > sizeof(key) - 1 || !make_room(b)) {
        b->texts.full = true;
        return NULL;
    }
    key[0] = (char)('0' + kind);
    memcpy(key + 1, text.p, text.n);
    at = value_set_add(&b->texts, span_of(key, text.n + 1));
    if (at == VALUE_NONE)
        return NULL;
    *is_new = b->texts.n > before;
    if (*is_new)
        b->values[at] = (struct block_value){.text = span_from(b->texts.values[at], 1), .kind = kind};
    return &b->values[at];
}

static void day_of(const struct mail_facts *f, char day[BLOCK_DAY + 1])
{
    size_t n = f->timestamp.n < BLOCK_DAY ? 0 : BLOCK_DAY;

    for (size_t i = 0; i < n; i++) /* a file's word: nothing but a day may come of it */
        n = ascii_digit(f->timestamp.p[i]) || f->timestamp.p[i] == '-' ? n : 0;
    memcpy(day, f->timestamp.p, n);
    day[n] = 0;
}

static void note_days(char first[BLOCK_DAY + 1], char last[BLOCK_DAY + 1], const char day[BLOCK_DAY + 1])
{
    if (!day[0])
        return;
    if (!first[0] || strcmp(day, first) < 0)
        memcpy(first, day, BLOCK_DAY + 1);
    if (strcmp(day, last) > 0)
        memcpy(last, day, BLOCK_DAY + 1);
}

static void note(const struct blocklist *b, struct block_value *v, const struct mail_facts *f, enum block_verdict verdict)
{
    char day[BLOCK_DAY + 1];

    if (verdict > v->verdict)
        v->verdict = verdict;
    if (v->counted != b->mails && v->mails < UINT32_MAX)
        v->mails++;
    v->counted = b->mails;
    if (f->score > v->score)
        v->score = f->score;
    day_of(f, day);
    note_days(v->first, v->last, day);
}

static void add_address(struct blocklist *b, const struct mail_facts *f, struct span text, bool is_origin)
{
    struct block_value *v;
    struct ip_addr ip;
    char form[IP_TEXT];
    bool is_new;

    if (!ip_parse(text, &ip))
        return;
    ip_unmap(&ip);
    v = value_of(b, BLOCK_IP, span_of(form, ip_format(&ip, form)), &is_new);
    if (!v)
        return;
    v->ip = ip;
    note(b, v, f, is_origin ? block_rule_address(&b->o, f, &ip) : BLOCK_CLAIMED);
}

/* "<user@mail.example.jp>" is of example.jp. */
static bool is_of(struct span path, struct span domain)
{
    size_t at;

    while (path.n && (path.p[path.n - 1] == '>' || path.p[path.n - 1] == '.'))
        path.n--;
    at = path.n - domain.n - 1;
    return path.n > domain.n && span_ends_nocase(path, domain) && (path.p[at] == '@' || path.p[at] == '.');
}

/* Whom the server refused, any sender may name: that must not excuse his own domain. */
static bool is_answered(const struct mail_facts *f, struct span domain)
{
    size_t n = mail_facts_count(f, "smtp.rcpt_to");
    char code[40];

    if (mail_facts_count(f, "mxtap.reply.rcpt") != n)
        return true; /* not known who was */
    for (size_t i = 0; i < n && i < FACT_RCPT; i++) {
        snprintf(code, sizeof(code), "mxtap.reply.rcpt.%zu", i);
        if (is_of(fact_at(f, "smtp.rcpt_to.*", i), domain) && mail_facts_number(f, code) < 400)
            return true;
    }
    return false;
}

static bool is_recipient(const struct mail_facts *f, struct span domain)
{
    for (unsigned i = 0; i < f->rcpt_n; i++)
        if (is_of(f->rcpt[i], domain))
            return is_answered(f, domain);
    return false;
}

static void add_host(struct blocklist *b, const struct mail_facts *f, struct span host, enum block_verdict why)
{
    bool is_new;
    struct block_value *v = host.n ? value_of(b, BLOCK_DOMAIN, span_head(host, 500), &is_new) : NULL;

    if (v)
        note(b, v, f, why);
}

static void add_link(struct blocklist *b, const struct mail_facts *f, unsigned i)
{
    const struct mail_link *l = &f->links[i];
    enum block_verdict verdict;
    char name[BLOCK_NAME_MAX + 1];
    struct block_value *v;
    struct ip_addr ip;
    bool is_new;
    size_t n = block_name_read(b->o.judge, l->domain, name);

    if (!n) {
        add_host(b, f, l->host, ip_parse(l->host, &ip) ? BLOCK_LINK_ADDRESS : BLOCK_NO_DOMAIN);
        return;
    }
    v = value_of(b, BLOCK_DOMAIN, span_of(name, n), &is_new);
    if (!v)
        return;
    if (is_new) {
        verdict = block_rule_domain(&b->o, v->text); /* what the name alone decides, once */
        v->verdict = verdict > BLOCK_LISTED ? verdict : 0;
    }
    verdict = block_link_followed(fact_at(f, "mxtap.links.*.in", i), l->tag) ? BLOCK_LISTED : BLOCK_NOT_FOLLOWED;
    note(b, v, f, is_recipient(f, v->text) ? BLOCK_RECIPIENT : verdict);
}

static void note_server(struct blocklist *b, const struct mail_facts *f)
{
    char form[IP_TEXT];
    struct ip_addr ip;

    if (!ip_parse(f->dest_ip, &ip))
        return;
    ip_unmap(&ip);
    value_set_add(&b->servers, span_of(form, ip_format(&ip, form)));
}

void blocklist_add(struct blocklist *b, const struct mail_facts *f)
{
    char day[BLOCK_DAY + 1];

    b->mails++;
    day_of(f, day);
    note_days(b->first, b->last, day);
    if (!mail_facts_counts(f)) {
        b->other++;
        return;
    }
    note_server(b, f);
    if (f->score < b->o.alert_score) {
        b->below++;
        return;
    }
    add_address(b, f, f->origin_ip, true);
    add_address(b, f, f->claimed_ip, false);
    for (unsigned i = 0; i < f->links_n; i++)
        add_link(b, f, i);
    b->links_unread += f->links_all - f->links_n;
}

static int in_order(const void *a, const void *b)
{
    const struct block_value *x = *(const struct block_value *const *)a, *y = *(const struct block_value *const *)b;
    size_t n = x->text.n < y->text.n ? x->text.n : y->text.n;
    int d;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->kind == BLOCK_IP)
        return x->ip.family != y->ip.family ? x->ip.family - y->ip.family : memcmp(x->ip.b, y->ip.b, sizeof(x->ip.b));
    d = memcmp(x->text.p, y->text.p, n);
    return d ? d : (x->text.n > y->text.n) - (x->text.n < y->text.n);
}

bool blocklist_end(struct blocklist *b, enum block_kind only)
{
    b->listed = calloc(b->texts.n + 1, sizeof(*b->listed));
    if (!b->listed)
        return false;
    for (uint32_t i = 0; i < b->texts.n; i++) {
        struct block_value *v = &b->values[i];

        if (only < BLOCK_KINDS && v->kind != only)
            continue;
        if (v->kind == BLOCK_IP && v->verdict == BLOCK_LISTED && value_set_find(&b->servers, v->text) != VALUE_NONE)
            v->verdict = BLOCK_SERVER;
        if (v->verdict == BLOCK_LISTED) {
            b->listed[b->listed_n++] = v;
            b->of_kind[v->kind]++;
        } else {
            b->left_out[v->verdict]++;
        }
    }
    qsort(b->listed, b->listed_n, sizeof(*b->listed), in_order);
    return !b->texts.full && !b->servers.full;
}
