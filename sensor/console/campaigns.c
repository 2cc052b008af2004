/* SPDX-License-Identifier: Apache-2.0 */
/* campaigns: from the stream or from JSON lines to groups, to a page, to Redis. */
#include "sensor/console/campaign_page.h"
#include "sensor/console/console.h"
#include "sensor/console/json_lines.h"
#include "sensor/console/stream_mails.h"
#include "sensor/log.h"
#include "sensor/options.h"

enum { SHOWN = 50, SAVED = 1000, SET_MAX = 256, FIELDS_MAX = 24, TEXT_MAX = 1 << 30 };

struct campaigns {
    const struct question_options *o;
    struct store *s;
    struct grouping *g;
    struct mem mem;
    struct buf out;
    uint64_t taken;
    bool full; /* more mails than --limit, or than memory holds */
};

static bool take(struct campaigns *c, const struct mail_facts *f, struct span line)
{
    if (c->taken == c->o->limit) {
        c->full = true;
        return false;
    }
    c->taken++;
    if (grouping_add(c->g, f, line))
        return true;
    c->full = true;
    return false;
}

/* --- from a file --- */

static bool take_record(void *ctx, const struct mail_facts *f, struct span line)
{
    return !span_eq(f->event_type, SPAN("smtp")) || take(ctx, f, line);
}

/* --- from the stream --- */

static bool take_entry(void *ctx, const struct stream_mail *m)
{
    return take(ctx, m->facts, m->json);
}

static int read_stream(struct campaigns *c)
{
    struct stream_walk w = {.most = c->o->limit};

    if (!stream_mails(c->s, &w, take_entry, c))
        return console_failed(c->s);
    if (w.more)
        log_line(LOG_TROUBLE, "campaigns: the stream reaches further back than %llu mails; a larger --limit reads on",
                 (unsigned long long)w.looked);
    if (w.unread)
        log_line(LOG_NOTE, "campaigns: %llu entries of the stream hold no record", (unsigned long long)w.unread);
    return STATUS_OK;
}

/* --- to Redis --- */

/* A text as it may stand in Redis; in the arena. */
static struct span stored(struct arena *a, struct buf *scratch, struct span text)
{
    buf_clear(scratch);
    key_text(scratch, text);
    return arena_dup(a, buf_span(scratch));
}

static void save_set(struct campaigns *c, const struct group *gr, struct arena *a, struct buf *scratch,
                     enum trait_kind k, const char *part)
{
    struct span members[SET_MAX];
    unsigned n = 0;

    for (uint32_t i = 0; i < gr->traits_n && n < SET_MAX; i++)
        if (gr->traits[i].kind == k)
            members[n++] = stored(a, scratch, gr->traits[i].text);
    store_campaign_set(c->s, span_cstr(gr->id), span_cstr(part), members, n);
}

static void save_traits(struct campaigns *c, const struct group *gr, struct arena *a, struct buf *scratch)
{
    struct span members[SET_MAX];
    unsigned n = 0;

    for (uint32_t i = 0; i < gr->traits_n && n < SET_MAX; i++) {
        struct buf text;

        if (!gr->traits[i].holds)
            continue;
        buf_init(&text, a->mem, 4096);
        report_add(&text, "%s ", trait_name(gr->traits[i].kind));
        buf_add(&text, stored(a, scratch, gr->traits[i].text));
        members[n++] = arena_dup(a, buf_span(&text));
        buf_free(&text);
    }
    store_campaign_set(c->s, span_cstr(gr->id), SPAN("traits"), members, n);
}

static void save_group(struct campaigns *c, const struct group *gr, struct arena *a, struct buf *scratch)
{
    char numbers[3][16];
    struct span fields[FIELDS_MAX];
    unsigned n = 0;

    snprintf(numbers[0], sizeof(numbers[0]), "%u", gr->mails);
    snprintf(numbers[1], sizeof(numbers[1]), "%u", gr->senders);
    snprintf(numbers[2], sizeof(numbers[2]), "%u", gr->networks);
    fields[n++] = SPAN("mails"), fields[n++] = span_cstr(numbers[0]);
    fields[n++] = SPAN("senders"), fields[n++] = span_cstr(numbers[1]);
    fields[n++] = SPAN("networks"), fields[n++] = span_cstr(numbers[2]);
    fields[n++] = SPAN("first_seen"), fields[n++] = stored(a, scratch, gr->first);
    fields[n++] = SPAN("last_seen"), fields[n++] = stored(a, scratch, gr->last);
    fields[n++] = SPAN("subject"), fields[n++] = stored(a, scratch, gr->subject);
    store_campaign(c->s, &(struct store_campaign){span_cstr(gr->id), gr->mails, fields, n});
    save_set(c, gr, a, scratch, TRAIT_SENDER, "ip");
    save_set(c, gr, a, scratch, TRAIT_NET, "net");
    save_set(c, gr, a, scratch, TRAIT_HELO, "helo");
    save_set(c, gr, a, scratch, TRAIT_DOMAIN, "domain");
    save_traits(c, gr, a, scratch);
}

static int save(struct campaigns *c, const struct group *groups, uint32_t n)
{
    struct arena a;
    struct buf scratch;
    bool ok = store_campaigns_begin(c->s);

    arena_init(&a, &c->mem, 64 << 20);
    buf_init(&scratch, &c->mem, 1 << 20);
    for (uint32_t i = 0; ok && i < n && i < SAVED; i++) {
        arena_reset(&a);
        save_group(c, &groups[i], &a, &scratch);
    }
    ok = ok && store_campaigns_end(c->s);
    buf_free(&scratch);
    arena_free(&a);
    if (!ok)
        return console_failed(c->s);
    log_line(LOG_NOTE, "campaigns: %u saved to %s", n < SAVED ? n : (unsigned)SAVED, store_where(c->s));
    return STATUS_OK;
}

/* --- the verb --- */

static int read_all(struct campaigns *c)
{
    if (!c->o->input || c->o->save) {
        c->s = console_open(c->o);
        if (!c->s)
            return STATUS_FAILED;
    }
    c->g = grouping_new();
    if (!c->g)
        return console_no_memory();
    return c->o->input ? json_lines("campaigns", c->o->input, take_record, c, NULL) : read_stream(c);
}

static int answer(struct campaigns *c)
{
    const struct group *groups;
    uint32_t n, shown = (uint32_t)(c->o->n ? c->o->n : SHOWN);
    int status = read_all(c);

    if (status == STATUS_FAILED)
        return status;
    if (!grouping_run(c->g, &groups, &n)) {
        log_line(LOG_TROUBLE, "campaigns: no memory for so many mails; --limit takes fewer");
        return STATUS_FAILED;
    }
    if (c->o->json)
        campaign_json(&c->out, c->g, groups, shown < n ? shown : n);
    else
        campaign_page(&c->out, c->g, groups, n, shown);
    if (!report_flush(&c->out))
        status = STATUS_FAILED;
    if (c->full)
        log_line(LOG_TROUBLE, "campaigns: only %llu mails were taken (--limit, or memory): what was not may belong to these",
                 (unsigned long long)c->taken);
    return c->o->save ? status_worse(status, save(c, groups, n)) : status;
}

int console_campaigns(const struct question_options *o)
{
    struct campaigns c = {.o = o};
    int status;

    mem_init(&c.mem, 0);
    buf_init(&c.out, &c.mem, TEXT_MAX);
    status = answer(&c);
    grouping_free(c.g);
    store_close(c.s);
    buf_free(&c.out);
    return status;
}
