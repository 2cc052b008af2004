/* SPDX-License-Identifier: Apache-2.0 */
/* json_lines: a reader that holds one line, whatever a file has. */
#include "sensor/console/json_lines.h"

#include <errno.h>
#include <stdio.h>

#include "decoders/base/limits.h"
#include "sensor/console/patience.h"
#include "sensor/log.h"
#include "sensor/options.h"

enum {
    PIECE = 64 << 10,
    LINE_MOST = 2 * LIMIT_RECORD_LINE
};

struct reading {
    json_lines_each each;
    void *ctx;
    struct mem mem;
    struct buf line;
    uint64_t bad, taken;
    bool more;
};

static void take_line(struct reading *r)
{
    struct span line = span_trim(buf_span(&r->line));
    struct mail_facts f;

    patience_reads(++r->taken);
    if (r->line.truncated) {
        r->bad++;
        r->line.truncated = r->line.refused = false;
    } else if (line.n && !mail_facts_read(&f, line)) {
        r->bad++;
    } else if (line.n) {
        if (f.event_type.n)
            r->more = r->each(r->ctx, &f, line);
        else
            r->bad++;
        mail_facts_free(&f);
    }
    buf_clear(&r->line);
}

static void take_piece(struct reading *r, struct span piece)
{
    while (r->more && piece.n) {
        size_t at = span_find(piece, 0, '\n');

        buf_add(&r->line, span_head(piece, at));
        if (at == piece.n)
            return;
        take_line(r);
        piece = span_from(piece, at + 1);
    }
}

static bool read_all(struct reading *r, FILE *in)
{
    static uint8_t piece[PIECE];
    size_t n;

    while (r->more && (n = fread(piece, 1, sizeof(piece), in)) > 0)
        take_piece(r, span_of(piece, n));
    if (r->more && r->line.n && !ferror(in))
        take_line(r);
    return !ferror(in);
}

int json_lines(const char *verb, const char *path, json_lines_each each, void *ctx, uint64_t *lines_bad)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "re");
    struct reading r = {.each = each, .ctx = ctx, .more = true};
    int status = STATUS_OK;

    if (!in) {
        log_line(LOG_TROUBLE, "%s: %s: %s", verb, path, strerror(errno));
        return STATUS_FAILED;
    }
    mem_init(&r.mem, 0);
    buf_init(&r.line, &r.mem, LINE_MOST);
    if (!read_all(&r, in)) {
        log_line(LOG_TROUBLE, "%s: %s: %s", verb, path, strerror(errno));
        status = STATUS_FAILED;
    }
    if (r.bad) {
        log_line(LOG_TROUBLE, "%s: %s: %llu lines are no records of mxtap", verb, path, (unsigned long long)r.bad);
        status = status_worse(status, STATUS_DAMAGED);
    }
    if (lines_bad)
        *lines_bad = r.bad;
    buf_free(&r.line);
    if (!is_stdin)
        fclose(in);
    return status;
}
