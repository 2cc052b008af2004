/* SPDX-License-Identifier: Apache-2.0 */
/* register: each row is one block of memory, the rows are a heap by time. */
#include "sensor/report/register.h"

#include <stdio.h>
#include <stdlib.h>

const char *row_text_name(enum row_text t)
{
    static const char *const names[] = {
#define X(symbol, name) name,
        ROW_TEXTS(X)
#undef X
    };

    return names[t];
}

struct span owner_text(struct buf *scratch, struct span org, uint64_t asn)
{
    char number[32] = "";

    if (asn)
        snprintf(number, sizeof(number), org.n ? " (AS%llu)" : "AS%llu", (unsigned long long)asn);
    buf_clear(scratch);
    buf_add(scratch, org);
    buf_add(scratch, span_cstr(number));
    return buf_span(scratch);
}

/* --- one row --- */

/* Borrowed texts in the row's order; owners in buffers of their own, since they are put together. */
struct row_plan {
    struct register_row row;
    struct row_link links[LIMIT_REPORT_LINKS];
    struct row_finding findings[FACT_FINDINGS];
    struct mem mem;
    struct buf owners[LIMIT_REPORT_LINKS + 2];
};

static struct span first_of(struct span a, struct span b)
{
    return a.n ? a : b;
}

static void plan_texts(struct row_plan *p, const struct mail_facts *f)
{
    struct span *t = p->row.text;

    t[ROW_TIME] = f->timestamp;
    t[ROW_SUBJECT] = f->subject;
    t[ROW_FROM] = f->from;
    t[ROW_ENVELOPE] = f->mail_from;
    t[ROW_DATE] = f->date;
    t[ROW_ZONE] = f->zone;
    t[ROW_IP] = first_of(f->origin_ip, f->client_ip);
    t[ROW_COUNTRY] = f->country;
    t[ROW_CITY] = f->city;
    t[ROW_PTR] = f->ptr;
    t[ROW_HELO] = f->helo;
    t[ROW_NET] = f->net;
    t[ROW_OWNER] = owner_text(&p->owners[0], f->org, f->asn);
    t[ROW_MAILER] = f->mailer;
    t[ROW_OS] = first_of(f->os_guess, f->os);
    t[ROW_CLAIMED] = f->claimed_ip;
    t[ROW_CLAIMED_OWNER] = first_of(f->claimed_org, f->claimed_country);
    t[ROW_OUTCOME] = f->outcome;
    t[ROW_REPLY] = f->reply_text;
    t[ROW_MESSAGE_ID] = f->message_id;
    t[ROW_SENSOR] = f->sensor;
}

static void plan_lists(struct row_plan *p, const struct mail_facts *f)
{
    struct register_row *r = &p->row;

    for (unsigned i = 0; i < f->links_n && r->links_n < LIMIT_REPORT_LINKS; i++) {
        const struct mail_link *l = &f->links[i];

        p->links[r->links_n] = (struct row_link){l->url, l->host, l->text, l->ip,
                                                 owner_text(&p->owners[1 + r->links_n], l->org, l->asn), l->country};
        r->links_n++;
    }
    for (unsigned i = 0; i < f->findings_n; i++)
        p->findings[r->findings_n++] = (struct row_finding){f->findings[i], f->evidence[i], f->weights[i]};
    r->links = p->links;
    r->findings = p->findings;
    r->links_all = f->links_all;
    r->findings_all = f->findings_all;
    r->score = f->score;
}

/* A cut never parts a character: bytes 10xxxxxx only go on with one. */
static struct span head_of(struct span s, bool *cut)
{
    size_t n = LIMIT_REPORT_TEXT;

    if (s.n <= n)
        return s;
    *cut = true;
    while (n && (s.p[n] & 0xc0) == 0x80)
        n--;
    return span_head(s, n);
}

/* Each text of a row in turn. */
static void each_text(struct register_row *r, void (*each)(void *ctx, struct span *s), void *ctx)
{
    for (unsigned i = 0; i < ROW_TEXTS_N; i++)
        each(ctx, &r->text[i]);
    for (unsigned i = 0; i < r->links_n; i++) {
        struct row_link *l = &r->links[i];

        each(ctx, &l->url);
        each(ctx, &l->host);
        each(ctx, &l->text);
        each(ctx, &l->ip);
        each(ctx, &l->owner);
        each(ctx, &l->country);
    }
    for (unsigned i = 0; i < r->findings_n; i++) {
        each(ctx, &r->findings[i].id);
        each(ctx, &r->findings[i].evidence);
    }
}

static void measure(void *ctx, struct span *s)
{
    struct register_row *r = ctx;

    *s = head_of(*s, &r->cut);
    r->bytes += s->n;
}

static void move(void *ctx, struct span *s)
{
    uint8_t **to = ctx;

    if (!s->n)
        return;
    memcpy(*to, s->p, s->n);
    s->p = *to;
    *to += s->n;
}

/* The plan as one block of its own. */
static struct register_row *row_of(struct row_plan *p)
{
    size_t links = p->row.links_n * sizeof(struct row_link), findings = p->row.findings_n * sizeof(struct row_finding);
    struct register_row *r;
    uint8_t *to;

    p->row.bytes = sizeof(*r) + links + findings;
    each_text(&p->row, measure, &p->row);
    r = malloc(p->row.bytes);
    if (!r)
        return NULL;
    *r = p->row;
    r->links = (void *)(r + 1);
    r->findings = (void *)((uint8_t *)(r + 1) + links);
    memcpy(r->links, p->links, links);
    memcpy(r->findings, p->findings, findings);
    to = (uint8_t *)(r + 1) + links + findings;
    each_text(r, move, &to);
    return r;
}

static struct register_row *row_new(const struct mail_facts *f, int64_t second, uint32_t mail)
{
    struct row_plan p = {.row = {.second = second, .mail = mail}};
    struct register_row *r;
    bool refused = false;

    mem_init(&p.mem, 0);
    for (unsigned i = 0; i < LIMIT_REPORT_LINKS + 2; i++)
        buf_init(&p.owners[i], &p.mem, LIMIT_REPORT_TEXT + 32);
    plan_texts(&p, f);
    plan_lists(&p, f);
    r = row_of(&p);
    for (unsigned i = 0; i < LIMIT_REPORT_LINKS + 2; i++) {
        refused = refused || p.owners[i].refused;
        buf_free(&p.owners[i]);
    }
    if (!refused)
        return r;
    free(r);
    return NULL;
}

/* --- the heap --- */

static bool earlier(const struct register_row *a, const struct register_row *b)
{
    return a->second != b->second ? a->second < b->second : a->mail < b->mail;
}

static void swap_rows(struct mail_register *r, uint32_t a, uint32_t b)
{
    struct register_row *x = r->rows[a];

    r->rows[a] = r->rows[b];
    r->rows[b] = x;
}

static void sift_down(struct mail_register *r)
{
    for (uint32_t at = 0, least;; at = least) {
        uint32_t left = 2 * at + 1, right = left + 1;

        least = at;
        if (left < r->n && earlier(r->rows[left], r->rows[least]))
            least = left;
        if (right < r->n && earlier(r->rows[right], r->rows[least]))
            least = right;
        if (least == at)
            return;
        swap_rows(r, at, least);
    }
}

static void drop_earliest(struct mail_register *r)
{
    r->bytes -= r->rows[0]->bytes;
    free(r->rows[0]);
    r->rows[0] = r->rows[--r->n];
    sift_down(r);
}

static void push(struct mail_register *r, struct register_row *row)
{
    r->rows[r->n] = row;
    r->bytes += row->bytes;
    for (uint32_t at = r->n++; at && earlier(r->rows[at], r->rows[(at - 1) / 2]); at = (at - 1) / 2)
        swap_rows(r, at, (at - 1) / 2);
}

bool register_init(struct mail_register *r, uint32_t most)
{
    *r = (struct mail_register){.most = most};
    r->rows = calloc((size_t)most + 1, sizeof(*r->rows));
    return r->rows != NULL;
}

void register_free(struct mail_register *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        free(r->rows[i]);
    free(r->rows);
    *r = (struct mail_register){.rows = NULL};
}

bool register_take(struct mail_register *r, const struct mail_facts *f, int64_t second, uint32_t mail)
{
    struct register_row *row;

    if (r->n == r->most && (!r->n || second < r->rows[0]->second))
        return true;
    row = row_new(f, second, mail);
    if (!row)
        return false;
    push(r, row);
    while (r->n > r->most || (r->n > 1 && r->bytes > LIMIT_REPORT_BYTES))
        drop_earliest(r);
    return true;
}

static int latest_first(const void *x, const void *y)
{
    const struct register_row *a = *(struct register_row *const *)x, *b = *(struct register_row *const *)y;

    if (a->second != b->second)
        return a->second > b->second ? -1 : 1;
    return (a->mail < b->mail) - (a->mail > b->mail);
}

void register_sort(struct mail_register *r, const bool *gone)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->n; i++) {
        if (gone[r->rows[i]->mail])
            free(r->rows[i]);
        else
            r->rows[n++] = r->rows[i];
    }
    r->n = n;
    if (n)
        qsort(r->rows, n, sizeof(*r->rows), latest_first);
}
