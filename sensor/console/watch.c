/* SPDX-License-Identifier: Apache-2.0 */
/* watch: looks at Redis every few seconds and draws a page that fits the terminal. */
#include <time.h>

#include "sensor/console/console.h"
#include "sensor/console/patience.h"
#include "sensor/console/screen.h"
#include "sensor/console/watch_look.h"
#include "sensor/language.h"
#include "sensor/log.h"
#include "sensor/options.h"
#include "sensor/titles.h"

enum { PAGE_MAX = 4 << 20, COUNT = 7, SECTIONS = 3, FIXED = 4 + 2 * SECTIONS, LEAST_ROWS = 1 };

struct watch {
    struct question_options *o;
    struct store *s;
    struct mem mem;
    struct look look;
    struct buf page, line;
    unsigned rows, columns, lines;
    char away[STORE_ERR]; /* why Redis cannot be asked now; "" = it can */
};

/* --- lines: never longer than the terminal, never more than it has --- */

static void end_line(struct watch *w)
{
    if (w->lines < w->rows) {
        report_value(&w->page, buf_span(&w->line), w->columns, false);
        buf_add(&w->page, w->lines + 1 < w->rows ? SPAN("\x1b[K\r\n") : SPAN("\x1b[K"));
        w->lines++;
    }
    buf_clear(&w->line);
}

static void put_amount(struct buf *out, double v)
{
    static const char units[] = " kMGT";
    unsigned u = 0;

    while (v >= 10000 && u + 2 < sizeof(units)) {
        v /= 1000;
        u++;
    }
    if (u)
        report_add(out, "%.0f%c", v, units[u]);
    else
        report_add(out, v > 0 && v < 10 ? "%.1f" : "%.0f", v);
}

static void put_title(struct watch *w)
{
    static const char *const modes[] = {N_("today"), N_("this hour"), N_("all time")};
    time_t t = (time_t)w->look.now_s;
    char text[32] = "", mode[128];
    struct tm tm;

    if (gmtime_r(&t, &tm))
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(mode, sizeof(mode), w->look.mode == LOOK_ALL || calendar_is_utc(&w->look.calendar) ? "%s" : "%s (%s)",
             _(modes[w->look.mode]), calendar_name(&w->look.calendar));
    report_add(&w->line, _("mxtap %s UTC, %s, %.200s"), text, mode, store_where(w->s));
    end_line(w);
    if (w->away[0]) {
        report_add(&w->line, _("trying again: %.400s"), w->away);
        end_line(w);
    }
}

static void put_totals(struct watch *w)
{
    for (unsigned i = 0; i <= COUNTER_BYTES; i++) {
        report_add(&w->line, "%s%s ", i ? "   " : "", title_of(look_counters[i]));
        put_amount(&w->line, (double)w->look.counters[i]);
        report_add(&w->line, " (");
        put_amount(&w->line, w->look.rates[i]);
        report_add(&w->line, "/s)");
    }
    end_line(w);
    for (unsigned i = COUNTER_BYTES + 1; i < LOOK_COUNTERS; i++)
        report_add(&w->line, "%s%s %llu", i > COUNTER_BYTES + 1 ? "   " : "", title_of(look_counters[i]),
                   (unsigned long long)w->look.counters[i]);
    end_line(w);
}

/* One half of a line: a leader, or blanks. */
static void put_cell(struct watch *w, const struct look_leaders *b, unsigned i, unsigned width)
{
    if (i < b->n) {
        report_right(&w->line, COUNT, "%llu", (unsigned long long)b->mails[i]);
        report_add(&w->line, "  ");
        report_value(&w->line, b->v[i], width - COUNT - 2, true);
    } else {
        report_value(&w->line, SPAN(""), width, true);
    }
}

static unsigned half(const struct watch *w)
{
    return w->columns > 40 ? (w->columns - 2) / 2 : 19;
}

static void put_heads(struct watch *w, const char *left, const char *right)
{
    report_value(&w->line, SPAN(""), COUNT + 2, true);
    report_value(&w->line, span_cstr(left), half(w) - COUNT - 2 + 2, true);
    report_value(&w->line, SPAN(""), COUNT + 2, true);
    report_add(&w->line, "%s", right);
    end_line(w);
}

static void put_section(struct watch *w, const struct look_leaders *left, const struct look_leaders *right,
                        unsigned rows)
{
    end_line(w);
    put_heads(w, _(left->title), _(right->title));
    for (unsigned i = 0; i < rows; i++) {
        put_cell(w, left, i, half(w));
        report_add(&w->line, "  ");
        put_cell(w, right, i, half(w));
        end_line(w);
    }
}

static void put_sensor(struct watch *w, const struct look_sensor *s)
{
    static const char *const told[] = {"queue", "lost", "kernel_dropped", "flows"};

    report_value(&w->line, s->name, 16, false);
    report_add(&w->line, ": ");
    report_time(&w->line, look_field(s, "last_seen"), 16);
    for (unsigned i = 0; i < sizeof(told) / sizeof(*told); i++) {
        struct span v = look_field(s, told[i]);

        if (!v.n)
            continue;
        report_add(&w->line, ", %s ", title_of(told[i]));
        report_value(&w->line, v, 12, false);
    }
}

static void put_last_section(struct watch *w, const struct look_leaders *findings, unsigned rows)
{
    end_line(w);
    put_heads(w, _(findings->title), _("sensors"));
    for (unsigned i = 0; i < rows; i++) {
        put_cell(w, findings, i, half(w));
        report_add(&w->line, "  ");
        if (i < w->look.sensors_n)
            put_sensor(w, &w->look.sensors[i]);
        end_line(w);
    }
}

static void draw(struct watch *w)
{
    unsigned rows, fixed = FIXED + (w->away[0] ? 1 : 0);
    const struct look_leaders *b = w->look.boards;

    screen_size(&w->rows, &w->columns);
    rows = w->rows > fixed + SECTIONS ? (w->rows - fixed) / SECTIONS : LEAST_ROWS;
    w->lines = 0;
    buf_clear(&w->page);
    buf_add(&w->page, SPAN("\x1b[H"));
    put_title(w);
    put_totals(w);
    put_section(w, &b[0], &b[1], rows);
    put_section(w, &b[2], &b[3], rows);
    put_last_section(w, &b[4], rows);
    while (w->lines + 1 < w->rows)
        end_line(w);
    report_add(&w->line, _("q quits   t today   h this hour   a all time"));
    if (w->lines < w->rows)
        end_line(w);
    buf_clear(&w->line);
    buf_add(&w->page, SPAN("\x1b[J"));
    screen_show(buf_span(&w->page));
}

/* --- JSON --- */

static void json_board(struct json *j, const struct look_leaders *b)
{
    json_open(j, kind_name(b->kind), '[');
    for (unsigned i = 0; i < b->n; i++) {
        json_open(j, NULL, '{');
        json_text(j, "value", b->v[i]);
        json_number(j, "mails", (int64_t)b->mails[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_sensors(struct json *j, const struct look *l)
{
    json_open(j, "sensors", '[');
    for (unsigned i = 0; i < l->sensors_n; i++) {
        json_open(j, NULL, '{');
        json_text(j, "name", l->sensors[i].name);
        for (unsigned k = 0; k < l->sensors[i].fields_n; k += 2)
            json_text_at(j, l->sensors[i].fields[k], l->sensors[i].fields[k + 1]);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static bool put_json(struct watch *w)
{
    struct json j = {.out = &w->page};
    time_t t = (time_t)w->look.now_s;
    char text[32] = "";
    struct tm tm;

    if (gmtime_r(&t, &tm))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    buf_clear(&w->page);
    json_open(&j, NULL, '{');
    json_word(&j, "time", text);
    json_open(&j, "stats", '{');
    for (unsigned i = 0; i < LOOK_COUNTERS; i++)
        json_number(&j, look_counters[i], (int64_t)w->look.counters[i]);
    json_close(&j, '}');
    json_open(&j, "rates", '{');
    for (unsigned i = 0; i < LOOK_COUNTERS; i++)
        report_json_decimal(&j, look_counters[i], w->look.rates[i]);
    json_close(&j, '}');
    json_open(&j, "top", '{');
    for (unsigned i = 0; i < LOOK_BOARDS; i++)
        json_board(&j, &w->look.boards[i]);
    json_close(&j, '}');
    json_sensors(&j, &w->look);
    json_close(&j, '}');
    buf_add_byte(&w->page, '\n');
    return report_flush(&w->page);
}

/* --- the loop --- */

/* One look. False when it is no use to go on. A server that went away is waited for. */
static bool look(struct watch *w)
{
    if (w->away[0] && !store_again(w->s)) {
        snprintf(w->away, sizeof(w->away), "%s", store_why(w->s));
        return true;
    }
    w->away[0] = 0;
    if (look_take(&w->look, w->s))
        return true;
    if (!store_lost(w->s))
        return false;
    snprintf(w->away, sizeof(w->away), "%s", store_why(w->s));
    return true;
}

/* True when the page is to be read anew. */
static bool take_key(struct watch *w, char key)
{
    static const char modes[] = {[LOOK_TODAY] = 't', [LOOK_HOUR] = 'h', [LOOK_ALL] = 'a'};

    if (key == 'q' || key == 'Q' || key == 3)
        screen_stop = 1;
    for (unsigned m = 0; m < sizeof(modes); m++)
        if (key == modes[m])
            w->look.mode = (enum look_mode)m;
    return true;
}

/* Until the next look is due. */
static void wait_and_draw(struct watch *w)
{
    char key = 0;

    for (;;) {
        draw(w);
        switch (screen_wait((int)w->o->interval_s * 1000, &key)) {
        case SCREEN_RESIZED:
            continue;
        case SCREEN_KEY:
            take_key(w, key);
            return;
        default:
            return;
        }
    }
}

static int watch_terminal(struct watch *w)
{
    bool ok = true;
    uint64_t looks = 0;

    if (!look(w))
        return console_failed(w->s);
    if (!w->look.boards[0].n) /* nothing today: an old capture was replayed */
        w->look.mode = LOOK_ALL;
    patience_hush();
    if (!screen_open()) {
        log_line(LOG_TROUBLE, "watch: standard input and output are no terminal; watch --json works without one");
        return STATUS_FAILED;
    }
    while (!screen_stop && (ok = look(w)) && (!w->o->n || looks++ < w->o->n))
        wait_and_draw(w);
    screen_close();
    return ok || screen_stop ? STATUS_OK : console_failed(w->s);
}

static int watch_json(struct watch *w)
{
    uint64_t looks = 0;

    while (!screen_stop) {
        if (!look(w) || w->away[0])
            return screen_stop ? STATUS_OK : console_failed(w->s);
        if (!looks && !w->look.boards[0].n && w->look.mode == LOOK_TODAY) {
            w->look.mode = LOOK_ALL;
            continue;
        }
        if (!put_json(w))
            return STATUS_FAILED;
        if (w->o->n && ++looks >= w->o->n)
            return STATUS_OK;
        for (uint64_t ms = 0; ms < w->o->interval_s * 1000 && !screen_stop; ms += 100)
            nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 * 1000}, NULL);
    }
    return STATUS_OK;
}

int console_watch(struct question_options *o)
{
    struct watch w = {.o = o};
    int status = STATUS_FAILED;

    screen_catch();
    o->store.stop = &screen_stop;
    w.s = console_open(o);
    if (!w.s)
        return STATUS_FAILED;
    mem_init(&w.mem, 0);
    look_init(&w.look, &w.mem);
    buf_init(&w.page, &w.mem, PAGE_MAX);
    buf_init(&w.line, &w.mem, PAGE_MAX);
    status = o->json ? watch_json(&w) : watch_terminal(&w);
    buf_free(&w.page);
    buf_free(&w.line);
    look_free(&w.look);
    store_close(w.s);
    return status;
}
