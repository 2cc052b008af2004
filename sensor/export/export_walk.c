/* SPDX-License-Identifier: Apache-2.0 */
/* export_walk: one pass; a campaign is known only when all mails are in, so then what may belong to it is kept. */
#include "sensor/export/export_walk.h"

#include "sensor/console/console.h"
#include "sensor/console/grouping.h"
#include "sensor/console/json_lines.h"
#include "sensor/console/kind_value.h"
#include "sensor/console/stream_mails.h"
#include "sensor/export/seen_copies.h"
#include "sensor/log.h"
#include "sensor/options.h"

enum { KEPT_LINES = 4000000, CAMPAIGN_MAILS = 1000000, FORM_MAX = 1 << 20, MEMBER = 12 };
#define KEPT_BYTES ((size_t)4 << 30)

struct walk {
    const struct question_options *o;
    struct period period;
    export_walk_each each;
    void *ctx;
    struct export_walk_counts *counts;
    struct kind_value value; /* of KIND VALUE; n 0: none was given */
    struct arena arena;      /* value, and lines kept for a campaign */
    struct buf scratch;
    struct seen_copies *seen;
    struct grouping *grouping; /* only with --campaign */
    struct list kept;          /* of struct span */
    uint64_t most;             /* mails looked at */
    bool full;
};

static bool in_period(const struct walk *w, const struct mail_facts *f)
{
    const struct period *p = &w->period;
    char text[20];
    int64_t hour;

    if (p->all)
        return true;
    snprintf(text, sizeof(text), "%.*s", (int)(f->timestamp.n < 19 ? f->timestamp.n : 19), (const char *)f->timestamp.p);
    hour = period_hour_of(&p->calendar, text);
    return hour >= p->from && hour < p->to;
}

static bool has_value(struct walk *w, const struct mail_facts *f)
{
    bool has = !w->value.n;

    for (unsigned i = 0; i < w->value.n && !has; i++)
        has = mail_facts_has(f, w->o->kind, w->value.forms[i], &w->scratch);
    return has;
}

static bool selected(struct walk *w, const struct mail_facts *f)
{
    return f->score >= w->o->export.score && in_period(w, f) && has_value(w, f);
}

/* --- a campaign's mails --- */

static bool keep(struct walk *w, struct span line)
{
    struct span *s = list_add(&w->kept, &w->arena, sizeof(*s), KEPT_LINES);

    if (s)
        *s = arena_dup(&w->arena, line);
    return s && s->p;
}

static bool add_to_groups(struct walk *w, const struct mail_facts *f, struct span line)
{
    if (w->counts->looked > w->most || !grouping_add(w->grouping, f, line) || (selected(w, f) && !keep(w, line)))
        w->full = true;
    return !w->full;
}

static struct span member_key(uint64_t flow_id, uint32_t tx_id, uint8_t key[MEMBER])
{
    memcpy(key, &flow_id, sizeof(flow_id));
    memcpy(key + sizeof(flow_id), &tx_id, sizeof(tx_id));
    return span_of(key, MEMBER);
}

static void members_of(struct walk *w, const struct group *g, struct value_set *members)
{
    uint8_t key[MEMBER];

    for (uint32_t i = 0; i < g->mails; i++) {
        uint64_t flow_id;
        uint32_t tx_id;

        grouping_mail(w->grouping, g->members[i], &flow_id, &tx_id);
        value_set_add(members, member_key(flow_id, tx_id, key));
    }
}

static void give_members(struct walk *w, const struct value_set *members)
{
    const struct span *lines = w->kept.items;
    uint8_t key[MEMBER];
    struct mail_facts f;

    for (uint32_t i = 0; i < w->kept.n; i++) {
        if (!mail_facts_read(&f, lines[i]))
            continue;
        if (value_set_find(members, member_key(f.flow_id, f.tx_id, key)) == VALUE_NONE)
            ;
        else if (seen_copies_has(w->seen, &f))
            w->counts->copies++;
        else
            w->each(w->ctx, &f);
        mail_facts_free(&f);
    }
}

static int give_campaign(struct walk *w)
{
    const char *id = w->o->export.campaign;
    const struct group *groups;
    struct value_set members;
    uint32_t n, at = 0;

    if (w->full) {
        log_line(LOG_TROUBLE, "export: more than %llu mails (--limit, or memory): a campaign is known only when all of them are read",
                 (unsigned long long)w->most);
        return STATUS_FAILED;
    }
    if (!grouping_run(w->grouping, &groups, &n))
        return console_no_memory();
    while (at < n && !span_eq_nocase(span_cstr(groups[at].id), span_cstr(id)))
        at++;
    if (at == n) {
        log_line(LOG_TROUBLE, "export: --campaign %.40s: these mails have none of that id; mxtap campaigns lists them", id);
        return STATUS_FAILED;
    }
    value_set_init(&members, w->arena.mem, groups[at].mails + 1, (size_t)(groups[at].mails + 1) * 64);
    members_of(w, &groups[at], &members);
    give_members(w, &members);
    value_set_free(&members);
    return STATUS_OK;
}

/* --- from where --- */

static bool take(struct walk *w, const struct mail_facts *f, struct span line)
{
    if (!w->grouping && w->counts->looked == w->most) {
        w->full = true;
        return false;
    }
    w->counts->looked++;
    if (w->grouping)
        return add_to_groups(w, f, line);
    if (seen_copies_has(w->seen, f))
        w->counts->copies++;
    else if (selected(w, f))
        w->each(w->ctx, f);
    return true;
}

static bool take_line(void *ctx, const struct mail_facts *f, struct span line)
{
    return !span_eq(f->event_type, SPAN("smtp")) || take(ctx, f, line);
}

static bool take_entry(void *ctx, const struct stream_mail *m)
{
    return take(ctx, m->facts, m->json);
}

static int read_stream(struct walk *w)
{
    struct stream_walk s = {.most = UINT64_MAX, .oldest_first = true};
    struct store *store = console_open(w->o);
    int status;

    if (!store)
        return STATUS_FAILED;
    status = console_period(w->o, store, &w->period);
    if (status == STATUS_OK && !stream_mails(store, &s, take_entry, w))
        status = console_failed(store);
    w->counts->looked += s.copies;
    w->counts->copies += s.copies;
    if (s.unread)
        log_line(LOG_NOTE, "export: %llu entries of the stream hold no record", (unsigned long long)s.unread);
    store_close(store);
    return status;
}

static int walk_all(struct walk *w)
{
    int status;

    w->seen = seen_copies_new(w->arena.mem);
    w->grouping = w->o->export.campaign ? grouping_new() : NULL;
    if (!w->seen || (w->o->export.campaign && !w->grouping))
        return console_no_memory();
    status = w->o->input ? json_lines("export", w->o->input, take_line, w, NULL) : read_stream(w);
    if (!w->grouping && w->full)
        log_line(LOG_TROUBLE, "export: only the oldest %llu mails were looked at (--limit)", (unsigned long long)w->most);
    return w->grouping && status != STATUS_FAILED ? status_worse(status, give_campaign(w)) : status;
}

int export_walk(const struct question_options *o, struct mem *m, export_walk_each each, void *ctx,
                struct export_walk_counts *counts)
{
    struct walk w = {.o = o, .period = o->period, .each = each, .ctx = ctx, .counts = counts};
    char why[128];
    int status;

    *counts = (struct export_walk_counts){0};
    w.most = o->limit ? o->limit : o->export.campaign ? CAMPAIGN_MAILS : UINT64_MAX;
    arena_init(&w.arena, m, KEPT_BYTES);
    buf_init(&w.scratch, m, FORM_MAX);
    if (o->words_n == 2 && !kind_value_read(&w.value, &w.arena, o->kind, o->words[1], why)) {
        log_line(LOG_TROUBLE, "export: %.200s %s", o->words[1], why);
        status = STATUS_USAGE;
    } else {
        status = walk_all(&w);
    }
    grouping_free(w.grouping);
    seen_copies_free(w.seen);
    buf_free(&w.scratch);
    arena_free(&w.arena);
    return status;
}
