/* SPDX-License-Identifier: Apache-2.0 */
/* operator_file: read whole, then cut into lines in place. */
#include "sensor/judge/operator_file.h"

#include <errno.h>
#include <stdio.h>

#include "sensor/language.h"
#include "sensor/log.h"

enum { FIRST_ROOM = 64 * 1024, WRONG_NAMED = 10, WRONG_SHOWN = 80 };

static const size_t SIZE_MOST = (size_t)1 << 30; /* 20 million lines of a watchlist */

static bool fail(struct operator_file *f, char err[OPERATOR_FILE_ERR], const char *why)
{
    snprintf(err, OPERATOR_FILE_ERR, "%.150s: %s", f->path, why);
    mem_free(f->mem, (void *)(uintptr_t)f->text.p, f->size);
    f->text = span_of(NULL, 0);
    f->size = 0;
    return false;
}

/* Doubles the room; the text stays where it is at refusal. */
static bool more_room(struct operator_file *f)
{
    size_t size = f->size ? f->size * 2 : FIRST_ROOM;
    void *p = size <= SIZE_MOST ? mem_resize(f->mem, (void *)(uintptr_t)f->text.p, f->size, size) : NULL;

    if (!p)
        return false;
    f->text.p = p;
    f->size = size;
    return true;
}

static bool read_all(struct operator_file *f, FILE *in, char err[OPERATOR_FILE_ERR])
{
    size_t n;

    do {
        if (f->text.n == f->size && !more_room(f))
            return fail(f, err, _("too large: over 1 GB, or no memory"));
        n = fread((uint8_t *)(uintptr_t)f->text.p + f->text.n, 1, f->size - f->text.n, in);
        f->text.n += n;
    } while (n);
    return ferror(in) ? fail(f, err, strerror(errno)) : true;
}

bool operator_file_open(struct operator_file *f, struct mem *m, const char *path, char err[OPERATOR_FILE_ERR])
{
    FILE *in = fopen(path, "re");
    bool ok;

    *f = (struct operator_file){.mem = m, .path = path};
    if (!in)
        return fail(f, err, strerror(errno));
    ok = read_all(f, in, err);
    fclose(in);
    if (ok && f->text.n >= 3 && memcmp(f->text.p, "\xef\xbb\xbf", 3) == 0)
        f->at = 3;
    return ok;
}

void operator_file_end(struct operator_file *f)
{
    if (f->wrong > WRONG_NAMED)
        log_line(LOG_TROUBLE, "%s: %u more wrong lines", f->path, f->wrong - WRONG_NAMED);
}

void operator_file_close(struct operator_file *f)
{
    mem_free(f->mem, (void *)(uintptr_t)f->text.p, f->size);
    f->text = span_of(NULL, 0);
    f->size = 0;
}

bool operator_file_next(struct operator_file *f, struct span *line)
{
    while (f->at < f->text.n) {
        size_t end = span_find(f->text, f->at, '\n');

        *line = span_trim(span_of(f->text.p + f->at, end - f->at));
        f->at = end + 1;
        f->line++;
        if (line->n && line->p[0] != '#')
            return true;
    }
    return false;
}

void operator_file_wrong(struct operator_file *f, struct span what, const char *why)
{
    if (++f->wrong > WRONG_NAMED)
        return;
    what = span_head(what, WRONG_SHOWN);
    log_line(LOG_TROUBLE, "%s:%u: %.*s: %s", f->path, f->line, SPAN_FMT(what), why);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct span operator_word(struct span *rest)
{
    struct span word;
    size_t n = 0;

    while (n < rest->n && !is_blank(rest->p[n]))
        n++;
    word = span_head(*rest, n);
    *rest = span_trim(span_from(*rest, n));
    return word;
}

struct span operator_piece(struct span *rest)
{
    size_t end = span_find(*rest, 0, ',');
    struct span piece = span_trim(span_head(*rest, end));

    *rest = span_from(*rest, end + 1);
    return piece;
}
