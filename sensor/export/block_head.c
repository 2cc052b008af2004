/* SPDX-License-Identifier: Apache-2.0 */
/* block_head: our own words and numbers only: no sender writes into a comment. */
#define _GNU_SOURCE /* gmtime_r */
#include "sensor/export/block_head.h"

#include <stdarg.h>
#include <time.h>

void export_add(const struct export *x, const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    buf_add(x->out, span_cstr(text));
}

int64_t block_head_made(const struct export *x)
{
    return x->o->now_s;
}

static void put_lines(const struct export *x, const char *mark, const char *lines)
{
    while (*lines) {
        size_t n = strcspn(lines, "\n");

        export_add(x, "%s%.*s\n", mark, (int)n, lines);
        lines += n + (lines[n] == '\n');
    }
}

static void put_left_out(const struct export *x, const char *mark, uint64_t n, const char *words)
{
    if (n)
        export_add(x, "%sleft out: %llu %s\n", mark, (unsigned long long)n, words);
}

void block_head_put(const struct export *x, const char *mark, const char *what, const char *how)
{
    const struct blocklist *b = x->blocks;
    char made[32], below[64];
    time_t now = (time_t)x->o->now_s;
    struct tm tm = {.tm_mday = 1};

    gmtime_r(&now, &tm);
    strftime(made, sizeof(made), "%Y-%m-%dT%H:%M:%SZ", &tm);
    export_add(x, "%s%s, made by mxtap " MXTAP_VERSION " at %s\n", mark, what, made);
    export_add(x, "%s%llu mails%s%s%s%s; from those with a score of %llu or more: %u addresses, %u domains\n", mark,
               (unsigned long long)b->mails, b->first[0] ? " of " : "", b->first, b->first[0] ? " to " : "", b->last,
               (unsigned long long)b->o.alert_score, b->of_kind[BLOCK_IP], b->of_kind[BLOCK_DOMAIN]);
    put_lines(x, mark, how);
    snprintf(below, sizeof(below), "mails under a score of %llu", (unsigned long long)b->o.alert_score);
    put_left_out(x, mark, b->below, below);
    put_left_out(x, mark, b->other, "mails not inbound");
    put_left_out(x, mark, b->links_unread, "links behind the first 64 of a mail");
    for (unsigned v = 0; v < BLOCK_VERDICTS_N; v++)
        put_left_out(x, mark, b->left_out[v], block_verdict_words(v));
}
