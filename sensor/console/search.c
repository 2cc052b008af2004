/* SPDX-License-Identifier: Apache-2.0 */
/* search: mails of the stream that hold every text in some field, newest first; upper and lower case are one. */
#include <stdlib.h>
#include <wctype.h>

#include "decoders/base/escape.h"
#include "sensor/console/console.h"
#include "sensor/console/copies.h"
#include "sensor/console/mail_line.h"
#include "sensor/console/report.h"
#include "sensor/console/stream_mails.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/options.h"

enum { SHOWN = 20, ARENA = 1 << 30, FOLDED_MAX = 64 << 20, COMPARED = 64 };

struct found {
    struct mail_line line;
    struct copy_mark mark;
    bool is_copy;
};

struct search {
    const struct question_options *o;
    struct mem mem;
    struct arena arena;
    struct buf texts[16], folded, out; /* texts: the words, folded */
    const struct buf *wanted;
    struct found *found;
    uint64_t n, most, copies;
    struct stream_walk walk;
};

static void add_utf8(struct buf *out, uint32_t c)
{
    uint8_t b[4];
    unsigned n = 0;

    if (c < 0x80) {
        b[n++] = (uint8_t)c;
    } else if (c < 0x800) {
        b[n++] = (uint8_t)(0xc0 | c >> 6);
        b[n++] = (uint8_t)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        b[n++] = (uint8_t)(0xe0 | c >> 12);
        b[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        b[n++] = (uint8_t)(0x80 | (c & 0x3f));
    } else {
        b[n++] = (uint8_t)(0xf0 | c >> 18);
        b[n++] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        b[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        b[n++] = (uint8_t)(0x80 | (c & 0x3f));
    }
    buf_add(out, span_of(b, n));
}

/* In lower case; bytes that are no UTF-8 stay. */
static void fold(struct buf *out, struct span s)
{
    for (size_t at = 0; at < s.n;) {
        uint32_t c;
        unsigned n = utf8_next(span_from(s, at), &c);

        if (n <= 1)
            buf_add_byte(out, ascii_lower(s.p[at]));
        else
            add_utf8(out, (uint32_t)towlower((wint_t)c));
        at += n ? n : 1;
    }
}

static bool holds(void *ctx, struct span text)
{
    struct search *x = ctx;

    if (!x->wanted->n || text.n < x->wanted->n / 4)
        return false; /* no character grows to more than four bytes */
    buf_clear(&x->folded);
    fold(&x->folded, text);
    return span_find_span(buf_span(&x->folded), 0, buf_span(x->wanted)) < x->folded.n;
}

/* Every word somewhere in the record. */
static bool matches(struct search *x, const struct mail_facts *f)
{
    for (int i = 0; i < x->o->words_n; i++) {
        x->wanted = &x->texts[i];
        if (!mail_facts_any(f, holds, x))
            return false;
    }
    return true;
}

/* Newest come first: of two sightings the one met now is the earlier one, so the one found before is the copy. */
static void drop_copies(struct search *x, const struct copy_mark *now)
{
    uint64_t looked = 0;

    for (uint64_t i = x->n; i-- && looked < COMPARED; looked++)
        if (!x->found[i].is_copy && copy_is(now, &x->found[i].mark)) {
            x->found[i].is_copy = true;
            x->copies++;
        }
}

static bool take(void *ctx, const struct stream_mail *m)
{
    struct search *x = ctx;
    struct found *f = &x->found[x->n];

    if (!matches(x, m->facts))
        return true;
    copy_mark_read(&f->mark, m->facts);
    mail_line_read(&f->line, &x->arena, m);
    if (x->o->json)
        f->line.json = arena_dup(&x->arena, m->json);
    if (x->arena.refused)
        return false;
    drop_copies(x, &f->mark);
    x->n++;
    return x->n < x->most;
}

static void put_found(struct search *x)
{
    unsigned width = report_width();

    for (uint64_t i = 0; i < x->n; i++) {
        if (x->found[i].is_copy)
            continue;
        if (x->o->json) {
            buf_add(&x->out, x->found[i].line.json);
            buf_add_byte(&x->out, '\n');
        } else {
            mail_line_put(&x->out, &x->found[i].line, width);
        }
    }
    if (x->o->json)
        return;
    if (x->n)
        report_add(&x->out, "\n");
    if (x->walk.more)
        report_add(&x->out, P_("%llu mail found in the newest %llu; -n finds more", "%llu mails found in the newest %llu; -n finds more",
                   x->n - x->copies), (unsigned long long)(x->n - x->copies), (unsigned long long)x->walk.looked);
    else
        report_add(&x->out, P_("%llu mail found in %llu looked at", "%llu mails found in %llu looked at", x->n - x->copies),
                   (unsigned long long)(x->n - x->copies), (unsigned long long)x->walk.looked);
    if (x->copies + x->walk.copies)
        report_add(&x->out, _(", relayed copies left out"));
    if (x->n)
        report_add(&x->out, _("; times are UTC"));
    report_add(&x->out, "\n");
}

static int answer(struct search *x)
{
    struct store *s;
    int status;

    x->most = x->o->n ? x->o->n : SHOWN;
    x->walk.most = x->o->limit;
    x->found = calloc(x->most, sizeof(*x->found));
    if (!x->found)
        return console_no_memory();
    s = console_open(x->o);
    if (!s)
        return STATUS_FAILED;
    if (!stream_mails(s, &x->walk, take, x)) {
        status = console_failed(s);
    } else {
        if (x->arena.refused)
            log_line(LOG_TROUBLE, "search: too much was found to be kept; not all is shown");
        put_found(x);
        status = report_flush(&x->out) ? STATUS_OK : STATUS_FAILED;
    }
    store_close(s);
    return status;
}

int console_search(const struct question_options *o)
{
    struct search *x = calloc(1, sizeof(*x));
    int status;

    if (!x)
        return console_no_memory();
    x->o = o;
    mem_init(&x->mem, 0);
    arena_init(&x->arena, &x->mem, ARENA);
    buf_init(&x->folded, &x->mem, FOLDED_MAX);
    buf_init(&x->out, &x->mem, (size_t)2 * ARENA);
    for (int i = 0; i < o->words_n; i++) {
        buf_init(&x->texts[i], &x->mem, FOLDED_MAX);
        fold(&x->texts[i], span_cstr(o->words[i]));
    }
    status = answer(x);
    for (int i = 0; i < o->words_n; i++)
        buf_free(&x->texts[i]);
    buf_free(&x->folded);
    buf_free(&x->out);
    free(x->found);
    arena_free(&x->arena);
    free(x);
    return status;
}
